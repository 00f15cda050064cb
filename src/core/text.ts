/**
 * Characters that a name may not have. Controls (C0, DEL, C1), line and paragraph separators, zero-width characters,
 * byte-order marks and marks that change the direction of text make two names look alike or rewrite a terminal. UTF-8 cannot
 * express half a surrogate pair.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Whether a text has a character that a name may not have: a control, format or bidirectional mark, or half a surrogate pair. */
export function hasUnsafeCharacters(text: string): boolean {
  return UNSAFE.test(text)
}

/** A text in quotation marks for a message: at most 100 characters, unsafe characters written as `\u{…}`. */
export function quoted(text: string): string {
  const start = text.length > 100 ? `${text.slice(0, 100)}…` : text
  const escaped = [...start].map((character) =>
    UNSAFE.test(character)
      ? `\\u{${character.codePointAt(0)!.toString(16)}}`
      : character === '"' || character === '\\'
        ? `\\${character}`
        : character,
  )
  return `"${escaped.join('')}"`
}

/** A text that is safe to print: at most `most` characters, with unsafe characters replaced by U+FFFD. */
export function shortText(text: string, most: number): string {
  const characters = [...text].map((character) => (UNSAFE.test(character) ? '\u{fffd}' : character))
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('')
}

/** Any value as a text. JSON of strangers may have a `toString` that `String` cannot call. */
export function textOfAny(value: unknown): string {
  try {
    return String(value)
  } catch {
    return `a value of the type ${typeof value}`
  }
}

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}

/**
 * Compares two texts by their code points, which is also the order of their UTF-8 bytes and of Python's strings. The `<`
 * of JavaScript compares UTF-16 units and differs where a text has characters beyond U+FFFF.
 *
 * @returns a negative number, zero or a positive number, as `Array.prototype.sort` wants it
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  // Where the second halves of two pairs differ, the pairs do.
  const start = at > 0 && isHighSurrogate(a.charCodeAt(at - 1)) ? at - 1 : at
  const difference = a.codePointAt(start)! - b.codePointAt(start)!
  return difference === 0 ? a.codePointAt(at)! - b.codePointAt(at)! : difference
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

/**
 * The hint ` Did you mean "x"?` when one of some words is close to what was typed, else nothing. It stands at the end of a
 * message. Letters in another case, hyphens and underscores count as the same.
 */
export function didYouMean(typed: string, words: readonly string[]): string {
  let [nearest, least] = ['', FAR]
  for (const word of words) {
    const distance = nearness(typed, word)
    if (distance < least) [nearest, least] = [word, distance]
  }
  return nearest && ` Did you mean "${nearest}"?`
}

/** The {@link nearness} of words that nobody would confuse. */
export const FAR = 99

/**
 * How many letters a word differs by from what was typed; {@link FAR} where nobody would mean it: beyond 3 letters, or a third of the word.
 * Letters in another case, white space, hyphens and underscores count as the same. Compares the first 64 characters.
 */
export function nearness(typed: string, word: string): number {
  const [from, to] = [folded(typed), folded(word)]
  const most = Math.min(3, Math.floor(to.length / 3))
  const distance = Math.abs(from.length - to.length) > most ? FAR : editDistance(from, to)
  return distance > most ? FAR : distance
}

function folded(word: string): string {
  return word
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '')
}

/** How many letters to insert, drop, replace or swap with a neighbor to turn one word into the other. */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= from.length; row++) {
    const line = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      line.push(
        Math.min(
          rows[row - 1]![column]! + 1,
          line[column - 1]! + 1,
          rows[row - 1]![column - 1]! + (isSame ? 0 : 1),
          isSwap ? rows[row - 2]![column - 2]! + 1 : Infinity,
        ),
      )
    }
    rows.push(line)
  }
  return rows[from.length]![to.length]!
}
