import { StemmaError } from '../../core/errors.ts'
import type { Address, Digest } from '../../core/hex.ts'
import type { ReadBlock } from '../../core/ports.ts'
import type { Standing } from '../../core/report.ts'
import type { ServingStatement, ServingWord } from '../../core/serving.ts'
import { quoted } from '../../core/text.ts'
import type { SourceOptions } from '../compliance/sources.ts'
import type { Ledger } from '../connect.ts'
import { NodeAnswerError } from '../nodeErrors.ts'
import { readBlock } from '../readBlock.ts'
import type { CountingOptions } from '../registry/resolveModel.ts'
import { readVerifications } from '../registry/readVerifications.ts'
import { listServing } from './listServing.ts'
import { readServing } from './readServing.ts'

/** Most statements that an error lists. */
const MOST_LISTED = 8

/** A statement about an endpoint that holds, by a publisher whose word counts. */
export type CountingStatement = {
  /** The statement's hash. */
  statement: Digest
  served: ServingStatement
  /** Why the publisher's word counts. */
  standing: Exclude<Standing, 'unverified'>
  /** Number of the block in which it was stated. */
  block: number
}

/**
 * Finds the model that answers at an endpoint, by the statements of publishers whose word counts: trusted by the reader, accredited when
 * they stated it, or proving the endpoint's host. Anybody can state anything about any endpoint, so no other word counts. With more than
 * one, all must name the same model; the first that was stated is returned first. The endpoint itself is not asked.
 *
 * @throws {@link NothingStatedError} when no word that counts says what answers there
 * @throws {@link ContradictingServingError} when the words that count name different models
 */
export async function resolveServing(
  ledger: Ledger,
  parameters: resolveServing.Parameters,
): Promise<[CountingStatement, ...CountingStatement[]]> {
  const { origin, name } = parameters
  const words = await wordsOf(ledger, parameters)
  const counting = await countingOf(ledger, words, parameters)
  const now = parameters.at ?? (await timeOf(ledger, 'latest'))
  const stated = counting.flatMap(({ word: { stated, block }, standing }) =>
    stated ? [{ ...stated, standing, block }] : [],
  )
  const holding = stated.filter(({ served: { from, until } }) => from <= now && now < until)
  const [first, ...others] = holding
  if (first === undefined) throw new NothingStatedError(origin, name, reasonOf(words, counting, stated, now))
  if (others.some(({ served }) => served.model !== first.served.model)) {
    throw new ContradictingServingError(origin, name, holding)
  }
  return [first, ...others]
}

export declare namespace resolveServing {
  type Parameters = CountingOptions &
    SourceOptions & {
      /** Scheme, host and port, as stated. */
      origin: string
      /** The model name in requests. */
      name: string
      /** When a statement has to hold, in Unix seconds; the time of the latest block by default. */
      at?: number
    }
}

type CountingWord = { word: ServingWord; standing: Exclude<Standing, 'unverified'> }

/** The last words about the endpoint, of the sources that the options name. */
async function wordsOf(
  ledger: Ledger,
  { origin, name, source = 'node', indexer }: resolveServing.Parameters,
): Promise<ServingWord[]> {
  const asked = { origin, name }
  if (source === 'node') return listServing(ledger, asked)
  const { MissingIndexerError, SourcesDisagreeError } = await import('../compliance/askIndexer.ts')
  if (indexer === undefined) throw new MissingIndexerError(source)
  const { indexedServing } = await import('../../query/indexedServing.ts')
  const { words, chainId, block } = await indexedServing(indexer, asked)
  if (chainId !== ledger.deployment.chainId) {
    throw new SourcesDisagreeError(`the indexer is of chain ${chainId}, and not ${ledger.deployment.chainId}`)
  }
  if (source === 'indexer') return words
  const read = await listServing(ledger, { ...asked, toBlock: block })
  // What was taken back is not compared: of one who only took something back the indexer has no statement.
  const summaryOf = (each: readonly ServingWord[]): string =>
    each
      .flatMap(({ stated }) => stated?.statement ?? [])
      .toSorted()
      .join()
  if (summaryOf(words) !== summaryOf(read)) {
    throw new SourcesDisagreeError(`they have other statements about ${name} at ${origin} as of block ${block}`)
  }
  return read
}

