/** Breaks a text at spaces into lines of at most `width` characters; `first` and `indent` start them. A longer word gets its own line. */
export function wrap(text: string, first = '', indent = first, width = 80): string {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of text.split(' ')) {
    if (!empty && [...line].length + 1 + [...word].length > width) {
      lines.push(line)
      line = indent
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line].join('\n')
}
