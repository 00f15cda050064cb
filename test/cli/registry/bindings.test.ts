import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import type { Report } from '../../../src/core/report.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const EXTERNAL = externalIdOf(externalNameOnHub('nobody/base'))
const NAME = 'hf:Nobody/Base'

describe('bindings of external parents in the command line', function () {
  let world: World
  let child: string
  let [open, closed] = ['', '']

  before(async function () {
    world = await startWorld()
    for (const license of ['MIT', 'CC-BY-NC-4.0']) await world.ok(`terms publish ${license}`)
    await world.folder('zed__clean', 'license: mit\nbase_model: Nobody/Base\nbase_model_relation: finetune')
    ;({ model: child } = await world.ok('register zed__clean'))
    await world.folder('acme__open', 'license: mit')
    ;({ model: open } = await world.ok('register acme__open'))
    await world.folder('acme__closed', 'license: cc-by-nc-4.0')
    ;({ model: closed } = await world.ok('register acme__closed'))
  })

  after(() => world.stop())

  const verify = async (more = '') => {
    const { code, stdout } = await world.run(`verify ${child} --use commercial --json${more}`)
    const { verdict, findings } = JSON.parse(stdout) as Report
    return { code, verdict, codes: findings.map((found) => found.code), findings }
  }

  it('model bind takes a name in any case, and verify then asks the terms of the model', async function () {
    expect((await verify()).verdict).to.equal('unknown')
    await world.ok(`model bind ${NAME} ${open}`)
    expect(await verify()).to.deep.include({ verdict: 'permitted' })
    expect((await verify()).codes).to.not.include('parent-external')
    expect((await world.run(`show ${child}`)).stdout).to.contain(`${EXTERNAL} is ${open}`)
    const tree = (await world.run(`ancestry ${child}`)).stdout
    expect(tree).to.contain('acme/open').and.to.contain('bound')
  })

  it('verify answers unknown when the binding changes, until stemma trust accepts what was shown', async function () {
    await world.ok(`model bind ${EXTERNAL} ${open} --remove`)
    await world.ok(`model bind ${EXTERNAL} ${closed}`)
    const changed = await verify()
    expect([changed.code, changed.verdict]).to.deep.equal([1, 'not-permitted'])
    await world.ok(`model bind ${EXTERNAL} ${closed} --remove`)
    await world.folder('acme__other', 'license: mit')
    const { model: other } = await world.ok('register acme__other')
    await world.ok(`model bind ${EXTERNAL} ${other}`)
    const moved = await verify()
    expect([moved.code, moved.verdict, moved.codes.includes('binding-changed')]).to.deep.equal([3, 'unknown', true])
    const found = moved.findings.find(({ code }) => code === 'binding-changed')!
    expect(found.reason).to.contain(other).and.to.contain(open)
    const text = (await world.run(`verify ${child} --use commercial`)).stdout.replaceAll(/\s+/g, ' ')
    expect(text)
      .to.contain('bound to something else than when you first saw it')
      .and.to.contain(`stemma trust ${EXTERNAL}`)

    const listed = await world.ok('trust --list')
    expect(listed.find((entry: { external?: string }) => entry.external === EXTERNAL)).to.deep.include({
      models: [open],
      changedTo: [other],
    })
    expect((await world.run('trust --list')).stdout).to.contain(`changed  external parent ${EXTERNAL}`)
    const { trusted } = await world.ok(`trust ${NAME}`)
    expect(trusted[0]).to.deep.include({ external: EXTERNAL, models: [other], changedTo: null })
    expect((await verify()).code).to.equal(0)
    expect(await world.fails(`trust ${NAME}`)).to.deep.equal([2, 'BINDING_NOT_CHANGED'])
    const { removed } = await world.ok(`trust --remove ${EXTERNAL}`)
    expect(removed.map(({ external }: { external: string }) => external)).to.deep.equal([EXTERNAL])
    expect(await world.fails(`trust --remove ${EXTERNAL}`)).to.deep.equal([2, 'BINDING_NOT_PINNED'])
    await world.ok(`model bind ${EXTERNAL} ${other} --remove`)
  })

  it('model bind --as publisher states a binding, which counts for readers who trust the publisher alone', async function () {
    await world.folder('beta__root', 'license: mit')
    const { model: root } = await world.ok('register beta__root', { as: 'beta' })
    const bind = `model bind ${NAME} ${root} --as publisher`
    await world.ok(bind, { as: 'beta' })
    expect((await verify()).verdict).to.equal('unknown')
    const trustOnly = async (name: string, accounts: string[]) =>
      ` --policy ${await world.file(name, { version: 1, trustedPublishers: accounts })}`
    const acme = KEYS.acme.address.toLowerCase()
    const beta = KEYS.beta.address.toLowerCase()
    expect((await verify(await trustOnly('acme.json', [acme]))).verdict).to.equal('unknown')
    const both = await verify(await trustOnly('both.json', [acme, beta]))
    expect(both.verdict).to.equal('permitted')
    await world.ok(`${bind} --remove`, { as: 'beta' })
    expect((await verify(await trustOnly('again.json', [acme, beta]))).verdict).to.equal('unknown')
    expect(await world.fails(`${bind} --publisher ${acme}`, { as: 'beta' })).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_NOT_CONTROLLER',
    ])
    expect(await world.fails(`model bind ${NAME} ${root} --publisher ${acme}`)).to.deep.equal([2, 'USAGE'])
  })

  it('claim file --replaces names the external parent, and only a ruling ends the doubt', async function () {
    const evidence = { version: 1, summary: 'the tensors are equal', items: [{ kind: 'weights', text: 'compared' }] }
    await world.file('evidence.json', evidence)
    const options = `--parent ${open} --relation finetune --evidence evidence.json`
    const file = (name: string, more = '') => `claim file ${child} ${options} --out ${name} ${more}`.trim()
    const replaces = `--replaces ${NAME}`
    expect(await world.fails(file('x.json', '--replaces tensors:12'))).to.deep.equal([2, 'INVALID_EXTERNAL_NAME'])
    expect(await world.fails(file('x.json', '--replaces hf:nobody/else'), { as: 'beta' })).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_UNKNOWN_EDGE',
    ])
    const product = `claim file https://shop.example --product ${options} --out x.json ${replaces}`
    expect(await world.fails(product)).to.deep.equal([2, 'USAGE'])

    const friend = await world.ok(file('friend.json', replaces), { as: 'beta' })
    await world.ok(`claim acknowledge ${friend.claim}`)
    expect((await verify()).verdict).to.equal('unknown')
    const { claim } = await world.ok(file('claim.json', replaces), { as: 'stranger' })
    const readClaim = await world.ok(`claim show ${claim}`)
    expect(readClaim.replaces).to.equal(EXTERNAL)
    expect((await world.run(`claim show ${claim}`)).stdout).to.contain(`the external parent ${EXTERNAL}`)
    await world.ok(`claim contest ${claim}`)
    await world.ok(`claim accept ${claim}`)
    await world.ok(`claim rule ${claim} --uphold`)
    const shownModel = await world.ok(`show ${child}`)
    expect(shownModel.models[0].externalParents).to.deep.equal([{ external: EXTERNAL, boundTo: [], replaced: true }])
    expect((await world.run(`show ${child}`)).stdout).to.contain(`${EXTERNAL}, by a ruling`)
    const ruled = await verify()
    expect(ruled.verdict).to.equal('permitted')
    expect(ruled.codes).to.include('external-replaced')
    expect((await world.run(`verify ${child} --use commercial`)).stdout).to.contain('An adjudicator ruled')
  })
})
