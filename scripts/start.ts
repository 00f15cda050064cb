/**
 * `npm start`: a whole ledger on this machine. Starts a Hardhat node, deploys from `contract-json`, publishes the license library,
 * the example lineages and the Composer 2 case, indexes everything into SQLite, and keeps the node, the index and the query API
 * running until Ctrl-C. Prints one screen; everything else is in `.stemma/<deployment>.log`.
 *
 * Usage: npm start -- [--port 8545] [--api-port 8600] [--once] [--play] [--verbose]
 *   --port       the node's port on 127.0.0.1; PORT in the environment does the same
 *   --api-port   the query API's port; by default 8600 beside the node's default port, else any that is free
 *   --once       end after the screen
 *   --play       play the Composer 2 case and a side-loaded fork first, on chains of their own, as npm run play does
 *   --verbose    show the log as well
 *
 * The deployment is `local` on the default port and `local-<port>` on another one, so that several can run beside each other.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { indexLedger } from '../packages/server/src/indexer/indexLedger.ts'
import type { Listening } from '../packages/server/src/api/listen.ts'
import { serveApi } from '../packages/server/src/api/serve.ts'
import { takeLock } from '../src/console/processLock.ts'
import { openLedger } from '../src/sdk/connect.ts'
import { readAccounts } from './local/accounts.ts'
import { drawLineage } from './local/lineageTree.ts'
import { startLocalLedger, type LocalLedger } from './local/localLedger.ts'
import { requireFreePort } from './local/ports.ts'
import { createProgress, type StepProgress } from './local/progress.ts'
import { screen } from './local/screen.ts'
import { exitForUsage, readOptions } from './options.ts'
import { playAll } from './play.ts'
import { runScript } from './run.ts'

const NODE_PORT = 8545
const API_PORT = 8600
/** How long requests to the API may take to end, in milliseconds. */
const GRACE = 500

const root = join(import.meta.dirname, '..')
const settings = readArguments()
const name = settings.port === NODE_PORT ? 'local' : `local-${settings.port}`
const database = join('.stemma', `${name}.sqlite`)
const log = join('.stemma', `${name}.log`)

await runScript(async () => {
  const folder = join(root, '.stemma')
  const unlock = takeLock(join(folder, `${name}.lock`), {
    what: `npm start on port ${settings.port}`,
    ifHeld: 'Stop that process, or choose another --port.',
    ifNotWritable: `The local ledger keeps its deployment, index and log in ${folder}: make that folder writable, or use a checkout of your own.`,
  })
  process.once('exit', unlock)
  await requireFreePort(settings.port, 'port')
  if (settings.apiPort !== 0) await requireFreePort(settings.apiPort, 'api-port')
  const { verbose } = settings
  const progress = createProgress({ log: join(root, log), verbose, stream: process.stderr, now: Date.now })
  const running: (() => unknown)[] = [() => progress.close()]
  const stop = async (): Promise<void> => {
    for (const end of running.toReversed()) await end()
  }
  try {
    if (settings.play) await playAll((line) => console.log(line))
    const onStep = (step: string): void => progress.step(step)
    const ledger = await startLocalLedger({ port: settings.port, name, onStep })
    running.push(() => ledger.close())
    progress.step('indexing')
    const index = await startIndex(ledger, progress)
    running.push(() => index.stop())
    progress.step('starting the query API')
    const { deployment } = ledger
    const api = await serveApi({
      database: join(root, database),
      deployment,
      port: settings.apiPort,
      host: '127.0.0.1',
    })
    running.push(() => api.close(GRACE))
    progress.step('asking about the lineage')
    await printScreen(ledger, api, index.events, progress)
  } catch (error) {
    // What already runs would keep this process alive after its error.
    await stop()
    throw error
  }
  if (settings.once) return stop()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().then(() => process.exit()))
  }
})

/** Indexes a new chain into a new database and follows it. Returns once the database has caught up. */
async function startIndex(
  { deployment, rpcUrl }: LocalLedger,
  progress: StepProgress,
): Promise<{ events: number; stop: () => Promise<void> }> {
  const path = join(root, database)
  for (const file of [path, `${path}-wal`, `${path}-shm`]) await rm(file, { force: true })
  const stopping = new AbortController()
  let indexing: Promise<unknown> = Promise.resolve()
  const events = await new Promise<number>((resolve, reject) => {
    indexing = indexLedger({
      deployment,
      database: path,
      rpc: { url: rpcUrl },
      interval: 250,
      signal: stopping.signal,
      onStep: (step) => {
        if (step.kind === 'caught-up') resolve(step.total)
        if (step.kind === 'batch') progress.write(`indexed block ${step.checkpoint.block}: ${step.events} events`)
        if (step.kind === 'failure') progress.write(step.error.message)
      },
    }).catch((error: Error) => {
      reject(error)
      console.error(`The index stopped: ${error.message} Start again.`)
    })
  })
  return {
    events,
    async stop() {
      stopping.abort()
      await indexing
    },
  }
}

async function printScreen(ledger: LocalLedger, api: Listening, events: number, progress: StepProgress): Promise<void> {
  const { provider, deployment, rpcUrl, licenses, models } = ledger
  const { forkA, forkB } = ledger.case
  const lineage = await drawLineage(openLedger(provider, deployment), [forkA, forkB])
  const { administrator, free } = await readAccounts(provider)
  progress.end()
  const text = screen({
    seconds: performance.now() / 1000,
    ended: settings.once,
    rpcUrl,
    chainId: deployment.chainId,
    name,
    database,
    log,
    apiUrl: api.url,
    counts: { licenses, models: models.size + Object.keys(ledger.case).length, events },
    lineage,
    administrator,
    free,
  })
  progress.write(`ready:\n${text}`)
  console.log(text)
}

function readArguments() {
  const { values } = readOptions({
    port: { type: 'string', default: process.env.PORT ?? String(NODE_PORT) },
    'api-port': { type: 'string' },
    once: { type: 'boolean', default: false },
    play: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  })
  const { once, play, verbose } = values
  const port = portOf(values.port)
  const given = values['api-port']
  const apiPort = given !== undefined ? portOf(given) : port === NODE_PORT ? API_PORT : 0
  if (apiPort === port) exitForUsage(`The node and the query API cannot share port ${port}: choose another --api-port.`)
  return { port, apiPort, once, play, verbose }
}

function portOf(text: string): number {
  const port = Number(text)
  return Number.isInteger(port) && port >= 1 && port <= 65_535
    ? port
    : exitForUsage(`Invalid port "${text}": use a whole number from 1 to 65535.`)
}
