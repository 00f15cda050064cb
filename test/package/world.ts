import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { packBuilt } from '../../tools/packages.ts'

const run = promisify(execFile)

/** A project of a user, outside of the checkout. */
export type Project = {
  folder: string
  /** Writes a file of the project. */
  write(path: string, text: string): void
  /** Runs a program of `node_modules/.bin`, or `node` or `npm`; whatever it exits with. */
  run(program: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
}

const root = mkdtempSync(join(tmpdir(), 'stemma-user-'))
process.once('exit', () => rmSync(root, { recursive: true, force: true }))
let tarballs: ReturnType<typeof packBuilt> | undefined

/** Both packages as npm publishes them, packed once. Other tests use `dist/` meanwhile, so it is not built again. */
export function packed(): ReturnType<typeof packBuilt> {
  tarballs ??= packBuilt(join(root, 'packed'))
  return tarballs
}

/** Creates an empty project. */
export function createProject(name: string): Project {
  const folder = join(root, name)
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('package.json', JSON.stringify({ name, version: '1.0.0', private: true, type: 'module' }))
  return {
    folder,
    write,
    async run(program, ...args) {
      const command =
        program === 'node' ? process.execPath : program === 'npm' ? 'npm' : join(folder, 'node_modules/.bin', program)
      // The condition by which the checkout reaches its sources is not the user's.
      const { NODE_OPTIONS: _conditions, ...inherited } = process.env
      // What a user trusts is in the folder too.
      const env = { ...inherited, XDG_CONFIG_HOME: join(folder, '.config') }
      try {
        return { code: 0, ...(await run(command, args, { cwd: folder, env, maxBuffer: 2 ** 26 })) }
      } catch (error) {
        const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
        if (typeof code !== 'number') throw error
        return { code, stdout, stderr }
      }
    },
  }
}

/** Installs tarballs in a project, with what they depend on. */
export async function install(project: Project, ...paths: string[]): Promise<void> {
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const { code, stderr } = await project.run('npm', 'install', ...options, ...paths)
  if (code !== 0) throw new Error(`npm cannot install ${paths.join(' and ')}:\n${stderr}`)
}
