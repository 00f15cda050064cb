import { shortText, textOfAny } from '../core/text.ts'

/**
 * The words of a node in an error of ethers, else those of ethers, fit to print: at most 200 characters, without what addresses of
 * nodes hold beside the host, which is often a key.
 */
export function ownWords(error: unknown): string {
  const { error: own, info, shortMessage, message, code } = (error ?? {}) as Failure
  const { responseStatus, responseBody } = info ?? {}
  const answered = responseStatus && [responseStatus, /^\s*</.test(responseBody ?? '') ? '' : responseBody].join(' ')
  const text = textOfAny(info?.error?.message ?? own?.message ?? (answered || shortMessage || message || code || error))
  // OpenSSL answers with a line of its sources when the other side speaks plain HTTP.
  if (/EPROTO|SSL routines/.test(text)) return 'it does not speak HTTPS: use an http URL, or a node with TLS'
  return printable(text)
}

/** Words of others, fit to print: on one line, in at most 200 characters, and without what may be a key. */
export function printable(text: string): string {
  const hidden = text
    // What follows is cut off anyway.
    .slice(0, LONGEST)
    // Slashes may be escaped, as in JSON. A password may hold any character but those that end it.
    .replaceAll(/\b(\w+:)(?:\\?\/){2}(?:[^\s/"'\\]*@)?([^\s/?#"'\\]+)[^\s"')\]}]*/g, '$1//$2')
    // Without its scheme, an address has a path that may be a key.
    .replaceAll(/(?<![\w./:-])((?:[\w-]+\.)+[a-z]{2,}(?::\d+)?)\\?\/[^\s"')\]}]*/gi, '$1')
    .replaceAll(/((?:key|token|secret|password|project.?id|bearer|basic)["'\s:=]+)[\w.~+/=-]{8,}/gi, '$1…')
  return shortText(hidden.replaceAll(/\s+/g, ' ').trim(), 200)
}

/** How much of the words of others is looked at, in characters. */
const LONGEST = 2000

type Failure = {
  error?: { message?: unknown }
  info?: { error?: { message?: unknown }; responseStatus?: string; responseBody?: string | null }
  shortMessage?: string
  message?: string
  code?: unknown
}
