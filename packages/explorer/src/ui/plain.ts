import { shortText } from 'stemma/core'

/** Most characters of a text that a page shows. */
const MOST = 300

/** A text of strangers as plain text: nothing invisible, nothing that turns the direction of what follows, not endless. */
export function plain(text: string, most = MOST): string {
  return shortText(text, most)
}
