import { isError, makeError, type JsonRpcPayload } from 'ethers'

import type { Deployment } from '../core/deployment.ts'
import { meaningOf } from '../core/nodeDialects.ts'
import { wait } from './attempts.ts'
import { isRepeatable, type Given, type NodeAnswer } from './nodeAnswers.ts'
import { waitOf, type NodeEndpoint } from './nodeEndpoint.ts'
import { refusalOf } from './nodeFailures.ts'

type Options = { agree: number; pause: number; signal: AbortSignal }
type Checked = Pick<Deployment, 'chainId'> & Partial<Pick<Deployment, 'name'>>

/** What one round over the nodes gave: answers, and a failure for the calls that nobody answered, which may have been done. */
type Round = { answers: Map<number, NodeAnswer>; failure: unknown; isSent: boolean }

/** How often a request is tried again that got lost on its way. */
const RETRIES = 3
/** One or more nodes of a chain, asked in turn. */
export class Nodes {
  readonly #nodes: readonly NodeEndpoint[]
  readonly #deployment: Checked
  readonly #options: Options

  constructor(nodes: readonly NodeEndpoint[], deployment: Checked, options: Options) {
    this.#nodes = nodes
    this.#deployment = deployment
    this.#options = options
  }

  /** The answers to calls, whichever node gives them; errors of nodes, and of the way to them, are answers too. */
  async ask(calls: readonly JsonRpcPayload[]): Promise<NodeAnswer[]> {
    if (this.#options.agree <= 1) return this.#askUntil(this.#nodes, calls)
    const { askTogether } = await import('./nodesAgree.ts')
    return askTogether(calls, this.#options.agree, this.#nodes, (node, some) => this.#askUntil([node], some))
  }

  close(): void {
    for (const node of this.#nodes) node.close()
  }

  /** Asks until each call has an answer, or waiting would take longer than the timeout. */
  async #askUntil(nodes: readonly NodeEndpoint[], calls: readonly JsonRpcPayload[]): Promise<NodeAnswer[]> {
    const { signal, pause } = this.#options
    const deadline = Date.now() + Math.max(...nodes.map(({ timeout }) => timeout))
    const answers = new Map<number, NodeAnswer>()
    for (let attempt = 0; ; attempt++) {
      const open = calls.filter((call) => isOpen(call, answers.get(call.id), attempt - 1))
      const round = await this.#askRound(nodes, open)
      for (const [id, answer] of round.answers) answers.set(id, answer)
      const left = calls.filter((call) => isOpen(call, answers.get(call.id), attempt))
      if (left.length === 0) return calls.map(({ id }) => answers.get(id)!)
      const busy = left.map(({ id }) => answers.get(id)).find((answer) => answer !== undefined)
      const reason = busy && 'error' in busy ? busy.error : round.failure
      const backoff = pause * 2 ** Math.min(attempt, 6) * (0.5 + Math.random())
      const wanted = waitOf(reason) ?? backoff
      const isBusyNow = !round.isSent && (busy !== undefined || isBusy(round.failure))
      const isWorthIt = isBusyNow || attempt < retriesFor(round.failure)
      const isAllowed = isBusyNow || left.every(({ method }) => isRepeatable(method))
      if (!isWorthIt || !isAllowed || Date.now() + wanted > deadline) {
        return calls.map(({ id }) => answers.get(id) ?? lost(id, round.failure))
      }
      await wait(wanted, signal)
      signal.throwIfAborted()
    }
  }

  /** Asks each node in turn for what the ones before did not answer. */
  async #askRound(nodes: readonly NodeEndpoint[], calls: readonly JsonRpcPayload[]): Promise<Round> {
    const answers = new Map<number, NodeAnswer>()
    const inOrder =
      nodes.length > 1 ? [...nodes.filter((node) => !node.isIdle), ...nodes.filter((node) => node.isIdle)] : nodes
    let failure: unknown
    for (const node of inOrder) {
      const open = calls.filter((call) => {
        const answer = answers.get(call.id)
        return !answer || isElsewhere(call, answer)
      })
      if (open.length === 0) break
      const { answers: given, failure: reason } = await this.#askNode(node, open)
      for (const answer of given) {
        // The words of the first node stay, where no other knows better.
        if (!answers.has(answer.id) || !('error' in answer)) answers.set(answer.id, answer)
      }
      const isRefused = open.some((call) => given.some((answer) => answer.id === call.id && isElsewhere(call, answer)))
      if (reason === undefined && !isRefused) node.succeeded()
      else node.failed()
      // What may have been done must not be asked of another.
      const isSent = reason !== undefined && !isBusy(reason) && !isRefusedConnection(reason)
      const left = open.filter(({ id }) => !answers.has(id))
      if (isSent && left.some(({ method }) => !isRepeatable(method))) return { answers, failure: reason, isSent }
      failure ??= reason
    }
    return { answers, failure, isSent: false }
  }

  /** Asks one node. Of several, each is looked at first: one alone is looked at by who connects. */
  async #askNode(node: NodeEndpoint, calls: readonly JsonRpcPayload[]): Promise<Given> {
    if (this.#nodes.length > 1 && !node.isChecked) {
      const failure = await this.#chainFault(node)
      if (failure !== undefined) return { answers: [], failure }
      node.isChecked = true
    }
    return node.ask(calls)
  }

