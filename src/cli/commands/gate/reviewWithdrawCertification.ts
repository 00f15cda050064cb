import type { Command } from 'commander'

import { withdrawCertification } from '../../../sdk/gate/withdrawCertification.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { artefactOption, subjectName, subjectOf } from '../../subject.ts'

type Options = SendOptions & { artefact?: boolean }

/** `stemma review withdraw-certification`: withdraws a certification, as its certifier or as an authority. */
export function reviewWithdrawCertification(command: Command, context: Context): void {
  withSendOptions(command.option('--reason <text>', 'why; stored with the event', '').addOption(artefactOption()), {
    example: '$ stemma review withdraw-certification acme/base --reason "audit withdrawn"',
    json: `{ subject, ${SENT_JSON}`,
  }).action(async (name: string, options: Options & { reason: string }) => {
    const named = await subjectName(context, name, options.artefact)
    await send(
      context,
      options,
      async (ledger, write) => {
        const { subject } = await subjectOf(ledger, named)
        return { subject, ...(await withdrawCertification(ledger, { subject, reason: options.reason, ...write })) }
      },
      ({ subject }) => `withdrew the certification of ${subject}`,
    )
  })
}
