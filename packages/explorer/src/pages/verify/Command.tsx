/** A line for a terminal. */
export function Command({ text }: { text: string }) {
  return (
    <pre className="command" translate="no" tabIndex={0}>
      <code>{text}</code>
    </pre>
  )
}
