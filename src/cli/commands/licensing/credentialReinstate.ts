import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { reinstateCredential } from '../../../sdk/licensing/reinstateCredential.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential reinstate`: ends the suspension of a credential. */
export function credentialReinstate(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma credential reinstate 0x5a0c…11e7',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions) => {
    const credential = parseCredentialId(id)
    return send(context, options, (ledger, write) => reinstateCredential(ledger, { credential, ...write }))
  })
}
