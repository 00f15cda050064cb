/** What the bytecode of the contracts depends on, as one digest, so that freshness is checked without compiling. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The inputs of a compilation: their digest, and the versions that a reader wants to see. */
export type ContractInputs = { digest: string; solc: string; openzeppelin: string }

/** Reads the inputs under `root`: the sources, `contracts/compiler.json`, and the locked versions of solc and OpenZeppelin. */
export function readContractInputs(root: string): ContractInputs {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>
  }
  const versionOf = (name: string) => packages[`node_modules/${name}`]!.version
  const versions = { solc: versionOf('solc'), openzeppelin: versionOf('@openzeppelin/contracts') }
  const digest = createHash('sha256').update(JSON.stringify(versions))
  for (const path of globSync('contracts/**/*.{sol,json}', { cwd: root }).map(withSlashes).toSorted()) {
    digest.update(`\0${path}\0`).update(readFileSync(join(root, path)))
  }
  return { digest: digest.digest('hex'), ...versions }
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/')
}
