import { loadLicenses } from '../artifacts/licenseLibrary.ts'
import type { Context } from '../console/context.ts'
import type { LedgerOptions } from '../console/node.ts'
import type { Digest } from '../core/hex.ts'
import type { ScanDocument, ScanFacts } from '../scan/ports.ts'
import { readLedgerFacts } from '../scan/readLedgerFacts.ts'
import { scanHashed } from '../scan/run/scanModel.ts'
import { nodeReader } from '../sdk/compliance/nodeReader.ts'
import type { Subject } from '../subjects/subject.ts'
import { enginesOf } from './engineOption.ts'
import { read } from './open.ts'
import { scanPolicyOf, withOwnOverrides } from './scanOverrides.ts'
import { withProgress } from './withProgress.ts'

/** How a model is scanned. */
export type ScanningOptions = LedgerOptions & {
  /** Whether to compare with what the ledger says of the weights. */
  registered?: boolean
  engines: string
  policy?: string
}

/** Scans a model that was hashed, with the engines and the overrides of this machine. */
export async function scanSubject(context: Context, model: Subject, options: ScanningOptions): Promise<ScanDocument> {
  const engines = enginesOf(context, options.engines)
  const policy = await scanPolicyOf(context, options.policy)
  const facts = options.registered ? factsOf(context, options) : undefined
  const document = await withProgress(context, 'Scanning', (onScanned) =>
    scanHashed(model, { facts, engines, signal: context.signal, onScanned }),
  )
  return withOwnOverrides(context, document, policy)
}

function factsOf(context: Context, options: LedgerOptions): (weights: Digest) => Promise<ScanFacts> {
  return (weights) =>
    read(context, options, async (ledger) => ({
      ledger: await readLedgerFacts(nodeReader(ledger), weights, await loadLicenses()),
    }))
}
