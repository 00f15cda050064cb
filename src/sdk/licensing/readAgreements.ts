import * as abi from '../../abi/licenseCredential.ts'
import { parseDigest, ZERO_DIGEST, type CredentialId, type Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'
import { credentialKey } from './readCredential.ts'

/**
 * Reads the digests of the confidential terms that some credentials name, as they were issued last. Credentials without such terms are left
 * out.
 */
export async function readAgreements(
  ledger: Ledger,
  { credentials }: { credentials: readonly CredentialId[] },
): Promise<Map<CredentialId, Digest>> {
  if (credentials.length === 0) return new Map()
  const issued = await readEvents(ledger, 'licenseCredential', abi.CredentialIssued, { credential: credentials })
  const latest = issued.map(
    ({ args }) => [credentialKey(args.credential), parseDigest(args.agreement as string)] as const,
  )
  return new Map([...new Map(latest)].filter(([, digest]) => digest !== ZERO_DIGEST))
}
