import fs from 'node:fs'
import { join } from 'node:path'

import type { Address, CredentialId, LogId } from '../core/hex.ts'
import { LogRangeError, MerkleLog, verifyConsistency, verifyInclusion } from '../core/merkleLog.ts'
import { type Checkpoint, logIdOf, type LogOwner } from '../core/usage.ts'
import { type CallId, type CallRecord, checkRecord, recordText } from '../core/callRecord.ts'
import { CallIndex, type BatchRow, type LogRow, type Mark } from './callIndex.ts'
import { MerkleTiles } from './merkleTiles.ts'
import { leafOfText, sha256 } from './sha256.ts'
import { headLeafOf, type UsageReceipt } from '../core/receipt.ts'
import type { ReceiptKey } from './receiptKey.ts'
import { syncNames, writeAt, type SealFiles } from './sealFiles.ts'
import { count, headerOf, MARK_EVERY, markOf, readRecords, type SealedLog } from './sealedLog.ts'
import { CallStateError, DamagedStoreError } from './storeErrors.ts'
import { restoreLogs, type SealerSettings } from './restoreLogs.ts'
import type { CallCounts, KeptCall, SealedHead } from './usageStore.ts'
import type { RecordProof } from '../core/usageProof.ts'

/** A call that ended, and the log into which it goes. Its time is its own: a log's times never run backwards. */
export type EndedCall = Pick<LogOwner, 'credential' | 'epoch'> & {
  record: Omit<CallRecord, 'index'> & { call: CallId }
}

/**
 * Seals ended calls into the logs, tiles and index of a store, and answers from them. All of it is synchronous: it runs in a thread.
 *
 * A batch is written in this order, each step on the disk before the next begins:
 *
 * 1. the lines of the records, at the end of each log;
 * 2. their hashes, at the end of each row of tiles;
 * 3. one transaction of the index: the calls' places, how far each log goes, and the signed batch;
 * 4. afterwards the journal may drop the calls, which is up to the caller.
 *
 * The transaction alone says what is sealed. A crash before it leaves bytes behind the ends that the index has: they do not count, the
 * next batch writes over them, and its calls are still in the journal. A crash after it leaves calls in the journal that the
 * index has: they are not sealed again. So each call is sealed once, wherever a crash falls.
 */
export class Sealer {
  readonly #folder: string
  readonly #operator: Address
  readonly #key: ReceiptKey
  readonly #files: SealFiles
  readonly #index: CallIndex
  readonly #logs: Map<LogId, SealedLog>
  /** Ids of logs by credential and epoch, for these cost a hash. */
  readonly #ids = new Map<string, LogId>()
  /**
   * Calls that stand in the logs behind what the index has: those of a batch that a crash kept from being sealed. When the journal does not
   * have them, it was not a crash: the index is older than the logs.
   */
  readonly unsealed: readonly CallId[]
  readonly #staged: EndedCall[] = []
  #failure: Error | undefined

  private constructor(settings: SealerSettings, index: CallIndex, logs: Map<LogId, SealedLog>, unsealed: CallId[]) {
    this.#folder = settings.folder
    this.#operator = settings.key.operator
    this.#key = settings.key
    this.#files = settings.files ?? fs
    this.#index = index
    this.#logs = logs
    this.unsealed = unsealed
    for (const { log, credential, epoch } of logs.values()) this.#ids.set(`${credential} ${epoch}`, log)
  }

