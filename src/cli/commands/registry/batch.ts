import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { isBytes32, parseModelId, type Address, type ModelId, type TermsId } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import {
  batchFileOf,
  batchProofFileOf,
  batchProofOf,
  MAX_BATCH_BYTES,
  parseBatchFile,
  parseBatchProof,
  type Batch,
  type BatchProof,
} from '../../../documents/batch.ts'
import { parseDraft, type RegistrationDraft } from '../../../documents/draft.ts'
import type { LicenseEntry } from '../../../documents/license.ts'
import { parseStrictJson } from '../../../core/json.ts'
import { anchorBatch } from '../../../sdk/registry/anchorBatch.ts'
import { buildBatch } from '../../../sdk/registry/buildBatch.ts'
import { modelNameKey } from '../../../core/modelName.ts'
import { materializeModel } from '../../../sdk/registry/materializeModel.ts'
import { findParent } from '../../../sdk/registry/prepareRegistration.ts'
import { readBatch } from '../../../sdk/registry/readBatch.ts'
import { readRegistrations } from '../../../sdk/registry/readRegistrations.ts'
import { note, print, toJson, UsageError, type Context } from '../../../console/context.ts'
import { FileError, pathOf, readJsonFile, writeWhole } from '../../../console/files.ts'
import { accountOf, checkModelName, NO_TERMS, termsIdOfName, termsOfDraft } from '../../names.ts'
import { read, send, type SendOptions } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { repeatable, SENT_JSON, withHelp, withLedgerOptions, withSendOptions } from '../../../console/options.ts'
import { withProgress } from '../../progress.ts'
import { fields, shownTime } from '../../shown.ts'
import { parentsOf } from './register.ts'

type BuildOptions = LedgerOptions & { publisher: string; output: string; terms?: string; parent: string[] }

/** `stemma batch`: thousands of registrations by one root. */
export function addBatch(program: Command, context: Context): void {
  const batch = program
    .command('batch')
    .description('anchor thousands of registrations at once, and prove each of them')
  addBuild(batch, context)
  addCheck(batch, context)
  addAnchor(batch, context)
  addProve(batch, context)
  addMaterialize(batch, context)
}

function addBuild(batch: Command, context: Context): void {
  withLedgerOptions(
    batch
      .command('build <drafts>')
      .description('make a batch file of drafts: a folder of them, or a file with a list or one a line')
      .requiredOption('--publisher <address>', 'in whose name')
      .requiredOption('--output <file>', 'where to write the batch file')
      .option('--terms <license|id>', 'the terms of all, or `none`; else the license of each draft')
      .addOption(repeatable('--parent <name=id>', "which model a parent's name means; may be repeated")),
    {
      example:
        '$ stemma batch build drafts/ --publisher 0x7099…79c8 --output batch.jsonl\n# a node is asked only about parents that are named and stand in no draft',
      json: '{ publisher, root, count, output }',
    },
  ).action(async (source: string, options: BuildOptions) => {
    const publisher = accountOf(options.publisher)
    const chosen = parentsOf(options.parent)
    const licenses = await loadLicenses()
    const fixed = options.terms === undefined ? undefined : termsIdOfName(licenses, options.terms)
    const termsOf = fixed === undefined ? rememberedTerms(licenses) : () => fixed
    const drafts = await readDrafts(context, source)
    const withoutTerms = drafts.filter((draft) => termsOf(draft) === NO_TERMS).length
    if (withoutTerms > 0) {
      note(
        context,
        `${withoutTerms} of ${drafts.length} drafts get no terms: nobody is granted any right by them, and every use is answered as unknown. State terms by --terms.`,
      )
    }
    const names = new Set(drafts.map(({ name }) => name))
    const asksLedger = drafts.some(({ parents }) =>
      parents.some(({ model }) => !isBytes32(model) && !names.has(model) && !(model in chosen)),
    )
    const build = (find: (name: string) => Promise<ModelId>): Promise<Batch> =>
      withProgress(context, 'Making the batch', (onProgress) =>
        buildBatch({
          drafts,
          publisher,
          termsOf,
          findParent: async (name) => chosen[name] ?? (await find(name)),
          onProgress,
        }),
      )
    const made = asksLedger
      ? await read(context, options, (ledger) => build((name) => findParent(ledger, { name })))
      : await build((name) => Promise.reject(new UsageError(`The parent ${quoted(name)} is not known.`)))
    await writeWhole(context, options.output, batchFileOf(made))
    const result = { ...summaryOf(made), output: options.output }
    print(context, options.json, result, () => shownBatch(result))
  })
}

