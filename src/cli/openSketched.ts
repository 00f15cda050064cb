import { requireTensors, TensorsUnreadError } from '../artifacts/modelDigest.ts'
import { withContents } from '../artifacts/openContents.ts'
import type { Context } from '../console/context.ts'
import type { Digest } from '../core/hex.ts'
import type { FileContent } from '../fingerprint/readers/content.ts'
import { CannotSketchError } from '../fingerprint/readers/content.ts'
import { openSketchSource, type OpenedSource } from '../fingerprint/readers/openSketchSource.ts'
import type { Subject } from '../subjects/subject.ts'
import { noteHashing, openModel } from './hashing.ts'

/** Files that sketches read. */
const READ =
  /\.(?:safetensors|gguf|onnx|tiktoken)$|(?:^|\/)(?:tokenizer\.json|tokenizer\.model|config\.json|adapter_config\.json)$/i

/** A model whose rows can be read, with its digest. */
export type OpenedModel = OpenedSource & {
  /** SHA-256 model digest. */
  weights: Digest
}

/** What says which model is opened. */
export type OpenOptions = { base?: string | undefined; ignore?: readonly string[] | undefined }

/**
 * Hashes the model that an argument names, opens it for sketches, and passes it to a function.
 *
 * @throws `CannotSketchError` when its files are not at hand, or in no format that has a reader
 */
export async function withSketched<T>(
  context: Context,
  reference: string,
  { base, ignore = [] }: OpenOptions,
  use: (model: OpenedModel) => Promise<T>,
): Promise<T> {
  const subject = await openModel(context, reference, ignore)
  noteHashing(context, subject)
  const ofBase = base === undefined ? undefined : await openModel(context, base, [], { tensors: false })
  return withFiles(subject, async (files) =>
    withFiles(ofBase, async (baseFiles) => {
      const leaves = leavesOf(subject)
      const options = ofBase === undefined ? { leaves } : { leaves, base: baseFiles }
      return use({ ...(await openSketchSource(files, options)), weights: subject.digest })
    }),
  )
}

async function withFiles<T>(subject: Subject | undefined, use: (files: FileContent[]) => Promise<T>): Promise<T> {
  if (subject === undefined) return use([])
  const files = subject.contents.filter(({ name }) => READ.test(name) || subject.contents.length === 1)
  if (files.length > 0 && !files.some(({ atHand }) => atHand))
    throw new CannotSketchError('The weights are not on this disk.', 'Download the model first.')
  return withContents(files, use)
}

/** The leaves of the tensors, where they were computed from all of the weights; none for ONNX, which a tensor list does not know. */
function leavesOf({ tensors }: Subject): readonly Digest[] | undefined {
  if (tensors === null || ('refused' in tensors && tensors.refused instanceof TensorsUnreadError)) return undefined
  if ('refused' in tensors) return undefined
  const { leaves } = requireTensors(tensors)
  return leaves.length === 0 ? undefined : leaves
}
