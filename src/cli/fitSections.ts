import { wrap } from '../console/wrap.ts'

/** A title with entries below it. Without entries, it is left out. */
export type Section = { title: string; entries: readonly string[] }

/** A text and the screen that it has to fit. */
export type Screen = {
  head: readonly string[]
  sections: readonly Section[]
  foot: readonly string[]
  lines: number
  columns: number
}

/**
 * Lays out a text so that it fits a screen. Where it is too long, the longest section loses its last entries, and a line counts
 * them. Where each has one entry left, the last sections go, and a line counts what they held. The first section keeps its first entry, so
 * that only very long entries can make the text exceed the screen.
 */
export function fitSections({ head, sections, foot, lines, columns }: Screen): string {
  const fitted = sections
    .filter(({ entries }) => entries.length > 0)
    .map(({ title, entries }) => ({
      title,
      entries: entries.map((entry) => wrap(entry, '  - ', '    ', columns)),
      left: 0,
    }))
  let dropped = 0
  const text = (): string =>
    [
      ...head.map((line) => wrap(line, '', '', columns)),
      ...fitted.flatMap(({ title, entries, left }) => [
        '',
        wrap(title, '', '', columns),
        ...entries,
        ...(left > 0 ? [`  … ${left} more`] : []),
      ]),
      ...(dropped > 0 ? ['', `${dropped} more with --full.`] : []),
      '',
      ...foot.map((line) => wrap(line, '', '', columns)),
    ].join('\n')
  while (text().split('\n').length > lines) {
    const [longest] = fitted.toSorted((a, b) => b.entries.length - a.entries.length)
    if (longest === undefined) break
    if (longest.entries.length > 1) {
      longest.entries.pop()
      longest.left += 1
    } else {
      if (fitted.length < 2) break
      const last = fitted.pop()!
      dropped += last.entries.length + last.left
    }
  }
  return text()
}
