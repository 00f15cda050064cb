import { MAP_WORDS, toSvg, type MapCause, type MapGraph, type MapWords, type PlacedMap } from 'stemma/map'

import type { Words } from '../../i18n/en.ts'
import { plain } from '../../ui/plain.ts'
import { csvOf, saveFile } from '../../ui/saveFile.ts'
import { answerOf } from './answers.ts'
import type { MapPageWords } from './words.ts'

/** The formats that a map is saved in. */
export type Format = 'SVG' | 'PNG' | 'JSON' | 'CSV'

/** Most pixels of a side of an image, as browsers draw them. */
const MAX_SIDE = 8000

type Saved = {
  placed: PlacedMap
  answer: object
  causes: readonly MapCause[]
  words: Words
  own: MapPageWords
  theme: 'light' | 'dark'
}

/** Saves a map as a file. */
export async function saveMap(kind: Format, saved: Saved): Promise<void> {
  const { placed, answer, causes, words, own, theme } = saved
  // A drawing for a file has no words for a way that the reader only asked to see.
  const svg = (): string => toSvg(placed, { theme, words: drawingWords(words, own), causes })
  const blob =
    kind === 'SVG'
      ? new Blob([svg()], { type: 'image/svg+xml' })
      : kind === 'PNG'
        ? await pngOf(svg())
        : kind === 'JSON'
          ? new Blob([`${JSON.stringify(answer, null, 2)}\n`], { type: 'application/json' })
          : new Blob([tableOf(placed.graph, words, own)], { type: 'text/csv' })
  const { model, change } = placed.graph
  const of = change ? `blast-radius-map-${change.id.slice(2, 10)}` : `lineage-${model?.slice(2, 10)}`
  saveFile(`${of}.${kind.toLowerCase()}`, blob.type, blob)
}

async function pngOf(svg: string): Promise<Blob> {
  const image = new Image()
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  try {
    image.src = url
    await image.decode()
    const scale = Math.min(2, MAX_SIDE / Math.max(image.width, image.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(image.width * scale)
    canvas.height = Math.round(image.height * scale)
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The image is too large.'))), 'image/png'),
    )
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** One row for each node. */
function tableOf({ nodes, edges, use }: MapGraph, words: Words, own: MapPageWords): string {
  const head = ['id', 'name', 'level', 'external', 'answer', 'reason', 'license', 'publisher', 'descendants', 'parents']
  const rows = nodes.map((node) => [
    node.id,
    plain(node.name),
    String(node.level),
    String(node.external),
    answerOf(node, use, words, own),
    node.cause?.code ?? '',
    plain(node.license ?? ''),
    node.publisher ?? '',
    node.descendants === null ? '' : String(node.descendants),
    edges
      .filter(({ child }) => child === node.id)
      .map(({ parent }) => parent)
      .join(' '),
  ])
  return csvOf([head, ...rows])
}

/** The words of a drawing that is saved, in the language of the page. */
function drawingWords(words: Words, own: MapPageWords): MapWords {
  return {
    ...MAP_WORDS,
    title: (name, use) => `${own.title}: ${name}${use === null ? '' : `, ${words.uses[use]}`}`,
    changeTitle: (kind, name) => own.changeTitle(own.changes[kind], name),
    changes: own.changes,
    verdicts: words.verdicts,
    statuses: words.model.status,
    kinds: words.map.kinds,
    external: words.model.external,
    claimed: own.claimed,
    unevaluated: own.unevaluatedNode,
    nameless: words.noName,
    more: ({ next, models, externals }) => {
      const all = models + externals
      return [own.moreLabel(String(next)), ...(all > next ? [words.map.allLabel(String(all))] : [])]
    },
    relation: (edge) => words.relations[edge.relation] ?? MAP_WORDS.relation(edge),
    missing: ({ code, right }) => (right === null ? code : own.missing(words.uses[right])),
    legend: own.legend,
    models: own.nodes,
    edges: own.edges,
  }
}
