import type { EvidenceGrade } from './claim.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type ModelId, type TermsId, type TierId } from './hex.ts'
import type { TermsBody } from './termsBody.ts'
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

/**
 * A credential as the chain keeps it; a sub-credential as its parent leaves it. Times are Unix seconds. See
 * {@link isCredentialValidAt}.
 */
export type Credential = {
  publisher: Address
  validFrom: number
  validUntil: number
  gapFrom: number
  gapUntil: number
  state: CredentialState
  /** Mask of the rights that confidential terms give beyond those of the tier, as the publisher stated with its grant. */
  lifts: number
}

/** When a credential is valid, and where it stands. */
export type Validity = Pick<Credential, 'validFrom' | 'validUntil' | 'gapFrom' | 'gapUntil' | 'state'>

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
  /** `declared` when the registration names the parent, countersigned or not; `bound` from an external parent to what it is bound to. */
  grade: EvidenceGrade
  /** Whether a claim had to bring it out. */
  undisclosed: boolean
}

/** A model in a lineage, as the chain knows it. See {@link isExternal}. */
export type LineageModel = {
  model: ModelId
  /** {@link ZERO_ADDRESS} for an external parent. */
  publisher: Address
  /** Unix seconds. */
  registeredAt: number
  /** From when until when its publisher's verification lasts, in Unix seconds; 0 for both without one. */
  verifiedFrom: number
  verifiedUntil: number
  /** The status that its publisher gave it. */
  status: ModelStatus
  /** Whether the authority has recalled it: its id, its weights or its tensors. */
  recalled: boolean
  terms: TermsId
  /**
   * Those of the registration, in its order, and then the attested ones, which may close a cycle. Of an external parent: what it is
   * bound to. A declared external parent that a ruling replaced is left out while it is neither registered nor bound.
   */
  parents: readonly LineageEdge[]
  credentials: readonly HeldCredential[]
}

/** A model (the first) with all its ancestors, each once, and all that an evaluation needs. */
export type Lineage = {
  models: readonly LineageModel[]
  terms: ReadonlyMap<TermsId, TermsBody>
}

/** Whether a model of a lineage is an external parent: nobody registered it, so it has no publisher and no terms. */
export function isExternal({ publisher }: Pick<LineageModel, 'publisher'>): boolean {
  return publisher === ZERO_ADDRESS
}

/** What a lineage holds of an external parent, with the models that it is bound to. */
export function externalModel(model: ModelId, bindings: readonly ModelId[] = []): LineageModel {
  const terms = ZERO_DIGEST as string as TermsId
  const none = { terms, parents: bindings.map(bindingTo), credentials: [] }
  const never = { registeredAt: 0, verifiedFrom: 0, verifiedUntil: 0 }
  return { model, publisher: ZERO_ADDRESS, ...never, status: 'active', recalled: false, ...none }
}

/** The edge from an external parent to a model that it is bound to. */
export function bindingTo(model: ModelId): LineageEdge {
  return { model, relation: 'copy', grade: 'bound', undisclosed: false }
}

/**
 * Whether a model of `publisher` is the own work of `account`. Zero, the publisher of every external parent and the licensee of a public
 * use, owns nothing.
 */
export function isOwnWork(publisher: Address, account: Address): boolean {
  return publisher === account && account !== ZERO_ADDRESS
}

/**
 * What its parent leaves of a sub-credential, as `CredentialValidity.limitedTo` computes it: the earlier end, both gaps, and the harsher
 * state.
 */
export function limitedTo<T extends Validity>(credential: T, parent: Validity): T {
  const validUntil = Math.min(credential.validUntil, parent.validUntil)
  const harsher = Math.max(CREDENTIAL_STATES.indexOf(credential.state), CREDENTIAL_STATES.indexOf(parent.state))
  const limited = { ...credential, validUntil, state: CREDENTIAL_STATES[harsher]! }
  // A gap that ended before the sub-credential began does not concern it.
  if (parent.gapUntil <= credential.validFrom) return limited
  const gapFrom = credential.gapUntil === 0 ? parent.gapFrom : Math.min(credential.gapFrom, parent.gapFrom)
  return { ...limited, gapFrom, gapUntil: Math.max(credential.gapUntil, parent.gapUntil) }
}

/** Whether a credential is valid at a time (Unix seconds): within its window, and not within its gap. */
export function isCredentialValidAt(credential: Omit<Validity, 'state'>, time: number): boolean {
  if (time < credential.validFrom || time >= credential.validUntil) return false
  return time < credential.gapFrom || time >= credential.gapUntil
}

/**
 * The time without interruption in which a credential is valid at a time (Unix seconds), or becomes valid next; undefined where it has ended.
 * What is before a gap is not part of what is after it.
 */
export function validWindowAt(
  { validFrom, validUntil, gapFrom, gapUntil }: Omit<Validity, 'state'>,
  time: number,
): Pick<Validity, 'validFrom' | 'validUntil'> | undefined {
  const [before, after] = [
    { validFrom, validUntil: gapUntil > gapFrom ? Math.min(gapFrom, validUntil) : validUntil },
    { validFrom: Math.max(validFrom, gapUntil), validUntil },
  ]
  return [before, after].find((window) => window.validFrom < window.validUntil && time < window.validUntil)
}

