import type { MapGraph, MapNode } from 'stemma/map'

import type { Words } from '../../i18n/en.ts'
import type { MapPageWords } from './words.ts'

/** What a node says below its name: the answer, or why there is none, and what became of the model. */
export function answerOf(node: MapNode, use: MapGraph['use'], words: Words, own: MapPageWords): string {
  const status = node.recalled ? 'recalled' : node.status
  const answer = node.external
    ? words.model.external
    : node.verdict !== null
      ? words.verdicts[node.verdict]
      : use === null
        ? (node.license ?? '')
        : own.unevaluatedNode
  return [answer, node.claimed ? own.claimed : '', status === 'active' ? '' : words.model.status[status]]
    .filter((part) => part !== '')
    .join(' · ')
}
