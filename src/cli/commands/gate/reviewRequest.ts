import type { Command } from 'commander'

import { requestArtefactReview } from '../../../sdk/gate/requestArtefactReview.ts'
import { requestReview } from '../../../sdk/gate/requestReview.ts'
import type { Context } from '../../../console/context.ts'
import { formatTime } from '../../format.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { artefactOption, subjectName, subjectOf } from '../../subject.ts'

type Options = SendOptions & { artefact?: boolean }

/** `stemma review request`: requests a review, which starts its clock. */
export function reviewRequest(command: Command, context: Context): void {
  withSendOptions(
    command.option('--uri <uri>', 'where the weights can be fetched for scanning', '').addOption(artefactOption()),
    {
      example: '$ stemma review request acme/base\n$ stemma review request ./downloaded-model',
      json: `{ subject, readyAt, readyBlock, ${SENT_JSON}`,
    },
  ).action(async (name: string, options: Options & { uri: string }) => {
    const named = await subjectName(context, name, options.artefact)
    await send(
      context,
      options,
      async (ledger, write) => {
        const { model, weights } = await subjectOf(ledger, named)
        const { uri } = options
        return model === undefined
          ? requestArtefactReview(ledger, { weights, uri, ...write })
          : requestReview(ledger, { model, uri, ...write })
      },
      ({ subject, readyAt, readyBlock }) =>
        readyAt === undefined
          ? `review of ${subject}`
          : `review of ${subject}, decided from ${formatTime(readyAt)} and block ${readyBlock} on`,
    )
  })
}
