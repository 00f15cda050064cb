import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { stateOf } from '../../../src/artifacts/listFiles.ts'
import { hashModel } from '../../../src/artifacts/modelDigest.ts'
import type { ScanDocument } from '../../../src/scan/ports.ts'
import { callEngines, ENGINE_NAMES } from '../../../src/scan/run/engines/callEngines.ts'
import { findProgram } from '../../../src/scan/run/engines/runProgram.ts'
import { scanHashed } from '../../../src/scan/run/scanModel.ts'
import type { EngineFile } from '../../../src/scan/run/engines/ports.ts'

/** Speaks as ClamAV does, by the name of each file. The real one prints the same lines: see the test that runs it where it is. */
const CLAMSCAN = `#!/bin/sh
[ "$1" = --version ] && { echo 'ClamAV 1.4.3/27500/Mon Nov 30 08:00:00 2026'; exit 0; }
for each; do case "$each" in --file-list=*) list=\${each#--file-list=};; esac; done
while IFS= read -r file; do
  case "$file" in
    *own*) echo "$file: Own.Test-1 FOUND";;
    *pua*) echo "$file: PUA.Win.Tool-1 FOUND";;
    *large*) echo "$file: Heuristics.Limits.Exceeded.MaxFileSize FOUND";;
    *error*) echo "$file: Access denied. ERROR";;
    *silent*) ;;
    *crash*) kill -9 $$;;
    *hang*) /bin/sleep 60;;
    *) echo "$file: OK";;
  esac
done < "$list"
`
/** Writes a report as modelscan does: an issue in the first file, an error on the second, the third scanned, no word on others. */
const MODELSCAN = `#!/bin/sh
for each; do [ "$last" = -p ] && folder=$each; [ "$last" = -o ] && report=$each; last=$each; done
set -- "$folder"/*
cat=$(for file; do printf '%s ' "\${file##*/}"; done)
set -- $cat
printf '{"summary":{"modelscan_version":"0.8.8","scanned":{"total_scanned":2,"scanned_files":["%s:data.pkl","%s"]}},' "$1" "$3" > "$report"
printf '"issues":[{"description":"Use of unsafe operator","operator":"system","module":"posix","source":"%s:data.pkl","scanner":"x","severity":"CRITICAL"}],' "$1" >> "$report"
printf '"errors":[{"category":"PICKLE_GENOPS","description":"Parsing error","source":"%s"}]}' "$2" >> "$report"
exit 1
`

