import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect } from 'chai'

import { hashModel } from '../../../src/artifacts/modelDigest.ts'
import { ModelScan } from '../../../src/scan/run/modelScan.ts'
import { scanHashed, scanModel } from '../../../src/scan/run/scanModel.ts'
import { scanDocumentDigest, scanDocumentText } from '../../../src/scan/scanDocument.ts'
import { createFolder, removeFolders } from '../../artifacts/folder.ts'

/** A pickle that would run a command. */
const PICKLE = Buffer.from('\x80\x04cos\nsystem\n\x8c\x06echo x\x85R.', 'latin1')
const module = pathToFileURL(join(import.meta.dirname, 'hostileScanners.ts')).href

describe('scanModel', function () {
  this.timeout(60_000)
  after(removeFolders)

  it('fails a folder for a pickle under any name, and passes safetensors', async function () {
    const failed = await scanModel(createFolder({ 'README.md': '# A model', 'notes.txt': PICKLE }), { cache: false })
    expect([failed.verdict, failed.findings.map(({ rule }) => rule)]).to.deep.equal([
      'failed',
      ['license.missing', 'format.extension', 'pickle.call', 'pickle.import'],
    ])
    const header = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    const safetensors = Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(`${header}x`)])
    const passed = await scanModel(createFolder({ 'w.safetensors': safetensors }), { cache: false })
    expect([passed.verdict, passed.files[0]!.judgedBy]).to.deep.equal(['passed', ['headers']])
  })

  it('gives the same bytes for the same files, wherever they are, whose digest is that of the report', async function () {
    const files = { 'w.bin': PICKLE, 'config.json': '{"a":1}', LICENSE: 'none' }
    const [one, other] = [await scanModel(createFolder(files)), await scanModel(createFolder(files), { cache: false })]
    expect(scanDocumentText(one)).to.equal(scanDocumentText(other))
    expect(scanDocumentDigest(one)).to.equal(`0x${createHash('sha256').update(scanDocumentText(one)).digest('hex')}`)
  })

  it('leaves what nobody could judge unknown', async function () {
    const { verdict, findings } = await scanModel(createFolder({ 'weights.xyz': 'what is this' }), { cache: false })
    expect(verdict).to.equal('unknown')
    expect(findings.map(({ rule, level, file }) => [rule, level, file])).to.deep.include([
      'scan.unjudged',
      'unknown',
      'weights.xyz',
    ])
  })

  it('goes on behind a file on which a scanner crashes, throws, hangs or eats memory, and says which', async function () {
    const folder = createFolder({ a: 'first', b: 'crash', c: 'throw', d: 'hang', e: 'eat', f: 'last' })
    const model = await hashModel(folder, { cache: false })
    const { verdict, findings } = await scanHashed(model, { module, fileMs: 3000 })
    expect(verdict).to.equal('unknown')
    expect(findings.map(({ rule, file }) => [rule, file])).to.include.deep.members([
      ['hostile.seen', 'a'],
      ['scan.interrupted', 'b'],
      ['scan.interrupted', 'c'],
      ['scan.interrupted', 'd'],
      ['scan.interrupted', 'e'],
      ['hostile.seen', 'f'],
    ])
  })

  it('refuses a file that changed after it was hashed', async function () {
    const folder = createFolder({ 'w.bin': PICKLE })
    const model = await hashModel(folder, { cache: false })
    writeFileSync(join(folder, 'w.bin'), 'other')
    const error = await scanHashed(model).catch((problem: unknown) => problem)
    expect(error).to.have.property('code', 'FILE_CHANGED')
  })

  it('judges the file that was opened to be hashed, also when another takes its place', async function () {
    const folder = createFolder({ 'w.bin': PICKLE })
    const path = join(folder, 'w.bin')
    const scan = new ModelScan()
    try {
      const hashed = await hashModel(folder, {
        cache: false,
        hold: (files, digests) => {
          const held = scan.hold(files, digests)
          expect(held.every((each) => each !== undefined)).to.equal(true)
          return held
        },
      })
      // What was hashed is still open; its name leads to a harmless file now, and its own state is what it was.
      const before = statSync(path, { bigint: true })
      mkdirSync(join(folder, 'away'))
      renameSync(path, join(folder, 'away/w.bin'))
      writeFileSync(path, '{}')
      const isSame = statSync(join(folder, 'away/w.bin'), { bigint: true }).ctimeNs === before.ctimeNs
      const file = hashed.contents[0]!
      const result = await scan.finish([{ ...file, local: file.local! }], {}).catch((error: unknown) => error)
      // A system that counts a new name as a change of the file lets the scan end; none lets it judge the other file.
      if (isSame || !(result instanceof Error)) expect(JSON.stringify(result)).to.include('pickle.call')
      else expect(result).to.have.property('code', 'FILE_CHANGED')
    } finally {
      scan.close()
    }
  })

  it('refuses a file that changes while it is hashed and judged', async function () {
    const folder = createFolder({ 'w.bin': PICKLE })
    const scan = new ModelScan()
    try {
      const error = await hashModel(folder, {
        cache: false,
        hold: (files, digests) => {
          const held = scan.hold(files, digests)
          appendFileSync(join(folder, 'w.bin'), 'more')
          return held
        },
      }).catch((problem: unknown) => problem)
      expect(error).to.have.property('code', 'FILE_CHANGED')
    } finally {
      scan.close()
    }
  })

  it('refuses a file that changes after it was judged, before the model is judged as a whole', async function () {
    const folder = createFolder({ 'README.md': '# A model' })
    let onScanned = (): void => {}
    const isJudged = new Promise<void>((resolve) => (onScanned = resolve))
    const scan = new ModelScan({ onScanned })
    try {
      const { contents } = await hashModel(folder, { cache: false, hold: scan.hold })
      await isJudged
      appendFileSync(join(folder, 'README.md'), 'more')
      const files = contents.map((file) => ({ ...file, local: file.local! }))
      const error = await scan.finish(files, {}).catch((problem: unknown) => problem)
      expect(error).to.have.property('code', 'FILE_CHANGED')
    } finally {
      scan.close()
    }
  })

  it('ends with its signal', async function () {
    const model = await hashModel(createFolder({ d: 'hang' }), { cache: false })
    const stop = new AbortController()
    const scan = scanHashed(model, { module, signal: stop.signal })
    stop.abort(new Error('enough'))
    expect(await scan.catch((error: Error) => error.message)).to.equal('enough')
  })
})
