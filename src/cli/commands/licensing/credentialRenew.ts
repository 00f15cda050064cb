import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { readCredential } from '../../../sdk/licensing/readCredential.ts'
import { renewCredential } from '../../../sdk/licensing/renewCredential.ts'
import type { Context } from '../../../console/context.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma credential renew`: extends a credential. */
export function credentialRenew(command: Command, context: Context): void {
  withSendOptions(
    command.requiredOption('--until <time>', 'a date, a duration such as 180d, Unix seconds, or `forever`'),
    { example: '$ stemma credential renew 0x5a0c…11e7 --until 2027-12-31', json: `{ ${SENT_JSON}` },
  ).action((id: string, options: SendOptions & { until: string }) => {
    const credential = parseCredentialId(id)
    timeOf(options.until, 0)
    return send(context, options, async (ledger, write) => {
      const { model, tier, holder } = await readCredential(ledger, { credential })
      return renewCredential(ledger, {
        model,
        tier,
        holder,
        validUntil: await chainTimeOf(ledger, options.until),
        ...write,
      })
    })
  })
}
