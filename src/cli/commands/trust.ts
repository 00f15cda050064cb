import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { clean, print, UsageError, type Context } from '../../console/context.ts'
import { pathOf } from '../../console/files.ts'
import { withHelp } from '../../console/options.ts'
import type { Deployment } from '../../core/deployment.ts'
import { isExternalName } from '../../core/external.ts'
import { isBytes32, type Address } from '../../core/hex.ts'
import { quoted } from '../../core/text.ts'
import { BindingPins, listBindingPins, type BindingPin } from '../../deployments/bindingPins.ts'
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
import { accountOf, externalOf } from '../names.ts'

/** A file that is trusted now, and the ledger that it names. */
type TrustedLedger = TrustedFile & Pick<Deployment, 'name' | 'chainId' | 'rpcUrl'> & { ledger: Address }
type Options = { list?: boolean; remove?: string; deployment?: string; json?: boolean }

/**
 * `stemma trust`: lets the deployments of a folder answer, as their files are now, or the word of a publisher count, or accepts what an
 * external parent is bound to now.
 */
export function trust(command: Command, context: Context): void {
  withHelp(
    command
      .option(
        '--list',
        'list the trusted files, whether they have changed, the publishers, and the bindings that were seen',
      )
      .option('--remove <what>', 'trust a file or a publisher no longer, or forget the binding of an external parent')
      .option(
        '--deployment <name|path>',
        'on which ledger a publisher or a binding is trusted (default: STEMMA_DEPLOYMENT, or `local`)',
      ),
    {
      example:
        '$ stemma trust .stemma/deployments/local.json\n$ stemma trust 0x70997970c51812dc3a010c7d01b50e0d17dc79c8\n$ stemma trust hf:google/gemma-3-4b-it\n$ stemma trust --list',
      json: '{ trusted: [{ path, sha256, name, chainId, ledger }] }, of a publisher\n{ trusted: [{ publisher, chainId, ledger }] }, of a binding\n{ trusted: [{ external, chainId, ledger, by, models, firstSeen, changedTo }] };\nwith --list [{ path, sha256, state: "trusted" | "changed" | "missing" },\n  { publisher, chainId, ledger } or { external, ... }];\nwith --remove { removed: { path, sha256 }, { publisher, ... } or [{ external, ... }] }',
    },
  ).action(async (path: string | undefined, options: Options) => {
    const { env, cwd } = context
    const surroundings = { env, cwd }
    if ([path, options.list, options.remove].filter((given) => given !== undefined).length > 1) {
      throw new UsageError('A path, --list and --remove exclude each other. Use one of them.')
    }
    const account = [path, options.remove].find((text) => text !== undefined && /^0x[0-9a-f]{40}$/i.test(text))
    const named = [path, options.remove].find((text) => text !== undefined && (isExternalName(text) || isBytes32(text)))
    if (options.deployment !== undefined && account === undefined && named === undefined) {
      throw new UsageError(
        '--deployment goes with the address of a publisher or with an external parent. Name one, or leave the option out.',
      )
    }
    if (options.list) {
      const files = await listTrusted(surroundings)
      const publishers = await listTrustedPublishers(surroundings)
      const bindings = await listBindingPins(surroundings)
      const lines = [
        ...files.map(({ path: file, state }) => `${state.padEnd(7)}  ${file}`),
        ...publishers.map((each) => `trusted  ${wordsFor(each)}`),
        ...bindings.map((each) => `${each.changedTo ? 'changed' : 'bound  '}  ${bindingWords(each)}`),
      ]
      print(
        context,
        options.json,
        [...files, ...publishers, ...bindings],
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
    if (named !== undefined) {
      const { deployment } = await locateDeployment(options.deployment, surroundings)
      const pins = new BindingPins(deployment, surroundings)
      const external = externalOf(named)
      if (options.remove === undefined) {
        const accepted = await pins.accept(external, Math.floor(context.now() / 1000))
        print(context, options.json, { trusted: accepted }, () =>
          accepted.map((pin) => `Accepted: ${bindingWords(pin)}`).join('\n'),
        )
      } else {
        const removed = await pins.forget(external)
        print(context, options.json, { removed }, () =>
          removed.map((pin) => `Forgotten: ${bindingWords(pin)}`).join('\n'),
        )
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

function bindingWords({ external, models, by, changedTo, chainId, ledger }: BindingPin): string {
  const stated = by.length > 0 ? `, as publishers state among ${by.join(', ')}` : ''
  const change = changedTo ? `, and found bound to ${changedTo.join(', ')} since` : ''
  return `external parent ${external} bound to ${models.join(', ')}${change}${stated}, on the ledger ${ledger} of chain ${chainId}`
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
