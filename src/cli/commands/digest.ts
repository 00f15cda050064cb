import type { Command } from 'commander'

import { modelDigest } from '../../artifacts/modelDigest.ts'
import { print, type Context } from '../context.ts'

/** `stemma digest`: the model digest of a folder or a file. */
export function addDigest(program: Command, context: Context): void {
  program
    .command('digest <path>')
    .description('compute the model digest of a folder or a file (OpenSSF Model Signing manifest)')
    .option('--workers <n>', 'how many files to hash at a time')
    .option('--no-cache', 'hash everything again')
    .option('--json', 'print JSON, with the manifest')
    .action(async (path: string, options: { workers?: string; cache: boolean; json?: boolean }) => {
      const result = await modelDigest(path, {
        signal: context.signal,
        ...(options.workers !== undefined && { workers: Number(options.workers) }),
        ...(!options.cache && { cache: false as const }),
      })
      for (const warning of result.warnings) context.stderr(`Note: ${warning}\n`)
      print(context, options.json, result, () => result.digest)
    })
}
