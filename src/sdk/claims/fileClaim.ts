import * as abi from '../../abi/lineageClaims.ts'
import { claimIdOf, commitmentOf } from '../../core/claim.ts'
import { parseAddress, parseBytes32, type Digest, type Hex, type ModelId } from '../../core/hex.ts'
import { RELATIONS, type Relation } from '../../core/vocabulary.ts'
import type { KeptClaim } from '../../documents/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { senderOf, transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Files a claim that a model, or an unregistered product, derives from a model without saying so, and sends the deposit.
 * Disclose the evidence afterwards, by `discloseEvidence`.
 *
 * @example
 * const { kept } = await fileClaim(ledger, { subject: model, parent, relation: 'finetune', evidence, onPrepared: save })
 */
export async function fileClaim(
  ledger: Ledger,
  parameters: fileClaim.Parameters,
): Promise<Sent & { kept: KeptClaim; deposit: bigint }> {
  const { subject, product = false, parent, relation, evidence, onPrepared, ...options } = parameters
  const salt = parameters.salt === undefined ? randomSalt() : parseBytes32(parameters.salt, 'salt')
  const claimant = parseAddress(await senderOf(ledger))
  const commitment = commitmentOf(claimant, evidence, salt)
  const statement = { claimant, subject, product, parent, relation, commitment }
  const kept = { ...statement, claim: claimIdOf(statement), evidence, salt }
  const deposit = await reading(() => methodOf(ledger, 'lineageClaims', abi.deposit)())
  await onPrepared?.(kept)
  const file = methodOf(ledger, 'lineageClaims', abi.file)
  const sent = await transact(ledger, options, file, subject, product, parent, RELATIONS[relation], commitment, {
    value: deposit,
  })
  return { kept, deposit, ...withoutLogs(sent) }
}

export declare namespace fileClaim {
  type Parameters = WriteOptions & {
    /** Id of a model; of a product, the SHA-256 digest of its weights or `productSubject` of its URL. */
    subject: Hex
    /** Whether the subject is a product without a registration. */
    product?: boolean
    parent: ModelId
    relation: Relation
    /** SHA-256 of the evidence document: `evidenceDigest`. */
    evidence: Digest
    /** 32 bytes; random when left out. */
    salt?: Hex
    /** Called before anything is sent. Save what it is given: the evidence cannot be disclosed without it. */
    onPrepared?: (kept: KeptClaim) => void | Promise<void>
  }
}

function randomSalt(): Hex {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
