import { ZERO_ADDRESS, type Address, type Hex, type ModelId } from '../../core/hex.ts'
import { isExternal, type Lineage } from '../../core/lineage.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import type { LedgerReader, ReadBlock } from '../../core/ports.ts'
import { liftingCredentials } from '../../verify/agreements.ts'
import type { Ledger } from '../connect.ts'
import { ledgerAsOf } from '../ledgerAsOf.ts'
import { NodeAnswerError } from '../nodeErrors.ts'
import { readLineage, UnregisteredModelError } from '../registry/readLineage.ts'
import { answerReader } from './answerReader.ts'
import { readBlock } from '../readBlock.ts'

/** Most lineages that are asked for at a time: as many as one request to a node holds. */
const MOST_AT_A_TIME = 100

/**
 * Reads what verifications of several models need, all as of one block, in about as many requests as one model takes: the lineages go out
 * together, and each kind of log is asked for once. The reader that it returns answers from what was read, and asks the node for the
 * remainder.
 *
 * @example
 * const { reader } = await readTogether(ledger, { models })
 * for (const model of models) await verify(reader, { model, use: 'commercial' })
 */
export async function readTogether(
  ledger: Ledger,
  parameters: readTogether.Parameters,
): Promise<readTogether.ReturnType> {
  const { models, licensee = ZERO_ADDRESS } = parameters
  const head = await readBlock(ledger.provider, 'latest')
  if (!head) throw new NodeAnswerError(new Error('there is no latest block'))
  const block = head.number
  const then = ledgerAsOf(ledger, block)
  const read = await mapConcurrent([...new Set(models)], MOST_AT_A_TIME, async (model) => {
    try {
      return [[model, await readLineage(then, { model, licensee, block })] as const]
    } catch (error) {
      if (error instanceof UnregisteredModelError) return []
      throw error
    }
  })
  const lineages = new Map(read.flat())
  const node = answerReader(then)
  const entries = [...lineages.values()].flatMap(({ lineage }) => lineage.models)
  const ids = [...new Set(entries.map(({ model }) => model))]
  const external = [...new Set(entries.filter(isExternal).map(({ model }) => model))]
  const terms = [...lineages.values()].flatMap(({ lineage }) => [...lineage.terms.keys()])
  const publishers = [...new Set(entries.map(({ publisher }) => publisher))].filter((each) => each !== ZERO_ADDRESS)
  const readCredentials = new Set([...lineages.values()].flatMap(({ lineage }) => liftingCredentials(lineage)))
  const registrations = await node.readRegistrations(ids)
  const keys = Array.from(registrations, ([model, { weights, tensors }]) => ({ model, weights, tensors }))
  const subjects = [...lineages.keys()].flatMap((model) => [model, registrations.get(model)?.weights ?? []].flat())
  const [recalled, externals, verifications, domains, agreements, claims] = await Promise.all([
    node.readRecalled!(keys),
    external.length > 0 ? node.readExternals!(external) : undefined,
    node.readVerifications!(publishers),
    node.readDomains!(publishers),
    node.readAgreements!([...readCredentials]),
    node.readPendingClaims!(subjects),
    // The reader remembers what these return.
    node.readTerms!([...new Set(terms)]),
    node.readTiers!([...new Set(entries.flatMap(({ credentials }) => credentials.map(({ tier }) => tier)))]),
  ])
  const [readExternal, readPublishers, readSubjects] = [new Set(external), new Set(publishers), new Set<Hex>(subjects)]
  const reader: LedgerReader = {
    ...node,
    async readLineage(model, holder, at = block): Promise<ReadBlock & { lineage: Lineage }> {
      const known = holder === licensee && at === block ? lineages.get(model) : undefined
      return known ?? readLineage(ledger, { model, licensee: holder, block: at })
    },
    async readRegistrations(asked) {
      const isRead = asked.every((id) => registrations.has(id) || readExternal.has(id))
      return isRead ? pick(registrations, asked) : node.readRegistrations(asked)
    },
    async readRecalled(asked): Promise<ReadonlySet<ModelId>> {
      if (asked.every(({ model }) => registrations.has(model))) return recalled
      return node.readRecalled!(asked)
    },
    async readExternals(asked) {
      const isRead = asked.every((id) => readExternal.has(id))
      return isRead ? pick(externals ?? new Map(), asked) : node.readExternals!(asked)
    },
    async readVerifications(asked) {
      if (asked.every((each) => readPublishers.has(each))) return pick(verifications, asked)
      return node.readVerifications!(asked)
    },
    async readDomains(asked) {
      return asked.every((each) => readPublishers.has(each)) ? pick(domains, asked) : node.readDomains!(asked)
    },
    async readAgreements(asked) {
      return asked.every((each) => readCredentials.has(each)) ? pick(agreements, asked) : node.readAgreements!(asked)
    },
    async readPendingClaims(asked) {
      const wanted = new Set<Hex>(asked)
      if (asked.every((subject) => readSubjects.has(subject))) {
        return claims.filter(({ subject }) => wanted.has(subject))
      }
      return node.readPendingClaims!(asked)
    },
  }
  return {
    block: { chainId: ledger.deployment.chainId, block, timestamp: head.timestamp },
    lineages: new Map(Array.from(lineages, ([model, { lineage }]) => [model, lineage])),
    reader,
  }
}

export declare namespace readTogether {
  type Parameters = {
    models: readonly ModelId[]
    /** Whose credentials count; the public's when left out. */
    licensee?: Address
  }
  type ReturnType = {
    /** The block that everything was read at. */
    block: ReadBlock
    /** The lineage of each model that is registered. */
    lineages: ReadonlyMap<ModelId, Lineage>
    /** Reads as of that block. */
    reader: LedgerReader
  }
}

function pick<K extends Hex, V>(from: ReadonlyMap<K, V>, keys: readonly K[]): Map<K, V> {
  return new Map(
    keys.flatMap((key): [K, V][] => {
      const value = from.get(key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}
