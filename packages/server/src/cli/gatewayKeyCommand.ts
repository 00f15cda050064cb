import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import type { Command } from 'commander'
import {
  clean,
  nameLedger,
  nodeUrls,
  note,
  print,
  secondsOf,
  takeLock,
  UsageError,
  wholeNumber,
  withHelp,
  withLedgerOptions,
  type Context,
  type LedgerOptions,
} from 'stemma/console'
import { parseCredentialId, parseRight, quoted } from 'stemma/core'
import { locateDeployment } from 'stemma/deployments'
import type { Ledger } from 'stemma/sdk'

import type { GatewayConfig } from '../gateway/config.ts'
import type { KeyWish } from '../gateway/bindKey.ts'
import { newKey, readKeyFile, writeKeyFile, type KeyRecord } from '../gateway/keyFile.ts'
import type { KeyRate } from '../gateway/ports.ts'
import { readConfig } from './gatewayCommand.ts'

type FileOptions = { config: string; json?: boolean }
type AddOptions = FileOptions &
  LedgerOptions & {
    holder?: string
    model?: string
    tier?: string
    credential?: string
    use?: string
    callsPerMinute?: string
    tokensPerMinute?: string
    parallel?: string
  }

const CONFIG: [flags: string, description: string] = ['--config <file>', 'the configuration of the gateway']
const KEY_JSON =
  'id, holder, model, tier, credential, use, rate: { callsPerMinute, tokensPerMinute, parallelCalls, each if given }'

/** Adds `stemma-server gateway key`: the keys that callers present. */
export function addGatewayKey(gateway: Command, context: Context): void {
  const key = gateway.command('key').description('add, list and end the keys of callers, also while the gateway runs')
  withLedgerOptions(
    key
      .command('add')
      .description('make a key for the holder of a credential; it is shown once, and only its hash is kept')
      .requiredOption(...CONFIG)
      .option('--holder <address>', 'who holds the credential; may be left out with --credential')
      .option('--model <name>', 'the model by its name in requests (default: the only one of the configuration)')
      .option('--tier <name|id>', 'the tier of the credential')
      .option('--credential <id>', 'the credential itself, instead of --tier')
      .option('--use <use>', "what calls use the model for (default: the model's, by the configuration)")
      .option('--calls-per-minute <number>', 'most calls a minute (default: not bounded)')
      .option('--tokens-per-minute <number>', 'most tokens a minute (default: not bounded)')
      .option('--parallel <number>', 'most calls at a time (default: not bounded)'),
    {
      example:
        '$ stemma-server gateway key add --config gateway.json \\\n    --holder 0x7099…79c8 --tier Metered --parallel 8',
      json: `{ key, ${KEY_JSON} }`,
    },
  ).action((options: AddOptions) => add(context, options))
  withHelp(
    key
      .command('list')
      .description('list the keys, also those that were ended')
      .requiredOption(...CONFIG),
    {
      example: '$ stemma-server gateway key list --config gateway.json',
      json: `[{ ${KEY_JSON}, added, ended (if it was) }], times in Unix seconds`,
    },
  ).action(async (options: FileOptions) => {
    const { path } = await openConfig(context, options.config)
    const keys = (await readKeyFile(path)).map(({ hash: _, ...shared }) => shared)
    print(context, options.json, keys, () => keys.map(lineOf).join('\n') || 'The gateway has no keys.')
  })
  withHelp(
    key
      .command('end')
      .description('end a key: calls with it are refused, and those that run are cut, at once')
      .argument('<id>', 'such as key-7f3a91c2')
      .requiredOption(...CONFIG),
    {
      example: '$ stemma-server gateway key end key-7f3a91c2 --config gateway.json',
      json: '{ id, ended }, the time in Unix seconds',
    },
  ).action((id: string, options: FileOptions) => end(context, id, options))
}

async function add(context: Context, options: AddOptions): Promise<void> {
  const rate = rateOf(options)
  const { config, path } = await openConfig(context, options.config)
  const wish = wishOf(config, options)
  const { bindKey } = await import('../gateway/bindKey.ts')
  const { entry, warning } = await withLedger(context, options, config, (ledger) => bindKey(ledger, wish))
  const { secret, record } = newKey({ ...entry, rate }, Math.floor(context.now() / 1000))
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(() => {})
  await change(path, (keys) => [...keys, record])
  const { hash: _, added: __, ...shared } = record
  if (warning !== undefined) note(context, warning)
  note(context, 'The key is shown this once. Anybody who has it can call: hand it to the holder alone.')
  print(context, options.json, { key: secret, ...shared }, () =>
    [
      ['key', secret],
      ['id', record.id],
      ['holder', record.holder],
      ['model', record.model],
      ['tier', record.tier],
      ['credential', record.credential],
      ['use', record.use],
    ]
      .map(([name, value]) => `${name!.padEnd(10)} ${value}`)
      .join('\n'),
  )
}

