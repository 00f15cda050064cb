import { readFile } from 'node:fs/promises'

import { expect } from 'chai'

import { loadKnownTexts } from '../../src/artifacts/licenseLibrary.ts'
import { sha256Text } from '../../src/core/sha256.ts'
import {
  encodeSketch,
  licenseSketch,
  licenseWords,
  parseSketchIndex,
  recognizeLicense,
  sketchDistance,
  SketchIndexError,
  wordsDigest,
  type KnownText,
} from '../../src/interop/licenseSketch.ts'

const text = (seed: number, count = 400) =>
  Array.from({ length: count }, (_, index) => `word${(index * index * 17 + seed * index * 131 + seed) % 10_007}`).join(
    ' ',
  )
const known = (name: string, contents: string): KnownText => ({
  names: [name],
  texts: [sha256Text(contents)],
  words: wordsDigest(licenseWords(contents)),
  sketch: licenseSketch(licenseWords(contents)),
})

describe('recognizeLicense', function () {
  const index = [known('a', text(1)), known('b', text(2))]

  it('recognizes a text by its digest, also with other line ends, another title and another notice', function () {
    const lines = text(1).replace(/((?:\S+ ){12})/g, '$1\n')
    const one = [known('a', lines)]
    for (const copy of [
      lines,
      lines.replaceAll('\n', '\r\n'),
      `\ufeff${lines}\n\n`,
      `The A License (A)\n\nCopyright (c) 2026 Acme, all rights reserved\n\n${lines}`,
      lines.toUpperCase(),
    ])
      expect(recognizeLicense(one, copy)).to.deep.equal({ kind: 'equal', names: ['a'] })
  })

  it('names a text that is like it as a candidate with its distance, and no other', function () {
    const words = text(1).split(' ')
    words[200] = 'changed'
    const found = recognizeLicense(index, words.join(' '))
    expect(found).to.have.property('kind', 'near')
    if (found.kind !== 'near') return
    expect(found.candidates.map(({ names }) => names)).to.deep.equal([['a']])
    expect(found.candidates[0]!.distance).to.be.within(0, 0.2)
  })

  it('knows nothing of another text, or of none', function () {
    for (const other of [text(3), '', 'a', '\u0000'])
      expect(recognizeLicense(index, other)).to.deep.equal({ kind: 'unknown' })
  })

  it('gives all names for which a text stands', function () {
    const row: KnownText = { names: ['row'], texts: [sha256Text(text(1))], words: null, sketch: null }
    expect(recognizeLicense([row, ...index], text(1))).to.deep.equal({ kind: 'equal', names: ['row', 'a'] })
    expect(recognizeLicense([row], text(2))).to.deep.equal({ kind: 'unknown' })
  })

  it('leaves out no notice and no title that limits something, and no long line', function () {
    const notice = `Copyright 2026 Acme and nobody may ${'use this in any way that is not agreed '.repeat(3)}`
    for (const line of [notice, 'Copyright 2026 Acme, for research only', 'c 2026 Acme: no commercial use'])
      expect(recognizeLicense([known('a', `${text(1)}\nend`)], `${text(1)}\n${line}\nend`).kind, line).to.equal('near')
    expect(recognizeLicense([known('a', text(1))], `The A License\nFor research use only\n\n${text(1)}`).kind).to.equal(
      'near',
    )
  })
})

describe('sketchDistance', function () {
  it('estimates how much of two texts is the same', function () {
    const words = text(4, 2000)
      .split(' ')
      .map((word, index) => `${word}${index % 17}`)
    for (const part of [0, 0.25, 0.5, 1]) {
      const other = words.map((word, index) => (index < words.length * part ? `${word}x` : word))
      const [a, b] = [licenseSketch(words), licenseSketch(other)]
      expect(sketchDistance(a, b), String(part)).to.be.closeTo(1 - (1 - part) / (1 + part), 0.2)
    }
    expect(sketchDistance(licenseSketch(words), licenseSketch(words))).to.equal(0)
    expect(sketchDistance(new Uint32Array(), new Uint32Array())).to.equal(1)
  })
})

describe('licenses/texts/index.json', function () {
  it('knows the text of this repository, and texts of vendors', async function () {
    const texts = await loadKnownTexts([])
    const license = await readFile(new URL('../../LICENSE', import.meta.url), 'utf8')
    expect(recognizeLicense(texts, license)).to.deep.equal({ kind: 'equal', names: ['Apache-2.0'] })
    expect(recognizeLicense(texts, license.slice(300, 8000)).kind).to.equal('near')
    const names = new Set(texts.flatMap((each) => each.names))
    for (const name of ['MIT', 'GPL-3.0-only', 'CC-BY-NC-4.0', 'llama3.1', 'NPOSL-3.0'])
      expect(names, name).to.include(name)
  })

  it('reads back what was written, and refuses what was not', function () {
    const sketch = licenseSketch(licenseWords(text(5)))
    const row = { names: ['x'], texts: [], words: 'ab'.repeat(16), sketch: encodeSketch(sketch) }
    expect(parseSketchIndex({ version: 1, texts: [row] })[0]!.sketch).to.deep.equal(sketch)
    for (const wrong of [
      null,
      {},
      { version: 2, texts: [] },
      { version: 1, texts: [null] },
      { version: 1, texts: [{ ...row, words: 'x' }] },
      { version: 1, texts: [{ ...row, sketch: '!' }] },
    ])
      expect(() => parseSketchIndex(wrong))
        .to.throw(SketchIndexError)
        .with.property('code', 'SKETCH_INDEX')
  })
})
