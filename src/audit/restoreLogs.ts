import fs, { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import type { Address, LogId } from '../core/hex.ts'
import { logIdOf } from '../core/usage.ts'
import { type CallId, type CallRecord, recordText } from '../core/callRecord.ts'
import { CallIndex, type LogRow, type Mark } from './callIndex.ts'
import { MerkleTiles } from './merkleTiles.ts'
import { count, headerOf, MARK_EVERY, markOf, type SealedLog } from './sealedLog.ts'
import type { ReceiptKey } from './receiptKey.ts'
import type { SealFiles } from './sealFiles.ts'
import { leafOfText } from './sha256.ts'
import { DamagedStoreError, ForeignStoreError } from './storeErrors.ts'
import { readUsageLog } from './usageLog.ts'

/** Records that are rebuilt at a time. */
const REBUILT_AT_ONCE = 10_000
/** Most calls of a batch that a crash can leave behind what the index has. */
const MAX_UNSEALED = 100_000

/** Where the logs of a store are, and who signs for them. */
export type SealerSettings = {
  /** The store's folder, which exists. */
  folder: string
  /** Signs the batches, as the operator whose calls the store keeps. */
  key: ReceiptKey
  /** Calls of the system; Node's by default. */
  files?: SealFiles
}

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
export async function restoreLogs(settings: SealerSettings): Promise<RestoredLogs> {
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
    for (const name of await logFolders(folder)) {
      await collectUnsealed(join(folder, 'logs', name, 'usage.log'), logs.get(name as LogId)?.bytes ?? 0, unsealed)
    }
    return { index, logs, unsealed, isRebuilt }
  } catch (error) {
    index.close()
    throw error
  }
}

/** A log of the index, with its tiles. */
async function restoreLog({ folder, files = fs }: SealerSettings, row: LogRow): Promise<SealedLog> {
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

/** Writes the tiles of a log that has none: into a folder beside, which gets its name when it is whole. */
async function rebuildTiles(path: string, rows: string, { size, root }: LogRow): Promise<void> {
  const beside = await emptyFolder(`${rows}.new`)
  const tiles = new MerkleTiles(beside, 0, fs)
  await inSpans(path, size, (records) => tiles.append(records.map((record) => leafOfText(recordText(record)))))
  if (tiles.root() !== root) {
    throw new DamagedStoreError(path, `its first ${size} records are not those that were sealed`, 'log')
  }
  await rename(beside, rows)
}

/** Writes an index, and the tiles, out of the logs. It gets its name when it is whole. */
async function rebuildIndex({ folder, key }: SealerSettings, path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${path}.new${suffix}`, { force: true })
  const index = new CallIndex(`${path}.new`)
  try {
    for (const name of await logFolders(folder)) await rebuildLog(index, join(folder, 'logs', name), name, key.operator)
  } finally {
    index.close()
  }
  // What is left of the index that is missing: SQLite would take it for the newest pages of this one.
  for (const suffix of ['-wal', '-shm']) await rm(`${path}${suffix}`, { force: true })
  await rename(`${path}.new`, path)
}

/** The names of the folders of logs. What a system or a person puts beside them is none. */
async function logFolders(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'logs'), { withFileTypes: true })
  return entries.filter((entry) => !entry.isFile()).map(({ name }) => name)
}

/** Adds a log to an index, and writes its tiles. A log without a whole record never counted. */
async function rebuildLog(index: CallIndex, at: string, name: string, operator: Address): Promise<void> {
  const path = join(at, 'usage.log')
  const lines = await firstLines(path, 2)
  if (lines.length < 2) return
  const {
    log: { owner, id },
  } = await readUsageLog(path)
  if (owner.operator !== operator) throw new ForeignStoreError(at, owner.operator, operator)
  if (id !== name) throw new DamagedStoreError(path, `it is log ${id}, which is not the name of its folder`, 'log')
  const { credential, epoch } = owner
  const beside = await emptyFolder(join(at, 'tiles.new'))
  const tiles = new MerkleTiles(beside, 0, fs)
  const row = { log: id, credential, epoch, size: 0, bytes: headerOf(owner).length, time: 0, calls: 0, tokens: 0 }
  await inSpans(path, Number.MAX_SAFE_INTEGER, (records) => {
    const marks: Mark[] = row.size === 0 ? [markOf(row)] : []
    const leaves = records.map((record) => {
      const text = recordText(record)
      count(row, record, text)
      if (row.size % MARK_EVERY === 0) marks.push(markOf(row))
      return leafOfText(text)
    })
    tiles.append(leaves)
    index.add({ logs: [{ ...row, root: tiles.root(), added: records.map(({ call }) => call!), marks }] })
  })
  await rm(join(at, 'tiles'), { recursive: true, force: true })
  await rename(beside, join(at, 'tiles'))
}

/** Reads the first `size` records of a log, or as many as it has, and gives them on in spans. */
async function inSpans(path: string, size: number, take: (records: CallRecord[]) => void): Promise<void> {
  let span: CallRecord[] = []
  const onRecord = (record: CallRecord): void => {
    if (record.index >= size) return
    span.push(record)
    if (span.length < REBUILT_AT_ONCE) return
    take(span)
    span = []
  }
  await readUsageLog(path, { onRecord })
  if (span.length > 0) take(span)
}

/** Adds the calls that stand in a log's file behind the bytes that count. A record that is half written there was never acknowledged. */
async function collectUnsealed(path: string, bytes: number, unsealed: CallId[]): Promise<void> {
  if (((await sizeOf(path)) ?? 0) <= bytes) return
  for await (const line of createInterface(createReadStream(path, { start: bytes }))) {
    const call = callIn(line)
    if (call !== undefined) unsealed.push(call)
    if (unsealed.length > MAX_UNSEALED) {
      throw new DamagedStoreError(path, `the index lacks more than ${MAX_UNSEALED} of its records`, 'index')
    }
  }
}

function callIn(line: string): CallId | undefined {
  try {
    return (JSON.parse(line) as Partial<CallRecord>).call
  } catch {
    return undefined
  }
}

async function firstLines(path: string, count: number): Promise<string[]> {
  if ((await sizeOf(path)) === undefined) return []
  const lines: string[] = []
  const file = await open(path)
  for await (const line of file.readLines()) {
    lines.push(line)
    if (lines.length === count) break
  }
  return lines
}

async function emptyFolder(path: string): Promise<string> {
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { mode: 0o700 })
  return path
}

/** Bytes of a file; undefined when there is nothing at the path. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
