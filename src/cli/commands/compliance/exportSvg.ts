import { Option, type Command } from 'commander'

import { print, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { quoted } from '../../../core/text.ts'
import { parseRight, RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { layout } from '../../../map/layout.ts'
import { toSvg } from '../../../map/svg.ts'
import { THEMES, type Theme } from '../../../map/svgStyle.ts'
import { createQueryClient } from '../../../query/client.ts'
import { mapFromIndex, mapFromNode } from '../../lineageMap.ts'
import { accountOf, checkModelName, modelOf } from '../../names.ts'
import { read } from '../../open.ts'

type Options = LedgerOptions & {
  use?: string
  licensee?: string
  indexer?: string
  theme: Theme
  output?: string
}

/** `stemma export svg`: draws what a model was made from, and with an index also what was made from it. */
export function exportSvg(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .option(
        '--use <right>',
        `show at each model whether it may be used so, as verify --no-proofs answers: ${RIGHT_NAMES.join(', ')}`,
      )
      .option('--licensee <address>', 'who wants to use it; the public by default')
      .option(
        '--indexer <url>',
        'ask this index of the ledger (stemma-server api), which also has what was made from the model',
      )
      .addOption(
        new Option('--theme <colors>', 'auto follows the system of the reader').choices(THEMES).default('auto'),
      )
      .option('--output <file>', 'write the image to a file instead'),
    {
      example: '$ stemma export svg acme/tiny-chat --use commercial --output tiny-chat.svg',
      json: '{ block, file (with --output), svg (without), map: { model, use, nodes, edges, more, causes } } (docs/query-api.md)',
    },
  ).action(async (name: string, options: Options) => {
    checkModelName(name)
    const { use, licensee, indexer, theme, output } = options
    const asked = {
      ...(use !== undefined && { use: parseRight(use) }),
      ...(licensee !== undefined && { licensee: accountOf(licensee) }),
    }
    const client = indexer === undefined ? undefined : createQueryClient({ url: indexer })
    const { block, map } = await read(context, options, async (ledger) => {
      const question = { ...asked, model: await modelOf(ledger, name) }
      return client ? mapFromIndex(client, ledger, question) : mapFromNode(context, ledger, question)
    })
    const svg = toSvg(layout(map), { theme })
    if (output === undefined) {
      if (options.json) print(context, true, { block, svg, map }, () => '')
      else context.stdout(svg)
      return
    }
    await writeWhole(context, output, svg)
    print(
      context,
      options.json,
      { block, file: output, map },
      () => `Wrote ${quoted(output)}: ${map.nodes.length} nodes, as of block ${block}.`,
    )
  })
}
