import { spawnSync } from 'node:child_process'

import * as dagre from '@dagrejs/dagre'
import { expect } from 'chai'
import fc from 'fast-check'

import { VERDICTS } from '../../src/core/evaluate.ts'
import { EDGE_KINDS, type MapCause } from '../../src/map/graph.ts'
import { inertText, inTwoLines } from '../../src/map/inertText.ts'
import { layout } from '../../src/map/layout.ts'
import { toSvg } from '../../src/map/svg.ts'
import { MAP_WORDS } from '../../src/map/words.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { edgeOf, graphOf, graphs, idOf, nodeOf } from './graphs.ts'
import { HOSTILE_NAMES } from './hostileNames.ts'

/** Reads documents by a parser of XML, and prints of each its elements with their attributes, and all its text. */
const PARSER = `
import json, sys
from xml.etree import ElementTree
for line in sys.stdin:
    root = ElementTree.fromstring(json.loads(line).encode('utf-8'))
    elements = [[e.tag.split('}')[1], sorted(e.attrib)] for e in root.iter()]
    print(json.dumps([elements, [e.text for e in root.iter() if e.tag.endswith('}text')]]))
`

/** The elements and the lines of text of some documents. Fails for one that is not well-formed. */
function parsed(documents: readonly string[]): { elements: [name: string, attributes: string[]][]; lines: string[] }[] {
  const input = documents.map((document) => JSON.stringify(document)).join('\n')
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PARSER], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  expect(status, stderr).to.equal(0)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as [[string, string[]][], string[]])
    .map(([elements, lines]) => ({ elements, lines }))
}

const ELEMENTS = ['svg', 'title', 'style', 'defs', 'marker', 'path', 'rect', 'g', 'text']
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u

const cause: MapCause = {
  code: 'right-withheld',
  severity: 'blocking',
  right: 'commercial',
  model: idOf(3),
  path: [idOf(1), idOf(2), idOf(3)],
}
/** The model 1 with two ancestors, one of which withholds the use, an external parent, a parent that a claim names, and 12 more below. */
const graph = {
  ...graphOf(
    [
      nodeOf(1, { verdict: 'not-permitted', cause }),
      nodeOf(2, { verdict: 'not-permitted', level: -1 }),
      nodeOf(3, { verdict: 'not-permitted', level: -2, recalled: true }),
      nodeOf(4, { external: true, publisher: null, license: null, verdict: null, level: -1, name: 'hf:acme/base' }),
      nodeOf(5, { claimed: true, verdict: 'permitted', level: -1 }),
    ],
    [
      edgeOf(1, 2, { grade: 'countersigned' }),
      edgeOf(2, 3, { grade: 'adjudicated', undisclosed: true }),
      edgeOf(1, 4),
      edgeOf(1, 5, { grade: null, claim: idOf(9), undisclosed: true }),
    ],
    [{ of: idOf(1), up: false, next: 12, models: 40, externals: 0 }],
  ),
  causes: [cause],
}

