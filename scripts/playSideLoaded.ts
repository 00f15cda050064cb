import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { Contract, parseEther, Wallet } from 'ethers'

import { accessManagerAbi } from '../src/abi/accessManager.ts'
import { parseDigest, type Address, type Digest } from '../src/core/hex.ts'
import { ROLES } from '../src/core/roles.ts'
import type { ScanDocument } from '../src/scan/ports.ts'
import { openLedger } from '../src/sdk/connect.ts'
import { readReview } from '../src/sdk/gate/readReview.ts'
import type { AccessManager } from '../typechain-types/index.ts'
import { readAccounts } from './local/accounts.ts'
import { accredit } from './local/accredit.ts'
import { serverEnvironment } from './local/gatewayProcess.ts'
import { serveModel } from './local/modelHost.ts'
import { withOwnChain, type OwnChain, type Ran } from './local/ownChain.ts'
import { disguisedFork, tinyDecoder, writeDecoder } from './local/tinyDecoder.ts'
import type { PlayedCommand } from './play.ts'

const BASE_CARD = '---\nlicense: cc-by-nc-4.0\n---\n\nA small decoder. Not for commercial use.\n'
const FORK_CARD = '---\nlicense: apache-2.0\n---\n\nTrained from nothing, and free for all.\n'
const FORK = 'nova/open-chat'

/** What the play did. */
export type SideLoadedPlay = {
  played: PlayedCommand[]
  /** The report that the service attested. */
  report: ScanDocument
  /** State of the review at the end. */
  state: string
  /** Seconds from the start of the guard, which requests the review, to the attested report. */
  seconds: number
}

/**
 * Plays a side-loaded fork on a chain of its own: a publisher registers a decoder and commits to its sketch; somebody trains it on, disguises it, and
 * publishes it under another license, with a card that says nothing. The guard refuses it and requests a review, the scanner's service fetches it,
 * finds by its weights what it was made from, and attests that; at the end of the review it is quarantined, and the guard says so.
 *
 * @param print receives the play line by line
 */
export async function playSideLoaded(print: (line: string) => void): Promise<SideLoadedPlay> {
  // Preparing a ledger moves the clock of a new chain on.
  return withOwnChain(Math.floor(Date.now() / 1000) - 3600, (chain) => playFork(chain, print))
}

