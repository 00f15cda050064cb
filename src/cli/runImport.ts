import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { defaultCachePath } from '../artifacts/digestCache.ts'
import { EXIT, note, toJson, UsageError, type Context } from '../console/context.ts'
import { FileError, pathOf, writeWhole } from '../console/files.ts'
import { EXIT_OF } from '../console/run.ts'
import type { StemmaError } from '../core/errors.ts'
import type { Address } from '../core/hex.ts'
import type { Registration } from '../core/registration.ts'
import { quoted } from '../core/text.ts'
import type { LicenseEntry } from '../documents/license.ts'
import type { Ledger } from '../sdk/connect.ts'
import { findRegistered } from '../sdk/registry/findRegistered.ts'
import { planImport, registrationsOf, wantedOf, type ImportPlan } from '../sdk/registry/planImport.ts'
import { readVerifications } from '../sdk/registry/readVerifications.ts'
import { registerMissing, type RegisteredIn } from '../sdk/registry/registerMissing.ts'
import { walkLineage, type NamedModel, type ReadModel, type Walk } from '../sdk/registry/walkLineage.ts'
import { HubRateLimitError } from '../subjects/hub/errors.ts'
import { readHubModel } from '../subjects/hub/readHubModel.ts'
import { openHubSession } from '../subjects/hub/session.ts'
import { formatImport, importedParent, importPublisher, type ImportRow } from './formatImport.ts'
import { ImportState } from './importState.ts'
import { NO_TERMS, termsOfDraft } from './names.ts'
import type { SendOptions } from './open.ts'
import type { parentsOf } from './parentsOf.ts'
import { withProgress } from './withProgress.ts'
import { writeOptionsOf } from './writeOptions.ts'

/** Options of an import that its work depends on. */
export type ImportOptions = SendOptions & { recursive?: boolean; state?: string; output?: string; yes?: boolean }

/** What an import works with. */
export type ImportRun = {
  context: Context
  options: ImportOptions
  named: readonly NamedModel[]
  /** What the names of parents mean. */
  chosen: ReturnType<typeof parentsOf>
  /** How many generations are walked up. */
  depth: number
  licenses: readonly LicenseEntry[]
}

/** What became of an import: a row a model, and the exit code: the highest of those that its failures would have alone. */
export type ImportResult = { rows: ImportRow[]; publisher: Address | undefined; code: number }

/**
 * Reads models on the Hub, plans their registrations, shows them, and registers them once they are confirmed.
 *
 * @param publisher in whose name; undefined for a dry run that does not say
 */
export async function runImport(ledger: Ledger, run: ImportRun, publisher: Address | undefined): Promise<ImportResult> {
  const { context, options } = run
  const state = await ImportState.open(context, options.state, ledger)
  try {
    const plan = await planOf(ledger, run, state, publisher)
    const table = new ImportTable(plan, run.licenses, publisher)
    if (options.output !== undefined) await writeDrafts(context, options.output, plan)
    await table.takeKnown(state)
    const count = plan.imported.length
    if (count > 0) note(context, importPublisher(publisher))
    if (count > 0 && !options.dryRun && publisher !== undefined) {
      if (!options.yes) context.stderr(`${formatImport(table.rows)}\n`)
      const question = `Register ${count} ${count === 1 ? 'model' : 'models'} in the name of ${publisher}? [y/N] `
      if (options.yes || (await context.terminal!.confirm(question))) await register(ledger, run, state, table)
      else note(context, 'Nothing was registered.')
    }
    return { rows: table.rows, publisher, code: table.code }
  } finally {
    await state.close()
  }
}

