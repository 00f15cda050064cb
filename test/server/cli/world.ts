import { runServer } from '../../../packages/server/src/cli/run.ts'
import type { World } from '../../cli/world.ts'

/** What a run of `stemma-server` gave. */
export type ServerRun = { code: number; stdout: string; stderr: string }

/** Runs `stemma-server` without a process, in the folder of a world. */
export async function serverRun(
  { cwd }: Pick<World, 'cwd'>,
  args: readonly string[],
  options: {
    signal?: AbortSignal
    now?: () => number
    onStderr?: (text: string) => void
    onStdout?: (text: string) => void
  } = {},
): Promise<ServerRun> {
  let [stdout, stderr] = ['', '']
  const code = await runServer(args, {
    stdout(text) {
      stdout += text
      options.onStdout?.(text)
    },
    stderr(text) {
      stderr += text
      options.onStderr?.(text)
    },
    env: { HOME: cwd },
    cwd,
    now: options.now ?? Date.now,
    signal: options.signal ?? AbortSignal.timeout(60_000),
  })
  // The line that names the ledger is the same for all.
  return { code, stdout, stderr: stderr.replace(/^Ledger: local, 0x[0-9a-f]{40} on chain \d+ \(.*\)\n/m, '') }
}
