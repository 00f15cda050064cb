import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { clean, print, UsageError, type Context } from '../../console/context.ts'
import { pathOf } from '../../console/files.ts'
import { withHelp } from '../../console/options.ts'
import type { Deployment } from '../../core/deployment.ts'
import type { Address } from '../../core/hex.ts'
import { quoted } from '../../core/text.ts'
import {
  DEPLOYMENTS_FOLDER,
  locateDeployment,
  nearestDeployments,
  readDeployment,
} from '../../deployments/deploymentFiles.ts'
import { listTrusted, removeTrust, trustBytes, type TrustedFile } from '../../deployments/trust.ts'
import {
  listTrustedPublishers,
  removeTrustedPublisher,
  trustPublisher,
  type TrustedPublisher,
} from '../../deployments/trustedPublishers.ts'
import { fields } from '../format.ts'
import { accountOf } from '../names.ts'

/** A file that is trusted now, and the ledger that it names. */
type TrustedLedger = TrustedFile & Pick<Deployment, 'name' | 'chainId' | 'rpcUrl'> & { ledger: Address }
type Options = { list?: boolean; remove?: string; deployment?: string; json?: boolean }

/** `stemma trust`: lets the deployments of a folder answer, as their files are now, or the word of a publisher count. */
export function trust(command: Command, context: Context): void {
  withHelp(
    command
      .option('--list', 'list the files that are trusted, whether they have changed, and the publishers')
      .option('--remove <file|publisher>', 'trust a file or a publisher no longer')
      .option(
        '--deployment <name|path>',
        'on which ledger a publisher is trusted (default: STEMMA_DEPLOYMENT, or `local`)',
      ),
    {
      example:
        '$ stemma trust .stemma/deployments/local.json\n$ stemma trust 0x70997970c51812dc3a010c7d01b50e0d17dc79c8\n$ stemma trust --list',
      json: '{ trusted: [{ path, sha256, name, chainId, ledger }] }, of a publisher\n{ trusted: [{ publisher, chainId, ledger }] }; with --list [{ path, sha256,\n  state: "trusted" | "changed" | "missing" } or { publisher, chainId, ledger }];\nwith --remove { removed: { path, sha256 } or { publisher, chainId, ledger } }',
    },
  ).action(async (path: string | undefined, options: Options) => {
    const { env, cwd } = context
    const surroundings = { env, cwd }
    if ([path, options.list, options.remove].filter((given) => given !== undefined).length > 1) {
      throw new UsageError('A path, --list and --remove exclude each other. Use one of them.')
    }
    const account = [path, options.remove].find((text) => text !== undefined && /^0x[0-9a-f]{40}$/i.test(text))
    if (options.deployment !== undefined && account === undefined) {
      throw new UsageError('--deployment goes with the address of a publisher. Name one, or leave the option out.')
    }
    if (options.list) {
      const files = await listTrusted(surroundings)
      const publishers = await listTrustedPublishers(surroundings)
      const lines = [
        ...files.map(({ path: file, state }) => `${state.padEnd(7)}  ${file}`),
        ...publishers.map((each) => `trusted  ${wordsFor(each)}`),
      ]
      print(
        context,
        options.json,
        [...files, ...publishers],
        () =>
          lines.map(clean).join('\n') ||
          'No file and no publisher is trusted. Your own deployments need no trust: see stemma deployment list.',
      )
      return
    }
    if (account !== undefined) {
      const { deployment } = await locateDeployment(options.deployment, surroundings)
      const { chainId, contracts } = deployment
      const publisher: TrustedPublisher = { publisher: accountOf(account), chainId, ledger: contracts.ledger }
      if (options.remove === undefined) {
        await trustPublisher(publisher, surroundings)
        print(context, options.json, { trusted: [publisher] }, () => `Trusted: ${wordsFor(publisher)}`)
      } else {
        await removeTrustedPublisher(publisher, surroundings)
        print(context, options.json, { removed: publisher }, () => `No longer trusted: ${wordsFor(publisher)}`)
      }
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

function wordsFor({ publisher, chainId, ledger }: TrustedPublisher): string {
  return `publisher ${publisher} on the ledger ${ledger} of chain ${chainId}`
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
