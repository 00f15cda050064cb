import fc from 'fast-check'

import { VERDICTS } from '../../src/core/evaluate.ts'
import type { Address, Hex } from '../../src/core/hex.ts'
import type { MapEdge, MapGraph, MapMore, MapNode } from '../../src/map/graph.ts'

/** The id of a node of these maps by its number. */
export function idOf(number: number): Hex {
  return `0x${number.toString(16).padStart(64, '0')}`
}

/** A node of a map by its number. */
export function nodeOf(number: number, given: Partial<MapNode> = {}): MapNode {
  return {
    id: idOf(number),
    name: `acme/model-${number}`,
    external: false,
    claimed: false,
    level: 0,
    publisher: `0x${'ac'.repeat(20)}` as Address,
    license: 'Apache-2.0',
    status: 'active',
    recalled: false,
    verdict: VERDICTS[number % VERDICTS.length]!,
    cause: null,
    descendants: 0,
    otherParents: 0,
    ...given,
  }
}

/** An edge of a map by the numbers of its nodes. */
export function edgeOf(child: number, parent: number, given: Partial<MapEdge> = {}): MapEdge {
  return {
    child: idOf(child),
    parent: idOf(parent),
    relation: 'finetune',
    part: 'whole',
    grade: 'declared',
    undisclosed: false,
    through: [],
    claim: null,
    ...given,
  }
}

/** A map of some nodes, the first of which it is about. */
export function graphOf(nodes: readonly MapNode[], edges: readonly MapEdge[], more: readonly MapMore[] = []): MapGraph {
  return { model: nodes[0]!.id, use: 'commercial', nodes, edges, more, causes: [] }
}

/** Maps with cycles, merges, several edges between two nodes, parts that nothing connects, and nodes that stand for more. */
export const graphs: fc.Arbitrary<MapGraph> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 40 }),
    edges: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 80 }),
    more: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 10 }),
  })
  .map(({ nodes, edges, more }) => {
    const list = Array.from({ length: nodes }, (_, number) => nodeOf(number, { external: number % 7 === 3 }))
    const between = edges.map(([child, parent, isClaim]) =>
      edgeOf(child % nodes, parent % nodes, isClaim ? { claim: idOf(999), grade: null } : {}),
    )
    const places = new Map(more.map(([number, up]) => [`${number % nodes} ${up}`, { number: number % nodes, up }]))
    const beyond = Array.from(places.values(), ({ number, up }) => ({
      of: idOf(number),
      up,
      next: 3,
      models: 5,
      externals: 0,
    }))
    return graphOf(list, between, beyond)
  })
