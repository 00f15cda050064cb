import { canonicalJson } from '../core/canonicalJson.ts'
import type { Digest } from '../core/hex.ts'
import { sha256Text } from '../core/sha256.ts'
import { compareCodePoints } from '../core/text.ts'
import { DATA, engineRule } from './engineRules.ts'
import type { Finding, ScanDocument, Scanner } from './ports.ts'
import { rulesetDigest } from './ruleset.ts'

/** What a scan found, before it is put in order. */
export type ScanParts = {
  weights: Digest
  tensors: Digest | null
  scanners: readonly Scanner[]
  files: ScanDocument['files']
  findings: readonly Finding[]
}

/** Makes the report of a scan: in one order, with the verdict. Equal parts give an equal report, whatever their order. */
export function scanDocumentOf({ weights, tensors, scanners, files, findings }: ScanParts): ScanDocument {
  const all = [...findings, ...files.filter(isUnjudged).map(unjudged)]
  const keyed = all.map((finding) => [canonicalJson([finding.file ?? '', finding.rule, finding]), finding] as const)
  const unique = [...new Map(keyed)].toSorted(([a], [b]) => compareCodePoints(a, b)).map(([, finding]) => finding)
  return {
    version: 1,
    weights,
    tensors,
    ruleset: rulesetDigest(scanners),
    verdict: verdictOf(unique, files),
    scanners: scanners.map(({ id, version }) => ({ id, version })).toSorted((a, b) => compareCodePoints(a.id, b.id)),
    files: files
      .map((file) => ({ ...file, judgedBy: file.judgedBy.toSorted(compareCodePoints) }))
      .toSorted((a, b) => compareCodePoints(a.name, b.name)),
    findings: unique,
  }
}

/** The bytes of a report, as text: canonical JSON and a line feed. */
export function scanDocumentText(document: ScanDocument): string {
  return `${canonicalJson(document)}\n`
}

/** SHA-256 of {@link scanDocumentText}: what goes on chain, and what `sha256sum` prints of the file. */
export function scanDocumentDigest(document: ScanDocument): Digest {
  return sha256Text(scanDocumentText(document))
}

/** The verdict: the worst of the findings; unknown when nothing was judged at all. */
export function verdictOf(findings: readonly Finding[], files: ScanDocument['files']): ScanDocument['verdict'] {
  if (findings.some(({ level }) => level === 'fail')) return 'failed'
  if (findings.some(({ level }) => level === 'unknown')) return 'unknown'
  return files.some(({ judgedBy }) => judgedBy.length > 0) ? 'passed' : 'unknown'
}

/** Whether a file that no scanner judged could be loaded as weights or run. An empty one cannot. */
function isUnjudged({ name, size, judgedBy }: ScanDocument['files'][number]): boolean {
  return judgedBy.length === 0 && size > 0 && !DATA.test(name)
}

function unjudged({ name }: ScanDocument['files'][number]): Finding {
  const { id, level, remedy } = engineRule('scan.unjudged')
  return { rule: id, level, file: name, member: [], offset: null, what: 'no scanner judged it', library: null, remedy }
}
