import DataLoader from 'dataloader'

import {
  type Address,
  type ExternalName,
  externalIdOf,
  type ExternalParent,
  InvalidExternalNameError,
  type ModelId,
  parseExternalName,
} from 'stemma/core'
import type { BindingFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes, hex, nullable, text } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByPlace, type Listing } from '../paging.ts'
import { bytesList, isAmongBytes, isAmongKeys, keyList } from '../sql.ts'
import { loaderOfLists } from '../tableLoaders.ts'

/** A parent that nobody had registered when a registration named it. */
export type ExternalRow = RowOf<'external_parents'>

/** A publisher's statement which model an external parent is. */
export type StatementRow = RowOf<'binding_statements'>

/** Reads the parents that nobody has registered. */
export class ExternalReader {
  /** External parents of a model, in the order of its registration. */
  readonly ofChild: DataLoader<number, ExternalRow[]>
  /** The models that are registered under the name of an external parent, oldest first, with that name. */
  readonly named: DataLoader<ModelId, { name: string; model: number }[]>
  /** What anybody gave as the name of an external parent. */
  readonly #given: DataLoader<ModelId, string | undefined>
  /** What was said of the bindings of an external parent, oldest first. */
  readonly #bindings: DataLoader<ModelId, RowOf<'external_bindings'>[]>
  /** External parents of a model that a ruling replaced, with its claim. */
  readonly replaced: DataLoader<number, RowOf<'external_replacements'>[]>
  readonly #view: LedgerView
  readonly #accounts: AccountReader

  constructor(view: LedgerView, accounts: AccountReader) {
    this.#view = view
    this.#accounts = accounts
    this.replaced = loaderOfLists(view, 'external_replacements', 'child', 'child, block, log')
    this.ofChild = loaderOfLists(view, 'external_parents', 'child', 'child, position')
    this.named = loaderByExternal(view, 'registered_names', 'model')
    this.#given = givenNames(view)
    this.#bindings = loaderByExternal(view, 'external_bindings', 'block, log')
  }

  /** The bindings of an external parent that hold, oldest first. */
  async bindingsOf(id: ModelId): Promise<RowOf<'external_bindings'>[]> {
    const last = new Map<ModelId, RowOf<'external_bindings'>>()
    for (const row of await this.#bindings.load(id)) {
      // Bound once more, it is the newest.
      last.delete(row.model)
      if (row.bound) last.set(row.model, row)
    }
    return [...last.values()]
  }

  /** The models that an external parent is bound to, in the order of the contract: the last takes the place of one that is removed. */
  async boundTo(id: ModelId): Promise<ModelId[]> {
    const models: ModelId[] = []
    for (const { model, bound } of await this.#bindings.load(id)) {
      if (bound) {
        models.push(model)
        continue
      }
      const last = models.pop()
      if (last !== undefined && last !== model) models[models.indexOf(model)] = last
    }
    return models
  }

  /** The name of an external parent, where it is known: the id proves it, and what nobody can be named by is left out. */
  async nameOf(id: ModelId): Promise<ExternalName | undefined> {
    const [registered] = await this.named.load(id)
    if (registered) return registered.name as ExternalName
    const given = await this.#given.load(id)
    return given === undefined ? undefined : checkedName(id, given)
  }

  /** What is known of some external parents: those that match a registration, and those that anybody named. `idOf` gives the id of a model's key. */
  async known(
    ids: readonly ModelId[],
    idOf: (model: number) => Promise<ModelId>,
  ): Promise<Map<ModelId, ExternalParent>> {
    const found = new Map<ModelId, ExternalParent>()
    for (const id of ids) {
      const name = await this.nameOf(id)
      if (name === undefined) continue
      const registered = await Promise.all((await this.named.load(id)).map(({ model }) => idOf(model)))
      found.set(id, { name, registered })
    }
    return found
  }