async function planOf(
  ledger: Ledger,
  { context, options, named, chosen, depth, licenses }: ImportRun,
  state: ImportState,
  own: Address | undefined,
): Promise<ImportPlan> {
  const walk = await walkHub({ context, options, named, depth, licenses }, state)
  checkChosen(chosen, walk)
  const registered = await findRegistered(ledger, wantedOf(walk))
  const found = [...registered.byName.values(), ...registered.byWeights.values()].flat()
  const publishers = [...new Set(found.map(({ registration }) => registration.publisher))]
  const verified = await readVerifications(ledger, publishers)
  return planImport({ walk, registered, own, counts: (each) => verified.has(each), chosen })
}

/** Reads the models that are named, and their ancestors where that is asked for; what the state has is not read again. */
async function walkHub(
  { context, options, named, depth, licenses }: Omit<ImportRun, 'chosen'>,
  state: ImportState,
): Promise<Walk> {
  const { cwd, env, fetch, now, signal } = context
  const opening = {
    cwd,
    env,
    fetch,
    now,
    signal,
    cache: defaultCachePath(env),
    onNote: (message: string) => note(context, message),
  }
  const hub = await openHubSession(opening, true)
  let limit: HubRateLimitError | undefined
  const readModel = async ({ key, reference }: NamedModel): Promise<ReadModel> => {
    signal.throwIfAborted()
    const kept = state.read(key)
    if (kept !== undefined) return kept
    // The Hub has said that it answers nobody for now; what is left is for another run.
    if (limit !== undefined) throw limit
    try {
      return await readHubModel(reference, { ...opening, hub, licenses })
    } catch (error) {
      if (error instanceof HubRateLimitError) limit = error
      throw error
    }
  }
  return withProgress(context, 'Reading the Hub', (onProgress) =>
    walkLineage({
      named,
      recursive: options.recursive ?? false,
      depth,
      read: readModel,
      onRead: async (key, model) => {
        if (state.read(key) === undefined) await state.addRead(key, model)
      },
      onProgress,
    }),
  )
}

function checkChosen(chosen: ImportRun['chosen'], { models }: Walk): void {
  const names = new Set(
    [...models.values()].flatMap(({ outcome }) =>
      'read' in outcome ? outcome.read.draft.parents.map(({ model }) => model) : [],
    ),
  )
  const unused = Object.keys(chosen).find((name) => !names.has(name))
  if (unused === undefined) return
  throw new UsageError(
    `--parent names ${quoted(unused)}, but no model that was read has a parent of that name. Use the name that the proposal shows, in the same case.`,
  )
}

/** Writes the drafts of a plan, one a file, in the form of `stemma draft`. */
async function writeDrafts(context: Context, folder: string, { imported }: ImportPlan): Promise<void> {
  try {
    await mkdir(pathOf(context, folder), { recursive: true })
  } catch (cause) {
    throw new FileError(folder, 'written', cause)
  }
  const taken = new Set<string>()
  for (const { read } of imported) {
    const name = read.name.replace('/', '__')
    const file = taken.has(name.toLowerCase()) ? `${name}@${read.revision ?? 'other'}` : name
    taken.add(file.toLowerCase())
    await writeWhole(context, join(folder, `${file}.json`), `${toJson(read.draft)}\n`)
  }
}

async function register(
  ledger: Ledger,
  { context, options }: ImportRun,
  state: ImportState,
  table: ImportTable,
): Promise<void> {
  const { dryRun: _, ...write } = writeOptionsOf(context, options)
  const { refused, stopped } = await withProgress(context, 'Registering', (onProgress) =>
    registerMissing(ledger, {
      ...write,
      registrations: table.registrations,
      onSending: (models) => state.addSending(models),
      onRegistered: async (models, where) => {
        for (const model of models) table.setRegistered(model, where)
        await state.addRegistered(models, where)
      },
      onProgress,
    }),
  )
  for (const [model, error] of refused) table.setFailed(model, error)
  if (stopped !== undefined) table.stop(stopped)
}

/** The rows of an import, as they change while it registers. */
class ImportTable {
  readonly rows: ImportRow[]
  readonly registrations: readonly Registration[]
  readonly #plan: ImportPlan
  readonly #byModel = new Map<string, ImportRow>()
  #code: number = EXIT.ok

