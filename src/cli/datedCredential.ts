import type { Command } from 'commander'

import type { Ledger } from '../sdk/connect.ts'
import { isCredentialValid } from '../sdk/licensing/isCredentialValid.ts'
import type { IssuedCredential } from '../sdk/licensing/readCredential.ts'

/** A credential, and whether it is valid `at` (Unix seconds; null is now). */
export type DatedCredential = IssuedCredential & { valid: boolean; at: number | null }

/** What is printed of one {@link DatedCredential} with `--json`. */
export const DATED_CREDENTIAL_JSON =
  '{ id, model, tier, holder, publisher, parent, validFrom, validUntil, gapFrom, gapUntil, state, payment, agreement, lifts, valid, at }'

/** Adds the option that asks about another time than now. */
export function withTime(command: Command): Command {
  return command.option('--at <time>', 'whether it was or will be valid then, by its whole history (default: now)')
}

/** Asks whether a credential is valid at a time. */
export async function datedCredential(
  ledger: Ledger,
  credential: IssuedCredential,
  at: number | null,
): Promise<DatedCredential> {
  const time = at === null ? {} : { time: at }
  return { ...credential, valid: await isCredentialValid(ledger, { credential: credential.id, ...time }), at }
}
