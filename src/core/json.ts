import { StemmaError } from './errors.ts'
import { quoted } from './text.ts'

/**
 * Parses JSON of the outside world more strictly than `JSON.parse`: a name that stands twice in an object is refused, as
 * two readers may then see two values, and so is deep nesting.
 *
 * @param what what the text is, for the error, such as `the header of "model.safetensors"`
 * @param maxDepth how many objects and lists may be open at once
 *
 * @throws {@link InvalidJsonError} {@link DuplicateJsonNameError} {@link JsonTooDeepError}
 */
export function parseStrictJson(text: string, what: string, maxDepth = 32): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidJsonError(what, cause)
  }
  checkNames(text, what, maxDepth)
  return value
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c

/** Walks a text that is known to be JSON. */
function checkNames(text: string, what: string, maxDepth: number): void {
  // One entry for each open object (its names so far) and list (undefined).
  const open: (Set<string> | undefined)[] = []
  let names: Set<string> | undefined
  let isName = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      const start = at
      for (at++; text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++
      if (names === undefined || !isName) continue
      const name = JSON.parse(text.slice(start, at + 1)) as string
      if (names.has(name)) throw new DuplicateJsonNameError(what, name)
      names.add(name)
      isName = false
    } else if (unit === COMMA) {
      isName = true
    } else if (unit === 0x7b || unit === 0x5b) {
      if (open.length === maxDepth) throw new JsonTooDeepError(what, maxDepth)
      names = unit === 0x7b ? new Set() : undefined
      isName = true
      open.push(names)
    } else if (unit === 0x7d || unit === 0x5d) {
      open.pop()
      names = open.at(-1)
    }
  }
}

/** Thrown when a text that should be JSON is not. */
export class InvalidJsonError extends StemmaError {
  override name = 'InvalidJsonError'
  constructor(what: string, cause: unknown) {
    // The engine's own message may quote the text, controls and all.
    super('INVALID_JSON', `${what} is not JSON. Expected RFC 8259 JSON in UTF-8; the file may be damaged.`, { cause })
  }
}

/** Thrown when a JSON object has one name twice. */
export class DuplicateJsonNameError extends StemmaError {
  override name = 'DuplicateJsonNameError'
  constructor(what: string, name: string) {
    super(
      'DUPLICATE_JSON_NAME',
      `${what} has the name ${quoted(name)} twice in one object. Readers would disagree about its value; remove one.`,
    )
  }
}

/** Thrown when JSON is nested deeper than anything that it may hold. */
export class JsonTooDeepError extends StemmaError {
  override name = 'JsonTooDeepError'
  constructor(what: string, maxDepth: number) {
    super(
      'JSON_TOO_DEEP',
      `${what} is nested below ${maxDepth} levels. Nothing that it may hold is; do not use the file.`,
    )
  }
}