describe('engines', function () {
  this.timeout(60_000)
  let folder: string
  let bin: string

  beforeEach(function () {
    folder = mkdtempSync(join(tmpdir(), 'stemma-engines-'))
    bin = join(folder, 'bin')
    mkdirSync(bin)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const program = (name: string, text: string): void => {
    writeFileSync(join(bin, name), text)
    chmodSync(join(bin, name), 0o755)
  }
  const filesOf = async (contents: Readonly<Record<string, string>>): Promise<EngineFile[]> => {
    const model = join(folder, 'model')
    mkdirSync(model)
    for (const [name, text] of Object.entries(contents)) writeFileSync(join(model, name), text)
    const hashed = await hashModel(model, { cache: false })
    return hashed.contents.map(({ name, size, local }) => ({ name, size, ...local! }))
  }
  const call = async (files: readonly EngineFile[], options: { milliseconds?: number; PATH?: string } = {}) =>
    callEngines(files, { names: ENGINE_NAMES, env: { PATH: options.PATH ?? bin }, milliseconds: options.milliseconds })

  it('are not called where they are not installed, and not from a folder that is not absolute', async function () {
    const files = await filesOf({ a: 'text' })
    expect(await call(files)).to.deep.equal([])
    program('clamscan', CLAMSCAN)
    const cwd = process.cwd()
    process.chdir(bin)
    try {
      for (const PATH of ['.', '', ':', './', `.:${folder}`]) expect(await call(files, { PATH })).to.deep.equal([])
    } finally {
      process.chdir(cwd)
    }
    chmodSync(join(bin, 'clamscan'), 0o644)
    expect(await call(files)).to.deep.equal([])
  })

  it('ClamAV finds what it has a signature for: the real one where it is installed', async function () {
    const own = 'a body that nobody else has'
    const files = await filesOf({ 'own.bin': own, 'clean.bin': 'clean', 'empty.bin': '' })
    const real = findProgram('clamscan', process.env.PATH)
    const database = join(folder, 'own.hdb')
    writeFileSync(database, `${createHash('md5').update(own).digest('hex')}:${own.length}:Own.Test-1\n`)
    program('clamscan', real === undefined ? CLAMSCAN : `#!/bin/sh\nexec '${real}' -d '${database}' "$@"\n`)
    const [{ run, findings }] = (await call(files)) as [Awaited<ReturnType<typeof call>>[number]]
    expect(findings.map(({ rule, level, file, engine }) => [rule, level, file, engine])).to.deep.equal([
      ['clamav.found', 'fail', 'own.bin', 'clamav'],
    ])
    expect(findings[0]!.what).to.match(/^Own\.Test-1/)
    expect(run.engineVersion).to.match(/^\d+\.\d+/)
    expect([run.scanned, run.notScanned]).to.deep.equal([2, []])
  })

  it('ClamAV leaves what it skips, cannot read or says nothing of as not scanned', async function () {
    program('clamscan', CLAMSCAN)
    const files = await filesOf({
      clean: 'x',
      error: 'x',
      large: 'x',
      'new\nline': 'x',
      pua: 'x',
      silent: 'x',
      'x: OK': 'x',
    }).catch(async () => {
      // Where the digest refuses a line feed in a name.
      rmSync(join(folder, 'model'), { recursive: true })
      return filesOf({ clean: 'x', error: 'x', large: 'x', pua: 'x', silent: 'x', 'x: OK': 'x' })
    })
    const [{ run, findings }] = (await call(files)) as [Awaited<ReturnType<typeof call>>[number]]
    expect(run).to.include({ engine: 'clamav', engineVersion: '1.4.3', signatures: '27500/Mon Nov 30 08:00:00 2026' })
    expect(run.notScanned.map(({ file }) => file)).to.include.members(['error', 'large', 'silent'])
    expect(run.notScanned.map(({ file }) => file)).to.not.include.members(['clean', 'pua', 'x: OK'])
    expect(run.scanned + run.notScanned.length).to.equal(files.length)
    expect(findings.map(({ file, level }) => [file, level])).to.deep.equal([['pua', 'warn']])
  })

  it('ClamAV is not given a file of more than 2 GiB', async function () {
    program('clamscan', CLAMSCAN)
    const [file] = (await filesOf({ clean: 'x' })) as [EngineFile]
    truncateSync(file.path, 2 ** 31)
    const state = stateOf(lstatSync(file.path, { bigint: true }))
    const [{ run }] = (await call([{ ...file, size: 2 ** 31, state }])) as [Awaited<ReturnType<typeof call>>[number]]
    expect(run.notScanned).to.deep.equal([{ file: 'clean', why: 'it is larger than 2 GiB' }])
  })

  it('refuse a file that changed while they scanned', async function () {
    program('clamscan', CLAMSCAN)
    const [file] = (await filesOf({ clean: 'x' })) as [EngineFile]
    truncateSync(file.path, 2)
    const error = await call([file]).catch((problem: unknown) => problem)
    expect(error).to.have.property('code', 'FILE_CHANGED')
  })

  for (const [how, why] of [
    ['crash', /nothing of the file/],
    ['hang', /too long/],
  ] as const) {
    it(`lists as not scanned what came after a ${how}`, async function () {
      program('clamscan', CLAMSCAN)
      const files = await filesOf({ a: 'x', [how]: 'x', z: 'x' })
      const [{ run }] = (await call(files, { milliseconds: 1500 })) as [Awaited<ReturnType<typeof call>>[number]]
      expect(run.notScanned.map(({ file }) => file)).to.deep.equal([how, 'z'])
      expect(run.notScanned[0]!.why).to.match(why)
    })
  }

  it('ask clamd first, and clamscan for what it does not answer', async function () {
    program('clamdscan', `#!/bin/sh\necho 'ERROR: Could not connect to clamd on LocalSocket x' >&2\nexit 2\n`)
    const files = await filesOf({ a: 'x', own: 'x' })
    const [alone] = (await call(files)) as [Awaited<ReturnType<typeof call>>[number]]
    expect(alone.run.notScanned.map(({ why }) => why)[0]).to.match(/Could not connect/)
    program('clamscan', CLAMSCAN)
    const [{ run, findings }] = (await call(files)) as [Awaited<ReturnType<typeof call>>[number]]
    expect([run.scanned, findings.length]).to.deep.equal([2, 1])
  })

  it('modelscan finds by a report, and what it is silent of is not scanned', async function () {
    program('modelscan', MODELSCAN)
    const files = await filesOf({ 'a|b.pkl': 'x', 'b $(c).bin': 'x', 'c.pt': 'x', 'd.xyz': 'x' })
    const [{ run, findings }] = (await call(files)) as [Awaited<ReturnType<typeof call>>[number]]
    expect(run).to.deep.equal({
      engine: 'modelscan',
      engineVersion: '0.8.8',
      signatures: null,
      scanned: 2,
      notScanned: [
        { file: 'b $(c).bin', why: 'it says: Parsing error' },
        { file: 'd.xyz', why: 'it says nothing of the file' },
      ],
    })
    expect(findings).to.have.length(1)
    expect(findings[0]).to.include({ rule: 'modelscan.found', level: 'fail', file: 'a|b.pkl', library: 'posix' })
    expect(findings[0]!.member).to.deep.equal(['data.pkl'])
  })

  for (const [what, text] of Object.entries({
    nothing: '',
    'text that is not JSON': 'echo text > "$report"',
    'another JSON': 'echo "[1]" > "$report"',
    'a summary without files': 'echo \'{"summary":{}}\' > "$report"',
  })) {
    it(`modelscan that writes ${what} scanned nothing`, async function () {
      program(
        'modelscan',
        `#!/bin/sh\nfor each; do [ "$last" = -o ] && report=$each; last=$each; done\n${text}\nexit 0\n`,
      )
      const [{ run, findings }] = (await call(await filesOf({ a: 'x' }))) as [Awaited<ReturnType<typeof call>>[number]]
      expect([run.scanned, run.notScanned.length, findings]).to.deep.equal([0, 1, []])
    })
  }

  it('add to a report and never take away from it, outside of the ruleset', async function () {
    program('clamscan', CLAMSCAN)
    await filesOf({ own: '', 'own.txt': 'x', 'w.bin': '\x80\x04cos\nsystem\n.' })
    const model = await hashModel(join(folder, 'model'), { cache: false })
    const engines = { names: ENGINE_NAMES, env: { PATH: bin } }
    const scan = (change: object): Promise<ScanDocument> => scanHashed(model, change)
    const [plain, more] = [await scan({}), await scan({ engines })]
    expect(more.ruleset).to.equal(plain.ruleset)
    expect(more.findings).to.include.deep.members([...plain.findings])
    expect(more.findings.length).to.equal(plain.findings.length + 1)
    expect([plain.engines.length, more.engines.length]).to.deep.equal([0, 1])
  })

  it('leave nothing behind', async function () {
    program('clamscan', CLAMSCAN)
    program('modelscan', MODELSCAN)
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('stemma-engine-'))
    await call(await filesOf({ a: 'x', b: 'x', c: 'x' }))
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('stemma-engine-'))
    expect(after.filter((name) => !before.includes(name))).to.deep.equal([])
  })
})
