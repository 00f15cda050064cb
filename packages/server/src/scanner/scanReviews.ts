import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { ZERO_DIGEST, type Address, type Digest, type ScanReport } from 'stemma/core'
import { attestScan, readBlock, readReview, type Ledger } from 'stemma/sdk'

import { wordsOf, type Log } from '../gateway/log.ts'
import type { ScannerConfig } from './config.ts'
import { fetchWeights, NoWeightsError, TooLargeError, type FetchContext } from './fetchWeights.ts'
import { PrivateAddressError, UnsafeUrlError } from './guardedFetch.ts'
import { writeWhole } from '../gateway/writeWhole.ts'
import type { ReviewFiles, ReviewWork } from './reviewFile.ts'

/** A finished scan of a folder or a file. */
export type Scanned = {
  weights: Digest
  /** Null where no reader knows the format. */
  tensors: Digest | null
  verdict: 'passed' | 'failed' | 'unknown'
  ruleset: Digest
  /** The report, whose SHA-256 is `report`. */
  text: Uint8Array
  report: Digest
}

/** Scans weights on this disk. */
export type ScanWeights = (path: string, weights: Digest, signal: AbortSignal) => Promise<Scanned>

/** What working off reviews needs. */
export type ScanReviewsContext = {
  ledger: Ledger
  scanner: Address
  config: ScannerConfig
  files: ReviewFiles
  fetching: Omit<FetchContext, 'signal'>
  scan: ScanWeights
  log: Log
  signal: AbortSignal
  /** The clock, in milliseconds. */
  now: () => number
}

/** Milliseconds before the first new try; twice as many each time after, up to {@link LONGEST_PAUSE}. */
const FIRST_PAUSE = 30_000
const LONGEST_PAUSE = 6 * 3_600_000

/**
 * Works off one review: fetches the weights, scans them, and attests the report. Each step is kept before the next begins, so a crash at any
 * point loses at most the step that ran. What is not known is not attested.
 */
export async function workOff(work: ReviewWork, context: ScanReviewsContext): Promise<ReviewWork> {
  const { files, log, config, now } = context
  const timed = AbortSignal.any([context.signal, AbortSignal.timeout(config.limits.seconds * 1000)])
  // What is done of it, which a later failure does not undo.
  let done = work
  try {
    const review = await readReview(context.ledger, { subject: work.subject as Digest })
    if (review.review.state !== 'frozen') return await keep(work, context, 'refused', decided(review.review.state))
    if (work.scan === undefined) done = await scanNow(work, context, timed)
    if (done.state !== 'scanned') return done
    return await attest(done, review.scans, context)
  } catch (error) {
    if (context.signal.aborted) throw error
    const reason = { message: 'It failed in a way that was not foreseen.', ...wordsOf(error) }
    const isFinal =
      error instanceof TooLargeError || error instanceof UnsafeUrlError || error instanceof PrivateAddressError
    if (isFinal) return keep(work, context, 'refused', reason)
    const attempts = work.attempts + 1
    const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(work.attempts, 20), LONGEST_PAUSE)
    const waiting: ReviewWork = { ...done, attempts, notBefore: now() + pause, reason }
    await files.write(waiting)
    const level = error instanceof NoWeightsError ? 'info' : 'warn'
    log({ level, kind: 'waiting', weights: work.weights, seconds: pause / 1000, ...reason })
    return waiting
  }
}

async function scanNow(work: ReviewWork, context: ScanReviewsContext, signal: AbortSignal): Promise<ReviewWork> {
  const { ledger, config, files, fetching, log } = context
  const { weights } = work
  const fetched = await fetchWeights(weights, work.addresses, { ...fetching, signal })
  log({ level: 'info', kind: 'fetched', weights })
  const found = await context.scan(fetched.path, weights, signal)
  if (found.weights !== weights) {
    await fetched.remove()
    return keep(work, context, 'refused', {
      code: 'OTHER_WEIGHTS',
      message: `What was fetched has the digest ${found.weights}. State where the weights ${weights} are (stemma review uri).`,
    })
  }
  const reports = join(config.folder, 'reports')
  await mkdir(reports, { recursive: true, mode: 0o755 })
  await writeWhole(join(reports, `${found.report.slice(2)}.json`), found.text)
  const { verdict, report, ruleset } = found
  // The contract wants a time after the request; the chain's clock is the one that both know.
  const head = await readBlock(ledger.provider, 'latest')
  const scan = {
    verdict,
    report,
    ruleset,
    tensors: found.tensors ?? (ZERO_DIGEST as Digest),
    scannedAt: head!.timestamp,
  }
  log({ level: 'info', kind: 'scanned', weights, verdict, report })
  const scanned: ReviewWork = { ...work, state: verdict === 'unknown' ? 'unknown' : 'scanned', scan }
  await files.write(scanned)
  await fetched.remove()
  return scanned
}

async function attest(
  work: ReviewWork,
  known: readonly { scanner: Address; scannedAt: number; verdict: string }[],
  context: ScanReviewsContext,
): Promise<ReviewWork> {
  const { ledger, config, files, log, scanner } = context
  const { weights } = work
  const { verdict, report, ruleset, tensors, scannedAt } = work.scan!
  // The word is there already when a crash came between the transaction and the line that says so.
  const isThere = known.some(
    (each) => each.scanner === scanner && each.verdict === verdict && each.scannedAt === scannedAt,
  )
  const uri = config.reportsUri === undefined ? '' : `${config.reportsUri.replace(/\/$/, '')}/${report.slice(2)}.json`
  const stated: ScanReport = {
    weights,
    tensors: config.scope === 'tensors' ? tensors : (ZERO_DIGEST as Digest),
    scope: config.scope === 'tensors' && tensors !== ZERO_DIGEST ? 'tensors' : 'files',
    ruleset,
    report,
    scannedAt,
    verdict: verdict as 'passed' | 'failed',
    uri,
  }
  const sent = isThere ? undefined : await attestScan(ledger, { report: stated })
  const attested: ReviewWork = {
    ...work,
    state: 'attested',
    ...(sent?.transaction !== undefined && { transaction: sent.transaction }),
  }
  delete attested.reason
  await files.write(attested)
  log({
    level: 'info',
    kind: 'attested',
    weights,
    verdict,
    report,
    ...(sent?.transaction !== undefined && { transaction: sent.transaction }),
  })
  return attested
}

async function keep(
  work: ReviewWork,
  { files, log }: ScanReviewsContext,
  state: ReviewWork['state'],
  reason: { code: string; message: string },
): Promise<ReviewWork> {
  const kept: ReviewWork = { ...work, state, reason }
  await files.write(kept)
  log({ level: 'warn', kind: state, weights: work.weights, ...reason })
  return kept
}

function decided(state: string): { code: string; message: string } {
  return { code: 'REVIEW_DECIDED', message: `The review is ${state}, and waits for no scan.` }
}
