import { expect } from 'chai'

import { fitSections } from '../../src/cli/fitSections.ts'

const entries = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index}`)

describe('fitSections', function () {
  it('leaves out sections without entries, and shows all that fits', function () {
    const sections = [
      { title: 'Empty:', entries: [] },
      { title: 'Full:', entries: ['one', 'two'] },
    ]
    expect(fitSections({ head: ['Yes.'], sections, foot: ['End.'], lines: 24, columns: 100 })).to.equal(
      'Yes.\n\nFull:\n  - one\n  - two\n\nEnd.',
    )
  })

  it('drops the last entries of the longest section first, and counts them', function () {
    const sections = [
      { title: 'Short:', entries: entries(2, 'short') },
      { title: 'Long:', entries: entries(30, 'long') },
    ]
    const text = fitSections({ head: ['Yes.'], sections, foot: ['End.'], lines: 16, columns: 100 })
    expect(text.split('\n')).to.have.length(16)
    expect(text).to.contain('short 1').and.to.contain('  … 24 more').and.to.not.contain('long 6\n')
  })

  it('gives up the last sections where one entry of each is too much, and the first ones what room there is', function () {
    const sections = ['a', 'b', 'c'].map((name) => ({ title: `${name}:`, entries: entries(3, name) }))
    const text = fitSections({ head: ['Yes.'], sections, foot: ['End.'], lines: 14, columns: 100 })
    expect(text).to.equal(
      'Yes.\n\na:\n  - a 0\n  - a 1\n  - a 2\n\nb:\n  - b 0\n  … 2 more\n\n3 more with --full.\n\nEnd.',
    )
    const short = fitSections({ head: ['Yes.'], sections, foot: ['End.'], lines: 3, columns: 100 })
    expect(short).to.equal('Yes.\n\na:\n  - a 0\n  … 2 more\n\n6 more with --full.\n\nEnd.')
  })

  it('wraps entries at the width, and keeps the first entry of every section', function () {
    const sections = [{ title: 'Why:', entries: ['word '.repeat(60).trim(), 'other'] }]
    const text = fitSections({ head: [], sections, foot: [], lines: 5, columns: 20 })
    for (const line of text.split('\n')) expect(line.length).to.be.at.most(20)
    expect(text).to.contain('  - word').and.to.contain('  … 1 more')
  })
})
