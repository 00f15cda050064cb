import type { Command } from 'commander'

import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { clearReview } from '../../../sdk/gate/clearReview.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { artefactOption, checkUses, subjectName, subjectOf, usesOf } from '../../subject.ts'

type Options = SendOptions & { artefact?: boolean }

/** `stemma review clear`: clears a review. */
export function reviewClear(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--use <rights>', `what a model is cleared for, comma-separated: ${RIGHT_NAMES.join(', ')}`)
      .addOption(artefactOption()),
    { example: '$ stemma review clear acme/base --use research,commercial', json: `{ subject, uses, ${SENT_JSON}` },
  ).action(async (name: string, options: Options & { use?: string }) => {
    const uses = usesOf(options.use)
    const named = await subjectName(context, name, options.artefact)
    await send(
      context,
      options,
      async (ledger, write) => {
        const { subject, model } = await subjectOf(ledger, named)
        checkUses(model !== undefined, uses)
        return { subject, uses, ...(await clearReview(ledger, { subject, uses, ...write })) }
      },
      ({ subject }) => `cleared ${subject}${uses.length > 0 ? ` for ${uses.join(', ')}` : ''}`,
    )
  })
}
