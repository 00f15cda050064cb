import type { Command } from 'commander'

import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { certifyArtefact } from '../../../sdk/gate/certifyArtefact.ts'
import { certifyModel } from '../../../sdk/gate/certifyModel.ts'
import type { Context } from '../../../console/context.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { formatTime } from '../../format.ts'
import { artefactOption, checkUses, subjectName, subjectOf, usesOf } from '../../subject.ts'

type Options = SendOptions & { artefact?: boolean }

/** `stemma review certify`: opens the gate at once, as an accredited certifier. */
export function reviewCertify(command: Command, context: Context): void {
  withSendOptions(
    command
      .requiredOption('--until <time>', 'a date, a duration such as 180d, Unix seconds, or `forever`')
      .option('--use <rights>', `what a model is certified for, comma-separated: ${RIGHT_NAMES.join(', ')}`)
      .addOption(artefactOption()),
    {
      example: '$ stemma review certify acme/base --use research,commercial --until 180d',
      json: `{ subject, uses, until, ${SENT_JSON}`,
    },
  ).action(async (name: string, options: Options & { until: string; use?: string }) => {
    timeOf(options.until, 0)
    const uses = usesOf(options.use)
    const named = await subjectName(context, name, options.artefact)
    await send(
      context,
      options,
      async (ledger, write) => {
        const { subject, model, weights } = await subjectOf(ledger, named)
        checkUses(model !== undefined, uses)
        const until = await chainTimeOf(ledger, options.until)
        const sent =
          model === undefined
            ? await certifyArtefact(ledger, { weights, until, ...write })
            : await certifyModel(ledger, { model, uses, until, ...write })
        return { subject, uses, until, ...sent }
      },
      ({ subject, until }) => `certified ${subject} until ${formatTime(until)}`,
    )
  })
}
