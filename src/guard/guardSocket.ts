import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { GuardSession, LoadAnswer } from './session.ts'

/** The variable by which a command finds the socket of its guard. */
export const GUARD_SOCKET = 'STEMMA_GUARD_SOCKET'

/** Longest question of a loader, in bytes. */
const MOST_QUESTION = 16 * 1024
/** Longest answer that a client reads, in bytes: a model of 100,000 files. */
const MOST_ANSWER = 8 * 1024 * 1024
/** Loaders that are served at once; others wait for the system. */
const MOST_CONNECTIONS = 32
/** How long a loader may take to ask, in milliseconds. */
const QUESTION_MILLISECONDS = 5000
/** How long a loader may take to read what it is answered, in milliseconds without progress. */
const ANSWER_MILLISECONDS = 5000
/** Longest path of a socket, in bytes; its own folder and name take some of them. */
const MOST_PATH = 107 - '/stemma-guard-xxxxxx/socket'.length

/** A socket on which loaders ask. */
export type GuardSocket = {
  path: string
  /** Ends all connections, and removes the socket. */
  close(): Promise<void>
}

/**
 * Answers loaders on a Unix socket that only its owner can reach. Each connection asks once, by one line of JSON: `{"load": "<absolute
 * path>"}` whether it may be loaded, `{"session": true}` what may be loaded now.
 *
 * @param judge decides about a path
 */
export async function serveGuardSocket(
  session: GuardSession,
  judge: (path: string) => Promise<LoadAnswer>,
): Promise<GuardSocket> {
  // The path of a socket has at most 107 bytes, so it is not in the folder of the state.
  const folder = await mkdtemp(join(folderOfSockets(), 'stemma-guard-'))
  const path = join(folder, 'socket')
  const open = new Set<Socket>()
  // One after the other: hashing two models at once is not faster, and a loader cannot fill the memory.
  let queue: Promise<unknown> = Promise.resolve()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    readLine(socket, MOST_QUESTION, QUESTION_MILLISECONDS, (line) => {
      const question = questionOf(line)
      // Only what has to be hashed waits for its turn.
      const answer =
        'load' in question ? queue.then(() => answerTo(question.load, judge)) : answerAtOnce(question, session)
      if ('load' in question) queue = answer
      void answer.then((value) => {
        // A loader that does not read its answer must not keep others out.
        socket.setTimeout(ANSWER_MILLISECONDS, () => socket.destroy())
        socket.end(`${JSON.stringify(value)}\n`)
      })
    })
  })
  server.maxConnections = MOST_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  // A connection that cannot be taken must not end the guard.
  server.on('error', () => {})
  return {
    path,
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Where sockets go: the folder for temporary files, or /tmp where the path of that one is too long. */
function folderOfSockets(): string {
  return Buffer.byteLength(tmpdir()) <= MOST_PATH ? tmpdir() : '/tmp'
}

/** Asks the guard of this command whether a path may be loaded. @throws {@link GuardSocketError} */
export async function askGuardSocket(socketPath: string, path: string): Promise<LoadAnswer> {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(socketPath)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('it ended')))
    socket.once('connect', () => socket.write(`${JSON.stringify({ load: path })}\n`))
    readLine(socket, MOST_ANSWER, 0, (line) => {
      resolve(line)
      socket.destroy()
    })
  }).catch((cause: unknown) => {
    throw new GuardSocketError(socketPath, cause)
  })
  try {
    const answer = JSON.parse(text) as unknown
    if (isAnswer(answer)) return answer
  } catch {
    // As any other answer that is not one.
  }
  throw new GuardSocketError(socketPath, new Error('its answer is malformed'))
}

function isAnswer(value: unknown): value is LoadAnswer {
  const { loadable, weights, files, code, message, missing } = (value ?? {}) as Record<string, unknown>
  if (loadable === true) {
    const isFile = (file: unknown): boolean =>
      Array.isArray(file) && file.length === 2 && file.every((part) => typeof part === 'string')
    return typeof weights === 'string' && Array.isArray(files) && files.every(isFile)
  }
  return loadable === false && typeof code === 'string' && typeof message === 'string' && Array.isArray(missing)
}

type Question = { load: string } | { session: true } | { refused: string }

function questionOf(line: string): Question {
  try {
    const { load, session } = (JSON.parse(line) ?? {}) as Record<string, unknown>
    if (session === true) return { session }
    if (typeof load === 'string' && isAbsolute(load) && !load.includes('\0')) return { load }
    return { refused: 'Name an absolute path.' }
  } catch {
    return { refused: 'The question is not one line of JSON.' }
  }
}

function answerAtOnce(question: Exclude<Question, { load: string }>, session: GuardSession): Promise<unknown> {
  if ('session' in question) return Promise.resolve({ roots: session.roots, files: session.files })
  return Promise.resolve(refusal('USAGE', question.refused))
}

async function answerTo(path: string, judge: (path: string) => Promise<LoadAnswer>): Promise<LoadAnswer> {
  try {
    return await judge(path)
  } catch (error) {
    if (error instanceof StemmaError) return refusal(error.code, error.message)
    return refusal('NOT_LOADABLE', 'It could not be judged.')
  }
}

function refusal(code: string, message: string): LoadAnswer {
  return { loadable: false, code, message, missing: [] }
}

/** Passes the first line on. Ends a connection that sends too much or nothing. */
function readLine(socket: Socket, most: number, milliseconds: number, use: (line: string) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  let done = false
  if (milliseconds > 0) {
    const timer = setTimeout(() => !done && socket.destroy(), milliseconds)
    socket.once('close', () => clearTimeout(timer))
  }
  socket.on('data', (chunk: Buffer) => {
    if (done) return
    length += chunk.length
    if (length > most) return void socket.destroy()
    chunks.push(chunk)
    if (!chunk.includes(10)) return
    done = true
    const text = Buffer.concat(chunks).toString('utf8')
    use(text.slice(0, text.indexOf('\n')))
  })
}

/** Thrown when the guard of this command does not answer. */
export class GuardSocketError extends StemmaError {
  override name = 'GuardSocketError'
  override readonly kind = 'unavailable'
  constructor(path: string, cause: unknown) {
    super(
      'GUARD_SOCKET',
      `The guard does not answer on ${quoted(path)} (${cause instanceof Error ? cause.message.slice(0, 200) : 'unknown'}). Nothing may be loaded; start the program by stemma guard run.`,
      { cause },
    )
  }
}
