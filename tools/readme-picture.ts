/**
 * Writes `docs/images/lineage.svg`, the picture of the README: the lineage of Kimi K2.5 as the ledger of the Composer 2 case
 * has it, with the answer to one question at each model. Everything in it is read from a ledger that this program starts and
 * fills as `npm start` does.
 * Usage: node --conditions=source tools/readme-picture.ts [--check]   (`--check` writes nothing and exits with 1 when it is stale)
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { ModelId } from '../src/core/hex.ts'
import { hubUri } from '../src/core/modelName.ts'
import { openLedger, type Ledger } from '../src/sdk/connect.ts'
import { verifyModel } from '../src/sdk/compliance/verifyModel.ts'
import { findModels } from '../src/sdk/registry/findModels.ts'
import { readLineage } from '../src/sdk/registry/readLineage.ts'
import { readRegistrations } from '../src/sdk/registry/readRegistrations.ts'
import { listTerms } from '../src/sdk/licensing/listTerms.ts'
import type { Report } from '../src/core/report.ts'
import { readOptions } from '../scripts/options.ts'
import { startLedgerInFolder } from '../test/fixtures/localLedger.ts'
import { lineageSvg, type PicturedEdge, type PicturedModel } from './lineageSvg.ts'

const TITLE = 'May a company with $50 million of monthly revenue host it for customers?'
const QUESTION = {
  use: 'host',
  facts: { 'monthlyRevenueUsd/product': 50_000_000n, 'monthlyActiveUsers/product': 2_000n },
} as const
const LEAVES = ['anysphere/Composer-2', 'fork-a/composer-2-open', 'fork-b/k2p5-coder-mit']

/** Draws the lineage of the case from a ledger that holds it. */
export async function drawCase(ledger: Ledger): Promise<string> {
  const found = (await Promise.all(LEAVES.map((query) => findModels(ledger, { query })))).flat()
  const lineages = await Promise.all(found.map(({ model }) => readLineage(ledger, { model })))
  const byId = new Map(lineages.flatMap(({ lineage }) => lineage.models.map((model) => [model.model, model])))
  const all = [...byId.values()]
  const registrations = await readRegistrations(ledger, { models: all.map(({ model }) => model) })
  const terms = await listTerms(ledger, { ids: all.map((model) => model.terms) })
  const nameOf = (model: ModelId): string => {
    const uri = registrations.find((registration) => registration.model === model)!.registration.uri
    return uri.startsWith(hubUri('')) ? uri.slice(hubUri('').length) : uri
  }
  const models = await Promise.all(
    all.map(async ({ model, terms: id }): Promise<PicturedModel> => {
      const report = await verifyModel(ledger, { model, ...QUESTION })
      const license = terms.find((entry) => entry.id === id)
      return {
        id: model,
        name: nameOf(model),
        license: license && 'terms' in license ? license.terms.name : 'terms unknown',
        verdict: report.verdict,
        reason: reasonOf(report, nameOf),
      }
    }),
  )
  const edges = all.flatMap(({ model, parents }) =>
    parents.map((parent): PicturedEdge => {
      const claimed = parent.grade !== 'declared'
      const label = [parent.relation, ...(claimed ? ['undeclared,', parent.grade] : [])]
      return { parent: parent.model, child: model, label, claimed }
    }),
  )
  return lineageSvg({ title: TITLE, models, edges })
}

/** The first reason of an answer, or its duties, in a few words. */
function reasonOf({ findings, obligations, model }: Report, nameOf: (model: ModelId) => string): string {
  const cause = findings.find(({ severity }) => severity === 'blocking' || severity === 'unknown')
  if (cause) {
    const isOwn = cause.model === model
    if (cause.code !== 'right-withheld') return `${cause.code}: ${cause.right} at ${nameOf(cause.model)}`
    return isOwn ? `its own terms withhold "${cause.right}"` : `${nameOf(cause.model)} withholds "${cause.right}"`
  }
  if (obligations.length === 0) return 'without duties'
  const duties = [...new Set(obligations.map(({ obligation }) => obligation))]
  const sources = [...new Set(obligations.filter((duty) => duty.model !== model).map((duty) => nameOf(duty.model)))]
  return `duty: ${duties.join(', ')}${sources.length > 0 ? ` (${sources[0]})` : ''}`
}

if (process.argv[1] === import.meta.filename) {
  const { check } = readOptions({ check: { type: 'boolean', default: false } }).values
  const path = join(import.meta.dirname, '../docs/images/lineage.svg')
  const local = await startLedgerInFolder()
  try {
    const picture = await drawCase(openLedger(local.provider, local.deployment))
    if (!check) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, picture)
    } else if (!existsSync(path) || readFileSync(path, 'utf8') !== picture) {
      console.log('docs/images/lineage.svg is stale. Run: node --conditions=source tools/readme-picture.ts')
      process.exitCode = 1
    }
  } finally {
    await local.close()
  }
}
