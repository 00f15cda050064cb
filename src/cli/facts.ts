import type { Option } from 'commander'

import { readJsonFile } from '../console/files.ts'
import { UsageError, type Context } from '../console/context.ts'
import { repeatable } from '../console/options.ts'
import type { Finding } from '../core/report.ts'
import { quoted } from '../core/text.ts'
import { measureName, parseMeasure, type Facts } from '../core/topics.ts'

/** The options that state facts of the licensee. */
export type FactOptions = { facts?: string; fact: string[] }

/** The option that states one fact; it may be repeated. */
export function factOption(): Option {
  return repeatable('--fact <name=value>', 'one such fact, which replaces any other; may be repeated')
}

/**
 * What to know where a stated fact does not answer what the licenses ask, because it names another subject of the same metric, as
 * `monthlyRevenueUsd` where `monthlyRevenueUsd/product` is asked.
 *
 * @param findings of the answers that were given with these facts
 */
export function unansweredBy(facts: Facts, findings: readonly Pick<Finding, 'code' | 'fact'>[]): string[] {
  const missing = new Set(
    findings.flatMap(({ code, fact }) => (code === 'fact-missing' && fact !== undefined ? [fact] : [])),
  )
  const metricOf = (name: string): string => name.split('/')[0]!
  return Object.keys(facts).flatMap((stated) => {
    const asked = [...missing].filter((name) => name !== stated && metricOf(name) === metricOf(stated))
    return asked.length > 0
      ? [`${stated} is stated, and a license asks about ${asked.join(', ')}, which is another fact.`]
      : []
  })
}

/** The facts that the options state; those of `--fact` replace those of the file. */
export async function factsOf(options: FactOptions, context: Context): Promise<Facts> {
  const given = new Map<string, number | boolean>()
  for (const text of options.fact) {
    const match = /^([^=]+)=(\d{1,16}|true|false)$/.exec(text)
    if (!match) {
      throw new UsageError(
        `Invalid fact ${quoted(text)}: use name=value with a whole number, true or false, such as monthlyRevenueUsd/product=167000000.`,
      )
    }
    const [, stated, value] = match as unknown as [string, string, string]
    const name = measureName(parseMeasure(stated))
    if (given.has(name)) throw new UsageError(`--fact states ${quoted(name)} twice. State it once.`)
    given.set(name, value === 'true' ? true : value === 'false' ? false : Number(value))
  }
  if (options.facts === undefined && given.size === 0) return {}
  const { parseFacts } = await import('../verify/policy.ts')
  const file = options.facts === undefined ? {} : parseFacts(await readJsonFile(context, options.facts))
  return { ...file, ...parseFacts(Object.fromEntries(given)) }
}
