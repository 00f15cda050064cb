import type { EvidenceGrade } from './claim.ts'
import type { Address, ModelId, TermsId, TierId } from './hex.ts'
import type { TermsBody } from './terms.ts'
import { StemmaError } from './errors.ts'
import type { Relation } from './vocabulary.ts'

/** Where a model stands in its life, in the order in which it advances. */
export const MODEL_STATUSES = ['active', 'superseded', 'retired', 'recalled'] as const
/** A name of {@link MODEL_STATUSES}. */
export type ModelStatus = (typeof MODEL_STATUSES)[number]

/** Where a credential stands. Expiry is not a state; it follows from the time. */
export const CREDENTIAL_STATES = ['none', 'active', 'suspended', 'revoked'] as const
/** A name of {@link CREDENTIAL_STATES}. */
export type CredentialState = (typeof CREDENTIAL_STATES)[number]

/** The largest time of a credential: without end. */
export const FOREVER = 2 ** 40 - 1

/** A credential as the chain keeps it. Times are Unix seconds. See {@link isCredentialValidAt}. */
export type Credential = {
  publisher: Address
  validFrom: number
  validUntil: number
  gapFrom: number
  gapUntil: number
  state: CredentialState
}

/** A credential of a model in a lineage, held by the licensee or by the publisher of a child. */
export type HeldCredential = {
  tier: TierId
  holder: Address
  /** What the tier grants. */
  terms: TermsId
  /** Mask of the rights that the holder may pass on. */
  passThrough: number
  credential: Credential
}

/** An edge from a model to one of its parents. */
export type LineageEdge = {
  model: ModelId
  relation: Relation
  /** `declared` when the registration names the parent, countersigned or not. */
  grade: EvidenceGrade
  /** Whether a claim had to bring it out. */
  undisclosed: boolean
}

/** A model in a lineage, as the chain knows it. */
export type LineageModel = {
  model: ModelId
  publisher: Address
  /** Unix seconds. */
  registeredAt: number
  /** From when until when its publisher's verification lasts, in Unix seconds; 0 for both without one. */
  verifiedFrom: number
  verifiedUntil: number
  status: ModelStatus
  terms: TermsId
  /** Those of the registration, in its order, and then the attested ones, which may close a cycle. */
  parents: readonly LineageEdge[]
  credentials: readonly HeldCredential[]
}

/** A model (the first) with all its ancestors, each once, and all that an evaluation needs. */
export type Lineage = {
  models: readonly LineageModel[]
  terms: ReadonlyMap<TermsId, TermsBody>
}

/** Whether a credential is valid at a time (Unix seconds): within its window, and not within its gap. */
export function isCredentialValidAt(credential: Credential, time: number): boolean {
  if (time < credential.validFrom || time >= credential.validUntil) return false
  return time < credential.gapFrom || time >= credential.gapUntil
}

/** The models of a lineage by id. @throws {@link BrokenLineageError} when a parent is not among them. */
export function indexLineage(lineage: Pick<Lineage, 'models'>): Map<ModelId, LineageModel> {
  const models = new Map(lineage.models.map((model) => [model.model, model]))
  for (const { model, parents } of lineage.models) {
    for (const parent of parents) {
      if (!models.has(parent.model)) throw new BrokenLineageError(model, parent.model)
    }
  }
  return models
}

/**
 * The models of a lineage, each after all its descendants in it (Kahn's order from the first model). Where only cycles are left,
 * it goes on with the model among them that was found first.
 *
 * @throws {@link BrokenLineageError} when a parent is missing
 */
export function descendantsFirst(lineage: Pick<Lineage, 'models'>): LineageModel[] {
  return sortLineage(lineage).order
}

/** {@link descendantsFirst}, and whether attested edges close a cycle. */
export function sortLineage(lineage: Pick<Lineage, 'models'>): { order: LineageModel[]; cyclic: boolean } {
  const models = indexLineage(lineage)
  const children = new Map<ModelId, number>()
  for (const { parents } of lineage.models) {
    for (const { model } of parents) children.set(model, (children.get(model) ?? 0) + 1)
  }
  const order = lineage.models.slice(0, 1)
  const placed = new Set(order.map(({ model }) => model))
  const place = (model: LineageModel): void => {
    placed.add(model.model)
    order.push(model)
  }
  const unplaced = lineage.models[Symbol.iterator]()
  let cyclic = false
  for (let done = 0; done < lineage.models.length; ++done) {
    if (done === order.length) {
      for (const model of unplaced) {
        if (placed.has(model.model)) continue
        place(model)
        break
      }
    }
    for (const parent of order[done]!.parents) {
      // Who has its place has had all its children before, but for those in a cycle with it.
      if (placed.has(parent.model)) {
        cyclic = true
        continue
      }
      const left = children.get(parent.model)! - 1
      children.set(parent.model, left)
      if (left === 0) place(models.get(parent.model)!)
    }
  }
  return { order, cyclic }
}

/**
 * A shortest path of ids from one model of a lineage up to another, both included; undefined when there is none.
 * Of several, it is the one whose parents are named first.
 */
export function pathBetween(lineage: Pick<Lineage, 'models'>, from: ModelId, to: ModelId): ModelId[] | undefined {
  return pathsFrom(lineage, from).get(to)
}

/** Paths of ids from one model up to each of its ancestors. A path is built when it is read. */
export type LineagePaths = {
  /** A shortest path to a model, both ends included; undefined when there is none. */
  get(model: ModelId): ModelId[] | undefined
}

/**
 * Shortest paths of ids from one model of a lineage up to each of its ancestors, and to itself. Keeps one id for each model, because
 * all paths of a long row together hold the square of its length.
 */
export function pathsFrom(lineage: Pick<Lineage, 'models'>, from: ModelId): LineagePaths {
  const models = indexLineage(lineage)
  const childOf = new Map<ModelId, ModelId | undefined>()
  if (models.has(from)) childOf.set(from, undefined)
  for (const model of childOf.keys()) {
    for (const parent of models.get(model)!.parents) {
      if (!childOf.has(parent.model)) childOf.set(parent.model, model)
    }
  }
  return {
    get(model) {
      if (!childOf.has(model)) return undefined
      const path: ModelId[] = []
      for (let at: ModelId | undefined = model; at !== undefined; at = childOf.get(at)) path.push(at)
      return path.reverse()
    },
  }
}

/** Thrown when a lineage names a parent that it does not hold. */
export class BrokenLineageError extends StemmaError {
  override name = 'BrokenLineageError'
  override readonly kind = 'undecided'
  constructor(child: ModelId, parent: ModelId) {
    super(
      'BROKEN_LINEAGE',
      `Model ${child} names the parent ${parent}, which its lineage does not hold. Read the whole lineage again, from another source if need be.`,
    )
  }
}
