import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'

import type { Command } from 'commander'

import { loadLicenses } from '../artifacts/licenseLibrary.ts'
import { checkDocument, DOCUMENT_FILES, type DocumentValues } from '../artifacts/modelDocuments.ts'
import { UsageError, type Context } from '../console/context.ts'
import { MAX_JSON_BYTES, pathOf, readBytesFile, readTextFile, textOf } from '../console/files.ts'
import type { LedgerOptions } from '../console/node.ts'
import { ZERO_DIGEST, type ModelId } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import type { Registration } from '../core/registration.ts'
import { sha256 } from '../core/sha256.ts'
import { quoted, shortText } from '../core/text.ts'
import { RIGHT_NAMES } from '../core/vocabulary.ts'
import { readLineageDocument, type LineageDocument } from '../interop/lineageDocument.ts'
import { listEndpoints } from '../sdk/audit/listEndpoints.ts'
import { answerReader } from '../sdk/compliance/answerReader.ts'
import { askVerdict } from '../sdk/compliance/askVerdict.ts'
import type { Ledger } from '../sdk/connect.ts'
import { ledgerAsOf } from '../sdk/ledgerAsOf.ts'
import { readingOnly } from '../sdk/nodeErrors.ts'
import { UnregisteredModelError } from '../sdk/registry/readLineage.ts'
import { registrationOf } from '../sdk/registry/readRegistrations.ts'
import { completeReports } from '../verify/answerDocument.ts'
import { parsePolicy } from '../verify/policy.ts'
import { questionDigest } from '../verify/questionDigest.ts'
import { UnregisteredWeightsError } from '../verify/verifyWeights.ts'
import { ignoreOption } from './hashing.ts'
import { accountOf } from './names.ts'
import { read } from './open.ts'
import { subjectOf, usesOf } from './subject.ts'
import { parseTarget, type Target } from './target.ts'
import { trustedOf } from './verifyArguments.ts'
import { packageVersion } from './version.ts'

/** Options of commands that write what is known of a model for others. */
export type DocumentSourceOptions = LedgerOptions & {
  ignore: string[]
  use?: string
  licensee?: string
  policy?: string
  method?: string
  datasets?: string
  documents?: string
  author?: string
}

/** Adds the options that name documents of the model; they count only where they have the digests that are registered. */
export function withDocuments(command: Command): Command {
  return command
    .addOption(ignoreOption())
    .option('--method <file>', 'the training description of the model (JSON), checked against its registration')
    .option('--datasets <file>', 'the list of its datasets (JSON), checked against its registration')
    .option('--documents <folder>', 'a folder with its method.json and datasets.json')
}

/** Adds the options of a question whose answer is written too. */
export function withQuestion(command: Command): Command {
  return command
    .option('--use <rights>', `write what verify finds for these uses: ${RIGHT_NAMES.join(', ')}`)
    .option(
      '--licensee <address>',
      "with --use: who wants to use it; by default the policy's licensee, else the public",
    )
    .option('--policy <file>', 'with --use: whose word counts (JSON); it is named beside the verdict')
}

/** What is known of a model, and what named it. */
export type ReadDocument = { document: LineageDocument; target: Target }

/**
 * Reads all that is known of the model that an argument names, as of one block. No host is asked but the node.
 *
 * @throws `UnregisteredModelError` `UnregisteredWeightsError` when nobody has registered the id, or the weights at a path or a place
 */
export async function readDocumentOf(
  context: Context,
  text: string,
  options: DocumentSourceOptions,
): Promise<ReadDocument> {
  const uses = usesOf(options.use)
  if (uses.length === 0 && (options.policy ?? options.licensee) !== undefined)
    throw new UsageError(
      '--policy and --licensee are about a verdict. Ask for one with --use <rights>, or leave them out.',
    )
  const target = await parseTarget(context, text, options.ignore)
  return read(context, options, async (live) => {
    const ledger = ledgerAsOf(live, await readingOnly(() => live.provider.getBlockNumber()))
    const subject = await subjectOf(live, { target, weights: undefined, artefact: false })
    if (subject.model === undefined) {
      throw target.kind === 'id'
        ? new UnregisteredModelError(target.id, live.deployment.name)
        : new UnregisteredWeightsError(subject.weights)
    }
    const { model } = subject
    const licenses = await loadLicenses()
    const registration = await registrationOf(ledger, model)
    const { publisher } = registration
    const document = await readLineageDocument(answerReader(ledger), {
      model,
      version: packageVersion(),
      author: options.author ? shortText(options.author, 200) : null,
      ledger: live.deployment.contracts.ledger,
      licenses,
      endpoints: await listEndpoints(ledger, { model, publisher }),
      datasets: await documentOf(context, 'datasets', registration, options),
      method: await documentOf(context, 'method', registration, options),
    })
    const isServing = ({ from, until }: { from: number; until: number }): boolean =>
      from <= document.blockTime && document.blockTime < until
    return {
      document: {
        ...document,
        endpoints: document.endpoints.filter(isServing),
        ...(uses.length > 0 && (await answered(context, ledger, model, options))),
      },
      target,
    }
  })
}

/** What verify finds of the uses that an option names, and by what. */
async function answered(
  context: Context,
  ledger: Ledger,
  model: ModelId,
  { use, licensee, policy: file }: DocumentSourceOptions,
): Promise<Pick<LineageDocument, 'reports' | 'policy'>> {
  const uses = usesOf(use)
  const bytes = file === undefined ? undefined : await readBytesFile(context, file, MAX_JSON_BYTES)
  const policy = {
    ...(bytes !== undefined && parsePolicy(parseStrictJson(textOf(bytes, file!), quoted(file!)))),
    ...(licensee !== undefined && { licensee: accountOf(licensee) }),
  }
  const trusted = await trustedOf(context, policy, ledger.deployment)
  const answer = await askVerdict(ledger, {
    asked: { model },
    uses,
    policy,
    trusted,
    licenses: await loadLicenses(),
    now: context.now() / 1000,
  })
  return {
    reports: completeReports(answer),
    policy: {
      digest: questionDigest({ uses, policy, facts: {}, trusted, countsNames: false, strict: false }),
      file: bytes === undefined ? null : { name: shortText(basename(file!), 200), sha256: sha256(bytes) },
    },
  }
}

/** A document that an option names; null where none does, or the folder does not have it. */
async function documentOf<Kind extends 'method' | 'datasets'>(
  context: Context,
  kind: Kind,
  registration: Registration,
  options: DocumentSourceOptions,
): Promise<DocumentValues[Kind] | null> {
  const file = options[kind] ?? (options.documents && join(options.documents, DOCUMENT_FILES[kind]))
  if (file === undefined) return null
  if (options[kind] === undefined && (registration[kind] === ZERO_DIGEST || !existsSync(pathOf(context, file))))
    return null
  return checkDocument(kind, await readTextFile(context, file, MAX_JSON_BYTES), registration, quoted(file))
}
