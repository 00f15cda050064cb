import { Option, type Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { MODEL_STATUSES, type ModelStatus } from '../../../core/lineage.ts'
import { findLicense } from '../../../documents/licenseNames.ts'
import { MODEL_ORDERS, type ModelOrder } from '../../../core/modelName.ts'
import { listModels } from '../../../sdk/registry/listModels.ts'
import { print, type Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { formatListed } from '../../formatListed.ts'
import { accountOf } from '../../names.ts'
import { readListed, withListedOptions, type ListedOptions } from '../../readListed.ts'

type Options = ListedOptions & {
  publisher?: string
  license?: string
  name?: string
  status?: ModelStatus
  order: ModelOrder
  after?: string
}

/** `stemma list`: lists the models of a ledger. */
export function list(command: Command, context: Context): void {
  withLedgerOptions(
    withListedOptions(
      command
        .option('--publisher <address>', 'only of this publisher')
        .option('--license <license>', 'only under these terms, by their name')
        .option('--name <text>', 'only those whose name (the part after the owner) begins so, in either case')
        .addOption(new Option('--status <status>', 'only with this status').choices(MODEL_STATUSES))
        .addOption(new Option('--order <order>', 'in this order').choices(MODEL_ORDERS).default('newest'))
        .option('--after <place>', 'go on where a page ended: its "next"'),
    ),
    {
      example: '$ stemma list --license Apache-2.0 --order name\n$ stemma list --indexer http://127.0.0.1:8600',
      json: '{ models: [{ model, uri, publisher, weights, terms, license, status, recalled, block }], next }',
    },
  ).action(async (options: Options) => {
    const { publisher, license, name, status, order, after } = options
    const filter = {
      ...(publisher !== undefined && { publisher: accountOf(publisher) }),
      ...(license !== undefined && { license: await licenseNamed(license) }),
    }
    const found = await readListed(context, options, (ledger, source) =>
      listModels(ledger, { ...source, ...filter, name, status, order, after }),
    )
    print(context, options.json, found, () => {
      if (found.models.length === 0) return 'No models.'
      const more = found.next === null ? [] : [`More: --after ${found.next}`]
      return [...formatListed(found.models), ...more].join('\n')
    })
  })
}

/** The name that a license of the library has on the ledger; any other name as it was given. */
async function licenseNamed(license: string): Promise<string> {
  return findLicense(await loadLicenses(), { license })?.id ?? license
}
