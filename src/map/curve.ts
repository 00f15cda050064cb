import type { Point } from './places.ts'

/** A line through points that leaves and arrives level. */
export function curve(points: readonly Point[]): string {
  const [first, ...others] = points as [Point, ...Point[]]
  let at = first
  const parts = others.map((point) => {
    const middle = Math.round((at.x + point.x) / 2)
    const part = `C${middle} ${at.y} ${middle} ${point.y} ${point.x} ${point.y}`
    at = point
    return part
  })
  return `M${first.x} ${first.y}${parts.join('')}`
}
