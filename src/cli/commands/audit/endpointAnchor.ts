import type { Command } from 'commander'

import { checkServingLedger } from '../../../documents/serving.ts'
import { anchorServing } from '../../../sdk/audit/anchorServing.ts'
import type { Context } from '../../../console/context.ts'
import { readSigned } from '../../readSigned.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model endpoint anchor`: anchors a statement about an endpoint that its publisher signed. */
export function endpointAnchor(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma model endpoint anchor statement.json',
    json: `{ statement, publisher, ${SENT_JSON}`,
  }).action(async (path: string, options: SendOptions) => {
    const file = await readSigned(context, path, 'serving')
    const { publisher } = file.serving.statement
    await send(
      context,
      options,
      async (ledger, write) => {
        checkServingLedger(ledger.deployment, file)
        return { publisher, ...(await anchorServing(ledger, { ...file.serving, ...write })) }
      },
      ({ statement }) => `statement ${statement} by ${publisher}`,
    )
  })
}
