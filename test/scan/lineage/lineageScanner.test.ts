import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { parseModelId, type Digest, type ModelId } from '../../../src/core/hex.ts'
import { sha256 } from '../../../src/core/sha256.ts'
import { makeSketch } from '../../../src/fingerprint/makeSketch.ts'
import { openSketchSource } from '../../../src/fingerprint/readers/openSketchSource.ts'
import { sketchBytes } from '../../../src/fingerprint/sketchBytes.ts'
import type { LineageFacts, SketchFacts } from '../../../src/scan/facts.ts'
import { lineageScanner } from '../../../src/scan/lineage/lineageScanner.ts'
import { scanModel } from '../../../src/scan/run/scanModel.ts'
import { scanDocumentText } from '../../../src/scan/scanDocument.ts'
import { createFolder, removeFolders } from '../../artifacts/folder.ts'
import { llamaFiles } from '../../fingerprint/modelFiles.ts'
import { continued, permuted, randomModel, type RandomModel } from '../../fingerprint/randomModel.ts'
import { scanFiles } from '../scanFiles.ts'

const SMALL = { columns: 64, rows: 128, layers: 3, vocabulary: 512 }
const WEIGHTS = `0x${'ee'.repeat(32)}` as Digest
const idOf = (digit: string): ModelId => parseModelId(`0x${digit.repeat(64)}`)

const base = randomModel(1, SMALL)
const other = randomModel(2, SMALL)
const fork = permuted(continued(base, 0.05, 3), 4)

