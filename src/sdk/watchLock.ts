import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type Hex, type ModelId } from '../core/hex.ts'
import type { ReadBlock } from '../core/ports.ts'
import { sha256Text } from '../core/sha256.ts'
import { credentialIdOf } from '../core/tier.ts'
import { waiverEnd, type ReadLock } from '../documents/lock.ts'
import { readTogether } from './compliance/readTogether.ts'
import { requireSameLedger } from './compliance/verifyLock.ts'
import { Attempts, STOPPED, withinTime, type AttemptOptions } from './attempts.ts'
import { checkDeployment, type Ledger } from './connect.ts'
import { LOCK_EVENTS, type LockChangeName } from './lockEvents.ts'
import type { LedgerEvent } from './logs.ts'
import { readBlock } from './readBlock.ts'
import { readOrigin, watchHeads, type HeadSighting } from './watchEvents.ts'

/** Something that a lock file relies on has changed. */
export type LockChange = {
  kind: 'change'
  /** The same for the same change, however often it is seen. */
  id: Hex
  change: LockChangeName
  /** What it is about: the id of a model, an external parent, a claim, a tier or a credential; a digest; or an account. */
  about: Hex
  /** The entries that rely on it, by name. */
  entries: readonly string[]
  /** The event that says so; null where time alone changed it. */
  event: LedgerEvent | null
  /** The block in which it was seen. */
  block: number
}

/** What a watcher of a lock file yields: a change, a reorganization, and how far it has come. */
export type LockSighting = LockChange | { kind: 'reorg'; block: number } | HeadSighting

/**
 * Watches what the entries of a lock file rely on, until the signal aborts: the models, their ancestors, the publishers of all of these,
 * and the credentials that they hold. Also says when a credential or a waiver ends by time alone, as of the blocks that come in. It bears
 * with a node that fails in passing, as `watchEvents` does.
 *
 * @example
 * for await (const sighting of watchLock(ledger, { lock: parseLock(text), signal })) if (sighting.kind === 'change') console.log(sighting)
 *
 * @throws `LockLedgerError` when the lock file is of another ledger
 * @throws `ChainReplacedError` when `origin` is of another chain
 */
export async function* watchLock(ledger: Ledger, parameters: watchLock.Parameters): AsyncGenerator<LockSighting, void> {
  const { lock, licensee: _licensee, fromBlock: _fromBlock, ...watching } = parameters
  requireSameLedger(ledger, lock)
  const attempts = new Attempts(watching)
  const watched = withinTime(ledger, watching)
  try {
    yield* watchRelied(ledger, parameters, (run) => attempts.until(() => run(watched)))
  } catch (error) {
    if (error !== STOPPED) throw error
  }
}

/** @param until reads, until the node answers */
async function* watchRelied(
  ledger: Ledger,
  { lock, licensee, fromBlock, ...watching }: watchLock.Parameters,
  until: <T>(run: (watched: Ledger) => Promise<T>) => Promise<T>,
): AsyncGenerator<LockSighting, void> {
  await until(checkDeployment)
  const origin = await until((watched) => readOrigin(watched, watching.origin))
  let relied = await until((watched) => readRelied(watched, lock, licensee))
  const start = fromBlock ?? relied.block.block + 1
  let time = fromBlock === undefined ? relied.block.timestamp : await until((watched) => timeBefore(watched, fromBlock))
  // Before the first new block, so that who keeps how far it has come can go on from here.
  yield { kind: 'head', block: start - 1, time, origin }
  for await (const sighting of watchHeads(ledger, { ...watching, fromBlock: start })) {
    if (sighting.kind === 'head') {
      yield* endedBetween(ledger, relied.ends, time, sighting)
      time = Math.max(time, sighting.time)
      yield sighting
    } else if (sighting.kind === 'reorg') {
      yield sighting
    } else {
      const found = changeOf(ledger, sighting.event, relied.entries)
      if (!found) continue
      yield found.change
      if (found.moves) relied = await until((watched) => readRelied(watched, lock, licensee))
    }
  }
}

export declare namespace watchLock {
  type Parameters = AttemptOptions & {
    lock: ReadLock
    /** Whose credentials count beside those of publishers. */
    licensee?: Address
    /** First block to read; by default only new blocks. */
    fromBlock?: number
    /** The hash of the block before the deployment as an earlier watcher saw it (`HeadSighting`): another one is another chain. */
    origin?: Hex
  }
}

/** By what is relied on: the names of the entries that rely on it. */
type Entries = Map<Hex, Set<string>>
/** Something that ends at a time (Unix seconds, exclusive). */
type End = { change: LockChangeName; about: Hex; end: number; entries: readonly string[] }

