import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { sha256Text } from '../../../src/core/sha256.ts'
import { checkedReport, KEYS, startWorld, type Run, type World } from '../world.ts'

const CARD = 'license: apache-2.0'
const ORIGIN = 'https://api.acme.example'
const [acme, beta, stranger] = (['acme', 'beta', 'stranger'] as const).map((name) => KEYS[name].address.toLowerCase())

const checked = ({ json, stderr }: Run): Promise<any> => {
  expect(stderr).not.to.match(/^[A-Z_]+: /m)
  return checkedReport(json())
}

describe('stemma model endpoint', function () {
  this.timeout(120_000)
  let world: World
  let model: string
  let other: string

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish Apache-2.0')
    const register = async (name: string, as: keyof typeof KEYS): Promise<string> => {
      await world.folder(name.replace('/', '__'), CARD, name)
      return (await world.ok(`register ${name.replace('/', '__')}`, { as })).model
    }
    model = await register('acme/base', 'acme')
    other = await register('beta/tuned', 'beta')
  })

  after(() => world.stop())

  it('is stated with evidence, listed, verified by the name that is served, and revoked', async function () {
    const args = `${model} ${ORIGIN} base-1 --until 365d`
    await world.file('report.json', '{"looks": "like base"}')
    const { statement } = await world.ok(`model endpoint state ${args} --grade probed --evidence report.json`)
    const [word] = await world.ok(`model endpoint list ${ORIGIN} base-1`, { as: null })
    expect([word.publisher, word.stated.statement, word.stated.served.grade]).to.deep.equal([acme, statement, 'probed'])
    const digest = sha256Text(await readFile(join(world.cwd, 'report.json'), 'utf8'))
    expect(word.stated.served.evidence).to.equal(digest)

    const question = `verify ${ORIGIN} --served base-1 --use commercial`
    const report = await checked(await world.run(`${question} --json`, { as: null }))
    expect([report.verdict, report.model]).to.deep.equal(['permitted', model])
    const { from, until, block } = report.endpoint.statements[0]
    expect(report.endpoint).to.deep.equal({
      origin: ORIGIN,
      name: 'base-1',
      statements: [
        { statement, publisher: acme, standing: 'accredited', block, from, until, grade: 'probed', evidence: digest },
      ],
    })
    const text = await world.run(question, { as: null })
    expect(text.code, text.stderr).to.equal(0)
    expect(text.stdout).to.contain('the endpoint was not asked').and.contain(`statement ${statement}`)
    expect(text.stdout)
      .to.contain(`${acme} (accredited)`)
      .and.contain(`probed: an outsider's report of SHA-256 ${digest}`)

    expect(
      await world.fails(`model endpoint revoke ${ORIGIN} base-1 --publisher ${acme}`, { as: 'beta' }),
    ).to.deep.equal([2, 'USAGE_AUDIT_UNAUTHORIZED'])
    expect((await world.ok(`model endpoint revoke ${ORIGIN} base-1`)).revoked).to.equal(statement)
    expect(await world.fails(question, { as: null })).to.deep.equal([3, 'NOTHING_STATED'])
    const again = await world.run(`model endpoint revoke ${ORIGIN} base-1`)
    expect(again.stderr).to.contain('states nothing about this endpoint now')
    const listed = await world.run(`model endpoint list ${ORIGIN} base-1`, { as: null })
    expect(listed.stdout).to.contain(`${acme} took back its statement`)
  })

  it('is signed by the publisher and anchored by anybody, once, from a file or a URL', async function () {
    const args = `${model} ${ORIGIN} signed-1 --until 365d`
    await world.ok(`model endpoint state ${args} --sign statement.json`)
    const { url } = await world.ok('share statement.json')
    const { statement, publisher } = await world.ok(`model endpoint anchor ${url}`, { as: 'stranger' })
    expect(publisher).to.equal(acme)
    const report = await checked(
      await world.run(`verify ${ORIGIN} --served signed-1 --use commercial --json`, { as: null }),
    )
    expect(report.endpoint.statements[0]).to.include({ statement, grade: 'stated', evidence: null })
    const text = await world.run(`verify ${ORIGIN} --served signed-1 --use commercial`, { as: null })
    expect(text.stdout).to.contain("stated: the publisher's word only")
    expect(await world.fails('model endpoint anchor statement.json', { as: 'stranger' })).to.deep.equal([
      2,
      'USAGE_AUDIT_OTHER_REVISION',
    ])
    const file = JSON.parse(await readFile(join(world.cwd, 'statement.json'), 'utf8'))
    const spoiled = { ...file, serving: { ...file.serving, statement: { ...file.serving.statement, grade: 'probed' } } }
    await world.file('spoiled.json', spoiled)
    expect(await world.fails('model endpoint anchor spoiled.json')).to.deep.equal([2, 'INVALID_SERVING_STATEMENT'])
  })

  it('is not known by the word of a stranger, unless it is trusted or proves the host; nor when words differ', async function () {
    const state = (id: string, as: keyof typeof KEYS): Promise<unknown> =>
      world.ok(`model endpoint state ${id} ${ORIGIN} open-1 --until forever`, { as })
    const question = `verify ${ORIGIN} --served open-1 --use commercial`
    const nothing = await world.run(question, { as: null })
    expect(nothing.code).to.equal(3)
    expect(nothing.stderr).to.contain('no publisher has stated anything').and.contain('stemma model endpoint state')
    await state(other, 'stranger')
    const refused = await world.run(question, { as: null })
    expect(refused.code).to.equal(3)
    expect(refused.stderr).to.contain(`nobody vouches for the only publisher that has spoken of it (${stranger})`)
    await world.file('policy.json', { version: 1, trustedPublishers: [stranger] })
    const trusted = await checked(await world.run(`${question} --policy policy.json --json`, { as: null }))
    expect(trusted.endpoint.statements.map(({ standing }: any) => standing)).to.deep.equal(['trusted'])
    await state(model, 'acme')
    expect((await checked(await world.run(`${question} --json`, { as: null }))).model).to.equal(model)
    await state(other, 'beta')
    const contradicting = await world.run(question, { as: null })
    expect(contradicting.code).to.equal(3)
    expect(contradicting.stderr).to.contain(`${model} by ${acme}; ${other} by ${beta}`)
  })

  it('refuses, before it asks a node, what cannot be an endpoint, and grades without their evidence', async function () {
    const tries = [
      `model endpoint state ${model} ${ORIGIN}/v1 base-1 --until 1d`,
      `model endpoint state ${model} ${ORIGIN} base-1 --until 1d --grade probed`,
      `model endpoint state ${model} ${ORIGIN} base-1 --until 1d --evidence report.json`,
      `model endpoint state ${model} ${ORIGIN} base-1 --until 1d --signer ${acme}`,
      `model endpoint revoke acme.example base-1`,
      `verify ${ORIGIN}/ --served base-1 --use host`,
      `verify ${ORIGIN} --use host`,
      `verify ${ORIGIN}/ --use host`,
      `verify --served base-1 --use host`,
      `verify ${ORIGIN} --served base-1 --use host --bundle some.bundle --trusted-block 0x${'1'.repeat(64)}`,
    ]
    for (const args of tries) {
      const { code, stderr } = await world.run(`${args} --rpc http://127.0.0.1:1`)
      expect([args, code]).to.deep.equal([args, 2])
      expect(stderr, args).to.match(/endpoint|origin|evidence|--signer|bundle/i)
    }
  })
})
