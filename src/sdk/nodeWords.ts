import { shortText } from '../core/text.ts'

/**
 * The words of a node in an error of ethers, else those of ethers, fit to print: at most 200 characters, without what addresses of
 * nodes hold beside the host, which is often a key.
 */
export function ownWords(error: unknown): string {
  const { error: own, info, shortMessage, message, code } = (error ?? {}) as Failure
  const { responseStatus, responseBody } = info ?? {}
  const answered = responseStatus && [responseStatus, /^\s*</.test(responseBody ?? '') ? '' : responseBody].join(' ')
  const text = String(info?.error?.message ?? own?.message ?? (answered || shortMessage || message || code || error))
  // OpenSSL answers with a line of its sources when the other side speaks plain HTTP.
  if (/EPROTO|SSL routines/.test(text)) return 'it does not speak HTTPS: use an http URL, or a node with TLS'
  const hidden = text
    .replaceAll(/\b(\w+:\/\/)(?:[^\s/@"']*@)?([^\s/?#"'\\]+)[^\s"')\]}]*/g, '$1$2')
    .replaceAll(/((?:key|token|secret|project.?id)["'\s:=]+)[\w-]{8,}/gi, '$1…')
  return shortText(hidden.replaceAll(/\s+/g, ' ').trim(), 200)
}

type Failure = {
  error?: { message?: unknown }
  info?: { error?: { message?: unknown }; responseStatus?: string; responseBody?: string | null }
  shortMessage?: string
  message?: string
  code?: unknown
}
