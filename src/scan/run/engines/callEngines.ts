import { lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { FileChangedError, isSameState, stateOf } from '../../../artifacts/listFiles.ts'
import { clamav } from './clamav.ts'
import { modelscan } from './modelscan.ts'
import type { Engine, EngineFile, EngineName, EngineResult } from './ports.ts'

const ENGINES: readonly Engine[] = [clamav, modelscan]
/** Names of the engines that are called where they are installed. */
export const ENGINE_NAMES: readonly EngineName[] = ENGINES.map(({ id }) => id)

/** Milliseconds that an engine may take before its first byte, and bytes that it has to scan in one more. */
const START_MS = 180_000
const BYTES_PER_MS = 5_000

/** Which engines are called. */
export type EngineOptions = {
  /** Names of engines; those of them that are not installed are left out. */
  names: readonly EngineName[]
  /** The environment, of which an engine gets PATH and HOME. */
  env: NodeJS.ProcessEnv
  /** Milliseconds that an engine may take, for tests. */
  milliseconds?: number | undefined
  signal?: AbortSignal | undefined
}

/**
 * Calls engines of others that are installed, each in an empty folder of our own and with a limit on time. They only add to what is found.
 *
 * @throws `FileChangedError` when a file is not the one that was hashed; the signal's reason
 */
export async function callEngines(
  files: readonly EngineFile[],
  { names, env: { PATH, HOME }, milliseconds, signal }: EngineOptions,
): Promise<EngineResult[]> {
  const results: EngineResult[] = []
  const full = files.filter(({ size }) => size > 0)
  for (const engine of ENGINES.filter(({ id }) => names.includes(id))) {
    const folder = mkdtempSync(join(tmpdir(), 'stemma-engine-'))
    try {
      const result = await engine.call({
        files: full,
        folder,
        env: { PATH, HOME, LC_ALL: 'C.UTF-8', PYTHONSAFEPATH: '1' },
        milliseconds: (bytes) => milliseconds ?? START_MS + bytes / BYTES_PER_MS,
        signal,
      })
      if (result !== undefined) results.push(result)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  if (results.length > 0) requireUnchanged(full)
  return results
}

function requireUnchanged(files: readonly EngineFile[]): void {
  for (const { path, state } of files) {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined || !isSameState(state, stateOf(stats))) throw new FileChangedError(path, 'was changed')
  }
}