  /** What is wrong with the chain of a node; undefined when it is the right one. */
  async #chainFault(node: NodeEndpoint): Promise<unknown> {
    const payload: JsonRpcPayload = { id: 0, jsonrpc: '2.0', method: 'eth_chainId', params: [] }
    const { answers, failure } = await node.ask([payload])
    const [answer] = answers
    if (!answer) return failure
    if ('error' in answer)
      return makeError('could not coalesce error', 'UNKNOWN_ERROR', { error: answer.error, payload })
    const { name = 'of the provider', chainId } = this.#deployment
    const isNumber = typeof answer.result === 'string' && /^0x[\da-f]{1,64}$/i.test(answer.result)
    if (!isNumber) return makeError('its chain id is malformed', 'BAD_DATA', { value: answer.result })
    const actual = BigInt(answer.result as string)
    if (actual === BigInt(chainId)) return undefined
    const { WrongChainError } = await import('./wrongChain.ts')
    return new WrongChainError({ name, chainId }, actual)
  }
}

/** Codes that say that some limit was passed, of requests or of size. Words alone also say so of gas. */
const LIMITS = new Set<unknown>([-32_005, -32_012, 429])

/** Whether a call is to be asked again: nobody answered, or a busy node. */
function isOpen({ method }: JsonRpcPayload, answer: NodeAnswer | undefined, attempt: number): boolean {
  if (answer === undefined) return true
  if (!('error' in answer)) return false
  const meaning = meaningOf(answer.error)
  if (meaning !== 'limit') return meaning === 'busy'
  // Logs are asked for once more, and then in smaller ranges.
  return LIMITS.has(answer.error.code) && (method !== 'eth_getLogs' || attempt < 1)
}

/** Whether another node may do what one refuses. What a contract refuses, and what is wrong with a transaction, is so everywhere. */
function isElsewhere({ method }: JsonRpcPayload, answer: NodeAnswer): boolean {
  // A node that lags does not have a block yet.
  if (!('error' in answer)) return answer.result === null && method.startsWith('eth_getBlock')
  const { error } = answer
  if (typeof error.data === 'string' && /^0x[\da-f]{8}/i.test(error.data)) return false
  const meaning = meaningOf(error)
  if (!isRepeatable(method)) return meaning === 'busy' || meaning === 'forbidden'
  return !['reverted', 'rejected', 'device', 'unauthorized'].includes(meaning)
}

/** The answer to a call that nobody answered. */
function lost(id: number, failure: unknown): NodeAnswer {
  return { id, error: { code: 0, message: 'nobody answered', failure } }
}

/** Whether a whole request was refused for a limit of requests. */
function isBusy(error: unknown): boolean {
  return error !== undefined && ['busy', 'limit'].includes(refusalOf(error))
}

/** How often to try again after a request or its answer got lost, which the next may not. */
function retriesFor(error: unknown): number {
  const { code, message, info } = (error ?? {}) as {
    code?: unknown
    message?: string
    info?: { responseStatus?: string }
  }
  if (isError(error, 'NETWORK_ERROR')) return RETRIES
  if (isError(error, 'SERVER_ERROR')) return /^(408|5(?!01))/.test(info?.responseStatus ?? '') ? RETRIES : 0
  // A page may stand before the node for a moment.
  if (isError(error, 'BAD_DATA')) return 1
  const isLost = /^(ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR)/.test(String(code)) || /socket hang up/.test(message ?? '')
  return isLost ? RETRIES : 0
}

/** Whether nothing was sent. */
function isRefusedConnection(error: unknown): boolean {
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(
    String((error as { code?: unknown }).code),
  )
}
