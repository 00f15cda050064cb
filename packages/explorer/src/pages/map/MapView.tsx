import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import type { Hex } from 'stemma/core'
import type { PlacedMap, PlacedNode } from 'stemma/map'

import type { MapSearch } from '../../app/address.ts'
import { useWords } from '../../app/settings.tsx'
import { Name, FullId, ModelLink } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { answerOf } from './answers.ts'
import { Drawing, Legend } from './Drawing.tsx'
import type { Format } from './exports.ts'
import type { Change } from './MapPage.tsx'
import { causesFor } from './ways.ts'
import { useZoom } from './useZoom.ts'
import { useMapWords } from './useMapWords.ts'

/** The formats that a map is saved in. */
const EXPORTS: readonly Format[] = ['SVG', 'PNG', 'JSON', 'CSV']

type Props = {
  placed: PlacedMap
  /** What the API answered, to save it. */
  answer: object
  search: MapSearch
  change: Change
  /** Makes another model the middle of the map. */
  onCenter: (id: string) => void
}

/** The drawing, what moves it, and what is selected. */
export function MapView({ placed, answer: saved, search, change, onCenter }: Props) {
  const words = useWords()
  const own = useMapWords()
  const { number } = useFormats()
  const [text, setText] = useState('')
  const dialog = useRef<HTMLDialogElement>(null)
  const svg = useRef<SVGSVGElement>(null)
  const zoom = useZoom(svg, placed)
  const selected = placed.nodes.find(({ key }) => key === search.sel) ?? placed.nodes[0]!
  const matches = text.trim() === '' ? [] : placed.nodes.filter(({ node }) => matchesText(node.name, node.id, text))
  const answer = answerOf(selected.node, placed.graph.use, words, own)
  const causes = causesFor(placed.graph, search.path)
  const hadFocus = useRef(false)
  // The map is drawn again when it changes; the focus stays with what is selected.
  useEffect(() => {
    if (hadFocus.current) svg.current?.querySelector<SVGElement>('[tabindex="0"]')?.focus({ preventScroll: true })
  }, [selected.key, placed])
  const select = (node: PlacedNode): void => {
    change({ sel: node.node.id })
    zoom.show(node)
  }
  const center = (node: PlacedNode): void => {
    if (!node.node.external && node.key !== placed.graph.model) onCenter(node.node.id)
  }
  const openMore = (of: Hex | null): void => {
    const id = of ?? placed.graph.change?.id
    if (id !== undefined) change({ open: [...(search.open ?? []), id] })
  }
  const act = keyActions({
    placed,
    selected,
    search,
    change,
    select,
    center,
    openMore,
    showKeys: () => dialog.current?.showModal(),
  })
  const save = async (kind: Format): Promise<void> => {
    const { saveMap } = await import('./exports.ts')
    const style = getComputedStyle(svg.current!).colorScheme
    const isDark = style === 'dark' || (style !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
    await saveMap(kind, { placed, answer: saved, causes, words, own, theme: isDark ? 'dark' : 'light' })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const action = act[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }
  return (
    <div className="map-view">
      <form
        className="map-tools"
        onSubmit={(event) => {
          event.preventDefault()
          const next = matches[(matches.findIndex(({ key }) => key === selected.key) + 1) % Math.max(1, matches.length)]
          if (next) select(next)
        }}
      >
        <label>
          <span className="visually-hidden">{own.find}</span>
          <input type="search" placeholder={own.find} value={text} onChange={(event) => setText(event.target.value)} />
        </label>
        <span className="muted" aria-live="polite">
          {text.trim() === '' ? '' : own.found(number(matches.length))}
        </span>
        <span className="grow" />
        <button type="button" aria-label={own.zoomIn} onClick={() => zoom.by(1.3)}>
          +
        </button>
        <button type="button" aria-label={own.zoomOut} onClick={() => zoom.by(1 / 1.3)}>
          −
        </button>
        <button type="button" onClick={() => zoom.fit()}>
          {own.fit}
        </button>
        <button type="button" onClick={() => dialog.current?.showModal()}>
          {own.keys}
        </button>
        <span className="saves" role="group" aria-label={own.export}>
          <span aria-hidden="true">{own.export}</span>
          {EXPORTS.map((kind) => (
            <button key={kind} type="button" aria-label={`${own.export} ${kind}`} onClick={() => void save(kind)}>
              {kind}
            </button>
          ))}
        </span>
      </form>
      <Drawing
        ref={svg}
        placed={placed}
        causes={causes}
        selected={selected.key}
        matches={new Set(matches.map(({ key }) => key))}
        onSelect={select}
        onOpen={openMore}
        onKeyDown={onKeyDown}
        onFocus={(focused) => (hadFocus.current = focused)}
      />
      <Legend hasAnswers={placed.graph.use !== null} />
      <aside className="selected" aria-label={own.selected}>
        <h2>
          {selected.node.external ? (
            <Name text={selected.node.name} id={selected.node.id} />
          ) : (
            <ModelLink id={selected.node.id} name={selected.node.name} at={search.at} />
          )}
        </h2>
        <p className="facts">
          {answer !== '' && <span>{answer}</span>}
          {selected.node.cause && (
            <span className="muted" lang="en">
              {selected.node.cause.code}
            </span>
          )}
          {selected.node.license !== null && placed.graph.use !== null && (
            <span className="muted">
              <Name text={selected.node.license} />
            </span>
          )}
          {selected.node.descendants !== null && (
            <span className="muted">
              {own.madeFromIt} {number(selected.node.descendants)}
            </span>
          )}
        </p>
        <FullId value={selected.node.id} />
        <p className="actions">
          {!selected.node.external && selected.key !== placed.graph.model && (
            <button type="button" onClick={() => center(selected)}>
              {own.center}
            </button>
          )}
          <button
            type="button"
            onClick={() => change({ path: search.path === selected.key ? undefined : selected.node.id })}
          >
            {search.path === selected.key ? own.hidePath : own.showPath}
          </button>
        </p>
      </aside>
      <dialog
        ref={dialog}
        aria-labelledby="keys"
        onClose={() => svg.current?.querySelector<SVGElement>('[tabindex="0"]')?.focus({ preventScroll: true })}
      >
        <h2 id="keys">{own.keys}</h2>
        <dl className="keys">
          {own.keyList.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button className="primary">{own.close}</button>
        </form>
      </dialog>
    </div>
  )
}

function matchesText(name: string, id: string, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return name.toLowerCase().includes(wanted) || id.startsWith(wanted)
}

type Acting = Pick<Props, 'placed' | 'search' | 'change'> & {
  selected: PlacedNode
  select: (node: PlacedNode) => void
  center: (node: PlacedNode) => void
  openMore: (of: Hex | null) => void
  showKeys: () => void
}

/** What each key does. */
function keyActions({ placed, selected, search, change, select, center, openMore, showKeys }: Acting) {
  const go = (key: string | undefined): void => {
    const node = placed.nodes.find((each) => each.key === key)
    if (node) select(node)
  }
  const near = (keys: readonly string[]): string | undefined =>
    placed.nodes
      .filter(({ key }) => keys.includes(key))
      .toSorted((a, b) => Math.abs(a.y - selected.y) - Math.abs(b.y - selected.y))[0]?.key
  const column = placed.nodes
    .filter(({ x, width }) => x < selected.x + selected.width && x + width > selected.x)
    .toSorted((a, b) => a.y - b.y)
  const at = column.findIndex(({ key }) => key === selected.key)
  const lastOpened = search.open?.lastIndexOf(selected.node.id) ?? -1
  const { edges } = placed.graph
  const open = (): void => {
    if (placed.more.some(({ more }) => more.of === selected.key)) openMore(selected.node.id)
  }
  const close = (): void => {
    if (lastOpened < 0) return
    const left = search.open!.filter((_, index) => index !== lastOpened)
    change({ open: left.length > 0 ? left : undefined })
  }
  const way = (): void => change({ path: search.path === selected.key ? undefined : selected.node.id })
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => go(near(edges.filter(({ child }) => child === selected.key).map(({ parent }) => parent))),
    ArrowRight: () => go(near(edges.filter(({ parent }) => parent === selected.key).map(({ child }) => child))),
    ArrowUp: () => go(column[at - 1]?.key),
    ArrowDown: () => go(column[at + 1]?.key),
    Enter: () => center(selected),
    '+': open,
    '=': open,
    '-': close,
    p: way,
    P: way,
    '?': showKeys,
  }
  return actions
}
