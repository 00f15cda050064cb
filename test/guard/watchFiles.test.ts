import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { LEASE_PROGRAMS, takeReadLeases } from '../../src/guard/readLease.ts'
import { openPinned } from '../../src/guard/openGuarded.ts'
import { PinnedPlace } from '../../src/guard/pinnedPlace.ts'
import { haveVerity } from '../../src/guard/verity.ts'
import { watchFiles } from '../../src/guard/watchFiles.ts'
import { guardedModel, writeModel } from './models.ts'

describe('watchFiles', function () {
  let root: string
  const file = () => join(root, 'model.safetensors')
  const placeOf = (reference = root) => PinnedPlace.of(reference, {})

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
      const place = await placeOf()
      const { files } = await guardedModel(root)
      let notice = (_: string) => {}
      const noticed = new Promise<string>((resolve) => (notice = resolve))
      const watched = await watchFiles(files, { place, onChange: notice })
      const child = spawn(program!, [...args, file(), root], { stdio: 'ignore' })
      const exited = once(child, 'exit')
      const first = await noticed
      expect(first).to.match(/was (changed|replaced|added|opened for writing)|cannot be seen/)
      expect(await watched.stop()).to.equal(first)
      await exited
    })

  it('says nothing while nothing changes, and reads do not count', async function () {
    const { files } = await guardedModel(root)
    const watched = await watchFiles(files, { place: await placeOf(), onChange: () => expect.fail() })
    await (await open(file(), 'r')).close()
    expect(await watched.stop()).to.equal(null)
  })

  it('looks once more when it stops', async function () {
    const { files } = await guardedModel(root)
    const watched = await watchFiles(files, { place: await placeOf(), onChange: () => {} })
    renameSync(file(), `${file()}.away`)
    expect(await watched.stop()).to.match(/model\.safetensors/)
  })

  it('notices what changed between the hashing and the watch', async function () {
    const { files } = await guardedModel(root)
    writeFileSync(file(), 'WEIGHTS')
    const watched = await watchFiles(files, { place: await placeOf(), onChange: () => {} })
    expect(await watched.stop()).to.match(/was changed/)
  })

  it('notices what was added to the folder between the hashing and the watch', async function () {
    const place = await placeOf()
    const { files } = await guardedModel(root)
    writeFileSync(join(root, 'adapter_model.safetensors'), 'weights of another model')
    const watched = await watchFiles(files, { place, onChange: () => {} })
    expect(await watched.stop()).to.match(/adapter_model\.safetensors" was added/)
  })

  it("notices a folder whose link leads elsewhere, and a link in the Hub's cache", async function () {
    const current = join(root, 'code/current')
    symlinkSync(root, current)
    const place = await PinnedPlace.of('./code/current/model.safetensors', { cwd: root })
    const { files } = await guardedModel(file())
    const watched = await watchFiles(files, { place, onChange: () => {} })
    mkdirSync(join(root, 'other'))
    writeFileSync(join(root, 'other/model.safetensors'), 'other')
    rmSync(current)
    symlinkSync(join(root, 'other'), current)
    expect(await watched.stop()).to.match(/leads elsewhere/)

    const cache = mkdtempSync(join(tmpdir(), 'stemma-watch-hub-'))
    try {
      const repository = join(cache, 'models--acme--tiny')
      const [one, two] = ['1', '2'].map((digit) => digit.repeat(40))
      writeModel(repository, {
        'blobs/aa': 'weights',
        'blobs/bb': 'other',
        [`snapshots/${two}/x`]: '',
        'refs/main': one!,
      })
      mkdirSync(join(repository, 'snapshots', one!))
      const link = join(repository, 'snapshots', one!, 'model.safetensors')
      symlinkSync('../../blobs/aa', link)
      const env = { HF_HUB_CACHE: cache }
      const opened = await openPinned({ reference: 'hf:acme/tiny', isAdapter: false }, { env, cache: false })
      const ofLink = await watchFiles(opened.files, { place: opened.place, onChange: () => {} })
      rmSync(link)
      symlinkSync('../../blobs/bb', link)
      expect(await ofLink.stop()).to.match(/leads elsewhere/)

      const again = await openPinned({ reference: 'hf:acme/tiny', isAdapter: false }, { env, cache: false })
      const ofRevision = await watchFiles(again.files, { place: again.place, onChange: () => {} })
      writeFileSync(join(repository, 'refs/main'), two!)
      expect(await ofRevision.stop()).to.match(/leads elsewhere/)
    } finally {
      rmSync(cache, { recursive: true, force: true })
    }
  })

  it('keeps the files open, so that none takes the place of one that was hashed', async function () {
    const place = await placeOf()
    const { files } = await guardedModel(root)
    expect(place.keep(files)).to.equal(null)
    const targetOf = (name: string): string => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`)
      } catch {
        return ''
      }
    }
    const open = readdirSync('/proc/self/fd').map(targetOf)
    expect(open).to.include(file())
    rmSync(file())
    writeFileSync(file(), 'weights')
    expect((await guardedModel(root)).files.map(({ state }) => state.inode)).to.not.include(files[1]!.state.inode)
    place.close()
  })

  it('does not count what is added beside a model that is one file', async function () {
    const { files } = await guardedModel(file())
    const watched = await watchFiles(files, { place: await placeOf(file()), onChange: () => {} })
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

  it('counts fs-verity only where it is measured', async function () {
    const { files } = await guardedModel(root)
    const program = join(root, 'measures')
    const measuring = (script: string) => {
      writeFileSync(program, `#!/bin/sh\n${script}`, { mode: 0o755 })
      return haveVerity(files, program)
    }
    const digest = `sha256:${'ab'.repeat(32)}`
    expect(await measuring(`shift; for path; do echo "${digest} $path"; done`)).to.equal(true)
    expect(await measuring(`shift; echo "${digest} $1"`)).to.equal(false)
    expect(await measuring(`shift; for path; do echo "${digest} other"; done`)).to.equal(false)
    expect(await measuring(`shift; for path; do echo "${digest} $path"; done; exit 1`)).to.equal(false)
    expect(await haveVerity(files, join(root, 'no-such-program'))).to.equal(false)
    // What the program of this system measures is what the kernel says: nothing, where no file has it.
    expect(await haveVerity(files)).to.equal(false)
  })

  it('has no lease where no program can take one', async function () {
    const { files } = await guardedModel(root)
    expect(await takeReadLeases(files, () => {}, [['stemma-no-such-program']])).to.equal(null)
  })
})
