import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { revokeCredential } from '../../../sdk/licensing/revokeCredential.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential revoke`: revokes a credential for good. */
export function credentialRevoke(command: Command, context: Context): void {
  withSendOptions(command.option('--reason <text>', 'why; stored with the event', ''), {
    example: '$ stemma credential revoke 0x5a0c…11e7 --reason "breach of clause 4"',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions & { reason: string }) => {
    const credential = parseCredentialId(id)
    return send(context, options, (ledger, write) =>
      revokeCredential(ledger, { credential, reason: options.reason, ...write }),
    )
  })
}
