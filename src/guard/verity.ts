import { execFile } from 'node:child_process'

import type { HeldFile } from './ports.ts'

const FILES_A_CALL = 500
/** What "fsverity measure" prints of a file: the digest by which the kernel checks each page, and the path. */
const MEASURED = /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128}) (.*)$/

/**
 * Whether the file system itself refuses every change of all files, by fs-verity: measured by "fsverity measure" of fsverity-utils. A flag that is
 * only listed, as by "lsattr", does not count: the measurement asks the kernel.
 *
 * @param program by default "fsverity" on PATH
 */
export async function haveVerity(files: readonly HeldFile[], program = 'fsverity'): Promise<boolean> {
  // Nearly always the first one tells.
  if (files.length === 0 || process.platform !== 'linux' || !(await areMeasured(files.slice(0, 1), program)))
    return false
  for (let first = 0; first < files.length; first += FILES_A_CALL)
    if (!(await areMeasured(files.slice(first, first + FILES_A_CALL), program))) return false
  return true
}

function areMeasured(files: readonly HeldFile[], program: string): Promise<boolean> {
  const paths = files.map(({ path }) => path)
  // The paths are absolute, so none of them passes for an option. One with a newline is never measured.
  return new Promise((resolve) =>
    execFile(program, ['measure', ...paths], { maxBuffer: 16 * 1024 * 1024, timeout: 10_000 }, (error, output) => {
      const lines = String(output).split('\n').slice(0, -1)
      const isEach = paths.every((path, index) => MEASURED.exec(lines[index] ?? '')?.[1] === path)
      resolve(error === null && lines.length === paths.length && isEach)
    }),
  )
}
