import type { KeyboardEvent, Ref } from 'react'
import type { Hex } from 'stemma/core'
import {
  curve,
  EDGE_KINDS,
  edgeKind,
  inTwoLines,
  KIND_STYLES,
  MARKERS,
  VERDICT_ICONS,
  type EdgeKind,
  type MapCause,
  type MapNode,
  type MarkerName,
  type PlacedChange,
  type PlacedEdge,
  type PlacedMap,
  type PlacedMore,
  type PlacedNode,
} from 'stemma/map'

import { useWords } from '../../app/settings.tsx'
import { VerdictMark } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import { answerOf } from './answers.ts'
import { waysOf } from './ways.ts'
import { useMapWords } from './useMapWords.ts'

/** Pixels that a letter may take: more than its size, because fonts differ. */
const FONT = 14.4
/** Beyond so many edges, only those on a way have a label. */
const MAX_LABELS = 60
const VERDICTS = ['permitted', 'conditional', 'not-permitted', 'unknown'] as const

type Props = {
  ref: Ref<SVGSVGElement>
  placed: PlacedMap
  causes: readonly MapCause[]
  selected: string
  matches: ReadonlySet<string>
  onSelect: (node: PlacedNode) => void
  /** Shows more at a node; null is the change that the map is about. */
  onOpen: (of: Hex | null) => void
  onKeyDown: (event: KeyboardEvent) => void
  onFocus: (focused: boolean) => void
}

/** A map as the page draws it: as `toSvg` does, and its nodes can be reached by key and pointer. Edges are read in the table. */
export function Drawing({ ref, placed, causes, selected, matches, onSelect, onOpen, onKeyDown, onFocus }: Props) {
  const own = useMapWords()
  const { graph } = placed
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const ways = waysOf(causes)
  const isDimming = causes.length > 0
  const hasLabels = placed.edges.length <= MAX_LABELS
  return (
    <svg
      ref={ref}
      className="drawing"
      style={{ height: `clamp(15rem, ${Math.round(placed.height * 0.9 + 80)}px, 68vh)` }}
      role="group"
      aria-label={graph.change ? own.drawingOfChange : own.drawing(plain(graph.nodes[0]!.name, 80))}
      onKeyDown={onKeyDown}
      onFocus={() => onFocus(true)}
      onBlur={() => onFocus(false)}
    >
      <defs>
        {(Object.keys(MARKERS) as MarkerName[]).map((name) => (
          <Marker key={name} name={name} />
        ))}
      </defs>
      <g className="moved">
        <g aria-hidden="true">
          {placed.edges.map((edge) => (
            <DrawnEdge
              key={`${edge.from} ${edge.to}`}
              placed={edge}
              parent={edge.edge ? byId.get(edge.edge.parent) : undefined}
              cause={edge.edge ? ways.edges.get(`${edge.edge.child} ${edge.edge.parent}`) : undefined}
              isDimming={isDimming}
              hasLabel={hasLabels}
            />
          ))}
        </g>
        {placed.nodes.map((node) => (
          <DrawnNode
            key={node.key}
            placed={node}
            use={graph.use}
            classes={[
              ...(node.node.level === 0 ? ['focus'] : []),
              ...(node.key === selected ? ['selected-node'] : []),
              ...(matches.has(node.key) ? ['match'] : []),
              ...(ways.nodes.has(node.node.id) ? ['way'] : isDimming && !matches.has(node.key) ? ['dim'] : []),
            ]}
            isSelected={node.key === selected}
            onSelect={() => onSelect(node)}
          />
        ))}
        {placed.change && <DrawnChange placed={placed.change} isDim={isDimming} />}
        {placed.more.map((more) => (
          <DrawnMore key={more.key} placed={more} isDim={isDimming} onOpen={() => onOpen(more.more.of)} />
        ))}
      </g>
    </svg>
  )
}

function Marker({ name }: { name: MarkerName }) {
  const { path, filled } = MARKERS[name]
  return (
    <marker
      id={`mark-${name}`}
      viewBox="0 0 10 10"
      refX="9"
      refY="5"
      markerWidth="10"
      markerHeight="10"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path className={filled ? 'solid' : 'outline'} d={path} />
    </marker>
  )
}

function DrawnNode({
  placed: { key, node, x, y, width, height },
  use,
  classes,
  isSelected,
  onSelect,
}: {
  placed: PlacedNode
  use: PlacedMap['graph']['use']
  classes: readonly string[]
  isSelected: boolean
  onSelect: () => void
}) {
  const words = useWords()
  const own = useMapWords()
  const name = node.name === '' ? `${words.noName} ${node.id.slice(0, 10)}…` : node.name
  const lines = inTwoLines(name, (width - 24) / FONT)
  const answer = answerOf(node, use, words, own)
  return (
    <g
      className={['node', node.external ? 'external' : (node.verdict ?? 'none'), ...classes].join(' ')}
      role="button"
      aria-pressed={isSelected}
      tabIndex={isSelected ? 0 : -1}
      data-id={key}
      transform={`translate(${x} ${y})`}
      onClick={onSelect}
    >
      <title>{`${plain(name)}. ${answer}${node.cause ? `. ${node.cause.code}` : ''}`}</title>
      <rect className="box" width={width} height={height} rx="8" strokeDasharray={node.external ? '5 4' : undefined} />
      <svg width={width - 4} height={height}>
        {lines.map((line, index) => (
          <text key={index} className="node-name" x="12" y={(lines.length === 1 ? 30 : 22) + 16 * index}>
            {line}
          </text>
        ))}
      </svg>
      <g className="icon" transform={`translate(12 ${height - 22})`}>
        <path d={VERDICT_ICONS[node.external ? 'none' : (node.verdict ?? 'none')]} />
      </g>
      <text className="answer-line" x="32" y={height - 11}>
        {plain(answer, 34)}
      </text>
    </g>
  )
}

