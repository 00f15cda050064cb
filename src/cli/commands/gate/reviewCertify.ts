import type { Command } from 'commander'

import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { certifyArtefact } from '../../../sdk/gate/certifyArtefact.ts'
import { certifyModel } from '../../../sdk/gate/certifyModel.ts'
import { withdrawCertification } from '../../../sdk/gate/withdrawCertification.ts'
import type { Context } from '../../../console/context.ts'
import { chainTimeOf, timeOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { shownTime } from '../../shown.ts'
import { artefactOption, checkUses, subjectName, subjectOf, usesOf } from '../../subject.ts'

type Options = SendOptions & { artefact?: boolean }

/** `stemma review certify` and `withdraw-certification`: what accredited certifiers do. */
export function addCertifications(review: Command, context: Context): void {
  withSendOptions(
    review
      .command('certify <model|path|digest>')
      .description('open the gate at once, as an accredited certifier; an earlier certification is replaced')
      .requiredOption('--until <time>', 'a date, a duration such as 180d, Unix seconds, or `forever`')
      .option('--use <rights>', `what a model is certified for, separated by commas: ${RIGHT_NAMES.join(', ')}`)
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
      ({ subject, until }) => `certified ${subject} until ${shownTime(until)}`,
    )
  })

  withSendOptions(
    review
      .command('withdraw-certification <model|path|digest>')
      .description('take a certification back, as its certifier or as an authority; the gate shuts at once')
      .option('--reason <text>', 'for whoever asks later', '')
      .addOption(artefactOption()),
    {
      example: '$ stemma review withdraw-certification acme/base --reason "audit withdrawn"',
      json: `{ subject, ${SENT_JSON}`,
    },
  ).action(async (name: string, options: Options & { reason: string }) => {
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
