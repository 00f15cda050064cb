import { expect } from 'chai'
import fc from 'fast-check'

import { recordMarkdown } from '../../../packages/server/src/api/rest/recordMarkdown.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { HOSTILE_TEXTS, hostileText, markdownParser, shapeOf } from '../../fixtures/markdownShape.ts'

type Record = Parameters<typeof recordMarkdown>[0]

/** A record whose strangers write one text wherever they can. */
function pageOf(text: string): string {
  const [id, account] = [`0x${'12'.repeat(32)}`, `0x${'34'.repeat(20)}`]
  const block = { number: 7, hash: id, time: 1_700_000_000 }
  const terms = { id, name: text }
  const tier = { id, name: text, terms, withdrawn: null, open: true }
  const model = {
    id,
    name: text,
    uri: text,
    publisher: { address: account },
    registered: block,
    status: 'active',
    recalled: false,
    review: null,
    terms,
    weights: id,
    tensors: null,
    annex: null,
    datasets: null,
    method: null,
    parents: [{ parent: { id, name: text, terms }, relation: 'finetune', grade: 'declared', undisclosed: true }],
    externals: [{ id, name: text }],
    tiers: [tier, { ...tier, withdrawn: block }],
    history: [{ status: 'retired', block, account, reason: text }],
  }
  return recordMarkdown({ model, block, chainId: 31337 } as unknown as Record)
}

describe('the record of a model as Markdown', function () {
  const harmless = shapeOf(pageOf('a name'))

  it('has the same parts for a renderer, whatever strangers write: no markup, link or HTML of theirs', function () {
    for (const text of HOSTILE_TEXTS) expect(shapeOf(pageOf(text)), text).to.deep.equal(harmless)
    fc.assert(
      fc.property(hostileText, (text) => {
        // Without any letter there is no text in its place.
        fc.pre(/[a-z]/i.test(text))
        expect(shapeOf(pageOf(text))).to.deep.equal(harmless)
      }),
      { numRuns: inDepth(100, 5000) },
    )
  })

  it('shows what they wrote as text', function () {
    const rendered = markdownParser.render(pageOf('<img src=x onerror="window.ran=1">'))
    expect(rendered).to.not.match(/<(img|a|script)\b/)
    expect(rendered.match(/&lt;img src=x onerror=&quot;window.ran=1&quot;&gt;/g)?.length).to.be.above(5)
  })
})
