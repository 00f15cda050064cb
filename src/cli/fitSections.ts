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
 * them. Where each has one entry left, the last sections go, and a line counts what they held; the first sections then get back what there is
 * room for. The first section keeps its first entry, so that only very long entries can make the text exceed the screen.
 */
export function fitSections({ head, sections, foot, lines, columns }: Screen): string {
  const fitted = sections
    .filter(({ entries }) => entries.length > 0)
    .map(({ title, entries }) => ({
      title: wrap(title, '', '', columns),
      entries: entries.map((entry) => wrap(entry, '  - ', '    ', columns)),
      kept: entries.length,
    }))
  let dropped = 0
  const text = (): string =>
    [
      ...head.map((line) => wrap(line, '', '', columns)),
      ...fitted.flatMap(({ title, entries, kept }) => [
        '',
        title,
        ...entries.slice(0, kept),
        ...(kept < entries.length ? [`  … ${entries.length - kept} more`] : []),
      ]),
      ...(dropped > 0 ? ['', `${dropped} more with --full.`] : []),
      '',
      ...foot.map((line) => wrap(line, '', '', columns)),
    ].join('\n')
  const isTooLong = (): boolean => text().split('\n').length > lines
  while (isTooLong()) {
    const [longest] = fitted.toSorted((a, b) => b.kept - a.kept)
    if (longest !== undefined && longest.kept > 1) longest.kept -= 1
    else if (fitted.length > 1) dropped += fitted.pop()!.entries.length
    else break
  }
  for (const section of fitted) {
    while (section.kept < section.entries.length) {
      section.kept += 1
      if (!isTooLong()) continue
      section.kept -= 1
      break
    }
  }
  return text()
}
