import { StemmaError } from '../../core/errors.ts'
import { quoted, shortText } from '../../core/text.ts'
import { MAX_PROOF_BYTES } from '../../documents/namespaceProof.ts'

/** Fetches from hosts that publishers name: the platform's `fetch`, or one of the caller's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Seconds that a host may take for all its answers. */
export const PROOF_SECONDS = 10
/** Redirects that change nothing but the case of letters in a path. */
const MOST_REDIRECTS = 2
/** Media types in which hosts serve the file. */
const MEDIA_TYPES = /^(?:application\/(?:[\w.+-]+\+)?json|text\/plain|application\/octet-stream|binary\/octet-stream)$/i

/** Reads at most {@link MAX_PROOF_BYTES} of an answer, which must be at the address itself. @throws {@link ProofRefusal} */
export async function downloadProof(send: Fetch, address: string, signal: AbortSignal): Promise<Uint8Array> {
  let url = address
  for (let redirects = 0; ; ++redirects) {
    const response = await send(url, {
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      headers: { accept: 'application/json, text/plain;q=0.9' },
      signal,
    })
    const { status } = response
    if (status === 200) return await bodyOf(response)
    await response.body?.cancel()
    const target = status >= 300 && status < 400 ? response.headers.get('location') : null
    if (target === null) {
      if (status === 404 || status === 410) throw new ProofRefusal('missing', `nothing lies at ${address}`)
      const state = status === 429 || status >= 500 ? 'unreachable' : 'refused'
      throw new ProofRefusal(state, `${address} answers with status ${status}`)
    }
    const next = URL.canParse(target, url) ? new URL(target, url).href : undefined
    if (next === undefined || next.toLowerCase() !== address.toLowerCase() || redirects >= MOST_REDIRECTS) {
      throw new ProofRefusal('refused', `${address} leads elsewhere, to ${quoted(shortText(target, 100))}`)
    }
    url = next
  }
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!.trim()
  const reader = response.body?.getReader()
  try {
    if (!MEDIA_TYPES.test(type))
      throw new ProofRefusal('refused', `the answer is of type ${quoted(shortText(type, 60))}, not JSON`)
    const parts: Uint8Array[] = []
    let length = 0
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) break
      length += value.length
      if (length > MAX_PROOF_BYTES)
        throw new ProofRefusal('refused', `the answer is longer than ${MAX_PROOF_BYTES} bytes`)
      parts.push(value)
    }
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  } finally {
    await reader?.cancel().catch(() => {})
  }
}

/** Why a host's answer is not a proof, from what was thrown. */
export function refusalOf(error: unknown, seconds: number): Pick<ProofRefusal, 'state' | 'message'> {
  if (error instanceof ProofRefusal) return error
  if (error instanceof StemmaError) return { state: 'refused', message: error.message }
  const { name, message } = error as Error
  if (name === 'TimeoutError')
    return { state: 'unreachable', message: `the host did not answer within ${seconds} seconds` }
  // What cannot be decoded.
  if (error instanceof TypeError && /utf|encod/i.test(message))
    return { state: 'refused', message: 'the file is not UTF-8' }
  return { state: 'unreachable', message: `the host cannot be asked: ${shortText(message, 200)}` }
}

/** Why an answer is not a proof. */
export class ProofRefusal extends Error {
  readonly state: 'missing' | 'refused' | 'unreachable'
  constructor(state: ProofRefusal['state'], reason: string) {
    super(reason)
    this.state = state
  }
}
