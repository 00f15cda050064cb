import {
  type Address,
  type HeldCredential,
  type LedgerReader,
  type Lineage,
  type LineageEdge,
  type LineageModel,
  type ModelId,
  type Registration,
  StemmaError,
  type TermsBody,
  type TermsId,
  ZERO_DIGEST,
} from 'stemma/core'
import { credentialNow, type LedgerView } from './ledgerView.ts'
import { loadAll } from './loaders.ts'
import { credentialRecord, type CredentialRecord, type EdgeRecord, type ModelRecord } from './records.ts'
import { bytes, columnsOf, isAmongPairs, pairList } from './sql.ts'
import { readAnchoredUsage } from './usage.ts'

/** A model with all its ancestors, as the database has them. */
type Gathered = {
  /** The model first, then its ancestors, nearest first. */
  models: ModelRecord[]
  parents: ReadonlyMap<number, readonly EdgeRecord[]>
}

/** Most models of a lineage that is evaluated: as many as stand in the longest lineages, and some. */
const MAX_LINEAGE = 20_000

/** Reads a ledger out of the index: what `stemma/verify` asks for, as of one block. */
export function indexReader(view: LedgerView): LedgerReader {
  return {
    source: 'indexer',
    async readLineage(model, licensee) {
      const lineage = await gatherLineage(view, model, licensee)
      return { chainId: view.progress.chainId, block: view.block.number, timestamp: view.now, lineage }
    },
    readRegistrations: (models) => readRegistrations(view, models),
    async readTermsNames(ids): Promise<Map<TermsId, string>> {
      const found = await view.loaders.termsById.loadMany([...ids])
      const names = ids.map((id, index) => {
        const record = found[index]
        return record && !(record instanceof Error) && record.name !== null ? ([id, record.name] as const) : undefined
      })
      return new Map(names.filter((entry) => entry !== undefined))
    },
    readUsage: (credentials) => readAnchoredUsage(view, credentials),
    async findByWeights(weights): Promise<ModelId[]> {
      const rows = await view.queries.all('SELECT n FROM models WHERE weights = $1 AND block <= $2 ORDER BY n', [
        bytes(weights),
        view.block.number,
      ])
      return (
        await loadAll(
          view.loaders.model,
          rows.map((row) => row.n as number),
        )
      ).map(({ id }) => id)
    },
  }
}

/** The registrations of some models, with the parents that they name. Those that are not registered are left out. */
export async function readRegistrations(
  view: LedgerView,
  ids: readonly ModelId[],
): Promise<Map<ModelId, Registration>> {
  const found = await view.loaders.modelById.loadMany(ids)
  const records = found.filter((record): record is ModelRecord => record !== undefined && !(record instanceof Error))
  const registrations = await Promise.all(records.map((record) => registrationOf(view, record)))
  return new Map(registrations.map((registration, index) => [records[index]!.id, registration]))
}

/** The registration of a model: with the parents that it names, so that it hashes to the model's id. */
export async function registrationOf(view: LedgerView, record: ModelRecord): Promise<Registration> {
  const named = (await view.loaders.parents.load(record.n)).filter(({ position }) => position >= 0)
  const [publisher, terms, parents] = await Promise.all([
    view.loaders.account.load(record.publisher),
    termsIdOf(view, record.terms),
    loadAll(
      view.loaders.model,
      named.map(({ parent }) => parent),
    ),
  ])
  return {
    publisher: publisher.address,
    weights: record.weights,
    datasets: record.datasets ?? ZERO_DIGEST,
    method: record.method ?? ZERO_DIGEST,
    terms,
    parents: parents.map(({ id }, index) => ({ model: id, relation: named[index]!.relation })),
    uri: record.uri,
  }
}

/**
 * A model (the first) with all its ancestors, and the credentials that the licensee and the publishers among them hold.
 *
 * @throws {@link ModelNotIndexedError}, {@link LineageTooLargeError}
 */
export async function gatherLineage(view: LedgerView, model: ModelId, licensee: Address): Promise<Lineage> {
  const { models, parents } = await gather(view, model)
  const ids = new Map(models.map(({ n, id }) => [n, id]))
  const publishers = await loadAll(
    view.loaders.account,
    models.map(({ publisher }) => publisher),
  )
  const held = await heldCredentials(view, models, parents, licensee)
  const statuses = await loadAll(view.loaders.statuses, ids.keys())
  const blocks = await loadAll(
    view.loaders.block,
    models.map(({ block }) => block),
  )
  const materialized = await loadAll(view.loaders.materialization, ids.keys())
  const terms = await termsOf(view, [
    ...models.map((record) => record.terms),
    ...[...held.values()].flat().map((entry) => entry.terms),
  ])
  const idOfTerms = (key: number | null): TermsId => (key === null ? UNSTATED : terms.get(key)!.id)
  return {
    models: models.map((record, index): LineageModel => ({
      model: record.id,
      publisher: publishers[index]!.address,
      registeredAt: materialized[index]?.anchoredAt ?? blocks[index]!.time,
      status: statuses[index]!.at(-1)?.status ?? 'active',
      terms: idOfTerms(record.terms),
      parents: lineageEdges(parents.get(record.n)!, ids),
      credentials: (held.get(record.n) ?? []).map(({ terms: key, ...entry }) => ({ ...entry, terms: idOfTerms(key) })),
    })),
    terms: new Map([...terms.values()].map(({ id, body }) => [id, body])),
  }
}

const UNSTATED = ZERO_DIGEST as string as TermsId