describe('map SVG', function () {
  this.timeout(120_000)

  it('shows names, verdicts as a sign and a word, the kinds of edges, a legend and what is beyond', function () {
    const svg = toSvg(layout(graph, { dagre }))
    const [{ elements, lines }] = parsed([svg]) as [ReturnType<typeof parsed>[number]]
    for (const words of ['acme/', 'model-1', 'not permitted', 'not permitted · recalled', 'not registered']) {
      expect(lines.join('|')).to.contain(words)
    }
    expect(lines).to.include.members(['permitted · claimed parent', '+12 more', '40 in all'])
    for (const kind of EDGE_KINDS) expect(lines).to.include(MAP_WORDS.kinds[kind])
    for (const verdict of VERDICTS) expect(lines).to.include(MAP_WORDS.verdicts[verdict])
    expect(lines[0]).to.equal('Lineage of acme/model-1: commercial use')
    expect(svg.match(/role="listitem"/g)).to.have.length(5 + 1 + 4)
    expect(elements.filter(([name]) => name === 'title')).to.have.length(1 + 5 + 4)
    const drawn = Array.from(svg.matchAll(/class="edge (\w+)/g), ([, kind]) => kind)
    expect(drawn.toSorted()).to.deep.equal(['adjudicated', 'beyond', 'countersigned', 'disputed', 'external'])
  })

  it('draws the way by which a restriction arrives thick, says which right is missing, and dims everything else', function () {
    const svg = toSvg(layout(graph, { dagre }))
    const classes = Array.from(svg.matchAll(/<g class="(node|edge|more) ?([^"]*)"/g), ([, what, names]) => [
      what,
      names,
    ])
    const onWay = classes.filter(([, names]) => / way\b/.test(` ${names}`))
    const dimmed = classes.filter(([, names]) => /\bdim\b/.test(names!))
    expect([onWay.length, dimmed.length]).to.deep.equal([5, 5])
    expect(svg).to.contain('>no commercial<')
    expect(toSvg(layout(graph, { dagre }), { causes: [] })).to.not.match(/class="[^"]*\b(dim|way)\b/)
  })

  it('has colors of its own for light and dark, which custom properties of a page replace', function () {
    const placed = layout(graph)
    const auto = toSvg(placed)
    expect(auto).to.contain('--_page:var(--map-page,#ffffff)').and.to.contain('prefers-color-scheme:dark')
    expect(toSvg(placed, { theme: 'dark' }))
      .to.contain('--_page:var(--map-page,#0d1117)')
      .and.to.not.contain('@media')
    expect(toSvg(placed, { theme: 'light' })).to.not.contain('#0d1117')
    expect(toSvg(placed, { id: 'two"><x' })).to.contain('class="two___x"')
  })

  it('gives the same bytes for the same map', function () {
    fc.assert(
      fc.property(graphs, (each) => {
        expect(toSvg(layout(structuredClone(each), { dagre }))).to.equal(toSvg(layout(each, { dagre })))
      }),
      { numRuns: inDepth(15, 500) },
    )
  })

  it(`is well-formed and holds no element or attribute of ${HOSTILE_NAMES.length} hostile names`, function () {
    const harmless = toSvg(layout(hostileGraph('acme/model')))
    const [expected] = parsed([harmless]) as [ReturnType<typeof parsed>[number]]
    const known = new Set(expected.elements.flatMap(([, attributes]) => attributes))
    const svgs = HOSTILE_NAMES.map((name) => toSvg(layout(hostileGraph(name))))
    for (const [index, { elements, lines }] of parsed(svgs).entries()) {
      const what = JSON.stringify(HOSTILE_NAMES[index]!.slice(0, 80))
      for (const [name, attributes] of elements) {
        expect(ELEMENTS, what).to.include(name)
        for (const attribute of attributes) expect(known.has(attribute), `${attribute} of ${what}`).to.equal(true)
      }
      const counted = (list: typeof elements): number => list.filter(([name]) => name !== 'text').length
      expect(counted(elements), what).to.equal(counted(expected.elements))
      for (const line of lines) expect(UNSAFE.test(line ?? ''), what).to.equal(false)
      expect(svgs[index]!.length, what).to.be.lessThan(40_000)
      expect(svgs[index]!.replaceAll(/[\u2068\u2069\n]/g, ''), what).to.not.match(UNSAFE)
    }
  })

  it('shows characters that cannot be seen, and keeps those that belong to a letter', function () {
    expect(inertText('a\u202eb\0', 20)).to.equal('a\\u{202e}b\\u{0}')
    expect(inertText('e\u0301te\u0301', 20)).to.equal('e\u0301te\u0301')
    expect(inertText('\ud800', 20)).to.equal('\\u{d800}')
  })

  it('cuts by characters as readers count them', function () {
    expect(inertText('👍🏽👍🏽👍🏽', 3)).to.equal('👍🏽👍🏽👍🏽')
    expect(inertText('👍🏽👍🏽👍🏽👍🏽', 3)).to.equal('👍🏽👍🏽…')
    expect(inertText('x'.repeat(1_000_000), 20_000)).to.have.length(10_001)
    expect(inertText(`a${'\u0301'.repeat(5_000)}`, 5)).to.have.length(9)
  })

  it('breaks a name behind its owner, and cuts what two lines cannot hold', function () {
    expect(inTwoLines('acme/model', 16)).to.deep.equal(['acme/model'])
    expect(inTwoLines('moonshotai/Kimi-K2.5-Instruct', 14)).to.deep.equal(['moonshotai/', 'Kimi-K2.5-Instruct'])
    const [first, second, ...others] = inTwoLines('n'.repeat(500), 16)
    expect([first!.length > 20, second!.endsWith('…'), others.length]).to.deep.equal([true, true, 0])
    expect(inTwoLines('', 16)).to.deep.equal([''])
  })
})

/** A small map in which every text of strangers is one name. */
function hostileGraph(name: string): ReturnType<typeof graphOf> {
  const nodes = [
    nodeOf(1, { name, license: name, verdict: null }),
    nodeOf(2, { name, external: true, license: name }),
    nodeOf(3, { name, license: name, verdict: null }),
  ]
  return { ...graphOf(nodes, [edgeOf(1, 2), edgeOf(1, 3)]), use: null }
}
