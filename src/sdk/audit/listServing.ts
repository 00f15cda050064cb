import * as abi from '../../abi/usageAudit.ts'
import { parseAddress, parseDigest, parseModelId, type Address } from '../../core/hex.ts'
import {
  endpointOf,
  SERVING_GRADES,
  servingHashOf,
  type ServingStatement,
  type ServingWord,
} from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { readEvents, type LedgerEvent } from '../logs.ts'

/**
 * Lists the latest word of each publisher about an endpoint: its statement, or that it took back what it had stated. Anybody can state
 * anything: whose word counts is the reader's to say.
 */
export async function listServing(ledger: Ledger, parameters: listServing.Parameters): Promise<ServingWord[]> {
  const { origin, name, publishers, toBlock } = parameters
  const topics = { endpoint: endpointOf(origin, name), ...(publishers && { publisher: publishers }) }
  const range = toBlock === undefined ? {} : { toBlock }
  const [statements, revocations] = await Promise.all([
    readEvents(ledger, 'usageAudit', abi.ServingStated, topics, range),
    readEvents(ledger, 'usageAudit', abi.ServingRevoked, topics, range),
  ])
  const words = new Map<Address, ServingWord>()
  for (const event of [...statements, ...revocations]) {
    const word = wordOf(event, origin, name)
    if (word && word.revision > (words.get(word.publisher)?.revision ?? 0)) words.set(word.publisher, word)
  }
  return [...words.values()].toSorted((a, b) => a.block - b.block)
}

export declare namespace listServing {
  type Parameters = {
    /** Scheme, host and port, as stated. */
    origin: string
    /** The model name in requests. */
    name: string
    /** Only what these say; all by default. */
    publishers?: readonly Address[]
    /** What had been said up to this block; the latest by default. */
    toBlock?: number
  }
}

/** What an event says; undefined when a statement is of another endpoint, or does not have its hash. */
function wordOf({ name: event, args, block }: LedgerEvent, origin: string, name: string): ServingWord | undefined {
  const publisher = parseAddress(args.publisher as string)
  const said = { publisher, revision: Number(args.revision), block }
  if (event === 'ServingRevoked') return { ...said, stated: null }
  const grade = SERVING_GRADES[Number(args.grade)]
  if (grade === undefined || args.origin !== origin || args.name !== name) return undefined
  const served: ServingStatement = {
    publisher,
    model: parseModelId(args.model as string),
    origin,
    name,
    from: Number(args.from),
    until: Number(args.until),
    grade,
    evidence: parseDigest(args.evidence as string),
  }
  const statement = servingHashOf(served)
  return statement === args.statement ? { ...said, stated: { statement, served } } : undefined
}
