import type { Command } from 'commander'

import { listServing } from '../../../sdk/audit/listServing.ts'
import { print, type Context } from '../../../console/context.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import type { ServingWord } from '../../../core/serving.ts'
import { formatTime } from '../../format.ts'
import { read } from '../../open.ts'
import { checkEndpoint, formatGrade } from '../../servedEndpoint.ts'

/** `stemma model endpoint list`: lists the latest word of each publisher about an endpoint. */
export function endpointList(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma model endpoint list https://api.acme.example base-1',
    json: '[{ publisher, revision, block, stated: { statement, served: { model, from, until, grade, evidence, … } } or null }]',
  }).action(async (origin: string, name: string, options: LedgerOptions) => {
    checkEndpoint(origin, name)
    const words = await read(context, options, (ledger) => listServing(ledger, { origin, name }))
    print(
      context,
      options.json,
      words,
      () => words.map(formatWord).join('\n\n') || 'No publisher has stated which model answers there.',
    )
  })
}

function formatWord({ publisher, stated, block }: ServingWord): string {
  if (!stated) return `${publisher} took back its statement in block ${block}`
  const { statement, served } = stated
  return [
    `${publisher} states in block ${block}`,
    `  model      ${served.model}`,
    `  statement  ${statement}`,
    `  grade      ${formatGrade(served)}`,
    `  period     ${formatTime(served.from)} to ${formatTime(served.until)}`,
  ].join('\n')
}
