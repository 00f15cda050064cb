import type { Block, Log } from 'ethers'

import { ledgerAbi } from '../abi/ledger.ts'
import { licenseCredentialAbi } from '../abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../abi/lineageClaims.ts'
import { recallsAbi } from '../abi/recalls.ts'
import { reviewGateAbi } from '../abi/reviewGate.ts'
import { usageAuditAbi } from '../abi/usageAudit.ts'
import type { Address, Hex } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { eventDecoder, readLogs, type EventSource, type LedgerEvent } from './logs.ts'
import { reading } from './nodeErrors.ts'

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
/** The block up to which all events were yielded, and its time in Unix seconds. */
export type HeadSighting = { kind: 'head'; block: number; time: number }

/** Number of recent blocks whose hashes are kept to detect a reorganization. */
const KEPT_HASHES = 256

/**
 * Watches the ledger's events, oldest first and without gaps, until the signal aborts. After a reorganization it yields the
 * first replaced block and continues with the events of the new blocks.
 *
 * @example
 * for await (const sighting of watchEvents(ledger, { signal })) console.log(sighting)
 */
export async function* watchEvents(
  ledger: Ledger,
  parameters: watchEvents.Parameters = {},
): AsyncGenerator<Sighting, void> {
  for await (const sighting of watchHeads(ledger, parameters)) if (sighting.kind !== 'head') yield sighting
}

/** As {@link watchEvents}, and also yields how far it has come, after the events of each read. @internal */
export async function* watchHeads(
  ledger: Ledger,
  parameters: watchEvents.Parameters = {},
): AsyncGenerator<Sighting | HeadSighting, void> {
  const { signal, interval = 1000 } = parameters
  const { provider } = ledger
  const decoders = decodersOf(ledger)
  const addresses = [...decoders.keys()]
  let next = parameters.fromBlock ?? (await reading(() => provider.getBlockNumber())) + 1
  const hashes = new Map<number, string>()

  while (!signal?.aborted) {
    const replaced = await firstReplaced(ledger, hashes)
    if (replaced !== undefined) {
      for (const number of hashes.keys()) if (number >= replaced) hashes.delete(number)
      next = Math.min(next, replaced)
      yield { kind: 'reorg', block: replaced }
    }
    const head = await reading(() => provider.getBlock('latest'))
    if (head && head.number >= next) {
      const logs = await readLogs(ledger, addresses, [], { fromBlock: next, toBlock: head.number })
      // If the head changed while its logs were read, read it again.
      if ((await hashOf(ledger, head.number)) === head.hash && logs.every((log) => isConsistent(log, head))) {
        for (const log of logs) {
          const event = decoders.get(log.address.toLowerCase() as Address)?.(log)
          if (event) yield { kind: 'event', event }
        }
        remember(hashes, logs, head)
        yield { kind: 'head', block: head.number, time: head.timestamp }
        next = head.number + 1
        continue
      }
    }
    await pause(interval, signal)
  }
}

export declare namespace watchEvents {
  type Parameters = {
    /** First block to read; by default only new blocks. */
    fromBlock?: number
    /** Milliseconds between polls. */
    interval?: number
    signal?: AbortSignal
  }
}

/** The decoder of each contract's logs, by address. */
function decodersOf({ deployment }: Ledger): Map<Address, (log: Log) => LedgerEvent | undefined> {
  const sources = Object.keys(ABIS) as EventSource[]
  return new Map(sources.map((source) => [deployment.contracts[source], eventDecoder(source, ABIS[source])]))
}

function isConsistent(log: Log, head: Block): boolean {
  return !log.removed && (log.blockNumber !== head.number || log.blockHash === head.hash)
}

/** The first kept block that is no longer part of the chain; undefined when all are. */
async function firstReplaced(ledger: Ledger, hashes: ReadonlyMap<number, string>): Promise<number | undefined> {
  let replaced: number | undefined
  for (const [number, hash] of [...hashes].toSorted(([a], [b]) => b - a)) {
    if ((await hashOf(ledger, number)) === hash) break
    replaced = number
  }
  return replaced
}

async function hashOf(ledger: Ledger, number: number): Promise<Hex | null> {
  const block = await reading(() => ledger.provider.getBlock(number))
  return (block?.hash ?? null) as Hex | null
}

function remember(hashes: Map<number, string>, logs: readonly Log[], head: Block): void {
  for (const log of logs) hashes.set(log.blockNumber, log.blockHash)
  if (head.hash) hashes.set(head.number, head.hash)
  for (const number of hashes.keys()) if (number <= head.number - KEPT_HASHES) hashes.delete(number)
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
