import { hexToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from '../core/errors.ts'
import type { Address, Digest, ModelId, TermsId, TierId } from '../core/hex.ts'
import type { ProofSource } from '../core/ports.ts'
import type { PublishedBody } from '../core/publishedTerms.ts'
import type { Registration } from '../core/registration.ts'
import type { StoredContract } from '../core/storagePlace.ts'
import type { Tier } from '../core/tier.ts'
import { describeValue } from '../documents/fields.ts'
import type { StateSource } from './stateSource.ts'

/** Slots in one request; nodes refuse more than 1,024. */
const MOST_SLOTS = 500

/** Longest node of a trie, in bytes. */
const MAX_NODE_BYTES = 532

/** The state of a node as of a block, with all that was asked of it, and the nodes of its tries that prove it. */
export class RecordedState implements StateSource {
  readonly registrations = new Map<ModelId, Registration>()
  readonly published = new Map<TermsId, PublishedBody>()
  readonly tiers = new Map<TierId, Tier>()
  /** By their hex digits. */
  readonly nodes = new Map<string, Uint8Array>()
  readonly registration: StateSource['registration']
  readonly terms: StateSource['terms']
  readonly tier: StateSource['tier']
  readonly #words = new Map<StoredContract, (slot: Digest) => Promise<bigint>>()
  readonly #source: ProofSource
  readonly #block: number

  constructor(source: ProofSource, block: number) {
    this.#source = source
    this.#block = block
    this.registration = recorded('registration of model', this.registrations, (ids) => source.readRegistrations(ids))
    this.tier = recorded('tier', this.tiers, (ids) => source.readTiers(ids))
    this.terms = recorded('terms', this.published, async (ids) => {
      const found = await source.readPublished(ids)
      return new Map(found.map((entry) => [entry.id, entry]))
    })
  }

  word(contract: StoredContract, slot: Digest): Promise<bigint> {
    let read = this.#words.get(contract)
    if (!read) {
      const account = this.#source.deployment.contracts[contract]
      read = recorded('slot', new Map<Digest, bigint>(), (slots) => this.#prove(account, slots), MOST_SLOTS)
      this.#words.set(contract, read)
    }
    return read(slot)
  }

  async #prove(account: Address, slots: readonly Digest[]): Promise<Map<Digest, bigint>> {
    const answer = recordOf(await this.#source.readProof(account, slots, this.#block))
    this.#keep(answer.accountProof)
    const { storageProof } = answer
    if (!Array.isArray(storageProof) || storageProof.length !== slots.length)
      throw new InvalidProofAnswerError(storageProof)
    const words = storageProof.map((entry: unknown): bigint => {
      const { value, proof } = recordOf(entry)
      this.#keep(proof)
      if (typeof value !== 'string' || !/^0x[0-9a-f]{1,64}$/i.test(value)) throw new InvalidProofAnswerError(value)
      return BigInt(value)
    })
    return new Map(slots.map((slot, index) => [slot, words[index]!]))
  }

  #keep(proof: unknown): void {
    if (!Array.isArray(proof)) throw new InvalidProofAnswerError(proof)
    for (const node of proof as unknown[]) {
      const isNode =
        typeof node === 'string' && node.length <= 2 + 2 * MAX_NODE_BYTES && /^0x([0-9a-f]{2})+$/i.test(node)
      if (!isNode) throw new InvalidProofAnswerError(node)
      const digits = node.slice(2).toLowerCase()
      if (!this.nodes.has(digits)) this.nodes.set(digits, hexToBytes(digits))
    }
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new InvalidProofAnswerError(value)
  return value as Readonly<Record<string, unknown>>
}

/**
 * A function that asks for each key once, and for all that are wanted at the same time together.
 *
 * @param found receives what was found
 * @param most how many keys one request may have
 */
function recorded<K extends string, V>(
  what: string,
  found: Map<K, V>,
  load: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
  most = Infinity,
): (key: K) => Promise<V> {
  const asked = new Map<K, Promise<V>>()
  let waiting: { keys: K[]; answer: Promise<ReadonlyMap<K, V>> } | undefined
  return (key) => {
    const before = asked.get(key)
    if (before) return before
    if (!waiting || waiting.keys.length >= most) {
      const keys: K[] = []
      const request = {
        keys,
        answer: new Promise((resolve) => setTimeout(resolve)).then(() => {
          if (waiting === request) waiting = undefined
          return load(keys)
        }),
      }
      waiting = request
    }
    waiting.keys.push(key)
    const answer = waiting.answer.then((entries) => {
      const entry = entries.get(key)
      if (entry === undefined) throw new NotOnNodeError(`${what} ${key}`)
      found.set(key, entry)
      return entry
    })
    asked.set(key, answer)
    return answer
  }
}

/** Thrown when a node does not answer `eth_getProof` as it should. */
export class InvalidProofAnswerError extends StemmaError {
  override name = 'InvalidProofAnswerError'
  override readonly kind = 'unavailable'
  constructor(value: unknown) {
    super(
      'INVALID_PROOF_ANSWER',
      `The node's proof of its state is malformed: ${describeValue(value)}. Ask another node, one that serves eth_getProof.`,
    )
  }
}

/** Thrown when a node has no event of what its state refers to. */
export class NotOnNodeError extends StemmaError {
  override name = 'NotOnNodeError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super(
      'NOT_ON_NODE',
      `The node shows no event with the ${what}, to which its state refers. Ask a node that has all events since the ledger's first block.`,
    )
  }
}
