import { hashModel, type HoldFiles, type modelDigest } from '../../artifacts/modelDigest.ts'
import type { ModelFile } from '../../artifacts/modelFile.ts'
import { StemmaError } from '../../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../../core/hex.ts'
import { quoted } from '../../core/text.ts'
import { lineageFactsOf } from '../facts.ts'
import type { ScanDocument, ScanFacts } from '../ports.ts'
import { scanDocumentOf } from '../scanDocument.ts'
import { SCANNERS } from '../scanners.ts'
import { callEngines, type EngineOptions } from './engines/callEngines.ts'
import type { EngineFile } from './engines/ports.ts'
import { openFindingsCache } from './findingsCache.ts'
import type { ProcessOptions } from './judgeProcess.ts'
import { ModelScan } from './modelScan.ts'

/** What a scan is of. */
export type ScannedModel = {
  digest: Digest
  /** Null when they were not asked for, or cannot be computed. */
  tensors: { digest: Digest; leaves?: readonly Digest[] } | { refused: unknown } | null
  contents: readonly ModelFile[]
}

/** Options of {@link scanModel}. */
export type ScanOptions = modelDigest.Options & {
  /** Called with the number of files that are judged, of so many. */
  onScanned?: ((files: number, total: number) => void) | undefined
  /** What a ledger says of the weights: see `readLedgerFacts`. Called with their digest. */
  facts?: ((weights: Digest) => Promise<ScanFacts>) | undefined
  /** Path of the cache of findings, such as `defaultFindingsPath()`; none when left out. */
  findings?: string | undefined
  /** Engines of others that are called too; none when left out. */
  engines?: Omit<EngineOptions, 'signal'> | undefined
}

/**
 * Hashes the model in a folder or a file, and scans it by every scanner. Nothing of it is run, and what could end a scanner ends nothing else.
 *
 * @example
 * const { verdict, findings } = await scanModel('./acme__tiny-chat')
 *
 * @throws what `modelDigest` throws, and `FileChangedError` when a file changed after it was hashed
 * @throws `UntrustedCacheError` when others may write to a cache
 */
export async function scanModel(path: string, options: ScanOptions = {}): Promise<ScanDocument> {
  return scanWhile((hold) => hashModel(path, { ...options, hold }), options)
}

/**
 * Scans a model while it is hashed.
 *
 * @param hash hashes it, and passes the function on to `hashModel` or `openSubject`, which gives the scan its files
 * @throws {@link NotAtHandError} when a file is elsewhere
 * @throws as {@link scanModel}
 */
export async function scanWhile(
  hash: (hold: HoldFiles) => Promise<ScannedModel>,
  options: Pick<ScanOptions, 'facts' | 'signal' | 'onScanned' | 'findings' | 'engines'> &
    Pick<ProcessOptions, 'module' | 'fileMs'> = {},
): Promise<ScanDocument> {
  const { facts, findings: place, engines, signal, module, fileMs, onScanned } = options
  const cache = place === undefined ? undefined : openFindingsCache(place, SCANNERS)
  const scan = new ModelScan({ cache, signal, module, fileMs, onScanned })
  try {
    const { digest, tensors, contents } = await hash(scan.hold)
    const files = contents.map(localFile)
    const { findings, judgedBy } = await scan.finish(files, withLeaves((await facts?.(digest)) ?? {}, tensors))
    const called = engines ? await callEngines(files.map(engineFile), { ...engines, signal }) : []
    return scanDocumentOf({
      weights: digest,
      tensors: tensorsOf(tensors),
      scanners: SCANNERS,
      files: files.map(({ name, size, digest: of }, index) => ({ name, size, digest: of, judgedBy: judgedBy[index]! })),
      findings: [...findings, ...called.flatMap((each) => each.findings)],
      engines: called.map(({ run }) => run),
    })
  } finally {
    scan.close()
    cache?.close()
  }
}

/** Scans a model that was hashed, wherever it is on this disk. @throws as {@link scanWhile} */
export async function scanHashed(
  model: ScannedModel,
  options: Parameters<typeof scanWhile>[1] = {},
): Promise<ScanDocument> {
  return scanWhile(async () => model, options)
}

/** Leaves that were computed with the digest are not computed again where weights are compared with sketches. */
function withLeaves(facts: ScanFacts, tensors: ScannedModel['tensors']): ScanFacts {
  const lineage = lineageFactsOf(facts)
  if (lineage === null || tensors === null || 'refused' in tensors || !tensors.leaves?.length) return facts
  return { ...facts, lineage: { ...lineage, leaves: tensors.leaves } }
}

type LocalFile = ModelFile & Required<Pick<ModelFile, 'local'>>

function engineFile({ name, size, local }: LocalFile): EngineFile {
  return { name, size, ...local }
}

function localFile(file: ModelFile): LocalFile {
  const { local } = file
  if (local === undefined) throw new NotAtHandError(file.name)
  return { ...file, local }
}

function tensorsOf(tensors: ScannedModel['tensors']): Digest | null {
  if (tensors === null || 'refused' in tensors || tensors.digest === ZERO_DIGEST) return null
  return tensors.digest
}

/** Thrown when a model that is elsewhere should be scanned. */
export class NotAtHandError extends StemmaError {
  override name = 'NotAtHandError'
  constructor(name: string) {
    super(
      'NOT_AT_HAND',
      `The file ${quoted(name)} is not on this disk, and a scan reads all files. Download the model (hf download), and name its folder.`,
    )
  }
}
