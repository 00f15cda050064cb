import { shortText } from '../core/text.ts'

/** Longest text of strangers, in characters. */
const MOST_TEXT = 800

/**
 * A text of strangers as text alone: one line, with every character escaped that could be markup or begin a link. After `@` and `#` stands a
 * space of no width, because GitHub finds mentions in the text that is left.
 */
export function textOf(text: string): string {
  return shortText(text, MOST_TEXT)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]()#+\-.!|~:$@=^]/g, '\\$&')
    .replaceAll(/[@#]/g, '$&\u200b')
}

/** An id or a name of strangers as a span of code, in which nothing is markup; a bar would still end a cell of a table. */
export function codeOf(text: string): string {
  return `\`${shortText(text, 100).replaceAll('`', "'").replaceAll('|', '¦') || ' '}\``
}

/** A table, whose cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
