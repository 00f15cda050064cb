import { claimIdOf, commitmentOf, type ClaimId, type ClaimStatement } from '../core/claim.ts'
import { StemmaError } from '../core/errors.ts'
import { evidenceDigest, parseEvidence, type Evidence } from '../core/evidence.ts'
import {
  isBytes32,
  parseAddress,
  parseBytes32,
  parseDigest,
  parseModelId,
  type Address,
  type Digest,
  type Hex,
} from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { RELATIONS, type Relation } from '../core/vocabulary.ts'
import type { Deployment } from '../core/deployment.ts'

/** A claim with what only its claimant knows. Without the salt its evidence can never be disclosed, so it has to be kept. */
export type KeptClaim = ClaimStatement & {
  claim: ClaimId
  /** SHA-256 of the evidence document. */
  evidence: Digest
  /** 32 random bytes that hide the evidence until it is disclosed. */
  salt: Hex
}

/** What a claimant keeps of a claim: without the salt its evidence could never be disclosed. */
export type ClaimFile = {
  version: 1
  chainId: number
  lineageClaims: Address
  claim: KeptClaim
  /** Where the evidence document is. */
  uri: string
  document: Evidence
}

/** The file of a claim that is about to be filed on a ledger. */
export function claimFileOf(deployment: Deployment, claim: KeptClaim, uri: string, document: Evidence): ClaimFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, lineageClaims: contracts.lineageClaims, claim, uri, document }
}

/** A kept claim out of a parsed file, checked against its own id. @throws {@link InvalidClaimFileError} naming the field */
export function parseClaimFile(value: unknown): ClaimFile {
  const file = fieldsOf(value, 'the file')
  const claim = fieldsOf(file.claim, 'claim')
  const word = (name: string): Hex => {
    const text = claim[name]
    if (typeof text !== 'string' || !isBytes32(text)) throw new InvalidClaimFileError(name, '0x and 64 hex digits')
    return parseBytes32(text, name)
  }
  const account = (text: unknown, name: string): Address => {
    if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(text)) {
      throw new InvalidClaimFileError(name, 'an address of 0x and 40 hex digits')
    }
    return parseAddress(text)
  }
  const { product, relation } = claim
  if (file.version !== 1) throw new InvalidClaimFileError('version', 'the number 1')
  if (typeof file.uri !== 'string') throw new InvalidClaimFileError('uri', 'a text')
  if (typeof file.chainId !== 'number') throw new InvalidClaimFileError('chainId', 'a number')
  if (typeof product !== 'boolean') throw new InvalidClaimFileError('product', 'true or false')
  if (typeof relation !== 'string' || !(relation in RELATIONS)) {
    throw new InvalidClaimFileError('relation', `one of ${Object.keys(RELATIONS).join(', ')}`)
  }
  const document = parseEvidence(file.document)
  const claimant = account(claim.claimant, 'claimant')
  const evidence = evidenceDigest(document)
  const salt = word('salt')
  const statement = {
    claimant,
    subject: word('subject'),
    product,
    parent: parseModelId(word('parent')),
    relation: relation as Relation,
    commitment: commitmentOf(claimant, evidence, salt),
  }
  if (word('evidence') !== evidence)
    throw new InvalidClaimFileError('evidence', `${evidence}, the digest of the document`)
  const id = claimIdOf(statement)
  if (word('claim') !== id) throw new InvalidClaimFileError('claim', `${id}, the id of what it states`)
  return {
    version: 1,
    chainId: file.chainId,
    lineageClaims: account(file.lineageClaims, 'lineageClaims'),
    claim: { ...statement, claim: id, evidence: parseDigest(evidence), salt },
    uri: file.uri,
    document,
  }
}

/** Checks that a claim was filed on a ledger. @throws {@link InvalidClaimFileError} */
export function checkClaimLedger(deployment: Deployment, file: ClaimFile): void {
  const { name, chainId, contracts } = deployment
  if (file.chainId !== chainId) {
    throw new InvalidClaimFileError('chainId', `${chainId}, the chain of the ledger "${name}"`)
  }
  if (file.lineageClaims !== contracts.lineageClaims) {
    throw new InvalidClaimFileError('lineageClaims', `${contracts.lineageClaims}, as of the ledger "${name}"`)
  }
}

function fieldsOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidClaimFileError(where, 'an object')
  }
  return value as Record<string, unknown>
}

/** Thrown when a file holds no kept claim, one that was changed, or one for another ledger. */
export class InvalidClaimFileError extends StemmaError {
  override name = 'InvalidClaimFileError'
  constructor(field: string, expected: string) {
    super(
      'INVALID_CLAIM_FILE',
      `The file of the claim cannot be used: ${quoted(field)} is not ${expected}. Use the file that "stemma claim file" wrote, or choose its ledger by --deployment.`,
    )
  }
}
