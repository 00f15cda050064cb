import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, '../../../packages/server/src/cli/main.ts')

/** A `stemma-server api` of its own process. */
export class Served {
  readonly url: string
  readonly #child: ChildProcess
  readonly #lines: () => readonly string[]

  private constructor(child: ChildProcess, url: string, lines: () => readonly string[]) {
    this.#child = child
    this.url = url
    this.#lines = lines
  }

  static async start(database: string): Promise<Served> {
    const child = spawn(
      process.execPath,
      ['--conditions=source', PROGRAM, 'api', '--database', database, '--port', '0', '--json', '--stop-within', '60'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => void (text += chunk.toString()))
    const lines = (): string[] => text.split('\n').slice(0, -1)
    await until(() => lines().length > 0 || child.exitCode !== null)
    return new Served(child, (JSON.parse(lines()[0]!) as { url: string }).url, lines)
  }

  /** How many answered requests it has reported. */
  get count(): number {
    return this.#lines().filter((line) => line.includes('"kind":"answered"')).length
  }

  answered(requests: number): Promise<void> {
    return until(() => this.count >= requests)
  }

  /** Stops it with SIGTERM, and returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null) {
      const ended = new Promise((resolve) => this.#child.once('close', resolve))
      this.#child.kill('SIGTERM')
      await ended
    }
    return this.#child.exitCode
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !holds();) {
    if (Date.now() > end) throw new Error('Nothing came within 60 seconds.')
    await new Promise((next) => setTimeout(next, 10))
  }
}
