import type { Command } from 'commander'

import { print, type Context } from '../../../console/context.ts'
import { withHelp } from '../../../console/options.ts'
import { shortText } from '../../../core/text.ts'
import { flopOf, formatFlop, type Compute } from '../../../documents/compute.ts'
import { descriptionDigest, type TrainingDescription } from '../../../documents/trainingDescription.ts'
import { fields } from '../../format.ts'
import { readMethod } from '../../readMethod.ts'

/** `stemma method check`: checks a training description, and prints its digest and what it states. */
export function methodCheck(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma method check method.json',
    json: '{ digest, description } (docs/training-description.schema.json)',
  }).action(async (file: string, options: { json?: boolean }) => {
    const description = await readMethod(context, file)
    const digest = descriptionDigest(description)
    print(context, options.json, { digest, description }, () => formatDescription(digest, description))
  })
}

function formatDescription(digest: string, description: TrainingDescription): string {
  const { origin = 'not-stated', steps = [], compute, parents = [], filings = [] } = description
  return fields(`training description ${digest}`, [
    ['origin', origin],
    ...steps.map(({ kind, code }) => ['step', code ? `${kind}, ${code.repository}@${code.commit}` : kind] as const),
    ['compute', computeInWords(compute)],
    ...parents.map(({ model, compute: work, obtained }) => {
      const how = obtained ? `obtained by ${obtained.by}` : 'how it was obtained is not stated'
      return ['parent', `${model}, ${how}, compute ${computeInWords(work)}`] as const
    }),
    ...filings.map(({ authority, number }) => ['filing', shortText(`${number}, ${authority}`, 200)] as const),
  ])
}

function computeInWords(compute: Compute | undefined): string {
  const flop = compute === undefined ? undefined : flopOf(compute)
  if (flop === undefined) return 'not stated'
  return flop === 'unknown' ? 'stated as unknown' : formatFlop(flop)
}
