import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Command } from 'commander'

import { readClaimsText } from '../../../artifacts/claimsFile.ts'
import { defaultCachePath } from '../../../artifacts/digestCache.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { pathOf, writeWhole } from '../../../console/files.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { takeLock } from '../../../console/processLock.ts'
import { sha256Text } from '../../../core/sha256.ts'
import { quoted, shortText } from '../../../core/text.ts'
import { CLAIMS_FILE, withClaim } from '../../../interop/lineageClaims.ts'
import { lineageStatement, type LineageStatement } from '../../../interop/lineageStatement.ts'
import { isPlaceReference } from '../../../subjects/openSubject.ts'
import { ignoreOption, openModel } from '../../hashing.ts'
import { printDocument } from '../../printDocument.ts'
import { readDocumentOf, type DocumentSourceOptions, type ReadDocument } from '../../readDocument.ts'
import type { Target } from '../../target.ts'

type Options = DocumentSourceOptions & { beside?: string; output?: string; json?: boolean }

/** `stemma export statement`: writes the lineage of a model as an in-toto statement. */
export function exportStatement(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .addOption(ignoreOption())
      .option(
        '--beside <folder>',
        `add it, unsigned, to ${CLAIMS_FILE} of the model's folder, which is hashed first; verify and draft find it there`,
      )
      .option('--output <file>', 'write it to a file instead'),
    {
      example:
        '$ stemma export statement acme/tiny-chat --output tiny-chat.lineage.json\n$ stemma export statement ./acme__tiny-chat --beside ./acme__tiny-chat',
      json: 'the statement (docs/formats/lineage-statement.md), which is JSON without --json too; with --beside { file, added, statement }',
    },
  ).action(async (text: string, options: Options) => {
    const { beside, output } = options
    if (beside !== undefined && output !== undefined) {
      throw new UsageError('--beside and --output are two places for the statement. Omit one.')
    }
    const { document, target } = await readDocumentOf(context, text, options)
    if (beside !== undefined) await requireSubject(context, beside, { document, target, ignore: options.ignore })
    const statement = lineageStatement(document, { name: nameOfFile(target) })
    const about = `the lineage of ${shortText(document.models[0].name, 200)}, ${document.models.length} models, as of block ${document.block}`
    if (beside === undefined) return printDocument(context, options, statement, (file) => `Wrote ${file}: ${about}.`)
    const file = join(beside, CLAIMS_FILE)
    const added = await addBeside(context, file, statement)
    print(context, options.json, { file, added, statement }, () =>
      added ? `Added to ${quoted(file)}: ${about}. It is not signed.` : `${quoted(file)} has it already: ${about}.`,
    )
  })
}

/** The name of the one file that a model is; undefined for a folder and what is not at hand. */
function nameOfFile(target: Target): string | undefined {
  if (target.kind !== 'weights') return undefined
  const [first, ...others] = target.model.contents
  const isFile = first?.local !== undefined && others.length === 0 && basename(target.path) === first.name
  return isFile ? first.name : undefined
}

/** Checks that a folder is the model that a statement is about: beside another one, it would not be found, or be taken for its word. */
async function requireSubject(
  context: Context,
  folder: string,
  { document, target, ignore }: ReadDocument & { ignore: readonly string[] },
): Promise<void> {
  const path = pathOf(context, folder)
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isPlaceReference(folder, context.env) || !isFolder)
    throw new UsageError(`--beside ${quoted(folder)} is not a folder on this disk. Name the folder of the model.`)
  // Before the hash, which can take long, and which a file of another kind would change.
  await readClaimsText(join(path, CLAIMS_FILE))
  const isHashed = target.kind === 'weights' && pathOf(context, target.path) === path
  const found = isHashed ? target.model : await openModel(context, folder, ignore, { tensors: false })
  const [{ name, weights }] = document.models
  if (weights === null || found.digest === weights || found.referenceDigest === weights) return
  throw new UsageError(
    `The folder ${quoted(folder)} is not ${quoted(shortText(name, 200))}: its weights have the digest ${found.digest}, and those of the model ${weights}. Nothing was written. Name the model's own folder, or use --output.`,
  )
}

/** Adds a statement to a file, whose lines stay as they are, whole or not at all. @returns whether it was not there yet */
async function addBeside(context: Context, file: string, statement: LineageStatement): Promise<boolean> {
  const path = pathOf(context, file)
  // Not beside the model: a lock that a crash leaves there would change its digest.
  const lock = join(dirname(defaultCachePath(context.env)), `claims-${sha256Text(path).slice(2, 34)}.lock`)
  const release = takeLock(lock, {
    what: 'stemma export statement',
    ifHeld: 'Try again when it is done.',
    ifNotWritable: 'Set XDG_CACHE_HOME to a folder that can be written to.',
  })
  try {
    const text = withClaim(await readClaimsText(path), statement)
    if (text !== undefined) await writeWhole(context, file, text)
    return text !== undefined
  } finally {
    release()
  }
}
