import { loadLicenses } from 'stemma/artifacts'
import { ENGINE_NAMES, readLedgerFacts, scanDocumentDigest, scanDocumentText, scanModel } from 'stemma/scan'
import { nodeReader, type Ledger } from 'stemma/sdk'

import type { ScannerConfig } from './config.ts'
import type { ScanWeights } from './scanReviews.ts'

/** Scans weights by every scanner and the engines that are installed, and compares them with what the ledger says of them. */
export function openScan(ledger: Ledger, config: Pick<ScannerConfig, 'engines'> = {}): ScanWeights {
  const reader = nodeReader(ledger)
  return async (path, _weights, signal) => {
    const facts = async (digest: Parameters<typeof readLedgerFacts>[1]) => ({
      ledger: await readLedgerFacts(reader, digest, await loadLicenses()),
    })
    const engines = { names: config.engines ?? ENGINE_NAMES, env: process.env }
    const document = await scanModel(path, { signal, cache: false, facts, engines })
    const { weights, tensors, verdict, ruleset } = document
    const text = new TextEncoder().encode(scanDocumentText(document))
    return { weights, tensors, verdict, ruleset, text, report: scanDocumentDigest(document) }
  }
}
