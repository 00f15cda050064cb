import parseSpdx from 'spdx-expression-parse'

/** A license in an expression. */
export type LicensePart = {
  /** The name as it is written, without `+`. */
  license: string
  /** Whether a later version may be chosen: `+`. */
  orLater: boolean
  /** The SPDX id of an exception (`WITH`), which adds permissions; null when there is none. */
  exception: string | null
}

/** The ways in which an expression may be read: alternatives (`OR`), each of licenses that all apply (`AND`). */
export type LicenseExpression = readonly (readonly LicensePart[])[]

/** Most alternatives of an expression. Few are stated; nested ones multiply. */
const MAX_ALTERNATIVES = 64
/** Longest expression, in UTF-16 code units. */
const MAX_LENGTH = 1000

/** Whether a text is written as an expression and not as one name. */
export function isLicenseExpression(text: string): boolean {
  return /[()]|(?<!\+)\+(?:\s|$)|\S\s+(?:AND|OR|WITH)\s+\S/i.test(text)
}

/**
 * Reads an SPDX license expression. Names are SPDX ids, ids of the Hub or `LicenseRef-…`, in any case; operators and exceptions are read by
 * `spdx-expression-parse`, by the precedence of the specification.
 *
 * @returns its alternatives; null when it is not an expression
 */
export function readLicenseExpression(text: string): LicenseExpression | null {
  if (text.length > MAX_LENGTH) return null
  // The parser knows SPDX ids only, so each name stands for itself by a number.
  const names: string[] = []
  let isException = false
  const numbered = text.replace(/[^\s()]+/g, (word) => {
    const operator = word.toUpperCase()
    if (['AND', 'OR', 'WITH'].includes(operator)) {
      isException = operator === 'WITH'
      return operator
    }
    if (isException) {
      isException = false
      return word
    }
    return `LicenseRef-${names.push(word) - 1}`
  })
  let tree: parseSpdx.Info
  try {
    tree = parseSpdx(numbered)
  } catch {
    return null
  }
  return alternativesOf(tree, names)
}

function alternativesOf(node: parseSpdx.Info, names: readonly string[]): LicenseExpression | null {
  if (!('conjunction' in node)) {
    const word = names[Number(node.license.slice('LicenseRef-'.length))]!
    // "openrail++" is a name of its own.
    const license = word.replace(/(?<!\+)\+$/, '')
    return [[{ license, orLater: license !== word, exception: node.exception ?? null }]]
  }
  const left = alternativesOf(node.left, names)
  const right = alternativesOf(node.right, names)
  if (left === null || right === null) return null
  const all =
    node.conjunction === 'or' ? [...left, ...right] : left.flatMap((one) => right.map((other) => [...one, ...other]))
  return all.length > MAX_ALTERNATIVES ? null : all
}

/** A part as an expression writes it. */
export function formatLicensePart({ license, orLater, exception }: LicensePart): string {
  return `${license}${orLater ? '+' : ''}${exception === null ? '' : ` WITH ${exception}`}`
}
