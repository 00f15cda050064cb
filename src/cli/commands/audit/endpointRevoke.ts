import type { Command } from 'commander'

import type { Address } from '../../../core/hex.ts'
import { readServing } from '../../../sdk/audit/readServing.ts'
import { revokeServing } from '../../../sdk/audit/revokeServing.ts'
import { senderOf } from '../../../sdk/transact.ts'
import { note, type Context } from '../../../console/context.ts'
import { accountOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { checkEndpoint } from '../../servedEndpoint.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { publisher?: string }

/** `stemma model endpoint revoke`: takes back what a publisher stated about an endpoint. */
export function endpointRevoke(command: Command, context: Context): void {
  withSendOptions(command.option('--publisher <address>', "who stated it (default: the signer's own account)"), {
    example: '$ stemma model endpoint revoke https://api.acme.example base-1',
    json: `{ publisher, revoked (the statement, or null), ${SENT_JSON}`,
  }).action(async (origin: string, name: string, options: Options) => {
    checkEndpoint(origin, name)
    const named = options.publisher === undefined ? undefined : accountOf(options.publisher)
    await send(
      context,
      options,
      async (ledger, write) => {
        const publisher = named ?? ((await senderOf(ledger)) as Address)
        const revoked = (await readServing(ledger, { publisher, origin, name }))?.stated?.statement ?? null
        if (revoked === null) {
          note(
            context,
            `${publisher} states nothing about this endpoint now. What it signed and nobody has anchored is void from here on.`,
          )
        }
        return { publisher, revoked, ...(await revokeServing(ledger, { publisher, origin, name, ...write })) }
      },
      ({ revoked }) => (revoked === null ? '' : `revoked the statement ${revoked}`),
    )
  })
}
