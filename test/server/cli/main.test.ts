import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { expect } from 'chai'

const main = join(import.meta.dirname, '../../../packages/server/src/cli/main.ts')

describe('the bin stemma-server', function () {
  this.timeout(30_000)

  it('says on an older Node which one it needs, and exits with 2', function () {
    for (const version of ['20.20.2', '22.17.1']) {
      const { status, stdout, stderr } = asVersion(version)
      const sentence = `stemma-server needs Node 22.18 or newer, and this is Node ${version}. Install a newer Node.\n`
      expect([version, status, stdout, stderr]).to.deep.equal([version, 2, '', sentence])
    }
    expect(asVersion('22.18.0').status).to.equal(0)
  })

  it('loads nothing before that check, as an old Node could not', function () {
    const { modules } = asVersion('20.20.2')
    expect(modules).to.deep.equal([])
  })
})

/** Runs `stemma-server --version` in a process that says that it is another Node. `modules` are those of the checkout. */
function asVersion(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const hook = join(import.meta.dirname, '../../cli/loaded.ts')
  const imports = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, '--import', hook]
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', ...imports, main, '--version'],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  )
  const loaded = [...stderr.matchAll(/^loaded (.+)\n/gm)].map(([, url]) => url!)
  return {
    status,
    stdout,
    stderr: stderr.replaceAll(/^loaded .+\n/gm, ''),
    modules: loaded.filter((url) => url.startsWith('file:') && !url.endsWith('packages/server/src/cli/main.ts')),
  }
}
