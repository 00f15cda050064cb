import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Deployment } from '../core/deployment.ts'
import { parseAddress, parseDigest, type Address, type Digest } from '../core/hex.ts'
import { configurationFolder, type Surroundings } from './trust.ts'
import { readSmallFile } from './readSmallFile.ts'

/** What a proof of a name stated when it was last checked. */
export type ProvedName = {
  publisher: Address
  /** The SHA-256 of the proof, which was the publisher's profile on chain. */
  profile: Digest
  /** The host's own id of the repository, where it has one. */
  repository: string | null
}

/** Whom a name meant when it was first proved to this user. */
export type NamePin = ProvedName & {
  name: string
  /** When it was first proved, in Unix seconds. */
  firstSeen: number
  /** When it was last proved. */
  checkedAt: number
}

/** A ledger, as far as a name on it is concerned. */
export type LedgerOfPin = Pick<Deployment, 'chainId' | 'contracts'>

/**
 * Keeps whom names meant first, in the user's configuration: a name that is deleted and registered by somebody else proves nothing to
 * who knew it before. One file each.
 */
export class NamePins {
  readonly #ledger: LedgerOfPin
  readonly #surroundings: Surroundings

  constructor(ledger: LedgerOfPin, surroundings: Surroundings = {}) {
    this.#ledger = ledger
    this.#surroundings = surroundings
  }

  /** The pin of a name. A broken one is as good as none: it pins nothing. */
  async read(name: string): Promise<NamePin | undefined> {
    try {
      const pin = JSON.parse((await readSmallFile(this.#pathOf(name))).toString('utf8')) as NamePin
      const { repository, firstSeen, checkedAt } = pin
      if (pin.name !== name || !Number.isSafeInteger(firstSeen) || !Number.isSafeInteger(checkedAt)) return undefined
      const stated = { publisher: parseAddress(pin.publisher), profile: parseDigest(pin.profile) }
      return { name, ...stated, repository: repository === null ? null : String(repository), firstSeen, checkedAt }
    } catch {
      return undefined
    }
  }

  /**
   * Notes that a name was proved now. Returns the pin: that of the first proof, where this one is of another publisher or of another
   * repository, and then nothing is changed.
   */
  async note(name: string, proved: ProvedName, now: number): Promise<NamePin> {
    const pin = await this.read(name)
    if (pin && !isSameHolder(pin, proved)) return pin
    const noted: NamePin = { name, ...proved, firstSeen: pin?.firstSeen ?? now, checkedAt: now }
    const path = this.#pathOf(name)
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
    await writeFile(draft, `${JSON.stringify(noted, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
    return noted
  }

  /** Forgets whom a name meant, so that the next proof is the first. */
  async forget(name: string): Promise<void> {
    await rm(this.#pathOf(name), { force: true })
  }

  get #folder(): string {
    return join(configurationFolder(this.#surroundings), 'names')
  }

  #pathOf(name: string): string {
    const { chainId, contracts } = this.#ledger
    const key = createHash('sha256').update(`${chainId} ${contracts.ledger} ${name}`).digest('hex')
    return join(this.#folder, `${key}.json`)
  }
}

/** Whether a name means the same publisher, and the same repository, as when it was pinned. */
export function isSameHolder(pin: NamePin, { publisher, repository }: ProvedName): boolean {
  return pin.publisher === publisher && pin.repository === repository
}
