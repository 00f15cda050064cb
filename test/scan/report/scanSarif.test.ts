import { expect } from 'chai'
import fc from 'fast-check'

import type { ScanDocument } from '../../../src/scan/ports.ts'
import { scanSarif, type ScanSarif } from '../../../src/scan/report/scanSarif.ts'
import { SCAN_RULES } from '../../../src/scan/scanRules.ts'
import { SCANNERS } from '../../../src/scan/scanners.ts'
import { sarifValidator } from '../../fixtures/sarifSchema.ts'
import { digestOf, documentOf, findingOf } from './scanDocuments.ts'

const validate = sarifValidator()

/** Writes a log as a reader of the file has it, and checks it by the schema and by what GitHub asks beyond it. */
function checkedLog(document: ScanDocument, root = 'models/tiny'): ScanSarif {
  const log = JSON.parse(JSON.stringify(scanSarif(document, digestOf('d'), { version: '1.2.3', root }))) as ScanSarif
  if (validate) expect(validate(log), JSON.stringify(validate.errors)).to.equal(true)
  const [{ tool, results }] = log.runs
  expect(Object.keys(log)).to.have.members(['$schema', 'version', 'runs'])
  expect(log.version).to.equal('2.1.0')
  for (const { id, shortDescription, help, helpUri } of tool.driver.rules) {
    expect([shortDescription.text, help.text], id).to.satisfy((texts: string[]) => texts.every((text) => text !== ''))
    expect(helpUri).to.match(/^https:\/\//)
  }
  for (const { ruleId, ruleIndex, level, message, locations, partialFingerprints } of results) {
    expect(tool.driver.rules[ruleIndex]!.id).to.equal(ruleId)
    expect(['error', 'warning', 'note']).to.include(level)
    expect(message.text).to.not.equal('')
    const { uri } = locations[0].physicalLocation.artifactLocation
    expect(uri).to.match(/^(?:[\w.~!*'()-]|%[0-9A-F]{2})+(?:\/(?:[\w.~!*'()-]|%[0-9A-F]{2})+)*$/)
    expect(uri.split('/').map(decodeURIComponent)).to.not.include.members(['..'])
    expect(partialFingerprints['stemmaScan/v1']).to.match(/^[0-9a-f]{64}$/)
  }
  const marks = results.map(({ partialFingerprints }) => partialFingerprints['stemmaScan/v1'])
  expect(new Set(marks).size).to.equal(marks.length)
  return log
}

describe('scanSarif', function () {
  it('has a result for each finding, the gravest first, at its file below the root of the repository', function () {
    const unknown = findingOf({ rule: 'scan.unjudged', level: 'unknown', offset: null })
    const note = findingOf({ rule: 'license.missing', level: 'note', file: null, offset: null })
    const [run] = checkedLog(documentOf([note, unknown, findingOf({ member: ['a.zip', 'data.pkl'] })])).runs
    expect(run.results.map(({ ruleId, level, properties }) => [ruleId, level, properties.level])).to.deep.equal([
      ['pickle.call', 'error', 'fail'],
      ['scan.unjudged', 'warning', 'unknown'],
      ['license.missing', 'note', 'note'],
    ])
    expect(run.results[0]!.locations[0]).to.deep.equal({
      physicalLocation: {
        artifactLocation: { uri: 'models/tiny/w.bin', uriBaseId: '%SRCROOT%' },
        region: { startLine: 1 },
      },
      logicalLocations: [{ fullyQualifiedName: 'a.zip/data.pkl', kind: 'member' }],
    })
    expect(run.results[0]!.message.text).to.equal('REDUCE of "os.system". Do not load the file.')
    expect(run.properties).to.include({ verdict: 'failed', report: digestOf('d'), weights: digestOf('c') })
  })

  it('states every rule that a scan has', function () {
    const rules = [...SCAN_RULES, ...SCANNERS.flatMap((scanner) => scanner.rules)]
    const [run] = checkedLog(documentOf(rules.map(({ id, level }) => findingOf({ rule: id, level })))).runs
    expect(run.tool.driver.rules.map(({ id }) => id)).to.deep.equal(rules.map(({ id }) => id).toSorted())
  })

  it('takes a rule of another version as it is', function () {
    const [run] = checkedLog(documentOf([findingOf({ rule: 'constructor' }), findingOf({ rule: 'a.b' })])).runs
    expect(run.tool.driver.rules.map(({ id }) => id)).to.deep.equal(['a.b', 'constructor'])
  })

  it('keeps a fingerprint when the file is renamed, and not when its bytes, its place or its rule change', function () {
    const file = { name: 'w.bin', size: 40, digest: 'a'.repeat(64), judgedBy: ['serialisation'] }
    const markOf = (finding: object, change: object = {}): string =>
      checkedLog(documentOf([findingOf(finding)], [{ ...file, ...change }])).runs[0].results[0]!.partialFingerprints[
        'stemmaScan/v1'
      ]
    const mark = markOf({})
    expect(markOf({ file: 'renamed' }, { name: 'renamed' })).to.equal(mark)
    expect(markOf({ remedy: 'Other words.' })).to.equal(mark)
    const others = [markOf({}, { digest: 'e'.repeat(64) }), markOf({ offset: 23 }), markOf({ rule: 'pickle.import' })]
    expect(others).to.not.include(mark)
  })

  it('cuts the least grave of what is more than GitHub takes, and says so', function () {
    const findings = Array.from({ length: 26_000 }, (_, offset) =>
      findingOf(offset % 2 === 0 ? { offset } : { offset, rule: 'license.missing', level: 'note' }),
    )
    const [run] = scanSarif(documentOf(findings), digestOf('d'), { version: '1.2.3', root: '' }).runs
    expect(run.results).to.have.length(25_000)
    expect(run.results.filter(({ level }) => level === 'error')).to.have.length(13_000)
    expect(run.invocations[0].toolExecutionNotifications[0]!.message.text).to.match(/^1000 of 26000 findings/)
  })

  it('stays valid whatever files and members are called, and makes no link or placeholder of it', function () {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).map((each) => each.replaceAll(/\p{Cs}/gu, '\u{fffd}')),
      fc.constantFrom('[x](https://evil.example)', '{0} {{', '../../etc/passwd', '\u{202e}\n\r|`', '/', '..', '%2e%2e'),
    )
    fc.assert(
      fc.property(text, text, text, text, (file, member, what, root) => {
        const log = checkedLog(documentOf([findingOf({ file, member: [member], what, library: what })]), root)
        const { message } = log.runs[0].results[0]!
        expect(message.text).to.not.match(/(?<!\\)(?:\\\\)*[[\]]/)
        expect(message.text.replaceAll(/\{\{|\}\}/g, '')).to.not.match(/[{}]/)
        expect(message.text).to.not.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: 100 },
    )
  })
})
