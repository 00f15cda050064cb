/**
 * `npm start`: a whole ledger on this machine. Starts a Hardhat node, deploys, publishes the license library and the example
 * lineages, plays the Composer 2 case, indexes it all into .stemma/local.sqlite, and keeps the node, the index and the query API
 * running until Ctrl-C.
 *
 * Usage: npm start -- [--port 8545] [--api-port 8600] [--once]
 *   --port       the node's port on 127.0.0.1; PORT in the environment does the same
 *   --api-port   the query API's port
 *   --once       end after the play and the index of it
 */
import { createServer } from 'node:net'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { JsonRpcProvider } from 'ethers'
import hre from 'hardhat'

import { indexLedger } from '../packages/server/src/indexer/indexLedger.ts'
import { openLedger } from '../src/sdk/connect.ts'
import type { Listening } from '../packages/server/src/api/listen.ts'
import { serveApi } from '../packages/server/src/api/serve.ts'
import { playComposer2 } from './play.ts'
import { deploy } from './deploy.ts'
import { exitForUsage, readOptions } from './options.ts'
import { publishExamples } from './publish-examples.ts'
import { publishLicenses } from './publish-licenses.ts'

const say = (line: string): void => console.log(line)

const { port, apiPort, once } = readArguments()
if (await isTaken(port)) {
  console.error(
    `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or choose another: npm start -- --port ${port === 65535 ? 8545 : port + 1}.`,
  )
  process.exit(2)
}
const server = await hre.network.createServer('node', '127.0.0.1', port)
await server.listen()
const rpcUrl = `http://127.0.0.1:${port}`
say(`A Hardhat node listens at ${rpcUrl} (chain 31337).`)

const provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 })
const deployment = await deploy({ rpcUrl, name: 'local', reset: true })
say(
  `Deployed: ledger ${deployment.contracts.ledger}, credentials ${deployment.contracts.licenseCredential}, lens ${deployment.contracts.complianceLens}.`,
)
say('The deployment is written to .stemma/deployments/local.json.')

const licenses = await publishLicenses(openLedger(await provider.getSigner(0), deployment))
say(`Published ${licenses.length} licenses as terms.`)
const { models, added } = await publishExamples(provider, deployment, join(import.meta.dirname, '../examples/models'))
say(`Registered ${added} example models. Their folders hold cards only, so the digests are those of the folders.`)

await playComposer2(provider, deployment, models.get('moonshotai/Kimi-K2.5')!, say)

// The chain is new, and so is its index.
const database = join('.stemma', 'local.sqlite')
for (const file of [database, `${database}-wal`, `${database}-shm`]) await rm(file, { force: true })
const stopping = new AbortController()
let atHead = (): void => {}
const caughtUp = new Promise<void>((resolve) => (atHead = resolve))
const indexing = indexLedger({
  deployment,
  database,
  rpc: { url: rpcUrl },
  interval: 250,
  once,
  signal: stopping.signal,
  onStep: (step) => {
    if (step.kind === 'caught-up') {
      say(`\nIndexed ${step.total} events into ${database}.`)
      atHead()
    }
    if (step.kind === 'failure') console.error(step.error.message)
  },
})
const serving = once ? undefined : caughtUp.then(() => serve(database))
indexing.catch((error: Error) => console.error(`The index is not kept any more. ${error.message}`))

if (once) {
  await indexing
  provider.destroy()
  await server.close()
} else {
  const api = await serving
  if (api) say(`The query API is at ${api.url}: GraphQL at /graphql, REST at /v1, described by /openapi.json.`)
  say('\nThe node keeps running until Ctrl-C. In another terminal, try:')
  say('  npm run -s stemma -- ancestry Weyaxi/OpenHermes-2.5-neural-chat-v3-3-Slerp')
  say('  npm run -s stemma -- verify deepseek-ai/DeepSeek-R1-Distill-Llama-8B --use commercial')
  say('  npm run -s stemma -- show moonshotai/Kimi-K2.5')
  say('  npm run -s stemma -- register <folder> --from <an account of the node>')
  process.once('SIGINT', () => void stop())
  process.once('SIGTERM', () => void stop())
}

/** Hardhat's server ends the process when its port is taken, before anybody can catch it; so the port is tried first. */
function isTaken(wanted: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(true) : reject(error)))
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(false)))
  })
}

/** The query API; nothing when its port is taken, as the rest goes on without it. */
async function serve(where: string): Promise<Listening | undefined> {
  try {
    return await serveApi({ database: where, port: apiPort, host: '127.0.0.1' })
  } catch (error) {
    console.error(`There is no query API. ${(error as Error).message}`)
    return undefined
  }
}

async function stop(): Promise<void> {
  stopping.abort()
  await (await serving)?.close(500)
  await indexing.catch(() => {})
  provider.destroy()
  await server.close()
  process.exit(0)
}

function readArguments(): { port: number; apiPort: number; once: boolean } {
  const { values } = readOptions({
    port: { type: 'string', default: process.env.PORT ?? '8545' },
    'api-port': { type: 'string', default: '8600' },
    once: { type: 'boolean', default: false },
  })
  return { port: portOf(values.port), apiPort: portOf(values['api-port']), once: values.once }
}

function portOf(text: string): number {
  const port = Number(text)
  return Number.isInteger(port) && port >= 1 && port <= 65535
    ? port
    : exitForUsage(`"${text}" is not a port. Use 1 to 65535.`)
}