function addCheck(batch: Command, context: Context): void {
  withLedgerOptions(
    batch
      .command('check <file>')
      .description('check a batch file: recompute every id and the root; needs no node')
      .option('--on-ledger', 'ask the ledger too: whether and when it was anchored'),
    {
      example: '$ stemma batch check batch.jsonl --on-ledger',
      json: '{ publisher, root, count, anchored?: { publisher, root, anchoredAt, count, uri, materialized: [id] } }',
    },
  ).action(async (path: string, options: LedgerOptions & { onLedger?: boolean }) => {
    const made = await readBatchFile(context, path)
    const { publisher, tree } = made
    const anchored = options.onLedger
      ? await read(context, options, (ledger) => readBatch(ledger, { publisher, root: tree.root }))
      : undefined
    if (anchored && anchored.count !== made.entries.length) {
      note(
        context,
        `The publisher said that the batch holds ${anchored.count} registrations; the file has ${made.entries.length}.`,
      )
    }
    print(context, options.json, { ...summaryOf(made), ...(anchored && { anchored }) }, () =>
      shownBatch({ ...summaryOf(made), ...(anchored && { anchored: shownTime(anchored.anchoredAt) }) }),
    )
  })
}

function addAnchor(batch: Command, context: Context): void {
  withSendOptions(
    batch
      .command('anchor <file>')
      .description('anchor a batch file, after it was checked; keep the file, the chain has only its root')
      .option('--uri <uri>', 'where the batch file is', ''),
    { example: '$ stemma batch anchor batch.jsonl --uri ipfs://…', json: `{ root, count, ${SENT_JSON}` },
  ).action(async (path: string, options: SendOptions & { uri: string }) => {
    const made = await readBatchFile(context, path)
    await send(
      context,
      options,
      (ledger, write) => anchorBatch(ledger, { batch: made, uri: options.uri, ...write }),
      ({ root, count }) => `batch ${root} of ${count} registrations`,
    )
  })
}

function addProve(batch: Command, context: Context): void {
  withHelp(
    batch
      .command('prove <file> <model>')
      .description('prove that a model is in a batch; prints JSON; needs no node')
      .option('--output <file>', 'write the proof to a file instead'),
    {
      example: '$ stemma batch prove batch.jsonl acme/tiny-chat --output proof.json',
      json: 'the proof (docs/formats/batch.md), which is JSON without --json too',
    },
  ).action(async (path: string, name: string, options: { output?: string; json?: boolean }) => {
    checkModelName(name)
    const made = await readBatchFile(context, path)
    const text = `${toJson(batchProofFileOf(batchProofOf(made, modelIn(made, name))))}\n`
    if (options.output !== undefined) await writeWhole(context, options.output, text)
    if (options.output === undefined || options.json) context.stdout(text)
  })
}

function addMaterialize(batch: Command, context: Context): void {
  withSendOptions(
    batch
      .command('materialize <file> [model]')
      .description('make a full record of a model: of a batch file and a model in it, or of a proof')
      .option('--with-parents', 'first those of its ancestors in the batch file that are not registered yet'),
    {
      example:
        '$ stemma batch materialize batch.jsonl acme/tiny-chat --with-parents\n$ stemma batch materialize proof.json',
      json: `{ before: [{ model, transaction, block, gas }], model, ${SENT_JSON}`,
    },
  ).action(async (path: string, name: string | undefined, options: SendOptions & { withParents?: boolean }) => {
    if (options.withParents && name === undefined) {
      throw new UsageError('--with-parents needs a batch file and a model. A proof holds one model alone.')
    }
    if (options.withParents && options.dryRun) {
      throw new UsageError('--dry-run cannot foresee a model whose parents are not there. Leave out --with-parents.')
    }
    if (name !== undefined) checkModelName(name)
    const proofs = await proofsOf(context, path, name, options.withParents ?? false)
    await send(
      context,
      options,
      async (ledger, write) => {
        const [last, ...ancestors] = proofs.toReversed() as [BatchProof, ...BatchProof[]]
        const models = ancestors.map(({ model }) => model)
        const there = new Set((await readRegistrations(ledger, { models })).map(({ model }) => model))
        const before = []
        for (const proof of ancestors.toReversed()) {
          if (!there.has(proof.model)) before.push(await materializeModel(ledger, { proof, ...write }))
        }
        return { before, ...(await materializeModel(ledger, { proof: last, ...write })) }
      },
      ({ before, model }) => [...before, { model }].map((each) => `model ${each.model}`).join('\n'),
    )
  })
}

