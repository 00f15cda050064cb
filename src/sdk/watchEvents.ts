import type { Log } from 'ethers'

import { ledgerAbi } from '../abi/ledger.ts'
import { licenseCredentialAbi } from '../abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../abi/lineageClaims.ts'
import { recallsAbi } from '../abi/recalls.ts'
import { reviewGateAbi } from '../abi/reviewGate.ts'
import { usageAuditAbi } from '../abi/usageAudit.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address, Hex } from '../core/hex.ts'
import { Attempts, STOPPED, wait, withinTime, type AttemptOptions } from './attempts.ts'
import { checkDeployment, type Ledger } from './connect.ts'
import { eventDecoder, readLogs, type EventSource, type LedgerEvent } from './logs.ts'
import { NodeAnswerError } from './nodeErrors.ts'
import { readBlock, type BlockHead } from './readBlock.ts'

const ABIS = {
  ledger: ledgerAbi,
  recalls: recallsAbi,
  licenseCredential: licenseCredentialAbi,
  lineageClaims: lineageClaimsAbi,
  usageAudit: usageAuditAbi,
  reviewGate: reviewGateAbi,
}

/**
 * What the watcher yields: an event, or a reorganization from `block` on, which voids the events of the replaced blocks.
 */
export type Sighting = { kind: 'event'; event: LedgerEvent } | { kind: 'reorg'; block: number }
/**
 * The block up to which all events were yielded, and its time in Unix seconds. `origin` is the hash of the block before the deployment,
 * by which a later watcher knows the chain; null where the node does not show it.
 */
export type HeadSighting = { kind: 'head'; block: number; time: number; origin: Hex | null }

/** Number of recent blocks whose hashes are kept to detect a reorganization. */
const KEPT_HASHES = 256

/**
 * Watches the ledger's events, oldest first and without gaps, until the signal aborts. After a reorganization it yields the
 * first replaced block and continues with the events of the new blocks. Before it begins, it checks the node as `connect` does.
 *
 * A node that fails in passing (busy, not reached, silent, behind) is asked again, later and later; `onError` says so. The watcher ends
 * by an error when that goes on for longer than `patience`, and when waiting does not help.
 *
 * @example
 * for await (const sighting of watchEvents(ledger, { signal, onError: console.warn })) console.log(sighting)
 *
 * @throws `WrongChainError`, {@link ChainReplacedError} and `StaleDeploymentError` when the node is on another chain than before
 * @throws `NodeTimeoutError` and others about the node when its failures go on
 */
export async function* watchEvents(
  ledger: Ledger,
  parameters: watchEvents.Parameters = {},
): AsyncGenerator<Sighting, void> {
  for await (const sighting of watchHeads(ledger, parameters)) if (sighting.kind !== 'head') yield sighting
}

export declare namespace watchEvents {
  type Parameters = AttemptOptions & {
    /** First block to read; by default only new blocks. */
    fromBlock?: number
    /** The hash of the block before the deployment as an earlier watcher saw it (`HeadSighting`): another one is another chain. */
    origin?: Hex
  }
}

/** As {@link watchEvents}, and also yields how far it has come, after the events of each read. */
export async function* watchHeads(
  ledger: Ledger,
  parameters: watchEvents.Parameters = {},
): AsyncGenerator<Sighting | HeadSighting, void> {
  const { signal, interval = 1000 } = parameters
  const attempts = new Attempts(parameters)
  const watched = withinTime(ledger, parameters)
  try {
    const watcher = await attempts.until(() => startWatcher(watched, parameters))
    while (!signal?.aborted) {
      const sightings = await attempts.until(() => watcher.look())
      for (const sighting of sightings) {
        yield sighting
        if (signal?.aborted) return
      }
      if (sightings.length === 0) await wait(interval, signal)
    }
  } catch (error) {
    if (error !== STOPPED) throw error
  }
}

/** Begins at a block, or after the latest. */
async function startWatcher(ledger: Ledger, { fromBlock, origin: expected }: watchEvents.Parameters): Promise<Watcher> {
  const { provider } = ledger
  await checkDeployment(ledger)
  const latest = await latestBlock(provider)
  const next = fromBlock ?? latest.number + 1
  if (expected && next - 1 > latest.number) {
    const { NodeBehindError } = await import('./nodeFailures.ts')
    throw new NodeBehindError(new Error(`its latest block is ${latest.number}, and block ${next - 1} was seen before`))
  }
  const [before, origin] = await Promise.all([
    next > 0 && next - 1 < latest.number ? readBlock(provider, next - 1) : next - 1 === latest.number ? latest : null,
    readOrigin(ledger, expected),
  ])
  return new Watcher(ledger, next, { before: before?.hash ?? null, origin, highest: latest.number })
}

/**
 * The hash of the block before the deployment, which is the same as long as the chain is; null where the node does not show it.
 *
 * @throws {@link ChainReplacedError} when it is not the expected one
 * @internal
 */
export async function readOrigin(ledger: Ledger, expected: string | null | undefined): Promise<Hex | null> {
  const number = Math.max(0, ledger.deployment.firstBlock - 1)
  const hash = await hashOf(ledger, number)
  if (hash !== null && expected && hash !== expected) throw new ChainReplacedError(ledger.deployment.name, number)
  return hash
}

/** What is known of the chain at the start: hashes of the block before the first that is read, and of one from before the ledger. */
type Known = { before: string | null; origin: Hex | null; highest: number }

/** How far the events of a ledger were read, and the blocks by which a reorganization shows. */
class Watcher {
  readonly #ledger: Ledger
  readonly #decoders: ReturnType<typeof decodersOf>
  /** The first block that is read. */
  readonly #start: number
  /** A block from before the ledger, which is the same as long as the chain is. */
  readonly #origin: Hex | null
  readonly #hashes = new Map<number, string>()
  #next: number
  /** The highest block that was the latest one. */
  #highest: number

