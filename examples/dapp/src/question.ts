import { isBytes32, nameOfUri } from 'stemma/core'
import {
  findModels,
  isExternal,
  pathsFrom,
  parseModelId,
  readLineage,
  readRegistrations,
  resolveModel,
  verifyModel,
  type LineageEdge,
  type LineageModel,
  type ModelId,
  type RegisteredModel,
  type Right,
} from 'stemma/sdk'
import type { Report } from 'stemma/verify'

import type { Connection } from './source.ts'

/** An ancestor, and how it came into the lineage. */
export type Ancestor = LineageModel & {
  /** Its name as its publisher has it, cleaned; empty for an external parent. */
  name: string
  /** Ids from the model up to it, both included. */
  path: readonly ModelId[]
  /** How the model before it on that path was made from it. */
  edge: LineageEdge | undefined
  external: boolean
}

/** Numbers about the licensee, by name, as in `monthlyRevenueUsd/product`. */
export type Facts = Readonly<Record<string, bigint>>

/** The answer to a question about one model. */
export type Answer = {
  kind: 'answer'
  report: Report
  name: string
  ancestors: readonly Ancestor[]
  facts: Facts
  /** Whether an index was asked as well, and gave the same answer. */
  agreed: boolean
}
/** Registrations among which the reader has to choose. */
export type Choice = { kind: 'choice'; found: readonly RegisteredModel[] }

/** Most registrations to choose among. */
const MOST = 20

/** Asks what a model was made from, and whether it may be used so. */
export async function ask(connection: Connection, query: string, use: Right, facts: Facts): Promise<Answer | Choice> {
  const { ledger, licensee, api } = connection
  const model = await modelOf(connection, query)
  if (typeof model !== 'string') return { kind: 'choice', found: model }
  const [report, { lineage }] = await Promise.all([
    verifyModel(ledger, {
      model,
      use,
      facts,
      ...(licensee && { policy: { licensee } }),
      ...(api && { source: 'both', indexer: api }),
    }),
    readLineage(ledger, { model }),
  ])
  const registrations = await readRegistrations(ledger, { models: lineage.models.map((one) => one.model) })
  const names = new Map(registrations.map((one) => [one.model, nameOfUri(one.registration.uri)]))
  const paths = pathsFrom(lineage, model)
  const ancestors = lineage.models.slice(1).map((one): Ancestor => {
    const path = paths.get(one.model) ?? []
    const child = lineage.models.find((other) => other.model === path.at(-2))
    const edge = child?.parents.find((parent) => parent.model === one.model)
    return { ...one, name: names.get(one.model) ?? '', path, edge, external: isExternal(one) }
  })
  return { kind: 'answer', report, name: names.get(model) ?? '', ancestors, facts, agreed: api !== undefined }
}

/** The model that is meant, or several to choose among. The index finds a name at once, where the node reads every registration. */
async function modelOf({ ledger, api }: Connection, query: string): Promise<ModelId | readonly RegisteredModel[]> {
  if (api && !isBytes32(query)) {
    const { models } = await api.query('Models', { filter: { name: nameOfUri(query) }, first: 2 })
    const [only, second] = models.nodes
    if (only && !second && only.name.toLowerCase() === nameOfUri(query).toLowerCase()) return parseModelId(only.id)
  }
  try {
    return (await resolveModel(ledger, { query })).model
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'AMBIGUOUS_MODEL') throw error
    return findModels(ledger, { query, limit: MOST })
  }
}
