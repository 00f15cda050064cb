import { StemmaError } from './errors.ts'
import { isBytes32, keccakWords, type Digest, type Hex, type ModelId } from './hex.ts'

/**
 * The Merkle tree of a batch: OpenZeppelin's standard tree over one `bytes32` a model, its id. A leaf is
 * `keccak256(keccak256(id))`, which no node is; leaves are sorted; a node is the Keccak-256 of its children in order of value.
 */
export type BatchTree = {
  root: Digest
  /** A complete binary tree as a list: the root first, the children of entry i at 2i + 1 and 2i + 2, the leaves last. */
  nodes: readonly Hex[]
  /** Where the leaf of each model stands in `nodes`. */
  places: ReadonlyMap<ModelId, number>
}

/**
 * Makes the tree of a batch. The order of the models does not matter.
 *
 * @throws {@link EmptyBatchError} {@link DuplicateModelError}
 */
export function batchTreeOf(models: readonly ModelId[]): BatchTree {
  if (models.length === 0) throw new EmptyBatchError()
  const leaves = models.map((model) => ({ model, leaf: batchLeafOf(model) }))
  leaves.sort((a, b) => (a.leaf < b.leaf ? -1 : 1))
  const nodes = Array.from<Hex>({ length: 2 * models.length - 1 })
  const places = new Map<ModelId, number>()
  leaves.forEach(({ model, leaf }, index) => {
    if (places.has(model)) throw new DuplicateModelError(model)
    places.set(model, nodes.length - 1 - index)
    nodes[nodes.length - 1 - index] = leaf
  })
  for (let i = models.length - 2; i >= 0; --i) nodes[i] = nodeOf(nodes[2 * i + 1]!, nodes[2 * i + 2]!)
  return { root: nodes[0] as Digest, nodes, places }
}

/** Proves that a model is in a batch: the siblings from its leaf up. @throws {@link NotInBatchError} */
export function proveInBatch({ root, nodes, places }: BatchTree, model: ModelId): Hex[] {
  const start = places.get(model)
  if (start === undefined) throw new NotInBatchError(model, root)
  const proof: Hex[] = []
  for (let place = start; place > 0; place = (place - 1) >> 1)
    proof.push(nodes[place % 2 === 1 ? place + 1 : place - 1]!)
  return proof
}

/** Whether a proof leads from a model to the root of a batch, as `ModelRegistry.materialize` asks. */
export function isInBatch(root: Digest, model: ModelId, proof: readonly Hex[]): boolean {
  return proof.every(isBytes32) && proof.reduce(nodeOf, batchLeafOf(model)) === root
}

/** The leaf of a model. It is hashed twice, so that a node, 64 bytes hashed once, cannot pass as a leaf. */
export function batchLeafOf(model: ModelId): Hex {
  return keccakWords([keccakWords([model])])
}

function nodeOf(a: Hex, b: Hex): Hex {
  return keccakWords(a.toLowerCase() < b.toLowerCase() ? [a, b] : [b, a])
}

/** Thrown when a batch has no registrations. */
export class EmptyBatchError extends StemmaError {
  override name = 'EmptyBatchError'
  constructor() {
    super('EMPTY_BATCH', 'The batch has no registrations. Put at least one into it.')
  }
}

/** Thrown when a batch has one model twice. */
export class DuplicateModelError extends StemmaError {
  override name = 'DuplicateModelError'
  constructor(model: ModelId) {
    super('DUPLICATE_MODEL', `The model ${model} is in the batch twice: two registrations say the same. Remove one.`)
  }
}

/** Thrown when a batch does not have a model. */
export class NotInBatchError extends StemmaError {
  override name = 'NotInBatchError'
  constructor(model: ModelId, root: Digest) {
    super('NOT_IN_BATCH', `The model ${model} is not in the batch with the root ${root}. Check the id and the file.`)
  }
}
