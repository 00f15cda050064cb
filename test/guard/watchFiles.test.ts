import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { LEASE_PROGRAMS, takeReadLeases } from '../../src/guard/readLease.ts'
import { watchFiles } from '../../src/guard/watchFiles.ts'
import { guardedModel, writeModel } from './models.ts'

describe('watchFiles', function () {
  let root: string
  const file = () => join(root, 'model.safetensors')

  beforeEach(function () {
    root = mkdtempSync(join(tmpdir(), 'stemma-watch-'))
    writeModel(root, { 'model.safetensors': 'weights', 'code/model.py': 'pass' })
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  // The one who opens a file for writing waits while there is a lease, so each change is made by another process.
  const MAP = `import mmap,sys
with open(sys.argv[1], 'r+b') as f:
    m = mmap.mmap(f.fileno(), 0)
    m[0:1] = b'W'
    m.flush()`
  const sh = (script: string) => ['sh', '-c', script, '.']
  const changes: Record<string, string[]> = {
    'a write': sh('printf W 1<> "$1"'),
    'a write whose time is set back': sh('printf W 1<> "$1"; touch -d @1 "$1"'),
    'a file renamed over it': sh('cp "$1" "$1.copy.$$" && mv "$1.copy.$$" "$1"'),
    'a truncation': sh('truncate -s 3 "$1"'),
    'a removal': sh('rm -f "$1"'),
    'a new mode': sh('chmod 600 "$1"'),
    'a file that is added': sh('echo x > "$2/adapter_model.safetensors"'),
    'code that is added to a folder in it': sh('echo pass > "$2/code/evil.py"'),
    'a folder that is added': sh('mkdir "$2/adapter"'),
    'a write through a mapping': ['python3', '-c', MAP],
  }
  for (const [what, [program, ...args]] of Object.entries(changes))
    it(`notices ${what}`, async function () {
      const { files } = await guardedModel(root)
      let notice = (_: string) => {}
      const noticed = new Promise<string>((resolve) => (notice = resolve))
      const watched = await watchFiles(files, { root, onChange: notice })
      const child = spawn(program!, [...args, file(), root], { stdio: 'ignore' })
      const exited = once(child, 'exit')
      const first = await noticed
      expect(first).to.match(/was (changed|replaced|added|opened for writing)|cannot be seen/)
      expect(await watched.stop()).to.equal(first)
      await exited
    })

  it('says nothing while nothing changes, and reads do not count', async function () {
    const { files } = await guardedModel(root)
    const watched = await watchFiles(files, { root, onChange: () => expect.fail() })
    await (await open(file(), 'r')).close()
    expect(await watched.stop()).to.equal(null)
  })

  it('looks once more when it stops', async function () {
    const { files } = await guardedModel(root)
    const watched = await watchFiles(files, { root, onChange: () => {} })
    renameSync(file(), `${file()}.away`)
    expect(await watched.stop()).to.match(/model\.safetensors/)
  })

  it('notices what changed between the hashing and the watch', async function () {
    const { files } = await guardedModel(root)
    writeFileSync(file(), 'WEIGHTS')
    const watched = await watchFiles(files, { root, onChange: () => {} })
    expect(await watched.stop()).to.match(/was changed/)
  })

  it('does not count what is added beside a model that is one file', async function () {
    const { files } = await guardedModel(file())
    const watched = await watchFiles(files, { root: file(), onChange: () => {} })
    writeFileSync(join(root, 'beside'), '')
    expect(await watched.stop()).to.equal(null)
  })

  for (const program of LEASE_PROGRAMS)
    describe(`takeReadLeases by ${program[0]}`, function () {
      it('has none while somebody can write, and tells of an open for writing', async function () {
        const { files } = await guardedModel(root)
        const writer = await open(file(), 'r+')
        expect(await takeReadLeases(files, () => {}, [program])).to.equal(null)
        await writer.close()
        let tell = (_: string) => {}
        const broken = new Promise<string>((resolve) => (tell = resolve))
        const leases = await takeReadLeases(files, ({ name }) => tell(name), [program])
        expect(leases).to.not.equal(null)
        const child = spawn('sh', ['-c', 'echo x >> "$0"', file()], { stdio: 'ignore' })
        const exited = once(child, 'exit')
        expect(await broken).to.equal('model.safetensors')
        await leases!.end()
        await exited
      })
    })

  it('has no lease where no program can take one', async function () {
    const { files } = await guardedModel(root)
    expect(await takeReadLeases(files, () => {}, [['stemma-no-such-program']])).to.equal(null)
  })
})
