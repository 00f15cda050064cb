import type { Command } from 'commander'

import { detachParent } from '../../../sdk/claims/detachParent.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model detach`: takes back a parent that the signer attested. */
export function modelDetach(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma model detach acme/tiny-chat acme/base',
    json: `{ ${SENT_JSON}`,
  }).action((name: string, parentName: string, options: SendOptions) => {
    for (const each of [name, parentName]) checkModelName(each)
    return send(context, options, async (ledger, write) =>
      detachParent(ledger, {
        model: await modelOf(ledger, name),
        parent: await modelOf(ledger, parentName),
        ...write,
      }),
    )
  })
}
