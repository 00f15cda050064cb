import { endOfJsonString } from './textBytes.ts'

const NAME = '"usage"'
/** How many places are tried. A caller can have a model write the name many times. */
const MOST_TRIED = 8
const TOKEN = /["{}[\]]/g

/**
 * The member `usage` of the outermost object of a JSON text, parsed; undefined when there is none. Looks from the end, where it stands in
 * nearly all answers, so that the beginning of the text may be missing, and what a model wrote in a tool call cannot pass for it.
 */
export function usageMember(text: string): unknown {
  let name = text.lastIndexOf(NAME)
  for (let tried = 0; name >= 0 && tried < MOST_TRIED; tried++) {
    const value = valueAt(text, name)
    if (value !== undefined) return value
    name = name === 0 ? -1 : text.lastIndexOf(NAME, name - 1)
  }
  return undefined
}

function valueAt(text: string, name: number): unknown {
  if (text[name - 1] === '\\') return undefined
  const start = /^\s*:\s*(?=\{)/.exec(text.slice(name + NAME.length, name + NAME.length + 64))
  if (start === null) return undefined
  const open = name + NAME.length + start[0].length
  const end = endOfDepth(text, open)
  if (end === undefined || !closesOutermost(text, end)) return undefined
  try {
    return JSON.parse(text.slice(open, end))
  } catch {
    return undefined
  }
}

/** Where the object ends that is opened at `start`. */
function endOfDepth(text: string, start: number): number | undefined {
  let depth = 0
  for (const { at, step } of brackets(text, start)) {
    depth += step
    if (depth === 0) return at + 1
  }
  return undefined
}

/** Whether what follows closes one object, and nothing that was open around it. */
function closesOutermost(text: string, start: number): boolean {
  let depth = 1
  for (const { step } of brackets(text, start)) {
    depth += step
    if (depth < 0) return false
  }
  return depth === 0
}

function* brackets(text: string, start: number): Generator<{ at: number; step: 1 | -1 }> {
  TOKEN.lastIndex = start
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const at = match.index
    const mark = match[0]
    const next = mark === '"' ? endOfJsonString(text, at + 1) + 1 : at + 1
    if (mark !== '"') yield { at, step: mark === '{' || mark === '[' ? 1 : -1 }
    TOKEN.lastIndex = next
  }
}