/** The words of those whose word counts, oldest first, each compared with the contract's count of words. */
async function countingOf(
  ledger: Ledger,
  words: readonly ServingWord[],
  { origin, name, trusted = [], prove, source = 'node' }: resolveServing.Parameters,
): Promise<CountingWord[]> {
  if (words.length === 0) return []
  const publishers = words.map(({ publisher }) => publisher)
  const [verified, provers] = await Promise.all([readVerifications(ledger, publishers), prove?.([origin])])
  const prover = provers?.get(origin)
  const standings = await Promise.all(
    words.map(async (word): Promise<Standing> => {
      if (trusted.includes(word.publisher)) return 'trusted'
      const verification = verified.get(word.publisher)
      if (verification !== undefined) {
        const time = await timeOf(ledger, word.block)
        if (verification.from <= time && time < verification.until) return 'accredited'
      }
      return word.publisher === prover ? 'named' : 'unverified'
    }),
  )
  const counting = words.flatMap((word, index) => {
    const standing = standings[index]!
    return standing === 'unverified' ? [] : [{ word, standing }]
  })
  // A node that leaves out a revocation would make a word count that was taken back.
  if (source !== 'indexer') {
    await Promise.all(counting.map(({ word: { publisher } }) => readServing(ledger, { publisher, origin, name })))
  }
  return counting
}

async function timeOf(ledger: Ledger, block: number | 'latest'): Promise<ReadBlock['timestamp']> {
  const found = await readBlock(ledger.provider, block)
  if (!found) throw new NodeAnswerError(new Error(`it does not have block ${block}`))
  return found.timestamp
}

function reasonOf(
  words: readonly ServingWord[],
  counting: readonly CountingWord[],
  stated: readonly { served: ServingStatement }[],
  now: number,
): string {
  if (words.length === 0) return 'no publisher has stated anything about it'
  if (counting.length === 0) {
    const names = words.slice(0, MOST_LISTED).map(({ publisher }) => publisher)
    return `nobody vouches for ${names.length === 1 ? 'the only publisher' : 'the publishers'} that ${names.length === 1 ? 'has' : 'have'} spoken of it (${names.join(', ')}${words.length > names.length ? ', …' : ''})`
  }
  if (stated.length === 0) return 'what was stated about it was taken back'
  return stated.every(({ served }) => served.from > now)
    ? 'what is stated about it is for later'
    : 'what was stated about it has ended'
}

/** Thrown when no publisher whose word counts states which model answers at an endpoint. */
export class NothingStatedError extends StemmaError {
  override name = 'NothingStatedError'
  override readonly kind = 'undecided'
  constructor(origin: string, name: string, reason: string) {
    super(
      'NOTHING_STATED',
      `Which model answers to ${quoted(name)} at ${quoted(origin)} is not known: ${reason}. Ask who serves it to state it (stemma model endpoint state), or name the publisher whose word you take in the policy's trustedPublishers.`,
    )
  }
}

/** Thrown when publishers whose word counts state different models for an endpoint. */
export class ContradictingServingError extends StemmaError {
  override name = 'ContradictingServingError'
  override readonly kind = 'undecided'
  constructor(origin: string, name: string, found: readonly { served: { publisher: Address; model: string } }[]) {
    const list = found.slice(0, MOST_LISTED).map(({ served }) => `${served.model} by ${served.publisher}`)
    super(
      'CONTRADICTING_STATEMENTS',
      `Publishers state different models for ${quoted(name)} at ${quoted(origin)}: ${list.join('; ')}${found.length > MOST_LISTED ? `; and ${found.length - MOST_LISTED} more` : ''}. Name the one whose word you take in the policy's trustedPublishers.`,
    )
  }
}
