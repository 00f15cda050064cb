import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import type { Report } from '../../../src/core/report.ts'
import { startWorld, type World } from '../world.ts'

describe('external parents in the command line', function () {
  let world: World
  const base = externalIdOf(externalNameOnHub('nobody/nc-base'))

  before(async function () {
    world = await startWorld()
    for (const license of ['MIT', 'CC-BY-NC-4.0']) await world.ok(`terms publish ${license}`)
    await world.folder('zed__clean', 'license: mit\nbase_model: Nobody/NC-base\nbase_model_relation: finetune')
  })

  after(() => world.stop())

  const verify = (name: string) => world.run(['verify', name, '--use', 'commercial', '--json'])

  it('register names a base that nobody has registered, says so, and does not ask to register what is not yours', async function () {
    const dry = await world.run('register zed__clean --dry-run')
    expect(dry.stderr)
      .to.contain('Nobody has registered the parent "hf:nobody/nc-base"')
      .and.to.contain(base)
      .and.to.contain('do not do so in its place')
    expect(dry.stdout).to.contain(`hf:nobody/nc-base ${base} (finetune, external: nobody had registered it)`)
    const { registration } = await world.ok('register zed__clean')
    expect(registration.parents).to.deep.equal([{ model: base, relation: 'finetune', external: true }])
  })

  it('verify does not permit what an unregistered base may forbid, in any use and by any spelling', async function () {
    for (const name of ['zed/clean', 'Zed/Clean', './zed__clean']) {
      const { code, stdout } = await verify(name)
      const { verdict, findings } = JSON.parse(stdout) as Report
      expect([code, verdict]).to.deep.equal([3, 'unknown'])
      const external = findings.filter((found) => found.code === 'parent-external')
      expect(external.map(({ severity, model }) => [severity, model])).to.deep.equal(
        external.map(() => ['unknown', base]),
      )
      expect(external.map(({ right }) => right)).to.include('commercial')
    }
    const text = await world.run('verify zed/clean --use commercial')
    expect(text.stdout).to.contain('nobody has registered a parent')
  })

  it('ancestry, show and model children print the external parent and its part', async function () {
    await world.ok(
      'register zed__clean --part Nobody/NC-base=encoder --parent Nobody/NC-base=hf:nobody/other --terms none',
    )
    const other = externalIdOf(externalNameOnHub('nobody/other'))
    const models = (await world.ok('show zed/clean')).models as { model: string; registration: { parents: object[] } }[]
    const [first, second] = models.map(({ model }) => model)
    expect(models.map(({ registration }) => registration.parents)).to.deep.equal([
      [{ model: base, relation: 'finetune', external: true }],
      [{ model: other, relation: 'finetune', part: 'encoder', external: true }],
    ])
    const tree = (await world.run(`ancestry ${second}`)).stdout
    expect(tree).to.contain('finetune of the encoder of ').and.to.contain('external: nobody has registered it')
    const { models: lineage } = await world.ok(`ancestry ${second}`)
    expect(lineage[0].parents[0]).to.deep.include({ model: other, relation: 'finetune', part: 'encoder' })
    expect(lineage[1]).to.deep.include({ model: other, external: true })
    expect((await world.run(`show ${second}`)).stdout).to.contain('(finetune of the encoder, external')
    expect((await world.run(`path ${first} ${base}`)).stdout).to.contain(base)
  })

  it('says of the id or the name of an external parent what it is and what can be asked, whatever it is given to', async function () {
    const key = { as: 'acme' } as const
    for (const command of [
      `export bom ${base}`,
      `export summary ${base}`,
      `export statement ${base}`,
      `export svg ${base}`,
      `export bundle ${base} --use host --out b.bundle`,
      `verify ${base} --use host`,
      `show ${base}`,
      'show nobody/nc-base',
      'show https://huggingface.co/Nobody/NC-base',
      `ancestry ${base}`,
      `path ${base} ${base}`,
      `tier list ${base}`,
      `lock add ${base} --use host`,
      `review status ${base}`,
      `review request ${base} --dry-run`,
      `model retire ${base} --reason old`,
    ]) {
      const { code, stderr } = await world.run(command, key)
      expect([code, stderr.split(':')[0]], `${command} ${stderr}`).to.deep.equal([3, 'EXTERNAL_PARENT'])
      expect(stderr, command).to.contain(base).and.to.contain(`stemma model children ${base}`)
    }
    for (const name of [base, 'hf:Nobody/NC-base']) {
      const children = await world.ok(`model children ${name}`)
      expect(children.map((child: { name: string }) => child.name)).to.deep.equal(['zed/clean'])
    }
    const unknown = `0x${'12'.repeat(32)}`
    for (const command of ['export bom', 'model children', 'tier list', 'show', 'ancestry'])
      expect(await world.fails(`${command} ${unknown}`), command).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
    expect(await world.fails('model children hf:nobody/third')).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
  })

  it('a registration of the base by a stranger lifts nothing, and is named: its terms are not taken for the base', async function () {
    const [first] = (await world.ok('show zed/clean')).models
    await world.folder('nobody__nc-base', 'license: mit')
    const { model } = await world.ok('register nobody__nc-base', { as: 'beta' })
    const { code, stdout } = await verify(first.model)
    const report = JSON.parse(stdout) as Report
    expect([code, report.verdict]).to.deep.equal([3, 'unknown'])
    const known = report.findings.find((found) => found.code === 'external-known')
    expect([known?.severity, known?.model]).to.deep.equal(['warning', base])
    expect(known?.reason).to.contain('hf:nobody/nc-base').and.to.contain(model)
    expect(report.models.find((entry) => entry.model === base)?.name).to.equal('hf:nobody/nc-base')
    expect((await world.run(`ancestry ${first.model}`)).stdout).to.contain('hf:nobody/nc-base')
    expect((await world.run(`show ${first.model}`)).stdout).to.contain('hf:nobody/nc-base')
  })

  it('batches take external parents, by their name and without a node', async function () {
    const draft = {
      version: 1,
      name: 'acme/a',
      uri: '',
      weights: `0x${'12'.repeat(32)}`,
      datasets: [],
      method: null,
      terms: { license: 'mit' },
      parents: [{ model: 'hf:Nobody/NC-base', relation: 'merge', part: 'text' }],
    }
    await world.file('drafts.json', [draft])
    const account = `0x${'11'.repeat(20)}`
    await world.ok(`batch build drafts.json --publisher ${account} --output batch.jsonl`)
    const line = JSON.parse(readFileSync(join(world.cwd, 'batch.jsonl'), 'utf8').split('\n')[1]!)
    expect(line.parents).to.deep.equal([{ external: true, model: base, part: 'text', relation: 'merge' }])
    await world.ok('batch check batch.jsonl')
  })
})
