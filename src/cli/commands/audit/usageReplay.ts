import { open } from 'node:fs/promises'

import type { Command } from 'commander'

import { recordLeafOf } from '../../../audit/callRecord.ts'
import { holds, parseUsageProof, type UsageProof } from '../../../audit/usageProof.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { listCheckpoints } from '../../../sdk/audit/listCheckpoints.ts'
import { proveConsistency } from '../../../sdk/audit/proveConsistency.ts'
import { proveRecord } from '../../../sdk/audit/proveRecord.ts'
import { CheckpointNotFoundError } from '../../../sdk/audit/readCheckpoint.ts'
import { EXIT, note, print, type Context } from '../../../console/context.ts'
import { FileError, pathOf, readJsonFile } from '../../../console/files.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { compareCheckpoints, formatCheckpoint, isClosed, readLog } from '../../usageLogFile.ts'

/** `stemma usage replay`: compares a usage log, or a proof from one, with what was anchored. Exit code 1 when they differ. */
export function usageReplay(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(command, {
    example: '$ stemma usage replay proof.json\n$ stemma usage replay calls.log',
    json: 'for a log: { valid, closed, log, size, root, calls, tokens, checkpoints: [{ size, root, calls, tokens,\n  block, transaction, matches }] }; for a proof: { valid, closed, reason, proof }',
  }).action(async (path: string, options: LedgerOptions) => {
    if (await isUsageLog(context, path)) {
      const log = await readLog(context, path)
      const { checkpoints, closed } = await read(context, options, async (ledger) => {
        const [all, ended] = await Promise.all([compareCheckpoints(ledger, log), isClosed(ledger, log.owner)])
        if (all.length === 0) throw new CheckpointNotFoundError(log.id, ledger.deployment.name)
        return { checkpoints: all, closed: ended }
      })
      const valid = checkpoints.every(({ matches }) => matches)
      print(context, options.json, { valid, closed, log: log.id, ...log.stateAt(), checkpoints }, () =>
        [
          `${valid ? 'Valid' : 'Not valid'}: the log ${valid ? 'matches' : 'contradicts'} what was anchored.`,
          formatCheckpoint(log, log.stateAt()),
          ...checkpoints.map(
            ({ size, block, matches }) =>
              `  checkpoint of ${size} records, block ${block}: ${matches ? 'matches' : 'differs'}`,
          ),
        ].join('\n'),
      )
      noteClosed(context, closed)
      if (!valid) exit(EXIT.finding)
      return
    }
    const proof = parseUsageProof(await readJsonFile(context, path))
    const [reason, closed] = await read(context, options, (ledger) =>
      Promise.all([refusalOf(ledger, proof), isClosed(ledger, proof)]),
    )
    const valid = reason === null
    print(context, options.json, { valid, closed, reason, proof }, () => (valid ? 'Valid.' : `Not valid: ${reason}`))
    noteClosed(context, closed)
    if (!valid) exit(EXIT.finding)
  })
}

function noteClosed(context: Context, closed: boolean): void {
  if (closed) note(context, 'The operator closed this log and opened one of a later epoch, whose counts hold now.')
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