/** What several models of a map have in common. */
function DrawnChange({ placed: { change, x, y, width, height }, isDim }: { placed: PlacedChange; isDim: boolean }) {
  const own = useMapWords()
  return (
    <g className={`change${isDim ? ' dim' : ''}`} data-change={change.id} transform={`translate(${x} ${y})`}>
      <title>{`${own.changes[change.kind]} ${change.id}`}</title>
      <rect className="box" width={width} height={height} rx="20" />
      <text className="node-name" textAnchor="middle" x={width / 2} y={height / 2 - 4}>
        {own.changes[change.kind]}
      </text>
      <text className="more-line" textAnchor="middle" x={width / 2} y={height / 2 + 15}>
        {change.id.slice(0, 10)}…
      </text>
    </g>
  )
}

function DrawnMore({
  placed: { more, x, y, width, height },
  isDim,
  onOpen,
}: {
  placed: PlacedMore
  isDim: boolean
  onOpen: () => void
}) {
  const words = useWords()
  const own = useMapWords()
  const all = more.models + more.externals
  const lines = [own.moreLabel(String(more.next)), ...(all > more.next ? [words.map.allLabel(String(all))] : [])]
  return (
    <g
      className={`more${isDim ? ' dim' : ''}`}
      role="button"
      tabIndex={0}
      data-of={more.of ?? ''}
      data-up={more.up}
      transform={`translate(${x} ${y})`}
      onClick={onOpen}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        event.stopPropagation()
        onOpen()
      }}
    >
      <title>{lines.join(', ')}</title>
      <rect className="box" width={width} height={height} rx="20" strokeDasharray="2 3" />
      {lines.map((line, index) => (
        <text
          key={line}
          className="more-line"
          textAnchor="middle"
          x={width / 2}
          y={(lines.length === 1 ? 25 : 18) + 14 * index}
        >
          {line}
        </text>
      ))}
    </g>
  )
}

function DrawnEdge({
  placed: { edge, points },
  parent,
  cause,
  isDimming,
  hasLabel,
}: {
  placed: PlacedEdge
  parent: MapNode | undefined
  cause: MapCause | undefined
  isDimming: boolean
  hasLabel: boolean
}) {
  const words = useWords()
  const own = useMapWords()
  const path = curve(points)
  if (!edge || !parent) return <path className={`edge beyond${isDimming ? ' dim' : ''}`} d={path} />
  const kind = edgeKind(edge, parent)
  const label = cause?.code
    ? cause.right === null
      ? cause.code
      : own.missing(words.uses[cause.right])
    : (words.relations[edge.relation] ?? edge.relation)
  const end = points.at(-1)!
  return (
    <g
      className={`edge ${kind}${cause ? ' way' : isDimming ? ' dim' : ''}`}
      data-child={edge.child}
      data-parent={edge.parent}
    >
      <Line kind={kind} path={path} />
      {(hasLabel || cause) && (
        <text className="edge-label" textAnchor="end" x={end.x - 16} y={end.y - 6}>
          {plain(label, 18)}
        </text>
      )}
    </g>
  )
}

function Line({ kind, path }: { kind: EdgeKind; path: string }) {
  const { dashes, marker, double } = KIND_STYLES[kind]
  return (
    <>
      <path
        className="line"
        d={path}
        strokeWidth={double ? 4.5 : 1.5}
        strokeDasharray={dashes === '' ? undefined : dashes}
        markerEnd={`url(#mark-${marker})`}
      />
      {double && <path className="gap" d={path} />}
    </>
  )
}

/** What the lines and the icons mean. */
export function Legend({ hasAnswers }: { hasAnswers: boolean }) {
  const words = useWords()
  const own = useMapWords()
  return (
    <ul className="legend" aria-label={own.legend}>
      {EDGE_KINDS.map((kind) => (
        <li key={kind}>
          <svg className="drawing-line" width="44" height="12" viewBox="0 0 44 12" aria-hidden="true">
            <g className={`edge ${kind}`}>
              <Line kind={kind} path="M2 6L40 6" />
            </g>
          </svg>
          {words.map.kinds[kind]}
        </li>
      ))}
      {hasAnswers &&
        VERDICTS.map((verdict) => (
          <li key={verdict}>
            <VerdictMark verdict={verdict} />
          </li>
        ))}
    </ul>
  )
}
