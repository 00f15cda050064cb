import type { Verdict } from '../core/evaluate.ts'
import type { EdgeKind } from './graph.ts'

/** Which colors a drawing has: those of the reader's system, or always the same. */
export const THEMES = ['auto', 'light', 'dark'] as const
/** A member of {@link THEMES}. */
export type Theme = (typeof THEMES)[number]

/** How the lines of a kind are drawn: dashes, the end, and whether the line is double. */
export const KIND_STYLES: Readonly<Record<EdgeKind, { dashes: string; marker: MarkerName; double: boolean }>> = {
  declared: { dashes: '', marker: 'arrow', double: false },
  acknowledged: { dashes: '', marker: 'open', double: false },
  countersigned: { dashes: '', marker: 'arrow', double: true },
  adjudicated: { dashes: '12 4', marker: 'diamond', double: false },
  disputed: { dashes: '2 5', marker: 'open', double: false },
  external: { dashes: '9 4 2 4', marker: 'dot', double: false },
}

/** A name of {@link MARKERS}. */
export type MarkerName = keyof typeof MARKERS

/** Ends of lines, in a square of 10. `filled` for those that are. */
export const MARKERS = {
  arrow: { path: 'M0 0L10 5L0 10Z', filled: true },
  open: { path: 'M1 1L9 5L1 9', filled: false },
  diamond: { path: 'M0 5L5 0L10 5L5 10Z', filled: true },
  dot: { path: 'M1 5A4 4 0 1 1 9 5A4 4 0 1 1 1 5Z', filled: false },
} as const

/** The ends of lines, as definitions. */
export function markers(id: string): string {
  return (Object.keys(MARKERS) as MarkerName[])
    .map((name) => {
      const { path, filled } = MARKERS[name]
      const paint = filled
        ? 'class="solid" fill="#57606a"'
        : 'class="outline" fill="none" stroke="#57606a" stroke-width="1.6"'
      return `<marker id="${id}-${name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path ${paint} d="${path}"/></marker>`
    })
    .join('')
}

/** The sign of a verdict in a square of 14: each has a shape of its own. A model without a verdict has an empty circle. */
export function verdictIcon(verdict: Verdict | null, x: number, y: number): string {
  return `<g class="icon" transform="translate(${x} ${y})" aria-hidden="true" fill="none" stroke="#57606a" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"><path d="${VERDICT_ICONS[verdict ?? 'none']}"/></g>`
}

/** The sign of each verdict as a path in a square of 14, for lines and no fill. */
export const VERDICT_ICONS: Readonly<Record<Verdict | 'none', string>> = {
  permitted: 'M1 7A6 6 0 1 1 13 7A6 6 0 1 1 1 7ZM4 7.2L6.2 9.4L10 5',
  conditional: 'M7 1L13.5 12.5L0.5 12.5ZM7 5L7 8.6M7 10.5L7 10.6',
  'not-permitted': 'M4.3 1L9.7 1L13 4.3L13 9.7L9.7 13L4.3 13L1 9.7L1 4.3ZM4.6 4.6L9.4 9.4M9.4 4.6L4.6 9.4',
  unknown: 'M7 0.6L13.4 7L7 13.4L0.6 7ZM5.4 5.6A1.7 1.7 0 1 1 7 7.6L7 8.3M7 10.2L7 10.3',
  none: 'M1 7A6 6 0 1 1 13 7A6 6 0 1 1 1 7Z',
}

/** Names of the custom properties (after `--map-`) with the light and the dark color. All pairs that stand on each other have a contrast of 4.5 or more. */
const COLORS = {
  page: ['#ffffff', '#0d1117'],
  box: ['#ffffff', '#161b22'],
  text: ['#1f2328', '#e6edf3'],
  muted: ['#57606a', '#9da7b3'],
  line: ['#57606a', '#9da7b3'],
  focus: ['#0550ae', '#79c0ff'],
  permitted: ['#116329', '#56d364'],
  conditional: ['#7d4e00', '#e3b341'],
  blocked: ['#b31d28', '#ff7b72'],
  unknown: ['#57606a', '#9da7b3'],
} as const

/** The rules of a drawing. Custom properties of the page come first; without any, the colors are those of the theme. */
export function styleSheet(id: string, theme: Theme): string {
  const colors = (dark: 0 | 1): string =>
    Object.entries(COLORS)
      .map(([name, pair]) => `--_${name}:var(--map-${name},${pair[dark]})`)
      .join(';')
  const rules = RULES.map(([selector, rule]) => `${selector.replaceAll(/(^|,)/g, `$1.${id} `)}{${rule}}`)
  const dark = theme === 'auto' ? `@media (prefers-color-scheme:dark){.${id}{${colors(1)}}}` : ''
  return [`.${id}{${colors(theme === 'dark' ? 1 : 0)}}`, dark, ...rules].join('')
}

const RULES: readonly (readonly [selector: string, rule: string])[] = [
  ['.page', 'fill:var(--_page)'],
  ['text', 'fill:var(--_text)'],
  ['.label,.legend text', 'fill:var(--_muted)'],
  ['.label', 'paint-order:stroke;stroke:var(--_page);stroke-width:4px'],
  ['.box', 'fill:var(--_box);stroke:var(--_line)'],
  ['.line,.beyond', 'stroke:var(--_line)'],
  ['.gap', 'stroke:var(--_page)'],
  ['.solid', 'fill:var(--_line)'],
  ['.outline', 'stroke:var(--_line);fill:var(--_page)'],
  ['.focus .box', 'stroke:var(--_focus);stroke-width:3'],
  ['.icon', 'stroke:var(--_unknown)'],
  ['.permitted .icon', 'stroke:var(--_permitted)'],
  ['.conditional .icon', 'stroke:var(--_conditional)'],
  ['.not-permitted .icon', 'stroke:var(--_blocked)'],
  ['.permitted .verdict', 'fill:var(--_permitted)'],
  ['.conditional .verdict', 'fill:var(--_conditional)'],
  ['.not-permitted .verdict', 'fill:var(--_blocked)'],
  ['.unknown .verdict', 'fill:var(--_unknown)'],
  ['.way .line', 'stroke:var(--_blocked);stroke-width:4'],
  ['.way.countersigned .line', 'stroke-width:7'],
  ['.way .label', 'fill:var(--_blocked);font-weight:600'],
  ['.node.way .box', 'stroke:var(--_blocked);stroke-width:3'],
  ['.dim', 'opacity:0.35'],
]
