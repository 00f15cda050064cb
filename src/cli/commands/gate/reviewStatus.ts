import type { Command } from 'commander'

import { readReview } from '../../../sdk/gate/readReview.ts'
import { EXIT, print, type Context } from '../../../console/context.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { fields, formatDuration, formatTime } from '../../format.ts'
import { readModelNames } from '../../readModelNames.ts'
import { artefactOption, subjectName, subjectOf } from '../../subject.ts'

type Options = LedgerOptions & { artefact?: boolean }
type Status = readReview.ReturnType & { name: string | null }

/** `stemma review status`: shows where a review stands. Exit code 0 while the gate is open, 1 while it is shut. */
export function reviewStatus(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(command.addOption(artefactOption()), {
    example: '$ stemma review status ./acme__tiny-chat',
    json: '{ subject, name, review: { weights, requestedAt, readyAt, readyBlock, pausedBefore, quorum, state, ofModel,\n  requester }, certification: { certifier, until, uses, valid } or null, scans: [{ scanner, scannedAt, verdict }],\n  conditions: { clockRunning, passed, failed, quorum, acceptedClaims } or null, timeLeft, blocksLeft, open,\n  block, time }; times in seconds',
  }).action(async (name: string, options: Options) => {
    const named = await subjectName(context, name, options.artefact)
    let ofModel = false
    const status = await read(context, options, async (ledger): Promise<Status> => {
      const { subject, model } = await subjectOf(ledger, named)
      ofModel = model !== undefined
      const [state, names] = await Promise.all([
        readReview(ledger, { subject }),
        model && readModelNames(ledger, [model]),
      ])
      return { name: (model && names?.get(model)) ?? null, ...state }
    })
    print(context, options.json, status, () => formatStatus(status, ofModel))
    exit(status.open ? EXIT.ok : EXIT.finding)
  })
}

/** `ofModel`: the subject is registered; the gate says of all else only whether it was scanned. */
function formatStatus(status: Status, ofModel: boolean): string {
  const { subject, name, review, certification, scans, conditions, open, block, time } = status
  const { readyAt, readyBlock, requestedAt } = review
  return fields(`review of ${name === null ? subject : `${name} (${subject})`}`, [
    ['state', formatState(status)],
    [ofModel ? 'open' : 'scanned', `${open ? 'yes' : 'no'}, as of ${formatTime(time)}, block ${block}`],
    ...(BigInt(review.weights) === 0n ? [] : ([['weights', review.weights]] as const)),
    ...(requestedAt === 0
      ? []
      : ([
          ['requested', formatTime(requestedAt)],
          ['decided', `from ${formatTime(readyAt)} and block ${readyBlock} on`],
          ['time left', formatTimeLeft(status)],
        ] as const)),
    ...(conditions === null
      ? []
      : ([
          ['passed', `by ${formatOrganizations(conditions.passed)}, ${conditions.quorum} needed`],
          ['failed', `by ${formatOrganizations(conditions.failed)}`],
          ['claims', `${conditions.acceptedClaims} accepted for ruling`],
        ] as const)),
    ...scans.map(
      ({ scanner, scannedAt, verdict }) => ['scan', `${verdict} by ${scanner}, ${formatTime(scannedAt)}`] as const,
    ),
    ...(certification === null
      ? []
      : ([
          [
            'certified',
            `by ${certification.certifier} until ${formatTime(certification.until)}${certification.uses.length > 0 ? ` for ${certification.uses.join(', ')}` : ''}${certification.valid ? '' : '; not valid now'}`,
          ],
        ] as const)),
  ])
}

/** The state of the review. A certification opens the gate whatever the review says, so it stands beside the state. */
function formatState({ review, certification, open }: Status): string {
  const { requestedAt, state } = review
  const text = requestedAt === 0 && state === 'none' ? 'none: nobody has requested a review' : state
  return certification?.valid && open && state !== 'cleared' ? `${text}, but opened by a certification` : text
}

function formatOrganizations(count: number): string {
  return `${count} organization${count === 1 ? '' : 's'}`
}

function formatTimeLeft({ timeLeft, blocksLeft }: Status): string {
  if (timeLeft === 0 && blocksLeft === 0) return 'none: it can be decided'
  const blocks = blocksLeft === 0 ? '' : `${blocksLeft} block${blocksLeft === 1 ? '' : 's'}`
  return [timeLeft === 0 ? '' : formatDuration(timeLeft), blocks].filter((part) => part !== '').join(', ')
}