/** Edges as the lens gives them: those of the registration in its order, and then the attested ones in theirs. */
function lineageEdges(edges: readonly EdgeRecord[], ids: ReadonlyMap<number, ModelId>): LineageEdge[] {
  const declared = edges.filter(({ position }) => position >= 0).toSorted((a, b) => a.position - b.position)
  const attested = edges.filter(({ position }) => position < 0).toSorted((a, b) => a.block - b.block || a.log - b.log)
  return [
    ...declared.map(({ parent, relation }) => ({
      model: ids.get(parent)!,
      relation,
      grade: 'declared' as const,
      undisclosed: false,
    })),
    ...attested.map(({ parent, relation, grade, undisclosed }) => ({
      model: ids.get(parent)!,
      relation,
      grade,
      undisclosed,
    })),
  ]
}

async function gather(view: LedgerView, model: ModelId): Promise<Gathered> {
  const first = await view.loaders.modelById.load(model)
  if (!first) throw new ModelNotIndexedError(model, view)
  const { models: ancestors } = view.graph.walk(first.n, { direction: 'up', limit: MAX_LINEAGE })
  if (ancestors.length === MAX_LINEAGE) throw new LineageTooLargeError(model)
  const models = [first, ...(await loadAll(view.loaders.model, ancestors))]
  const edges = await loadAll(
    view.loaders.parents,
    models.map(({ n }) => n),
  )
  return { models, parents: new Map(models.map(({ n }, index) => [n, edges[index]!])) }
}

type Held = Omit<HeldCredential, 'terms'> & { terms: number }

/** Credentials of each model, held by the licensee or by the publishers of its children in the lineage. */
async function heldCredentials(
  view: LedgerView,
  models: readonly ModelRecord[],
  parents: ReadonlyMap<number, readonly EdgeRecord[]>,
  licensee: Address,
): Promise<Map<number, Held[]>> {
  const licenseeKey = (await view.loaders.accountByAddress.load(licensee))?.n
  const holders = new Map(models.map(({ n }) => [n, new Set(licenseeKey === undefined ? [] : [licenseeKey])]))
  for (const { n, publisher } of models) {
    for (const { parent } of parents.get(n)!) holders.get(parent)?.add(publisher)
  }
  const records = await credentialsFor(view, models, holders)
  const entries = await Promise.all(records.map(async (record) => [record.model, await heldOf(view, record)] as const))
  const found = new Map<number, Held[]>()
  for (const [model, entry] of entries) found.set(model, [...(found.get(model) ?? []), entry])
  return found
}

async function credentialsFor(
  view: LedgerView,
  models: readonly ModelRecord[],
  holders: ReadonlyMap<number, ReadonlySet<number>>,
): Promise<CredentialRecord[]> {
  const { dialect } = view.queries
  // A hub has a great many credentials, and holders of one model hold none of most others: both columns of the index are used.
  const pairs = models.flatMap(({ n, publisher }) =>
    Array.from(holders.get(n)!, (holder) => [n, holder] as const).filter(([, holder]) => holder !== publisher),
  )
  const rows = await view.queries.all(
    `SELECT ${columnsOf(dialect, 'credentials')} FROM credentials
     WHERE ${isAmongPairs(dialect, 'model', 'holder', '$1')} AND block <= $2 ORDER BY n`,
    [pairList(pairs), view.block.number],
  )
  return rows.map(credentialRecord)
}

async function heldOf(view: LedgerView, record: CredentialRecord): Promise<Held> {
  const [tier, holder, publisher, state] = await Promise.all([
    view.loaders.tier.load(record.tier),
    view.loaders.account.load(record.holder),
    view.loaders.account.load(record.publisher),
    credentialNow(view, record),
  ])
  const { validFrom, validUntil, gapFrom, gapUntil } = state
  return {
    tier: tier.id,
    holder: holder.address,
    terms: tier.terms,
    passThrough: tier.passThrough,
    credential: { publisher: publisher.address, validFrom, validUntil, gapFrom, gapUntil, state: state.state },
  }
}

async function termsOf(
  view: LedgerView,
  keys: readonly (number | null)[],
): Promise<Map<number, { id: TermsId; body: TermsBody }>> {
  const known = [...new Set(keys.filter((key) => key !== null))]
  const [records, thresholds] = await Promise.all([
    loadAll(view.loaders.terms, known),
    loadAll(view.loaders.thresholds, known),
  ])
  return new Map(
    records.map(({ n, id, rights, unstated, obligations }, index) => [
      n,
      { id, body: { rights, unstated, obligations, thresholds: thresholds[index]! } },
    ]),
  )
}

async function termsIdOf(view: LedgerView, key: number | null): Promise<TermsId> {
  return key === null ? UNSTATED : (await view.loaders.terms.load(key)).id
}

/** Thrown when a model is not registered as of the block that was asked for. */
export class ModelNotIndexedError extends StemmaError {
  override name = 'ModelNotIndexedError'
  override readonly kind = 'undecided'
  constructor(model: ModelId, view: LedgerView) {
    super(
      'MODEL_NOT_REGISTERED',
      `Model ${model} is not registered on the ledger as of block ${view.block.number}. Check the id, or ask as of a later block.`,
    )
  }
}

/** Thrown when a lineage has too many models to be evaluated at once. */
export class LineageTooLargeError extends StemmaError {
  override name = 'LineageTooLargeError'
  override readonly kind = 'undecided'
  constructor(model: ModelId) {
    super(
      'LINEAGE_TOO_LARGE',
      `Model ${model} has more than ${MAX_LINEAGE} ancestors, which is too much for one answer. Read its ancestors page by page.`,
    )
  }
}