async function playFork(chain: OwnChain, print: (line: string) => void): Promise<SideLoadedPlay> {
  const { provider, deployment, folder } = chain
  const { free } = await readAccounts(provider)
  const [publisher, user] = free as [Address, Address]
  await accredit(provider, deployment, [publisher])
  await chain.moveTo(Math.floor(Date.now() / 1000))
  const played: PlayedCommand[] = []
  const env = { HOME: folder, XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache') }
  const run = async (args: readonly string[], expected = 0): Promise<Ran> => {
    const command = ['stemma', ...args].join(' ')
    print(`\n$ ${command}`)
    const ran = await chain.stemma(args, env)
    for (const line of ran.output.trimEnd().split('\n')) print(`  ${line}`.trimEnd())
    played.push({ command, code: ran.code, output: ran.output })
    if (ran.code !== expected) throw new Error(`The play stops: ${command} ended with ${ran.code}\n${ran.output}`)
    return ran
  }

  print('\n-- A publisher registers a decoder, and commits to the sketch of its weights')
  const base = tinyDecoder(1)
  const sketches = await registerWithSketch(chain, base, publisher, run)

  print(
    '\n-- Somebody trains it on, puts its units in another order, and publishes it. The card says nothing of where it is from',
  )
  const fork = join(folder, 'nova__open-chat')
  await writeDecoder(fork, disguisedFork(base, 2), FORK_CARD)
  const host = await serveModel(FORK, fork)
  const service = await startService(chain, { sketches, endpoint: host.endpoint }, print)
  try {
    print('\n-- A user wants to run it: the guard holds it, and requests a review')
    const guard = ['guard', 'run', '--use', 'host', '--model', fork, '--uri', `hf:${FORK}`, '--from', user]
    const begun = performance.now()
    const attesting = service.attested().then((entry) => ({ ...entry, seconds: (performance.now() - begun) / 1000 }))
    const [{ weights, report, seconds }] = await Promise.all([attesting, run([...guard, '--', 'true'], 75)])
    print(`\n-- The service attested its report ${seconds.toFixed(1)} s after the guard began`)
    const text = await readFile(join(service.folder, 'reports', `${report.slice(2)}.json`), 'utf8')
    const document = JSON.parse(text) as ScanDocument
    for (const { level, rule, what } of document.findings) print(`  ${level}: ${rule}: ${what}`)
    await service.stop()

    print('\n-- The review ends: anybody may quarantine it now')
    const ledger = openLedger(provider, deployment)
    const { timeLeft, blocksLeft } = await readReview(ledger, { subject: weights })
    await provider.send('evm_increaseTime', [timeLeft])
    for (let mined = 0; mined < Math.max(blocksLeft, 1); mined++) await provider.send('evm_mine', [])
    await run(['review', 'quarantine', weights, '--from', user])
    await run([...guard, '--', 'true'], 77)
    const { review } = await readReview(ledger, { subject: weights })
    return { played, report: document, state: review.state, seconds }
  } finally {
    await service.stop()
    await host.close()
  }
}

/** Registers a model with its sketch in the annex. Returns the folder with the sketch as operators keep it. */
async function registerWithSketch(
  { folder }: OwnChain,
  decoder: ReturnType<typeof tinyDecoder>,
  publisher: Address,
  run: (args: readonly string[]) => Promise<Ran>,
): Promise<string> {
  const model = join(folder, 'acme__tiny-chat')
  const [sketch, annex, draft] = ['tiny-chat.sketch', 'annex.json', 'draft.json'].map((name) => join(folder, name))
  await writeDecoder(model, decoder, BASE_CARD)
  const made = await run(['weights', 'sketch', model, '--output', sketch!, '--annex', annex!])
  const [, digest] = /^ +annex +(0x[0-9a-f]{64})$/m.exec(made.output)!
  await run(['draft', model, '--output', draft!])
  const drafted = JSON.parse(await readFile(draft!, 'utf8')) as object
  await writeFile(draft!, `${JSON.stringify({ ...drafted, annex: digest }, null, 2)}\n`)
  const { output } = await run(['register', draft!, '--from', publisher])
  const [, id] = /^model (0x[0-9a-f]{64})$/m.exec(output)!
  const sketches = join(folder, 'sketches')
  await mkdir(sketches)
  await copyFile(sketch!, join(sketches, `${id}.sketch`))
  await copyFile(annex!, join(sketches, `${id}.annex.json`))
  return sketches
}

/** The scanner's service as a program of its own. */
type Service = {
  folder: string
  /** Waits until it has attested a report. */
  attested(): Promise<{ weights: Digest; report: string }>
  stop(): Promise<void>
}

/** Starts `stemma-server scanner` with the account of an accredited scanner. */
async function startService(
  chain: OwnChain,
  { sketches, endpoint }: { sketches: string; endpoint: string },
  print: (line: string) => void,
): Promise<Service> {
  const folder = join(chain.folder, 'scanner')
  const config = join(chain.folder, 'scanner.json')
  const text = JSON.stringify({ folder, sketches, privateHosts: [new URL(endpoint).host] }, undefined, 2)
  await writeFile(config, `${text}\n`)
  print(`\n$ cat ${config}\n${text.replaceAll(/^/gm, '  ')}`)
  const key = await scannerKey(chain)
  const args = ['scanner', '--config', config, '--json']
  print(`\n$ STEMMA_PRIVATE_KEY=… stemma-server ${args.join(' ')} &`)
  const env = { ...(await serverEnvironment(chain)), STEMMA_PRIVATE_KEY: key, HF_ENDPOINT: endpoint }
  const child = spawn('stemma-server', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => (said += part))
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async (kind: string): Promise<Record<string, string>> => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      print(`  ${line.value}`)
      const entry = JSON.parse(line.value) as Record<string, string>
      if (entry.kind === kind) return entry
      if (entry.kind === 'refused' || entry.kind === 'unknown') break
    }
    throw new Error(`The service did not come to "${kind}". ${said}`)
  }
  await next('watching')
  return {
    folder,
    async attested() {
      const { weights, report } = await next('attested')
      return { weights: parseDigest(weights!), report: report! }
    },
    stop: () => stopped(child),
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** An account of its own, which the administrator makes a scanner. */
async function scannerKey({ provider, deployment }: OwnChain): Promise<string> {
  const { address, privateKey } = Wallet.createRandom()
  const administrator = await provider.getSigner(0)
  await (await administrator.sendTransaction({ to: address, value: parseEther('1') })).wait()
  const manager = new Contract(deployment.contracts.manager, accessManagerAbi, administrator)
  await (await (manager as unknown as AccessManager).grantRole(ROLES.scanner, address, 0)).wait()
  return privateKey
}
