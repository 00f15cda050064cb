import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { suspendCredential } from '../../../sdk/licensing/suspendCredential.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential suspend`: suspends a credential until it is reinstated. */
export function credentialSuspend(command: Command, context: Context): void {
  withSendOptions(command.option('--reason <text>', 'why; stored with the event', ''), {
    example: '$ stemma credential suspend 0x5a0c…11e7 --reason "invoice 12 is overdue"',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions & { reason: string }) => {
    const credential = parseCredentialId(id)
    return send(context, options, (ledger, write) =>
      suspendCredential(ledger, { credential, reason: options.reason, ...write }),
    )
  })
}
