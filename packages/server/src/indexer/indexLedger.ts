import { type Deployment, StemmaError } from 'stemma/core'
import { createChainSource } from './chainSource.ts'
import { runIndexer, type IndexOptions } from './indexer.ts'
import { createStore } from './openDatabase.ts'
import { eventTable } from './reduce/events.ts'
import { createRpc, type Rpc, type RpcOptions } from './rpc.ts'
import type { IndexCheckpoint } from './store.ts'

/** What to index, from where, and into what. */
export type LedgerIndexOptions = Omit<IndexOptions, 'source' | 'store'> & {
  rpc: Omit<RpcOptions, 'signal'>
  /** Path of a SQLite file, or `postgres://…`. */
  database: string
}

/**
 * Indexes a ledger from a node into a database: once, or until the signal aborts.
 *
 * @returns how far the database is at the end; undefined when nothing was read
 * @throws {@link ForeignChainError} when the node is on another chain or does not have the ledger
 * @throws what {@link runIndexer} throws
 */
export async function indexLedger(options: LedgerIndexOptions): Promise<IndexCheckpoint | undefined> {
  const { deployment, database, signal } = options
  const rpc = createRpc({ ...options.rpc, ...(signal && { signal }) })
  const { addresses, topics } = eventTable(deployment)
  const store = createStore(database)
  try {
    const source = createChainSource({ rpc, addresses, topics, ...(signal && { signal }) })
    return await runIndexer({ ...options, source, store, check: () => checkChain(rpc, deployment) })
  } catch (error) {
    if (signal?.aborted) return undefined
    throw error
  } finally {
    await store.close()
  }
}

/** Checks that a node is on a deployment's chain and has its ledger. @throws {@link ForeignChainError} */
export async function checkChain(rpc: Rpc, { chainId, contracts, name }: Deployment): Promise<void> {
  const [actual, code] = await rpc.batch([
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getCode', params: [contracts.ledger, 'latest'] },
  ])
  if (Number(actual) !== chainId) {
    throw new ForeignChainError(
      `The node is on chain ${String(actual).slice(0, 20)}, the deployment "${name}" on chain ${chainId}.`,
    )
  }
  if (code === '0x') {
    throw new ForeignChainError(
      `The node has no contract at ${contracts.ledger}, the ledger of the deployment "${name}".`,
    )
  }
}

/** Thrown when the node is on another chain than the deployment, or the chain was restarted. */
export class ForeignChainError extends StemmaError {
  override name = 'ForeignChainError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super('FOREIGN_CHAIN', `${what} Name another node with --rpc, or another deployment with --deployment.`)
  }
}
