/**
 * A command on a page, with its output. In a `console` block, a line that begins with `$ ` is a command and `> `
 * continues it. A final comment `# exit code 1` states its exit code (default 0). Other lines are its output, in
 * which `…` stands for any text. In a `sh` block, every line is a command without output.
 */
export type PageCommand = { command: string; code: number; output: string | undefined; line: number }

/** Every command that a page of Markdown shows, in its order. */
export function commandsIn(markdown: string): PageCommand[] {
  const commands: PageCommand[] = []
  const blocks = markdown.matchAll(/^```(console|sh)\n([^]*?)^```$/gm)
  for (const block of blocks) {
    const [, kind, text] = block as unknown as [string, string, string]
    const start = markdown.slice(0, block.index).split('\n').length
    for (const [index, line] of text.trimEnd().split('\n').entries()) {
      const last = commands.at(-1)
      if (kind === 'sh') commands.push({ ...parsed(line), output: undefined, line: start + 1 + index })
      else if (line.startsWith('$ ')) commands.push({ ...parsed(line.slice(2)), output: '', line: start + 1 + index })
      else if (/^>( |$)/.test(line) && last!.output === '') {
        const { command, code } = parsed(line.slice(2))
        Object.assign(last!, { command: `${last!.command}\n${command}`, code: last!.code || code })
      } else last!.output += `${line}\n`
    }
  }
  return commands
}

/** Whether a command printed what the page shows. */
export function matches(expected: string, printed: string): boolean {
  const pattern = expected
    .trimEnd()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^]*?')
  return new RegExp(`^${pattern}$`).test(printed.trimEnd())
}

function parsed(line: string): { command: string; code: number } {
  const code = /# exit code (\d+)$/.exec(line)?.[1]
  return { command: line, code: Number(code ?? 0) }
}