  /** The models that some publishers state that external parents are, by key, in no order. One query, however many are asked about. */
  async stated(externals: readonly ModelId[], publishers: readonly Address[]): Promise<Map<ModelId, number[]>> {
    const { queries, block } = this.#view
    const keys = new Set(await Promise.all(publishers.map((publisher) => this.#accounts.keyOf(publisher))))
    const among = [isAmongBytes(queries.dialect, 'external', '$1'), isAmongKeys(queries.dialect, 'publisher', '$2')]
    const rows = await queries.all(
      `SELECT * FROM binding_statements WHERE ${among.join(' AND ')} AND block <= $3 ORDER BY block, log`,
      [bytesList(queries.dialect, externals), keyList(queries.dialect, keys), block.number],
    )
    const last = new Map<string, StatementRow>()
    for (const row of rows.map((each) => readRow('binding_statements', each))) {
      last.set(`${row.external} ${row.publisher} ${row.model}`, row)
    }
    const stated = new Map(externals.map((external) => [external, new Set<number>()]))
    for (const { external, model, bound } of last.values()) if (bound) stated.get(external)!.add(model)
    return new Map(Array.from(stated, ([external, models]) => [external, [...models]]))
  }

  /** Statements of publishers which model an external parent is, newest first: of one publisher about one pair, the first counts. */
  async statements({ external, publishers }: BindingFilter, page: PageArguments): Promise<Listing<StatementRow>> {
    const { conditions } = asOf(this.#view)
    if (external != null) conditions.add(`external = ${conditions.bind(bytes(external))}`)
    if (publishers != null) {
      const keys = await Promise.all(publishers.map((publisher) => this.#accounts.keyOf(publisher)))
      const among = keys.map((key) => conditions.bind(key))
      conditions.add(among.length === 0 ? '1 = 0' : `publisher IN (${among.join(', ')})`)
    }
    return listByPlace(this.#view, 'binding_statements', conditions, page)
  }
}

/** A name that was given for an id, if it is the name of an external parent and gives the id. */
function checkedName(id: ModelId, text: string): ExternalName | undefined {
  try {
    const name = parseExternalName(text)
    return externalIdOf(name) === id ? name : undefined
  } catch (error) {
    if (error instanceof InvalidExternalNameError) return undefined
    throw error
  }
}

/** Loads one name that was given for each external parent. All that were given for an id are the same, as the id is their hash. */
function givenNames({ queries, block }: LedgerView): DataLoader<ModelId, string | undefined> {
  const ids = queries.dialect === 'sqlite' ? '(SELECT unhex(value) AS id FROM json_each($1))' : 'unnest($1::bytea[])'
  const sql = `SELECT x.id, (SELECT n.name FROM external_names n WHERE n.external = x.id AND n.block <= $2
    ORDER BY n.block, n.log LIMIT 1) AS name FROM ${ids} AS x${queries.dialect === 'sqlite' ? '' : '(id)'}`
  return new DataLoader(async (wanted: readonly ModelId[]) => {
    const rows = await queries.all(sql, [bytesList(queries.dialect, wanted), block.number])
    const found = new Map(rows.map((row) => [hex<ModelId>(row.id), nullable(row.name, text)]))
    return wanted.map((id) => found.get(id) ?? undefined)
  })
}

/** Loads the rows of a table about external parents, up to the view's block, in an order. */
function loaderByExternal<T extends 'registered_names' | 'external_bindings'>(
  { queries, block }: LedgerView,
  table: T,
  order: string,
): DataLoader<ModelId, RowOf<T>[]> {
  const among = isAmongBytes(queries.dialect, 'external', '$1')
  const sql = `SELECT * FROM ${table} WHERE ${among} AND block <= $2 ORDER BY ${order}`
  return new DataLoader(async (ids) => {
    const rows = await queries.all(sql, [bytesList(queries.dialect, ids), block.number])
    const found = new Map<ModelId, RowOf<T>[]>(ids.map((id) => [id, []]))
    for (const row of rows.map((each) => readRow(table, each))) found.get(row.external)!.push(row)
    return ids.map((id) => found.get(id)!)
  })
}
