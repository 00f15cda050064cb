import { measureOf, parseMeasure, YES_OR_NO, type Measure, type Metric, type MeasureSubject } from '../core/topics.ts'

/** A fact of a licensee for people; of one that is yes or no the value is 1 or 0. */
export type FactWords = { words: string; isYesOrNo: boolean }

const QUANTITIES: Readonly<Partial<Record<Metric, string>>> = {
  monthlyActiveUsers: 'monthly active users',
  dailyActiveUsers: 'daily active users',
  monthlyRevenueUsd: 'monthly revenue in US dollars',
  annualRevenueUsd: 'annual revenue in US dollars',
  annualRecurringRevenueUsd: 'annual recurring revenue in US dollars',
}

const OWNERS: Readonly<Partial<Record<MeasureSubject, string>>> = {
  affiliates: ' with affiliates',
  product: ' of the products that use the model',
  service: ' of the service that offers models or an assistant',
  employer: ' of the employer',
}

/** Groups and states that people know by these letters, with the article that a sentence takes. */
const TERRITORIES = new Set(['EU', 'UK', 'US'])

/** What a fact measures, by its name. A measure that this version does not define stays as it is named. */
export function factWords(name: string): FactWords {
  const measure = measureOf(parseMeasure(name))
  return measure
    ? { words: wordsOf(measure), isYesOrNo: YES_OR_NO.has(measure.metric) }
    : { words: `measure ${name}`, isYesOrNo: false }
}

/** The option of the command line that states a fact, with a place for its value. */
export function factOptionFor(name: string): string {
  return /^[\w./-]+$/.test(name) ? `--fact ${name}=<value>` : `--fact "${name}=<value>"`
}

function wordsOf({ metric, subject, parameter }: Measure): string {
  switch (metric) {
    case 'inTerritory': {
      const place = parameter && TERRITORIES.has(parameter) ? `the ${parameter}` : parameter
      return subject === 'use' ? `using the model in ${place}` : `being domiciled in ${place}`
    }
    case 'withoutAgreement':
      return `acting without an agreement with ${parameter}`
    case 'commercialEntity':
      return subject === 'employer' ? 'working for a commercial entity' : 'being a commercial entity'
    default:
      return `${QUANTITIES[metric]}${(subject && OWNERS[subject]) ?? ''}${parameter ? ` as of ${parameter}` : ''}`
  }
}
