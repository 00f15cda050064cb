import { useEffect, useRef, type KeyboardEvent, type MouseEvent } from 'react'

import type { Coloring } from './colors.ts'
import { blocksOf, placeAt, wayTo, windowOf, type Block, type Icicle, type Window } from './icicle.ts'

const ROW = 26
/** Narrower blocks have no name. */
const NAMED = 64
/** Most names that one picture has. */
const MAX_NAMES = 200
/** Milliseconds of the way into a block. */
const MOVE = 260

type Props = {
  icicle: Icicle
  coloring: Coloring
  root: number | undefined
  selected: number | undefined
  nameOf: (place: number) => string | undefined
  label: string
  theme: string
  /** The places whose names are wanted. */
  onNames: (places: readonly number[]) => void
  onSelect: (place: number | undefined) => void
  onRoot: (place: number | undefined) => void
}

/** The icicle on a canvas. Only what is at least a pixel wide is drawn. */
export function Canvas(props: Props) {
  const { icicle, root, selected, label, onSelect, onRoot } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const shown = useRef<Window>(windowOf(icicle, root))
  const latest = useRef(props)
  latest.current = props
  const frame = useRef(0)

  const draw = (): void => paint(canvas.current, latest.current, shown.current)
  const settle = (): void => {
    const pixels = canvas.current?.clientWidth ?? 0
    if (pixels === 0) return
    const named = blocksOf(icicle, shown.current, pixels).filter(({ width }) => width >= NAMED)
    latest.current.onNames(named.slice(0, MAX_NAMES).map(({ place }) => place))
  }

  useEffect(() => {
    const target = windowOf(icicle, root)
    const start = shown.current
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
    const began = performance.now()
    const step = (now: number): void => {
      const part = isStill ? 1 : Math.min(1, Math.max(0, now - began) / MOVE)
      shown.current = part === 1 ? target : between(start, target, 1 - (1 - part) ** 3)
      draw()
      if (part < 1) frame.current = requestAnimationFrame(step)
      else settle()
    }
    frame.current = requestAnimationFrame(step)
    return () => cancelAnimationFrame(frame.current)
  }, [icicle, root])
  useEffect(draw)
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      draw()
      settle()
    })
    observer.observe(canvas.current!)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', draw)
    return () => {
      observer.disconnect()
      scheme.removeEventListener('change', draw)
    }
  }, [icicle])

  const at = (event: MouseEvent): number | undefined => {
    const box = event.currentTarget.getBoundingClientRect()
    const { from, width, level } = shown.current
    const position = from + ((event.clientX - box.left) / box.width) * width
    return placeAt(icicle, position, level + Math.floor((event.clientY - box.top) / ROW))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const next = moved(icicle, root, selected, event.key)
    if (next === undefined) return
    event.preventDefault()
    if ('root' in next) onRoot(next.root)
    else onSelect(next.selected)
  }
  return (
    <canvas
      ref={canvas}
      className="icicle"
      style={{ height: `clamp(8rem, ${icicle.depth * ROW + 2}px, 34rem)` }}
      role="application"
      tabIndex={0}
      aria-label={label}
      onMouseMove={(event) => {
        const place = at(event)
        if (place !== undefined && place !== selected) onSelect(place)
      }}
      onClick={(event) => {
        const place = at(event)
        if (place === undefined) return
        onSelect(place)
        onRoot(place === root ? wayTo(icicle, place).at(-2) : place)
      }}
      onKeyDown={onKeyDown}
    />
  )
}

function between(one: Window, other: Window, part: number): Window {
  const mix = (a: number, b: number): number => a + (b - a) * part
  return { from: mix(one.from, other.from), width: mix(one.width, other.width), level: mix(one.level, other.level) }
}

/** What a key leads to: another selection, or another root. */
function moved(
  icicle: Icicle,
  root: number | undefined,
  selected: number | undefined,
  key: string,
): { selected: number } | { root: number | undefined } | undefined {
  const { order, starts, sizes, parents } = icicle
  const first = order[windowOf(icicle, root).from]
  if (key === 'Escape' || key === 'Backspace')
    return root === undefined ? undefined : { root: wayTo(icicle, root).at(-2) }
  if (first === undefined) return undefined
  const place = selected ?? first
  if (selected === undefined && key.startsWith('Arrow')) return { selected: first }
  const end = starts[place]! + sizes[place]!
  switch (key) {
    case 'Enter':
      return { root: place }
    case 'ArrowDown':
      return sizes[place]! > 1 ? { selected: order[starts[place]! + 1]! } : undefined
    case 'ArrowUp':
      return parents[place]! >= 0 && place !== root ? { selected: parents[place]! } : undefined
    case 'ArrowRight': {
      const next = order[end]
      return next !== undefined && parents[next] === parents[place] ? { selected: next } : undefined
    }
    case 'ArrowLeft': {
      // The sibling before ends where this one begins.
      let at = order[starts[place]! - 1] ?? -1
      while (at >= 0 && parents[at] !== parents[place]) at = parents[at]!
      return at >= 0 && at !== parents[place] ? { selected: at } : undefined
    }
  }
  return undefined
}

function paint(canvas: HTMLCanvasElement | null, props: Props, shown: Window): void {
  const context = canvas?.getContext('2d')
  if (!canvas || !context) return
  const scale = devicePixelRatio || 1
  const [width, height] = [canvas.clientWidth, canvas.clientHeight]
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
  }
  const style = getComputedStyle(canvas)
  const colorOf = resolver(style)
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.fillStyle = colorOf('--page')
  context.fillRect(0, 0, width, height)
  context.font = `12px ${style.fontFamily}`
  context.textBaseline = 'middle'
  const rows = height / ROW
  const blocks = blocksOf(props.icicle, shown, width).filter(({ row }) => row < rows && row > -1)
  for (const block of blocks) {
    context.fillStyle = colorOf(props.coloring.of(block.place).color)
    context.fillRect(block.x, block.row * ROW, Math.max(0.5, block.width - (block.width > 3 ? 1 : 0)), ROW - 1)
  }
  context.fillStyle = colorOf('--text')
  for (const block of blocks) if (block.width >= NAMED) write(context, block, props)
  const chosen = blocks.find(({ place }) => place === props.selected)
  if (!chosen) return
  context.strokeStyle = colorOf('--focus')
  context.lineWidth = 2.5
  context.strokeRect(chosen.x + 1, chosen.row * ROW + 1, Math.max(1, chosen.width - 3), ROW - 3)
}

function write(context: CanvasRenderingContext2D, { place, x, width, row }: Block, { nameOf, coloring }: Props): void {
  const name = nameOf(place)
  if (name === undefined) return
  const letters = Math.floor((width - 12) / 7)
  const category = coloring.of(place).name
  // Where there is room, the category is written too, so that nobody needs the colors.
  const text = name.length + category.length + 3 <= letters ? `${name} · ${category}` : name
  context.fillText(
    text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text,
    x + 6,
    row * ROW + ROW / 2,
  )
}

/** Colors of the style sheet as a canvas takes them: `light-dark()` is resolved by an element that has them. */
function resolver(style: CSSStyleDeclaration): (name: string) => string {
  const isDark =
    style.colorScheme === 'dark' ||
    (style.colorScheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  const known = new Map<string, string>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    const value = style.getPropertyValue(name).trim()
    const pair = /^light-dark\(\s*([^,]+),\s*([^)]+)\)$/.exec(value)
    const color = pair ? (isDark ? pair[2]! : pair[1]!) : value
    known.set(name, color)
    return color
  }
}
