import { select } from 'd3-selection'
import { zoom, zoomIdentity, type ZoomBehavior } from 'd3-zoom'
import { useEffect, useRef, type RefObject } from 'react'
import type { Placed, PlacedMap } from 'stemma/map'

const MARGIN = 24
const SCALES: [number, number] = [0.08, 3]
/** Below this, nobody can read the names: a map that is larger begins at its model instead. */
const READABLE = 0.62
/** On a narrow screen names may be smaller, so that more than one model is in sight. */
const NARROW = 480
const READABLE_NARROW = 0.5

/** Where a drawing begins in a window, so that a point of it is in the middle, but no room beside the drawing is wasted. */
function startOf(window: number, drawing: number, middle: number): number {
  if (drawing + 2 * MARGIN <= window) return (window - drawing) / 2
  return Math.min(MARGIN, Math.max(window - MARGIN - drawing, window / 2 - middle))
}

/** Moves and scales what is in a drawing. Only the transform of its group changes. */
export function useZoom(svg: RefObject<SVGSVGElement | null>, placed: PlacedMap) {
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown>>(undefined)
  useEffect(() => {
    const element = svg.current!
    const group = element.querySelector('g.moved')!
    behavior.current = zoom<SVGSVGElement, unknown>()
      .scaleExtent(SCALES)
      // The wheel scrolls the page, as everywhere; with Ctrl, or by pinching, it zooms.
      .filter((event: Event) =>
        event.type === 'wheel'
          ? (event as WheelEvent).ctrlKey
          : event.type !== 'dblclick' && !(event as MouseEvent).button,
      )
      .on('zoom', ({ transform }: { transform: { toString(): string } }) =>
        group.setAttribute('transform', transform.toString()),
      )
    select(element).call(behavior.current)
    return () => void select(element).on('.zoom', null)
  }, [svg])

  const fit = (whole = true): void => {
    const element = svg.current
    if (!element || !behavior.current) return
    const { clientWidth: width, clientHeight: height } = element
    const all = Math.min((width - 2 * MARGIN) / placed.width, (height - 2 * MARGIN) / placed.height, 1)
    const scale = whole ? all : Math.max(all, width < NARROW ? READABLE_NARROW : READABLE)
    const middle = placed.nodes.find(({ key }) => key === placed.graph.model) ?? placed.nodes[0]!
    const center =
      scale === all
        ? { x: placed.width / 2, y: placed.height / 2 }
        : { x: middle.x + middle.width / 2, y: middle.y + middle.height / 2 }
    const left = startOf(width, placed.width * scale, center.x * scale)
    const top = startOf(height, placed.height * scale, center.y * scale)
    const moved = zoomIdentity.translate(left, top).scale(scale)
    select(element).call(behavior.current.transform, moved)
  }
  useEffect(() => fit(false), [placed.graph.model, placed.width, placed.height])

  return {
    fit,
    by: (factor: number) => void (svg.current && behavior.current?.scaleBy(select(svg.current), factor)),
    /** Moves the drawing only where the box is not in sight. */
    show({ x, y, width, height }: Placed) {
      const element = svg.current
      const box = element?.querySelector('g.moved')?.getAttribute('transform')
      const found = box ? /translate\(([-\d.e]+),([-\d.e]+)\) scale\(([-\d.e]+)\)/.exec(box) : null
      if (!element || !found || !behavior.current) return
      const [left, top, scale] = found.slice(1).map(Number) as [number, number, number]
      const [atX, atY] = [x * scale + left, y * scale + top]
      const isInSight =
        atX >= 0 &&
        atY >= 0 &&
        atX + width * scale <= element.clientWidth &&
        atY + height * scale <= element.clientHeight
      if (!isInSight) behavior.current.translateTo(select(element), x + width / 2, y + height / 2)
    },
  }
}