async function end(context: Context, id: string, options: FileOptions): Promise<void> {
  const { path } = await openConfig(context, options.config)
  const ended = Math.floor(context.now() / 1000)
  // A gateway that has no keys has no folder either, and needs none.
  if (!(await readKeyFile(path)).some((each) => each.id === id)) throw unknownKey(id)
  await change(path, (keys) => {
    const found = keys.find((each) => each.id === id)
    if (!found) throw unknownKey(id)
    if (found.ended !== undefined)
      throw new UsageError(`The key ${found.id} was ended at ${dateOf(found.ended)} already.`)
    return keys.map((each) => (each === found ? { ...each, ended } : each))
  })
  print(context, options.json, { id, ended }, () => `Ended ${id}.`)
}

function unknownKey(id: string): UsageError {
  return new UsageError(`The gateway has no key ${quoted(id)}. List its keys: stemma-server gateway key list.`)
}

/** Changes the file of keys, while no other command does. */
async function change(path: string, next: (keys: KeyRecord[]) => KeyRecord[]): Promise<void> {
  const release = takeLock(`${path}.lock`, {
    what: 'stemma-server gateway key',
    ifHeld: 'Run the command again when that has ended.',
    ifNotWritable: 'Check the permissions of the folder of the gateway.',
  })
  try {
    await writeKeyFile(path, next(await readKeyFile(path)))
  } finally {
    release()
  }
}

async function openConfig({ cwd }: Context, file: string): Promise<{ config: GatewayConfig; path: string }> {
  const where = resolve(cwd, file)
  const { parseGatewayConfig } = await import('../gateway/config.ts')
  const config = parseGatewayConfig(await readConfig(where))
  return { config, path: join(resolve(dirname(where), config.folder), 'keys.json') }
}

/** What a key is to be bound to, as the options and the configuration say. */
function wishOf({ models }: GatewayConfig, { model: name, holder, tier, credential, use }: AddOptions): KeyWish {
  const served = name === undefined && models.length === 1 ? models[0] : models.find((each) => each.name === name)
  if (!served) {
    const what = name === undefined ? 'Name a model with --model' : `The gateway does not serve a model ${quoted(name)}`
    throw new UsageError(`${what}. It serves ${models.map((each) => quoted(each.name)).join(', ')}.`)
  }
  if ((tier === undefined) === (credential === undefined)) {
    throw new UsageError('Name the tier of the credential with --tier, or the credential itself with --credential.')
  }
  if (tier !== undefined && holder === undefined) throw new UsageError('Name who holds the credential with --holder.')
  return {
    model: served.model,
    use: use === undefined ? served.use : parseRight(use),
    ...(holder !== undefined && { holder }),
    ...(tier === undefined ? { credential: parseCredentialId(credential!) } : { tier }),
  }
}

function rateOf({ callsPerMinute, tokensPerMinute, parallel }: AddOptions): KeyRate {
  const given = (option: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : wholeNumber(option, text, 1, 999_999_999)
  const rate = {
    callsPerMinute: given('--calls-per-minute', callsPerMinute),
    tokensPerMinute: given('--tokens-per-minute', tokensPerMinute),
    parallelCalls: given('--parallel', parallel),
  }
  return Object.fromEntries(Object.entries(rate).filter(([, value]) => value !== undefined))
}

async function withLedger<T>(
  context: Context,
  options: AddOptions,
  config: GatewayConfig,
  run: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const { env, cwd } = context
  const located = await locateDeployment(options.deployment ?? config.deployment, { env, cwd })
  nameLedger(context, located)
  const { deployment } = located
  const rpc = options.rpc ?? config.rpc
  const urls = nodeUrls(context, rpc === undefined ? {} : { rpc }, deployment)
  const { connect, nodeProvider } = await import('stemma/sdk')
  const provider = nodeProvider([...urls], deployment, { agree: config.agree, timeout: secondsOf(options) * 1000 })
  try {
    return await run(await connect(provider, deployment))
  } finally {
    provider.destroy()
  }
}

function lineOf({ id, holder, use, rate, added, ended }: Omit<KeyRecord, 'hash'>): string {
  const rates = Object.entries(rate).map(([name, value]) => `${name} ${value}`)
  const state = ended === undefined ? `since ${dateOf(added)}` : `ended ${dateOf(ended)}`
  return clean([id, holder, use, state, ...rates].join('  '))
}

function dateOf(time: number): string {
  return new Date(time * 1000).toISOString().replace('.000', '')
}
