import { loadLicenses } from 'stemma/artifacts'
import { shortText, type Digest } from 'stemma/core'
import {
  ENGINE_NAMES,
  readLedgerFacts,
  readLineageFacts,
  scanDocumentDigest,
  scanDocumentText,
  scanModel,
  type ScanFacts,
} from 'stemma/scan'
import { nodeReader, type Ledger } from 'stemma/sdk'

import type { Log } from '../gateway/log.ts'
import type { ScannerConfig } from './config.ts'
import type { ScanWeights } from './scanReviews.ts'

/** The rule whose findings are about whose weights they are, and not about what the weights do. */
const UNDECLARED = 'lineage.undeclared'
/** Most sketches that do not count of which the log tells. */
const MOST_LOGGED = 1_000

/** Scans weights by every scanner, and compares them with what the ledger says of them, and with the sketches to which registrations commit. */
export function openScan(
  ledger: Ledger,
  { sketches, engines }: Pick<ScannerConfig, 'engines' | 'sketches'>,
  log: Log,
): ScanWeights {
  const reader = nodeReader(ledger)
  const logged = new Set<string>()
  const lineageOf = async (weights: Digest): Promise<object> => {
    if (sketches === undefined) return {}
    const { facts, refused } = await readLineageFacts(sketches, weights, reader)
    for (const { name, why } of refused) {
      // Once is enough: the folder is read for every review.
      if (logged.size < MOST_LOGGED && !logged.has(`${name} ${why}`))
        log({ level: 'warn', kind: 'sketch-refused', sketch: shortText(name, 100), why })
      if (logged.size < MOST_LOGGED) logged.add(`${name} ${why}`)
    }
    return { lineage: facts }
  }
  return async (path, _weights, signal) => {
    const facts = async (digest: Digest): Promise<ScanFacts> => ({
      ledger: await readLedgerFacts(reader, digest, await loadLicenses()),
      ...(await lineageOf(digest)),
    })
    const called = { names: engines ?? ENGINE_NAMES, env: process.env }
    const document = await scanModel(path, { signal, cache: false, facts, engines: called })
    const { weights, tensors, verdict, ruleset, findings } = document
    // A failure by tensors would reach the model of which they are a copy.
    const isOthers = findings.some(({ rule }) => rule === UNDECLARED)
    const text = new TextEncoder().encode(scanDocumentText(document))
    return {
      weights,
      tensors: isOthers ? null : tensors,
      verdict,
      ruleset,
      text,
      report: scanDocumentDigest(document),
    }
  }
}
