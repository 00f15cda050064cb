import { FetchRequest, makeError, type FetchGetUrlFunc } from 'ethers'

/** Most bytes of one answer of a node: a worker keeps all of it. */
const MOST_BYTES = 64 * 1024 * 1024

/** A request of a node that goes to the address that the reader has named and to no other, and reads no endless answer. */
export function boundedRequest(url: string): FetchRequest {
  const request = new FetchRequest(url)
  request.getUrlFunc = send
  return request
}

const send: FetchGetUrlFunc = async (request, signal) => {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  signal?.addListener(end)
  const { url, method, headers, body } = request
  const response = await fetch(url, {
    method,
    headers,
    body: body as Uint8Array<ArrayBuffer> | null,
    // Who answers has to be whom the reader has named.
    redirect: 'error',
    signal: ending.signal,
  })
  const parts: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    bytes += part.value.length
    if (bytes > MOST_BYTES) {
      end()
      throw makeError(`its answer has more than ${MOST_BYTES} bytes`, 'BAD_DATA', { value: null })
    }
    parts.push(part.value)
  }
  return {
    statusCode: response.status,
    statusMessage: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await new Blob(parts).arrayBuffer()),
  }
}
