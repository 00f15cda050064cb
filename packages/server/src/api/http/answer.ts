import { stringifyJson } from '../jsonText.ts'

/**
 * How long others may keep an answer. `final`: it is as of a final block, so it never changes. `current`: it must be asked
 * for again, by its ETag. `none`: it must not be kept.
 */
export type Lifetime = 'final' | 'current' | 'none'

/** An answer before it is encoded for a client. */
export type Answer = {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  /** A stream for events; text or bytes for anything else. */
  body: string | Uint8Array | ReadableStream<Uint8Array> | null
  lifetime: Lifetime
}

/** An answer in JSON. */
export function jsonAnswer(
  value: unknown,
  { status = 200, lifetime = 'none', headers = {} }: Partial<Omit<Answer, 'body'>> = {},
): Answer {
  return { status, lifetime, headers: { 'content-type': 'application/json', ...headers }, body: stringifyJson(value) }
}

/** A refusal in the form of all of them. */
export function refusal(
  status: number,
  error: { code: string; message: string; docs?: string },
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const { code, message, docs } = error
  return jsonAnswer({ error: { code, message, ...(docs !== undefined && { docs }) } }, { status, headers })
}
