/**
 * The line on which each item of each list begins that the outermost object of a JSON text has, by the name of the list. Lines count from
 * 1 and end with a line feed.
 *
 * @param text known to be JSON, whose names are each once in their object
 */
export function linesOfItems(text: string): ReadonlyMap<string, readonly number[]> {
  const lines = new Map<string, number[]>()
  let [line, depth] = [1, 0]
  let name: string | undefined
  let items: number[] | undefined
  // Whether the next value is one of a list's items, or the next string a name of the outermost object.
  let [isItem, isName] = [false, false]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '\n') {
      line += 1
      continue
    }
    if (character === ' ' || character === '\t' || character === '\r') continue
    if (isItem && character !== ']') {
      items!.push(line)
      isItem = false
    }
    if (character === '"') {
      const start = at
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++
      if (isName) name = JSON.parse(text.slice(start, at + 1)) as string
      isName = false
    } else if (character === '{' || character === '[') {
      depth += 1
      isName = character === '{' && depth === 1
      if (character === '[' && depth === 2 && name !== undefined) {
        items = []
        lines.set(name, items)
        isItem = true
      }
    } else if (character === '}' || character === ']') {
      depth -= 1
      if (depth < 2) [items, isItem] = [undefined, false]
    } else if (character === ',') {
      if (depth === 1) [isName, name] = [true, undefined]
      if (depth === 2 && items) isItem = true
    }
  }
  return lines
}
