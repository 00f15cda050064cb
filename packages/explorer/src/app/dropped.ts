/**
 * What somebody dropped or chose. The entries of a drop must be taken while its event lasts; they are read later. Nothing here reads a file.
 */
export type Dropped = { entries: readonly FileSystemEntry[]; files: readonly File[] }

let waiting: Dropped | undefined

/** Takes what a drop holds. */
export function droppedBy({ items, files }: DataTransfer): Dropped {
  const entries = Array.from(items, (item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null))
  const found = entries.filter((entry) => entry !== null)
  return { entries: found, files: found.length > 0 ? [] : [...files] }
}

/** Leaves files for the page that hashes them. */
export function leaveDropped(dropped: Dropped): void {
  waiting = dropped
}

/** The files that were left, once. */
export function takeDropped(): Dropped | undefined {
  const taken = waiting
  waiting = undefined
  return taken
}
