import * as abi from '../../abi/licenseCredential.ts'
import {
  parseAddress,
  parseCredentialId,
  parseDigest,
  parseModelId,
  parseTierId,
  ZERO_DIGEST,
  type Address,
  type CredentialId,
  type Digest,
  type ModelId,
  type TierId,
} from '../../core/hex.ts'
import { StemmaError } from '../../core/errors.ts'
import type { Credential } from '../../core/lineage.ts'
import { credentialIdOf } from '../../core/tier.ts'
import { rightsOf, type Right } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents, type LedgerEvent } from '../logs.ts'
import { reading } from '../nodeErrors.ts'
import { credentialOf } from '../registry/readLineage.ts'

/** A credential with its model, tier and holder, and what its publisher stated when it was issued last. */
export type IssuedCredential = Omit<Credential, 'lifts'> & {
  id: CredentialId
  model: ModelId
  tier: TierId
  holder: Address
  /** The credential under which it was issued; null unless it is a sub-credential. */
  parent: CredentialId | null
  /** SHA-256 of a receipt, or null. */
  payment: Digest | null
  /** SHA-256 of confidential terms, or null. */
  agreement: Digest | null
  /** The rights that the confidential terms give beyond those of the tier. */
  lifts: readonly Right[]
}

/** Reads one credential. @throws {@link CredentialNotFoundError} when there is none of that id */
export async function readCredential(
  ledger: Ledger,
  parameters: { credential: CredentialId },
): Promise<IssuedCredential> {
  const { credential: id } = parameters
  const issued = await readEvents(ledger, 'licenseCredential', abi.CredentialIssued, { credential: id })
  const [credential] = await issuedCredentials(ledger, issued)
  if (!credential || credential.state === 'none') throw new CredentialNotFoundError(id, ledger.deployment.name)
  return credential
}

/** The credentials that some events issued, each once, with their present state. An id that does not match is left out. @internal */
export async function issuedCredentials(ledger: Ledger, issued: readonly LedgerEvent[]): Promise<IssuedCredential[]> {
  const latest = new Map(issued.map(({ args }) => [credentialKey(args.credential), args]))
  const read = [...latest].map(async ([id, args]): Promise<IssuedCredential[]> => {
    const [model, tier] = [parseModelId(args.model as string), parseTierId(args.tier as string)]
    const holder = parseAddress(args.holder as string)
    if (credentialIdOf(model, tier, holder) !== id) return []
    const state = await reading(() => methodOf(ledger, 'licenseCredential', abi.credentialOf)(id))
    const [payment, agreement] = [args.payment, args.agreement].map((digest) =>
      digestOrNull(parseDigest(digest as string)),
    )
    const parent = args.parent === 0n ? null : credentialKey(args.parent)
    const { lifts, ...credential } = credentialOf(state)
    return [
      {
        ...credential,
        lifts: rightsOf(lifts),
        id,
        model,
        tier,
        holder,
        parent,
        payment: payment!,
        agreement: agreement!,
      },
    ]
  })
  return (await Promise.all(read)).flat()
}

/** The id of a credential as an event has it: a number. @internal */
export function credentialKey(number: unknown): CredentialId {
  return parseCredentialId(`0x${(number as bigint).toString(16).padStart(64, '0')}`)
}

function digestOrNull(digest: Digest): Digest | null {
  return digest === ZERO_DIGEST ? null : digest
}

/** Thrown when there is no credential of an id. */
export class CredentialNotFoundError extends StemmaError {
  override name = 'CredentialNotFoundError'
  constructor(credential: CredentialId, deployment: string) {
    super(
      'CREDENTIAL_NOT_FOUND',
      `There is no credential ${credential} on the ledger "${deployment}". Check the id, or choose another deployment.`,
    )
  }
}
