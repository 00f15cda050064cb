import { answer, type Answer, type Asked } from '../../verify/answer.ts'
import type { Ledger } from '../connect.ts'
import { answerReader } from './answerReader.ts'
import { askSources, freshnessOf, type AgeOptions, type SourceOptions } from './sources.ts'

/**
 * Answers whether a model or weights may be used in one or several ways, as `stemma verify` does. The answer has a report for
 * each use, every registration of the weights, who vouches for the publisher, and the claims that are not decided.
 * {@link verifyModel} returns one report alone.
 *
 * @example
 * const { verdict, reports } = await askVerdict(ledger, { asked: { weights }, uses: ['commercial', 'host'] })
 *
 * @throws as {@link verifyModel}
 */
export function askVerdict(ledger: Ledger, parameters: askVerdict.Parameters): Promise<Answer> {
  const { source, indexer, maxAge, now, ...given } = parameters
  const question = { ...given, freshness: freshnessOf(ledger, { maxAge, now }) }
  return askSources(
    ledger,
    { source, indexer, at: given.at, query: queryOf(given.asked) },
    answerReader,
    (reader, at) => answer(reader, { ...question, ...(at !== undefined && { at }) }),
    ({ reports }) => reports,
  )
}

function queryOf(asked: Asked): string {
  if ('model' in asked) return asked.model
  return 'weights' in asked ? asked.weights : asked.id
}

export declare namespace askVerdict {
  type Parameters = Omit<answer.Parameters, 'freshness'> & SourceOptions & AgeOptions
}
