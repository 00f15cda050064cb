import type { Command } from 'commander'

import { loadLicenses } from '../artifacts/licenseLibrary.ts'
import type { Context } from '../console/context.ts'
import { readJsonFile } from '../console/files.ts'
import type { LedgerOptions } from '../console/node.ts'
import type { Facts } from '../core/evaluate.ts'
import type { Address } from '../core/hex.ts'
import type { LicenseEntry } from '../documents/license.ts'
import type { ReadLock } from '../documents/lock.ts'
import { listTrustedPublishers } from '../deployments/trustedPublishers.ts'
import { verifyLock } from '../sdk/compliance/verifyLock.ts'
import type { Ledger } from '../sdk/connect.ts'
import { parsePolicy, type TrustPolicy } from '../verify/policy.ts'
import { factOption, factsOf, type FactOptions } from './facts.ts'
import { LockPins } from './lockPins.ts'
import { accountOf } from './names.ts'
import { durationOf } from './times.ts'

/** Options of a question about what a lock file has. */
export type LockQuestionOptions = LedgerOptions &
  FactOptions & { policy?: string; licensee?: string; maxAge?: string; strict?: boolean; proofs: boolean }

/** A question about what a lock file has, read from its options and files before a node is asked. */
export type LockQuestion = {
  policy: TrustPolicy
  facts: Facts
  /** How old the latest block may be, in seconds; undefined for what the deployment says. */
  maxAge: number | undefined
  /** Whether a publisher counts for a name that it proves. */
  countsNames: boolean
  licenses: readonly LicenseEntry[]
}

/** Adds the options of a question about what a lock file has. */
export function withLockQuestion(command: Command): Command {
  return command
    .option('--policy <file>', 'whose word counts (JSON); its publishers replace those of the lock file')
    .option('--facts <file>', 'facts of the licensee (JSON), which replace those of the policy')
    .addOption(factOption())
    .option('--licensee <address>', "who wants to use them; by default the policy's licensee, else the public")
    .option(
      '--max-age <duration>',
      "how old the latest block may be; by default the deployment's, or 1h; 0s for any age",
    )
    .option('--no-proofs', 'ask no host whether a publisher proves a name')
}

/** Reads the question that the options ask. No node is asked. */
export async function readLockQuestion(context: Context, options: LockQuestionOptions): Promise<LockQuestion> {
  const policy: TrustPolicy = {
    ...(options.policy !== undefined && parsePolicy(await readJsonFile(context, options.policy))),
    ...(options.licensee !== undefined && { licensee: accountOf(options.licensee) }),
  }
  return {
    policy,
    facts: await factsOf(options, context),
    maxAge: options.maxAge === undefined ? undefined : durationOf(options.maxAge),
    countsNames: options.proofs && !options.strict && !policy.trustedPublishers,
    licenses: await loadLicenses(),
  }
}

/** Verifies entries of a lock file. @returns what was found, and the publishers that the reader trusts */
export async function askLock(
  context: Context,
  ledger: Ledger,
  lock: ReadLock,
  { policy, facts, maxAge, countsNames, licenses }: LockQuestion,
  asked: Pick<verifyLock.Parameters, 'only' | 'subjects'>,
): Promise<{ found: verifyLock.ReturnType; trusted: readonly Address[] }> {
  const pins = new LockPins(context, ledger, lock)
  const trusted = (await listTrustedPublishers(context, ledger.deployment)).map(({ publisher }) => publisher)
  const found = await verifyLock(ledger, {
    lock,
    ...asked,
    policy,
    trusted,
    ...(countsNames && { prove: pins.proveLocked(maxAge) }),
    pins: pins.bindings,
    licenses,
    facts,
    maxAge,
    now: context.now() / 1000,
  })
  return { found, trusted }
}
