import { dirname, resolve } from 'node:path'

import type { Command } from 'commander'
import { nameLedger, nodeUrls, signingKey, UsageError, withHelp, type Context } from 'stemma/console'
import { locateDeployment } from 'stemma/deployments'

import { LOG_LEVELS, wordsOf } from '../gateway/log.ts'
import { readConfig } from './gatewayCommand.ts'
import { keepServing } from './lastResort.ts'
import { openLog } from './logWriter.ts'

type Options = {
  config?: string
  deployment?: string
  rpc?: readonly string[]
  once?: boolean
  logLevel: string
  json?: boolean
}

/** Adds `stemma-server scanner`: scans what the review gate is asked to review, and attests what it finds. */
export function addScanner(program: Command, context: Context): Command {
  const command = program
    .command('scanner')
    .description(
      'scan the weights of each review that is requested, and attest the report, until Ctrl-C. Signs with STEMMA_KEYSTORE or STEMMA_PRIVATE_KEY, the account of an accredited scanner',
    )
    .option('--config <file>', 'what is fetched, and how: docs/scanner-config.schema.json (required)')
    .option('--deployment <name|path>', 'which ledger; over that of the file (STEMMA_DEPLOYMENT; else `local`)')
    .option(
      '--rpc <url>',
      "which node; over those of the file (STEMMA_RPC_URL, or the deployment's)",
      (url: string, list: readonly string[] = []) => [...list, url],
    )
    .option('--once', 'try each open review once, and end')
    .option('--log-level <level>', `how much to say: ${LOG_LEVELS.join(', ')}`, 'info')
  withHelp(command, {
    example: '$ stemma-server scanner --config scanner.json',
    json: 'one value a line: { time, level, kind, … }: watching { scanner, folder }, not-accredited { code, message, waiting }, accredited { scanner }, fetched { weights }, scanned { weights, verdict, report }, attested { weights, verdict, report, transaction }, waiting, unknown and refused { weights, code, message }, node-failure { code, message }, sketch-refused { sketch, why }, stopped { attested, unknown, refused, waiting, scanned }',
  }).action((options: Options) => run(context, options))
  return command
}

async function run(context: Context, options: Options): Promise<void> {
  const { env, cwd } = context
  const log = openLog(context, options)
  if (options.config === undefined) throw new UsageError('Name the configuration of the scanner with --config.')
  const path = resolve(cwd, options.config)
  // What the scanner alone needs is loaded here, and by no other command.
  const { parseScannerConfig } = await import('../scanner/config.ts')
  const config = parseScannerConfig(await readConfig(path), dirname(path))
  const key = await signingKey(context)
  const located = await locateDeployment(options.deployment ?? config.deployment, { env, cwd })
  nameLedger(context, located)
  const rpc = options.rpc ?? config.rpc
  const nodes = nodeUrls(context, rpc === undefined ? {} : { rpc }, located.deployment)
  const [{ serveScanner }, { openScan }] = await Promise.all([
    import('../scanner/serve.ts'),
    import('../scanner/openScan.ts'),
  ])
  const stop = keepServing((failure) => log({ level: 'error', kind: 'failure', ...wordsOf(failure) }))
  const { deployment } = located
  const { once = false } = options
  try {
    const { signal } = context
    const counts = await serveScanner({ config, deployment, nodes, key, env, once, openScan, log, signal })
    log({ level: 'info', kind: 'stopped', ...counts })
  } finally {
    stop()
  }
}
