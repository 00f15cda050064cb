import type { Verdict } from '../core/evaluate.ts'
import type { Hex } from '../core/hex.ts'
import { curve } from './curve.ts'
import { EDGE_KINDS, edgeKind, type EdgeKind, type MapCause, type MapGraph, type MapNode } from './graph.ts'
import { inertText, inTwoLines } from './inertText.ts'
import type { PlacedChange, PlacedEdge, PlacedMap, PlacedMore, PlacedNode } from './layout.ts'
import type { Point } from './places.ts'
import { KIND_STYLES, markers, styleSheet, verdictIcon, type Theme } from './svgStyle.ts'
import { MAP_WORDS, type MapWords } from './words.ts'

/** Settings of {@link toSvg}. */
export type SvgOptions = {
  /** Which colors; `auto` follows the reader's system, and is the default. A page sets the custom properties `--map-…` to its own. */
  theme?: Theme
  /** The words; English by default. */
  words?: MapWords
  /** The ways to draw thick, while everything else is dimmed: those of the map's causes by default. An empty list dims nothing. */
  causes?: readonly MapCause[]
  /** Begins the ids within the drawing, so that several can be in one page. `stemma-map` by default. */
  id?: string
}

/** Space around a drawing, and above it for the title, in pixels. */
const MARGIN = { side: 24, top: 56, legend: 84 } as const
/** Sizes of letters in pixels. */
const FONT = { title: 16, name: 13, small: 11 } as const
/** Most characters of a name in a title. */
const MAX_NAME = 200
/** Beyond so many edges, only those on a way have a label. */
const MAX_LABELS = 80
/** Most characters of a label, which has to fit between two columns. */
const MAX_LABEL = 18
/** Width that the legend needs. */
const LEGEND_WIDTH = 860

type Drawing = {
  graph: MapGraph
  words: MapWords
  id: string
  nodes: ReadonlyMap<Hex, MapNode>
  /** Nodes on the ways that are drawn thick; undefined where nothing is dimmed. */
  onWay: ReadonlySet<Hex> | undefined
  /** What arrives over the edges on these ways, by child and parent. */
  ways: ReadonlyMap<string, MapCause>
  /** Nodes to which several edges lead. */
  merged: ReadonlySet<Hex>
}

/**
 * Draws a map as SVG that stands alone: names of strangers are plain text that nothing can execute, verdicts are an icon and a word, and the
 * legend says what lines mean. The same map gives the same bytes.
 */