describe('the scanner of undeclared lineage', function () {
  this.timeout(60_000)
  let folder: string
  const sketches: Record<string, SketchFacts> = {}

  before(async function () {
    folder = createFolder({})
    for (const [name, model] of Object.entries({ base, other })) sketches[name] = await sketchOf(name, model)
  })
  after(removeFolders)

  async function sketchOf(name: string, model: RandomModel): Promise<SketchFacts> {
    const { source, exact } = await openSketchSource(llamaFiles(model))
    const bytes = sketchBytes(makeSketch(source, { exact }))
    const path = join(folder, `${name}.sketch`)
    writeFileSync(path, bytes)
    const names = { uris: [`https://huggingface.co/acme/${name}`], ids: [idOf(name === 'base' ? 'b' : 'c')] }
    return {
      digest: sha256(bytes),
      path,
      name: `acme/${name}`,
      model: names.ids[0]!,
      self: names,
      lineage: { uris: [...names.uris, 'https://huggingface.co/elder/root'], ids: [...names.ids, idOf('d')] },
      standing: 'undeclared',
    }
  }
  const factsOf = (...some: SketchFacts[]): LineageFacts => ({ weights: WEIGHTS, models: [], sketches: some })
  const filesOf = (model: RandomModel, more: Record<string, string> = {}): Record<string, string | Uint8Array> => ({
    ...Object.fromEntries(llamaFiles(model).map(({ name, size, read }) => [name, read(0, size)])),
    ...more,
  })
  const find = async (files: Record<string, string | Uint8Array>, lineage: LineageFacts) =>
    (await scanFiles(lineageScanner, files, { lineage })).filter(({ rule }) => rule !== 'lineage.compared')
  const rulesOf = async (...given: Parameters<typeof find>): Promise<string[]> =>
    (await find(...given)).map(({ rule, level }) => `${rule}${level === undefined ? '' : ` ${level}`}`)

  it('finds a fork that was trained on and whose units are permuted, with its evidence and a claim to file', async function () {
    const [found, ...others] = await find(filesOf(fork), factsOf(sketches.base!, sketches.other!))
    expect(others).to.deep.equal([])
    expect(found!.rule).to.equal('lineage.undeclared')
    expect(found!.what).to.match(
      /^not independent of "acme\/base" \(0xb+\), and neither is declared.*places z -?\d.*pairing z \d.*layers 0-2 on its 0-2.*equal 0 of \d+ rows.*3428 independent pairs/,
    )
    expect(found!.remedy).to.contain(`stemma claim file ${WEIGHTS} --product --parent ${idOf('b')} --relation`)
  })

  it('finds nothing of an independent model, and says with what it was compared', async function () {
    const independent = filesOf(randomModel(9, SMALL))
    expect(await rulesOf(independent, factsOf(sketches.base!, sketches.other!))).to.deep.equal([])
    const all = await scanFiles(lineageScanner, independent, { lineage: factsOf(sketches.base!, sketches.other!) })
    expect(all.map(({ rule, what }) => [rule, what.slice(0, 24)])).to.deep.equal([
      ['lineage.compared', 'compared with 2 sketches'],
    ])
    expect(await scanFiles(lineageScanner, independent, {})).to.deep.equal([])
  })

  it('finds nothing where the ledger or the card of an unregistered model declares it', async function () {
    expect(await rulesOf(filesOf(fork), factsOf({ ...sketches.base!, standing: 'declared' }))).to.deep.equal([])
    const card = (name: string) => ({ 'README.md': `---\nbase_model: ${name}\n---\n` })
    expect(await rulesOf(filesOf(fork, card('acme/base')), factsOf(sketches.base!))).to.deep.equal([])
    expect(await rulesOf(filesOf(fork, card('acme/none')), factsOf(sketches.base!))).to.deep.equal([
      'lineage.undeclared',
    ])
    // Of a registered model, the registration is what declares.
    const registered = { ...factsOf(sketches.base!), models: [idOf('a')] }
    const [found] = await find(filesOf(fork, card('acme/base')), registered)
    expect(found!.remedy).to.contain(`stemma claim file ${idOf('a')} --parent ${idOf('b')}`)
  })

  it('notes what a common ancestor explains, and warns of what was registered later', async function () {
    const card = { 'README.md': '---\nbase_model: elder/root\n---\n' }
    expect(await rulesOf(filesOf(fork, card), factsOf(sketches.base!))).to.deep.equal(['lineage.related note'])
    for (const [standing, rule] of [
      ['shared', 'lineage.related note'],
      ['later', 'lineage.related'],
    ] as const)
      expect(await rulesOf(filesOf(fork), factsOf({ ...sketches.base!, standing }))).to.deep.equal([rule])
    // Equal tensors are more than what both inherit.
    const copied = factsOf({ ...sketches.base!, standing: 'shared' })
    expect(await rulesOf(filesOf(base), copied)).to.deep.equal(['lineage.undeclared'])
  })

  it('is not led astray by weights that no program loads, by another name, or by a folder', async function () {
    const { 'model.safetensors': weights, ...beside } = filesOf(fork) as Record<string, Uint8Array>
    const decoy = filesOf(other)['model.safetensors']!
    const known = factsOf(sketches.base!)
    for (const name of ['real.safetensors', 'weights.dat', 'deep/model.safetensors'])
      expect(await rulesOf({ 'model.safetensors': decoy, [name]: weights!, ...beside }, known), name).to.deep.equal([
        'lineage.undeclared',
      ])
  })

  it('cannot tell of what it cannot read, and notes where the tests do not apply', async function () {
    const known = factsOf(sketches.base!)
    const { 'model.safetensors': weights } = filesOf(fork) as Record<string, Uint8Array>
    const large = Buffer.alloc(2 ** 20)
    expect(await rulesOf({ 'pytorch_model.bin': large }, known)).to.deep.equal(['lineage.cannot-tell'])
    expect(
      await rulesOf({ 'model.gguf': Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(64, 255)]) }, known),
    ).to.deep.equal(['lineage.cannot-tell unknown'])
    expect(await rulesOf({ 'README.md': '# nothing' }, known)).to.deep.equal(['lineage.cannot-tell note'])
    expect(await rulesOf({ 'model.safetensors': Buffer.from(weights!).subarray(0, 20_000) }, known)).to.deep.equal([
      'lineage.cannot-tell unknown',
    ])
    const header = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    const vision = Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(`${header}x`)])
    expect(await rulesOf({ 'model.safetensors': vision }, known)).to.deep.equal(['lineage.cannot-tell note'])
    const gone = { ...sketches.base!, path: join(folder, 'gone.sketch') }
    expect(await rulesOf(filesOf(fork), factsOf(gone))).to.deep.equal(['lineage.cannot-tell'])
  })

  it('judges in the process of the scans, and gives the same bytes wherever files and sketches are', async function () {
    const scan = async (facts: LineageFacts) =>
      scanModel(createFolder(filesOf(fork) as Record<string, Buffer>), {
        cache: false,
        facts: async () => ({ lineage: facts }),
      })
    const document = await scan(factsOf(sketches.base!, sketches.other!))
    expect(document.verdict).to.equal('failed')
    expect(document.findings.map(({ rule }) => rule)).to.include.members(['lineage.undeclared', 'lineage.compared'])
    const elsewhere = createFolder({})
    const moved = [sketches.other!, sketches.base!].map((sketch, index) => {
      const path = join(elsewhere, `${index}.sketch`)
      copyFileSync(sketch.path, path)
      return { ...sketch, path }
    })
    expect(scanDocumentText(await scan(factsOf(...moved)))).to.equal(scanDocumentText(document))
  })
})
