import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { llamaFiles } from '../../fingerprint/modelFiles.ts'
import { continued, permuted, randomModel, type RandomModel } from '../../fingerprint/randomModel.ts'
import { startWorld, type RunOptions, type World } from '../world.ts'

const SMALL = { columns: 64, rows: 128, layers: 2, vocabulary: 512 }

describe('stemma weights scan --registered --sketches', function () {
  this.timeout(240_000)
  let world: World
  const base = randomModel(1, SMALL)
  const fork = permuted(continued(base, 0.05, 3), 4)
  const sibling = continued(base, 0.05, 7)

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    await mkdir(join(world.cwd, 'sketches'))
  })
  after(() => world.stop())

  const write = async (name: string, model: RandomModel, card = 'license: mit'): Promise<void> => {
    const folder = join(world.cwd, name)
    await mkdir(folder)
    await writeFile(join(folder, 'README.md'), `---\n${card}\n---\n`)
    for (const file of llamaFiles(model)) await writeFile(join(folder, file.name), file.read(0, file.size))
  }
  /** Registers a folder, and commits to the sketch of another, which it puts into the folder of sketches. Returns the model. */
  const register = async (name: string, sketched: string, as: RunOptions['as'] = 'acme'): Promise<string> => {
    const { annex } = await world.ok(`weights sketch ${sketched} --output ${name}.sketch --annex ${name}.annex.json`)
    await world.ok(`draft ${name} --output ${name}.json`)
    const draft = JSON.parse(await readFile(join(world.cwd, `${name}.json`), 'utf8'))
    await world.file(`${name}.json`, { ...draft, annex })
    const { model } = await world.ok(`register ${name}.json`, { as })
    for (const end of ['sketch', 'annex.json'])
      await copyFile(join(world.cwd, `${name}.${end}`), join(world.cwd, 'sketches', `${model}.${end}`))
    return model
  }
  const scan = async (name: string) => {
    const { code, stderr, json } = await world.run(
      `weights scan ${name} --registered --sketches sketches --json --deployment local`,
    )
    const findings: any[] = json().document.findings
    const lineage = findings.filter(({ rule }) => rule.startsWith('lineage.') && rule !== 'lineage.compared')
    return { code, stderr, lineage, rules: lineage.map(({ rule, level }) => `${rule} ${level}`) }
  }

  it('fails a fork of a registered model whose card says nothing, and not one that declares it', async function () {
    await write('acme__base', base)
    const model = await register('acme__base', 'acme__base')
    await write('downloaded', fork)
    const { code, lineage, rules } = await scan('downloaded')
    expect([code, rules]).to.deep.equal([1, ['lineage.undeclared fail']])
    expect(lineage[0].what).to.contain(`not independent of "acme/base" (${model})`)
    expect((await scan('acme__base')).rules).to.deep.equal([])
    const card = 'license: mit\nbase_model: acme/base\nbase_model_relation: finetune'
    await write('beta__declared', fork, card)
    await register('beta__declared', 'beta__declared', 'beta')
    expect((await scan('beta__declared')).rules).to.deep.equal([])
    // The other way too: the child declares it.
    expect((await scan('acme__base')).rules).to.deep.equal([])
    await write('gamma__sibling', sibling, card)
    await world.ok('register gamma__sibling', { as: 'gamma' })
    expect((await scan('gamma__sibling')).rules).to.deep.equal(['lineage.related note'])
  })

  it('fails one that was registered without its parent', async function () {
    await write('gamma__silent', continued(base, 0.06, 11))
    await world.ok('register gamma__silent', { as: 'gamma' })
    const { rules } = await scan('gamma__silent')
    // Of the base and of the fork that declares it.
    expect(rules).to.deep.equal(['lineage.undeclared fail', 'lineage.undeclared fail'])
  })

  it('counts no sketch to which no registration commits, that is copied later, or that is not one, and says why', async function () {
    const folder = join(world.cwd, 'sketches')
    await write('gamma__copier', randomModel(21, SMALL))
    const copier = await register('gamma__copier', 'acme__base', 'gamma')
    const bytes = await readFile(join(world.cwd, 'acme__base.sketch'))
    const unknown = `0x${'5'.repeat(64)}`
    await writeFile(join(folder, `${unknown}.sketch`), bytes)
    await writeFile(join(folder, 'nameless.sketch'), bytes)
    await writeFile(join(folder, 'garbage.sketch'), Buffer.alloc(100, 7))
    await writeFile(join(folder, 'long.sketch'), Buffer.alloc(100_000, 7))
    await mkdir(join(folder, 'folder.sketch'))
    await write('gamma__other', randomModel(31, SMALL))
    const other = await register('gamma__other', 'gamma__other', 'gamma')
    await writeFile(join(folder, `${other}.annex.json`), '{"sketch-1":"nothing"}')
    await write('gamma__third', randomModel(32, SMALL))
    const third = await register('gamma__third', 'gamma__third', 'gamma')
    await writeFile(join(folder, `${third}.sketch`), bytes)
    const { stderr, rules } = await scan('downloaded')
    // Of the base, and of the registered fork with the same tensors.
    expect(rules).to.deep.equal(['lineage.undeclared fail', 'lineage.undeclared fail'])
    for (const [name, why] of [
      [copier, 'it has rows of 0x'],
      [unknown, 'the ledger has no such model'],
      ['nameless', 'its name is not the id of a model'],
      ['garbage', 'The sketch has'],
      ['long', 'it cannot be read, or is too long'],
      ['folder', 'it cannot be read, or is too long'],
      [other, 'there is no annex beside it'],
      [third, 'the annex commits to another sketch'],
    ])
      expect(stderr).to.contain(`The sketch "${name}" does not count: ${why}`)
  })
})