/** The terms of drafts by their licenses, of which a batch has few. */
function rememberedTerms(licenses: readonly LicenseEntry[]): (draft: RegistrationDraft) => TermsId {
  const known = new Map<string, TermsId>()
  return (draft) => {
    const stated = JSON.stringify(draft.terms)
    const terms = known.get(stated) ?? termsOfDraft(draft, licenses).terms
    known.set(stated, terms)
    return terms
  }
}

/** The proof of a model, after those of its ancestors in the batch where they are asked for. */
async function proofsOf(
  context: Context,
  path: string,
  name: string | undefined,
  withParents: boolean,
): Promise<BatchProof[]> {
  if (name === undefined) return [parseBatchProof(await readJsonFile(context, path))]
  const made = await readBatchFile(context, path)
  const wanted = new Set([modelIn(made, name)])
  // Children stand behind their parents, so one walk from the end finds all ancestors.
  const found = made.entries.toReversed().filter(({ model, registration }) => {
    if (!wanted.has(model)) return false
    if (withParents) for (const parent of registration.parents) wanted.add(parent.model)
    return true
  })
  return found.toReversed().map(({ model }) => batchProofOf(made, model))
}

function modelIn({ entries, tree }: Batch, name: string): ModelId {
  if (isBytes32(name)) return parseModelId(name)
  const found = entries.filter(({ registration }) => modelNameKey(registration.uri) === modelNameKey(name))
  if (found.length === 1) return found[0]!.model
  throw new UsageError(
    `${quoted(name)} is the uri of ${found.length === 0 ? 'no model' : `${found.length} models`} of the batch ${tree.root}. Name one by its id.`,
  )
}

async function readBatchFile(context: Context, path: string): Promise<Batch> {
  return parseBatchFile(await readText(context, path))
}

async function readDrafts(context: Context, source: string): Promise<RegistrationDraft[]> {
  const stats = await stat(pathOf(context, source)).catch(() => undefined)
  if (!stats) throw new UsageError(`There are no drafts at ${quoted(source)}. Check the path.`)
  if (stats.isDirectory()) {
    const names = (await readdir(pathOf(context, source))).filter((name) => name.endsWith('.json')).toSorted()
    if (names.length === 0)
      throw new UsageError(`The folder ${quoted(source)} has no .json files. Put the drafts there.`)
    const drafts: RegistrationDraft[] = []
    for (const name of names) drafts.push(parseDraft(await readJsonFile(context, join(source, name))))
    return drafts
  }
  const text = await readText(context, source)
  if (/^\s*\[/.test(text)) return (parseStrictJson(text, quoted(source)) as unknown[]).map(parseDraft)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, index) => parseDraft(parseStrictJson(line, `line ${index + 1} of ${quoted(source)}`)))
}

async function readText(context: Context, path: string): Promise<string> {
  const file = pathOf(context, path)
  const stats = await stat(file).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  if (stats.size > MAX_BATCH_BYTES) {
    throw new UsageError(
      `${quoted(path)} has ${stats.size} bytes, and ${MAX_BATCH_BYTES} are possible. Make several batches.`,
    )
  }
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
}

function summaryOf({ publisher, entries, tree }: Batch): { publisher: Address; root: string; count: number } {
  return { publisher, root: tree.root, count: entries.length }
}

function shownBatch({ root, ...rest }: Record<string, unknown> & { root: string }): string {
  return fields(
    `batch ${root}`,
    Object.entries(rest).map(([name, value]) => [name, String(value)] as const),
  )
}
