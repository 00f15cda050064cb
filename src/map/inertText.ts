/** Most characters of a text that are looked at. */
const MAX_TEXT = 10_000
/** Most code points of one character as readers see it: some stack hundreds of marks on a letter. */
const MAX_MARKS = 8
/** What a name may not do: control, change the direction of text, be invisible. XML has no U+FFFE and U+FFFF. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u
/** Letters and signs that are as wide as they are high. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u
/** Widths as shares of the font's size. Wider than most fonts are, because nothing can measure them here. */
const WIDTHS = { wide: 1.05, capital: 0.72, narrow: 0.34, other: 0.58 }

/** A character as readers see it, made visible where it is not, and its width as a share of the font's size. */
type Grapheme = { text: string; width: number }

/**
 * A text of strangers as plain text: controls, marks that change the direction, invisible characters and halves of pairs are written as
 * `\u{…}`, and what is beyond `most` characters (as readers count them) becomes an ellipsis.
 */
export function inertText(text: string, most: number): string {
  const graphemes = graphemesOf(text, most + 1)
  if (graphemes.length <= most) return graphemes.map((each) => each.text).join('')
  return `${graphemes
    .slice(0, most - 1)
    .map((each) => each.text)
    .join('')}…`
}

/**
 * A text of strangers on at most two lines. The first ends behind the owner's slash where the rest fits, else where it is full. What does
 * not fit becomes an ellipsis.
 *
 * @param room the width of a line, as a multiple of the font's size
 */
export function inTwoLines(text: string, room: number): string[] {
  const graphemes = graphemesOf(text, Math.ceil((2 * room) / WIDTHS.narrow) + 2)
  if (widthOf(graphemes) <= room) return [textOf(graphemes)]
  const slash = graphemes.findIndex((each) => each.text === '/') + 1
  const [owner, name] = [graphemes.slice(0, slash), graphemes.slice(slash)]
  if (slash > 0 && widthOf(owner) <= room && widthOf(name) <= room) return [textOf(owner), textOf(name)]
  const first = fitting(graphemes, room)
  const left = graphemes.slice(first.length)
  return [textOf(first), widthOf(left) <= room ? textOf(left) : `${textOf(fitting(left, room - 1))}…`]
}

/** As many of the first characters as fit, at least one. */
function fitting(graphemes: readonly Grapheme[], room: number): Grapheme[] {
  let width = 0
  const end = graphemes.findIndex((each) => (width += each.width) > room)
  return graphemes.slice(0, end < 0 ? graphemes.length : Math.max(1, end))
}

function widthOf(graphemes: readonly Grapheme[]): number {
  return graphemes.reduce((sum, { width }) => sum + width, 0)
}

function textOf(graphemes: readonly Grapheme[]): string {
  return graphemes.map(({ text }) => text).join('')
}

/** The first characters of a text as readers see them. */
function graphemesOf(text: string, most: number): Grapheme[] {
  const found: Grapheme[] = []
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text.slice(0, MAX_TEXT))) {
    for (const part of partsOf(segment)) {
      found.push(part)
      if (found.length >= most) return found
    }
  }
  if (text.length > MAX_TEXT) found.push({ text: '…', width: 1 })
  return found
}

/** A visible character as it is, and each unsafe code point of another as an escape of its own. */
function partsOf(segment: string): Grapheme[] {
  const points = [...segment]
  if (!points.some((point) => UNSAFE.test(point))) {
    const kept = points.length > MAX_MARKS ? `${points.slice(0, MAX_MARKS).join('')}…` : segment
    return [{ text: kept, width: pointWidth(points[0]!) }]
  }
  return points.slice(0, MAX_MARKS).map((point) => {
    if (!UNSAFE.test(point)) return { text: point, width: pointWidth(point) }
    const escape = `\\u{${point.codePointAt(0)!.toString(16)}}`
    return { text: escape, width: escape.length * WIDTHS.other }
  })
}

function pointWidth(point: string): number {
  if (WIDE.test(point)) return WIDTHS.wide
  if (/[\p{Lu}mwMW@%&]/u.test(point)) return WIDTHS.capital
  return /[ijltfr.,:;'|!()[\]\s-]/.test(point) ? WIDTHS.narrow : WIDTHS.other
}
