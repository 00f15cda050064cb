import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address, CredentialId, Digest, LogId } from '../core/hex.ts'
import { MerkleLog } from '../core/merkleLog.ts'
import { quoted } from '../core/text.ts'
import { isEpoch, logIdOf, type LogOwner, type LogState } from '../core/usage.ts'
import {
  checkRecord,
  formatOf,
  LOG_FORMATS,
  parseRecord,
  recordText,
  type CallRecord,
  type LogFormat,
} from '../core/callRecord.ts'
import { writeAll, WriteFailedError, type DurableFile } from './durableFile.ts'
import { GroupCommit, type Committed } from './groupCommit.ts'
import { leafOfText, sha256 } from './sha256.ts'

/** Longest line of a log, in bytes. A record in canonical JSON has about 350. */
const MAX_LINE_BYTES = 1024
const CHUNK_BYTES = 256 * 1024
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** How far a log has come, as far as the next record must follow on it: records, time of the last in Unix seconds, tokens of all. */
export type LogProgress = { size: number; time: number; tokens: number }

/** A usage log in memory: the Merkle tree of its records and the counts after each. The records themselves stay in the file. */
export class UsageLog {
  readonly owner: LogOwner
  readonly id: LogId
  readonly format: LogFormat
  readonly tree = new MerkleLog(sha256)
  readonly #calls: number[] = []
  readonly #tokens: number[] = []
  #time = 0

  /** @param format that of its records, 2 for a new log */
  constructor(owner: LogOwner, format: LogFormat = 2) {
    this.owner = owner
    this.id = logIdOf(owner.operator, owner.credential, owner.epoch)
    this.format = format
  }