export function toSvg(map: PlacedMap, options: SvgOptions = {}): string {
  const { theme = 'auto', words = MAP_WORDS, causes = map.graph.causes, id = 'stemma-map' } = options
  const { graph } = map
  const drawing: Drawing = {
    graph,
    words,
    id: id.replaceAll(/[^\w-]/g, '_'),
    nodes: new Map(graph.nodes.map((node) => [node.id, node])),
    onWay: causes.length > 0 ? new Set(causes.flatMap(({ path }) => path)) : undefined,
    ways: waysOf(causes),
    merged: mergedOf(graph),
  }
  const width = Math.max(LEGEND_WIDTH, map.width) + 2 * MARGIN.side
  const height = map.height + MARGIN.top + MARGIN.legend + MARGIN.side
  const title = titleOf(drawing)
  const heading = title.replaceAll(/[\u2068\u2069]/g, '')
  const { id: prefix } = drawing
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${prefix}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="graphics-document document" aria-labelledby="${prefix}-title" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif">`,
    `<title id="${prefix}-title">${escaped(title)}</title>`,
    `<style>${styleSheet(prefix, theme)}</style>`,
    `<defs>${markers(prefix)}</defs>`,
    `<rect class="page" width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN.side, 34, inertText(heading, 120), { size: FONT.title, name: 'heading', bold: true }),
    `<g transform="translate(${MARGIN.side} ${MARGIN.top})">`,
    `<g role="list" aria-label="${escaped(words.edges)}">`,
    ...map.edges.map((edge) => drawnEdge(drawing, edge, map.edges.length <= MAX_LABELS)),
    '</g>',
    `<g role="list" aria-label="${escaped(words.models)}">`,
    ...map.nodes.map((node) => drawnNode(drawing, node)),
    ...map.more.map((more) => drawnMore(drawing, more)),
    ...(map.change ? [drawnChange(drawing, map.change)] : []),
    '</g>',
    '</g>',
    drawnLegend(drawing, height - MARGIN.legend),
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

/** The nodes to which several edges lead. */
function mergedOf({ edges }: MapGraph): Set<Hex> {
  const reached = new Set<Hex>()
  return new Set(edges.map(({ child }) => child).filter((child) => reached.has(child) || !reached.add(child)))
}

/** What arrives over each edge of some ways: the first cause counts. */
function waysOf(causes: readonly MapCause[]): Map<string, MapCause> {
  const ways = new Map<string, MapCause>()
  for (const cause of causes) {
    for (const [index, child] of cause.path.entries()) {
      const parent = cause.path[index + 1]
      if (parent !== undefined && !ways.has(`${child} ${parent}`)) ways.set(`${child} ${parent}`, cause)
    }
  }
  return ways
}

function titleOf(drawing: Drawing): string {
  const { graph, words } = drawing
  const { change, model, use } = graph
  if (!change) return words.title(model === null ? '' : nameOf(drawing, model), use)
  return words.changeTitle(change.kind, change.kind === 'model' ? nameOf(drawing, change.id) : shortId(change.id))
}

function shortId(id: Hex): string {
  return `${id.slice(0, 10)}…`
}

function nameOf({ nodes, words }: Drawing, id: Hex): string {
  const name = nodes.get(id)?.name ?? ''
  return isolated(name === '' ? `${words.nameless} ${shortId(id)}` : inertText(name, MAX_NAME))
}

function drawnNode(drawing: Drawing, { node, x, y, width, height }: PlacedNode): string {
  const { words, onWay } = drawing
  const lines = inTwoLines(node.name || `${words.nameless} ${shortId(node.id)}`, (width - 24) / FONT.name)
  const answer = answerOf(drawing, node)
  const cause = node.cause ? [words.cause(node.cause)] : []
  const title = [nameOf(drawing, node.id), answer, ...cause, node.id].join('. ')
  const kind = node.external ? 'external' : (node.verdict ?? 'none')
  const isDimmed = onWay !== undefined && !onWay.has(node.id)
  const classes = [
    'node',
    kind,
    ...(node.level === 0 ? ['focus'] : []),
    ...(onWay?.has(node.id) ? ['way'] : []),
    ...(isDimmed ? ['dim'] : []),
  ]
  return [
    `<g class="${escaped(classes.join(' '))}" role="listitem" aria-label="${escaped(title)}" data-id="${escaped(node.id)}" transform="translate(${x} ${y})">`,
    `<title>${escaped(title)}</title>`,
    `<rect class="box" width="${width}" height="${height}" rx="8" fill="#ffffff" stroke="#57606a"${node.external ? ' stroke-dasharray="5 4"' : ''}/>`,
    ...lines.map((line, index) =>
      text(12, (lines.length === 1 ? 30 : 22) + 16 * index, line, { size: FONT.name, name: 'name', bold: true }),
    ),
    verdictIcon(node.external ? null : node.verdict, 12, height - 22),
    text(32, height - 11, inertText(answer, 34), { size: FONT.small, name: 'verdict' }),
    '</g>',
  ].join('')
}

/** What a node says below its name: the answer, and what became of the model. */
function answerOf({ words, graph }: Drawing, node: MapNode): string {
  const status = node.recalled ? 'recalled' : node.status
  const answer = node.external
    ? words.external
    : node.verdict !== null
      ? words.verdicts[node.verdict]
      : graph.use === null
        ? (node.license ?? '')
        : words.unevaluated
  const parts = [
    answer,
    ...(node.claimed ? [words.claimed] : []),
    ...(status === 'active' ? [] : [words.statuses[status]]),
  ]
  return parts
    .filter((part) => part !== '')
    .map((part) => inertText(part, 60))
    .join(' · ')
}

function drawnMore({ words, onWay }: Drawing, { more, x, y, width, height }: PlacedMore): string {
  const lines = words.more(more).slice(0, 2)
  return [
    `<g class="more${onWay ? ' dim' : ''}" role="listitem" aria-label="${escaped(lines.join(', '))}" data-of="${escaped(more.of ?? '')}" data-up="${more.up}" transform="translate(${x} ${y})">`,
    `<rect class="box" width="${width}" height="${height}" rx="20" fill="#f6f8fa" stroke="#8c959f" stroke-dasharray="2 3"/>`,
    ...lines.map((line, index) =>
      text(width / 2, (lines.length === 1 ? 25 : 18) + 14 * index, line, {
        size: FONT.small,
        name: 'name',
        bold: index === 0,
        anchor: 'middle',
      }),
    ),
    '</g>',
  ].join('')
}

/** What several models of a map have in common. */
function drawnChange({ words, onWay }: Drawing, { change, x, y, width, height }: PlacedChange): string {
  const lines = [words.changes[change.kind], shortId(change.id)]
  return [
    `<g class="more${onWay ? ' dim' : ''}" role="listitem" aria-label="${escaped(lines.join(' '))}" data-change="${escaped(change.id)}" transform="translate(${x} ${y})">`,
    `<rect class="box" width="${width}" height="${height}" rx="20" fill="#f6f8fa" stroke="#8c959f"/>`,
    ...lines.map((line, index) =>
      text(width / 2, height / 2 - 5 + 18 * index, line, {
        size: index === 0 ? FONT.name : FONT.small,
        name: 'name',
        bold: index === 0,
        anchor: 'middle',
      }),
    ),
    '</g>',
  ].join('')
}

function drawnEdge(drawing: Drawing, { edge, points }: PlacedEdge, hasLabels: boolean): string {
  const { nodes, words, id, ways, onWay } = drawing
  const dim = onWay ? ' dim' : ''
  if (edge === null)
    return `<path class="edge beyond${dim}" aria-hidden="true" d="${curve(points)}" fill="none" stroke="#8c959f"/>`
  const kind = edgeKind(edge, nodes.get(edge.parent)!)
  const cause = ways.get(`${edge.child} ${edge.parent}`)
  const title = words.edge(edge, kind, nameOf(drawing, edge.child), nameOf(drawing, edge.parent))
  const line = drawnLine(id, kind, curve(points))
  const label = cause ? words.missing(cause) : words.relation(edge)
  return [
    `<g class="edge ${kind}${cause ? ' way' : dim}" role="listitem" aria-label="${escaped(title)}" data-child="${escaped(edge.child)}" data-parent="${escaped(edge.parent)}">`,
    `<title>${escaped(title)}</title>`,
    line,
    ...(hasLabels || cause ? [drawnLabel(points, label, drawing.merged.has(edge.child))] : []),
    '</g>',
  ].join('')
}

/** The line of an edge with its end. A countersigned one is double: its middle has the color of the page. */
function drawnLine(id: string, kind: EdgeKind, path: string): string {
  const { dashes, marker, double } = KIND_STYLES[kind]
  const dash = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`
  const outer = `<path class="line" d="${path}" fill="none" stroke="#57606a" stroke-width="${double ? 4.5 : 1.5}"${dash} marker-end="url(#${id}-${marker})"/>`
  return double ? `${outer}<path class="gap" d="${path}" fill="none" stroke="#ffffff" stroke-width="1.5"/>` : outer
}

