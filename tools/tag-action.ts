/**
 * Tags what the GitHub Action, the hooks of pre-commit and the template of GitLab are used by: `v<version>`, and `v<major>` for the newest
 * of them. The tags name a commit after the current one, whose tree has only what these need, with the bundle: so no commit of the
 * main branch holds it, who uses the Action downloads 3 MB, and pre-commit installs neither dependencies nor tools.
 * Usage: node tools/tag-action.ts [--push REMOTE]
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { readOptions } from '../scripts/options.ts'
import { ACTION_FOLDER, bundleAction } from './bundle-action.ts'

const root = join(import.meta.dirname, '..')

/** What the tree has of the checkout. */
const COPIED = ['.pre-commit-hooks.yaml', 'LICENSE', 'action.yml', 'licenses', 'templates']

/** Writes the tree of the tag to a folder, and returns the version. */
export async function writeActionTree(folder: string): Promise<string> {
  for (const path of COPIED) cpSync(join(root, path), join(folder, path), { recursive: true })
  await bundleAction(folder)
  const { name, version, description, license, homepage, repository, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, string>
  const manifest = {
    name,
    version,
    private: true,
    description,
    license,
    homepage,
    repository,
    type: 'module',
    engines,
    bin: { stemma: `./${ACTION_FOLDER}/stemma.js` },
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return version!
}

/**
 * Commits a folder as the whole tree of a commit after the current one of a repository, and tags it. The checkout and its index stay as
 * they are. Author and date are those of the current commit, so the same checkout gives the same commit.
 *
 * @throws when the version is tagged already: what somebody uses does not change under its name
 */
export function tagTree(repository: string, folder: string, version: string): { tag: string; major: string } {
  const [tag, major] = [`v${version}`, `v${version.split('.')[0]}`]
  const index = join(mkdtempSync(join(tmpdir(), 'stemma-index-')), 'index')
  try {
    const [name, email, date] = run(repository, ['log', '-1', '--format=%an%n%ae%n%aI']).split('\n')
    const author = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date }
    const committer = { GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date }
    const place = { GIT_INDEX_FILE: index, GIT_WORK_TREE: folder }
    const git = (...args: string[]): string => run(repository, args, { ...place, ...author, ...committer })
    git('add', '--all', '--force', '.')
    const commit = git('commit-tree', git('write-tree'), '-p', 'HEAD', '-m', `release: the action of ${tag}`)
    git('tag', tag, commit)
    git('tag', '--force', major, commit)
  } finally {
    rmSync(join(index, '..'), { recursive: true })
  }
  return { tag, major }
}

function run(repository: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): string {
  const cwd = more.GIT_WORK_TREE ?? repository
  const env = { ...process.env, GIT_DIR: gitFolder(repository), ...more }
  const { status, stdout, stderr } = spawnSync('git', [...args], { cwd, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`git ${args[0]} fails:\n${stderr}`)
  return stdout.trim()
}

function gitFolder(repository: string): string {
  const { stdout } = spawnSync('git', ['rev-parse', '--absolute-git-dir'], { cwd: repository, encoding: 'utf8' })
  return stdout.trim()
}

if (import.meta.main) {
  const { values } = readOptions({ push: { type: 'string' } })
  const folder = mkdtempSync(join(tmpdir(), 'stemma-action-'))
  try {
    const { tag, major } = tagTree(root, folder, await writeActionTree(folder))
    const remote = values.push as string | undefined
    if (remote !== undefined) run(root, ['push', remote, tag, `+refs/tags/${major}`])
    console.log(`${tag} ${major}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
