import DataLoader from 'dataloader'

import {
  type Address,
  externalIdOf,
  type ExternalName,
  type ExternalParent,
  type ModelId,
  parseExternalName,
} from 'stemma/core'
import type { BindingFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByPlace, type Listing } from '../paging.ts'
import { bytesList, isAmongBytes } from '../sql.ts'
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

  /** The models that external parents are bound to, in the order of the contract. */
  readonly bindings: DataLoader<ModelId, ModelId[]>
  /** External parents of a model that a ruling replaced, with its claim. */
  readonly replaced: DataLoader<number, RowOf<'external_replacements'>[]>
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #names: DataLoader<ModelId, string[]>

  constructor(view: LedgerView, accounts: AccountReader) {
    this.#view = view
    this.#accounts = accounts
    this.#names = givenNameLoader(view)
    this.bindings = bindingsLoader(view)
    this.replaced = loaderOfLists(view, 'external_replacements', 'child', 'child, block, log')
    this.ofChild = loaderOfLists(view, 'external_parents', 'child', 'child, position')
    this.named = namedLoader(view)
  }

  /**
   * What is known of some external parents: those that match a registration, or whose name somebody gave. `idOf` gives the id of a model's
   * key.
   */
  async known(
    ids: readonly ModelId[],
    idOf: (model: number) => Promise<ModelId>,
  ): Promise<Map<ModelId, ExternalParent>> {
    const found = new Map<ModelId, ExternalParent>()
    for (const id of ids) {
      const rows = await this.named.load(id)
      const name = rows[0]?.name ?? (await this.#names.load(id)).find((given) => isNameOf(given, id))
      if (name === undefined) continue
      const registered = await Promise.all(rows.map(({ model }) => idOf(model)))
      found.set(id, { name: name as ExternalName, registered })
    }
    return found
  }

  /** The models that some publishers state that an external parent is, by key, in no order. */
  async stated(external: ModelId, publishers: readonly Address[]): Promise<number[]> {
    const keys = new Set(await Promise.all(publishers.map((publisher) => this.#accounts.keyOf(publisher))))
    const last = new Map<string, StatementRow>()
    for (const publisher of keys) {
      const rows = await this.#view.queries.all(
        'SELECT * FROM binding_statements WHERE external = $1 AND publisher = $2 AND block <= $3 ORDER BY block, log',
        [bytes(external), publisher, this.#view.block.number],
      )
      for (const row of rows.map((each) => readRow('binding_statements', each))) {
        last.set(`${row.publisher} ${row.model}`, row)
      }
    }
    const bound = [...last.values()].filter((row) => row.bound)
    return [...new Set(bound.map(({ model }) => model))]
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

/** Whether a text is the name of an external parent, which its id proves. */
function isNameOf(text: string, id: ModelId): boolean {
  try {
    const name = parseExternalName(text)
    return name === text && externalIdOf(name) === id
  } catch {
    return false
  }
}

function givenNameLoader({ queries, block }: LedgerView): DataLoader<ModelId, string[]> {
  const among = isAmongBytes(queries.dialect, 'external', '$1')
  const sql = `SELECT * FROM external_names WHERE ${among} AND block <= $2 ORDER BY block, log`
  return new DataLoader(async (ids) => {
    const rows = await queries.all(sql, [bytesList(queries.dialect, ids), block.number])
    const read = rows.map((row) => readRow('external_names', row))
    return ids.map((id) => read.filter(({ external }) => external === id).map(({ name }) => name))
  })
}

/** Bindings as the contract keeps them: the last takes the place of one that is removed. */
function bindingsLoader({ queries, block }: LedgerView): ExternalReader['bindings'] {
  const among = isAmongBytes(queries.dialect, 'external', '$1')
  const sql = `SELECT * FROM external_bindings WHERE ${among} AND block <= $2 ORDER BY block, log`
  return new DataLoader(async (ids) => {
    const rows = await queries.all(sql, [bytesList(queries.dialect, ids), block.number])
    const bound = new Map<ModelId, ModelId[]>(ids.map((id) => [id, []]))
    for (const row of rows) {
      const { external, model, bound: isMade } = readRow('external_bindings', row)
      const models = bound.get(external)!
      if (isMade) {
        models.push(model)
        continue
      }
      const last = models.pop()
      if (last !== undefined && last !== model) models[models.indexOf(model)] = last
    }
    return ids.map((id) => bound.get(id)!)
  })
}

function namedLoader({ queries, block }: LedgerView): ExternalReader['named'] {
  const among = isAmongBytes(queries.dialect, 'external', '$1')
  const sql = `SELECT * FROM registered_names WHERE ${among} AND block <= $2 ORDER BY model`
  return new DataLoader(async (ids) => {
    const rows = await queries.all(sql, [bytesList(queries.dialect, ids), block.number])
    const read = rows.map((row) => readRow('registered_names', row))
    return ids.map((id) => read.filter(({ external }) => external === id))
  })
}
