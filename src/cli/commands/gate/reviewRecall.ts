import type { Command } from 'commander'

import { recallSubject } from '../../../sdk/gate/recallSubject.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { artefactOption, subjectName, subjectOf } from '../../subject.ts'

type SubjectOptions = SendOptions & { artefact?: boolean }

/** `stemma review recall`: shuts the gate for good, as an authority. */
export function reviewRecall(command: Command, context: Context): void {
  withSendOptions(command.option('--reason <text>', 'why; stored with the event', '').addOption(artefactOption()), {
    example: '$ stemma review recall ./downloaded-model --artefact --reason "steals keys"',
    json: `{ subject, ${SENT_JSON}`,
  }).action(async (name: string, options: SubjectOptions & { reason: string }) => {
    const named = await subjectName(context, name, options.artefact)
    await send(
      context,
      options,
      async (ledger, write) => {
        const { subject } = await subjectOf(ledger, named)
        return { subject, ...(await recallSubject(ledger, { subject, reason: options.reason, ...write })) }
      },
      ({ subject }) => `recalled ${subject}`,
    )
  })
}
