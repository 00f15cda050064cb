import DataLoader from 'dataloader'

import {
  type Hex,
  hubSpellings,
  type ModelOrder,
  MODEL_STATUSES,
  type ModelId,
  modelNameKey,
  type ModelStatus,
  RECALL_KINDS,
  shortNameOf,
  StemmaError,
} from 'stemma/core'
import type { ModelFilter } from 'stemma/query'
import type { Parameter } from '../../indexer/database.ts'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import type { TermsReader } from '../licensing/terms.ts'
import { asOf, listByKey, listByName, type Listing } from '../paging.ts'
import { bytesList, columnsOf, type Conditions, isAmongBytes, isAmongKeys, keyList, NO_KEY, plainText } from '../sql.ts'
import { knownById, loadAll, loaderById, loaderByKey, loaderOfLists } from '../tableLoaders.ts'

/** Most models that are looked at for one suggestion: by names, and beside each beginning of the name. */
const MOST_NEAR = 200
const MOST_NEIGHBORS = 20

/** A registration, without its parents. */
export type ModelRow = RowOf<'models'>

/** Reads models and what became of them. */
export class ModelReader {
  readonly byKey: DataLoader<number, ModelRow>
  readonly byId: DataLoader<Hex, ModelRow | undefined>
  /** Changes of a model's status, oldest first. */
  readonly statuses: DataLoader<number, RowOf<'model_statuses'>[]>
  readonly #materializations: DataLoader<number, RowOf<'materializations'>[]>
  readonly #recalls: DataLoader<Hex, RowOf<'recalls'>[]>
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #terms: TermsReader

  constructor(view: LedgerView, accounts: AccountReader, terms: TermsReader) {
    this.#view = view
    this.#accounts = accounts
    this.#terms = terms
    this.byId = loaderById(view, 'models')
    this.byKey = loaderByKey(view, 'models', knownById(view, this.byId))
    this.statuses = loaderOfLists(view, 'model_statuses', 'model', 'model, block, log')
    this.#recalls = loaderOfRecalls(view)
    this.#materializations = loaderOfLists(view, 'materializations', 'model', 'model')
  }

  /** The key of a model; {@link NO_KEY} when it is not registered. */
  async keyOf(id: Hex): Promise<number> {
    return (await this.byId.load(id))?.n ?? NO_KEY
  }

