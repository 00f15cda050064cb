/**
 * Reads the events of a ledger, by default that of `npm start`, from its node into a database, and follows the chain until Ctrl-C.
 * Prints a line for each batch of events.
 *
 * Usage: npm run -s index-events -- [--deployment local] [--rpc <url>] [--database <path|url>] [--once] [--rebuild]
 *
 *   --database   a file of SQLite or postgres://…; .stemma/<deployment>-events.sqlite by default, beside the index of npm start
 *   --once       end at the head of the chain
 *   --rebuild    drop what the database holds of this ledger first
 */
import { join } from 'node:path'

import { indexLedger } from '../packages/server/src/indexer/indexLedger.ts'
import { resolveDatabase } from '../packages/server/src/indexer/openDatabase.ts'
import { checkNodeUrl } from '../src/console/node.ts'
import { findDeployment } from '../src/deployments/deploymentFiles.ts'
import { readOptions } from './options.ts'
import { runScript } from './run.ts'
import { LEDGER_OPTIONS } from './withLedger.ts'

/** Failures of the node in a row after which `--once` gives up. */
const MOST_FAILURES = 5

const { values } = readOptions({
  ...LEDGER_OPTIONS,
  database: { type: 'string' },
  once: { type: 'boolean', default: false },
  rebuild: { type: 'boolean', default: false },
})
const { once, rebuild } = values

await runScript(async () => {
  const deployment = await findDeployment(values.deployment)
  const file = values.database ?? join('.stemma', `${deployment.name}-events.sqlite`)
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const database = resolveDatabase(file, process.cwd())
  const url = values.rpc ?? deployment.rpcUrl ?? 'http://127.0.0.1:8545'
  checkNodeUrl(url)
  console.log(`Indexing the events of "${deployment.name}" into ${file}.`)
  await indexLedger({
    deployment,
    database,
    rpc: { url },
    interval: 500,
    once,
    rebuild,
    ...(once && { maxFailures: MOST_FAILURES }),
    signal: stopping.signal,
    onStep: (step) => {
      if (step.kind === 'batch' && step.events > 0) {
        console.log(`block ${step.checkpoint.block}: ${step.events} events, ${step.total} in all`)
      }
      if (step.kind === 'caught-up') console.log(`Caught up with block ${step.checkpoint.block}.`)
      if (step.kind === 'reorg') console.log(`block ${step.from}: replaced, ${step.depth} blocks undone`)
      if (step.kind === 'failure') console.error(step.error.message)
    },
  })
})
