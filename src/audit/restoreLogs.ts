import fs from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import type { LogId } from '../core/hex.ts'
import { logIdOf } from '../core/usage.ts'
import { encodeRecord, type CallRecord } from './callRecord.ts'
import { CallIndex, type LogRow, type Mark } from './callIndex.ts'
import { MerkleTiles, leafOf } from './merkleTiles.ts'
import { headerOf, MARK_EVERY } from './sealedLog.ts'
import type { SealedLog, Sealer } from './sealer.ts'
import { DamagedStoreError, ForeignStoreError } from './storeErrors.ts'
import { readUsageLog } from './usageLog.ts'
import type { CallId } from './usageStore.ts'

/** Records that are rebuilt at a time. */
const REBUILT_AT_ONCE = 10_000
/** Most calls of a batch that a crash can leave behind what the index has. */
const MAX_UNSEALED = 100_000

/** The logs of a store as they stand on the disk. */
export type RestoredLogs = {
  index: CallIndex
  logs: Map<LogId, SealedLog>
  /** Calls in the logs behind what the index has. */
  unsealed: CallId[]
  /** Whether the index was missing, and was rebuilt. */
  isRebuilt: boolean
}

/**
 * Opens the index and logs of a store and checks the end of each. What is missing of index and tiles is rebuilt from the logs.
 *
 * @throws {@link DamagedStoreError} {@link ForeignStoreError}; what `readUsageLog` throws of a log from which something is rebuilt
 */
export async function restoreLogs(settings: Sealer.Settings): Promise<RestoredLogs> {
  const { folder, key } = settings
  const path = join(folder, 'index.sqlite')
  await mkdir(join(folder, 'logs'), { recursive: true, mode: 0o700 })
  const isRebuilt = (await sizeOf(path)) === undefined
  if (isRebuilt) await rebuildIndex(settings, path)
  const index = new CallIndex(path)
  try {
    const logs = new Map<LogId, SealedLog>()
    const unsealed: CallId[] = []
    for (const row of index.logs()) {
      const { log, credential, epoch } = row
      if (logIdOf(key.operator, credential, epoch) !== log) {
        throw new ForeignStoreError(folder, 'another account', key.operator)
      }
      logs.set(log, await restoreLog(settings, row))
    }
    for (const name of await readdir(join(folder, 'logs'))) {
      await collectUnsealed(join(folder, 'logs', name, 'usage.log'), logs.get(name as LogId)?.bytes ?? 0, unsealed)
    }
    return { index, logs, unsealed, isRebuilt }
  } catch (error) {
    index.close()
    throw error
  }
}

/** A log of the index, with its tiles. */
async function restoreLog({ folder, files = fs }: Sealer.Settings, row: LogRow): Promise<SealedLog> {
  const at = join(folder, 'logs', row.log)
  const path = join(at, 'usage.log')
  const length = await sizeOf(path)
  if (length === undefined) throw new DamagedStoreError(path, 'it is missing', 'log')
  if (length < row.bytes) {
    throw new DamagedStoreError(path, `it has ${length} bytes of the ${row.bytes} that were sealed`, 'log')
  }
  const rows = join(at, 'tiles')
  if ((await sizeOf(rows)) === undefined) await rebuildTiles(path, rows, row)
  let tiles: MerkleTiles
  try {
    tiles = new MerkleTiles(rows, row.size, files)
  } catch (error) {
    throw new DamagedStoreError(rows, (error as Error).message, 'tiles', error)
  }
  const root = tiles.root()
  if (root !== row.root) throw new DamagedStoreError(rows, `its root is ${root}, and ${row.root} was sealed`, 'tiles')
  const { number: _number, ...log } = row
  return { ...log, folder: at, tiles }
}

/** Writes the tiles of a log that it does not have: into a folder beside, which gets its name when it is whole. */
async function rebuildTiles(path: string, rows: string, { size, root }: LogRow): Promise<void> {
  const beside = await emptyFolder(`${rows}.new`)
  const tiles = new MerkleTiles(beside, 0, fs)
  await eachRecord(path, size, (records) => tiles.append(records.map(({ line }) => leafOf(line))))
  if (tiles.root() !== root) throw new DamagedStoreError(path, `its first ${size} records are not those that were sealed`, 'log')
  await rename(beside, rows)
}

/** Writes an index, and tiles where they are missing, out of the logs. It gets its name when it is whole. */
async function rebuildIndex({ folder, key }: Sealer.Settings, path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${path}.new${suffix}`, { force: true })
  const index = new CallIndex(`${path}.new`)
  try {
    for (const name of await readdir(join(folder, 'logs'))) {
      const at = join(folder, 'logs', name)
      const log = join(at, 'usage.log')
      const { owner, size } = await whatIsIn(log)
      if (!owner || size === 0) continue
      if (owner.operator !== key.operator) throw new ForeignStoreError(folder, owner.operator, key.operator)
      const { operator, credential, epoch } = owner
      const id = logIdOf(operator, credential, epoch)
      if (id !== name) throw new DamagedStoreError(log, `it is of log ${id}, which is not the name of its folder`, 'log')
      const beside = await emptyFolder(join(at, 'tiles.new'))
      const tiles = new MerkleTiles(beside, 0, fs)
      const row = { log: id, credential, epoch, size: 0, bytes: headerOf(owner).length, time: 0, calls: 0, tokens: 0 }
      let marks: Mark[] = [{ size: 0, bytes: row.bytes, calls: 0, tokens: 0 }]
      await eachRecord(log, size, (records) => {
        for (const { record, line } of records) {
          row.size += 1
          row.bytes += line.length + 1
          row.time = record.time
          row.calls += record.outcome === 'served' ? 1 : 0
          row.tokens += record.inputTokens + record.outputTokens
          if (row.size % MARK_EVERY === 0) marks.push({ size: row.size, bytes: row.bytes, calls: row.calls, tokens: row.tokens })
        }
        tiles.append(records.map(({ line }) => leafOf(line)))
        const added = records.map(({ record }) => record.call!)
        index.add({ logs: [{ ...row, root: tiles.root(), added, marks }] })
        marks = []
      })
      await rm(join(at, 'tiles'), { recursive: true, force: true })
      await rename(beside, join(at, 'tiles'))
    }
  } finally {
    index.close()
  }
  await rename(`${path}.new`, path)
}
