import type { MapGraph, MapNode, MapWords } from 'stemma/map'
import { MAP_WORDS } from 'stemma/map'

import type { Words } from '../../i18n/en.ts'

/** What a node says below its name: the answer, or why there is none, and what became of the model. */
export function answerOf(node: MapNode, use: MapGraph['use'], words: Words): string {
  const status = node.recalled ? 'recalled' : node.status
  const answer = node.external
    ? words.model.external
    : node.verdict !== null
      ? words.verdicts[node.verdict]
      : use === null
        ? (node.license ?? '')
        : words.map.unevaluatedNode
  return [answer, node.claimed ? words.map.claimed : '', status === 'active' ? '' : words.model.status[status]]
    .filter((part) => part !== '')
    .join(' · ')
}

/** The words of a drawing that is saved, in the language of the page. */
export function drawingWords(words: Words): MapWords {
  return {
    ...MAP_WORDS,
    title: (name, use) => `${words.map.title}: ${name}${use === null ? '' : `, ${words.uses[use]}`}`,
    verdicts: words.verdicts,
    statuses: words.model.status,
    kinds: words.map.kinds,
    external: words.model.external,
    claimed: words.map.claimed,
    unevaluated: words.map.unevaluatedNode,
    nameless: words.noName,
    more: ({ next, models, externals }) => {
      const all = models + externals
      return [words.map.moreLabel(String(next)), ...(all > next ? [words.map.allLabel(String(all))] : [])]
    },
    relation: (edge) => words.relations[edge.relation] ?? MAP_WORDS.relation(edge),
    missing: ({ code, right }) => (right === null ? code : words.map.missing(words.uses[right])),
    legend: words.map.legend,
    models: words.map.nodes,
    edges: words.map.edges,
  }
}
