import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { startHubServer, type HubFiles, type HubServer } from '../../subjects/hubServer.ts'
import { KEYS, startWorld, type Run, type World } from '../world.ts'

const CARD = '---\nlicense: mit\nbase_model: acme/base\n---\n# Tiny\n'
const FILES: HubFiles = {
  '.gitattributes': '*.bin filter=lfs\n',
  'README.md': CARD,
  LICENSE: 'A license that nobody knows.',
  'config.json': '{"_name_or_path":"acme/base"}',
  'weights.bin': { lfs: 'the weights' },
}

describe('stemma with a model on the Hub', function () {
  let world: World
  let hub: HubServer

  before(async function () {
    world = await startWorld()
    hub = await startHubServer()
    hub.publish('acme/tiny', FILES, 'v1')
    hub.publish('acme/tiny', FILES)
    await world.folder('acme__tiny', 'license: mit', 'the weights')
    await world.file('acme__tiny/README.md', CARD)
    await world.file('acme__tiny/LICENSE', 'A license that nobody knows.')
    await world.file('acme__tiny/config.json', '{"_name_or_path":"acme/base"}')
  })
  after(async function () {
    await hub.stop()
    await world.stop()
  })

  const run = (args: string, env: NodeJS.ProcessEnv = {}): Promise<Run> =>
    world.run(args, {
      fetch,
      env: { HF_ENDPOINT: hub.endpoint, STEMMA_PRIVATE_KEY: KEYS.acme.privateKey, ...env },
    })
  const ok = async (args: string): Promise<any> => {
    const { code, stderr, json } = await run(`${args} --json`)
    expect(code, stderr).to.equal(0)
    return json()
  }

  it('digests it as its folder, and says what it is the digest of', async function () {
    const folder = await ok('digest acme__tiny')
    const { manifest, subject, ...remote } = await ok('digest hf:acme/tiny')
    expect(remote.digest).to.equal(folder.digest)
    expect(manifest).to.deep.equal(folder.manifest)
    const commit = hub.publish('acme/tiny', FILES)
    expect(subject).to.include({ place: 'hub', name: 'acme/tiny', reference: 'hf:acme/tiny' })
    expect(subject.revision).to.match(/^[0-9a-f]{40}$/)
    expect((await ok(`digest ${hub.endpoint}/acme/tiny/commit/${commit}`)).subject.revision).to.equal(commit)
    expect(folder.subject).to.deep.equal({ reference: 'acme__tiny', place: 'path', name: 'acme/tiny', revision: null })
  })

  it('compares it with a statement', async function () {
    const { manifest, digest } = await ok('digest hf:acme/tiny')
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'tiny', digest: { sha256: digest.slice(2) } }],
      predicateType: 'https://model_signing/signature/v1.0',
      predicate: manifest,
    }
    await world.file('statement.json', statement)
    expect((await ok('digest hf:acme/tiny --statement statement.json')).differences).to.deep.equal([])
    hub.publish('acme/other', { ...FILES, 'weights.bin': { lfs: 'others' } })
    const { code, json } = await run('digest hf:acme/other --statement statement.json --json')
    expect([code, json().differences]).to.deep.equal([1, [{ name: 'weights.bin', kind: 'changed' }]])
  })

  it('drafts it as its folder', async function () {
    const folder = await ok('draft acme__tiny --no-tensors')
    const remote = await ok('draft hf:acme/tiny@v1')
    expect(remote).to.deep.equal(folder)
    expect(remote.name).to.equal('acme/tiny')
    expect(remote.parents.map(({ model }: { model: string }) => model)).to.deep.equal(['acme/base'])
    expect((await run('draft hf:acme/tiny --name ../x')).code).to.equal(2)
  })

  it('leaves tensors out, and says so', async function () {
    hub.publish('acme/tensors', { 'README.md': CARD, 'model.safetensors': { lfs: 'weights' } })
    const digested = await run('digest hf:acme/tensors')
    expect([digested.code, digested.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 0 && /TENSORS_UNREAD/.test(text),
    )
    const listed = await run('digest hf:acme/tensors --tensor-list tensors.list')
    expect([listed.code, listed.stdout]).to.deep.equal([3, ''])
    const drafted = await run('draft hf:acme/tensors')
    expect(drafted.code, drafted.stderr).to.equal(0)
    expect(drafted.stderr).to.contain('needs the weights themselves')
    const checked = await run('review check hf:acme/tensors --use research')
    expect([checked.code, checked.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 3 && /TENSORS_UNREAD/.test(text),
    )
  })

  it('says of weights that nobody registered what has their name', async function () {
    const nobody = await run('verify hf:acme/tiny --use commercial')
    expect(nobody.code).to.equal(3)
    expect(nobody.stderr)
      .to.contain('WEIGHTS_NOT_REGISTERED')
      .and.contain('Nor is anything registered under the name "acme/tiny"')
  })

  it('registers it, and verifies it by its weights, from anywhere', async function () {
    const registered = await ok('register hf:acme/tiny --terms none')
    expect(registered.registration.weights).to.equal((await ok('digest acme__tiny')).digest)
    const verified = await run(`verify ${hub.endpoint}/acme/tiny --use commercial --json`)
    expect(verified.json().model).to.equal(registered.model)
    const folder = await run('verify acme__tiny --use commercial --json')
    expect([verified.code, verified.json().verdict]).to.deep.equal([folder.code, folder.json().verdict])
    expect((await run('review status hf:acme/tiny --json')).json()).to.include({ subject: registered.model })

    hub.publish('acme/tiny', { ...FILES, 'weights.bin': { lfs: 'other weights' } })
    const { code, stderr } = await run('verify hf:acme/tiny --use commercial')
    expect(code).to.equal(3)
    expect(stderr).to.contain(
      `Under the name "acme/tiny" other weights are registered: ${registered.model} by ${KEYS.acme.address.toLowerCase()}`,
    )
    expect((await run('verify hf:acme/tiny@v1 --use commercial')).code).to.equal(folder.code)
  })

  it('gives each fault its exit code, and keeps the token', async function () {
    const failing = async (args: string, env?: NodeJS.ProcessEnv): Promise<[number, string]> => {
      const { code, stdout, stderr } = await run(args, env)
      expect(stdout + stderr).to.not.contain(hub.token)
      return [code, /^([A-Z_]+): /m.exec(stderr)![1]!]
    }
    expect(await failing('verify hf:acme/none --use research')).to.deep.equal([2, 'HUB_NOT_FOUND'])
    expect(await failing('digest hf:acme/tiny@none', { HF_TOKEN: hub.token })).to.deep.equal([2, 'HUB_REVISION'])
    expect(await failing('draft hf:acme/tiny/x')).to.deep.equal([2, 'HUB_REFERENCE'])
    expect(await failing('digest hf:acme/tiny', { HF_ENDPOINT: 'nowhere' })).to.deep.equal([2, 'HUB_ENDPOINT'])
    hub.fault(/revision/, (_, response) => response.writeHead(429, { 'retry-after': '9999' }).end())
    expect(await failing('digest hf:acme/tiny')).to.deep.equal([3, 'HUB_RATE_LIMIT'])
    hub.fault(/revision/, (_, response) => response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end())
    expect(await failing('register hf:acme/tiny')).to.deep.equal([2, 'HUB_GATED'])
  })

  it('writes no draft when the Hub fails', async function () {
    hub.fault(/tree/, (_, response) => response.writeHead(418).end())
    hub.publish('acme/fresh', { ...FILES, 'more.txt': 'x' })
    expect((await run('draft hf:acme/fresh --output fresh.json')).code).to.equal(3)
    expect(await readFile(join(world.cwd, 'fresh.json')).catch(() => undefined)).to.equal(undefined)
  })
})
