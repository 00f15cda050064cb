import { connect, type Socket } from 'node:net'

/** A response as it came over a socket. */
export type RawResponse = { status: number; headers: Readonly<Record<string, string>>; body: string }

/** Opens a connection to a server. */
export function connectTo(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect({ host: hostname, port: Number(port) })
}

/** Sends bytes as they are on a new connection, and returns all that came until the server closed it. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTo(url)
    let text = ''
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString('latin1')))
    // A server that closes a connection with unread bytes resets it.
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  })
}

/** Reads the responses in a text. */
export function responsesIn(text: string, isHead = false): RawResponse[] {
  const found: RawResponse[] = []
  let left = text
  while (left !== '') {
    const end = left.indexOf('\r\n\r\n')
    const match = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n/.exec(left)
    if (end < 0 || !match) throw new Error(`Not a response: ${left.slice(0, 100)}`)
    const lines = left
      .slice(match[0].length, end + 2)
      .split('\r\n')
      .slice(0, -1)
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const status = Number(match[1])
    const hasBody = !isHead && status >= 200 && status !== 204 && status !== 304
    const length = hasBody ? Number(headers['content-length']) : 0
    if (Number.isNaN(length)) throw new Error(`A response without its length: ${left.slice(0, 200)}`)
    found.push({ status, headers, body: left.slice(end + 4, end + 4 + length) })
    left = left.slice(end + 4 + length)
  }
  return found
}
