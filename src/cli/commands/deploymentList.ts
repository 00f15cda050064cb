import type { Command } from 'commander'

import { listDeployments } from '../../deployments/deploymentFiles.ts'
import { print, type Context } from '../../console/context.ts'
import { withHelp } from '../../console/options.ts'
import { fields } from '../format.ts'

/** `stemma deployment list`: lists the ledgers that --deployment can name. */
export function deploymentList(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma deployment list',
    json: '[{ name, chainId, firstBlock, contracts: { manager, ledger, licenseCredential,\n  lineageClaims, complianceLens, usageAudit, reviewGate }, rpcUrl? }]',
  }).action(async (options: { json?: boolean }) => {
    const { env, cwd } = context
    const found = await listDeployments({ env, cwd })
    print(
      context,
      options.json,
      found,
      () =>
        found
          .map(({ name, chainId, rpcUrl, contracts }) =>
            fields(name, [
              ['chain', String(chainId)],
              ['node', rpcUrl ?? 'none; use --rpc'],
              ...Object.entries(contracts),
            ]),
          )
          .join('\n') || 'There are no deployments. Start a local ledger with npm start in a clone of Stemma.',
    )
  })
}
