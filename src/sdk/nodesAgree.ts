import { makeError, type JsonRpcPayload } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import type { NodeAnswer } from './nodeAnswers.ts'
import type { NodeEndpoint } from './nodeEndpoint.ts'

type AskNode = (node: NodeEndpoint, calls: readonly JsonRpcPayload[]) => Promise<NodeAnswer[]>

/** Where the block stands among the parameters of the methods whose answers are compared; null where there is none. */
const TAG_AT: Readonly<Record<string, number | null>> = {
  eth_blockNumber: null,
  eth_call: 1,
  eth_chainId: null,
  eth_getBlockByNumber: 0,
  eth_getCode: 1,
  eth_getLogs: 0,
  eth_getProof: 2,
  eth_getStorageAt: 2,
}

/**
 * Asks several nodes, and answers only where they agree: about the chain, the state and the logs of a block. What is asked of the latest
 * block is asked of the lower of the nodes' latest blocks. Other methods are those of the first node that answers.
 *
 * @throws {@link NodesDisagreeError} when they differ, twice: nodes may have different blocks for a moment
 */
export async function askTogether(
  calls: readonly JsonRpcPayload[],
  agree: number,
  nodes: readonly NodeEndpoint[],
  askNode: AskNode,
): Promise<NodeAnswer[]> {
  const compared = calls.filter(({ method }) => method in TAG_AT)
  const others = calls.filter(({ method }) => !(method in TAG_AT))
  const [answers, own] = await Promise.all([
    compared.length > 0 ? askCompared(compared, agree, nodes, askNode) : [],
    others.length > 0 ? firstOf(nodes, (node) => askNode(node, others)) : [],
  ])
  return [...answers, ...own]
}

async function askCompared(
  calls: readonly JsonRpcPayload[],
  agree: number,
  nodes: readonly NodeEndpoint[],
  askNode: AskNode,
): Promise<NodeAnswer[]> {
  for (let isLast = false; ; isLast = true) {
    const heads = await headsOf(nodes, agree, askNode)
    const block = heads.reduce((lowest, { head }) => (head < lowest ? head : lowest), heads[0]!.head)
    const pinned = calls.map((call) => pin(call, block))
    const lists = await Promise.all(heads.map(({ node }) => askNode(node, pinned)))
    const answers = calls.map((call) => compare(call, block, lists))
    const dispute = answers.find((answer) => answer instanceof NodesDisagreeError)
    if (!dispute) return answers as NodeAnswer[]
    if (isLast) throw dispute
  }
}

/** The latest blocks of as many nodes as are to agree. @throws the failure of a node when too few answer */
async function headsOf(
  nodes: readonly NodeEndpoint[],
  agree: number,
  askNode: AskNode,
): Promise<{ node: NodeEndpoint; head: bigint }[]> {
  const heads: { node: NodeEndpoint; head: bigint }[] = []
  let failure: unknown
  let [candidates, open] = [nodes.slice(0, agree), nodes.slice(agree)]
  while (candidates.length > 0) {
    const results = await Promise.allSettled(candidates.map((node) => headOf(node, askNode)))
    for (const [at, result] of results.entries()) {
      if (result.status === 'fulfilled') heads.push({ node: candidates[at]!, head: result.value })
      else failure ??= result.reason
    }
    const missing = agree - heads.length
    ;[candidates, open] = [open.slice(0, missing), open.slice(missing)]
  }
  if (heads.length < agree) throw failure
  return heads
}

async function headOf(node: NodeEndpoint, askNode: AskNode): Promise<bigint> {
  const [answer] = await askNode(node, [{ id: 0, jsonrpc: '2.0', method: 'eth_blockNumber', params: [] }])
  if (answer && 'result' in answer && /^0x[\da-f]{1,16}$/i.test(String(answer.result))) {
    return BigInt(answer.result as string)
  }
  if (answer && 'error' in answer) {
    if (answer.error.failure !== undefined) throw answer.error.failure
    throw makeError('could not coalesce error', 'UNKNOWN_ERROR', { error: answer.error } as never)
  }
  throw makeError('its latest block is not a number', 'BAD_DATA', { value: answer })
}

async function firstOf(
  nodes: readonly NodeEndpoint[],
  ask: (node: NodeEndpoint) => Promise<NodeAnswer[]>,
): Promise<NodeAnswer[]> {
  const [first, ...others] = nodes
  if (others.length === 0) return ask(first!)
  const answers = await ask(first!)
  const isLost = answers.some((answer) => 'error' in answer && answer.error.failure !== undefined)
  return isLost ? firstOf(others, ask) : answers
}

/** A call about the latest block, as one about a block by its number. */
function pin(call: JsonRpcPayload, block: bigint): JsonRpcPayload {
  const at = TAG_AT[call.method]
  if (at === null || at === undefined) return call
  const params = [...(call.params as unknown[])]
  const pinned = (tag: unknown): unknown =>
    tag === undefined || tag === null || tag === 'latest' || tag === 'pending' ? `0x${block.toString(16)}` : tag
  const given = params[at]
  if (call.method !== 'eth_getLogs') params[at] = pinned(given)
  else if (!(given as { blockHash?: unknown }).blockHash) {
    const filter = given as { fromBlock?: unknown; toBlock?: unknown }
    params[at] = { ...filter, fromBlock: pinned(filter.fromBlock), toBlock: pinned(filter.toBlock) }
  }
  return { ...call, params }
}

/** The answer on which all lists agree. */
function compare(
  { id, method }: JsonRpcPayload,
  block: bigint,
  lists: readonly (readonly NodeAnswer[])[],
): NodeAnswer | NodesDisagreeError {
  const answers = lists.map((list) => list.find((answer) => answer.id === id)!)
  const failed = answers.find((answer) => 'error' in answer)
  const isFailedBy = answers.filter((answer) => 'error' in answer).length
  // One that cannot answer agrees with nobody.
  if (failed) return isFailedBy === answers.length ? answers[0]! : failed
  if (method === 'eth_blockNumber') return { id, result: `0x${block.toString(16)}` }
  const texts = new Set(answers.map((answer) => comparable(method, (answer as { result: unknown }).result)))
  return texts.size === 1 ? answers[0]! : new NodesDisagreeError(method, block)
}

/** What has to be the same of two answers: nodes differ in case, order and in fields of their own. */
function comparable(method: string, result: unknown): string {
  if (method === 'eth_getBlockByNumber') return String((result as { hash?: unknown } | null)?.hash).toLowerCase()
  if (method !== 'eth_getLogs' || !Array.isArray(result)) return (JSON.stringify(result) ?? '').toLowerCase()
  const logs = (result as Record<string, unknown>[])
    .filter(({ removed }) => removed !== true)
    .map((log) => [log.blockHash, log.logIndex, log.address, log.topics, log.data])
    .map((log) => JSON.stringify(log).toLowerCase())
  return [...new Set(logs)].toSorted().join('\n')
}

/** Thrown when nodes that are to agree give different answers. */
export class NodesDisagreeError extends StemmaError {
  override name = 'NodesDisagreeError'
  override readonly kind = 'undecided'
  constructor(method: string, block: bigint) {
    super(
      'NODES_DISAGREE',
      `The nodes give different answers to ${method} as of block ${block}. One of them is wrong, or on another branch of the chain: ask again, and if they still differ, replace one.`,
    )
  }
}
