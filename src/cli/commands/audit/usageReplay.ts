import type { Command } from 'commander'

import { recordLeafOf } from '../../../core/callRecord.ts'
import { REPLAY_LIMITS, type ReplayLimits } from '../../../audit/replayLog.ts'
import { holds, parseUsageProof, type UsageProof } from '../../../core/usageProof.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { listCheckpoints } from '../../../sdk/audit/listCheckpoints.ts'
import { proveConsistency } from '../../../sdk/audit/proveConsistency.ts'
import { proveRecord } from '../../../sdk/audit/proveRecord.ts'
import { CheckpointNotFoundError } from '../../../sdk/audit/readCheckpoint.ts'
import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { replayReceipt } from '../../replayReceipt.ts'
import { parseReceipt } from '../../../core/receipt.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { read } from '../../open.ts'
import { replayUsageLog, type ReplayedFile } from '../../replayUsageLog.ts'
import { usualHeadAge } from '../../usualHeadAge.ts'
import { durationOf } from '../../times.ts'
import { formatCheckpoint, isClosed } from '../../usageLogFile.ts'
import { isFolder, usageLogPaths } from '../../usageLogPaths.ts'

type Options = LedgerOptions & { receipt?: string; maxHeadAge?: string; maxDelay?: string; clockSkew?: string }

/** `stemma usage replay`: checks usage logs, or a proof from one, against the chain. Exit code 1 when something convicts. */
export function usageReplay(command: Command, context: Context, exit: (code: number) => void): void {
  const limit = (name: string, what: string, otherwise: string): void => {
    command.option(`--${name} <duration>`, `${what} (default: ${otherwise})`)
  }
  const { maxDelay, clockSkew } = REPLAY_LIMITS
  command.option('--receipt <file>', 'hold the logs against a receipt, too')
  const age = '6 block times, from 60s to 600s; any where the deployment has "maxAge": 0'
  limit('max-head-age', 'oldest that the block of a call may be when the call comes', age)
  limit('max-delay', 'longest from a call to its record, and from a checkpoint to its block', `${maxDelay}s`)
  limit('clock-skew', "how far the operator's clock may be from the chain's", `${clockSkew}s`)
  withLedgerOptions(command, {
    example: '$ stemma usage replay proof.json\n$ stemma usage replay calls.log\n$ stemma usage replay gateway/logs',
    json: 'for a log: { valid, closed, log, format, size, root, calls, tokens, unanchored, later, checkpoints: [{ size, root, calls, tokens,\n  block, time, transaction, matches }], found, violations: [{ record, code, reason }] }; for a folder: { valid, logs: [the\n  same with path] }; for a proof: { valid, closed, reason, proof }; with a receipt, also { receipt: { fault, convicts } }',
  }).action(async (path: string, options: Options) => {
    const given = limitsOf(options)
    const receipt =
      options.receipt === undefined ? undefined : parseReceipt(await readJsonFile(context, options.receipt))
    const paths = await usageLogPaths(context, path, true)
    if (paths.length === 0 && !(await isFolder(context, path))) return replayProof(context, options, path, exit)
    if (paths.length === 0)
      throw new UsageError(`The folder "${path}" has no usage logs. Name a log, or the folder of a gateway.`)
    const [logs, held] = await read(context, options, async (ledger) => {
      const limits = { ...given, maxHeadAge: given.maxHeadAge ?? (await usualHeadAge(ledger)) }
      const calls = new Map<string, string>()
      const replayed: ReplayedFile[] = []
      for (const each of paths) {
        const log = await replayUsageLog(context, ledger, each, { limits, calls })
        if (log) replayed.push(log)
      }
      if (replayed.length === 0) throw new UsageError(`"${path}" has no usage log with a record.`)
      const unknown = replayed.find(({ checkpoints, found }) => checkpoints.length === 0 && found === 0)
      if (unknown && replayed.every(({ found }) => found === 0)) {
        throw new CheckpointNotFoundError(unknown.id!, ledger.deployment.name)
      }
      return [replayed, receipt && (await replayReceipt(ledger, receipt, replayed))] as const
    })
    const isHeld = !held || (held.fault === null && held.convicts === null)
    const valid = logs.every(({ found }) => found === 0) && isHeld
    const values = logs.map(jsonOf)
    const value = (await isFolder(context, path)) ? { valid, logs: values } : { ...values[0], valid }
    print(context, options.json, { ...value, ...(held && { receipt: held }) }, () =>
      [...logs.map(textOf), ...(held ? [receiptText(held)] : [])].join('\n\n'),
    )
    noteClosed(
      context,
      logs.some(({ closed }) => closed),
    )
    if (!valid) exit(EXIT.finding)
  })
}

function receiptText({ fault, convicts }: { fault: string | null; convicts: string | null }): string {
  if (fault !== null) return `The receipt does not hold: ${fault}`
  return convicts === null ? 'The receipt holds, and nothing contradicts it.' : `The receipt convicts: ${convicts}`
}

