import { expect } from 'chai'
import fc from 'fast-check'

import { scanMarkdown } from '../../../src/scan/report/scanMarkdown.ts'
import { HOSTILE_TEXTS, hostileText, markdownParser, shapeOf } from '../../fixtures/markdownShape.ts'
import { digestOf, documentOf, findingOf } from './scanDocuments.ts'

/** The page of a report in which everything that strangers write is a text. */
function written(text: string): string {
  const finding = findingOf({ file: text, member: [text], what: text, library: text, remedy: text })
  const file = { name: text, size: 1, digest: 'a'.repeat(64), judgedBy: [] }
  return scanMarkdown(documentOf([finding, { ...finding, rule: text }], [file]), digestOf('d'))
}

describe('scanMarkdown', function () {
  it('has the verdict, the findings, what was not judged, and the digests', function () {
    const page = scanMarkdown(documentOf([findingOf({ member: ['data.pkl'] })]), digestOf('d'))
    const html = markdownParser.render(page)
    for (const part of [
      'Stemma scan: failed',
      '<code>w.bin</code> in it <code>data.pkl</code>, byte 22',
      'REDUCE of &quot;os.system&quot;. Do not load the file.',
      '<code>README.md</code>',
      `report <code>${digestOf('d')}</code>`,
    ]) {
      expect(html).to.contain(part)
    }
  })

  for (const hostile of HOSTILE_TEXTS) {
    it(`makes nothing but text of ${JSON.stringify(hostile)}`, function () {
      expect(shapeOf(written(hostile))).to.deep.equal(shapeOf(written('plain')))
    })
  }

  it('makes nothing but text of any text', function () {
    const shape = shapeOf(written('plain'))
    const text = hostileText.map((each) => each.replaceAll('\u{d800}', '\u{fffd}'))
    fc.assert(
      fc.property(text, (hostile) => {
        expect(shapeOf(written(hostile))).to.deep.equal(shape)
      }),
      { numRuns: 200 },
    )
  })

  it('is short enough for a comment, however much was found', function () {
    const findings = Array.from({ length: 2_000 }, (_, offset) => findingOf({ offset, what: 'x'.repeat(500) }))
    const page = scanMarkdown(documentOf(findings), digestOf('d'))
    expect(page.length).to.be.lessThan(65_536)
    expect(page).to.contain('1950 more findings')
  })
})