  /**
   * Opens the logs of a store, and checks their ends. An index or tiles that are missing are rebuilt from the logs.
   *
   * @throws {@link DamagedStoreError} `ForeignStoreError`; what `readUsageLog` throws of a log that something is rebuilt from
   */
  static async open(settings: SealerSettings): Promise<Sealer> {
    const { index, logs, unsealed, isRebuilt } = await restoreLogs(settings)
    const sealer = new Sealer(settings, index, logs, unsealed)
    if (isRebuilt && logs.size > 0)
      sealer.#commit(
        [...logs.values()].map((log) => ({ log, added: [], marks: [] })),
        0,
      )
    return sealer
  }

  /** Takes calls for the next batch, in their order. */
  stage(calls: readonly EndedCall[]): void {
    for (const call of calls) this.#staged.push(call)
  }

  /**
   * Seals the calls that were staged, as one batch. Those that are sealed already are passed over.
   *
   * @param now when, in Unix seconds
   */
  seal(now: number): void {
    if (this.#failure) throw this.#failure
    try {
      const staged = this.#staged.splice(0)
      const sealed = new Set(this.#index.sealedAmong(staged.map(({ record }) => record.call)))
      const byLog = new Map<LogId, EndedCall[]>()
      for (const call of staged) {
        const { call: id } = call.record
        if (sealed.has(id)) continue
        sealed.add(id)
        const log = this.#idOf(call.credential, call.epoch)
        const others = byLog.get(log)
        if (others) others.push(call)
        else byLog.set(log, [call])
      }
      if (byLog.size === 0) return
      this.#commit(
        [...byLog].map(([log, added]) => this.#append(log, added)),
        now,
      )
    } catch (error) {
      this.#failure = error as Error
      throw error
    }
  }

  /** Those of the calls that are sealed. */
  sealedAmong(calls: readonly CallId[]): CallId[] {
    return this.#index.sealedAmong(calls)
  }

  /** What is sealed under each credential, in all epochs. */
  counts(): Map<CredentialId, CallCounts> {
    const counts = new Map<CredentialId, CallCounts>()
    for (const { credential, calls, tokens } of this.#logs.values()) {
      const before = counts.get(credential) ?? { calls: 0, tokens: 0 }
      counts.set(credential, { calls: before.calls + calls, tokens: before.tokens + tokens })
    }
    return counts
  }

  /** A sealed call; undefined when there is none of that id. */
  find(call: CallId): KeptCall | undefined {
    const found = this.#index.placeOf(call)
    if (!found) return undefined
    const { index, ...record } = this.#recordAt(found.log, found.place, call)
    return { owner: this.#ownerOf(found.log), record, place: { index, sealedSize: found.log.size } }
  }

  /** Proof that a sealed call stands in its log as it was with `size` records, by default all. @throws {@link CallStateError} `LogRangeError` */
  prove(call: CallId, size?: number): RecordProof {
    const found = this.#index.placeOf(call)
    if (!found)
      throw new CallStateError(call, 'is not sealed', 'A call is sealed about a second after it ended: ask again.')
    return this.#proofOf(found.log, found.place, call, size ?? found.log.size)
  }

  /** The receipt of the batch in which a call was sealed; undefined when it is not sealed. */
  receiptOf(call: CallId): UsageReceipt | undefined {
    const found = this.#index.placeOf(call)
    const signed = found && this.#index.batchOf(found.log, found.place)
    if (!signed) return undefined
    const tree = headTreeOf(signed.heads)
    const { size } = signed.heads[signed.place]!
    return {
      usageReceipt: 1,
      ...signed.batch,
      place: signed.place,
      headProof: tree.proveInclusion(signed.place),
      call: this.#proofOf(found.log, found.place, call, size),
    }
  }

  /** The logs that are longer than `since` says. */
  heads(since: ReadonlyMap<string, number> = new Map()): SealedHead[] {
    return [...this.#logs.values()]
      .filter(({ log, size }) => size > (since.get(log) ?? 0))
      .map((log) => ({ owner: this.#ownerOf(log), checkpoint: checkpointOf(log) }))
  }

  /** The state of a log as it was with its first `size` records. @throws {@link LogRangeError} */
  stateAt({ credential, epoch }: Pick<LogOwner, 'credential' | 'epoch'>, size: number): Checkpoint {
    const log = this.#index.log(this.#idOf(credential, epoch))
    if (!(Number.isSafeInteger(size) && size >= 0 && size <= (log?.size ?? 0))) {
      throw new LogRangeError('size', size, 0, log?.size ?? 0)
    }
    if (!log) return checkpointOf({ size: 0, calls: 0, tokens: 0, root: new MerkleLog().root() })
    if (size === log.size) return checkpointOf(log)
    const mark = this.#index.markBefore(log, size)
    let { calls, tokens } = mark
    for (const record of this.#records(log, mark, mark.size, size)) {
      calls += record.outcome === 'served' ? 1 : 0
      tokens += record.inputTokens + record.outputTokens
    }
    return checkpointOf({ size, calls, tokens, root: this.#rootAt(log, size) })
  }

  close(): void {
    this.#index.close()
  }

  /** Steps 1 and 2 of a log: its lines and hashes. */
  #append(id: LogId, calls: readonly EndedCall[]): Appended {
    const { credential, epoch } = calls[0]!
    const before = this.#logs.get(id) ?? this.#begin(id, credential, epoch)
    const { folder, tiles } = before
    const log = { ...before }
    const lines: string[] = []
    const marks: Mark[] = log.size === 0 ? [markOf(log)] : []
    for (const { record } of calls) {
      const time = Math.max(log.time, record.time)
      const checked = checkRecord({ ...record, time, index: log.size }, `record ${log.size}`, 2)
      const text = recordText(checked)
      lines.push(text)
      count(log, checked, text)
      if (!Number.isSafeInteger(log.tokens)) {
        throw new LogRangeError('sum of tokens', log.tokens, 0, Number.MAX_SAFE_INTEGER)
      }
      if (log.size % MARK_EVERY === 0) marks.push(markOf(log))
    }
    writeAt(this.#files, join(folder, 'usage.log'), Buffer.from(`${lines.join('\n')}\n`), before.bytes)
    tiles.append(lines.map(leafOfText))
    log.root = tiles.root()
    return { log, added: calls.map(({ record }) => record.call), marks }
  }

  /** An empty log on the disk. It counts from its first batch on. */
  #begin(id: LogId, credential: CredentialId, epoch: number): SealedLog {
    const logs = join(this.#folder, 'logs')
    const folder = join(logs, id)
    this.#files.mkdirSync(join(folder, 'tiles'), { recursive: true, mode: 0o700 })
    const header = headerOf({ operator: this.#operator, credential, epoch })
    writeAt(this.#files, join(folder, 'usage.log'), Buffer.from(header), 0)
    syncNames(this.#files, folder)
    syncNames(this.#files, logs)
    const tiles = new MerkleTiles(join(folder, 'tiles'), 0, this.#files)
    const counts = { size: 0, bytes: header.length, time: 0, calls: 0, tokens: 0 }
    return { log: id, credential, epoch, ...counts, root: tiles.root(), folder, tiles }
  }

  /** Step 3: the transaction. What is in memory follows it. */
  #commit(logs: readonly Appended[], now: number): void {
    const batch = this.#sign(
      logs.map(({ log }) => log),
      now,
    )
    this.#index.add({ logs: logs.map(({ log, added, marks }) => ({ ...log, added, marks })), batch })
    for (const { log } of logs) this.#logs.set(log.log, log)
  }

  #sign(grown: readonly SealedLog[], now: number): BatchRow {
    const sizes = new Map([...this.#logs.values(), ...grown].map(({ log, size }) => [log, size]))
    const { operator, key, from, binding } = this.#key
    const batch = {
      operator,
      batch: [...sizes.values()].reduce((sum, size) => sum + size, 0),
      time: Math.max(now, from, ...grown.map(({ time }) => time)),
      heads: grown.length,
      headsRoot: headTreeOf(grown).root(),
    }
    return { ...batch, key, from, binding, signature: this.#key.sign(batch) }
  }

  #proofOf(log: LogRow, place: number, call: CallId, size: number): RecordProof {
    if (!(Number.isSafeInteger(size) && size > place && size <= log.size)) {
      throw new LogRangeError('size', size, place + 1, log.size)
    }
    const record = this.#recordAt(log, place, call)
    const [root, proof] = [this.#rootAt(log, size), this.#tilesOf(log, (tiles) => tiles.proveInclusion(place, size))]
    if (!verifyInclusion({ root, size, index: place, leaf: leafOfText(recordText(record)), proof })) {
      const path = join(this.#logs.get(log.log)!.folder, 'usage.log')
      throw new DamagedStoreError(path, `record ${place} is not the one that was sealed`, 'log')
    }
    return { usageProof: 'record', ...this.#ownerOf(log), log: log.log, size, root, record, proof }
  }

  /** The root of an earlier size, which must lead to the root that the index has. */
  #rootAt(log: LogRow, size: number): RecordProof['root'] {
    if (size === log.size || size === 0) return size === 0 ? new MerkleLog().root() : log.root
    const { root, proof } = this.#tilesOf(log, (tiles) => ({
      root: tiles.root(size),
      proof: tiles.proveConsistency(size, log.size),
    }))
    if (verifyConsistency({ first: size, firstRoot: root, second: log.size, secondRoot: log.root, proof })) return root
    const { folder } = this.#logs.get(log.log)!
    throw new DamagedStoreError(
      join(folder, 'tiles'),
      `its root of ${size} records does not lead to that of ${log.size}`,
      'tiles',
    )
  }

  #tilesOf<T>(log: LogRow, read: (tiles: MerkleTiles) => T): T {
    const { folder, tiles } = this.#logs.get(log.log)!
    try {
      return read(tiles)
    } catch (error) {
      throw new DamagedStoreError(join(folder, 'tiles'), (error as Error).message, 'tiles', error)
    }
  }

  #recordAt(log: LogRow, place: number, call: CallId): CallRecord {
    const record = this.#records(log, this.#index.markBefore(log, place), place, place + 1)[0]!
    if (record.call === call) return record
    const path = join(this.#folder, 'index.sqlite')
    throw new DamagedStoreError(
      path,
      `it has call ${call} at ${place} in log ${log.log}, where call ${record.call} stands`,
      'index',
    )
  }

  /** The records from a place up to a size, behind a mark. */
  #records(log: LogRow, mark: Mark, from: number, size: number): CallRecord[] {
    return readRecords(this.#files, join(this.#logs.get(log.log)!.folder, 'usage.log'), log.bytes, mark, from, size)
  }

  #idOf(credential: CredentialId, epoch: number): LogId {
    const name = `${credential} ${epoch}`
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const id = logIdOf(this.#operator, credential, epoch)
    this.#ids.set(name, id)
    return id
  }

  #ownerOf({ credential, epoch }: Pick<LogRow, 'credential' | 'epoch'>): LogOwner {
    return { operator: this.#operator, credential, epoch }
  }
}

/** A log with what a batch added to it. */
type Appended = { log: SealedLog; added: readonly CallId[]; marks: readonly Mark[] }

function headTreeOf(heads: readonly Parameters<typeof headLeafOf>[0][]): MerkleLog {
  const tree = new MerkleLog(sha256)
  for (const head of heads) tree.append(headLeafOf(head))
  return tree
}

function checkpointOf({ size, calls, tokens, root }: Pick<LogRow, 'size' | 'calls' | 'tokens' | 'root'>): Checkpoint {
  return { size: BigInt(size), calls: BigInt(calls), tokens: BigInt(tokens), root }
}
