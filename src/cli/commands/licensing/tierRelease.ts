import type { Command } from 'commander'

import { parseTierId } from '../../../core/hex.ts'
import { releaseTier } from '../../../sdk/licensing/releaseTier.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma tier release`: frees the place of a withdrawn tier. */
export function tierRelease(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma tier release acme/base 0x91c3…70de',
    json: `{ ${SENT_JSON}`,
  }).action((name: string, text: string, options: SendOptions) => {
    checkModelName(name)
    const tier = parseTierId(text)
    return send(context, options, async (ledger, write) =>
      releaseTier(ledger, { model: await modelOf(ledger, name), tier, ...write }),
    )
  })
}
