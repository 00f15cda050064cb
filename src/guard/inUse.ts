import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { FolderLockedError, lockFolder } from '../audit/folderLock.ts'
import type { OpenedModel } from './openGuarded.ts'

/** Where a model is, and what it is. */
type Used = Pick<OpenedModel, 'root' | 'digest'>

/**
 * Says that a command of this guard runs with a model, until what is returned is called or this process ends. Begun under the lock of the
 * model, so that no other guard looks meanwhile.
 *
 * @param folder that of the journal
 */
export async function markInUse(folder: string, model: Used): Promise<() => void> {
  const mark = join(placeOf(folder, model), randomBytes(8).toString('hex'))
  mkdirSync(mark, { recursive: true, mode: 0o700 })
  const release = await lockFolder(mark)
  return () => {
    release()
    rmSync(mark, { recursive: true, force: true })
  }
}

/** Whether a command of some guard runs with a model at its place. Removes the marks of guards that have ended. */
export async function isInUse(folder: string, model: Used): Promise<boolean> {
  const place = placeOf(folder, model)
  for (const name of namesIn(place)) {
    try {
      const release = await lockFolder(join(place, name))
      release()
    } catch (error) {
      if (error instanceof FolderLockedError) return true
      throw error
    }
    rmSync(join(place, name), { recursive: true, force: true })
  }
  return false
}

function placeOf(folder: string, { root, digest }: Used): string {
  return join(folder, 'running', createHash('sha256').update(`${digest} ${root}`).digest('hex'))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
