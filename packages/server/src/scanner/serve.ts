import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Wallet } from 'ethers'
import { lockFolder } from 'stemma/audit'
import {
  parseAddress,
  parseDigest,
  parseModelId,
  StemmaError,
  type Address,
  type Deployment,
  type Digest,
  type Hex,
} from 'stemma/core'
import { connect, hasRole, nodeProvider, readModel, watchHeads, type Ledger } from 'stemma/sdk'

import { wordsOf, type Log } from '../gateway/log.ts'
import { writeWhole } from '../gateway/writeWhole.ts'
import type { ScannerConfig } from './config.ts'
import { guardedFetch } from './guardedFetch.ts'
import { openReviewFiles, type ReviewFiles, type ReviewWork } from './reviewFile.ts'
import { workOff, type ScanReviewsContext, type ScanWeights } from './scanReviews.ts'

/** Blocks that are read once more after a restart, because a reorganization may have replaced them meanwhile. */
const READ_AGAIN = 64

/** What a scanner works with. */
export type ServeScannerSettings = {
  config: ScannerConfig
  deployment: Deployment
  /** Nodes of the deployment's chain. */
  nodes: readonly string[]
  /** The private key of an accredited scanner. */
  key: Hex
  env: NodeJS.ProcessEnv
  /** Ends after everything that is open now was tried once. */
  once: boolean
  /** Makes what scans weights, with the ledger for those scanners that compare with it. */
  openScan: (ledger: Ledger, config: ScannerConfig, log: Log) => ScanWeights
  log: Log
  signal: AbortSignal
  /** The clock, in milliseconds. */
  now?: () => number
}

/**
 * Watches the review gate, and scans what is requested until the signal aborts: those requests too that came before it began. Goes on where an
 * earlier run ended, however that ended. Two runs cannot work in one folder.
 *
 * @returns how many reviews are in which state
 * @throws {@link NotAccreditedError} of a single run, `FolderLockedError`, what `connect` throws, and when the node fails for too long
 */
export async function serveScanner(settings: ServeScannerSettings): Promise<Record<ReviewWork['state'], number>> {
  const { config, deployment, nodes, log } = settings
  await mkdir(config.folder, { recursive: true, mode: 0o700 })
  const release = await lockFolder(config.folder)
  const provider = nodeProvider([...nodes], deployment)
  const client = guardedFetch(config.privateHosts)
  const stop = new AbortController()
  const signal = AbortSignal.any([settings.signal, stop.signal])
  try {
    const wallet = new Wallet(settings.key, provider)
    const ledger = await connect(wallet, deployment)
    const scanner = parseAddress(wallet.address)
    const files = await openReviewFiles(join(config.folder, 'reviews'))
    const downloads = join(config.folder, 'downloads')
    await mkdir(downloads, { recursive: true, mode: 0o700 })
    const context: ScanReviewsContext = {
      ledger,
      scanner,
      config,
      files,
      fetching: { config, client, downloads, env: settings.env },
      scan: settings.openScan(ledger, config, log),
      log,
      signal,
      now: settings.now ?? Date.now,
    }
    // A single run says it by the exit code; a service may be started before a grant takes effect, which takes a day.
    if (settings.once && !(await isAccredited(context))) throw new NotAccreditedError(scanner, deployment.name)
    log({ level: 'info', kind: 'watching', scanner, folder: config.folder })
    const bell = createBell()
    const watching = watchRequests(context, settings, bell).finally(() => bell.end())
    const working = workAll(context, bell, settings.once)
    // The first of the two that ends, by a failure or because all is done, ends the other.
    await Promise.race([watching.then(() => working), working]).finally(() => stop.abort())
    await Promise.allSettled([watching, working])
    return countStates(await files.all())
  } finally {
    stop.abort()
    await client.close()
    provider.destroy()
    release()
  }
}

/** Keeps what is requested, and rings for it; `caughtUp` once everything up to the head was read. */
async function watchRequests(
  { ledger, files, config, signal, log }: ScanReviewsContext,
  { once }: ServeScannerSettings,
  bell: Bell,
): Promise<void> {
  const cursor = join(config.folder, 'cursor.json')
  const first = config.fromBlock ?? ledger.deployment.firstBlock
  const fromBlock = Math.max(first, (await readCursor(cursor)) - READ_AGAIN)
  const onError = (error: unknown): void => log({ level: 'warn', kind: 'node-failure', ...wordsOf(error) })
  let saved = 0
  for await (const sighting of watchHeads(ledger, { fromBlock, signal, onError })) {
    if (sighting.kind === 'event') {
      if (await take(ledger, files, config, sighting.event)) bell.ring()
    } else if (sighting.kind === 'head') {
      if (sighting.block !== saved) await writeWhole(cursor, JSON.stringify({ block: sighting.block }))
      saved = sighting.block
      bell.catchUp()
      if (once) return
    }
  }
}

