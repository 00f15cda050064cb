import { expect } from 'chai'
import fc from 'fast-check'

import { StemmaError } from '../../src/core/errors.ts'
import { layout } from '../../src/map/layout.ts'
import { InvalidMapAnswerError, parseMap } from '../../src/map/parseMap.ts'
import { toSvg } from '../../src/map/svg.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { edgeOf, graphOf, graphs, idOf, nodeOf } from './graphs.ts'

describe('parseMap', function () {
  it('takes maps as they are', function () {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(parseMap(JSON.parse(JSON.stringify(graph)))).to.deep.equal(graph)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses what is not a map', function () {
    const graph = graphOf([nodeOf(1), nodeOf(2)], [edgeOf(1, 2)])
    const wrong: unknown[] = [
      null,
      undefined,
      'map',
      [],
      {},
      { ...graph, model: idOf(2) },
      { ...graph, nodes: [] },
      { ...graph, nodes: Array.from({ length: 301 }, (_, number) => nodeOf(number)) },
      { ...graph, nodes: [nodeOf(1, { verdict: '"><script>' as 'permitted' })] },
      { ...graph, nodes: [nodeOf(1, { name: 7 as unknown as string })] },
      { ...graph, nodes: [nodeOf(1, { id: '0x1' })] },
      { ...graph, edges: [edgeOf(1, 2, { grade: 'x' as 'bound' })] },
      { ...graph, edges: [edgeOf(1, 2, { relation: '<svg>' as 'merge' })] },
      { ...graph, use: '__proto__' },
      { ...graph, more: [{ of: idOf(1), up: true, next: -1, models: 0, externals: 0 }] },
      { ...graph, causes: [{ code: 'x', severity: 'x', right: null, model: idOf(1), path: [] }] },
    ]
    for (const value of wrong) expect(() => parseMap(value), JSON.stringify(value)).to.throw(InvalidMapAnswerError)
  })

  it('lets through nothing that cannot be drawn, whatever is changed in a map', function () {
    const changes = fc.record({
      graph: graphs,
      path: fc.array(fc.nat({ max: 60 }), { maxLength: 4 }),
      value: fc.anything(),
    })
    fc.assert(
      fc.property(changes, ({ graph, path, value }) => {
        const changed = structuredClone(graph) as object
        let at = changed as Record<string, unknown>
        for (const step of path) {
          const names = Object.keys(at)
          const name = names[step % Math.max(1, names.length)]
          if (name === undefined) break
          if (typeof at[name] !== 'object' || at[name] === null || step > 40) {
            at[name] = value
            break
          }
          at = at[name] as Record<string, unknown>
        }
        try {
          expect(toSvg(layout(parseMap(changed)))).to.match(/^<svg /)
        } catch (error) {
          expect(error).to.be.instanceOf(StemmaError)
        }
      }),
      { numRuns: inDepth(150, 20_000) },
    )
  })
})
