import { execFile } from 'node:child_process'

import type { HeldFile } from './ports.ts'

const FILES_A_CALL = 500

/** Whether the file system itself refuses every change of all files: fs-verity, which "lsattr" shows as V. */
export async function haveVerity(files: readonly HeldFile[]): Promise<boolean> {
  // Nearly always the first one tells.
  if (files.length === 0 || process.platform !== 'linux' || !(await allHave(files.slice(0, 1)))) return false
  for (let first = 0; first < files.length; first += FILES_A_CALL)
    if (!(await allHave(files.slice(first, first + FILES_A_CALL)))) return false
  return true
}

function allHave(files: readonly HeldFile[]): Promise<boolean> {
  const args = ['-d', '--', ...files.map(({ path }) => path)]
  return new Promise((resolve) =>
    execFile('lsattr', args, { maxBuffer: 16 * 1024 * 1024, timeout: 10_000 }, (error, output) => {
      const lines = String(output).split('\n').filter(Boolean)
      resolve(error === null && lines.length === files.length && lines.every((line) => /^[^ ]*V/.test(line)))
    }),
  )
}
