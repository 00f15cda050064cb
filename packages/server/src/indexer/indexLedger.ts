import { type Deployment, StemmaError } from 'stemma/core'
import { createChainSource } from './chainSource.ts'
import { runIndexer, type IndexOptions } from './indexer.ts'
import { createStore } from './openDatabase.ts'
import { eventTable } from './reduce/events.ts'
import { InconsistentNodeError } from './nodeAnswers.ts'
import { createRpc, type Rpc, type RpcOptions } from './rpc.ts'
import { createRpcPool } from './rpcPool.ts'
import type { IndexCheckpoint } from './store.ts'

/** What to index, from where, and into what. */
export type LedgerIndexOptions = Omit<IndexOptions, 'source' | 'store'> & {
  rpc: NodesOptions
  /** Path of a SQLite file, or `postgres://…`. */
  database: string
}

/** Which nodes are asked, and how. */
export type NodesOptions = Omit<RpcOptions, 'signal' | 'url'> & {
  /** A node, or several in the order of preference. */
  url: string | readonly string[]
  /** Whether two of several nodes must give the same answer. */
  agree?: boolean
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
  const rpc = createNodes(options)
  const { addresses, topics } = eventTable(deployment)
  const store = createStore(database)
  try {
    const source = createChainSource({ rpc, chainId: deployment.chainId, addresses, topics, ...(signal && { signal }) })
    return await runIndexer({ ...options, source, store, check: () => checkChain(rpc, deployment) })
  } catch (error) {
    if (signal?.aborted) return undefined
    throw error
  } finally {
    await store.close()
  }
}

/** Makes a client of the nodes. Of several, each is left sooner for the next. */
function createNodes({ rpc, deployment, signal, onStep = () => {}, now }: LedgerIndexOptions): Rpc {
  const { url, agree = false, ...shared } = rpc
  const urls = typeof url === 'string' ? [url] : url
  const common = {
    ...shared,
    ...(signal && { signal }),
    onRetry: ((error, attempt) => {
      shared.onRetry?.(error, attempt)
      onStep({ kind: 'retry', error, attempt })
    }) satisfies RpcOptions['onRetry'],
  }
  if (urls.length === 1) return createRpc({ ...common, url: urls[0]! })
  return createRpcPool({
    nodes: urls.map((each, at) => ({
      name: nameOf(each, urls, at),
      rpc: createRpc({ ...common, url: each, tries: Math.min(2, shared.tries ?? 2) }),
    })),
    agree,
    check: (node) => checkChain(node, deployment),
    onHealth: (node) => onStep({ kind: 'node', node }),
    ...(now && { now }),
  })
}

/** The host of a node, without its path, which may hold a key; with its place where several have the same. */
function nameOf(url: string, urls: readonly string[], at: number): string {
  const { host } = new URL(url)
  return urls.some((other, place) => place !== at && new URL(other).host === host) ? `${host} (${at + 1})` : host
}

/** How often a node is asked that seems to be on another chain: behind one address, one of several nodes may be. */
const ASKED = 3

/**
 * Checks that a node is on a deployment's chain and has its ledger.
 *
 * @throws {@link ForeignChainError} when it says otherwise three times
 * @throws {@link InconsistentNodeError} when its answer is something else
 */
export async function checkChain(rpc: Rpc, { chainId, contracts, name }: Deployment): Promise<void> {
  let what = ''
  for (let attempt = 0; attempt < ASKED; attempt++) {
    const [actual, code] = await rpc.batch([
      { method: 'eth_chainId', params: [] },
      { method: 'eth_getCode', params: [contracts.ledger, 'latest'] },
    ])
    if (!/^(0x[\da-f]+|\d+)$/i.test(String(actual))) throw new InconsistentNodeError('its chain id is not a number')
    if (Number(actual) !== chainId) {
      what = `The node is on chain ${String(actual).slice(0, 20)}, the deployment "${name}" on chain ${chainId}.`
    } else if (code === '0x') {
      what = `The node has no contract at ${contracts.ledger}, the ledger of the deployment "${name}".`
    } else return
  }
  throw new ForeignChainError(what)
}

/** Thrown when the node is on another chain than the deployment, or the chain was restarted. */
export class ForeignChainError extends StemmaError {
  override name = 'ForeignChainError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super('FOREIGN_CHAIN', `${what} Name another node with --rpc, or another deployment with --deployment.`)
  }
}
