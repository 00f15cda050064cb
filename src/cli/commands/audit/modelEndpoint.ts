import type { Command } from 'commander'

import { utf8Length, quoted } from '../../../core/text.ts'
import type { Address } from '../../../core/hex.ts'
import { stateServing } from '../../../sdk/audit/stateServing.ts'
import { senderOf } from '../../../sdk/transact.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { accountOf, checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { publisher?: string; since: string; until: string }

/** Most bytes of a model name in requests. */
const MAX_NAME_BYTES = 2048

/** `stemma model endpoint`: states which registered model answers at an endpoint. */
export function modelEndpoint(command: Command, context: Context): void {
  withSendOptions(
    command
      .requiredOption('--until <time>', 'when it ends: a date, a duration such as 180d, Unix seconds, or `forever`')
      .option('--since <time>', 'when it began to answer', 'now')
      .option('--publisher <address>', "who serves it (default: the signer's own account)"),
    {
      example: '$ stemma model endpoint acme/base https://api.acme.example base-1 --until 365d',
      json: `{ statement, ${SENT_JSON}`,
    },
  ).action(async (modelName: string, origin: string, name: string, options: Options) => {
    checkModelName(modelName)
    checkOrigin(origin)
    if (name === '' || utf8Length(name) > MAX_NAME_BYTES) {
      throw new UsageError(`Invalid model name in requests ${quoted(name)}: use 1 to ${MAX_NAME_BYTES} bytes.`)
    }
    const named = options.publisher === undefined ? undefined : accountOf(options.publisher)
    for (const time of [options.since, options.until]) timeOf(time, 0)
    await send(
      context,
      options,
      async (ledger, write) => {
        const statement = {
          publisher: named ?? ((await senderOf(ledger)) as Address),
          model: await modelOf(ledger, modelName),
          origin,
          name,
          from: await chainTimeOf(ledger, options.since),
          until: await chainTimeOf(ledger, options.until),
        }
        return stateServing(ledger, { statement, ...write })
      },
      ({ statement }) => `statement ${statement}`,
    )
  })
}

/** Statements are found by their exact origin, so there is one form of it. */
function checkOrigin(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && ['http:', 'https:'].includes(url.protocol) && url.origin === text) return
  const form = url && url.origin !== 'null' ? url.origin : 'https://api.example.com'
  throw new UsageError(
    `Invalid origin ${quoted(text)}: use scheme, host and port as browsers write them, such as ${form}.`,
  )
}
