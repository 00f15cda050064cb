import type { Command } from 'commander'

import { defaultCachePath } from '../../../artifacts/digestCache.ts'
import { modelDigest } from '../../../artifacts/modelDigest.ts'
import { createProgressBar } from '../../../console/progressBar.ts'
import { note, print, type Context } from '../../../console/context.ts'
import { pathOf } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'

/** `stemma digest`: computes the model digest of a folder or a file. */
export function digest(command: Command, context: Context): void {
  withHelp(
    command
      .option('--workers <n>', 'how many files to hash at a time (default: one for each core)')
      .option('--no-cache', 'hash everything again'),
    {
      example: '$ stemma digest ./acme__tiny-chat',
      json: '{ digest, manifest, bytes, files, warnings: [...] }',
    },
  ).action(async (path: string, options: { workers?: string; cache: boolean; json?: boolean }) => {
    const result = await withHashing(context, (settings) =>
      modelDigest(pathOf(context, path), {
        ...settings,
        ...(options.workers !== undefined && { workers: Number(options.workers) }),
        ...(!options.cache && { cache: false as const }),
      }),
    )
    for (const warning of result.warnings) note(context, warning)
    print(context, options.json, result, () => result.digest)
  })
}

/** Hashes with a progress bar where somebody sees it, and stops when the context does. */
export async function withHashing<T>(context: Context, run: (settings: modelDigest.Options) => Promise<T>): Promise<T> {
  const bar = context.terminal && createProgressBar(context.terminal.stream)
  try {
    return await run({
      signal: context.signal,
      cache: defaultCachePath(context.env),
      ...(bar && { onProgress: bar.update }),
    })
  } finally {
    bar?.stop()
  }
}
