import { plain } from './plain.ts'

/** A remedy: its sentence, and below it the commands that it ends with, whole and to copy. */
export function Advice({ text, label }: { text: string; label: string }) {
  const { sentence, commands } = adviceOf(plain(text, 1000))
  return (
    <>
      <p>
        <span className="muted">{label}: </span>
        {sentence}
      </p>
      {commands.length > 0 && (
        <pre className="command" tabIndex={0} translate="no">
          {commands.join('\n')}
        </pre>
      )}
    </>
  )
}

function adviceOf(text: string): { sentence: string; commands: string[] } {
  const [, sentence, rest] = /^(.*): (stemma [^:,]*)$/s.exec(text) ?? []
  if (sentence === undefined || rest === undefined || /\. /.test(rest)) return { sentence: text, commands: [] }
  return { sentence: `${sentence}:`, commands: rest.replace(/\.$/, '').split(/;\s*/) }
}
