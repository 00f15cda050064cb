import {
  JsonRpcProvider,
  makeError,
  type Block,
  type BlockParams,
  type FetchRequest,
  type JsonRpcApiProviderOptions,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  type Log,
  type LogParams,
  type Network,
} from 'ethers'

import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { lenientBlock, lenientLog, type Raw } from './lenientFormat.ts'
import { NodeEndpoint } from './nodeEndpoint.ts'
import { Nodes } from './nodes.ts'

/** Options of {@link nodeProvider}, beside those of ethers. */
export type NodeProviderOptions = JsonRpcApiProviderOptions & {
  /** How long a node may take for an answer, in milliseconds, and how long a busy one is asked again; 30,000 when left out. */
  timeout?: number
  /**
   * How many nodes have to give the same answer about the state and the logs of a block. One when left out: the others are asked where
   * one fails.
   */
  agree?: number
  /** Milliseconds before a failed request is tried again, twice as many after each failure; 250 when left out. */
  pause?: number
}

/**
 * Creates a provider for a deployment's node that sends no requests of its own. It assumes the deployment's chain, which
 * {@link connect} and {@link readLineage} check, and batches simultaneous requests; where a node refuses batches, it sends single ones
 * from then on. A node that is too busy is asked again within the timeout, for what it refused only.
 *
 * Several nodes are asked in their order: where one fails, the next. One that failed is left alone for a while. Each has to be on the
 * deployment's chain.
 *
 * @throws {@link TooFewNodesError} and {@link InvalidNodeOptionError}
 *
 * @param url `http`, `https`, `ws` or `wss`; a socket that drops is opened again
 * @param options ethers' own come first
 *
 * @example
 * const ledger = openLedger(nodeProvider('http://127.0.0.1:8545', deployment), deployment)
 * const provider = nodeProvider(['https://one.example', 'wss://two.example'], deployment, { agree: 2 })
 */
export function nodeProvider(
  url: string | FetchRequest | readonly (string | FetchRequest)[],
  deployment: Pick<Deployment, 'chainId'> & Partial<Pick<Deployment, 'name'>>,
  options: NodeProviderOptions = {},
): JsonRpcProvider {
  const urls = [url].flat() as (string | FetchRequest)[]
  const { agree = 1 } = options
  for (const name of ['timeout', 'pause'] as const) checkMilliseconds(name, options[name])
  if (!Number.isSafeInteger(agree) || agree < 1) {
    throw new InvalidNodeOptionError(`Invalid agree ${String(agree)}: use a whole number of nodes from 1.`)
  }
  // A node that is named twice agrees with itself.
  const nodes = agree > 1 ? new Set(urls.map((each) => addressOf(each))).size : urls.length
  if (agree > nodes) throw new TooFewNodesError(agree, nodes)
  return new NodeProvider(urls, deployment, options)
}

function checkMilliseconds(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value > 0 && value < 2 ** 31)) return
  throw new InvalidNodeOptionError(
    `Invalid ${name} ${String(value)}: use a number of milliseconds above 0 and below 2147483648, which is the most that timers count.`,
  )
}

/** An address in one spelling. */
function addressOf(node: string | FetchRequest): string {
  const url = typeof node === 'string' ? node : node.url
  return URL.canParse(url) ? new URL(url).href : url
}

/** A provider of one or more nodes that bears with what real ones do. */
class NodeProvider extends JsonRpcProvider {
  readonly #nodes: Nodes
  readonly #closing = new AbortController()

  constructor(
    urls: readonly (string | FetchRequest)[],
    deployment: Pick<Deployment, 'chainId'> & Partial<Pick<Deployment, 'name'>>,
    { timeout, agree = 1, pause = 250, ...options }: NodeProviderOptions,
  ) {
    super(urls[0], BigInt(deployment.chainId), { staticNetwork: true, cacheTimeout: -1, batchStallTime: 0, ...options })
    const signal = this.#closing.signal
    const endpoints = urls.map((url) => new NodeEndpoint(url, timeout, signal))
    this.#nodes = new Nodes(endpoints, deployment, { agree, pause, signal })
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const answers = await this.#nodes.ask([payload].flat())
    if (this.#closing.signal.aborted) throw destroyed()
    // Each is a result or an error: ethers tells them apart, though its type does not.
    return answers as JsonRpcResult[]
  }

  override getRpcError(payload: JsonRpcPayload, answer: JsonRpcError): Error {
    // A call that nobody answered fails alone: others of its batch were answered.
    const { failure } = answer.error as { failure?: Error }
    return failure ?? super.getRpcError(payload, answer)
  }

  override _wrapBlock(block: BlockParams, network: Network): Block {
    try {
      return super._wrapBlock(block, network)
    } catch {
      return super._wrapBlock(lenientBlock(block as unknown as Raw) as unknown as BlockParams, network)
    }
  }

  override _wrapLog(log: LogParams, network: Network): Log {
    try {
      return super._wrapLog(log, network)
    } catch {
      return super._wrapLog(lenientLog(log as unknown as Raw) as unknown as LogParams, network)
    }
  }

  override destroy(): void {
    this.#closing.abort(destroyed())
    this.#nodes.close()
    super.destroy()
  }
}

function destroyed(): Error {
  return makeError('provider destroyed; cancelled request', 'UNSUPPORTED_OPERATION', { operation: 'send' })
}

/** Thrown when more nodes are to agree than are named. */
export class TooFewNodesError extends StemmaError {
  override name = 'TooFewNodesError'
  constructor(agree: number, nodes: number) {
    super(
      'TOO_FEW_NODES',
      nodes === 0
        ? 'The list of nodes is empty. Name at least one.'
        : `${agree} nodes are to agree, but ${nodes} are named, each counted once. Name more, or let fewer agree.`,
    )
  }
}

/** Thrown when an option of a provider cannot be used. */
export class InvalidNodeOptionError extends StemmaError {
  override name = 'InvalidNodeOptionError'
  constructor(message: string) {
    super('INVALID_NODE_OPTION', message)
  }
}
