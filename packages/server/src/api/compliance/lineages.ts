import {
  type Address,
  externalModel,
  type ExternalParent,
  type HeldCredential,
  type Lineage,
  type LineageEdge,
  type LineageModel,
  type ModelId,
  nearestFirst,
  type Parent,
  type Part,
  type Registration,
  StemmaError,
  type TermsId,
  ZERO_DIGEST,
} from 'stemma/core'
import { number } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { BlockReader } from '../chain/blocks.ts'
import type { LedgerView } from '../ledgerView.ts'
import type { CredentialReader, CredentialRow } from '../licensing/credentials.ts'
import { UNSTATED, type TermsReader } from '../licensing/terms.ts'
import type { TierReader } from '../licensing/tiers.ts'
import type { EdgeReader, EdgeRow } from '../registry/edges.ts'
import type { ExternalReader, ExternalRow } from '../registry/externals.ts'
import { ModelNotIndexedError, type ModelReader, type ModelRow } from '../registry/models.ts'
import { loadAll } from '../tableLoaders.ts'

/** A model (the first) with all its ancestors, nearest first, their edges up, and the parents that nobody had registered. */
type Gathered = {
  models: ModelRow[]
  parents: ReadonlyMap<number, readonly EdgeRow[]>
  /** By model; without those that were replaced. */
  externals: ReadonlyMap<number, readonly ExternalRow[]>
  /** What external parents are bound to, by their ids. None of them is registered. */
  bindings: ReadonlyMap<ModelId, readonly ModelId[]>
}

/** Most models of a lineage that is evaluated: more than the longest known lineages have. */
const MAX_LINEAGE = 20_000

/** The readers that a lineage is made of. */
export type LineageParts = {
  accounts: AccountReader
  blocks: BlockReader
  credentials: CredentialReader
  edges: EdgeReader
  externals: ExternalReader
  models: ModelReader
  terms: TermsReader
  tiers: TierReader
}

/** Reads lineages with everything that an evaluation needs. */
export class LineageReader {
  readonly #view: LedgerView
  readonly #parts: LineageParts

  constructor(view: LedgerView, parts: LineageParts) {
    this.#view = view
    this.#parts = parts
  }

