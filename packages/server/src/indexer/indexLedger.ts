import { type Deployment, keccak, StemmaError, toChainId } from 'stemma/core'
import type { CheckedNode } from './chainIdentity.ts'
import { createChainSource } from './chainSource.ts'
import { runIndexer, type IndexOptions } from './indexer.ts'
import { createStore } from './openDatabase.ts'
import { eventTable } from './reduce/events.ts'
import { InconsistentNodeError } from './nodeAnswers.ts'
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

/**
 * Checks that a node is on a deployment's chain and has its ledger.
 *
 * @returns the keccak-256 of the ledger's code
 * @throws {@link ForeignChainError} when it is on another chain, or has another contract or none at the ledger's address
 * @throws {@link InconsistentNodeError} when its newest block is older than the ledger
 */
export async function checkChain(rpc: Rpc, deployment: Deployment): Promise<CheckedNode> {
  const { chainId, codeHashes, contracts, firstBlock, name } = deployment
  const [actual, code, newest] = await rpc.batch([
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getCode', params: [contracts.ledger, 'latest'] },
    { method: 'eth_blockNumber', params: [] },
  ])
  if (!isQuantity(actual) || toChainId(BigInt(actual)) !== chainId) {
    const where = isQuantity(actual) ? BigInt(actual).toString() : JSON.stringify(actual ?? null)
    throw new ForeignChainError(
      `The node is on chain ${where.slice(0, 80)}, the deployment "${name}" on chain ${chainId}.`,
    )
  }
  if (typeof code !== 'string' || !/^0x([\da-f]{2})+$/i.test(code)) {
    if (isQuantity(newest) && BigInt(newest) < BigInt(firstBlock)) {
      throw new InconsistentNodeError(`its newest block is ${BigInt(newest)}, and the ledger begins at ${firstBlock}`)
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

function isQuantity(value: unknown): value is string {
  return typeof value === 'string' && /^0x[\da-f]{1,64}$/i.test(value)
}

/** Thrown when the node is on another chain than the deployment, or the chain was restarted. */
export class ForeignChainError extends StemmaError {
  override name = 'ForeignChainError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super('FOREIGN_CHAIN', `${what} Name another node with --rpc, or another deployment with --deployment.`)
  }
}
