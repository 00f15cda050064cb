import type { Command } from 'commander'

import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { clearReview } from '../../../sdk/gate/clearReview.ts'
import { quarantineSubject } from '../../../sdk/gate/quarantineSubject.ts'
import { recallSubject } from '../../../sdk/gate/recallSubject.ts'
import { requestArtefactReview } from '../../../sdk/gate/requestArtefactReview.ts'
import { requestReview } from '../../../sdk/gate/requestReview.ts'
import type { Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { shownTime } from '../../shown.ts'
import { artefactOption, checkUses, subjectName, subjectOf, usesOf } from '../../subject.ts'
import { addCertifications } from './reviewCertify.ts'
import { addScans } from './reviewScan.ts'
import { addStatus } from './reviewStatus.ts'

type SubjectOptions = SendOptions & { artefact?: boolean }

/** `stemma review`: the gate that weights pass before they may be loaded. */
export function addReview(program: Command, context: Context, exit: (code: number) => void): void {
  const review = program.command('review').description('the gate that weights pass before they may be loaded')
  addStatus(review, context, exit)
  addRequest(review, context)
  addScans(review, context)
  addClear(review, context)
  addQuarantine(review, context)
  addCertifications(review, context)
  addRecallSubject(review, context)
}

function addRequest(review: Command, context: Context): void {
  withSendOptions(
    review
      .command('request <model|path|digest>')
      .description('request a review, which starts its clock; anybody may')
      .option('--uri <uri>', 'where the weights can be fetched for scanning', '')
      .addOption(artefactOption()),
    {
      example: '$ stemma review request acme/base\n$ stemma review request ./downloaded-model',
      json: `{ subject, readyAt, readyBlock, ${SENT_JSON}`,
    },
  ).action(async (name: string, options: SubjectOptions & { uri: string }) => {
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
          : `review of ${subject}, decided from ${shownTime(readyAt)} and block ${readyBlock} on`,
    )
  })
}

function addClear(review: Command, context: Context): void {
  withSendOptions(
    review
      .command('clear <model|path|digest>')
      .description('clear a review whose clock has run out, and that scanners have passed; anybody may')
      .option('--use <rights>', `what a model is cleared for, separated by commas: ${RIGHT_NAMES.join(', ')}`)
      .addOption(artefactOption()),
    { example: '$ stemma review clear acme/base --use research,commercial', json: `{ subject, uses, ${SENT_JSON}` },
  ).action(async (name: string, options: SubjectOptions & { use?: string }) => {
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

function addQuarantine(review: Command, context: Context): void {
  withSendOptions(
    review
      .command('quarantine <model|path|digest>')
      .description('end a review whose clock has run out, and that a scanner has failed, for good; anybody may')
      .addOption(artefactOption()),
    { example: '$ stemma review quarantine ./downloaded-model', json: `{ subject, ${SENT_JSON}` },
  ).action(async (name: string, options: SubjectOptions) => {
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

function addRecallSubject(review: Command, context: Context): void {
  withSendOptions(
    review
      .command('recall <model|path|digest>')
      .description('shut the gate for good, as an authority; with --artefact for every model with these weights')
      .option('--reason <text>', 'for whoever asks later', '')
      .addOption(artefactOption()),
    {
      example: '$ stemma review recall ./downloaded-model --artefact --reason "steals keys"',
      json: `{ subject, ${SENT_JSON}`,
    },
  ).action(async (name: string, options: SubjectOptions & { reason: string }) => {
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
