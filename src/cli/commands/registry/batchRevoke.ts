import type { Command } from 'commander'

import { isBytes32, parseDigest } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { revokeBatch } from '../../../sdk/registry/revokeBatch.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { publisherOf, withPublisher, type PublisherOptions } from '../../publisher.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma batch revoke`: ends a batch, so that nothing can be materialized from it any more. */
export function batchRevoke(command: Command, context: Context): void {
  withSendOptions(withPublisher(command), {
    example: '$ stemma batch revoke 0x3c2f…91ab',
    json: `{ publisher, root, ${SENT_JSON}`,
  }).action(async (text: string, options: SendOptions & PublisherOptions) => {
    if (!isBytes32(text)) {
      throw new UsageError(
        `${quoted(text)} is not the root of a batch. Expected 0x and 64 hex digits: stemma publisher profile show lists the roots.`,
      )
    }
    const root = parseDigest(text)
    await send(
      context,
      options,
      async (ledger, write) => {
        const publisher = await publisherOf(ledger, options)
        return { publisher, root, ...(await revokeBatch(ledger, { publisher, root, ...write })) }
      },
      ({ publisher }) => `revoked the batch ${root} of ${publisher}`,
    )
  })
}
