import { QueryUnreachableError, type LedgerOf } from 'stemma/query'

import { apiUrl, TooManyRequestsError, type At } from '../../api/queries.ts'
import { icicleOf, type Icicle } from './icicle.ts'

type Answer = LedgerOf<'Overview'>

/** The whole ledger, ready to draw. */
export type Ledger = Pick<Answer, 'block'> &
  Pick<Answer['overview'], 'models' | 'truncated' | 'licenseCounts' | 'publisherCounts'> & {
    icicle: Icicle
    states: Uint8Array
    licenses: Uint8Array
    publishers: Uint8Array
  }

/** Reads the overview at its own address, so that the browser keeps it and asks only whether it is still the same. */
export async function readOverview(at: At, signal: AbortSignal): Promise<Ledger> {
  const url = new URL(`/v1/overview${at === undefined ? '' : `?block=${at}`}`, apiUrl)
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw new QueryUnreachableError(apiUrl, error)
  })
  if (response.status === 429) throw new TooManyRequestsError(Number(response.headers.get('retry-after') ?? 10) || 10)
  const answer = (await response.json()) as Answer & { error?: { message: string } }
  if (!response.ok) throw new Error(answer.error?.message ?? `HTTP ${response.status}`)
  const { block, overview } = answer
  const bytes = bytesOf(overview.parents)
  const states = bytesOf(overview.states)
  const parents = new Int32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
  return {
    block,
    models: overview.models,
    truncated: overview.truncated,
    licenseCounts: overview.licenseCounts,
    publisherCounts: overview.publisherCounts,
    icicle: icicleOf(parents, states),
    states,
    licenses: bytesOf(overview.licenses),
    publishers: bytesOf(overview.publishers),
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}
