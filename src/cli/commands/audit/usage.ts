import { open } from 'node:fs/promises'

import type { Command } from 'commander'

import { recordLeafOf, type CallRecord } from '../../../audit/callRecord.ts'
import { readUsageLog, type UsageLog } from '../../../audit/usageLog.ts'
import {
  consistencyProofOf,
  holds,
  parseUsageProof,
  recordProofOf,
  type UsageProof,
} from '../../../audit/usageProof.ts'
import { StemmaError } from '../../../core/errors.ts'
import { parseCredentialId } from '../../../core/hex.ts'
import { LogRangeError } from '../../../core/merkleLog.ts'
import { exceededQuotas, type Checkpoint } from '../../../core/usage.ts'
import { anchorCheckpoint } from '../../../sdk/audit/anchorCheckpoint.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { listCheckpoints } from '../../../sdk/audit/listCheckpoints.ts'
import { proveConsistency } from '../../../sdk/audit/proveConsistency.ts'
import { proveRecord } from '../../../sdk/audit/proveRecord.ts'
import { CheckpointNotFoundError } from '../../../sdk/audit/readCheckpoint.ts'
import { readCredential } from '../../../sdk/licensing/readCredential.ts'
import { listUsage } from '../../../sdk/audit/readUsage.ts'
import { EXIT, note, print, toJson, UsageError, type Context } from '../../../console/context.ts'
import { FileError, pathOf, readJsonFile, writeWhole } from '../../../console/files.ts'
import { accountOf } from '../../names.ts'
import { read, send, type SendOptions } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { SENT_JSON, withHelp, withLedgerOptions, withSendOptions } from '../../../console/options.ts'
import { withProgress } from '../../progress.ts'
import { fields } from '../../shown.ts'

type ProveOptions = { record?: string; since?: string; size?: string; output?: string; json?: boolean }
type Exit = (code: number) => void

/** `stemma audit`: logs of calls that were made under a credential. */
export function addAudit(program: Command, context: Context, exit: Exit): void {
  const audit = program.command('audit').description('anchor, prove and check the logs of calls under a credential')
  addCheckpoint(audit, context)
  addProve(audit, context)
  addVerify(audit, context, exit)
  addUsage(audit, context, exit)
}

function addCheckpoint(audit: Command, context: Context): void {
  withSendOptions(
    audit
      .command('checkpoint <log>')
      .description('check a usage log and anchor how far it has come')
      .option('--offline', 'only compute what would be anchored; ask no node'),
    {
      example: '$ stemma audit checkpoint calls.log --offline\n$ stemma audit checkpoint calls.log',
      json: `{ log, size, root, calls, tokens, ${SENT_JSON}`,
    },
  ).action(async (path: string, options: SendOptions & { offline?: boolean }) => {
    const log = await readLog(context, path)
    const checkpoint = log.stateAt()
    const state = { log: log.id, ...checkpoint }
    if (options.offline) {
      print(context, options.json, state, () => shownCheckpoint(log, checkpoint))
      return
    }
    await send(
      context,
      options,
      async (ledger, write) => {
        const [wrong] = (await checkpointsOf(ledger, log)).filter(({ matches }) => !matches)
        if (wrong) throw new LogContradictedError(log, wrong.size)
        return { ...state, ...(await anchorCheckpoint(ledger, { ...log.owner, checkpoint, ...write })) }
      },
      () => shownCheckpoint(log, checkpoint),
    )
  })
}