  /** The keys of models. @throws {@link ModelNotIndexedError} for the first that is not registered */
  async keysOf(ids: readonly Hex[]): Promise<number[]> {
    const models = await loadAll(this.byId, ids)
    return models.map((model, index) => {
      if (!model) throw new ModelNotIndexedError(ids[index]! as ModelId, this.#view)
      return model.n
    })
  }

  /** The status of a model. */
  async statusOf(key: number): Promise<ModelStatus> {
    return (await this.statuses.load(key)).at(-1)?.status ?? 'active'
  }

  /** Whether the authority recalls a model: its id, its weights or its tensors. */
  async isRecalled({ id, weights, tensors }: Pick<ModelRow, 'id' | 'weights' | 'tensors'>): Promise<boolean> {
    const keys = { model: id, weights, tensors }
    const found = await Promise.all(
      RECALL_KINDS.map(async (kind) => {
        const digest = keys[kind]
        return (
          digest !== null && (await this.#recalls.load(digest)).findLast((row) => row.kind === kind)?.undone === false
        )
      }),
    )
    return found.includes(true)
  }

  /** The batch that a model came from, and the time since which it counts as registered; undefined when it was registered by itself. */
  async materializationOf(key: number): Promise<RowOf<'materializations'> | undefined> {
    return (await this.#materializations.load(key))[0]
  }

  /** The ids of the models that have these weights, oldest first. */
  async findByWeights(weights: Hex): Promise<ModelId[]> {
    const rows = await this.#view.queries.all('SELECT * FROM models WHERE weights = $1 AND block <= $2 ORDER BY n', [
      bytes(weights),
      this.#view.block.number,
    ])
    return rows.map((row) => readRow('models', row).id)
  }

  /** The keys of the models that state these datasets, oldest first. */
  async keysByDatasets(datasets: Hex): Promise<number[]> {
    const rows = await this.#view.queries.all('SELECT * FROM models WHERE datasets = $1 AND block <= $2 ORDER BY n', [
      bytes(datasets),
      this.#view.block.number,
    ])
    return rows.map((row) => readRow('models', row).n)
  }

  /** The first models that have one of these digests as that of their weights, tensors or datasets. */
  async findByDigests(digests: readonly Hex[], most: number): Promise<ModelRow[]> {
    const { dialect } = this.#view.queries
    const { conditions } = asOf(this.#view)
    const list = conditions.bind(bytesList(dialect, digests))
    const among = ['weights', 'tensors', 'datasets'].map((column) => isAmongBytes(dialect, column, list))
    const rows = await this.#view.queries.all(
      `SELECT * FROM models WHERE ${conditions.add(`(${among.join(' OR ')})`).where} ORDER BY n LIMIT ${most}`,
      conditions.parameters,
    )
    return rows.map((row) => readRow('models', row))
  }

  /** The models whose URI is a spelling of a name, such as `owner/name`, its URL or `hf:owner/name`; oldest first. */
  async findByUri(text: string, first: number): Promise<ModelRow[]> {
    const key = modelNameKey(text)
    const { conditions } = asOf(this.#view)
    conditions.add(`name = ${conditions.bind(shortNameOf(key))}`)
    const spellings = hubSpellings(key).map((uri) => conditions.bind(uri))
    // Only the Hub ignores case.
    if (spellings.length > 0) conditions.add(`rtrim(lower(uri), '/') IN (${spellings.join(', ')})`)
    else conditions.add(`rtrim(uri, '/') = ${conditions.bind(key)}`)
    const rows = await this.#view.queries.all(
      `SELECT * FROM models WHERE ${conditions.where} ORDER BY n LIMIT ${first}`,
      conditions.parameters,
    )
    // Databases differ in which letters beyond ASCII they fold into ASCII ones.
    return rows.map((row) => readRow('models', row)).filter(({ uri }) => modelNameKey(uri) === key)
  }

  /**
   * The URIs of models whose names are among some, or stand next to some beginnings in the order of names: a bounded
   * number, for suggestions.
   */
  async urisNear(names: readonly string[], beginnings: readonly string[]): Promise<string[]> {
    const { queries, block } = this.#view
    const isAmong =
      queries.dialect === 'sqlite'
        ? 'name IN (SELECT value FROM json_each($1))'
        : `name IN (SELECT jsonb_array_elements_text($1::jsonb))`
    const reads = [
      queries.all(`SELECT uri FROM models WHERE ${isAmong} AND block <= $2 LIMIT ${MOST_NEAR}`, [
        JSON.stringify(names),
        block.number,
      ]),
      ...beginnings.flatMap((beginning) =>
        [
          ['>=', 'ASC'],
          ['<', 'DESC'],
        ].map(([comparison, order]) =>
          queries.all(
            `SELECT uri FROM models WHERE name ${comparison} $1 AND block <= $2 ORDER BY name ${order} LIMIT ${MOST_NEIGHBORS}`,
            [beginning, block.number],
          ),
        ),
      ),
    ]
    return [...new Set((await Promise.all(reads)).flat().map(({ uri }) => String(uri)))]
  }

  /** Models, newest first or in another order. */
  async list(filter: ModelFilter, page: PageArguments, order: ModelOrder = 'newest'): Promise<Listing<ModelRow>> {
    const { conditions, block } = asOf(this.#view)
    const equal = (column: string, value: Parameter): Conditions =>
      conditions.add(`${column} = ${conditions.bind(value)}`)
    if (filter.publisher != null) equal('publisher', await this.#accounts.keyOf(filter.publisher))
    if (filter.weights != null) equal('weights', bytes(filter.weights))
    if (filter.tensors != null) equal('tensors', bytes(filter.tensors))
    if (filter.datasets != null) equal('datasets', bytes(filter.datasets))
    if (filter.terms != null) equal('terms', await this.#terms.keyOf(filter.terms))
    if (filter.license != null) {
      const { dialect } = this.#view.queries
      const keys = await this.#terms.keysByName(plainText(filter.license))
      conditions.add(isAmongKeys(dialect, 'terms', conditions.bind(keyList(dialect, keys))))
    }
    if (filter.name != null) {
      const name = plainText(filter.name).toLowerCase()
      conditions.add(`name >= ${conditions.bind(name)}`).add(`name < ${conditions.bind(`${name}\u{10ffff}`)}`)
    }
    if (filter.status != null) addStatus(conditions, block, filter.status)
    if (order === 'name' || order === 'name-descending') {
      return listByName(this.#view, 'models', conditions, order === 'name' ? 'ASC' : 'DESC', page)
    }
    return listByKey(this.#view, 'models', conditions, order === 'newest' ? 'DESC' : 'ASC', page)
  }
}

/** Loads the recalls of digests up to the view's block, oldest first. */
function loaderOfRecalls({ queries, block }: LedgerView): DataLoader<Hex, RowOf<'recalls'>[]> {
  const among = isAmongBytes(queries.dialect, 'digest', '$1')
  const sql = `SELECT ${columnsOf(queries.dialect, 'recalls')} FROM recalls WHERE ${among} AND block <= $2 ORDER BY block, log`
  return new DataLoader(async (digests: readonly Hex[]) => {
    const found = await queries.all(sql, [bytesList(queries.dialect, digests), block.number])
    const rows = found.map((row) => readRow('recalls', row))
    return digests.map((digest) => rows.filter((row) => row.digest === digest))
  })
}

function addStatus(conditions: Conditions, block: string, status: ModelStatus): void {
  const rows = `SELECT 1 FROM model_statuses s WHERE s.model = models.n AND s.block <= ${block}`
  if (status === 'active') {
    conditions.add(`NOT EXISTS (${rows})`)
    return
  }
  // A status only advances, so the last one is the highest.
  const code = MODEL_STATUSES.indexOf(status)
  conditions.add(`EXISTS (${rows} AND s.status = ${code})`).add(`NOT EXISTS (${rows} AND s.status > ${code})`)
}

/** Thrown when a model is not registered as of the block of the answer. */
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
