import type { Option } from 'commander'

import { defaultCachePath } from '../artifacts/digestCache.ts'
import type { modelDigest } from '../artifacts/modelDigest.ts'
import { note, type Context } from '../console/context.ts'
import { repeatable } from '../console/options.ts'
import { createProgressBar } from '../console/progressBar.ts'

/** The option of commands that hash a folder. */
export function ignoreOption(): Option {
  return repeatable('--ignore <path>', "a path in the model's folder to leave out of the digest; may be repeated")
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