  /** The registrations of some models, with the parents that they name; models that are not registered are left out. */
  async registrations(ids: readonly ModelId[]): Promise<Map<ModelId, Registration>> {
    const models = (await loadAll(this.#parts.models.byId, ids)).filter((model) => model !== undefined)
    const registrations = await Promise.all(models.map((model) => this.registrationOf(model)))
    return new Map(registrations.map((registration, index) => [models[index]!.id, registration]))
  }

  /** The registration of a model, with the parents that it names, so that it hashes to the model's id. */
  async registrationOf(model: ModelRow): Promise<Registration> {
    const { accounts, edges, externals, models, terms } = this.#parts
    const named = (await edges.parents.load(model.n)).filter(({ position }) => position >= 0)
    const [publisher, termsId, parents, unregistered] = await Promise.all([
      accounts.addressOf(model.publisher),
      terms.idOf(model.terms),
      loadAll(
        models.byKey,
        named.map(({ parent }) => parent),
      ),
      externals.ofChild.load(model.n),
    ])
    const declared = [
      ...parents.map(({ id }, index) => ({ model: id, ...named[index]! })),
      ...unregistered.map((row) => ({ ...row, model: row.external, external: true as const })),
    ]
    return {
      publisher,
      weights: model.weights,
      tensors: model.tensors ?? ZERO_DIGEST,
      annex: model.annex ?? ZERO_DIGEST,
      datasets: model.datasets ?? ZERO_DIGEST,
      method: model.method ?? ZERO_DIGEST,
      terms: termsId,
      parents: declared.toSorted((a, b) => a.position - b.position).map(parentOf),
      uri: model.uri,
    }
  }

  /**
   * A model (the first) with all its ancestors, and the credentials that the licensee and the publishers among them hold.
   *
   * @throws {@link ModelNotIndexedError}, {@link LineageTooLargeError}
   */
  async lineageOf(model: ModelId, licensee: Address): Promise<Lineage> {
    await this.#claim(model)
    const { models, terms } = await this.lineagesOf([model], licensee)
    return { models: nearestFirst(models), terms }
  }

  /**
   * Several models with all their ancestors, each once, the first model first: what {@link lineageOf} gives for each of them, together. The
   * caller takes the price.
   *
   * @throws {@link ModelNotIndexedError}, {@link LineageTooLargeError}
   */
  async lineagesOf(of: readonly [ModelId, ...ModelId[]], licensee: Address): Promise<Lineage> {
    const readers = this.#parts
    const { models, parents, externals, bindings } = await this.#gather(of)
    const ids = new Map(models.map(({ n, id }) => [n, id]))
    const publishers = await loadAll(
      readers.accounts.byKey,
      models.map(({ publisher }) => publisher),
    )
    const verifications = await this.#verifications(new Set(models.map(({ publisher }) => publisher)))
    const held = await this.#heldCredentials(models, parents, licensee)
    const statuses = await Promise.all(models.map(({ n }) => readers.models.statusOf(n)))
    const recalled = await Promise.all(models.map((row) => readers.models.isRecalled(row)))
    const blocks = await Promise.all(models.map(({ block }) => readers.blocks.load(block)))
    const materialized = await Promise.all(models.map(({ n }) => readers.models.materializationOf(n)))
    const terms = await readers.terms.bodiesOf([
      ...models.map((row) => row.terms),
      ...[...held.values()].flat().map((entry) => entry.terms),
    ])
    const idOfTerms = (key: number | null): TermsId => (key === null ? UNSTATED : terms.get(key)!.id)
    const registered = models.map((row, index): LineageModel => ({
      model: row.id,
      publisher: publishers[index]!.address,
      registeredAt: materialized[index]?.registeredAt ?? blocks[index]!.time,
      verifiedFrom: verifications.get(row.publisher)!.from,
      verifiedUntil: verifications.get(row.publisher)!.until,
      status: statuses[index]!,
      recalled: recalled[index]!,
      terms: idOfTerms(row.terms),
      parents: lineageEdges(parents.get(row.n)!, externals.get(row.n)!, ids),
      credentials: (held.get(row.n) ?? []).map(({ terms: key, ...entry }) => ({ ...entry, terms: idOfTerms(key) })),
    }))
    const unregistered = Array.from(bindings, ([id, bound]) => externalModel(id, bound))
    return {
      models: [...registered, ...unregistered],
      terms: new Map([...terms.values()].map(({ id, body }) => [id, body])),
    }
  }

  /** What is known of some external parents. */
  externals(ids: readonly ModelId[]): Promise<Map<ModelId, ExternalParent>> {
    const { externals, models } = this.#parts
    return externals.known(ids, async (key) => (await models.byKey.load(key)).id)
  }

  /** The models that some publishers state that external parents are. */
  async statedBindings(
    ids: readonly ModelId[],
    publishers: readonly Address[],
  ): Promise<ReadonlyMap<ModelId, readonly ModelId[]>> {
    const { externals, models } = this.#parts
    const stated = [...(await externals.stated(ids, publishers))]
    const rows = await Promise.all(stated.map(([, keys]) => loadAll(models.byKey, keys)))
    return new Map(stated.map(([external], index) => [external, rows[index]!.map((row) => row.id)]))
  }

  /**
   * From when until when the latest verification of each publisher lasts, whether that is past or to come; zeros where there is none, it
   * was withdrawn, or a later profile or controller ended it.
   */
  async #verifications(publishers: ReadonlySet<number>): Promise<Map<number, { from: number; until: number }>> {
    const ended = (table: string, condition = ''): string =>
      `NOT EXISTS (SELECT 1 FROM ${table} l WHERE l.publisher = v.publisher AND l.block <= $2 AND (l.block, l.log) > (v.block, v.log)${condition})`
    const sql = `SELECT v.since, v.until FROM verifications v WHERE v.publisher = $1 AND v.block <= $2
      AND ${ended('verifications')} AND ${ended('profiles')} AND ${ended('controllers', ' AND l.accepted = 1')}`
    const found = [...publishers].map(async (publisher) => {
      const [row] = await this.#view.queries.all(sql, [publisher, this.#view.block.number])
      return [publisher, row ? { from: number(row.since), until: number(row.until) } : { from: 0, until: 0 }] as const
    })
    return new Map(await Promise.all(found))
  }

  /** Takes the price of an evaluation, which grows with the ancestors. */
  async #claim(model: ModelId): Promise<void> {
    const { budget, graph } = this.#view
    const start = await this.#parts.models.byId.load(model)
    const ancestors = start ? graph.count(start.n, { direction: 'up', limit: MAX_LINEAGE }) : 0
    await budget.claim('evaluated', 1 + ancestors, `models of the lineage of ${model}`)
  }

