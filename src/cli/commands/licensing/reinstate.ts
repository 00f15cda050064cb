import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { reinstateCredential } from '../../../sdk/licensing/reinstateCredential.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma reinstate`: ends a suspension. */
export function addReinstate(program: Command, context: Context): void {
  withSendOptions(program.command('reinstate <credential>').description('end the suspension of a credential'), {
    example: '$ stemma reinstate 0x5a0c…11e7',
    json: `{ ${SENT_JSON}`,
  }).action((id: string, options: SendOptions) => {
    const credential = parseCredentialId(id)
    return send(context, options, (ledger, write) => reinstateCredential(ledger, { credential, ...write }))
  })
}
