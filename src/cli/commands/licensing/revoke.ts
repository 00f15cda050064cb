import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { revokeCredential } from '../../../sdk/licensing/revokeCredential.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma revoke`: ends a credential. */
export function addRevoke(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('revoke <credential>')
      .description('revoke a credential for good')
      .option('--reason <text>', 'for whoever asks later', ''),
    { example: '$ stemma revoke 0x5a0c…11e7 --reason "breach of clause 4"', json: `{ ${SENT_JSON}` },
  ).action((id: string, options: SendOptions & { reason: string }) => {
    const credential = parseCredentialId(id)
    return send(context, options, (ledger, write) =>
      revokeCredential(ledger, { credential, reason: options.reason, ...write }),
    )
  })
}
