import { readChainId, type ChainId } from '../core/chainId.ts'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { parseAddress, parseModelId, type Address, type ModelId } from '../core/hex.ts'
import type { LedgerOfPin } from './namePins.ts'
import { readSmallFile } from './readSmallFile.ts'
import { configurationFolder, type Surroundings } from './trust.ts'

/** What an external parent was bound to when this user first saw it bound, or accepted a change. */
export type BindingPin = {
  external: ModelId
  chainId: ChainId
  ledger: Address
  /** The publishers among whose statements it was found; none of a binding on chain. */
  by: readonly Address[]
  /** In ascending order. */
  models: readonly ModelId[]
  /** When it was first seen, or accepted, in Unix seconds. */
  firstSeen: number
  /** What it was bound to when it was last found changed; null if it was not. */
  changedTo: readonly ModelId[] | null
}

/**
 * Keeps what external parents were bound to first, in the user's configuration: a binding that changes moves no answer before the user
 * has accepted it. One file each.
 */
export class BindingPins {
  readonly #ledger: LedgerOfPin
  readonly #surroundings: Surroundings

  constructor(ledger: LedgerOfPin, surroundings: Surroundings = {}) {
    this.#ledger = ledger
    this.#surroundings = surroundings
  }

  /**
   * Notes what an external parent is bound to, the first time. Later, returns what it was bound to if that has changed; undefined if it
   * has not.
   */
  async check(
    found: Pick<BindingPin, 'external' | 'models'> & Partial<Pick<BindingPin, 'by'>>,
    now: number,
  ): Promise<readonly ModelId[] | undefined> {
    const { external, by = [] } = found
    const models = found.models.toSorted()
    const { chainId, contracts } = this.#ledger
    const pin = await readPin(this.#pathOf({ external, by }))
    if (!pin)
      await this.#write({ external, chainId, ledger: contracts.ledger, by, models, firstSeen: now, changedTo: null })
    if (!pin || pin.models.join() === models.join()) return undefined
    if (pin.changedTo?.join() !== models.join()) await this.#write({ ...pin, changedTo: models })
    return pin.models
  }

  /** Accepts what an external parent was bound to when it was last found changed. @throws {@link BindingNotChangedError} */
  async accept(external: ModelId, now: number): Promise<BindingPin[]> {
    const accepted = (await this.of(external)).flatMap((pin) =>
      pin.changedTo ? [{ ...pin, models: pin.changedTo, firstSeen: now, changedTo: null }] : [],
    )
    if (accepted.length === 0) throw new BindingNotChangedError(external)
    for (const pin of accepted) await this.#write(pin)
    return accepted
  }

  /** Forgets what an external parent was bound to, so that the next answer sees it first. @throws {@link BindingNotPinnedError} */
  async forget(external: ModelId): Promise<BindingPin[]> {
    const pins = await this.of(external)
    if (pins.length === 0) throw new BindingNotPinnedError(external)
    for (const pin of pins) await rm(this.#pathOf(pin), { force: true })
    return pins
  }

  /** The pins of an external parent on this ledger. A broken one is as good as none. */
  async of(external: ModelId): Promise<BindingPin[]> {
    const { chainId, contracts } = this.#ledger
    const pins = await listBindingPins(this.#surroundings)
    return pins.filter((pin) => pin.external === external && pin.chainId === chainId && pin.ledger === contracts.ledger)
  }

  async #write(pin: BindingPin): Promise<void> {
    const path = this.#pathOf(pin)
    await mkdir(folderOf(this.#surroundings), { recursive: true, mode: 0o700 })
    const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
    await writeFile(draft, `${JSON.stringify(pin, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  }

  #pathOf({ external, by }: Pick<BindingPin, 'external' | 'by'>): string {
    const { chainId, contracts } = this.#ledger
    const key = createHash('sha256')
      .update([chainId, contracts.ledger, external, ...by].join(' '))
      .digest('hex')
    return join(folderOf(this.#surroundings), `${key}.json`)
  }
}

/** Lists what external parents were bound to when the user first saw it, on all ledgers. */
export async function listBindingPins(surroundings: Surroundings = {}): Promise<BindingPin[]> {
  const folder = folderOf(surroundings)
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.json')) : []
  const pins = await Promise.all(names.map((name) => readPin(join(folder, name))))
  return pins.filter((pin) => pin !== undefined).toSorted((one, other) => (one.external < other.external ? -1 : 1))
}

async function readPin(path: string): Promise<BindingPin | undefined> {
  try {
    const pin = JSON.parse((await readSmallFile(path)).toString('utf8')) as BindingPin
    const { chainId, firstSeen } = pin
    if (readChainId(chainId) === undefined || !Number.isSafeInteger(firstSeen)) return undefined
    return {
      external: parseModelId(pin.external),
      chainId,
      ledger: parseAddress(pin.ledger),
      by: pin.by.map(parseAddress),
      models: pin.models.map(parseModelId),
      firstSeen,
      changedTo: pin.changedTo === null ? null : pin.changedTo.map(parseModelId),
    }
  } catch {
    return undefined
  }
}

function folderOf(surroundings: Surroundings): string {
  return join(configurationFolder(surroundings), 'bindings')
}

/** Thrown when a changed binding is to be accepted, and none was found. */
export class BindingNotChangedError extends StemmaError {
  override name = 'BindingNotChangedError'
  constructor(external: ModelId) {
    super(
      'BINDING_NOT_CHANGED',
      `No change of what the external parent ${external} is bound to was found on this ledger. Run stemma verify first, or choose another ledger by --deployment.`,
    )
  }
}

/** Thrown when a binding is to be forgotten that was not seen. */
export class BindingNotPinnedError extends StemmaError {
  override name = 'BindingNotPinnedError'
  constructor(external: ModelId) {
    super(
      'BINDING_NOT_PINNED',
      `Nothing is kept of what the external parent ${external} is bound to on this ledger. List what is kept: stemma trust --list.`,
    )
  }
}
