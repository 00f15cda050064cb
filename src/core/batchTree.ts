import { hexToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'
import type { Digest, ModelId } from './hex.ts'
import { leafHashOf, MerkleLog, verifyInclusion } from './merkleLog.ts'

/**
 * The Merkle tree of a batch: the Merkle tree hash of RFC 9162 over the models' ids in their order. How many there are fixes
 * the shape of the tree and the length of every proof, so a batch cannot hold one model more, and a node cannot pass for a leaf.
 */
export type BatchTree = {
  root: Digest
  log: MerkleLog
  /** Where each model stands, from 0. */
  places: ReadonlyMap<ModelId, number>
}

/** Where a model stands in a batch, and the hashes that show it: the neighbouring subtrees from its leaf up. */
export type BatchPlace = {
  /** From 0. */
  index: number
  proof: Digest[]
}

/**
 * Makes the tree of a batch of models in their order.
 *
 * @throws {@link EmptyBatchError} {@link DuplicateModelError}
 */
export function batchTreeOf(models: readonly ModelId[]): BatchTree {
  if (models.length === 0) throw new EmptyBatchError()
  const log = new MerkleLog()
  const places = new Map<ModelId, number>()
  models.forEach((model, index) => {
    if (places.has(model)) throw new DuplicateModelError(model)
    places.set(model, index)
    log.append(batchLeafOf(model))
  })
  return { root: log.root(), log, places }
}

/** Proves where a model stands in a batch. @throws {@link NotInBatchError} */
export function proveInBatch({ root, log, places }: BatchTree, model: ModelId): BatchPlace {
  const index = places.get(model)
  if (index === undefined) throw new NotInBatchError(model, root)
  return { index, proof: log.proveInclusion(index) }
}

/** Whether a model stands at a place of the batch with a root and a count, as `ModelRegistry.materialize` asks. */
export function isInBatch(
  batch: { root: Digest; count: number },
  model: ModelId,
  { index, proof }: BatchPlace,
): boolean {
  return verifyInclusion({ root: batch.root, size: batch.count, index, leaf: batchLeafOf(model), proof })
}

/** The leaf of a model. */
export function batchLeafOf(model: ModelId): Digest {
  return leafHashOf(hexToBytes(model.slice(2)))
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
