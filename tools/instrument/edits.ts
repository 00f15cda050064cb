/** Changes to a text, which may be nested. */

/** Replaces a range by the result of `wrap`, which gets the text with all inner changes. */
export type Edit = { readonly start: number; readonly end: number; readonly wrap: (inner: string) => string }

/**
 * Makes all changes. Of two changes with the same range, the first in the list is the inner one.
 *
 * @throws Error when two ranges overlap and neither holds the other
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = edits
    .map((edit, order) => ({ ...edit, order }))
    .toSorted((a, b) => a.start - b.start || b.end - a.end || b.order - a.order)
  let next = 0
  const render = (start: number, end: number): string => {
    let position = start
    let result = ''
    for (let edit = sorted[next]; edit && edit.start < end; edit = sorted[next]) {
      if (edit.start < position || edit.end > end) throw new Error(`Edits overlap at ${edit.start}-${edit.end}.`)
      ++next
      result += text.slice(position, edit.start) + edit.wrap(render(edit.start, edit.end))
      position = edit.end
    }
    return result + text.slice(position, end)
  }
  // One past the end, so that an edit can insert there.
  return render(0, text.length + 1)
}
