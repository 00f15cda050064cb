import type { Command } from 'commander'

import { listDeployments } from '../../deployments/deploymentFiles.ts'
import { shellWord } from '../../deployments/trust.ts'
import { clean, print, type Context } from '../../console/context.ts'
import { withHelp } from '../../console/options.ts'
import { fields } from '../format.ts'

/** `stemma deployment list`: lists the ledgers that --deployment can name. */
export function deploymentList(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma deployment list',
    json: '[{ name, chainId, firstBlock, contracts: { manager, ledger, licenseCredential,\n  lineageClaims, complianceLens, usageAudit, reviewGate, loadCheck }, codeHashes?: the same names, maxAge?, rpcUrl?, verification?: what became of\n  the verification of the sources of each contract, file, trusted }]',
  }).action(async (options: { json?: boolean }) => {
    const { env, cwd } = context
    const found = await listDeployments({ env, cwd })
    print(
      context,
      options.json,
      found.map(({ deployment, path, trusted }) => ({ ...deployment, file: path, trusted })),
      () =>
        found
          .map(({ deployment: { name, chainId, rpcUrl, contracts }, path, trusted }) =>
            fields(name, [
              ['chain', String(chainId)],
              ['node', rpcUrl ?? 'none; use --rpc'],
              ['file', clean(path)],
              ['trusted', trusted ? 'yes' : `no; if it is the one you mean: stemma trust ${clean(shellWord(path))}`],
              ...Object.entries(contracts),
            ]),
          )
          .join('\n') || 'There are no deployments. Start a local ledger with npm start in a clone of Stemma.',
    )
  })
}