/** All that the entries of a lock file rely on now. */
async function readRelied(
  ledger: Ledger,
  lock: ReadLock,
  licensee: Address | undefined,
): Promise<{ block: ReadBlock; entries: Entries; ends: readonly End[] }> {
  const { block, lineages, reader } = await readTogether(ledger, {
    models: lock.models.map(({ model }) => model),
    ...(licensee !== undefined && { licensee }),
  })
  const registrations = await reader.readRegistrations([
    ...new Set([...lineages.values()].flatMap(({ models }) => models.map(({ model }) => model))),
  ])
  const entries: Entries = new Map()
  const ends = new Map<string, End>()
  for (const { name, model, weights, tensors, publisher, bases } of lock.models) {
    for (const each of [model, weights, tensors, publisher, ...bases]) rely(entries, each, name)
    for (const held of lineages.get(model)?.models ?? []) {
      const registration = registrations.get(held.model)
      rely(entries, held.model, name)
      rely(entries, held.publisher, name)
      if (registration) for (const digest of [registration.weights, registration.tensors]) rely(entries, digest, name)
      for (const { tier, holder, credential } of held.credentials) {
        const id = credentialIdOf(held.model, tier, holder)
        for (const each of [tier, holder, id]) rely(entries, each, name)
        ends.set(id, { change: 'credential-expired', about: id, end: credential.validUntil, entries: [] })
      }
    }
  }
  if (licensee !== undefined) for (const { name } of lock.models) rely(entries, licensee, name)
  const claims = await reader.readPendingClaims!([...entries.keys()].filter((key) => key.length === 66) as ModelId[])
  for (const { claim, subject } of claims) for (const name of entries.get(subject) ?? []) rely(entries, claim, name)
  const waivers = lock.accepted.map((waiver): End => ({
    change: 'waiver-expired',
    about: waiver.model,
    end: waiverEnd(waiver) + 1,
    entries: [...(entries.get(waiver.model) ?? [])],
  }))
  const credentials = Array.from(ends.values(), (end) => ({ ...end, entries: [...entries.get(end.about)!] }))
  return { block, entries, ends: [...credentials, ...waivers] }
}

/** Notes that an entry relies on something. Zero stands for nothing. */
function rely(entries: Entries, on: Hex, name: string): void {
  if (on === ZERO_ADDRESS || on === ZERO_DIGEST) return
  const names = entries.get(on) ?? new Set()
  entries.set(on, names.add(name))
}

/** What an event changes for the entries of a lock file. A claim that it names is relied on from here on. */
function changeOf(
  { deployment }: Ledger,
  event: LedgerEvent,
  entries: Entries,
): { change: LockChange; moves: boolean } | undefined {
  const rule = LOCK_EVENTS[event.name]
  if (!rule || (rule.by !== undefined && !entries.has(hexOf(event.args[rule.by])))) return undefined
  const relied = rule.about.map((name) => hexOf(event.args[name])).filter((id) => entries.has(id))
  if (relied.length === 0) return undefined
  const names = new Set(relied.flatMap((id) => [...entries.get(id)!]))
  if (rule.claim !== undefined) for (const name of names) rely(entries, hexOf(event.args[rule.claim]), name)
  const change: LockChange = {
    kind: 'change',
    id: idOf(deployment, event.blockHash, event.index),
    change: rule.change,
    about: relied[0]!,
    entries: [...names],
    event,
    block: event.block,
  }
  return { change, moves: rule.moves ?? false }
}

/** What ended by time alone since the last block that was seen. */
function endedBetween({ deployment }: Ledger, ends: readonly End[], from: number, head: HeadSighting): LockChange[] {
  return ends
    .filter(({ end, entries }) => from < end && end <= head.time && entries.length > 0)
    .map(({ change, about, end, entries }) => ({
      kind: 'change',
      id: idOf(deployment, change, about, end),
      change,
      about,
      entries,
      event: null,
      block: head.block,
    }))
}

async function timeBefore({ provider }: Ledger, fromBlock: number): Promise<number> {
  return (await readBlock(provider, Math.max(0, fromBlock - 1)))?.timestamp ?? 0
}

function idOf({ chainId, contracts }: Ledger['deployment'], ...parts: readonly (string | number)[]): Hex {
  return sha256Text([chainId, contracts.ledger, ...parts].join(' '))
}

/** An argument as ids are written: credentials are numbers in events. */
function hexOf(argument: unknown): Hex {
  if (typeof argument === 'bigint') return `0x${argument.toString(16).padStart(64, '0')}`
  return String(argument).toLowerCase() as Hex
}