/** The label of an edge: beside the child, or beside the parent where several edges lead to the child. */
function drawnLabel(points: readonly Point[], label: string, isMerged: boolean): string {
  const [end, next] = (isMerged ? points : points.toReversed()) as [Point, Point]
  const isRight = next.x > end.x
  return text(end.x + (isRight ? 8 : -8) * (isMerged ? 1 : 2), end.y - 6, inertText(label, MAX_LABEL), {
    size: FONT.small,
    name: 'label',
    anchor: isRight ? 'start' : 'end',
  })
}

/** What the lines and the icons mean. */
function drawnLegend({ words, id }: Drawing, top: number): string {
  const lines = EDGE_KINDS.map((kind, index) => {
    const x = index * 144
    return `<g transform="translate(${x} 18)">${drawnLine(id, kind, 'M0 0L34 0')}${text(42, 4, words.kinds[kind], { size: FONT.small, name: 'label' })}</g>`
  })
  const verdicts = (Object.keys(words.verdicts) as Verdict[]).map(
    (verdict, index) =>
      `<g class="node ${verdict}" transform="translate(${index * 186} 42)">${verdictIcon(verdict, 0, 0)}${text(20, 11, words.verdicts[verdict], { size: FONT.small, name: 'verdict' })}</g>`,
  )
  return [
    `<g class="legend" role="group" aria-label="${escaped(words.legend)}" transform="translate(${MARGIN.side} ${top})">`,
    ...lines,
    ...verdicts,
    '</g>',
  ].join('\n')
}

type TextStyle = { size: number; name: string; bold?: boolean; anchor?: 'start' | 'middle' | 'end' }

/** A line of text. Its direction is its own, whatever letters it has. */
function text(x: number, y: number, words: string, { size, name, bold = false, anchor = 'start' }: TextStyle): string {
  const weight = bold ? ' font-weight="600"' : ''
  return `<text class="${name}" x="${x}" y="${y}" font-size="${size}"${weight} fill="#1f2328" text-anchor="${anchor}" direction="ltr" unicode-bidi="isolate" xml:space="preserve">${escaped(words)}</text>`
}

/** A name between marks that keep its direction to itself, where there are no elements. */
function isolated(name: string): string {
  return `\u2068${name}\u2069`
}

function escaped(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
