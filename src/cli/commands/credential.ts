import type { Command } from 'commander'

import { parseAddress, parseCredentialId, parseTierId } from '../../core/hex.ts'
import { FOREVER } from '../../core/lineage.ts'
import type { Ledger } from '../../sdk/connect.ts'
import { grantCredential } from '../../sdk/grantCredential.ts'
import { readCredential } from '../../sdk/readCredential.ts'
import { reinstateCredential } from '../../sdk/reinstateCredential.ts'
import { renewCredential } from '../../sdk/renewCredential.ts'
import { revokeCredential } from '../../sdk/revokeCredential.ts'
import { suspendCredential } from '../../sdk/suspendCredential.ts'
import type { Sent } from '../../sdk/transact.ts'
import { print, type Context } from '../context.ts'
import { modelOf, timeOf } from '../names.ts'
import { openToWrite, type SendOptions } from '../open.ts'
import { withSendOptions } from '../options.ts'

/** `stemma grant`, `renew`, `suspend`, `reinstate`, `revoke`: the life of a credential. */
export function addCredential(program: Command, context: Context): void {
  const send = async (options: SendOptions, action: (ledger: Ledger, now: number) => Promise<Sent>): Promise<void> => {
    const ledger = await openToWrite(context, options)
    try {
      const now = (await ledger.provider.getBlock('latest'))!.timestamp
      const sent = await action(ledger, now)
      print(context, options.json, sent, () =>
        [
          ...('credential' in sent ? [String(sent.credential)] : []),
          sent.transaction ? `transaction ${sent.transaction}` : `dry run: ${sent.gas} gas`,
        ].join('\n'),
      )
    } finally {
      ledger.provider.destroy()
    }
  }
  const end = (text: string, now: number): number => (text === 'forever' ? FOREVER : timeOf(text, now))

  withSendOptions(
    program
      .command('grant <model> <tier> <holder>')
      .description('grant a tier of a model to an account')
      .requiredOption('--until <time>', 'a date, a duration such as 180d, Unix seconds, or `forever`')
      .option('--valid-from <time>', 'when it begins; by default now', '0'),
  ).action((name: string, tier: string, holder: string, options: SendOptions & { until: string; validFrom: string }) =>
    send(options, async (ledger, now) =>
      grantCredential(ledger, {
        model: await modelOf(ledger, name),
        tier: parseTierId(tier),
        holder: parseAddress(holder),
        validFrom: timeOf(options.validFrom, now),
        validUntil: end(options.until, now),
        dryRun: options.dryRun ?? false,
      }),
    ),
  )

  withSendOptions(
    program
      .command('renew <credential>')
      .description('lengthen a credential')
      .requiredOption('--until <time>', 'a date, a duration such as 180d, Unix seconds, or `forever`'),
  ).action((id: string, options: SendOptions & { until: string }) =>
    send(options, async (ledger, now) => {
      const { model, tier, holder } = await readCredential(ledger, { credential: parseCredentialId(id) })
      return renewCredential(ledger, {
        model,
        tier,
        holder,
        validUntil: end(options.until, now),
        dryRun: options.dryRun ?? false,
      })
    }),
  )

  for (const [name, description, action] of [
    ['suspend', 'suspend a credential until it is reinstated', suspendCredential],
    ['revoke', 'revoke a credential for good', revokeCredential],
  ] as const) {
    withSendOptions(
      program
        .command(`${name} <credential>`)
        .description(description)
        .option('--reason <text>', 'for whoever asks later', ''),
    ).action((id: string, options: SendOptions & { reason: string }) =>
      send(options, (ledger) =>
        action(ledger, { credential: parseCredentialId(id), reason: options.reason, dryRun: options.dryRun ?? false }),
      ),
    )
  }

  withSendOptions(program.command('reinstate <credential>').description('end the suspension of a credential')).action(
    (id: string, options: SendOptions) =>
      send(options, (ledger) =>
        reinstateCredential(ledger, { credential: parseCredentialId(id), dryRun: options.dryRun ?? false }),
      ),
  )
}
