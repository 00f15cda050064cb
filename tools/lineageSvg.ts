import type { Verdict } from '../src/core/evaluate.ts'

/** A model in the picture: what it is, and the answer to the question in the picture's title. */
export type PicturedModel = { id: string; name: string; license: string; verdict: Verdict; reason: string }

/** An edge of the picture, with the lines of its label. `claimed` means that the child's registration does not declare it. */
export type PicturedEdge = { parent: string; child: string; label: readonly string[]; claimed: boolean }

/** The upper left corners of the models' boxes. */
type Places = Map<string, { x: number; y: number }>

/** A lineage to draw, with a title. */
export type Picture = { title: string; models: readonly PicturedModel[]; edges: readonly PicturedEdge[] }

const BOX = { width: 372, height: 104 }
const GAP = { x: 48, y: 72 }
const MARGIN = { x: 28, top: 66, bottom: 28 }
/** The average width of a character, as a share of the font's size. */
const CHARACTER = 0.55

const VERDICTS: Record<Verdict, { words: string; sign: string; color: string }> = {
  permitted: { words: 'Permitted', sign: '✓', color: '#1a7f37' },
  conditional: { words: 'Permitted on conditions', sign: '✓', color: '#8a6100' },
  'not-permitted': { words: 'Not permitted', sign: '✗', color: '#c0262d' },
  unknown: { words: 'Unknown', sign: '?', color: '#57606a' },
}

/**
 * Draws a lineage from the top down, each model below all its parents. The picture brings its own background, so that it
 * reads the same on a light and on a dark page.
 */
export function lineageSvg({ title, models, edges }: Picture): string {
  const rows = rowsOf(models, edges)
  const columns = Math.max(...rows.map((row) => row.length))
  const width = 2 * MARGIN.x + columns * BOX.width + (columns - 1) * GAP.x
  const height = MARGIN.top + MARGIN.bottom + rows.length * BOX.height + (rows.length - 1) * GAP.y
  const places = placesOf(rows, edges, width)
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12" fill="#f6f8fa" stroke="#d0d7de"/>`,
    text(width / 2, 40, title, { size: 17, weight: 600, anchor: 'middle', room: width - 2 * MARGIN.x }),
    ...edges.map((edge) => drawnEdge(edge, places)),
    ...models.map((model) => drawnModel(model, places.get(model.id)!)),
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

/** The models by their depth: the number of edges on the longest way from a model without parents. */
function rowsOf(models: readonly PicturedModel[], edges: readonly PicturedEdge[]): PicturedModel[][] {
  const depths = new Map(models.map(({ id }) => [id, 0]))
  // A lineage without a cycle is settled after as many rounds as it has models. In a cycle, depths just stop growing.
  for (let round = 0; round < models.length; ++round) {
    for (const { parent, child } of edges) {
      depths.set(child, Math.min(Math.max(depths.get(child)!, depths.get(parent)! + 1), models.length - 1))
    }
  }
  const rows: PicturedModel[][] = []
  for (const model of models) (rows[depths.get(model.id)!] ??= []).push(model)
  return rows.filter((row) => row !== undefined)
}

/** Places each row below the last, and each model below its parents as far as there is room. */
function placesOf(rows: readonly PicturedModel[][], edges: readonly PicturedEdge[], width: number): Places {
  const places: Places = new Map()
  const step = BOX.width + GAP.x
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  for (const [index, row] of rows.entries()) {
    const wanted = row.map(({ id }) => {
      const parents = edges.filter(({ child }) => child === id).flatMap(({ parent }) => places.get(parent) ?? [])
      return parents.length > 0 ? mean(parents.map(({ x }) => x)) : (width - BOX.width) / 2
    })
    const order = row.map((model, column) => ({ model, x: wanted[column]! })).toSorted((a, b) => a.x - b.x)
    for (const [column, entry] of order.entries()) {
      if (column > 0) entry.x = Math.max(entry.x, order[column - 1]!.x + step)
    }
    const shift = mean(wanted) - mean(order.map(({ x }) => x))
    const last = width - MARGIN.x - BOX.width
    const inside = Math.min(Math.max(shift, MARGIN.x - order[0]!.x), last - order.at(-1)!.x)
    for (const { model, x } of order)
      places.set(model.id, { x: x + inside, y: MARGIN.top + index * (BOX.height + GAP.y) })
  }
  return places
}

function drawnEdge(edge: PicturedEdge, places: Places): string {
  const [from, to] = [places.get(edge.parent)!, places.get(edge.child)!]
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height]
  const [x2, y2] = [to.x + BOX.width / 2, to.y - 7]
  const middle = (y1 + y2) / 2
  const dash = edge.claimed ? ' stroke-dasharray="6 5"' : ''
  const color = edge.claimed ? '#c0262d' : '#57606a'
  // Beside the head of the arrow, on the side where no line comes from.
  const isLeft = x2 < x1
  const top = y2 - 4 - 16 * (edge.label.length - 1)
  const label = edge.label.map((line, index) =>
    text(isLeft ? x2 - 12 : x2 + 12, top + 16 * index, line, {
      size: 13,
      color,
      anchor: isLeft ? 'end' : 'start',
      room: BOX.width / 2 - 12,
    }),
  )
  return [
    `<path d="M ${x1} ${y1} C ${x1} ${middle}, ${x2} ${middle}, ${x2} ${y2}" fill="none" stroke="${color}" stroke-width="1.8"${dash}/>`,
    `<path d="M ${x2 - 5} ${y2 - 2} L ${x2 + 5} ${y2 - 2} L ${x2} ${y2 + 6} Z" fill="${color}"/>`,
    ...label,
  ].join('\n')
}

function drawnModel({ name, license, verdict, reason }: PicturedModel, { x, y }: { x: number; y: number }): string {
  const { words, sign, color } = VERDICTS[verdict]
  const room = BOX.width - 36
  return [
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>`,
    `<rect x="${x}" y="${y}" width="6" height="${BOX.height}" rx="3" fill="${color}"/>`,
    text(x + 20, y + 27, name, { size: 16, weight: 600, room }),
    text(x + 20, y + 47, license, { size: 13, color: '#57606a', room }),
    text(x + 20, y + 71, `${sign} ${words}`, { size: 15, weight: 600, color, room }),
    text(x + 20, y + 91, reason, { size: 13, color: '#1f2328', room }),
  ].join('\n')
}

type Style = { size: number; color?: string; weight?: number; anchor?: 'start' | 'middle' | 'end'; room: number }

/** A line of text, cut with an ellipsis where it would not fit. */
function text(x: number, y: number, words: string, style: Style): string {
  const { size, color = '#1f2328', weight = 400, anchor = 'start', room } = style
  const most = Math.floor(room / (size * CHARACTER))
  const fitting = words.length > most ? `${words.slice(0, most - 1).trimEnd()}…` : words
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}">${escaped(fitting)}</text>`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
