import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { runCli } from '../cli/run.ts'
import { runProcess } from '../console/process.ts'
import { runAction } from './runAction.ts'

/** Runs `stemma` as this process, for those who have the bundle and not the package, such as the hooks of pre-commit. */
export function runStemma(): Promise<void> {
  return runProcess(runCli)
}

// The runner of GitHub starts this file itself; the hooks import it.
const started = process.argv[1]
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  await runProcess((_, context) => runAction(context))
}
