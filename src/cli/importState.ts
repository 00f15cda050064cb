import { existsSync } from 'node:fs'
import { open, truncate, type FileHandle } from 'node:fs/promises'

import { FileError, pathOf, readTextFile } from '../console/files.ts'
import type { Context } from '../console/context.ts'
import { StemmaError } from '../core/errors.ts'
import type { ModelId } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { quoted, utf8Length } from '../core/text.ts'
import { parseDraft } from '../documents/draft.ts'
import { describeValue, FieldReader } from '../documents/fields.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { RegisteredIn } from '../sdk/registry/registerMissing.ts'
import type { ReadModel } from '../sdk/registry/walkLineage.ts'

/** Longest state, in bytes. A model takes some kilobytes. */
const MOST_BYTES = 512 * 1024 * 1024
/** Most models of one transaction, and of a line about it. */
const MOST_MODELS = 1000

/**
 * What an import has done, kept as lines of JSON, so that an interrupted one goes on: the models that were read, with their drafts, those
 * that were about to be sent, and where each is registered. Lines are only added, each by one write, and those about sending are flushed to the disk before it; a last line
 * that was cut off is taken away. Whether a model is registered is asked of the ledger all the same.
 */
export class ImportState {
  readonly #path: string
  readonly #read = new Map<string, ReadModel>()
  readonly #sent = new Set<ModelId>()
  readonly #registered = new Set<ModelId>()
  #file: FileHandle | undefined
  #last: Promise<void> = Promise.resolve()

  private constructor(path: string) {
    this.#path = path
  }

  /**
   * Opens the state in a file, or begins one; without a path, nothing is kept.
   *
   * @throws {@link ImportStateError} when the file is not a state, or of another ledger
   */
  static async open(context: Context, path: string | undefined, ledger: Ledger): Promise<ImportState> {
    const state = new ImportState(path ?? '')
    if (path === undefined) return state
    const file = pathOf(context, path)
    const text = existsSync(file) ? await readTextFile(context, path, MOST_BYTES) : ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    state.#load(whole, ledger)
    try {
      if (whole.length < text.length) await truncate(file, utf8Length(whole))
      state.#file = await open(file, 'a', 0o644)
    } catch (cause) {
      throw new FileError(path, 'written', cause)
    }
    const { chainId, contracts } = ledger.deployment
    if (whole === '') await state.#add({ version: 1, chainId, ledger: contracts.ledger })
    return state
  }

  /** What was read of a model by an earlier run, or by this one. */
  read(key: string): ReadModel | undefined {
    return this.#read.get(key)
  }

  /** Keeps what was read of a model. A draft that no reader of drafts would take is not kept, and is read again. */
  async addRead(key: string, model: ReadModel): Promise<void> {
    this.#read.set(key, model)
    const { revision, draft, notes } = model
    try {
      parseDraft(JSON.parse(JSON.stringify(draft)))
    } catch (error) {
      if (error instanceof StemmaError) return
      throw error
    }
    await this.#add({ read: { key, revision, notes, draft } }, false)
  }

  /** Whether this import has begun to send a model. */
  isSent(model: ModelId): boolean {
    return this.#sent.has(model)
  }

  /** Keeps that models are about to be sent, before they are. */
  async addSending(models: readonly ModelId[]): Promise<void> {
    for (const model of models) this.#sent.add(model)
    await this.#add({ sending: models })
  }

  /** Keeps where registrations are, once. */
  async addRegistered(models: readonly ModelId[], where: RegisteredIn): Promise<void> {
    const fresh = models.filter((model) => !this.#registered.has(model))
    if (fresh.length === 0) return
    for (const model of fresh) this.#registered.add(model)
    await this.#add({ registered: { models: fresh, ...where } })
  }

  /** Ends writing. Must be called, after an error too. */
  async close(): Promise<void> {
    await this.#last.catch(() => {})
    await this.#file?.close()
  }

  #load(text: string, { deployment }: Ledger): void {
    for (const [index, line] of text.split('\n').entries()) {
      if (line === '') continue
      const at = `line ${index + 1}`
      const fields = new FieldReader(
        (field, value, expected) => new ImportStateError(this.#path, `${at}, ${field}`, value, expected),
      )
      const value = parseStrictJson(line, `${at} of ${quoted(this.#path)}`)
      if (index === 0) {
        const head = fields.object(value, 'the line', ['version', 'chainId', 'ledger'])
        fields.version(head.version, 1)
        fields.ledger(deployment, 'ledger', {
          chainId: fields.chainId(head.chainId, 'chainId'),
          ledger: fields.account(head.ledger, 'ledger'),
        })
        continue
      }
      const { read, registered, sending } = fields.object(value, 'the line')
      if (read !== undefined) this.#loadRead(fields, read)
      else if (registered !== undefined) {
        const each = fields.object(registered, 'registered', ['models', 'transaction', 'block'])
        fields.digest(each.transaction, 'transaction')
        fields.count(each.block, 'block', 2 ** 53)
        for (const model of modelsOf(fields, each.models)) this.#registered.add(model)
      } else if (sending === undefined) fields.fail('the line', value, 'read, sending or registered')
      else for (const model of modelsOf(fields, sending)) this.#sent.add(model)
    }
  }

  #loadRead(fields: FieldReader, value: unknown): void {
    const { key, revision, notes, draft } = fields.object(value, 'read', ['key', 'revision', 'notes', 'draft'])
    const parsed = parseDraft(draft)
    this.#read.set(fields.text(key, 'key'), {
      name: parsed.name,
      revision: revision === null ? null : fields.text(revision, 'revision'),
      notes: fields.list(notes, 'notes', 10_000).map((each, place) => fields.text(each, `notes[${place}]`)),
      draft: parsed,
    })
  }

  /** Adds a line after all others. @param isFlushed whether it is on the disk before anything else is done; what was read can be read again */
  #add(line: unknown, isFlushed = true): Promise<void> {
    const file = this.#file
    if (file === undefined) return Promise.resolve()
    this.#last = this.#last.then(async () => {
      try {
        await file.appendFile(`${JSON.stringify(line)}\n`)
        if (isFlushed) await file.datasync()
      } catch (cause) {
        throw new FileError(this.#path, 'written', cause)
      }
    })
    return this.#last
  }
}

function modelsOf(fields: FieldReader, value: unknown): ModelId[] {
  return fields.list(value, 'models', MOST_MODELS).map((each, place) => fields.modelId(each, `models[${place}]`))
}

/** Thrown when a file is not the state of an import, or is of another ledger. */
export class ImportStateError extends StemmaError {
  override name = 'ImportStateError'
  constructor(path: string, field: string, value: unknown, expected: string) {
    super(
      'IMPORT_STATE',
      `The state ${quoted(path)} cannot be used: ${quoted(field)} is ${describeValue(value)}. Expected ${expected}. Name another file by --state, or remove it: what is registered is found on the ledger.`,
    )
  }
}
