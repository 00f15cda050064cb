import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { suspendCredential } from '../../../sdk/licensing/suspendCredential.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma suspend`: stops a credential for a time. */
export function addSuspend(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('suspend <credential>')
      .description('suspend a credential until it is reinstated')
      .option('--reason <text>', 'for whoever asks later', ''),
    { example: '$ stemma suspend 0x5a0c…11e7 --reason "invoice 12 is overdue"', json: `{ ${SENT_JSON}` },
  ).action((id: string, options: SendOptions & { reason: string }) => {
    const credential = parseCredentialId(id)
    return send(context, options, (ledger, write) =>
      suspendCredential(ledger, { credential, reason: options.reason, ...write }),
    )
  })
}
