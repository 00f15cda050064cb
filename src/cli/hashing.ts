import type { Option } from 'commander'

import { defaultCachePath } from '../artifacts/digestCache.ts'
import { requireTensors, TensorsUnreadError, type modelDigest, type ModelTensors } from '../artifacts/modelDigest.ts'
import { note, UsageError, type Context } from '../console/context.ts'
import { pathOf, writeWhole } from '../console/files.ts'
import { repeatable } from '../console/options.ts'
import { tensorListBytes } from '../core/tensors.ts'
import { quoted } from '../core/text.ts'
import { isPlaceReference, openSubject } from '../subjects/openSubject.ts'
import type { Subject } from '../subjects/subject.ts'

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

/**
 * Opens the model that an argument names by a path or by where else it is. Hashes with a progress bar on a terminal, and stops when the
 * context does.
 *
 * @param ignore the values of `--ignore`
 */
export async function openModel(
  context: Context,
  reference: string,
  ignore: readonly string[],
  options: modelDigest.Options = {},
): Promise<Subject> {
  const { cwd, env, fetch, now, signal, terminal } = context
  if (!isPlaceReference(reference, env)) pathOf(context, reference)
  // Most runs have no terminal, and start sooner without what draws on one.
  const bar = terminal && (await import('../console/progressBar.ts')).createProgressBar(terminal.stream)
  try {
    return await openSubject(reference, {
      cwd,
      env,
      fetch,
      now,
      signal,
      cache: defaultCachePath(env),
      ignore,
      onNote: (message) => note(context, message),
      ...(bar && { onProgress: bar.update }),
      ...options,
    })
  } finally {
    bar?.stop()
  }
}

/** Whether the tensors of a model were computed from its bytes, or are known to have no digest; not where the weights were not read. */
export function tensorsAreRead(tensors: ModelTensors): boolean {
  return 'refused' in tensors ? !(tensors.refused instanceof TensorsUnreadError) : tensors.statedBy === undefined
}

/** Prints the problems of a model's files and what else is worth knowing of its digest. */
export function noteHashing(context: Context, { problems, warnings }: modelDigest.ReturnType): void {
  for (const { message } of problems) note(context, message)
  for (const warning of warnings) note(context, warning)
}
