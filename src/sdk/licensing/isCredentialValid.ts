import * as abi from '../../abi/licenseCredential.ts'
import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { eventDecoder, readLogs, type LedgerEvent } from '../logs.ts'
import { reading } from '../nodeErrors.ts'
import { credentialKey } from './readCredential.ts'
import { readBlock } from '../readBlock.ts'

/** The events that change whether a credential is valid. */
const HISTORY = [
  abi.CredentialIssued,
  abi.CredentialRenewed,
  abi.CredentialSuspended,
  abi.CredentialReinstated,
  abi.CredentialRevoked,
  abi.CredentialRenounced,
]

/**
 * Whether a credential is valid now, or was at a time. The answer for the past is exact, from the events of the credential and of
 * its parent. The contract's `isValidAt` is conservative: it joins all suspensions and lapses into one gap.
 */
export async function isCredentialValid(
  ledger: Ledger,
  parameters: { credential: CredentialId; time?: number },
): Promise<boolean> {
  const { credential, time } = parameters
  if (time === undefined) return reading(() => methodOf(ledger, 'licenseCredential', abi.isValid)(credential))
  const own = await replay(ledger, credential, time)
  if (!own.valid || own.parent === null) return own.valid
  return (await replay(ledger, own.parent, time)).valid
}

/** Replays a credential's own history up to a time. */
async function replay(
  ledger: Ledger,
  credential: CredentialId,
  time: number,
): Promise<{ valid: boolean; parent: CredentialId | null }> {
  let [validFrom, validUntil, suspended, revoked] = [Infinity, -Infinity, false, false]
  let parent: CredentialId | null = null
  for (const { name, args } of await historyUntil(ledger, credential, time)) {
    if (name === 'CredentialIssued') {
      // It may replace a sub-credential, of which nothing is left then.
      ;[suspended, revoked] = [false, false]
      ;[validFrom, validUntil] = [Number(args.validFrom), Number(args.validUntil)]
      parent = args.parent === 0n ? null : credentialKey(args.parent)
    } else if (name === 'CredentialRenewed') validUntil = Number(args.validUntil)
    else if (name === 'CredentialSuspended') suspended = true
    else if (name === 'CredentialReinstated') suspended = false
    else revoked = true
  }
  return { valid: !suspended && !revoked && validFrom <= time && time < validUntil, parent }
}

/** What happened to a credential until a time, oldest first. A later renewal does not validate the time before it. */
async function historyUntil(ledger: Ledger, credential: CredentialId, time: number): Promise<LedgerEvent[]> {
  const logs = await readLogs(ledger, [ledger.deployment.contracts.licenseCredential], [null, credential])
  const events = logs.map(eventDecoder('licenseCredential', HISTORY)).filter((event) => event !== undefined)
  const times = new Map<number, number>()
  await Promise.all(
    [...new Set(events.map(({ block }) => block))].map(async (number) => {
      const block = await readBlock(ledger.provider, number)
      if (block) times.set(number, block.timestamp)
    }),
  )
  return events.filter(({ block }) => (times.get(block) ?? Infinity) <= time)
}
