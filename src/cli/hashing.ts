import type { Option } from 'commander'

import { defaultCachePath } from '../artifacts/digestCache.ts'
import { requireTensors, type modelDigest, type ModelTensors } from '../artifacts/modelDigest.ts'
import { note, UsageError, type Context } from '../console/context.ts'
import { writeWhole } from '../console/files.ts'
import { repeatable } from '../console/options.ts'
import { createProgressBar } from '../console/progressBar.ts'
import { tensorListBytes } from '../core/tensors.ts'
import { quoted } from '../core/text.ts'

/** The option of commands that hash a folder. */
export function ignoreOption(): Option {
  return repeatable('--ignore <path>', "a path in the model's folder to leave out of the digest; may be repeated")
}

/** The option of commands that hash a folder's tensors, to leave them out. */
export const NO_TENSORS = ['--no-tensors', 'leave the digest of the tensors out'] as const

/** The option that writes the tensor list. */
export const TENSOR_LIST = [
  '--tensor-list <file>',
  'write the list of the tensors, whose SHA-256 is their digest, to a file',
] as const

/** Refuses to list tensors that are left out. */
export function checkTensorList({ tensors, tensorList }: { tensors: boolean; tensorList?: string | undefined }): void {
  if (tensorList === undefined || tensors) return
  throw new UsageError('--no-tensors leaves nothing to list. Omit it, or omit --tensor-list.')
}

/**
 * Writes the tensor list of some leaves, whose SHA-256 is the digest of the tensors.
 *
 * @throws `UsageError` when there is no tensor, so that there is nothing to list
 */
export async function writeTensorList(context: Context, path: string, tensors: ModelTensors): Promise<void> {
  const { leaves } = requireTensors(tensors)
  if (leaves.length === 0) {
    throw new UsageError(
      'The model has no tensors of safetensors or GGUF, so there is nothing to list. Omit --tensor-list.',
    )
  }
  await writeWhole(context, path, tensorListBytes(leaves))
  note(
    context,
    `Wrote the list of ${leaves.length} tensors to ${quoted(path)}. Its SHA-256 is the digest of the tensors.`,
  )
}

/** Hashes with a progress bar on a terminal, and stops when the context does. @param ignore the values of `--ignore` */
export async function withHashing<T>(
  context: Context,
  ignore: readonly string[],
  run: (settings: modelDigest.Options) => Promise<T>,
): Promise<T> {
  const bar = context.terminal && createProgressBar(context.terminal.stream)
  try {
    return await run({
      signal: context.signal,
      cache: defaultCachePath(context.env),
      ignore,
      ...(bar && { onProgress: bar.update }),
    })
  } finally {
    bar?.stop()
  }
}

/** Prints the problems of a model's files and what else is worth knowing of its digest. */
export function noteHashing(context: Context, { problems, warnings }: modelDigest.ReturnType): void {
  for (const { message } of problems) note(context, message)
  for (const warning of warnings) note(context, warning)
}
