import { expect } from 'chai'

import { createApi } from '../../../packages/server/src/api/api.ts'
import { listen } from '../../../packages/server/src/api/listen.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { createRpc } from '../../../packages/server/src/indexer/rpc.ts'
import { KINDS } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'
import { KEYS, startWorld, type World } from '../world.ts'

describe('stemma list and search', function () {
  let world: World

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    for (const [name, license] of [
      ['acme__tiny-chat', 'mit'],
      ['acme__base', 'mit'],
      ['acme__Vision', 'other'],
    ] as const) {
      await world.folder(name, `license: ${license}`)
      await world.ok(`register ${name}${license === 'mit' ? ' --terms MIT' : ' --terms none'}`)
    }
    await world.ok('model retire acme/base')
  })
  after(async function () {
    await world.stop()
  })

  const listed = async (more: string): Promise<string[]> =>
    (await world.ok(`list ${more}`.trim())).models.map(({ uri }: { uri: string }) => uri.replace(/.*\//, ''))

  it('lists models in every order and page, and by every filter', async function () {
    expect(await listed('')).to.deep.equal(['Vision', 'base', 'tiny-chat'])
    expect(await listed('--order oldest')).to.deep.equal(['tiny-chat', 'base', 'Vision'])
    expect(await listed('--order name')).to.deep.equal(['base', 'tiny-chat', 'Vision'])
    expect(await listed('--order name-descending --limit 2')).to.deep.equal(['Vision', 'tiny-chat'])
    const { next } = await world.ok('list --order name --limit 2')
    expect(await listed(`--order name --after ${next}`)).to.deep.equal(['Vision'])
    expect(await listed('--license mit --order name')).to.deep.equal(['base', 'tiny-chat'])
    expect(await listed('--status retired')).to.deep.equal(['base'])
    expect(await listed('--name TINY')).to.deep.equal(['tiny-chat'])
    expect(await listed(`--publisher ${KEYS.beta.address}`)).to.deep.equal([])
    expect((await world.run('list --name nothing')).stdout).to.equal('No models.\n')
  })

  it('prints a table of at most 80 characters a line', async function () {
    const { stdout, stderr } = await world.run('list --limit 2')
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).to.match(/^MODEL +ID +PUBLISHER +LICENSE +STATUS$/)
    expect(lines[1]).to.match(/^acme\/Vision +0x[0-9a-f]{8}… +0x[0-9a-f]{8}… +- +active$/)
    expect(lines[2]).to.match(/^acme\/base +0x.+ MIT +retired$/)
    expect(lines[3]).to.match(/^More: --after 0x[0-9a-f]{64}$/)
    for (const line of lines.slice(0, 3)) expect(line.length).to.be.at.most(80)
    expect(stderr).to.contain('With --indexer <url> an index answers at once.')
  })

  it('finds a model in every spelling, and says by what', async function () {
    const spellings = ['acme/base', 'ACME/Base', 'https://huggingface.co/acme/base/', 'hf.co/acme/base', 'hf:acme/base']
    for (const text of spellings) {
      const { hits, suggestions } = await world.ok(['search', text])
      expect([hits.length, hits[0].by, suggestions], text).to.deep.equal([1, 'uri', []])
    }
    const { stdout } = await world.run('search tiny')
    expect(stdout).to.match(/^By name:\nMODEL .+\nacme\/tiny-chat +/)
    expect((await world.ok('search mit')).hits.map(({ by }: { by: string }) => by)).to.deep.equal([
      'license',
      'license',
    ])
    expect((await world.ok(['search', KEYS.acme.address])).hits.length).to.equal(3)
  })

  it('says what may have been meant, and exits with 1 when nothing is found', async function () {
    for (const text of ['acme/tiny-caht', 'acmee/tiny-chat', 'ACME/tiny_chta', 'tinychat2']) {
      const { code, stdout, stderr } = await world.run(['search', text])
      expect([code, stdout], text).to.deep.equal([1, `Nothing was found for "${text}".\n`])
      expect(stderr, text).to.contain('Did you mean "acme/tiny-chat"?')
    }
    const { code, stdout, stderr } = await world.run(['search', '%', '--json'])
    expect([code, JSON.parse(stdout).hits, JSON.parse(stdout).suggestions]).to.deep.equal([1, [], []])
    expect(stderr).to.contain('Note: A search takes owner/name or a URI, the beginning of a name without its owner')
  })

  it('says what may have been meant where another command does not know a name', async function () {
    for (const command of ['show', 'verify', 'ancestry', 'model children']) {
      const use = command === 'verify' ? ' --use research' : ''
      const { code, stderr } = await world.run(`${command} acme/tiny-caht${use}`)
      expect(code, command).to.equal(3)
      expect(stderr, command).to.contain('MODEL_NOT_REGISTERED: ').and.to.contain('Did you mean "acme/tiny-chat"?')
    }
    expect((await world.run('show globex/tiny-caht')).stderr).to.not.contain('Did you mean')
  })

  it('asks an index in place of the node', async function () {
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(world.deployment, createRpc({ url: world.rpcUrl }), store)
    const database = openDatabase(where)
    const api = createApi({ database })
    const server = await listen((request) => api.fetch(request), { port: 0, host: '127.0.0.1' })
    try {
      for (const command of ['list --order name', 'search tiny', 'search acme/tiny-chat', 'search acme/base']) {
        const indexed = `${command} --indexer ${server.url} --rpc http://127.0.0.1:9`
        const { next: _place, ...found } = await world.ok(indexed)
        const { next: _none, ...expected } = await world.ok(command)
        expect(found, command).to.deep.equal(expected)
      }
      const { code, stderr } = await world.run(`search acme/tiny-caht --indexer ${server.url}`)
      expect([code, stderr]).to.deep.equal([1, 'Note: Did you mean "acme/tiny-chat"?\n'])
    } finally {
      await server.close(0)
      await database.close()
      await store.close()
    }
  })

  it('prints names whole that commands take, up to 46 characters', async function () {
    const name = `acme/${'long-name-'.repeat(4)}x`
    await world.folder(name.replace('/', '__'), 'license: other')
    await world.ok(`register ${name.replace('/', '__')} --terms none`)
    const lines = (await world.run('list --limit 2')).stdout.split('\n')
    expect(lines[1]).to.match(new RegExp(`^${name}  0x`))
    expect(lines[0]!.indexOf('ID')).to.equal(name.length + 2)
    expect(lines[2]!.indexOf('0x')).to.equal(name.length + 2)
    await world.ok(['show', name])
  })

  it('refuses wrong options, and exits with 3 when the index does not answer', async function () {
    for (const wrong of [
      'list --limit 0',
      'list --limit 101',
      'list --publisher 0x12',
      'list --after x',
      'list --order size',
    ]) {
      expect((await world.fails(wrong))[0], wrong).to.equal(2)
    }
    expect(await world.fails(['search', ' '])).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('list --indexer ftp://x')).to.deep.equal([2, 'INVALID_QUERY_URL'])
    expect(await world.fails('list --indexer http://127.0.0.1:9')).to.deep.equal([3, 'QUERY_UNREACHABLE'])
  })
})
