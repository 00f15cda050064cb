import { loadLicenses } from '../artifacts/licenseLibrary.ts'
import type { HoldFiles } from '../artifacts/modelDigest.ts'
import { note, type Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import type { LedgerOptions } from '../console/node.ts'
import type { Digest } from '../core/hex.ts'
import type { LedgerReader } from '../core/ports.ts'
import { quoted } from '../core/text.ts'
import { readLineageFacts } from '../scan/lineage/readLineageFacts.ts'
import type { ScanDocument, ScanFacts } from '../scan/ports.ts'
import { readLedgerFacts } from '../scan/readLedgerFacts.ts'
import { defaultFindingsPath } from '../scan/run/findingsCache.ts'
import { scanWhile } from '../scan/run/scanModel.ts'
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
  /** A folder of sketches to compare the weights with. */
  sketches?: string
  engines: string
  policy?: string
  /** Whether to judge files again whose findings are in the cache. */
  rehash?: boolean
}

/**
 * Scans a model with the engines and the overrides of this machine. Shows the progress of what is left of the scan when the files are hashed.
 *
 * @param open opens the model; it is scanned while it is hashed where the function is passed on to `openModel`
 */
export async function scanSubject(
  context: Context,
  open: (hold: HoldFiles) => Promise<Subject>,
  options: ScanningOptions,
): Promise<{ document: ScanDocument; model: Subject }> {
  const engines = enginesOf(context, options.engines)
  const policy = await scanPolicyOf(context, options.policy)
  const facts = factsOf(context, options)
  const { env, signal } = context
  const findings = options.rehash ? undefined : defaultFindingsPath(env)
  let model: Subject | undefined
  const document = await withProgress(context, 'Scanning', (onProgress) => {
    const onScanned = (done: number, total: number): void => {
      if (model !== undefined) onProgress(done, total)
    }
    return scanWhile(async (hold) => (model = await open(hold)), { facts, engines, signal, onScanned, findings })
  })
  return { document: await withOwnOverrides(context, document, policy), model: model! }
}

/** What scanners compare with: the ledger, with --registered; the sketches of a folder, with --sketches. */
function factsOf(context: Context, options: ScanningOptions): (weights: Digest) => Promise<ScanFacts> {
  const { registered = false, sketches } = options
  const lineage = async (weights: Digest, reader?: LedgerReader): Promise<ScanFacts> => {
    if (sketches === undefined) return {}
    const { facts, refused } = await readLineageFacts(pathOf(context, sketches), weights, reader)
    for (const { name, why } of refused) note(context, `The sketch ${quoted(name)} does not count: ${why}.`)
    return { lineage: facts }
  }
  if (!registered) return lineage
  return (weights) =>
    read(context, options, async (ledger) => {
      const reader = nodeReader(ledger)
      return {
        ledger: await readLedgerFacts(reader, weights, await loadLicenses()),
        ...(await lineage(weights, reader)),
      }
    })
}
