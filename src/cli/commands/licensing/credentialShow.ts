import type { Command } from 'commander'

import { parseCredentialId } from '../../../core/hex.ts'
import { readCredential } from '../../../sdk/licensing/readCredential.ts'
import { print, type Context } from '../../../console/context.ts'
import { DATED_CREDENTIAL_JSON, datedCredential, withTime } from '../../datedCredential.ts'
import { formatCredential } from '../../formatCredential.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma credential show`: shows a credential, and whether it is valid. */
export function credentialShow(command: Command, context: Context): void {
  withLedgerOptions(withTime(command), {
    example: '$ stemma credential show 0x5a0c…11e7 --at -30d',
    json: DATED_CREDENTIAL_JSON,
  }).action(async (id: string, options: LedgerOptions & { at?: string }) => {
    const credential = parseCredentialId(id)
    const { at } = options
    if (at !== undefined) timeOf(at, 0)
    const found = await read(context, options, async (ledger) => {
      const issued = await readCredential(ledger, { credential })
      return datedCredential(ledger, issued, at === undefined ? null : await chainTimeOf(ledger, at))
    })
    print(context, options.json, found, () => formatCredential(found))
  })
}
