import { expect } from 'chai'
import fc from 'fast-check'

import {
  LineageGraph,
  type Direction,
  type KeyEdge,
} from '../../../../packages/server/src/api/registry/lineageGraph.ts'

const MODELS = 24

/** Edges in the order of the chain: mostly from younger to older models, some the other way, which closes cycles. */
const edges = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: MODELS }), fc.integer({ min: 1, max: MODELS })), {
    maxLength: 60,
    selector: ([child, parent]) => `${child} ${parent}`,
  })
  .map((pairs) => pairs.filter(([child, parent]) => child !== parent))
  .chain((pairs) =>
    fc
      .array(fc.integer({ min: 0, max: 2 }), { minLength: pairs.length, maxLength: pairs.length })
      .map((steps) => blocked(pairs, steps)),
  )

function blocked(pairs: readonly (readonly [number, number])[], steps: readonly number[]): KeyEdge[] {
  let block = 1
  return pairs.map(([child, parent], index) => ({ child, parent, block: (block += steps[index]!) }))
}

function graphOf(list: readonly KeyEdge[]): LineageGraph {
  const graph = new LineageGraph()
  for (const edge of list) graph.add(edge)
  return graph
}

/** The distances from a model, by repeating until nothing changes. */
function distances(list: readonly KeyEdge[], from: number, direction: Direction, block: number): Map<number, number> {
  const known = new Map([[from, 0]])
  for (let depth = 0; depth <= MODELS; depth++) {
    for (const { child, parent, block: since } of list) {
      if (since > block) continue
      if (direction !== 'down' && known.get(child) === depth && !known.has(parent)) known.set(parent, depth + 1)
      if (direction !== 'up' && known.get(parent) === depth && !known.has(child)) known.set(child, depth + 1)
    }
  }
  known.delete(from)
  return known
}

const anyModel = fc.integer({ min: 1, max: MODELS + 2 })
const anyDirection = fc.constantFrom<Direction>('up', 'down', 'both')
const anyBlock = fc.integer({ min: 0, max: 130 })

describe('LineageGraph', function () {
  it('finds what a naive walk finds, nearest first, as of any block', function () {
    fc.assert(
      fc.property(edges, anyModel, anyDirection, anyBlock, (list, from, direction, block) => {
        const { models, depths } = graphOf(list).walk(from, { direction, block })
        const expected = distances(list, from, direction, block)
        expect(new Map([...models].map((model, index) => [model, depths[index]]))).to.deep.equal(expected)
        expect([...depths]).to.deep.equal([...depths].toSorted((a, b) => a - b))
        expect(graphOf(list).count(from, { direction, block })).to.equal(expected.size)
      }),
      { numRuns: 500 },
    )
  })

  it('leaves an edge out from the block in which it was detached, until it is attested again or the chain is cut', function () {
    fc.assert(
      fc.property(edges, anyModel, anyDirection, fc.nat(60), anyBlock, (list, from, direction, at, block) => {
        fc.pre(list.length > 0)
        const gone = list[at % list.length]!
        const end = list.at(-1)!.block + 2
        const graph = graphOf(list)
        graph.detach({ ...gone, block: end })
        const walked = (before: number): number[] => [...graph.walk(from, { direction, block: before }).models]
        const without = distances(
          list.filter((edge) => edge !== gone),
          from,
          direction,
          1000,
        )
        expect(walked(end - 1)).to.deep.equal([...graphOf(list).walk(from, { direction, block: 1000 }).models])
        expect(new Set(walked(end))).to.deep.equal(new Set(without.keys()))
        expect(graph.neighbors(gone.child, 'up', end).includes(gone.parent)).to.equal(false)
        graph.add({ ...gone, block: end + 1 })
        expect(new Set(walked(end + 1))).to.deep.equal(new Set(distances(list, from, direction, 1000).keys()))
        graph.truncate(Math.min(block, end - 1))
        expect(graph.neighbors(gone.child, 'up', 1000).includes(gone.parent)).to.equal(gone.block <= block)
      }),
    )
  })

  it('ends a walk at a depth and after a number of models, and gives the same beginning', function () {
    fc.assert(
      fc.property(edges, anyModel, anyDirection, fc.nat(6), fc.nat(10), (list, from, direction, maxDepth, limit) => {
        const graph = graphOf(list)
        const whole = graph.walk(from, { direction, block: 1000 })
        const near = graph.walk(from, { direction, block: 1000, maxDepth })
        expect([...near.models]).to.deep.equal([...whole.models].filter((_, at) => whole.depths[at]! <= maxDepth))
        const first = graph.walk(from, { direction, block: 1000, limit })
        expect([...first.models]).to.deep.equal([...whole.models].slice(0, limit))
      }),
    )
  })

  it('finds a shortest path of edges, and none where there is none', function () {
    fc.assert(
      fc.property(edges, anyModel, anyModel, anyBlock, (list, from, to, block) => {
        const path = graphOf(list).path(from, to, { block })
        const distance = from === to ? 0 : distances(list, from, 'up', block).get(to)
        expect(path?.length).to.equal(distance === undefined ? undefined : distance + 1)
        if (distance === undefined) return
        expect([path!.at(0), path!.at(-1)]).to.deep.equal([from, to])
        for (const [index, parent] of path!.slice(1).entries()) {
          expect(
            list.some((edge) => edge.child === path![index] && edge.parent === parent && edge.block <= block),
          ).to.equal(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is the same after a truncation and new edges as one that was built afresh', function () {
    fc.assert(
      fc.property(edges, edges, fc.nat(60), anyModel, anyDirection, (first, second, block, from, direction) => {
        const graph = graphOf(first)
        graph.truncate(block)
        const kept = first.filter((edge) => edge.block <= block)
        const added = second.map((edge) => ({ ...edge, block: edge.block + block + 1 }))
        for (const edge of added) graph.add(edge)
        const fresh = graphOf([...kept, ...added])
        expect(graph.size).to.equal(fresh.size)
        const walk = { direction, block: 1000 }
        expect(graph.walk(from, walk)).to.deep.equal(fresh.walk(from, walk))
      }),
    )
  })

  it('grows beyond what it was made for, and lists the neighbors of a model in the order of the chain', function () {
    const graph = new LineageGraph()
    for (let model = 2; model <= 5000; model++) graph.add({ child: model, parent: 1, block: model })
    expect(graph.count(1, { direction: 'down', block: 4000 })).to.equal(3999)
    expect(graph.neighbors(1, 'down', 4)).to.deep.equal([2, 3, 4])
    expect(graph.neighbors(5000, 'up', 5000)).to.deep.equal([1])
    expect(graph.neighbors(9999, 'up', 5000)).to.deep.equal([])
    expect(graph.bytes).to.be.greaterThan(5000 * 8)
  })
})