function addProve(audit: Command, context: Context): void {
  withHelp(
    audit
      .command('prove <log>')
      .description('prove a record, or that the log continues an older one; prints JSON; needs no node')
      .option('--record <index>', 'the place of the record, from 0')
      .option('--since <size>', 'how many records the older log has')
      .option('--size <size>', 'of the log with so many records; by default all of it')
      .option('--output <file>', 'write the proof to a file instead'),
    {
      example: '$ stemma audit prove calls.log --record 17 --size 1000 --output proof.json',
      json: 'the proof (docs/formats/usage-log.md), which is JSON without --json too',
    },
  ).action(async (path: string, options: ProveOptions) => {
    if ((options.record === undefined) === (options.since === undefined)) {
      throw new UsageError(
        'Say what to prove: a record by --record, or by --since that the log continues an older one.',
      )
    }
    const index = countOf('--record', options.record)
    const since = countOf('--since', options.since)
    const given = countOf('--size', options.size)
    let record: CallRecord | undefined
    const log = await readLog(context, path, (each) => {
      if (each.index === index) record = each
    })
    const size = given ?? log.tree.size
    const proof =
      since !== undefined ? consistencyProofOf(log, since, size) : recordProofOf(log, found(record, index!, log), size)
    const text = `${toJson(proof)}\n`
    if (options.output !== undefined) await writeWhole(context, options.output, text)
    if (options.output === undefined || options.json) context.stdout(text)
  })
}

function addVerify(audit: Command, context: Context, exit: Exit): void {
  withLedgerOptions(
    audit
      .command('verify <log|proof>')
      .description('check a usage log, or a proof about one, against what was anchored; exit code 1 when they differ'),
    {
      example: '$ stemma audit verify proof.json\n$ stemma audit verify calls.log',
      json: 'of a log: { valid, log, size, root, calls, tokens, checkpoints: [{ size, root, calls, tokens,\n  block, transaction, matches }] }; of a proof: { valid, reason, proof }',
    },
  ).action(async (path: string, options: LedgerOptions) => {
    if (await isUsageLog(context, path)) {
      const log = await readLog(context, path)
      const checkpoints = await read(context, options, async (ledger) => {
        const all = await checkpointsOf(ledger, log)
        if (all.length === 0) throw new CheckpointNotFoundError(log.id, ledger.deployment.name)
        return all
      })
      const valid = checkpoints.every(({ matches }) => matches)
      print(context, options.json, { valid, log: log.id, ...log.stateAt(), checkpoints }, () =>
        [
          `${valid ? 'Valid' : 'Not valid'}: the log ${valid ? 'matches' : 'contradicts'} what was anchored.`,
          shownCheckpoint(log, log.stateAt()),
          ...checkpoints.map(
            ({ size, block, matches }) =>
              `  checkpoint of ${size} records, block ${block}: ${matches ? 'matches' : 'differs'}`,
          ),
        ].join('\n'),
      )
      if (!valid) exit(EXIT.notPermitted)
      return
    }
    const proof = parseUsageProof(await readJsonFile(context, path))
    const reason = await read(context, options, (ledger) => refusalOf(ledger, proof))
    const valid = reason === null
    print(context, options.json, { valid, reason, proof }, () => (valid ? 'Valid.' : `Not valid: ${reason}`))
    if (!valid) exit(EXIT.notPermitted)
  })
}

