import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

/** Milliseconds between two looks at the connections of a server that closes: each answer leaves one behind. */
const SWEEP = 50

/**
 * The answers that a server has begun and that have not left yet. By them it is closed without loss: Node's own `closeIdleConnections`, which
 * its `close` calls, destroys a connection once its answer was written, though parts of it may still wait to be sent.
 */
export class AnswersUnderWay {
  readonly #server: Server
  /** How many answers each connection waits for. */
  readonly #open = new WeakMap<Duplex, number>()
  /** The bytes that each connection had read when it last began to wait for a request. More means that one is coming. */
  readonly #readBefore = new Map<Socket, number>()

  constructor(server: Server) {
    this.#server = server
    server.closeIdleConnections = () => this.#closeIdle()
    server.on('connection', (socket) => {
      this.#readBefore.set(socket, 0)
      socket.once('close', () => this.#readBefore.delete(socket))
    })
    const counted = new WeakSet<ServerResponse>()
    const count = ({ socket }: IncomingMessage, outgoing: ServerResponse): void => {
      // A request that asks first may be emitted again as any other.
      if (counted.has(outgoing)) return
      counted.add(outgoing)
      this.#open.set(socket, (this.#open.get(socket) ?? 0) + 1)
      outgoing.once('close', () => {
        this.#open.set(socket, this.#open.get(socket)! - 1)
        if (!socket.destroyed) this.#readBefore.set(socket, socket.bytesRead)
      })
    }
    server.on('request', count).on('checkContinue', count)
  }

  /** Whether a connection waits for an answer. */
  has(socket: Duplex): boolean {
    return (this.#open.get(socket) ?? 0) > 0
  }

  /**
   * Lets the server accept no more connections, and closes each once it waits for nothing. Resolves when all are closed.
   *
   * @param grace milliseconds after which all are cut off; without, none is
   */
  close(grace?: number): Promise<void> {
    return new Promise((resolve) => {
      const sweep = setInterval(() => this.#closeIdle(), SWEEP)
      const cut = grace === undefined ? undefined : setTimeout(() => this.#server.closeAllConnections(), grace)
      this.#server.close(() => {
        clearInterval(sweep)
        clearTimeout(cut)
        resolve()
      })
    })
  }

  #closeIdle(): void {
    for (const [socket, read] of this.#readBefore) {
      if (!this.has(socket) && socket.bytesRead === read) socket.destroy()
    }
  }
}