  constructor(plan: ImportPlan, licenses: readonly LicenseEntry[], own: Address | undefined) {
    this.#plan = plan
    const termsOf = (draft: ReadModel['draft']) => termsOfDraft(draft, licenses).terms
    const made = own === undefined ? undefined : registrationsOf(plan, own, termsOf)
    this.registrations = [...(made?.values() ?? [])].map(({ registration }) => registration)
    const imported = plan.imported.map(({ key, named, read, parents, notes }): ImportRow => {
      const { draft, revision } = read
      const { stated } = termsOfDraft(draft, licenses)
      const terms = termsOf(draft)
      const model = made?.get(key)?.model
      const row: ImportRow = {
        ...EMPTY_ROW,
        name: nameOf(key, read),
        named,
        models: model === undefined ? [] : [model],
        publishers: own === undefined ? [] : [own],
        revision,
        weights: draft.weights,
        license: stated,
        terms: terms === NO_TERMS ? null : terms,
        parents: parents.map((parent) =>
          importedParent(parent, parent.is.kind === 'imported' ? (made?.get(parent.is.key)?.model ?? null) : null),
        ),
        notes,
      }
      if (model !== undefined) this.#byModel.set(model, row)
      return row
    })
    const known = plan.known.map(({ key, named, read, registered }): ImportRow => ({
      ...EMPTY_ROW,
      name: nameOf(key, read),
      named,
      status: 'known',
      models: registered.map(({ model }) => model),
      publishers: registered.map(({ registration }) => registration.publisher),
      weights: registered[0]!.registration.weights,
    }))
    const failed = plan.failed.map(({ key, named, error }): ImportRow => {
      this.#count(error)
      return { ...EMPTY_ROW, name: key, named, status: 'failed', error: errorOf(error) }
    })
    this.rows = [...imported, ...known, ...failed]
  }

  /** The highest of the exit codes that the failures would have alone. */
  get code(): number {
    return this.#code
  }

  /** Marks what an earlier run of this import has registered, and keeps it in the state where that was cut off before it could. */
  async takeKnown(state: ImportState): Promise<void> {
    const rows = this.rows.filter(({ status }) => status === 'known')
    for (const [index, { registered }] of this.#plan.known.entries()) {
      const mine = registered.find(({ model }) => state.isSent(model))
      if (mine === undefined) continue
      const { model, transaction, block } = mine
      await state.addRegistered([model], { transaction, block })
      Object.assign(rows[index]!, {
        status: 'registered',
        models: [model],
        publishers: [mine.registration.publisher],
        transaction,
        block,
      })
    }
  }

  setRegistered(model: string, { transaction, block }: RegisteredIn): void {
    Object.assign(this.#byModel.get(model)!, { status: 'registered', transaction, block })
  }

  setFailed(model: string, error: StemmaError): void {
    this.#count(error)
    Object.assign(this.#byModel.get(model)!, { status: 'failed', error: errorOf(error) })
  }

  /** Marks all that was not registered before the work ended. */
  stop(error: StemmaError): void {
    for (const [model, row] of this.#byModel) if (row.status === 'proposed') this.setFailed(model, error)
  }

  #count({ kind }: StemmaError): void {
    this.#code = Math.max(this.#code, EXIT_OF[kind])
  }
}

const EMPTY_ROW: ImportRow = {
  name: '',
  named: false,
  status: 'proposed',
  models: [],
  publishers: [],
  revision: null,
  weights: null,
  license: null,
  terms: null,
  parents: [],
  notes: [],
  transaction: null,
  block: null,
  error: null,
}

/** The name of a model as it is printed: that of the place, with the revision that was named. */
function nameOf(key: string, { name }: ReadModel): string {
  return key.includes('@') ? `${name}${key.slice(key.indexOf('@'))}` : name
}

function errorOf({ code, message }: StemmaError): ImportRow['error'] {
  return { code, message }
}
