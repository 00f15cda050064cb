import { StemmaError } from '../../core/errors.ts'
import type { Digest } from '../../core/hex.ts'
import { parseStrictJson } from '../../core/json.ts'
import { quoted } from '../../core/text.ts'
import { describeValue, FieldReader } from '../../documents/fields.ts'
import { readOverrideRecord } from '../../documents/override.ts'
import type { EngineRun, Finding, Level, ScanDocument, ScanVerdict } from '../ports.ts'
import { scanDocumentDigest, verdictOf } from '../scanDocument.ts'

/** Longest report that is read, in bytes. */
export const MOST_REPORT_BYTES = 64 * 1024 * 1024
/** Most files, findings and things that an engine did not scan. */
const MOST_ENTRIES = 1_000_000
/** Most scanners, engines, overrides and members of a way into a file. */
const MOST_FEW = 100
/** Longest text, in UTF-16 units: a member of an archive may have a name of 64 KiB. */
const MOST_TEXT = 100_000
const VERDICTS: readonly ScanVerdict[] = ['passed', 'failed', 'unknown']
const LEVELS: readonly Level[] = ['fail', 'warn', 'unknown', 'note']
const FINDING = ['rule', 'level', 'file', 'member', 'offset', 'what', 'library', 'remedy']

/** A report of a scan that was read, and the digest that an attestation of it names. */
export type ReadScanReport = { document: ScanDocument; digest: Digest }

/**
 * Reads the bytes of a report that others wrote. The digest is that of the canonical JSON, however the file is laid out.
 *
 * @throws {@link InvalidScanReportError} naming the field
 * @throws `InvalidJsonError` `DuplicateJsonNameError` `JsonTooDeepError`
 */
export function readScanReport(bytes: Uint8Array): ReadScanReport {
  if (bytes.length > MOST_REPORT_BYTES) {
    return read.fail('the report', bytes.length, `at most ${MOST_REPORT_BYTES} bytes`)
  }
  const document = parseScanDocument(parseStrictJson(textOf(bytes), 'The report', { maxDepth: 8 }))
  return { document, digest: scanDocumentDigest(document) }
}

/**
 * Reads the parsed JSON of a report. A verdict that its own findings contradict is refused, and so is a field that no version 1 has.
 *
 * @throws {@link InvalidScanReportError} naming the field
 */
export function parseScanDocument(value: unknown): ScanDocument {
  const fields = read.object(value, 'the report', [
    'version',
    'weights',
    'tensors',
    'ruleset',
    'verdict',
    'verdictWithOverrides',
    'scanners',
    'engines',
    'files',
    'findings',
    'overrides',
  ])
  const list = <T>(name: string, most: number, readItem: (item: unknown, field: string) => T): T[] =>
    read.list(fields[name], name, most).map((item, index) => readItem(item, `${name}[${index}]`))
  const document: ScanDocument = {
    version: read.version(fields.version, 1),
    weights: read.digest(fields.weights, 'weights'),
    tensors: fields.tensors === null ? null : read.digest(fields.tensors, 'tensors'),
    ruleset: read.digest(fields.ruleset, 'ruleset'),
    verdict: read.word(fields.verdict, 'verdict', VERDICTS),
    verdictWithOverrides:
      fields.verdictWithOverrides === null
        ? null
        : read.word(fields.verdictWithOverrides, 'verdictWithOverrides', VERDICTS),
    scanners: list('scanners', MOST_FEW, scannerFrom),
    engines: list('engines', MOST_FEW, engineFrom),
    files: list('files', MOST_ENTRIES, fileFrom),
    findings: list('findings', MOST_ENTRIES, findingFrom),
    overrides: list('overrides', MOST_FEW, (item, field) => readOverrideRecord(read, item, field)),
  }
  const verdict = verdictOf(document.findings, document.files)
  if (document.verdict !== verdict) read.fail('verdict', document.verdict, `${verdict}, as its findings say`)
  return document
}

function scannerFrom(value: unknown, field: string): ScanDocument['scanners'][number] {
  const { id, version } = read.object(value, field, ['id', 'version'])
  return { id: text(id, `${field}.id`), version: read.count(version, `${field}.version`) }
}

function engineFrom(value: unknown, field: string): EngineRun {
  const fields = read.object(value, field, ['engine', 'engineVersion', 'signatures', 'scanned', 'notScanned'])
  return {
    engine: text(fields.engine, `${field}.engine`),
    engineVersion: text(fields.engineVersion, `${field}.engineVersion`),
    signatures: textOrNull(fields.signatures, `${field}.signatures`),
    scanned: read.count(fields.scanned, `${field}.scanned`),
    notScanned: read.list(fields.notScanned, `${field}.notScanned`, MOST_ENTRIES).map((item, index) => {
      const at = `${field}.notScanned[${index}]`
      const { file, why } = read.object(item, at, ['file', 'why'])
      return { file: text(file, `${at}.file`), why: text(why, `${at}.why`) }
    }),
  }
}

function fileFrom(value: unknown, field: string): ScanDocument['files'][number] {
  const { name, size, digest, judgedBy } = read.object(value, field, ['name', 'size', 'digest', 'judgedBy'])
  return {
    name: text(name, `${field}.name`),
    size: read.count(size, `${field}.size`, 2 ** 53),
    digest: sha256Of(digest, `${field}.digest`),
    judgedBy: read
      .list(judgedBy, `${field}.judgedBy`, MOST_FEW)
      .map((id, index) => text(id, `${field}.judgedBy[${index}]`)),
  }
}

function findingFrom(value: unknown, field: string): Finding {
  const isOfEngine = 'engine' in read.object(value, field)
  const fields = read.object(value, field, isOfEngine ? [...FINDING, 'engine', 'engineVersion', 'signatures'] : FINDING)
  return {
    rule: text(fields.rule, `${field}.rule`),
    level: read.word(fields.level, `${field}.level`, LEVELS),
    file: textOrNull(fields.file, `${field}.file`),
    member: read
      .list(fields.member, `${field}.member`, MOST_FEW)
      .map((name, index) => text(name, `${field}.member[${index}]`)),
    offset: fields.offset === null ? null : read.count(fields.offset, `${field}.offset`, 2 ** 53),
    what: text(fields.what, `${field}.what`),
    library: textOrNull(fields.library, `${field}.library`),
    remedy: text(fields.remedy, `${field}.remedy`),
    ...(isOfEngine && {
      engine: text(fields.engine, `${field}.engine`),
      engineVersion: text(fields.engineVersion, `${field}.engineVersion`),
      signatures: textOrNull(fields.signatures, `${field}.signatures`),
    }),
  }
}

/** A text that canonical JSON takes: without half surrogate pairs. */
function text(value: unknown, field: string): string {
  const given = read.text(value, field)
  if (given.length <= MOST_TEXT && !/\p{Cs}/u.test(given)) return given
  return read.fail(field, given, `at most ${MOST_TEXT} characters of Unicode`)
}

function sha256Of(value: unknown, field: string): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
  return read.fail(field, value, '64 lower-case hex digits')
}

function textOrNull(value: unknown, field: string): string | null {
  return value === null ? null : text(value, field)
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return read.fail('the report', 'bytes that are not UTF-8', 'UTF-8')
  }
}

/** Thrown when a report of a scan is malformed, or contradicts itself. */
export class InvalidScanReportError extends StemmaError {
  override name = 'InvalidScanReportError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_SCAN_REPORT',
      `Invalid report of a scan: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Ask who scanned for another file, or scan the model yourself (stemma weights scan).${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidScanReportError(...fault))
