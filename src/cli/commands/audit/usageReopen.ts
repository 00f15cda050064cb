import type { Command } from 'commander'

import { parseCredentialId, type Address } from '../../../core/hex.ts'
import { reopenLog } from '../../../sdk/audit/reopenLog.ts'
import { senderOf } from '../../../sdk/transact.ts'
import type { Context } from '../../../console/context.ts'
import { accountOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma usage reopen`: closes a usage log and opens that of the next epoch. */
export function usageReopen(command: Command, context: Context): void {
  withSendOptions(command.option('--operator <address>', "whose log (default: the signer's own account)"), {
    example: '$ stemma usage reopen 0x5d0b…8e1f',
    json: `{ operator, credential, epoch, log, ${SENT_JSON}`,
  }).action(async (text: string, options: SendOptions & { operator?: string }) => {
    const credential = parseCredentialId(text)
    const named = options.operator === undefined ? undefined : accountOf(options.operator)
    await send(
      context,
      options,
      async (ledger, write) => {
        const operator = named ?? ((await senderOf(ledger)) as Address)
        return { operator, credential, ...(await reopenLog(ledger, { operator, credential, ...write })) }
      },
      ({ epoch, log }) => `usage log ${log} of epoch ${epoch}. Begin a new file that states this epoch.`,
    )
  })
}