  /** How far the log has come. */
  get progress(): LogProgress {
    return { size: this.tree.size, time: this.#time, tokens: this.#tokens.at(-1) ?? 0 }
  }

  /**
   * Adds the next records, all or none.
   *
   * @param records as `checkRecord` returned them
   *
   * @throws {@link InvalidUsageLogError} when one has another place or format, or came before the last
   */
  add(records: readonly CallRecord[]): void {
    let progress = this.progress
    const sums = records.map((record) => {
      const format = formatOf(record)
      if (format !== this.format) {
        throw new InvalidUsageLogError(`record ${progress.size}`, 'its format', format, `${this.format}, the log's`)
      }
      progress = follow(progress, record)
      return progress.tokens
    })
    for (const [index, record] of records.entries()) {
      this.tree.append(leafOfText(recordText(record)))
      this.#calls.push((this.#calls.at(-1) ?? 0) + (record.outcome === 'served' ? 1 : 0))
      this.#tokens.push(sums[index]!)
    }
    this.#time = progress.time
  }

  /** How far the log had come with its first `size` records, with their root. @throws `LogRangeError` */
  stateAt(size = this.tree.size): LogState & { root: Digest } {
    const root = this.tree.root(size)
    const [calls, tokens] = [this.#calls[size - 1] ?? 0, this.#tokens[size - 1] ?? 0]
    return { size: BigInt(size), calls: BigInt(calls), tokens: BigInt(tokens), root }
  }
}

/** How far a log has come with one record more. @throws {@link InvalidUsageLogError} when the record cannot be the next */
function follow({ size, time, tokens }: LogProgress, record: CallRecord): LogProgress {
  const where = `record ${size}`
  if (record.index !== size) throw new InvalidUsageLogError(where, 'index', record.index, `${size}, its place`)
  if (record.time < time) {
    throw new InvalidUsageLogError(where, 'time', record.time, `a time from ${time} on, that of the record before`)
  }
  const sum = tokens + record.inputTokens + record.outputTokens
  if (!Number.isSafeInteger(sum)) {
    throw new InvalidUsageLogError(where, 'the sum of tokens', sum, `at most ${Number.MAX_SAFE_INTEGER}`)
  }
  return { size: size + 1, time: record.time, tokens: sum }
}

/** A log as it was read from a file. */
export type ReadUsageLog = {
  log: UsageLog
  /** Bytes behind the last whole line: a record that was cut off while it was written, and never acknowledged. */
  unfinished: number
}

/**
 * Reads a usage log and checks all of it: the form of every record, its place, that time does not run backwards, and that each
 * record is written in its one canonical way.
 *
 * @throws {@link UsageLogFileError} when the file cannot be read; {@link InvalidUsageLogError}, `InvalidRecordError` naming record
 * and field
 */
export async function readUsageLog(path: string, options: readUsageLog.Options = {}): Promise<ReadUsageLog> {
  const file = await openLog(path, constants.O_RDONLY)
  try {
    return await readFrom(file, path, options)
  } finally {
    await file.close()
  }
}

export declare namespace readUsageLog {
  type Options = {
    /** Called with each record, in order. */
    onRecord?: (record: CallRecord) => void
    /** Called now and then with the number of bytes that were read, of how many. */
    onProgress?: (done: number, total: number) => void
    /** Stops the reading with the signal's reason. */
    signal?: AbortSignal
  }
}

/** Makes an empty log of format 2. @throws {@link UsageLogFileError} when there is a file at the path already */
export async function createUsageLog(path: string, { operator, credential, epoch }: LogOwner): Promise<void> {
  const file = await openLog(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  try {
    await file.writeFile(`${canonicalJson({ usageLog: 2, operator, credential, epoch })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What a writer does to the file of its log. */
export type LogFile = Pick<DurableFile, 'write' | 'datasync' | 'close'>

/**
 * Appends records to a log that stands in a file. What is appended at the same time shares a sync. One writer at a time; make one by
 * {@link openUsageLog}.
 */
export class UsageLogWriter {
  readonly log: UsageLog
  readonly #path: string
  readonly #file: LogFile
  readonly #commits = new GroupCommit<readonly Omit<CallRecord, 'index'>[], undefined>((items) => this.#commit(items))
  #end: number
  #failure: WriteFailedError | undefined

  /** @param end length of the file in bytes, up to the end of its last whole line */
  constructor(log: UsageLog, path: string, file: LogFile, end: number) {
    this.log = log
    this.#path = path
    this.#file = file
    this.#end = end
  }

  /** Why nothing is accepted any more; undefined while all is well. */
  get failure(): WriteFailedError | undefined {
    return this.#failure
  }

  /**
   * Appends records, each with the next place, and returns when they are on the disk. The log in memory has them then, not before.
   *
   * @throws {@link InvalidUsageLogError} `InvalidRecordError`; nothing is written then
   * @throws {@link WriteFailedError} when they could not be written, or something before them
   */
  append(records: readonly Omit<CallRecord, 'index'>[]): Promise<void> {
    return this.#commits.add(records)
  }

  /** Waits for what was appended, and closes the file. */
  async close(): Promise<void> {
    await this.#commits.idle()
    await this.#file.close()
  }

  async #commit(items: readonly (readonly Omit<CallRecord, 'index'>[])[]): Promise<Committed<undefined>[]> {
    let progress = this.log.progress
    const accepted: CallRecord[] = []
    const ended = items.map((records): Committed<undefined> => {
      try {
        let next = progress
        const checked = records.map((record) => {
          const found = checkRecord({ ...record, index: next.size }, `record ${next.size}`, this.log.format)
          next = follow(next, found)
          return found
        })
        for (const record of checked) accepted.push(record)
        progress = next
        return { answer: undefined }
      } catch (error) {
        return { error }
      }
    })
    try {
      if (this.#failure !== undefined) throw this.#failure
      await this.#write(accepted)
      return ended
    } catch (error) {
      return ended.map((each) => ('error' in each ? each : { error }))
    }
  }

  async #write(records: readonly CallRecord[]): Promise<void> {
    if (records.length === 0) return
    const bytes = Buffer.from(records.map((record) => `${recordText(record)}\n`).join(''))
    try {
      await writeAll(this.#file, bytes, this.#end)
      await this.#file.datasync()
    } catch (cause) {
      this.#failure = new WriteFailedError(this.#path, cause)
      throw this.#failure
    }
    this.#end += bytes.length
    this.log.add(records)
  }
}

/**
 * Opens a log to append to it: reads and checks it first, and cuts off what was not written to its end.
 *
 * @throws what {@link readUsageLog} throws
 */
export async function openUsageLog(path: string): Promise<UsageLogWriter> {
  const file = await openLog(path, constants.O_RDWR)
  try {
    const { log, unfinished } = await readFrom(file, path, {})
    const end = (await file.stat()).size - unfinished
    await file.truncate(end)
    return new UsageLogWriter(log, path, file, end)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readFrom(file: FileHandle, path: string, options: readUsageLog.Options): Promise<ReadUsageLog> {
  const { onRecord, onProgress, signal } = options
  const total = (await file.stat()).size
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let pending = Buffer.alloc(0)
  let log: UsageLog | undefined
  for (let done = 0; done < total;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, total - done), done)
    if (bytesRead === 0) throw new UsageLogFileError(path, 'read', 'it became shorter meanwhile')
    done += bytesRead
    const bytes = Buffer.concat([pending, chunk.subarray(0, bytesRead)])
    let start = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      const where = log === undefined ? 'its first line' : `record ${log.tree.size}`
      const line = textOf(bytes.subarray(start, end), where)
      if (log === undefined) {
        const { format, ...owner } = firstLineOf(line)
        log = new UsageLog(owner, format)
      } else {
        const record = parseRecord(line, where, log.format)
        log.add([record])
        onRecord?.(record)
      }
      start = end + 1
    }
    pending = bytes.subarray(start)
    if (pending.length > MAX_LINE_BYTES) throw tooLong(log === undefined ? 'its first line' : `record ${log.tree.size}`)
    onProgress?.(done, total)
  }
  if (log === undefined) throw new InvalidUsageLogError('its first line', 'all of it', 'missing', 'what the log is')
  return { log, unfinished: pending.length }
}

function textOf(bytes: Buffer, where: string): string {
  if (bytes.length > MAX_LINE_BYTES) throw tooLong(where)
  try {
    return DECODER.decode(bytes)
  } catch {
    throw new InvalidUsageLogError(where, 'its encoding', 'not UTF-8', 'UTF-8')
  }
}

function tooLong(where: string): InvalidUsageLogError {
  return new InvalidUsageLogError(where, 'its length', `more than ${MAX_LINE_BYTES} bytes`, 'a line of a usage log')
}

/** What the first line of a log says. @throws {@link InvalidUsageLogError} */
export function firstLineOf(line: string): LogOwner & { format: LogFormat } {
  const where = 'its first line'
  let fields: Partial<Record<string, unknown>> | null
  try {
    fields = JSON.parse(line)
  } catch {
    throw new InvalidUsageLogError(where, 'all of it', line, 'what the log is, in canonical JSON')
  }
  const { usageLog, operator, credential, epoch } = fields ?? {}
  const format = LOG_FORMATS.find((each) => each === usageLog)
  if (format === undefined) throw new InvalidUsageLogError(where, 'usageLog', usageLog, 'the number 1 or 2')
  if (typeof operator !== 'string' || !/^0x[0-9a-f]{40}$/.test(operator)) {
    throw new InvalidUsageLogError(where, 'operator', operator, 'an address in lower case')
  }
  if (typeof credential !== 'string' || !/^0x[0-9a-f]{64}$/.test(credential)) {
    throw new InvalidUsageLogError(where, 'credential', credential, "a credential's id in lower case")
  }
  if (!isEpoch(epoch)) throw new InvalidUsageLogError(where, 'epoch', epoch, 'a whole number below 2^32')
  const owner = { operator: operator as Address, credential: credential as CredentialId, epoch }
  if (canonicalJson({ usageLog, ...owner }) !== line) {
    throw new InvalidUsageLogError(
      where,
      'all of it',
      line,
      'usageLog, operator, credential and epoch in canonical JSON',
    )
  }
  return { ...owner, format }
}

async function openLog(path: string, flags: number): Promise<FileHandle> {
  try {
    // Not a pipe that nobody writes to; and for nobody else to read.
    const file = await open(path, flags | constants.O_NONBLOCK, 0o600)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reasons: Record<string, string> = {
      ENOENT: 'there is none at that path',
      EEXIST: 'there is a file at that path already',
      EISDIR: 'it is a folder',
      EACCES: 'its permissions do not allow it',
    }
    throw new UsageLogFileError(path, 'opened', reasons[code ?? ''] ?? `the system says ${code ?? 'nothing'}`, cause)
  }
  throw new UsageLogFileError(path, 'opened', 'it is a folder, device or pipe, not a file')
}

/** Thrown when the file of a usage log cannot be opened or read, or changed meanwhile. */
export class UsageLogFileError extends StemmaError {
  override name = 'UsageLogFileError'
  constructor(path: string, what: 'opened' | 'read', reason: string, cause?: unknown) {
    super('USAGE_LOG_FILE', `The usage log ${quoted(path)} cannot be ${what}: ${reason}. Check the path.`, { cause })
  }
}

/** Thrown when a usage log is not what it must be: its records, each well-formed, do not stand as they were written. */
export class InvalidUsageLogError extends StemmaError {
  override name = 'InvalidUsageLogError'
  constructor(where: string, field: string, value: unknown, expected: string) {
    const found = quoted(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing'))
    super(
      'INVALID_USAGE_LOG',
      `In ${where} of the usage log, ${field} is ${found}. Expected ${expected}. The log was damaged or altered: restore it from a copy.`,
    )
  }
}
