import type { Command } from 'commander'

import { checkScanLedger } from '../../../documents/scan.ts'
import { attestSignedScan } from '../../../sdk/gate/attestSignedScan.ts'
import type { Context } from '../../../console/context.ts'
import { readSigned } from '../../readSigned.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma review attest`: sends a scan that a scanner signed. */
export function reviewAttest(command: Command, context: Context): void {
  withSendOptions(command, {
    example: '$ stemma review attest scan.json',
    json: `{ weights, verdict, scanner, ${SENT_JSON}`,
  }).action(async (path: string, options: SendOptions) => {
    const file = await readSigned(context, path, 'scan')
    const { report, scanner } = file.scan
    await send(
      context,
      options,
      async (ledger, write) => {
        checkScanLedger(ledger.deployment, file)
        const sent = await attestSignedScan(ledger, { ...file.scan, ...write })
        return { weights: report.weights, verdict: report.verdict, scanner, ...sent }
      },
      ({ weights, verdict }) => `attested that ${weights} has ${verdict}, by ${scanner}`,
    )
  })
}