  constructor(ledger: Ledger, start: number, known: Known) {
    this.#ledger = ledger
    this.#decoders = decodersOf(ledger)
    this.#start = this.#next = start
    this.#origin = known.origin
    this.#highest = known.highest
    if (known.before !== null) this.#hashes.set(start - 1, known.before)
  }

  /** What is new since the last look. Nothing is noted unless all was read. */
  async look(): Promise<(Sighting | HeadSighting)[]> {
    const { provider } = this.#ledger
    const head = await latestBlock(provider)
    const replaced = await this.#firstReplaced(head.number)
    if (replaced !== undefined) return [await this.#reorganize(replaced, head.number)]
    if (head.number < this.#highest) await this.#explainLower(head.number)
    this.#highest = head.number
    if (head.number < this.#next) return []
    const range = { fromBlock: this.#next, toBlock: head.number }
    // In one batch, so that one node answers both: its logs then reach up to this very block.
    const [logs, same] = await Promise.all([
      readLogs(this.#ledger, [...this.#decoders.keys()], [], range),
      readBlock(provider, head.number),
    ])
    if (same?.hash !== head.hash || !logs.every((log) => isConsistent(log, head))) {
      throw new NodeAnswerError(new Error(`block ${head.number} changed while its logs were read`))
    }
    const events = logs.flatMap((log): Sighting[] => {
      const event = this.#decoders.get(log.address.toLowerCase() as Address)?.(log)
      return event ? [{ kind: 'event', event }] : []
    })
    this.#remember(logs, head)
    this.#next = head.number + 1
    return [...events, { kind: 'head', block: head.number, time: head.timestamp, origin: this.#origin }]
  }

  /** Notes a reorganization, after a second look: one of the nodes behind an address may be of another chain. */
  async #reorganize(replaced: number, head: number): Promise<Sighting> {
    await this.#checkChain()
    if ((await this.#firstReplaced(head)) !== replaced) {
      throw new NodeAnswerError(new Error(`it has two different blocks ${replaced}`))
    }
    for (const number of this.#hashes.keys()) if (number >= replaced) this.#hashes.delete(number)
    const before = this.#start - 1
    // Without a kept block between, nobody knows where the branches part.
    const isOpen = [...this.#hashes.keys()].every((number) => number <= before)
    const block = isOpen ? this.#start : replaced
    if (replaced === before) this.#hashes.set(before, (await hashOf(this.#ledger, before))!)
    this.#next = Math.min(this.#next, block)
    this.#highest = head
    return { kind: 'reorg', block }
  }

  /** A node whose head went back lags behind, or its chain is another one. @throws which of them */
  async #explainLower(head: number): Promise<never> {
    await this.#checkChain()
    const { NodeBehindError } = await import('./nodeFailures.ts')
    throw new NodeBehindError(new Error(`its latest block is ${head}, and was ${this.#highest} before`))
  }

  async #checkChain(): Promise<void> {
    // Both are asked at once, but on another chain all else differs too.
    const [deployment, origin] = await Promise.allSettled([
      checkDeployment(this.#ledger),
      readOrigin(this.#ledger, this.#origin),
    ])
    for (const each of [deployment, origin]) if (each.status === 'rejected') throw each.reason
  }

  /** The first kept block that is no longer part of the chain; undefined when all are. Those above the head say nothing. */
  async #firstReplaced(head: number): Promise<number | undefined> {
    let replaced: number | undefined
    for (const [number, hash] of [...this.#hashes].toSorted(([a], [b]) => b - a)) {
      if (number > head) continue
      const now = await hashOf(this.#ledger, number)
      if (now === null) throw new NodeAnswerError(new Error(`it has no block ${number}, though its latest is ${head}`))
      if (now === hash) break
      replaced = number
    }
    return replaced
  }

  #remember(logs: readonly Log[], head: BlockHead): void {
    for (const log of logs) this.#hashes.set(log.blockNumber, log.blockHash)
    if (head.hash) this.#hashes.set(head.number, head.hash)
    for (const number of this.#hashes.keys()) {
      if (number <= head.number - KEPT_HASHES && number !== this.#start - 1) this.#hashes.delete(number)
    }
  }
}

/** The decoder of each contract's logs, by address. */
function decodersOf({ deployment }: Ledger): Map<Address, (log: Log) => LedgerEvent | undefined> {
  const sources = Object.keys(ABIS) as EventSource[]
  return new Map(sources.map((source) => [deployment.contracts[source], eventDecoder(source, ABIS[source])]))
}

function isConsistent(log: Log, head: BlockHead): boolean {
  return log.blockNumber !== head.number || log.blockHash === head.hash
}

async function latestBlock(provider: Ledger['provider']): Promise<BlockHead> {
  const head = await readBlock(provider, 'latest')
  if (!head) throw new NodeAnswerError(new Error('there is no latest block'))
  return head
}

async function hashOf(ledger: Ledger, number: number): Promise<Hex | null> {
  return ((await readBlock(ledger.provider, number))?.hash ?? null) as Hex | null
}

/** Thrown when the chain that is watched is another one than before, with the same number: it was restarted. */
export class ChainReplacedError extends StemmaError {
  override name = 'ChainReplacedError'
  override readonly kind = 'unavailable'
  constructor(deployment: string, block: number) {
    super(
      'CHAIN_REPLACED',
      `The chain of the deployment "${deployment}" was restarted: its block ${block} is another one than before. All that was seen of it is void: watch again from the first block, and remove what was kept of it, such as the file of --state.`,
    )
  }
}
