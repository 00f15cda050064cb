import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { renounceCredential } from '../../../sdk/licensing/renounceCredential.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential renounce`: gives up a credential of the signer, for good. */
export function credentialRenounce(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma credential renounce 0x5a0c…11e7',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions) => {
    const credential = parseCredentialId(id)
    return send(context, options, (ledger, write) => renounceCredential(ledger, { credential, ...write }))
  })
}