  async #gather(of: readonly [ModelId, ...ModelId[]]): Promise<Gathered> {
    const { models, edges } = this.#parts
    const rows = new Map<number, ModelRow>()
    const externals = new Map<number, readonly ExternalRow[]>()
    const bindings = new Map<ModelId, readonly ModelId[]>()
    let roots = (await loadAll(models.byId, of)).map((row, index) => {
      if (!row) throw new ModelNotIndexedError(of[index]!, this.#view)
      return row
    })
    while (roots.length > 0) {
      const added: ModelRow[] = []
      for (const root of roots) added.push(...(await this.#ancestors(root, rows)))
      if (rows.size >= MAX_LINEAGE) throw new LineageTooLargeError(of[0])
      const found = await loadAll(
        this.#parts.externals.ofChild,
        added.map(({ n }) => n),
      )
      for (const [index, { n }] of added.entries()) externals.set(n, await this.#counting(n, found[index]!))
      roots = await this.#reached(
        added.flatMap(({ n }) => externals.get(n)!.map(({ external }) => external)),
        bindings,
      )
    }
    const parents = await loadAll(edges.parents, rows.keys())
    return {
      models: [...rows.values()],
      parents: new Map([...rows.keys()].map((n, i) => [n, parents[i]!])),
      externals,
      bindings,
    }
  }

  /** The external parents of a model that count: one that a ruling replaced does only if it is registered or bound. */
  async #counting(child: number, rows: readonly ExternalRow[]): Promise<readonly ExternalRow[]> {
    if (rows.length === 0) return rows
    const { externals, models } = this.#parts
    const replaced = new Set((await externals.replaced.load(child)).map(({ external }) => external))
    const counting: ExternalRow[] = []
    for (const row of rows) {
      const isOpen = async (): Promise<boolean> =>
        !(await models.byId.load(row.external)) && (await externals.boundTo(row.external)).length === 0
      if (!replaced.has(row.external) || !(await isOpen())) counting.push(row)
    }
    return counting
  }

  /**
   * The registered models that some parents named as external lead to, by being registered since or by what they are bound to. Adds those
   * that are not registered to the bindings.
   */
  async #reached(named: readonly ModelId[], bindings: Map<ModelId, readonly ModelId[]>): Promise<ModelRow[]> {
    const { externals, models } = this.#parts
    const reached: ModelRow[] = []
    let asked = new Set(named)
    while (asked.size > 0) {
      const ids = [...asked].filter((id) => !bindings.has(id))
      // The id of a registration can be named as external before it is registered; afterwards it counts as any parent.
      const rows = await loadAll(models.byId, ids)
      reached.push(...rows.filter((row) => row !== undefined))
      const unregistered = ids.filter((_, index) => rows[index] === undefined)
      const bound = await Promise.all(unregistered.map((id) => externals.boundTo(id)))
      for (const [index, id] of unregistered.entries()) bindings.set(id, bound[index]!)
      asked = new Set(bound.flat())
    }
    return reached
  }

