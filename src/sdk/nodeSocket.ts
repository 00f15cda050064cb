import { makeError, type JsonRpcPayload } from 'ethers'

import { answerTo, errorOf, tookTooLong, type NodeAnswer } from './nodeAnswers.ts'

type Waiting = { resolve: (answer: NodeAnswer) => void; reject: (error: Error) => void }

/** Most bytes that a node may send without an answer to a call, and most of one answer: all of a message is in memory. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * A node over a WebSocket. A socket that drops fails what waits for an answer, and the next call opens another, so that no call waits
 * without end. So does one that sends what nobody asked for without end.
 */
export class NodeSocket {
  readonly #url: string
  readonly #waiting = new Map<number, Waiting>()
  #socket: WebSocket | undefined
  #opened: Promise<void> | undefined
  #isClosed = false
  #lastId = 0
  #unasked = 0

  constructor(url: string) {
    this.#url = url
  }

  /** Asks one call. @throws an error of ethers when the socket drops, or no answer comes in time (milliseconds) */
  async ask(call: JsonRpcPayload, timeout: number): Promise<NodeAnswer> {
    // Of its own: callers who share a socket do not share a count.
    const id = ++this.#lastId
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(tookTooLong(timeout))
        // A socket that is silent may be dead: no packet says so.
        this.#drop()
      }, timeout)
    })
    try {
      const answer = await Promise.race([this.#send({ ...call, id }), late])
      return { ...answer, id: call.id }
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  async #send(call: JsonRpcPayload): Promise<NodeAnswer> {
    await this.#open()
    const socket = this.#socket
    // Another call may have given it up meanwhile.
    if (!socket) throw lost('it was closed')
    return new Promise((resolve, reject) => {
      this.#waiting.set(call.id, { resolve, reject })
      socket.send(JSON.stringify(call))
    })
  }

  #open(): Promise<void> {
    if (this.#isClosed) return Promise.reject(lost('it was closed'))
    if (this.#opened) return this.#opened
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    this.#opened = new Promise((resolve, reject) => {
      socket.onopen = () => resolve()
      socket.binaryType = 'arraybuffer'
      socket.onmessage = ({ data }) => this.#take(data as ArrayBuffer | string)
      socket.onerror = () => this.#fail(socket, reject, 'it cannot be opened, or failed')
      socket.onclose = ({ code }) => this.#fail(socket, reject, `it was closed with the code ${code}`)
    })
    this.#opened.catch(() => {})
    return this.#opened
  }

  #take(data: ArrayBuffer | string): void {
    this.#unasked += typeof data === 'string' ? data.length : data.byteLength
    if (this.#unasked > MOST_BYTES) {
      const what = `it sent more than ${MOST_BYTES} bytes without an answer`
      return this.#drop(makeError(what, 'BAD_DATA', { value: null }))
    }
    this.#receive(typeof data === 'string' ? data : new TextDecoder().decode(data))
  }

  #receive(text: string): void {
    let message: { id?: unknown; error?: unknown; result?: unknown } | null
    try {
      message = JSON.parse(text) as typeof message
    } catch {
      return
    }
    if (typeof message === 'object' && message !== null && (message.id === null || message.id === undefined)) {
      return this.#refuseAll(message)
    }
    const id = Number(message?.id)
    const waiting = this.#waiting.get(id)
    if (!message || !waiting) return
    const answer = answerTo({ id }, [message])
    if (!answer) return
    this.#waiting.delete(id)
    this.#unasked = 0
    waiting.resolve(answer)
  }

  /** An error without an id is about what was sent, whichever call that was. A notification is not one. */
  #refuseAll(message: object): void {
    const error = errorOf(message)
    if (!error) return
    for (const [id, { resolve }] of this.#waiting) resolve({ id, error })
    this.#waiting.clear()
  }

  #fail(socket: WebSocket, reject: (error: Error) => void, why: string): void {
    reject(lost(why))
    // One that was given up before has nothing more to fail.
    if (socket !== this.#socket) return
    this.#drop(lost(why))
  }

  #drop(why = lost('it was closed')): void {
    const socket = this.#socket
    this.#unasked = 0
    this.#socket = undefined
    this.#opened = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const each of waiting) each.reject(why)
    if (!socket) return
    socket.onmessage = null
    socket.close()
  }
}

function lost(why: string): Error {
  return makeError(`the WebSocket does not serve: ${why}`, 'NETWORK_ERROR', { event: 'close' })
}
