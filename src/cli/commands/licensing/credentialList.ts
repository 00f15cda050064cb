import type { Command } from 'commander'

import type { Address } from '../../../core/hex.ts'
import { listCredentials } from '../../../sdk/licensing/listCredentials.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { DATED_CREDENTIAL_JSON, datedCredential, withTime } from '../../datedCredential.ts'
import { formatCredential } from '../../formatCredential.ts'
import { accountOf, checkModelName, modelOf } from '../../names.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

type Options = LedgerOptions & { at?: string; model?: string; holder?: string }

/** `stemma credential list`: lists the credentials of a model, of a holder, or of both. */
export function credentialList(command: Command, context: Context): void {
  withLedgerOptions(
    withTime(
      command.option('--model <model>', 'issued for this model').option('--holder <address>', 'issued to this account'),
    ),
    {
      example: '$ stemma credential list --model acme/base --at 2026-12-31',
      json: `[${DATED_CREDENTIAL_JSON}]`,
    },
  ).action(async (options: Options) => {
    const { model: name, holder: account, at } = options
    if (name === undefined && account === undefined) {
      throw new UsageError('Nothing says whose credentials to list. Name a --model, a --holder, or both.')
    }
    if (name !== undefined) checkModelName(name)
    if (at !== undefined) timeOf(at, 0)
    const holder: Address | undefined = account === undefined ? undefined : accountOf(account)
    const list = await read(context, options, async (ledger) => {
      const model = name === undefined ? undefined : await modelOf(ledger, name)
      const found = await listCredentials(ledger, { ...(model && { model }), ...(holder && { holder }) })
      const time = at === undefined ? null : await chainTimeOf(ledger, at)
      return Promise.all(found.map((each) => datedCredential(ledger, each, time)))
    })
    print(context, options.json, list, () => list.map(formatCredential).join('\n\n') || 'No credential was issued.')
  })
}
