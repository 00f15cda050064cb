import type { Command } from 'commander'

import { nameOfUri } from '../../../core/modelName.ts'
import { ZERO_ADDRESS } from '../../../core/hex.ts'
import { listBatches, type AnchoredBatch } from '../../../sdk/registry/listBatches.ts'
import { listOperators } from '../../../sdk/registry/listOperators.ts'
import { readPublisher } from '../../../sdk/registry/readPublisher.ts'
import { readRegistrations } from '../../../sdk/registry/readRegistrations.ts'
import { print, type Context } from '../../../console/context.ts'
import { fields, formatTime } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma publisher profile show`: shows what is known of a publisher, its operators, its models and its batches. */
export function publisherProfileShow(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma publisher profile show 0x7099…79c8',
    json: '{ publisher, controller, epoch, pendingController, verifiedFrom,\n  verifiedUntil, verifier, profile, operators: [{ operator, scopes, until }], models: [{ model, uri }],\n  batches: [{ root, count, materialized, revoked, uri, block }] }',
  }).action(async (text: string, options: LedgerOptions) => {
    const publisher = accountOf(text)
    const found = await read(context, options, async (ledger) => {
      const [state, operators, registrations, batches] = await Promise.all([
        readPublisher(ledger, { publisher }),
        listOperators(ledger, { publisher }),
        readRegistrations(ledger, { publisher }),
        listBatches(ledger, { publisher }),
      ])
      const models = registrations.map(({ model, registration }) => ({ model, uri: registration.uri }))
      return { ...state, operators, models, batches }
    })
    const {
      controller,
      pendingController,
      verifiedFrom,
      verifiedUntil,
      verifier,
      profile,
      operators,
      models,
      batches,
    } = found
    print(context, options.json, found, () =>
      fields(`publisher ${publisher}`, [
        ['controller', controller],
        ...(pendingController === ZERO_ADDRESS ? [] : ([['proposed', pendingController]] as const)),
        ...operators.map(
          ({ operator, scopes, until }) =>
            ['operator', `${operator} for ${scopes.join(', ')} until ${formatTime(until)}`] as const,
        ),
        ['profile', BigInt(profile) === 0n ? 'none' : profile],
        [
          'verified',
          verifiedUntil === 0
            ? 'no'
            : `from ${formatTime(verifiedFrom)} until ${formatTime(verifiedUntil)} by ${verifier}`,
        ],
        ...models.map(({ model, uri }) => ['model', `${model} ${nameOfUri(uri)}`] as const),
        ...batches.map((batch) => ['batch', formatAnchored(batch)] as const),
      ]),
    )
  })
}

function formatAnchored({ root, count, materialized, revoked }: AnchoredBatch): string {
  return `${root} of ${count}, ${materialized} materialized${revoked ? ', revoked' : ''}`
}
