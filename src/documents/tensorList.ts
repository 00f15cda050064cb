import { StemmaError } from '../core/errors.ts'
import { hexOf, type Digest } from '../core/hex.ts'
import { TENSOR_LIST_PREFIX } from '../core/tensors.ts'

/**
 * Reads a tensor list: "stemma-tensors-1\n" and leaves of 32 bytes, strictly ascending, at least one. SHA-256 of the whole file is
 * the `tensors` of a registration, so `sha256sum` checks it. `tensorListBytes` writes one.
 *
 * @returns the leaves, ascending
 * @throws {@link TensorListError}
 */
export function parseTensorList(bytes: Uint8Array): Digest[] {
  const start = TENSOR_LIST_PREFIX.length
  if (new TextDecoder('latin1').decode(bytes.subarray(0, start)) !== TENSOR_LIST_PREFIX) {
    throw new TensorListError('does not begin with "stemma-tensors-1" and a line feed')
  }
  const extra = (bytes.length - start) % 32
  if (extra !== 0) throw new TensorListError(`has ${extra} bytes after its last leaf of 32 bytes`)
  if (bytes.length === start) throw new TensorListError('has no leaf')
  const leaves: Digest[] = []
  for (let at = start; at < bytes.length; at += 32) {
    const leaf = hexOf(bytes.subarray(at, at + 32)) as Digest
    const index = leaves.length
    if (index > 0 && leaf <= leaves[index - 1]!) {
      throw new TensorListError(`has a leaf ${leaf} that is not greater than the one before it`)
    }
    leaves.push(leaf)
  }
  return leaves
}

/** How many leaves two tensor lists share: "290 of your 291 tensors are mine". */
export function sharedTensors(a: readonly Digest[], b: readonly Digest[]): number {
  const others = new Set(b)
  return a.filter((leaf) => others.has(leaf)).length
}

/** Thrown when a file is not a tensor list. */
export class TensorListError extends StemmaError {
  override name = 'TensorListError'
  constructor(what: string) {
    super(
      'TENSOR_LIST',
      `The tensor list ${what}. Write it again from the model: stemma digest <path> --tensor-list <file>.`,
    )
  }
}
