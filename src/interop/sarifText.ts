import { shortText } from '../core/text.ts'

/** The schema that a log names. */
export const SARIF_SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** Where the program that wrote a log is described. */
export const STEMMA_HOME = 'https://github.com/stemma-ledger/stemma'
/** Longest text of a message or a description that GitHub shows. */
export const MOST_TEXT = 1_000

/** A path of strangers as a relative reference that leads nowhere but below its root; empty when nothing is left of it. */
export function relativeReference(path: string): string {
  return path
    .replaceAll(/\p{Cs}/gu, '\u{fffd}')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map(encodeURIComponent)
    .join('/')
}

/** A text of strangers as plain text of a message, in which brackets would be links and braces placeholders. */
export function messageText(text: string): string {
  return shortText(text, MOST_TEXT)
    .replaceAll(/[\\[\]]/g, '\\$&')
    .replaceAll(/[{}]/g, '$&$&')
}
