import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { clean, print, UsageError, type Context } from '../../console/context.ts'
import { pathOf } from '../../console/files.ts'
import { withHelp } from '../../console/options.ts'
import type { Deployment } from '../../core/deployment.ts'
import type { Address } from '../../core/hex.ts'
import { quoted } from '../../core/text.ts'
import { DEPLOYMENTS_FOLDER, nearestDeployments, readDeployment } from '../../deployments/deploymentFiles.ts'
import { listTrusted, removeTrust, trustBytes, type TrustedFile } from '../../deployments/trust.ts'
import { fields } from '../format.ts'

/** A file that is trusted now, and the ledger that it names. */
type TrustedLedger = TrustedFile & Pick<Deployment, 'name' | 'chainId' | 'rpcUrl'> & { ledger: Address }
type Options = { list?: boolean; remove?: string; json?: boolean }

/** `stemma trust`: lets the deployments of a folder answer, as their files are now. */
export function trust(command: Command, context: Context): void {
  withHelp(
    command
      .option('--list', 'list the files that are trusted, and whether they have changed')
      .option('--remove <file>', 'trust a file no longer'),
    {
      example: '$ stemma trust .stemma/deployments/local.json\n$ stemma trust --list',
      json: '{ trusted: [{ path, sha256, name, chainId, ledger }] }; with --list [{ path, sha256,\n  state: "trusted" | "changed" | "missing" }]; with --remove { removed: { path, sha256 } }',
    },
  ).action(async (path: string | undefined, options: Options) => {
    const { env, cwd } = context
    const surroundings = { env, cwd }
    if ([path, options.list, options.remove].filter((given) => given !== undefined).length > 1) {
      throw new UsageError('A path, --list and --remove exclude each other. Use one of them.')
    }
    if (options.list) {
      const found = await listTrusted(surroundings)
      print(
        context,
        options.json,
        found,
        () =>
          found.map(({ path: file, state }) => clean(`${state.padEnd(7)}  ${file}`)).join('\n') ||
          'No file is trusted. Your own deployments need no trust: see stemma deployment list.',
      )
      return
    }
    if (options.remove !== undefined) {
      const removed = await removeTrust(pathOf(context, options.remove), surroundings)
      print(context, options.json, { removed }, () => clean(`No longer trusted: ${removed.path}`))
      return
    }
    const trusted: TrustedLedger[] = []
    for (const file of await filesOf(context, path)) {
      const { located, bytes } = await readDeployment(file)
      const { name, chainId, contracts, rpcUrl } = located.deployment
      const entry = await trustBytes(file, bytes, surroundings)
      trusted.push({ ...entry, name, chainId, ledger: contracts.ledger, ...(rpcUrl !== undefined && { rpcUrl }) })
    }
    print(context, options.json, { trusted }, () =>
      trusted
        .map(({ path: file, name, chainId, ledger, rpcUrl, sha256 }) =>
          clean(
            fields(`Trusted: ${file}`, [
              ['deployment', name],
              ['chain', String(chainId)],
              ['ledger', ledger],
              ['node', rpcUrl ?? 'none; use --rpc'],
              ['sha256', sha256],
            ]),
          ),
        )
        .join('\n'),
    )
  })
}

/** The files to trust: the one at a path, those of a folder, or without a path those of the nearest folder. */
async function filesOf(context: Context, path: string | undefined): Promise<string[]> {
  const start = pathOf(context, path ?? '.')
  const stats = await stat(start).catch(() => undefined)
  if (stats?.isFile()) return [start]
  const files = stats ? await nearestDeployments(start) : []
  const found = path === undefined ? files : files.filter((file) => file.startsWith(`${start}/${DEPLOYMENTS_FOLDER}/`))
  if (found.length > 0) return found
  throw new UsageError(
    `There is no deployment at ${quoted(path ?? '.')}. Name the file of a deployment, or a folder with ${DEPLOYMENTS_FOLDER}.`,
  )
}
