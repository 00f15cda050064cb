import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { exceededQuotas } from '../../../core/usage.ts'
import { listUsage } from '../../../sdk/audit/readUsage.ts'
import { readCredential } from '../../../sdk/licensing/readCredential.ts'
import { EXIT, print, type Context } from '../../../console/context.ts'
import { fields } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma usage report`: shows what was anchored under a credential and its quotas. Exit code 1 when one is exceeded. */
export function usageReport(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(command.option('--operator <address>', 'only what this operator anchored'), {
    example: '$ stemma usage report 0x5d0b…8e1f',
    json: '[{ operator, credential, model, tier, holder, log, epoch, calls, callQuota, tokens, tokenQuota, exceeded: [calls|tokens] }]',
  }).action(async (text: string, options: LedgerOptions & { operator?: string }) => {
    const credential = parseCredentialId(text)
    const operator = options.operator === undefined ? undefined : accountOf(options.operator)
    const usages = await read(context, options, async (ledger) => {
      const { model, tier, holder } = await readCredential(ledger, { credential })
      const all = await listUsage(ledger, { credentials: [{ credential, model, tier, holder }] })
      return all
        .filter((usage) => operator === undefined || usage.operator === operator)
        .map((usage) => ({ ...usage, exceeded: exceededQuotas(usage) }))
    })
    print(
      context,
      options.json,
      usages,
      () =>
        usages
          .map(({ operator, log, epoch, calls, callQuota, tokens, tokenQuota, exceeded }) =>
            fields(`operator ${operator}`, [
              ['log', log],
              ['epoch', String(epoch)],
              ['calls', `${calls} of ${callQuota || 'any number'}`],
              ['tokens', `${tokens} of ${tokenQuota || 'any number'}`],
              ['exceeded', exceeded.join(', ') || 'no'],
            ]),
          )
          .join('\n') || 'Nothing is anchored under the credential.',
    )
    if (usages.some(({ exceeded }) => exceeded.length > 0)) exit(EXIT.finding)
  })
}