/** Models in the order in which a walk from the first meets them: nearest first, and parents in the order in which a model names them. */
export function nearestFirst(models: readonly LineageModel[]): LineageModel[] {
  const byId = new Map(models.map((entry) => [entry.model, entry]))
  const walked = new Set(models.slice(0, 1))
  for (const { parents } of walked) {
    for (const { model } of parents) {
      const parent = byId.get(model)
      if (parent) walked.add(parent)
    }
  }
  return [...walked]
}

/**
 * The lineage of one model out of the lineages of several: the model (the first) with all its ancestors, nearest first, the credentials that
 * the licensee and the publishers among them hold, and the terms of both. It is what a ledger answers for that model alone.
 *
 * @param all every model of these lineages, by id
 * @throws {@link BrokenLineageError} when a parent is missing
 */
export function lineageOfOne(
  { terms }: Pick<Lineage, 'terms'>,
  all: ReadonlyMap<ModelId, LineageModel>,
  model: ModelId,
  licensee: Address,
): Lineage {
  const reached = new Set([all.get(model)!])
  const holders = new Map<ModelId, Set<Address>>([[model, new Set([licensee])]])
  for (const { model: child, publisher, parents } of reached) {
    for (const edge of parents) {
      const parent = all.get(edge.model)
      if (!parent) throw new BrokenLineageError(child, edge.model)
      reached.add(parent)
      const known = holders.get(edge.model) ?? new Set([licensee])
      holders.set(edge.model, known.add(publisher))
    }
  }
  const models = Array.from(reached, (entry) => {
    const counting = entry.credentials.filter(({ holder }) => holders.get(entry.model)!.has(holder))
    return counting.length === entry.credentials.length ? entry : { ...entry, credentials: counting }
  })
  const stated = new Set(models.flatMap((entry) => [entry.terms, ...entry.credentials.map((held) => held.terms)]))
  return { models, terms: new Map([...terms].filter(([id]) => stated.has(id))) }
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
export function descendantsFirst(lineage: Pick<Lineage, 'models'>): readonly LineageModel[] {
  return sortLineage(lineage).order
}

/** {@link descendantsFirst}, whether attested edges close a cycle, and all by position among the models of the lineage. */
export type SortedLineage = {
  readonly order: readonly LineageModel[]
  readonly cyclic: boolean
  /** The positions of the models, in their order. */
  readonly positions: readonly number[]
  /** By position, and then by edge: the position of the parent. */
  readonly parents: readonly (readonly number[])[]
}

/** A lineage does not change, and is evaluated several times: once for each use and for each limit of a fact. */
const sortedLineages = new WeakMap<readonly LineageModel[], SortedLineage>()

/** Sorts a lineage, once for each list of models. @throws {@link BrokenLineageError} when a parent is missing */
export function sortLineage({ models }: Pick<Lineage, 'models'>): SortedLineage {
  const sorted = sortedLineages.get(models) ?? sortModels(models)
  sortedLineages.set(models, sorted)
  return sorted
}

function sortModels(models: readonly LineageModel[]): SortedLineage {
  const parents = parentPositions(models)
  const children = new Uint32Array(models.length)
  for (const edges of parents) for (const parent of edges) children[parent]! += 1
  const placed = new Uint8Array(models.length)
  const positions: number[] = []
  const place = (position: number): void => {
    placed[position] = 1
    positions.push(position)
  }
  let cyclic = false
  let unplaced = 0
  for (let done = 0; done < models.length; ++done) {
    if (done === positions.length) {
      while (placed[unplaced]) ++unplaced
      place(unplaced)
    }
    for (const parent of parents[positions[done]!]!) {
      // Who has its place has had all its children before, but for those in a cycle with it.
      if (placed[parent]) cyclic = true
      else if (--children[parent]! === 0) place(parent)
    }
  }
  return { order: positions.map((position) => models[position]!), cyclic, positions, parents }
}

/** By model, and then by edge: the position of the parent among the models. */
function parentPositions(models: readonly LineageModel[]): number[][] {
  const positions = new Map(models.map(({ model }, position) => [model, position]))
  return models.map(({ model, parents }) =>
    parents.map((parent) => {
      const position = positions.get(parent.model)
      if (position === undefined) throw new BrokenLineageError(model, parent.model)
      return position
    }),
  )
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
  /** The models on the shortest paths to some others, each once. Linear in their number, unlike the paths. */
  through(models: Iterable<ModelId>): Set<ModelId>
}

/**
 * Shortest paths of ids from one model of a lineage up to each of its ancestors, and to itself. Keeps one id for each model, because
 * all paths of a long row together hold the square of its length.
 *
 * @param models the models of the lineage by id, where the caller has them
 */
export function pathsFrom(
  lineage: Pick<Lineage, 'models'>,
  from: ModelId,
  models: ReadonlyMap<ModelId, LineageModel> = indexLineage(lineage),
): LineagePaths {
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
    through(ends) {
      const found = new Set<ModelId>()
      for (const end of ends) {
        if (!childOf.has(end)) continue
        for (let at: ModelId | undefined = end; at !== undefined && !found.has(at); at = childOf.get(at)) found.add(at)
      }
      return found
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
