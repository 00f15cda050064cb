import { quoted } from '../../../core/text.ts'
import type { FindingLimit } from './findingLimit.ts'
import { Entries, type Value } from './values.ts'

/** Longest pattern that a tokenizer may have, in characters. */
export const MAX_PATTERN = 10_000
/** Parts of a tokenizer that have patterns. */
const PARTS = ['normalizer', 'pre_tokenizer', 'decoder', 'post_processor']

/** Judges the patterns of a `tokenizer.json`. Its vocabulary is data and is not looked at. */
export function judgeTokenizer(value: Value, limit: FindingLimit): void {
  if (!(value instanceof Entries)) return
  const open: Value[] = PARTS.flatMap((part) => value.all(part))
  while (open.length > 0) {
    const each = open.pop()!
    if (Array.isArray(each)) for (const inner of each) open.push(inner)
    else if (each instanceof Entries) {
      for (const [name, inner] of each.list) {
        if (name === 'Regex' && typeof inner === 'string') judgePattern(inner, limit)
        else open.push(inner)
      }
    }
  }
}

function judgePattern(pattern: string, limit: FindingLimit): void {
  if (pattern.length > MAX_PATTERN)
    limit.found({ rule: 'tokenizer.pattern', what: `A pattern of ${pattern.length} characters` })
  else if (isCatastrophic(pattern))
    limit.found({
      rule: 'tokenizer.pattern',
      what: `The pattern ${quoted(pattern.slice(0, 100))} repeats what repeats`,
    })
}

/**
 * Whether a group that repeats without bound holds something that repeats without bound, as `(a+)+` does, or alternatives that begin
 * alike, as `(a|a)*` does. One pass; possessive and atomic groups cannot fail that way.
 */
export function isCatastrophic(pattern: string): boolean {
  const open: { repeats: boolean; fixed: boolean; atomic: boolean; start: number }[] = []
  let last: { repeats: boolean } | null = null
  for (let at = 0; at < pattern.length; at++) {
    const mark = pattern[at]!
    if (mark === '\\') at += 1
    else if (mark === '[') at = endOfClass(pattern, at)
    else if (mark === '(') {
      open.push({
        repeats: false,
        fixed: false,
        atomic: /^\(\?(>|[=!]|<[=!])/.test(pattern.slice(at, at + 4)),
        start: at,
      })
      last = null
      continue
    } else if (mark === ')') {
      const group = open.pop()
      if (group === undefined) continue
      const body = pattern.slice(group.start + 1, at).replace(/^\?:/, '')
      last = { repeats: !group.atomic && (sharesStart(body) || (group.repeats && !hasFixedPart(body))) }
      const outer = open.at(-1)
      if (outer !== undefined && group.repeats && !group.atomic) outer.repeats = true
      continue
    } else if (isUnbounded(pattern, at)) {
      const possessive = pattern[at + 1] === '+' && mark !== '}'
      if (last?.repeats === true && !possessive) return true
      const group = open.at(-1)
      if (group !== undefined && !possessive) group.repeats = true
    }
    if (mark !== '?' && mark !== '{') last = null
  }
  return false
}

function isUnbounded(pattern: string, at: number): boolean {
  const mark = pattern[at]
  if (mark === '*' || mark === '+') return at > 0 && !/[*+?}]/.test(pattern[at - 1]!)
  return mark === '{' && /^\{\d*,\}/.test(pattern.slice(at, at + 12))
}

function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === '[' && pattern[at + 1] !== ':') at = endOfClassOnce(pattern, at)
    else if (pattern[at] === ']' && at > start + 1) return at
  }
  return pattern.length
}

/** A class within a class, as Oniguruma has them. */
function endOfClassOnce(pattern: string, start: number): number {
  const end = pattern.indexOf(']', start + 2)
  return end < 0 ? start : end
}

/** Whether a literal character stands in a group beside what repeats, so that each turn must match it: `( \w+)*`. */
function hasFixedPart(body: string): boolean {
  const bare = body.replace(/\\[^]|\[(\\[^]|[^\]\\])*\]|\([^)]*\)/g, '.')
  return (
    /[^.*+?{}|()^$,\d](?![*?{])/.test(bare) &&
    !bare.includes('|') &&
    !/^[^.]\+$/.test(bare) &&
    /[^.*+?{}|()^$](?![*+?{])/.test(bare)
  )
}

/** Whether two alternatives of plain words are equal, or one begins as the other. */
function sharesStart(body: string): boolean {
  const words = body.split('|')
  if (words.length < 2 || words.length > 50 || words.some((word) => word === '' || !/^(\w|\\\w)+$/.test(word)))
    return false
  return words.some((word, index) => words.some((other, at) => at !== index && other.startsWith(word)))
}
