import type { BatchTree } from '../../../../src/core/batchTree.ts'
import type { ClaimId } from '../../../../src/core/claim.ts'
import {
  ZERO_DIGEST,
  type Address,
  type Digest,
  type ModelId,
  type TermsId,
  type TierId,
} from '../../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../../src/core/registration.ts'
import { Random } from '../../../fixtures/random.ts'

/** A model that is registered. */
export type PlayedModel = { id: ModelId; publisher: Address }
export type PlayedCredential = { model: ModelId; tier: TierId; holder: Address; from: Address }
/** A credential under that of a licensee. */
export type PlayedSub = PlayedCredential & { licensee: Address }
export type PlayedClaim = { id: ClaimId; claimant: Address; publisher: Address; evidence: Digest }
/** A claim about a product, which models with its weights, or with tensors that it is extended to, may inherit. */
export type ProductClaim = { id: ClaimId; claimant: Address; evidence: Digest; weights: Digest }

/** What a chain has taken of a play, for later actions to build on. */
export class History {
  readonly models: PlayedModel[] = []
  readonly registrations = new Map<ModelId, Registration>()
  readonly terms: TermsId[] = []
  readonly tiers: { id: TierId; model: ModelId; publisher: Address }[] = []
  readonly credentials: PlayedCredential[] = []
  readonly subs: PlayedSub[] = []
  readonly claims: PlayedClaim[] = []
  readonly products: ProductClaim[] = []
  /** Models that inherit claims. No other random action builds on them. */
  readonly heirs: Registration[] = []
  /** The inheritances that were asked for. */
  readonly inheritances: { id: ClaimId; heir: Registration }[] = []
  readonly batches: { publisher: Address; tree: BatchTree; registrations: Registration[] }[] = []
  /** How often a log was reopened, by its operator and credential. */
  readonly epochs = new Map<string, number>()
  /** Draws of what was added to the play later, so that a seed plays the rest as before. */
  readonly draws = { under: new Random(1205), heirs: new Random(609) }
  /** A contract whose writes are paused, as far as is known. */
  paused: Address | undefined
  /** The last number that made a digest or a name unlike all others. */
  counter = 0

  /** The next number. */
  next(): number {
    return ++this.counter
  }

  /** Notes that a model is registered. */
  note(registration: Registration): void {
    const id = modelIdOf(registration)
    this.models.push({ id, publisher: registration.publisher })
    this.registrations.set(id, registration)
  }

  /** The newest registrations that state tensors. */
  newestWithTensors(count: number): Registration[] {
    return [...this.registrations.values()].filter(({ tensors }) => tensors !== ZERO_DIGEST).slice(-count)
  }
}
