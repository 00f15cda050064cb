import * as abi from '../../abi/lineageClaims.ts'
import { claimIdOf, commitmentOf } from '../../core/claim.ts'
import { StemmaError } from '../../core/errors.ts'
import { parseAddress, parseBytes32, ZERO_DIGEST, type Digest, type Hex, type ModelId } from '../../core/hex.ts'
import { RELATIONS, type Relation } from '../../core/vocabulary.ts'
import type { KeptClaim } from '../../documents/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { senderOf, transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** The highest deposit that is paid when the caller names no other, in wei: 0.1 ether. */
export const MAX_DEPOSIT = 10n ** 17n

/**
 * Files a claim that a model, or an unregistered product, derives from a model without saying so, and sends the deposit that the contract
 * asks for, if that is not more than `maxDeposit`. Disclose the evidence afterwards, by `discloseEvidence`.
 *
 * @example
 * const { kept } = await fileClaim(ledger, { subject: model, parent, relation: 'finetune', evidence, onPrepared: save })
 *
 * @throws {@link DepositTooHighError} when the contract asks for more than `maxDeposit`
 */
export async function fileClaim(
  ledger: Ledger,
  parameters: fileClaim.Parameters,
): Promise<Sent & { kept: KeptClaim; deposit: bigint }> {
  const {
    subject,
    product = false,
    parent,
    relation,
    replaces,
    evidence,
    maxDeposit = MAX_DEPOSIT,
    onPrepared,
    ...options
  } = parameters
  const salt = parameters.salt === undefined ? randomSalt() : parseBytes32(parameters.salt, 'salt')
  const claimant = parseAddress(await senderOf(ledger))
  const commitment = commitmentOf(claimant, evidence, salt)
  const statement = { claimant, subject, product, parent, relation, ...(replaces && { replaces }), commitment }
  const kept = { ...statement, claim: claimIdOf(statement), evidence, salt }
  const deposit = await reading(() => methodOf(ledger, 'lineageClaims', abi.deposit)())
  if (deposit > maxDeposit) {
    throw new DepositTooHighError(ledger.deployment.contracts.lineageClaims, deposit, maxDeposit)
  }
  await onPrepared?.(kept, deposit)
  const file = methodOf(ledger, 'lineageClaims', abi.file)
  const said = [subject, product, parent, RELATIONS[relation], replaces ?? ZERO_DIGEST, commitment] as const
  const sent = await transact(ledger, options, file, ...said, { value: deposit })
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
    /** The external parent of the subject that is really `parent`: a ruling replaces it. */
    replaces?: ModelId
    /** SHA-256 of the evidence document: `evidenceDigest`. */
    evidence: Digest
    /** 32 bytes; random when left out. */
    salt?: Hex
    /** The highest deposit to pay, in wei; {@link MAX_DEPOSIT} when left out. The contract alone says what it asks for. */
    maxDeposit?: bigint
    /**
     * Called before anything is sent, also with the deposit in wei. Save what it is given: the evidence cannot be disclosed without it.
     */
    onPrepared?: (kept: KeptClaim, deposit: bigint) => void | Promise<void>
  }
}

function randomSalt(): Hex {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Thrown before anything is signed, when a contract asks for a higher deposit than the caller allows. */
export class DepositTooHighError extends StemmaError {
  override name = 'DepositTooHighError'
  override readonly kind = 'refused'
  constructor(contract: string, deposit: bigint, maxDeposit: bigint) {
    super(
      'DEPOSIT_TOO_HIGH',
      `The contract ${contract} asks for a deposit of ${deposit} wei, and at most ${maxDeposit} wei may be paid. Nothing was sent. Check that the deployment is the one you mean; to pay that much, allow it: --max-deposit, or maxDeposit in the SDK.`,
    )
  }
}
