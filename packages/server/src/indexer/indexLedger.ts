import { type Deployment, keccak, StemmaError } from 'stemma/core'
import type { CheckedNode } from './chainIdentity.ts'
import { createChainSource } from './chainSource.ts'
import { runIndexer, type IndexOptions } from './indexer.ts'
import { createStore } from './openDatabase.ts'
import { eventTable } from './reduce/events.ts'
import { chainIdOf, InconsistentNodeError, quantity } from './nodeAnswers.ts'
import { createRpc, type Rpc, type RpcOptions } from './rpc.ts'
import { createRpcPool, type NodeHealth } from './rpcPool.ts'
import type { IndexCheckpoint } from './store.ts'

/** What to index, from where, and into what. */
export type LedgerIndexOptions = Omit<IndexOptions, 'source' | 'store'> & {
  rpc: NodesOptions
  /** Path of a SQLite file, or `postgres://…`. */
  database: string
  /** Gets, of several nodes, what tells how each is doing, before the first is asked. */
  onNodes?: (health: () => NodeHealth[]) => void
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
function createNodes({ rpc, deployment, signal, onStep = () => {}, onNodes, now }: LedgerIndexOptions): Rpc {
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
  const pool = createRpcPool({
    nodes: urls.map((each, at) => ({
      name: nameOf(each, urls, at),
      rpc: createRpc({ ...common, url: each, tries: Math.min(2, shared.tries ?? 2) }),
    })),
    agree,
    check: (node) => checkChain(node, deployment),
    onHealth: (node) => onStep({ kind: 'node', node }),
    ...(now && { now }),
  })
  onNodes?.(() => pool.health())
  return pool
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
 * @returns the keccak-256 of the ledger's code
 * @throws {@link ForeignChainError} when it says three times that it is on another chain, or has another contract or none at the ledger's
 *   address
 * @throws {@link InconsistentNodeError} when its newest block is older than the ledger
 */
export async function checkChain(rpc: Rpc, deployment: Deployment): Promise<CheckedNode> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await checkOnce(rpc, deployment)
    } catch (error) {
      if (!(error instanceof ForeignChainError) || attempt === ASKED) throw error
    }
  }
}

async function checkOnce(rpc: Rpc, deployment: Deployment): Promise<CheckedNode> {
  const { chainId, codeHashes, contracts, firstBlock, name } = deployment
  const [actual, code, newest] = await rpc.batch([
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getCode', params: [contracts.ledger, 'latest'] },
    { method: 'eth_blockNumber', params: [] },
  ])
  const found = chainIdOf(actual)
  if (found !== chainId) {
    throw new ForeignChainError(`The node is on chain ${found}, the deployment "${name}" on chain ${chainId}.`)
  }
  if (typeof code !== 'string' || !/^0x([\da-f]{2})+$/i.test(code)) {
    const height = quantity(newest, 'the number of its newest block')
    if (height < firstBlock) {
      throw new InconsistentNodeError(`its newest block is ${height}, and the ledger begins at ${firstBlock}`)
    }
    throw new ForeignChainError(
      `The node has no contract at ${contracts.ledger}, the ledger of the deployment "${name}": if the chain was restarted, deploy the ledger again, and rebuild the index with --rebuild.`,
    )
  }
  const codeHash = keccak(Buffer.from(code.slice(2), 'hex'))
  if (codeHashes && codeHashes.ledger !== codeHash) {
    throw new ForeignChainError(
      `The node has code with the hash ${codeHash} at ${contracts.ledger}, the ledger of the deployment "${name}", which states ${codeHashes.ledger}.`,
    )
  }
  return { codeHash }
}

/** Thrown when the node is on another chain than the deployment, or the chain was restarted. */
export class ForeignChainError extends StemmaError {
  override name = 'ForeignChainError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super('FOREIGN_CHAIN', `${what} Name another node with --rpc, or another deployment with --deployment.`)
  }
}