  /** Adds a model and its ancestors to the rows of a lineage, nearest first, and returns those that were added. */
  async #ancestors(root: ModelRow, rows: Map<number, ModelRow>): Promise<ModelRow[]> {
    if (rows.has(root.n)) return []
    const { models: ancestors } = this.#view.graph.walk(root.n, { direction: 'up', limit: MAX_LINEAGE })
    const walked = [root, ...(await loadAll(this.#parts.models.byKey, ancestors))].filter(({ n }) => !rows.has(n))
    for (const row of walked) rows.set(row.n, row)
    return walked
  }

  /** Credentials of each model, held by the licensee or by the publishers of its children in the lineage. */
  async #heldCredentials(
    models: readonly ModelRow[],
    parents: ReadonlyMap<number, readonly EdgeRow[]>,
    licensee: Address,
  ): Promise<Map<number, Held[]>> {
    const licenseeKey = (await this.#parts.accounts.byAddress.load(licensee))?.n
    const holders = new Map(models.map(({ n }) => [n, new Set(licenseeKey === undefined ? [] : [licenseeKey])]))
    for (const { n, publisher } of models) {
      for (const { parent } of parents.get(n)!) holders.get(parent)?.add(publisher)
    }
    // A hub has many credentials, and holders of one model hold none of most others. Pairs use both columns of the index.
    const pairs = models.flatMap(({ n, publisher }) =>
      Array.from(holders.get(n)!, (holder) => [n, holder] as const).filter(([, holder]) => holder !== publisher),
    )
    const credentials = await this.#parts.credentials.ofHolders(pairs)
    const entries = await Promise.all(credentials.map((row) => this.#heldOf(row)))
    const found = new Map<number, Held[]>()
    for (const [index, { model }] of credentials.entries()) {
      found.set(model, [...(found.get(model) ?? []), entries[index]!])
    }
    return found
  }

  async #heldOf(row: CredentialRow): Promise<Held> {
    const { accounts, credentials, tiers } = this.#parts
    const [tier, holder, publisher, now] = await Promise.all([
      tiers.byKey.load(row.tier),
      accounts.addressOf(row.holder),
      accounts.addressOf(row.publisher),
      credentials.now(row),
    ])
    const { validFrom, validUntil, gapFrom, gapUntil, state, lifts } = now
    return {
      tier: tier.id,
      holder,
      terms: tier.terms,
      passThrough: tier.passThrough,
      credential: { publisher, validFrom, validUntil, gapFrom, gapUntil, state, lifts },
    }
  }
}

type Held = Omit<HeldCredential, 'terms'> & { terms: number }

/** A parent as the registration names it. */
function parentOf({ model, relation, part, external }: Omit<Parent, 'part'> & { part: Part | null }): Parent {
  return { model, relation, ...(part !== null && part !== 'whole' && { part }), ...(external && { external }) }
}

/** Edges as the lens returns them: the registration's in its order, then the attested ones in the order of the chain. */
function lineageEdges(
  edges: readonly EdgeRow[],
  externals: readonly ExternalRow[],
  ids: ReadonlyMap<number, ModelId>,
): LineageEdge[] {
  const declared = [
    ...edges
      .filter(({ position }) => position >= 0)
      .map(({ parent, relation, position }) => ({ model: ids.get(parent)!, relation, position })),
    ...externals.map(({ external, relation, position }) => ({ model: external, relation, position })),
  ].toSorted((a, b) => a.position - b.position)
  const attested = edges.filter(({ position }) => position < 0).toSorted((a, b) => a.block - b.block || a.log - b.log)
  return [
    ...declared.map(({ model, relation }) => ({
      model,
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

/** Thrown when a lineage has too many models for one evaluation. */
export class LineageTooLargeError extends StemmaError {
  override name = 'LineageTooLargeError'
  override readonly kind = 'undecided'
  constructor(model: ModelId) {
    super(
      'LINEAGE_TOO_LARGE',
      `Model ${model} has more than ${MAX_LINEAGE} ancestors, too many for one answer. Read its ancestors page by page.`,
    )
  }
}
