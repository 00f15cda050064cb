import * as abi from '../../abi/licenseCredential.ts'
import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { eventDecoder, readLogs, type LedgerEvent } from '../logs.ts'
import { reading } from '../nodeErrors.ts'

/** The events that change whether a credential is valid. */
const HISTORY = [
  abi.CredentialIssued,
  abi.CredentialRenewed,
  abi.CredentialSuspended,
  abi.CredentialReinstated,
  abi.CredentialRevoked,
]

/**
 * Whether a credential is valid now, or was at a time. The answer for the past is exact, from the credential's events. The
 * contract's `isValidAt` is conservative: it joins all suspensions and lapses into one gap.
 */
export async function isCredentialValid(
  ledger: Ledger,
  parameters: { credential: CredentialId; time?: number },
): Promise<boolean> {
  const { credential, time } = parameters
  if (time === undefined) return reading(() => methodOf(ledger, 'licenseCredential', abi.isValid)(credential))
  const topics = [null, credential]
  const logs = await readLogs(ledger, [ledger.deployment.contracts.licenseCredential], topics)
  const events = logs.map(eventDecoder('licenseCredential', HISTORY)).filter((event) => event !== undefined)
  const times = new Map<number, number>()
  await Promise.all(
    [...new Set(events.map(({ block }) => block))].map(async (number) => {
      const block = await reading(() => ledger.provider.getBlock(number))
      if (block) times.set(number, block.timestamp)
    }),
  )
  return replay(events, times, time)
}

/** Replays a credential's history up to a time. */
function replay(events: readonly LedgerEvent[], times: ReadonlyMap<number, number>, time: number): boolean {
  let [validFrom, validUntil, suspended, revoked] = [Infinity, -Infinity, false, false]
  for (const { name, args, block } of events) {
    const now = times.get(block) ?? Infinity
    // A renewal after the expiry does not validate the time in between.
    if (now > time && !(name === 'CredentialIssued')) break
    if (name === 'CredentialIssued') [validFrom, validUntil] = [Number(args.validFrom), Number(args.validUntil)]
    else if (name === 'CredentialRenewed') validUntil = Number(args.validUntil)
    else if (name === 'CredentialSuspended') suspended = true
    else if (name === 'CredentialReinstated') suspended = false
    else if (name === 'CredentialRevoked') revoked = true
  }
  return !suspended && !revoked && validFrom <= time && time < validUntil
}
