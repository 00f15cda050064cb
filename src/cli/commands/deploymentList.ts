import type { Command } from 'commander'

import { shortText } from '../../core/text.ts'
import { listDeployments } from '../../deployments/deploymentFiles.ts'
import { shellWord } from '../../deployments/trust.ts'
import { clean, print, type Context } from '../../console/context.ts'
import { withHelp } from '../../console/options.ts'
import { fields } from '../format.ts'

/** Most characters of what a file says about the sources of one contract. */
const MAX_RESULT = 100

/** `stemma deployment list`: lists the ledgers that --deployment can name. */
export function deploymentList(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma deployment list',
    json: '[{ name, chainId, firstBlock, contracts: { manager, ledger, recalls, licenseCredential,\n  lineageClaims, complianceLens, usageAudit, reviewGate, loadCheck }, codeHashes?: the same names, maxAge?, rpcUrl?, verification?: what became of\n  the verification of the sources of each contract, file, trusted }]',
  }).action(async (options: { json?: boolean }) => {
    const { env, cwd } = context
    const found = await listDeployments({ env, cwd })
    print(
      context,
      options.json,
      found.map(({ deployment, path, trusted }) => ({ ...deployment, file: path, trusted })),
      () =>
        found
          .map(({ deployment: { name, chainId, rpcUrl, contracts, verification }, path, trusted }) =>
            fields(name, [
              ['chain', String(chainId)],
              ['node', rpcUrl ?? 'none; use --rpc'],
              ['file', clean(path)],
              ['trusted', trusted ? 'yes' : `no; if it is the one you mean: stemma trust ${clean(shellWord(path))}`],
              ['sources', verification ? 'beside each contract, as the file says' : 'the file states no verification'],
              ...Object.entries(contracts).map(([contract, address]) => {
                const result = verification?.[contract as keyof typeof contracts] ?? 'not stated'
                return [contract, verification ? `${address}  ${shortText(result, MAX_RESULT)}` : address] as const
              }),
            ]),
          )
          .join('\n') || 'There are no deployments. Start a local ledger with npm start in a clone of Stemma.',
    )
  })
}
