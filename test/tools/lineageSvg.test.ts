import { expect } from 'chai'

import { lineageSvg, type PicturedModel } from '../../tools/lineageSvg.ts'

const model = (id: string, more: Partial<PicturedModel> = {}): PicturedModel => ({
  id,
  name: `owner/${id}`,
  license: 'MIT',
  verdict: 'permitted',
  reason: 'without duties',
  ...more,
})
const edge = (parent: string, child: string, claimed = false) => ({ parent, child, label: ['finetune'], claimed })

/** Where the name of a model stands. */
function placeOf(svg: string, id: string): { x: number; y: number } {
  const [, x, y] = new RegExp(`<text x="([\\d.]+)" y="([\\d.]+)"[^>]*>owner/${id}<`).exec(svg)!
  return { x: Number(x), y: Number(y) }
}

describe('picture of a lineage', function () {
  it('places a model below all its parents, on the longest way from a base', function () {
    const edges = [edge('a', 'b'), edge('b', 'c'), edge('a', 'c')]
    const svg = lineageSvg({ title: 'A chain', models: [model('c'), model('b'), model('a')], edges })
    const [a, b, c] = ['a', 'b', 'c'].map((id) => placeOf(svg, id).y) as [number, number, number]
    expect(b).to.be.greaterThan(a)
    expect(c).to.be.greaterThan(b)
  })

  it('places siblings beside each other, and a grandchild below its parent', function () {
    const edges = [edge('a', 'b'), edge('a', 'c'), edge('b', 'd')]
    const svg = lineageSvg({ title: 'A tree', models: ['a', 'b', 'c', 'd'].map((id) => model(id)), edges })
    expect(placeOf(svg, 'b').y).to.equal(placeOf(svg, 'c').y)
    expect(placeOf(svg, 'c').x - placeOf(svg, 'b').x).to.be.greaterThan(300)
    expect(placeOf(svg, 'd').x).to.equal(placeOf(svg, 'b').x)
  })

  it('draws a lineage with a cycle', function () {
    const svg = lineageSvg({
      title: 'A cycle',
      models: [model('a'), model('b')],
      edges: [edge('a', 'b'), edge('b', 'a')],
    })
    expect(svg.match(/fill="none"/g)).to.have.lengthOf(2)
  })

  it('states the verdict in words, and dashes an edge that the registration does not declare', function () {
    const models = [model('a', { verdict: 'conditional' }), model('b', { verdict: 'not-permitted' })]
    const svg = lineageSvg({ title: 'A claim', models, edges: [edge('a', 'b', true)] })
    expect(svg).to.contain('✓ Permitted on conditions').and.to.contain('✗ Not permitted')
    expect(svg.match(/stroke-dasharray/g)).to.have.lengthOf(1)
  })

  it('escapes what publishers wrote, and cuts what does not fit', function () {
    const models = [model('a', { license: '<script>&"', reason: 'long '.repeat(50) })]
    const svg = lineageSvg({ title: 'A name', models, edges: [] })
    expect(svg).to.contain('&lt;script&gt;&amp;&quot;').and.to.not.contain('<script>')
    expect(svg).to.match(/long…</)
  })
})
