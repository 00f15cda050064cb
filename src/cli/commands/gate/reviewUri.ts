import type { Command } from 'commander'

import { setReviewUri } from '../../../sdk/gate/setReviewUri.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { artefactOption, subjectName, subjectOf } from '../../subject.ts'

type Options = SendOptions & { artefact?: boolean }

/** `stemma review uri`: corrects where scanners can fetch the weights. */
export function reviewUri(command: Command, context: Context): void {
  withSendOptions(command.addOption(artefactOption()), {
    example: '$ stemma review uri acme/base https://models.example/acme/base',
    json: `{ subject, uri, ${SENT_JSON}`,
  }).action(async (name: string, uri: string, options: Options) => {
    const named = await subjectName(context, name, options.artefact)
    await send(
      context,
      options,
      async (ledger, write) => {
        const { subject } = await subjectOf(ledger, named)
        return { subject, uri, ...(await setReviewUri(ledger, { subject, uri, ...write })) }
      },
      ({ subject }) => `stated where to fetch ${subject}: ${uri}`,
    )
  })
}
