import type { Command } from 'commander'

import { parseClaimId } from '../../../core/claim.ts'
import { readClaim } from '../../../sdk/claims/readClaim.ts'
import { print, type Context } from '../../../console/context.ts'
import { CLAIM_JSON } from '../../claimJson.ts'
import { formatClaim } from '../../formatClaim.ts'
import { read } from '../../open.ts'
import { withInheritances } from '../../withInheritances.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma claim show`: shows what a claim states and where it stands. */
export function claimShow(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma claim show 0x5a0c…11e7',
    json: CLAIM_JSON,
  }).action(async (id: string, options: LedgerOptions) => {
    const claim = parseClaimId(id)
    const [found] = await read(context, options, async (ledger) =>
      withInheritances(ledger, [await readClaim(ledger, { claim })]),
    )
    print(context, options.json, found, () => formatClaim(found!))
  })
}
