import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { TermsId } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { batchFileOf, type Batch } from '../../../documents/batch.ts'
import type { RegistrationDraft } from '../../../documents/draft.ts'
import { termsIdOfLicense, type LicenseEntry } from '../../../documents/license.ts'
import { licenseOfDraft } from '../../../documents/licenseNames.ts'
import { buildBatch } from '../../../sdk/registry/buildBatch.ts'
import { exactParent, findParent, type FoundParent } from '../../../sdk/registry/prepareRegistration.ts'
import { note, print, UsageError, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import { batchSummary, formatBatch, readDrafts } from '../../batchFile.ts'
import { accountOf, NO_TERMS, termsIdOfName } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { repeatable, withLedgerOptions } from '../../../console/options.ts'
import { parentsOf } from '../../parentsOf.ts'
import { withProgress } from '../../withProgress.ts'

type Options = LedgerOptions & { publisher: string; output: string; terms?: string; parent: string[] }

/** `stemma batch build`: builds a batch file from drafts. */
export function batchBuild(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .requiredOption('--publisher <address>', 'in whose name')
      .requiredOption('--output <file>', 'where to write the batch file')
      .option('--terms <license|id>', 'the terms of all, or `none` (default: the license of each draft)')
      .addOption(
        repeatable(
          '--parent <name=id>',
          "what a parent's name means: a model id, or hf:owner/name or tensors:<hex> of one that nobody registered; may be repeated",
        ),
      ),
    {
      example:
        '$ stemma batch build drafts/ --publisher 0x7099…79c8 --output batch.jsonl\n# a node is asked only about named parents that are not among the drafts',
      json: '{ publisher, root, count, output }',
    },
  ).action(async (source: string, options: Options) => {
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
        `${withoutTerms} of ${drafts.length} drafts have no terms. They grant nobody any right, and verify answers every use with unknown. To state terms, use --terms.`,
      )
    }
    const names = new Set(drafts.map(({ name }) => name))
    const asksLedger = drafts.some(({ parents }) =>
      parents.some(({ model }) => !exactParent(model) && !names.has(model) && !(model in chosen)),
    )
    const build = (find: (name: string) => Promise<FoundParent>): Promise<Batch> =>
      withProgress(context, 'Building the batch', (onProgress) =>
        buildBatch({
          drafts,
          publisher,
          termsOf,
          findParent: async (name) => exactParent(chosen[name] ?? '') ?? (await find(name)),
          onProgress,
        }),
      )
    const batch = asksLedger
      ? await read(context, options, (ledger) => build((name) => findParent(ledger, { name })))
      : await build((name) => Promise.reject(new UsageError(`The parent ${quoted(name)} is not known.`)))
    await writeWhole(context, options.output, batchFileOf(batch))
    const result = { ...batchSummary(batch), output: options.output }
    print(context, options.json, result, () => formatBatch(result))
  })
}

/** The terms of drafts by their licenses, of which a batch has few. */
function rememberedTerms(licenses: readonly LicenseEntry[]): (draft: RegistrationDraft) => TermsId {
  const known = new Map<LicenseEntry | undefined, TermsId>()
  return (draft) => {
    const entry = licenseOfDraft(licenses, draft)
    const terms = known.get(entry) ?? termsIdOfLicense(entry)
    known.set(entry, terms)
    return terms
  }
}
