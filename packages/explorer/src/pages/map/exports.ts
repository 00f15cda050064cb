import { toSvg, type MapCause, type PlacedMap } from 'stemma/map'

import type { Words } from '../../i18n/en.ts'
import { plain } from '../../ui/plain.ts'
import { csvOf, saveFile } from '../../ui/saveFile.ts'
import { answerOf, drawingWords } from './answers.ts'
import type { MapAnswer } from './MapPage.tsx'

/** The formats that a map is saved in. */
export const EXPORTS = ['SVG', 'PNG', 'JSON', 'CSV'] as const
type Kind = (typeof EXPORTS)[number]

/** Most pixels of a side of an image, as browsers draw them. */
const MAX_SIDE = 8000

type Saved = { placed: PlacedMap; answer: MapAnswer; causes: readonly MapCause[]; words: Words }

/** Saves a map as a file. */
export async function saveMap(kind: Kind, saved: Saved): Promise<void> {
  const { placed, answer, causes, words } = saved
  // A drawing for a file has no words for a way that the reader only asked to see.
  const svg = (): string => toSvg(placed, { theme: 'light', words: drawingWords(words), causes })
  const blob =
    kind === 'SVG'
      ? new Blob([svg()], { type: 'image/svg+xml' })
      : kind === 'PNG'
        ? await pngOf(svg())
        : kind === 'JSON'
          ? new Blob([`${JSON.stringify(answer, null, 2)}\n`], { type: 'application/json' })
          : new Blob([tableOf(answer, words)], { type: 'text/csv' })
  saveFile(`lineage-${answer.model.slice(2, 10)}.${kind.toLowerCase()}`, blob.type, blob)
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
function tableOf(answer: MapAnswer, words: Words): string {
  const head = ['id', 'name', 'level', 'external', 'answer', 'reason', 'license', 'publisher', 'descendants', 'parents']
  const rows = answer.nodes.map((node) => [
    node.id,
    plain(node.name),
    String(node.level),
    String(node.external),
    answerOf(node, answer.use, words),
    node.cause?.code ?? '',
    plain(node.license ?? ''),
    node.publisher ?? '',
    node.descendants === null ? '' : String(node.descendants),
    answer.edges
      .filter(({ child }) => child === node.id)
      .map(({ parent }) => parent)
      .join(' '),
  ])
  return csvOf([head, ...rows])
}
