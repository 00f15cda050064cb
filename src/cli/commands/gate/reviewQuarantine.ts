import type { Command } from 'commander'

import { quarantineSubject } from '../../../sdk/gate/quarantineSubject.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { artefactOption, subjectName, subjectOf } from '../../subject.ts'

type SubjectOptions = SendOptions & { artefact?: boolean }

/** `stemma review quarantine`: ends a review for good, as failed. */
export function reviewQuarantine(command: Command, context: Context): void {
  withSendOptions(command.addOption(artefactOption()), {
    example: '$ stemma review quarantine ./downloaded-model',
    json: `{ subject, ${SENT_JSON}`,
  }).action(async (name: string, options: SubjectOptions) => {
    const named = await subjectName(context, name, options.artefact)
    await send(
      context,
      options,
      async (ledger, write) => {
        const { subject } = await subjectOf(ledger, named)
        return { subject, ...(await quarantineSubject(ledger, { subject, ...write })) }
      },
      ({ subject }) => `quarantined ${subject}`,
    )
  })
}
