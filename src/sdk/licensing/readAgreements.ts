import * as abi from '../../abi/licenseCredential.ts'
import { parseDigest, ZERO_DIGEST, type CredentialId, type Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'
import { credentialKey } from './readCredential.ts'

/**
 * Reads the digests of the confidential terms that some credentials name, as they were issued last. Credentials without such terms are left
 * out.
 *
 * @param parameters `block`: the last block that counts
 */
export async function readAgreements(
  ledger: Ledger,
  parameters: { credentials: readonly CredentialId[]; block?: number },
): Promise<Map<CredentialId, Digest>> {
  const { credentials, block } = parameters
  if (credentials.length === 0) return new Map()
  const range = block === undefined ? {} : { toBlock: block }
  const issued = await readEvents(ledger, 'licenseCredential', abi.CredentialIssued, { credential: credentials }, range)
  const latest = issued.map(
    ({ args }) => [credentialKey(args.credential), parseDigest(args.agreement as string)] as const,
  )
  return new Map([...new Map(latest)].filter(([, digest]) => digest !== ZERO_DIGEST))
}
