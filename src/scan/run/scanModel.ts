import { hashModel, type modelDigest } from '../../artifacts/modelDigest.ts'
import type { ModelFile } from '../../artifacts/modelFile.ts'
import { StemmaError } from '../../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../../core/hex.ts'
import { quoted } from '../../core/text.ts'
import { lineageFactsOf } from '../facts.ts'
import type { ScanDocument, ScanFacts } from '../ports.ts'
import { scanDocumentOf } from '../scanDocument.ts'
import { SCANNERS } from '../scanners.ts'
import { callEngines, type EngineOptions } from './engines/callEngines.ts'
import { judgeFiles, type JudgeOptions } from './judgeFiles.ts'
import type { FileToScan } from './messages.ts'

/** What a scan is of. */
export type ScannedModel = {
  digest: Digest
  /** Null when they were not asked for, or cannot be computed. */
  tensors: { digest: Digest; leaves?: readonly Digest[] } | { refused: unknown } | null
  contents: readonly ModelFile[]
}

/** Options of {@link scanModel}. */
export type ScanOptions = modelDigest.Options & {
  /** What a ledger says of the weights: see `readLedgerFacts`. Called with their digest. */
  facts?: ((weights: Digest) => Promise<ScanFacts>) | undefined
  /** Called with the number of files that are judged, of so many. */
  onScanned?: ((files: number, total: number) => void) | undefined
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
 */
export async function scanModel(path: string, options: ScanOptions = {}): Promise<ScanDocument> {
  return scanHashed(await hashModel(path, options), options)
}

/**
 * Scans a model that was hashed, wherever it is on this disk.
 *
 * @throws {@link NotAtHandError} when a file is elsewhere
 * @throws as {@link scanModel}
 */
export async function scanHashed(
  { digest, tensors, contents }: ScannedModel,
  options: Pick<ScanOptions, 'facts' | 'signal' | 'onScanned' | 'engines'> &
    Pick<JudgeOptions, 'module' | 'fileMs'> = {},
): Promise<ScanDocument> {
  const files = contents.map(fileToScan)
  const facts = withLeaves((await options.facts?.(digest)) ?? {}, tensors)
  const { signal, module, fileMs } = options
  const onFile = (done: number): void => options.onScanned?.(done, files.length)
  const { findings, judgedBy } = await judgeFiles(files, { facts, signal, module, fileMs, onFile })
  const engines = options.engines ? await callEngines(files, { ...options.engines, signal }) : []
  return scanDocumentOf({
    weights: digest,
    tensors: tensorsOf(tensors),
    scanners: SCANNERS,
    files: files.map(({ name, size, digest: of }, index) => ({ name, size, digest: of, judgedBy: judgedBy[index]! })),
    findings: [...findings, ...engines.flatMap((each) => each.findings)],
    engines: engines.map(({ run }) => run),
  })
}

/** Leaves that were computed with the digest are not computed again where weights are compared with sketches. */
function withLeaves(facts: ScanFacts, tensors: ScannedModel['tensors']): ScanFacts {
  const lineage = lineageFactsOf(facts)
  if (lineage === null || tensors === null || 'refused' in tensors || !tensors.leaves?.length) return facts
  return { ...facts, lineage: { ...lineage, leaves: tensors.leaves } }
}

function fileToScan({ name, size, digest, local }: ModelFile): FileToScan {
  if (local === undefined) throw new NotAtHandError(name)
  return { name, size, digest, path: local.path, state: local.state }
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
