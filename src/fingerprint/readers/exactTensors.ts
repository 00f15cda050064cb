import { sha256 } from '@noble/hashes/sha2.js'

import { isTensorDtype, tensorLeaf } from '../../core/tensors.ts'
import { elementsOf, type Tensor } from './content.ts'
import { isComputed } from './computedTensor.ts'
import type { Tensors } from './openTensors.ts'

/** Largest tensor that is judged whole; of a larger one, its first rows. */
const JUDGED = 2 ** 20
/** Bytes that are hashed at once. */
const CHUNK = 4 * 1024 * 1024
/** Names of norms and biases. Their values are alike in models that were trained independently. */
const WEAK_NAME =
  /(?:norm|ln_\w+|layernorm)[^.]*\.(?:weight|bias)$|(?:^|\.)(?:bias|inv_freq|masked_bias|position_ids)$/i

/**
 * Digests of the tensors that can be evidence, as 16 hex digits: the first eight bytes of the leaves that a `tensors` digest has. Those that
 * anybody computes are left out, and norms and biases.
 *
 * @param leaves those of all tensors, where they are known; then only what is left out is hashed here
 */
export function exactTensorDigests(tensors: Tensors, leaves?: readonly string[]): string[] {
  if (leaves === undefined) return [...tensors.values()].filter(canBeEvidence).map(shortLeaf)
  const out = new Set([...tensors.values()].filter((tensor) => !canBeEvidence(tensor)).flatMap(listedLeaf))
  return leaves.map((leaf) => leaf.slice(2, 18)).filter((leaf) => !out.has(leaf))
}

/** The leaf of a tensor that a tensor list can have. */
function listedLeaf(tensor: Tensor): string[] {
  return isTensorDtype(tensor.listedType) && !tensor.shape.includes(0) ? [shortLeaf(tensor)] : []
}

function shortLeaf(tensor: Tensor): string {
  return tensorLeaf({ dtype: tensor.listedType, shape: tensor.shape, dataDigest: digestOf(tensor) }).slice(2, 18)
}

/** Whether a tensor, equal in two models, says that one was made from the other or both from a third. */
export function canBeEvidence({ name, listedType, shape, read }: Tensor): boolean {
  if (WEAK_NAME.test(name) || !isTensorDtype(listedType) || shape.length > 16 || shape.includes(0)) return false
  // A type without a reader is taken for trained where the tensor is large.
  if (read === null) return elementsOf(shape) >= 1_024
  const columns = shape.at(-1) ?? 1
  const whole = elementsOf(shape)
  const count = Math.min(whole, Math.max(columns, JUDGED - (JUDGED % columns)))
  return !isComputed(read(0, count), columns)
}

function digestOf(tensor: Tensor): Uint8Array {
  const hash = sha256.create()
  for (let at = 0; at < tensor.length; at += CHUNK) hash.update(tensor.bytes(at, Math.min(CHUNK, tensor.length - at)))
  return hash.digest()
}
