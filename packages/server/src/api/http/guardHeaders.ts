/** A policy under which nothing of an answer runs or loads, whatever a browser takes it for: for all but pages, refusals too. */
const INERT = "default-src 'none'; frame-ancestors 'none'"

/** The headers of every answer that has none of its own for these: browsers do not guess its type, and run nothing in it. */
export const GUARDS: Readonly<Record<string, string>> = {
  'content-security-policy': INERT,
  'x-content-type-options': 'nosniff',
}

/** Adds {@link GUARDS} to the headers of an answer. */
export function guardHeaders(headers: Headers): void {
  for (const [name, value] of Object.entries(GUARDS)) if (!headers.has(name)) headers.set(name, value)
}
