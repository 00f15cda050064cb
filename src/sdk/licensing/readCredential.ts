import * as abi from '../../abi/licenseCredential.ts'
import {
  parseAddress,
  parseModelId,
  parseTierId,
  type Address,
  type CredentialId,
  type ModelId,
  type TierId,
} from '../../core/hex.ts'
import { StemmaError } from '../../core/errors.ts'
import type { Credential } from '../../core/lineage.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents } from '../logs.ts'
import { reading } from '../nodeErrors.ts'
import { credentialOf } from '../registry/readLineage.ts'

/** A credential with its model, tier and holder. */
export type IssuedCredential = Credential & { id: CredentialId; model: ModelId; tier: TierId; holder: Address }

/** Reads one credential. @throws {@link CredentialNotFoundError} when there is none of that id */
export async function readCredential(
  ledger: Ledger,
  parameters: { credential: CredentialId },
): Promise<IssuedCredential> {
  const { credential: id } = parameters
  const [state, [issued]] = await Promise.all([
    reading(() => methodOf(ledger, 'licenseCredential', abi.credentialOf)(id)),
    readEvents(ledger, 'licenseCredential', abi.CredentialIssued, { credential: id }),
  ])
  const credential = credentialOf(state)
  if (credential.state === 'none' || !issued) throw new CredentialNotFoundError(id, ledger.deployment.name)
  const model = parseModelId(issued.args.model as string)
  const tier = parseTierId(issued.args.tier as string)
  const holder = parseAddress(issued.args.holder as string)
  if (credentialIdOf(model, tier, holder) !== id) throw new CredentialNotFoundError(id, ledger.deployment.name)
  return { ...credential, id, model, tier, holder }
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
