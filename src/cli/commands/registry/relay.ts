import type { Command } from 'commander'

import { registerSigned } from '../../../sdk/registry/registerSigned.ts'
import type { Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { checkRegistrationLedger, parseRegistrationFile } from '../../../documents/registration.ts'

/** `stemma relay`: sends a registration that its publisher has signed. */
export function addRelay(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('relay <signed.json>')
      .description('register a model that its publisher has signed for; the sender pays the gas'),
    { example: '$ stemma relay signed.json', json: `{ model, ${SENT_JSON}` },
  ).action(async (path: string, options: SendOptions) => {
    const file = parseRegistrationFile(await readJsonFile(context, path))
    await send(
      context,
      options,
      async (ledger, write) => {
        checkRegistrationLedger(ledger.deployment, file)
        return registerSigned(ledger, { ...file.signed, ...write })
      },
      ({ model }) => `model ${model}`,
    )
  })
}