/** Adds the work of an event. Returns whether there is some that was not there. */
async function take(
  ledger: Ledger,
  files: ReviewFiles,
  { requesters }: ScannerConfig,
  { name, args }: { name: string; args: Readonly<Record<string, unknown>> },
): Promise<boolean> {
  if (name === 'ReviewRequested') {
    const { subject, weights, requester, ofModel, uri } = args as Requested
    if (requesters && !requesters.includes(parseAddress(requester))) return false
    const digest = parseDigest(weights)
    const known = await files.read(digest)
    if (known !== undefined) return false
    const addresses = [uri, ...(ofModel ? [await registeredUri(ledger, subject)] : [])]
    const fresh = {
      version: 1,
      weights: digest,
      subject,
      addresses,
      state: 'waiting',
      attempts: 0,
      notBefore: 0,
    } as const
    await files.write(fresh)
    return true
  }
  if (name !== 'ReviewUriSet') return false
  const { subject, byPublisher, uri } = args as { subject: Hex; byPublisher: boolean; uri: string }
  const works = (await files.all()).filter((work) => work.subject === subject && isOpen(work))
  for (const work of works) {
    if (work.addresses.includes(uri)) continue
    // A reader prefers the word of the publisher to that of anybody else who requested the review.
    const addresses = byPublisher ? [uri, ...work.addresses] : [...work.addresses, uri]
    await files.write({ ...work, addresses: addresses.slice(0, 8), state: 'waiting', attempts: 0, notBefore: 0 })
  }
  return works.length > 0
}

type Requested = { subject: Hex; weights: Hex; requester: Address; ofModel: boolean; uri: string }

/** Whether new words about where the weights are can change what becomes of the review. */
function isOpen({ state, reason }: ReviewWork): boolean {
  return state === 'waiting' || (state === 'refused' && reason?.code !== 'REVIEW_DECIDED')
}

async function registeredUri(ledger: Ledger, subject: Hex): Promise<string> {
  const { registration } = await readModel(ledger, { model: parseModelId(subject) })
  return registration.uri
}

/** Works off what is due, one after the other, until the signal aborts; with `once` until everything was tried. */
async function workAll(context: ScanReviewsContext, bell: Bell, once: boolean): Promise<void> {
  const { files, signal, now } = context
  await bell.caughtUp
  const tried = new Set<Digest>()
  while (!signal.aborted) {
    if (!once && !(await untilAccredited(context, bell))) return
    const open = (await files.all()).filter(({ state }) => state === 'waiting' || state === 'scanned')
    const due = open.find(({ notBefore, weights }) => notBefore <= now() && !(once && tried.has(weights)))
    if (due !== undefined) {
      tried.add(due.weights)
      await workOff(due, context)
      continue
    }
    if (once) return
    const next = Math.min(...open.map(({ notBefore }) => notBefore), now() + 60_000)
    await bell.heard(Math.max(next - now(), 1000), signal)
  }
}

/** Milliseconds after which it is asked again whether the account is accredited. */
const ASK_AGAIN = 60_000

/**
 * Waits until the account is an accredited scanner: before that no scan counts, and hundreds of gigabytes would be fetched for nothing. The
 * log says when that begins and when it ends. @returns false when the signal aborted first
 */
async function untilAccredited(context: ScanReviewsContext, bell: Bell): Promise<boolean> {
  const { ledger, scanner, log, signal } = context
  for (let hasWaited = false; !signal.aborted; hasWaited = true) {
    const isReady = await isAccredited(context).catch((error: unknown) => {
      // A scan does not need the node, and what does says so.
      log({ level: 'warn', kind: 'node-failure', ...wordsOf(error) })
      return true
    })
    if (isReady) {
      if (hasWaited) log({ level: 'info', kind: 'accredited', scanner })
      return true
    }
    if (!hasWaited) {
      const { code, message } = new NotAccreditedError(scanner, ledger.deployment.name)
      log({ level: 'warn', kind: 'not-accredited', code, message, waiting: `asked again every ${ASK_AGAIN / 1000} s` })
    }
    await bell.heard(ASK_AGAIN, signal)
  }
  return false
}

function isAccredited({ ledger, scanner }: Pick<ScanReviewsContext, 'ledger' | 'scanner'>): Promise<boolean> {
  return hasRole(ledger, { role: 'scanner', account: scanner })
}

/** Thrown when the account of a scanner does not have the role, so that no scan of it counts. */
export class NotAccreditedError extends StemmaError {
  override name = 'NotAccreditedError'
  constructor(account: Address, deployment: string) {
    super(
      'NOT_ACCREDITED',
      `The account ${account} is not an accredited scanner on the ledger "${deployment}", so no scan of it counts. Ask the administrator of the ledger for the role "scanner" (stemma roles), which takes effect after its delay; or sign with another account: STEMMA_KEYSTORE.`,
    )
  }
}

/** What rings when there is work. */
type Bell = {
  ring(): void
  /** Settles when everything up to the head was read, or nothing more will be. */
  caughtUp: Promise<void>
  catchUp(): void
  end(): void
  /** Settles when it rings, after some milliseconds, or when the signal aborts. */
  heard(milliseconds: number, signal: AbortSignal): Promise<void>
}

function createBell(): Bell {
  let catchUp = (): void => {}
  const caughtUp = new Promise<void>((resolve) => (catchUp = resolve))
  let wake = (): void => {}
  return {
    ring: () => wake(),
    caughtUp,
    catchUp: () => catchUp(),
    end() {
      catchUp()
      wake()
    },
    heard: (milliseconds, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, milliseconds)
        signal.addEventListener('abort', done)
        wake = done
        if (signal.aborted) done()
      }),
  }
}

function countStates(works: readonly ReviewWork[]): Record<ReviewWork['state'], number> {
  const counts = { waiting: 0, scanned: 0, attested: 0, unknown: 0, refused: 0 }
  for (const { state } of works) counts[state] += 1
  return counts
}

/** The last block that was read; 0 where nothing usable is kept. */
async function readCursor(path: string): Promise<number> {
  try {
    const { block } = JSON.parse(await readFile(path, 'utf8')) as { block: unknown }
    return Number.isSafeInteger(block) ? (block as number) : 0
  } catch {
    return 0
  }
}