function addUsage(audit: Command, context: Context, exit: Exit): void {
  withLedgerOptions(
    audit
      .command('usage <credential>')
      .description('show what was anchored under a credential beside its quotas; exit code 1 when one is exceeded')
      .option('--operator <address>', 'only what this operator has anchored'),
    {
      example: '$ stemma audit usage 0x5d0b…8e1f',
      json: '[{ operator, credential, model, tier, holder, log, calls, callQuota, tokens, tokenQuota, exceeded: [calls|tokens] }]',
    },
  ).action(async (text: string, options: LedgerOptions & { operator?: string }) => {
    const credential = parseCredentialId(text)
    const operator = options.operator === undefined ? undefined : accountOf(options.operator)
    const usages = await read(context, options, async (ledger) => {
      const { model, tier, holder } = await readCredential(ledger, { credential })
      const all = await listUsage(ledger, { credentials: [{ credential, model, tier, holder }] })
      return all
        .filter((usage) => operator === undefined || usage.operator === operator)
        .map((usage) => ({ ...usage, exceeded: exceededQuotas(usage) }))
    })
    print(
      context,
      options.json,
      usages,
      () =>
        usages
          .map(({ operator, log, calls, callQuota, tokens, tokenQuota, exceeded }) =>
            fields(`operator ${operator}`, [
              ['log', log],
              ['calls', `${calls} of ${callQuota || 'any number'}`],
              ['tokens', `${tokens} of ${tokenQuota || 'any number'}`],
              ['exceeded', exceeded.join(', ') || 'no'],
            ]),
          )
          .join('\n') || 'Nothing is anchored under the credential.',
    )
    if (usages.some(({ exceeded }) => exceeded.length > 0)) exit(EXIT.notPermitted)
  })
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
  const said =
    proof.usageProof === 'record'
      ? await proveRecord(ledger, {
          ...proof,
          size: BigInt(proof.size),
          index: BigInt(proof.record.index),
          leaf: recordLeafOf(proof.record),
        })
      : await proveConsistency(ledger, { ...proof, first: BigInt(proof.first), second: BigInt(proof.second) })
  return said ? null : 'the contract refuses the proof.'
}

/** The checkpoints of a log, each held against the file. */
async function checkpointsOf(ledger: Ledger, log: UsageLog) {
  const anchored = await listCheckpoints(ledger, { log: log.id })
  return anchored.map(({ log: _log, operator: _operator, credential: _credential, ...checkpoint }) => ({
    ...checkpoint,
    matches: matches(log, checkpoint),
  }))
}

function matches(log: UsageLog, { size, root, calls, tokens }: Checkpoint): boolean {
  if (size > BigInt(log.tree.size)) return false
  const state = log.stateAt(Number(size))
  return state.root === root && state.calls === calls && state.tokens === tokens
}

async function readLog(context: Context, path: string, onRecord?: (record: CallRecord) => void): Promise<UsageLog> {
  const { log, unfinished } = await withProgress(context, 'Reading the log', (onProgress) =>
    readUsageLog(pathOf(context, path), { onProgress, signal: context.signal, ...(onRecord && { onRecord }) }),
  )
  if (unfinished > 0) {
    note(context, `The last ${unfinished} bytes are no whole record, as after a crash, and were left out.`)
  }
  return log
}

function found(record: CallRecord | undefined, index: number, { tree }: UsageLog): CallRecord {
  if (record === undefined) throw new LogRangeError('record', index, 0, tree.size - 1)
  return record
}

/** A log begins with a line that says so; a proof is one JSON object. */
async function isUsageLog(context: Context, path: string): Promise<boolean> {
  const file = await open(pathOf(context, path)).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0)
    return buffer.subarray(0, bytesRead).toString().split('\n')[0]!.includes('"usageLog"')
  } catch (cause) {
    throw new FileError(path, 'read', cause)
  } finally {
    await file.close()
  }
}

function shownCheckpoint({ id, owner }: UsageLog, { size, root, calls, tokens }: Checkpoint): string {
  return fields(`usage log ${id}`, [
    ['operator', owner.operator],
    ['credential', owner.credential],
    ['records', String(size)],
    ['calls', String(calls)],
    ['tokens', String(tokens)],
    ['root', root],
  ])
}

function countOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`"${text.slice(0, 40)}" is not a whole number for ${option}.`)
  return Number(text)
}

/** Thrown when a usage log does not hold what was anchored of it: another log, an old copy, or one that was altered. */
export class LogContradictedError extends StemmaError {
  override name = 'LogContradictedError'
  constructor({ id, tree }: UsageLog, size: bigint) {
    super(
      'LOG_CONTRADICTED',
      `The usage log ${id} with ${tree.size} records does not hold what was anchored of its first ${size}. It is an old copy, or was altered: compare by stemma audit verify, and go on with the true log.`,
    )
  }
}