function limitsOf(options: Options): Omit<ReplayLimits, 'maxHeadAge'> & { maxHeadAge: number | undefined } {
  const seconds = (text: string | undefined, otherwise: number): number =>
    text === undefined ? otherwise : durationOf(text)
  return {
    maxHeadAge: options.maxHeadAge === undefined ? undefined : durationOf(options.maxHeadAge),
    maxDelay: seconds(options.maxDelay, REPLAY_LIMITS.maxDelay),
    clockSkew: seconds(options.clockSkew, REPLAY_LIMITS.clockSkew),
  }
}

function jsonOf({
  path,
  id,
  log,
  closed,
  transactions,
  checkpoints,
  unanchored,
  later,
  found,
  violations,
}: ReplayedFile) {
  return {
    path,
    valid: found === 0,
    closed,
    log: id ?? null,
    format: log?.format ?? null,
    ...log?.stateAt(),
    unanchored,
    later,
    checkpoints: checkpoints.map((each) => ({ ...each, transaction: transactions.get(each.size) })),
    found,
    violations,
  }
}

/** What a replay says of permission, by the format of a log. */
const PERMITTED = {
  1: '. Its format, 1, names no blocks, so whether its calls were permitted is not checked.',
  2: ', and each of its calls was permitted at its block.',
} as const

function textOf({ path, log, checkpoints, unanchored, later, found, violations }: ReplayedFile): string {
  return [
    found === 0
      ? `Valid: ${path} matches what was anchored${PERMITTED[log?.format ?? 2]}`
      : `Not valid: ${path} contradicts the chain or itself in ${found} ${found === 1 ? 'way' : 'ways'}. This convicts its operator.`,
    ...(log ? [formatCheckpoint(log, log.stateAt())] : []),
    ...checkpoints.map(
      ({ size, block, matches }) =>
        `  checkpoint of ${size} records, block ${block}: ${matches ? 'matches' : 'differs'}`,
    ),
    ...(unanchored > 0 ? [`  the last ${unanchored} records are not anchored yet`] : []),
    ...(later > 0 ? [`  ${later} records are of blocks that the node does not have yet: replay again for these`] : []),
    ...violations.map(({ record, code, reason }) => `  record ${record}: ${code}: ${reason}`),
    ...(found > violations.length ? [`  and ${found - violations.length} more`] : []),
  ].join('\n')
}

async function replayProof(
  context: Context,
  options: Options,
  path: string,
  exit: (code: number) => void,
): Promise<void> {
  const document = await readJsonFile(context, path)
  if (typeof document === 'object' && document !== null && 'usageReceipt' in document) {
    const receipt = parseReceipt(document)
    const held = await read(context, options, (ledger) => replayReceipt(ledger, receipt, []))
    const valid = held.fault === null && held.convicts === null
    print(context, options.json, { valid, receipt: held }, () => receiptText(held))
    if (!valid) exit(EXIT.finding)
    return
  }
  const proof = parseUsageProof(document)
  const [reason, closed] = await read(context, options, (ledger) =>
    Promise.all([refusalOf(ledger, proof), isClosed(ledger, proof)]),
  )
  const valid = reason === null
  print(context, options.json, { valid, closed, reason, proof }, () => (valid ? 'Valid.' : `Not valid: ${reason}`))
  noteClosed(context, closed)
  if (!valid) exit(EXIT.finding)
}

function noteClosed(context: Context, closed: boolean): void {
  if (closed) note(context, 'The operator closed this log and opened one of a later epoch. The counts of both hold.')
}

/** Why a proof does not hold, or null when it does, by the proof itself and by the chain. */
async function refusalOf(ledger: Ledger, proof: UsageProof): Promise<string | null> {
  if (!holds(proof)) return 'the proof does not lead to its own root.'
  const { log } = proof
  const sizes =
    proof.usageProof === 'record'
      ? [[proof.size, proof.root]]
      : [
          [proof.first, proof.firstRoot],
          [proof.second, proof.secondRoot],
        ]
  const anchored = await listCheckpoints(ledger, { log })
  for (const [size, root] of sizes) {
    const found = anchored.find((checkpoint) => checkpoint.size === BigInt(size!))
    if (!found) return `the log has no checkpoint of ${size} records.`
    if (found.root !== root) return `the checkpoint of ${size} records has another root, ${found.root}.`
  }
  const isProven =
    proof.usageProof === 'record'
      ? await proveRecord(ledger, {
          ...proof,
          size: BigInt(proof.size),
          index: BigInt(proof.record.index),
          leaf: recordLeafOf(proof.record),
        })
      : await proveConsistency(ledger, { ...proof, first: BigInt(proof.first), second: BigInt(proof.second) })
  return isProven ? null : 'the contract refuses the proof.'
}
