import * as dagre from '@dagrejs/dagre'
import { expect } from 'chai'
import fc from 'fast-check'

import { MAX_MAP_NODES, type MapGraph } from '../../src/map/graph.ts'
import { layout, type PlacedMap } from '../../src/map/layout.ts'
import type { Point } from '../../src/map/places.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { edgeOf, graphOf, graphs, idOf, nodeOf } from './graphs.ts'

const WAYS = [
  ['by dagre', { dagre }],
  ['as a tree', {}],
] as const

describe('map layout', function () {
  this.timeout(120_000)

  for (const [name, options] of WAYS) {
    describe(name, function () {
      it('places every node once, none over another, and ends every edge at its nodes', function () {
        fc.assert(
          fc.property(graphs, (graph) => expectSound(graph, layout(graph, options))),
          { numRuns: inDepth(60, 3000) },
        )
      })

      it('gives the same places for the same map', function () {
        fc.assert(
          fc.property(graphs, (graph) => {
            expect(layout(structuredClone(graph), options)).to.deep.equal(layout(graph, options))
          }),
          { numRuns: inDepth(20, 1000) },
        )
      })

      it('places what a model was made from to its left, and what was made from it to its right', function () {
        const graph = graphOf(
          [nodeOf(1), nodeOf(2), nodeOf(3), nodeOf(4), nodeOf(5)],
          [edgeOf(1, 2), edgeOf(2, 3), edgeOf(4, 1), edgeOf(5, 4), edgeOf(5, 2)],
        )
        const columns = new Map(layout(graph, options).nodes.map(({ key, x }) => [key, x]))
        const [one, two, three, four, five] = [1, 2, 3, 4, 5].map((number) => columns.get(idOf(number))!)
        expect([three! < two!, two! < one!, one! < four!, four! < five!]).to.deep.equal([true, true, true, true])
      })
    })
  }

  it('places 300 nodes with merges and a cycle', function () {
    const nodes = Array.from({ length: MAX_MAP_NODES }, (_, number) => nodeOf(number))
    const edges = nodes.slice(1).map((_, index) => edgeOf(index + 1, Math.floor(index / 4)))
    const merges = Array.from({ length: 30 }, (_, index) => edgeOf(200 + 3 * index, 5 * index + 1))
    const graph = graphOf(nodes, [...edges, ...merges, edgeOf(0, 250)])
    for (const [, options] of WAYS) expectSound(graph, layout(graph, options))
  })

  it('places a row of 20,000 nodes as a tree', function () {
    const nodes = Array.from({ length: 20_000 }, (_, number) => nodeOf(number))
    const graph = graphOf(
      nodes,
      nodes.slice(1).map((_, index) => edgeOf(index, index + 1)),
    )
    const { nodes: placed } = layout(graph, { dagre })
    expect(placed).to.have.length(20_000)
    expect(new Set(placed.map(({ y }) => y)).size).to.equal(1)
  })

  it('falls back to a tree where dagre fails', function () {
    const graph = graphOf([nodeOf(1), nodeOf(2)], [edgeOf(1, 2)])
    const failing = {
      ...dagre,
      layout() {
        throw new Error('no layout')
      },
    }
    expect(layout(graph, { dagre: failing })).to.deep.equal(layout(graph))
  })

  it('leaves out edges to what is not on the map, and of a model to itself', function () {
    const graph = graphOf(
      [nodeOf(1)],
      [edgeOf(1, 1), edgeOf(1, 7), edgeOf(7, 1)],
      [{ of: idOf(7), up: true, next: 1, models: 1, externals: 0 }],
    )
    const { edges, more, nodes } = layout(graph, { dagre })
    expect([edges, more, nodes.length]).to.deep.equal([[], [], 1])
  })
})

function expectSound(graph: MapGraph, { nodes, more, edges, width, height }: PlacedMap): void {
  expect(nodes.map(({ key }) => key)).to.deep.equal(graph.nodes.map(({ id }) => id))
  expect(more).to.have.length(graph.more.length)
  const boxes = [...nodes, ...more]
  for (const [index, one] of boxes.entries()) {
    expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height).to.equal(true)
    for (const other of boxes.slice(index + 1)) {
      const isApart =
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + one.height <= other.y ||
        other.y + other.height <= one.y
      expect(isApart, `${one.key} over ${other.key}`).to.equal(true)
    }
  }
  const places = new Map(boxes.map((box) => [box.key, box]))
  const isAt = ({ x, y }: Point, key: string): boolean => {
    const box = places.get(key)!
    return (x === box.x || x === box.x + box.width) && y === box.y + box.height / 2
  }
  expect(edges.filter(({ edge }) => edge === null)).to.have.length(graph.more.length)
  for (const { from, to, edge, points } of edges) {
    expect(isAt(points[0]!, from) && isAt(points.at(-1)!, to), `the ends of ${from} to ${to}`).to.equal(true)
    if (edge) expect([from, to]).to.deep.equal([edge.parent, edge.child])
    for (const { x, y } of points) expect(x >= 0 && y >= 0 && x <= width && y <= height).to.equal(true)
  }
}
