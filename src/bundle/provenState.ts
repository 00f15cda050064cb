import { StemmaError } from '../core/errors.ts'
import type { Address, Digest, Hex, ModelId, TermsId, TierId } from '../core/hex.ts'
import type { Deployment } from '../core/deployment.ts'
import { MissingProofNodeError, ProofNodes, readAccount, readSlot } from '../core/merkleProof.ts'
import type { PublishedBody } from '../core/publishedTerms.ts'
import { modelIdOf, type Registration } from '../core/registration.ts'
import type { StoredContract } from '../core/storagePlace.ts'
import { termsIdOfBody, termsSetIdOf } from '../core/termsBody.ts'
import { tierIdOf, type Tier } from '../core/tier.ts'
import type { Bundle } from './document.ts'
import type { StateSource } from './stateSource.ts'

/** The contents of a bundle: what a state root proves, and what ids prove. Remembers what was asked for. */
export class ProvenState implements StateSource {
  readonly registrations: ReadonlyMap<ModelId, Registration>
  readonly published: ReadonlyMap<TermsId, PublishedBody>
  readonly tiers: ReadonlyMap<TierId, Tier>
  readonly #nodes: ProofNodes
  readonly #stateRoot: Digest
  readonly #deployment: Deployment
  readonly #storageRoots = new Map<StoredContract, Digest>()
  readonly #words = new Map<string, bigint>()
  readonly #asked = new Set<Hex>()

  /**
   * @param deployment the reader's own: which contracts are read, and with which code
   * @param stateRoot that of a trusted block
   *
   * @throws `InvalidProofError` {@link UnusedInBundleError} when something is there twice
   */
  constructor(
    bundle: Pick<Bundle, 'nodes' | 'registrations' | 'terms' | 'tiers'>,
    deployment: Deployment,
    stateRoot: Digest,
  ) {
    this.#nodes = new ProofNodes(bundle.nodes)
    this.#deployment = deployment
    this.#stateRoot = stateRoot
    this.registrations = byId(
      'registration',
      bundle.registrations.map((each) => [modelIdOf(each), each]),
    )
    const terms = bundle.terms.map((each): [TermsId, PublishedBody] => {
      const entry = 'name' in each ? { id: termsIdOfBody(each), terms: each } : { id: termsSetIdOf(each), set: each }
      return [entry.id, entry]
    })
    this.published = byId('terms', terms)
    this.tiers = byId(
      'tier',
      bundle.tiers.map((each) => [tierIdOf(each), each]),
    )
  }

  async word(contract: StoredContract, slot: Digest): Promise<bigint> {
    const key = `${contract} ${slot}`
    const known = this.#words.get(key)
    if (known !== undefined) return known
    try {
      const word = readSlot(this.#storageRootOf(contract), slot, this.#nodes)
      this.#words.set(key, word)
      return word
    } catch (cause) {
      if (cause instanceof MissingProofNodeError) throw new NotInBundleError(`slot ${slot} of ${contract}`, cause)
      throw cause
    }
  }

  async registration(model: ModelId): Promise<Registration> {
    return this.#entry(this.registrations, model, 'registration of model')
  }

  async terms(id: TermsId): Promise<PublishedBody> {
    return this.#entry(this.published, id, 'terms')
  }

  async tier(id: TierId): Promise<Tier> {
    return this.#entry(this.tiers, id, 'tier')
  }

  /** The hashes of the nodes that nothing needed so far. */
  unusedNodes(): Hex[] {
    return this.#nodes.unused()
  }

  /** Refuses what nothing has asked for: a bundle has no room for what is not part of the answer. @throws {@link UnusedInBundleError} */
  requireAllUsed(): void {
    const entries = { registration: this.registrations, terms: this.published, tier: this.tiers }
    for (const [what, entry] of Object.entries(entries)) {
      for (const id of entry.keys()) if (!this.#asked.has(id)) throw new UnusedInBundleError(`${what} ${id}`)
    }
    const [node] = this.unusedNodes()
    if (node !== undefined) throw new UnusedInBundleError(`the node ${node}`)
  }

  #entry<K extends Hex, V>(entries: ReadonlyMap<K, V>, id: K, what: string): V {
    const entry = entries.get(id)
    if (entry === undefined) throw new NotInBundleError(`${what} ${id}`)
    this.#asked.add(id)
    return entry
  }

  #storageRootOf(contract: StoredContract): Digest {
    const known = this.#storageRoots.get(contract)
    if (known !== undefined) return known
    const address = this.#deployment.contracts[contract]
    const account = readAccount(this.#stateRoot, address, this.#nodes)
    const expected = this.#deployment.codeHashes?.[contract]
    if (!account || (expected !== undefined && account.codeHash !== expected)) {
      throw new OtherCodeError(contract, address, account?.codeHash)
    }
    this.#storageRoots.set(contract, account.storageRoot)
    return account.storageRoot
  }
}

function byId<K extends Hex, V>(what: string, entries: readonly (readonly [K, V])[]): Map<K, V> {
  const found = new Map<K, V>()
  for (const [id, entry] of entries) {
    if (found.has(id)) throw new UnusedInBundleError(`a second ${what} ${id}`)
    found.set(id, entry)
  }
  return found
}

/** Thrown when a bundle does not prove something that the question needs. */
export class NotInBundleError extends StemmaError {
  override name = 'NotInBundleError'
  override readonly kind = 'undecided'
  constructor(what: string, cause?: unknown) {
    super(
      'NOT_IN_BUNDLE',
      `The bundle does not prove the ${what}. Collect one for this question: stemma export bundle.`,
      { cause },
    )
  }
}

/** Thrown when a bundle holds something that no part of its answer needs. */
export class UnusedInBundleError extends StemmaError {
  override name = 'UnusedInBundleError'
  override readonly kind = 'undecided'
  constructor(what: string) {
    super(
      'UNUSED_IN_BUNDLE',
      `The bundle holds ${what}, which its answer does not need. Take it from its source again, or collect another: stemma export bundle.`,
    )
  }
}

/** Thrown when the state that a bundle proves has no contract, or another one, at an address of the deployment. */
export class OtherCodeError extends StemmaError {
  override name = 'OtherCodeError'
  override readonly kind = 'undecided'
  constructor(contract: StoredContract, address: Address, codeHash: Digest | undefined) {
    const found = codeHash === undefined ? 'there is nothing' : `there is code with the hash ${codeHash}`
    super(
      'BUNDLE_OTHER_CODE',
      `As of the bundle's block, ${found} at ${address}, where the deployment has its ${contract}. Take another bundle, or choose its deployment by --deployment.`,
    )
  }
}
