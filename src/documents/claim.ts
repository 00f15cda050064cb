import type { ChainId } from '../core/chainId.ts'
import { claimIdOf, commitmentOf, type ClaimId, type ClaimStatement } from '../core/claim.ts'
import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { evidenceDigest, parseEvidence, type Evidence } from '../core/evidence.ts'
import type { Address, Digest, Hex } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { RELATION_NAMES } from '../core/vocabulary.ts'
import { FieldReader, describeValue } from './fields.ts'

/** A claim with what only its claimant knows. Keep it: without the salt, its evidence can never be disclosed. */
export type KeptClaim = ClaimStatement & {
  claim: ClaimId
  /** SHA-256 of the evidence document. */
  evidence: Digest
  /** 32 random bytes that hide the evidence until it is disclosed. */
  salt: Hex
}

/** What a claimant keeps of a claim, with the salt and the evidence, in a file. */
export type ClaimFile = {
  version: 1
  chainId: ChainId
  lineageClaims: Address
  claim: KeptClaim
  /** Where the evidence document is. */
  uri: string
  document: Evidence
}

/** Makes the file of a claim that is about to be filed on a ledger. */
export function claimFileOf(deployment: Deployment, claim: KeptClaim, uri: string, document: Evidence): ClaimFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, lineageClaims: contracts.lineageClaims, claim, uri, document }
}

/** Reads the parsed JSON of a kept claim's file, and checks it against its own id. @throws {@link InvalidClaimFileError} naming the field */
export function parseClaimFile(value: unknown): ClaimFile {
  const file = read.object(value, 'the file')
  const version = read.version(file.version, 1)
  const fields = read.object(file.claim, 'claim')
  const document = parseEvidence(file.document)
  const evidence = evidenceDigest(document)
  const claimant = read.account(fields.claimant, 'claimant')
  const salt = read.bytes32(fields.salt, 'salt')
  const statement = {
    claimant,
    subject: read.bytes32(fields.subject, 'subject'),
    product: read.boolean(fields.product, 'product'),
    parent: read.modelId(fields.parent, 'parent'),
    relation: read.word(fields.relation, 'relation', RELATION_NAMES),
    ...(fields.replaces !== undefined && { replaces: read.modelId(fields.replaces, 'replaces') }),
    commitment: commitmentOf(claimant, evidence, salt),
  }
  if (read.digest(fields.evidence, 'evidence') !== evidence) {
    read.fail('evidence', fields.evidence, `${evidence}, the digest of the document`)
  }
  const claim = claimIdOf(statement)
  if (read.bytes32(fields.claim, 'claim') !== claim) read.fail('claim', fields.claim, `${claim}, the id of its content`)
  return {
    version,
    chainId: read.chainId(file.chainId, 'chainId'),
    lineageClaims: read.account(file.lineageClaims, 'lineageClaims'),
    claim: { ...statement, claim, evidence, salt },
    uri: read.text(file.uri, 'uri'),
    document,
  }
}

/** Checks that a claim was filed on a ledger. @throws {@link InvalidClaimFileError} */
export function checkClaimLedger(deployment: Deployment, file: ClaimFile): void {
  read.ledger(deployment, 'lineageClaims', file)
}

/** Thrown when a file does not hold a kept claim, or holds one that was changed or is for another ledger. */
export class InvalidClaimFileError extends StemmaError {
  override name = 'InvalidClaimFileError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_CLAIM_FILE',
      `Invalid claim file: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Use the file that "stemma claim file" wrote, or choose the claim's ledger by --deployment.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidClaimFileError(...fault))
