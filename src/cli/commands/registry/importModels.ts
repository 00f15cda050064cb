import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { Address } from '../../../core/hex.ts'
import { MAX_IMPORT_DEPTH } from '../../../sdk/registry/walkLineage.ts'
import { senderOf } from '../../../sdk/transact.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { repeatable, wholeNumber, withSendOptions } from '../../../console/options.ts'
import { formatImport } from '../../formatImport.ts'
import { importNames } from '../../importNames.ts'
import { runImport, type ImportOptions, type ImportRun } from '../../runImport.ts'
import { accountOf } from '../../names.ts'
import { read, sign } from '../../open.ts'
import { parentsOf } from '../../parentsOf.ts'
import { writeOptionsOf } from '../../writeOptions.ts'

type Options = ImportOptions & { file?: string; parent: string[]; publisher?: string; depth: string; json?: boolean }

/** `stemma import`: registers models of the Hub, and with `--recursive` what they are made from. */
export function importModels(command: Command, context: Context, exit: (code: number) => void): void {
  withSendOptions(
    command
      .option('--recursive', 'also register ancestors that nobody has registered; else they are external parents')
      .option('--file <list>', 'a list of models, one a line; what follows # is left out')
      .option(
        '--state <file>',
        'where to keep what was read and registered, so that an interrupted run goes on (default: <list>.state.jsonl with --file)',
      )
      .addOption(
        repeatable(
          '--parent <name=id>',
          "what a parent's name means: a model id, or hf:owner/name or tensors:<hex> of one that nobody registered; may be repeated",
        ),
      )
      .option('--publisher <address>', "in whose name (default: the signer's own)")
      .option('--depth <generations>', 'how far to walk up with --recursive', String(MAX_IMPORT_DEPTH))
      .option('--output <folder>', 'also write the drafts to a folder, for review')
      .option('--yes', 'register without asking'),
    {
      example:
        '$ stemma import hf:acme/tiny-chat --recursive --dry-run\n$ stemma import --file models.txt --output drafts --dry-run\n$ stemma import --file models.txt --yes',
      json: '{ publisher, recursive, dryRun, models: [{ name, named, status: proposed | registered | known | failed, models, publishers, revision, weights, license, terms, parents: [{ name, relation, part, kind: registered | imported | external, model, by }], notes, transaction, block, error: { code, message } }] }',
    },
  ).action(async (references: string[], options: Options) => {
    const { dryRun, yes, file } = options
    if (dryRun && yes) throw new UsageError('--dry-run registers nothing, so there is nothing to confirm. Omit --yes.')
    if (!dryRun && !yes && !context.terminal) {
      throw new UsageError(
        'Nobody is at a terminal to confirm the import. Look at it with --dry-run, then register with --yes.',
      )
    }
    // Before anything is read: the import may take hours.
    writeOptionsOf(context, options)
    const run: ImportRun = {
      context,
      options: { ...options, ...(file !== undefined && { state: options.state ?? `${file}.state.jsonl` }) },
      named: await importNames(context, references, file),
      chosen: parentsOf(options.parent),
      depth: wholeNumber('--depth', options.depth, 0, 100),
      licenses: await loadLicenses(),
    }
    const stated = options.publisher === undefined ? undefined : accountOf(options.publisher)
    const { rows, publisher, code } = dryRun
      ? await read(context, options, (ledger) => runImport(ledger, run, stated))
      : await sign(context, options, async (ledger) =>
          runImport(ledger, run, stated ?? ((await senderOf(ledger)) as Address)),
        )
    const { recursive = false } = options
    const result = { publisher: publisher ?? null, recursive, dryRun: dryRun ?? false, models: rows }
    print(context, options.json, result, () => formatImport(rows))
    exit(code)
  })
}
