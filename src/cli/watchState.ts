import type { ChainId } from '../core/chainId.ts'
import { existsSync } from 'node:fs'

import { pathOf, readTextFile, writeWhole } from '../console/files.ts'
import type { Context } from '../console/context.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address, Hex } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { quoted } from '../core/text.ts'
import { describeValue, FieldReader } from '../documents/fields.ts'
import type { Ledger } from '../sdk/connect.ts'

/** Longest file of a state, in bytes. */
const MOST_BYTES = 64 * 1024

type State = { version: 1; chainId: ChainId; ledger: Address; block: number; origin?: Hex }

/** Where a watcher goes on, and the chain by the hash of its block before the deployment, where that is known. */
export type Resumed = { fromBlock: number; origin?: Hex }

/** How far a watcher of a ledger has come, kept in a file, so that the next one goes on there. */
export class WatchState {
  readonly #context: Context
  readonly #path: string
  #block: number | undefined
  #origin: Hex | undefined

  constructor(context: Context, path: string) {
    this.#context = context
    this.#path = path
  }

  /**
   * The first block that is to be read, on which chain; undefined when there is no file yet.
   *
   * @throws {@link WatchStateError} when the file is not a state, or of another ledger
   */
  async next({ deployment }: Ledger): Promise<Resumed | undefined> {
    if (!existsSync(pathOf(this.#context, this.#path))) return undefined
    const text = await readTextFile(this.#context, this.#path, MOST_BYTES)
    const read = new FieldReader((field, value, expected) => new WatchStateError(this.#path, field, value, expected))
    const state = read.object(parseStrictJson(text, quoted(this.#path)), 'the state', [
      'version',
      'chainId',
      'ledger',
      'block',
      'origin',
    ])
    read.version(state.version, 1)
    read.ledger(deployment, 'ledger', {
      chainId: read.chainId(state.chainId, 'chainId'),
      ledger: read.account(state.ledger, 'ledger'),
    })
    this.#block = read.count(state.block, 'block', 2 ** 53)
    // Earlier versions kept none.
    if (state.origin !== undefined) this.#origin = read.bytes32(state.origin, 'origin')
    return { fromBlock: this.#block + 1, ...(this.#origin !== undefined && { origin: this.#origin }) }
  }

  /** Keeps that all blocks up to one are done, on a chain. */
  async write({ deployment }: Ledger, block: number, origin: Hex | undefined): Promise<void> {
    if (this.#block === block && this.#origin === origin) return
    this.#block = block
    this.#origin = origin
    const { chainId, contracts } = deployment
    const state: State = {
      version: 1,
      chainId,
      ledger: contracts.ledger,
      block,
      ...(origin !== undefined && { origin }),
    }
    await writeWhole(this.#context, this.#path, `${JSON.stringify(state)}\n`)
  }
}

/** Thrown when a file is not the state of a watcher, or is of another ledger. */
export class WatchStateError extends StemmaError {
  override name = 'WatchStateError'
  constructor(path: string, field: string, value: unknown, expected: string) {
    super(
      'WATCH_STATE',
      `The state ${quoted(path)} cannot be used: ${quoted(field)} is ${describeValue(value)}. Expected ${expected}. Name another file by --state, or remove it to begin with the next block.`,
    )
  }
}
