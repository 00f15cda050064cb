import { readFileSync } from 'node:fs'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import fc from 'fast-check'

import { canonicalJson } from '../../../src/core/canonicalJson.ts'
import type { ScanDocument } from '../../../src/scan/ports.ts'
import { parseScanDocument, readScanReport } from '../../../src/scan/report/readScanReport.ts'
import { scanDocumentDigest, scanDocumentText } from '../../../src/scan/scanDocument.ts'
import { SCAN_RULES } from '../../../src/scan/scanRules.ts'
import { SCANNERS } from '../../../src/scan/scanners.ts'
import { digestOf, documentOf, findingOf } from './scanDocuments.ts'

const schema = JSON.parse(readFileSync(new URL('../../../docs/scan-report.schema.json', import.meta.url), 'utf8'))
const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(schema)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A report with everything that one may have. */
function fullDocument(): ScanDocument {
  const rules = [...SCAN_RULES, ...SCANNERS.flatMap((scanner) => scanner.rules)]
  const engine = { engine: 'clamav', engineVersion: '1.4.3', signatures: '27500' }
  const document = documentOf([
    ...rules.map(({ id, level }) => findingOf({ rule: id, level, member: ['a', 'b'], library: 'os' })),
    findingOf({ rule: 'clamav.found', ...engine }),
  ])
  const override = {
    version: 1 as const,
    weights: document.weights,
    rules: ['pickle.call'],
    reason: 'drill',
    from: 1,
    until: 2,
    signer: `0x${'1'.repeat(40)}` as never,
    signature: '0x12',
  }
  return {
    ...document,
    tensors: digestOf('e'),
    verdictWithOverrides: 'unknown',
    scanners: [{ id: 'serialisation', version: 1 }],
    engines: [{ ...engine, scanned: 1, notScanned: [{ file: 'w.bin', why: 'it took too long' }] }],
    overrides: [override],
  }
}

describe('readScanReport', function () {
  it('reads what a scan writes, which the published schema describes', function () {
    for (const document of [fullDocument(), documentOf([]), documentOf([findingOf({ level: 'unknown' })])]) {
      const text = scanDocumentText(document)
      const read = readScanReport(bytesOf(text))
      expect(read).to.deep.equal({ document, digest: scanDocumentDigest(document) })
      expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).to.equal(true)
      expect(readScanReport(bytesOf(JSON.stringify(JSON.parse(text), null, 4))).digest).to.equal(read.digest)
    }
  })

  it('refuses a verdict that its findings contradict', function () {
    for (const [document, verdict] of [
      [documentOf([findingOf()]), 'passed'],
      [documentOf([findingOf()]), 'unknown'],
      [documentOf([findingOf({ level: 'unknown' })]), 'passed'],
      [documentOf([]), 'failed'],
    ] as const) {
      expect(() => parseScanDocument({ ...document, verdict })).to.throw('"verdict"')
    }
  })

  it('refuses fields that are missing, unknown, of another kind or too long, here and in the schema', function () {
    const full = JSON.parse(canonicalJson(fullDocument())) as Record<string, unknown>
    const finding = (full.findings as object[])[0]!
    const without = Object.keys(full).map((name) =>
      Object.fromEntries(Object.entries(full).filter(([at]) => at !== name)),
    )
    for (const value of [
      null,
      [],
      'text',
      ...without,
      { ...full, version: 2 },
      { ...full, time: 1 },
      { ...full, weights: '0x12' },
      { ...full, verdict: 'good' },
      { ...full, verdictWithOverrides: '' },
      { ...full, findings: {} },
      { ...full, findings: [{ ...finding, offset: -1 }] },
      { ...full, findings: [{ ...finding, level: 'error' }] },
      { ...full, findings: [{ ...finding, more: 1 }] },
      { ...full, findings: [{ ...finding, engine: 'clamav' }] },
      { ...full, findings: [{ ...finding, what: 'x'.repeat(100_001) }] },
      { ...full, findings: [{ ...finding, member: Array.from({ length: 101 }, () => 'x') }] },
      { ...full, files: [{ name: 'a', size: 1, digest: 'A'.repeat(64), judgedBy: [] }] },
      { ...full, files: [{ name: 'a', size: 1.5, digest: 'a'.repeat(64), judgedBy: [] }] },
      { ...full, engines: [{ engine: 'clamav' }] },
      { ...full, overrides: [{}] },
    ]) {
      expect(() => parseScanDocument(value), JSON.stringify(value)?.slice(0, 200))
        .to.throw()
        .with.property('code', 'INVALID_SCAN_REPORT')
      expect(validate(value), JSON.stringify(value)?.slice(0, 200)).to.equal(false)
    }
  })

  it('refuses text that canonical JSON has no form of, and times without a date', function () {
    const finding = findingOf({ what: '\u{d800}' })
    const full = fullDocument()
    for (const value of [
      { ...full, findings: [finding] },
      { ...full, overrides: [{ ...full.overrides[0], until: 2 ** 47 }] },
      { ...full, overrides: [{ ...full.overrides[0], reason: 'a\u{202e}b' }] },
    ]) {
      expect(() => parseScanDocument(value))
        .to.throw()
        .with.property('code', 'INVALID_SCAN_REPORT')
    }
  })

  it('gives a named error for any bytes', function () {
    const text = scanDocumentText(fullDocument())
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map(bytesOf),
      fc.tuple(fc.nat(text.length), fc.string({ maxLength: 3 })).map(([at, part]) => bytesOf(text.slice(0, at) + part)),
    )
    const codes = ['INVALID_SCAN_REPORT', 'INVALID_JSON', 'DUPLICATE_JSON_NAME', 'JSON_TOO_DEEP']
    fc.assert(
      fc.property(some, (bytes) => {
        try {
          readScanReport(bytes)
        } catch (error) {
          expect((error as { code: string }).code).to.be.oneOf(codes)
        }
      }),
      { numRuns: 300 },
    )
    expect(() => readScanReport(bytesOf('['.repeat(100_000)))).to.throw()
    expect(() => readScanReport(bytesOf('{"version":1,"version":1}')))
      .to.throw()
      .with.property('code', 'DUPLICATE_JSON_NAME')
  })
})
