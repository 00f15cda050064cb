import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { appendFile, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { expect } from 'chai'

import { takeLock } from '../../../src/console/processLock.ts'
import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { inDepth, someInDepth } from '../../fixtures/inDepth.ts'
import { startHubServer, type HubFiles, type HubServer } from '../../subjects/hubServer.ts'
import { KEYS, startWorld, type Run, type RunOptions, type World } from '../world.ts'

const ACME = KEYS.acme.address.toLowerCase()
const BETA = KEYS.beta.address.toLowerCase()
/** How many models the large import has, and how many requests it needs. */
const [MANY, REQUESTS] = inDepth([200, 4], [2000, 40])

/** A repository with a card that names parents, and weights of its own. */
function repository(weights: string, ...parents: string[]): HubFiles {
  const bases = parents.map((parent) => `\n  - ${parent}`).join('')
  const card = `---\nlicense: mit\n${bases === '' ? '' : `base_model:${bases}\n`}---\n# Model\n`
  return { 'README.md': card, 'weights.bin': { lfs: weights } }
}

/** A node that passes requests on to another, and calls `onSend` around those that send a transaction. */
async function startProxy(
  target: string,
  onSend: (pass: () => Promise<void>) => Promise<void>,
): Promise<{ url: string; stop: () => void }> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const pass = async (): Promise<void> => {
      const headers = { 'content-type': 'application/json' }
      response.writeHead(200, headers).end(await (await fetch(target, { method: 'POST', headers, body })).text())
    }
    await (body.includes('eth_sendRawTransaction') ? onSend(pass) : pass())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

describe('stemma import', function () {
  let world: World
  let hub: HubServer
  let owners = 0
  /** A name of an owner of its own for each test, so that no test sees the models of another. */
  let owner: string

  before(async function () {
    world = await startWorld()
    hub = await startHubServer()
    await world.ok('terms publish MIT')
  })
  beforeEach(function () {
    owner = `owner${++owners}`
    hub.mend()
    hub.asked.length = 0
  })
  after(async function () {
    await hub.stop()
    await world.stop()
  })

  const publish = (name: string, ...parents: string[]): string =>
    hub.publish(`${owner}/${name}`, repository(`${owner}/${name}`, ...parents.map((each) => `${owner}/${each}`)))
  const run = (args: string, as: keyof typeof KEYS | null = 'acme', options: RunOptions = {}): Promise<Run> =>
    world.run(args.replaceAll('@@', owner), {
      fetch,
      env: { HF_ENDPOINT: hub.endpoint, ...(as && { STEMMA_PRIVATE_KEY: KEYS[as].privateKey }) },
      signal: AbortSignal.timeout(120_000),
      ...options,
    })
  const json = async (args: string, as?: keyof typeof KEYS | null, code = 0): Promise<Record<string, any>> => {
    const result = await run(`${args} --json`, as)
    expect(result.code, result.stderr).to.equal(code)
    return Object.fromEntries(result.json().models.map((row: any) => [row.name.replace(/^.*?\//, ''), row]))
  }
  const parentsOf = (row: any): [string, string][] =>
    row.parents.map(({ name, kind }: any) => [name.replace(/^.*\//, ''), kind])

  it('proposes a lineage without a key, registers nothing, and writes drafts', async function () {
    publish('base')
    publish('tuned', 'base')
    publish('merged', 'tuned', 'base', 'hidden')
    const rows = await json('import hf:@@/merged --recursive --dry-run --output drafts', null)
    expect(Object.keys(rows)).to.deep.equal(['base', 'tuned', 'merged'])
    expect(Object.values(rows).map(({ status, named }) => [status, named])).to.deep.equal([
      ['proposed', false],
      ['proposed', false],
      ['proposed', true],
    ])
    expect(parentsOf(rows.merged)).to.deep.equal([
      ['tuned', 'imported'],
      ['base', 'imported'],
      ['hidden', 'external'],
    ])
    expect(rows.merged.parents[2].model).to.equal(externalIdOf(externalNameOnHub(`${owner}/hidden`)))
    expect(rows.merged.notes.join()).to.contain(`external parent`).and.contain('or it is private')
    expect((await readdir(join(world.cwd, 'drafts'))).filter((name) => name.startsWith(owner))).to.deep.equal(
      ['base', 'merged', 'tuned'].map((name) => `${owner}__${name}.json`),
    )
    const drafted = JSON.parse(await readFile(join(world.cwd, `drafts/${owner}__tuned.json`), 'utf8'))
    expect(drafted).to.deep.equal((await run('draft hf:@@/tuned')).json())
    expect((await run('show @@/merged')).code).to.not.equal(0)
  })

  it('registers a lineage in one transaction, parents first, and nothing the next time', async function () {
    publish('base')
    publish('tuned', 'base')
    const first = await run('import hf:@@/tuned --recursive --yes --json')
    expect(first.code, first.stderr).to.equal(0)
    const [base, tuned] = first.json().models
    expect(base.transaction).to.equal(tuned.transaction)
    expect(tuned.parents[0]).to.include({ kind: 'imported', model: base.models[0] })
    expect(first.stderr).to.contain(`in the name of ${ACME}`).and.contain('it does not make it theirs')
    expect((await run(`ancestry ${tuned.models[0]}`)).stdout).to.contain(`finetune of ${owner}/base`)
    const again = await json('import hf:@@/tuned --recursive --yes', 'beta')
    expect(again.tuned).to.include({ status: 'known', transaction: null })
    expect(again.tuned.publishers).to.deep.equal([ACME])
    const text = await run('import hf:@@/tuned --dry-run', null)
    expect(text.stdout).to.contain(`registered before ${owner}/tuned: ${tuned.models[0]} by ${ACME}`)
  })

  it('leaves ancestors external without --recursive, and does not ask the Hub about them', async function () {
    publish('base')
    publish('tuned', 'base')
    const rows = await json('import @@/tuned --yes')
    expect(Object.keys(rows)).to.deep.equal(['tuned'])
    expect(parentsOf(rows.tuned)).to.deep.equal([['base', 'external']])
    expect(hub.asked.filter(({ path }) => path.includes('/base'))).to.deep.equal([])
  })

  it('uses what others have registered, by name or by weights, and names them', async function () {
    publish('base')
    publish('tuned', 'base')
    publish('other', 'base')
    const base = (await run('register hf:@@/base --json', 'beta')).json().model
    expect((await json('import @@/tuned --dry-run')).tuned.parents[0]).to.include({
      kind: 'registered',
      model: base,
      by: BETA,
    })
    // Under another name, but with the weights that the Hub has.
    hub.publish(`${owner}/copy`, repository(`${owner}/base`))
    hub.publish(`${owner}/child`, repository(`${owner}/child`, `${owner}/copy`))
    const rows = await json('import @@/child --recursive --dry-run')
    expect(Object.keys(rows)).to.deep.equal(['child'])
    expect(rows.child.parents[0]).to.include({ kind: 'registered', model: base, by: BETA })
  })

  it('does not choose among several registrations, and takes --parent', async function () {
    publish('base')
    publish('tuned', 'base')
    publish('free')
    const models = ['stranger', 'beta', 'gamma'] as const
    const ids = []
    for (const as of models) ids.push((await run('register hf:@@/base --json', as)).json().model)
    const rows = await json('import @@/tuned @@/free --recursive --yes', 'acme', 2)
    expect(rows.tuned.error.code).to.equal('AMBIGUOUS_PARENT')
    expect(rows.tuned.error.message).to.contain(ids[1]).and.contain(ids[2]).and.not.contain(ids[0])
    expect(rows.free.status).to.equal('registered')
    const chosen = await json(`import @@/tuned --recursive --yes --parent @@/base=${ids[2]}`)
    expect(chosen.tuned.parents[0]).to.include({ kind: 'registered', model: ids[2] })
    expect((await run(`import @@/free --dry-run --parent @@/nobody=${ids[2]}`)).code).to.equal(2)
  })

  it('prefers the word of an accredited publisher', async function () {
    publish('base')
    publish('tuned', 'base')
    await run('register hf:@@/base', 'stranger')
    const base = (await run('register hf:@@/base --json', 'beta')).json().model
    const rows = await json('import @@/tuned --recursive --dry-run')
    expect(rows.tuned.parents[0]).to.include({ model: base, by: BETA })
  })

  it('asks a person, and registers nothing before the answer is yes', async function () {
    publish('tiny')
    let printed = ''
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        printed += String(chunk)
        done()
      },
    })
    const asked: string[] = []
    const terminal = (answer: boolean) => ({
      stream,
      askSecret: () => Promise.reject(new Error('no secret')),
      confirm: async (question: string) => {
        asked.push(question)
        return answer
      },
    })
    const no = await run('import @@/tiny', 'acme', { terminal: terminal(false) })
    expect([no.code, no.stdout]).to.satisfy(([code, text]: any) => code === 0 && text.startsWith('proposed'))
    expect(no.stderr).to.contain(`proposed ${owner}/tiny`).and.contain('Nothing was registered')
    expect(asked).to.deep.equal([`Register 1 model in the name of ${ACME}? [y/N] `])
    const yes = await run('import @@/tiny', 'acme', { terminal: terminal(true) })
    expect(yes.stdout).to.match(/^registered /)
    expect(printed).to.contain('Reading the Hub: 100%')
    expect((await run('import @@/tiny')).stderr)
      .to.contain('USAGE')
      .and.contain('--yes')
    expect((await run('import @@/tiny --yes --dry-run')).code).to.equal(2)
  })

  it('reads the models of a cycle once, and names the one as an external parent', async function () {
    publish('a', 'b')
    publish('b', 'c')
    publish('c', 'a')
    const rows = await json('import @@/a --recursive --yes')
    expect(Object.values(rows).map(({ status }) => status)).to.deep.equal(['registered', 'registered', 'registered'])
    expect(parentsOf(rows.c)).to.deep.equal([['a', 'external']])
    expect(rows.c.notes.join()).to.contain('cannot descend from itself')
    expect(parentsOf(rows.a)).to.deep.equal([['b', 'imported']])
    expect(hub.asked.filter(({ path }) => path.includes('/revision/main')).length).to.equal(3)
  })

  it('refuses more parents than a registration has, and goes on with the others', async function () {
    hub.publish(`${owner}/bomb`, repository('bomb', ...Array.from({ length: 10_000 }, (_, index) => `x/p${index}`)))
    publish('child', 'bomb')
    publish('free')
    const rows = await json('import @@/bomb @@/child @@/free --recursive --dry-run', null, 2)
    expect(rows.bomb.error.code).to.equal('TOO_MANY_PARENTS')
    expect(rows.free.status).to.equal('proposed')
    expect(parentsOf(rows.child)).to.deep.equal([['bomb', 'external']])
    expect(hub.asked.length).to.be.below(30)
  })

  it('ends at the depth that is asked for, and says so', async function () {
    for (let index = 0; index < 5; index++) publish(`g${index}`, `g${index + 1}`)
    const rows = await json('import @@/g0 --recursive --depth 2 --dry-run')
    expect(Object.keys(rows)).to.deep.equal(['g2', 'g1', 'g0'])
    expect(parentsOf(rows.g2)).to.deep.equal([['g3', 'external']])
    expect(rows.g2.notes.join()).to.contain('more than 2 generations')
  })

  it('follows a new name, and refuses a model that is its own parent under an earlier one', async function () {
    publish('now')
    publish('child', 'before')
    hub.rename(`${owner}/before`, `${owner}/now`)
    const rows = await json('import @@/child @@/now --recursive --yes')
    expect(Object.keys(rows)).to.have.members(['now', 'child'])
    expect(rows.child.parents[0].model).to.equal(rows.now.models[0])
    publish('self', 'self-before')
    hub.rename(`${owner}/self-before`, `${owner}/self`)
    expect((await json('import @@/self --recursive --dry-run', null, 2)).self.error.code).to.equal('SELF_PARENT')
  })

  it('makes no external parent of one that cannot be read for now', async function () {
    publish('base')
    publish('tuned', 'base')
    publish('tuned-more', 'tuned')
    publish('free')
    hub.fault(/base\/revision/, (_, response) => response.writeHead(429, { 'retry-after': '9999' }).end(), 1)
    await world.file('busy.txt', [`${owner}/free`, `${owner}/tuned-more`, `${owner}/tuned`].join('\n'))
    const rows = await json('import --file busy.txt --recursive --yes', 'acme', 3)
    expect([rows.free.status, rows.tuned.error.code, rows['tuned-more'].error.code]).to.deep.equal([
      'registered',
      'PARENT_UNREAD',
      'PARENT_UNREAD',
    ])
    const again = await json('import --file busy.txt --recursive --yes')
    expect(Object.values(again).map(({ status }) => status)).to.deep.equal(Array(4).fill('registered'))
  })

  it('takes gated and disabled ancestors for external, and a refused token for a failure', async function () {
    publish('child', 'gated')
    const refuse = (status: number, code?: string) => {
      hub.mend()
      hub.fault(
        /gated\/revision/,
        (_, response) => response.writeHead(status, { ...(code && { 'x-error-code': code }) }).end(),
        9,
      )
    }
    for (const [status, code] of [[403, 'GatedRepo'], [451]] as const) {
      refuse(status, code)
      const { child } = await json('import @@/child --recursive --dry-run')
      expect(parentsOf(child)).to.deep.equal([['gated', 'external']])
      expect(child.notes.join()).to.contain(code === undefined ? 'refuses to show' : 'is gated')
    }
    hub.mend()
    hub.fault(
      /gated\/revision/,
      (_, response) => response.writeHead(401, { 'x-error-code': 'X', 'x-error-message': 'Invalid credentials' }).end(),
      9,
    )
    const refused = await run('import @@/child --recursive --dry-run --json', null, {
      env: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: 'hf_wrong' },
    })
    expect([refused.code, refused.json().models[0].error.code]).to.deep.equal([2, 'PARENT_REFUSED'])
  })

  describe('with a list', function () {
    it('takes comments, repeats and every spelling, and names the line that is wrong before it asks anybody', async function () {
      publish('one')
      publish('two')
      const lines = ['# ours', '', `${owner}/one # the first`, `hf:${owner}/ONE`, `${hub.endpoint}/${owner}/two`]
      await world.file('list.txt', `\u{feff}${lines.join('\r\n')}\r\n`)
      expect(Object.keys(await json('import --file list.txt --dry-run', null))).to.deep.equal(['one', 'two'])
      await world.file('wrong.txt', `${owner}/one\nhttps://example.org/x\u{1b}[2J\n`)
      hub.asked.length = 0
      const { code, stderr } = await run('import --file wrong.txt --yes')
      expect([code, hub.asked.length]).to.deep.equal([2, 0])
      expect(stderr).to.contain('Line 2 of "wrong.txt"').and.not.contain('\u{1b}')
      await world.file('empty.txt', '# nothing\n')
      expect((await run('import --file empty.txt --dry-run')).code).to.equal(2)
      expect((await run('import --dry-run')).code).to.equal(2)
    })

    it('lists what failed at the end, with the highest exit code of all', async function () {
      publish('fine')
      await world.file('mixed.txt', `${owner}/missing\n${owner}/fine\n`)
      const { code, stdout } = await run('import --file mixed.txt --yes')
      expect(code).to.equal(2)
      expect(stdout.trim().split('\n').at(-2)).to.match(/^failed .*missing: HUB_NOT_FOUND/)
      expect(stdout.trim().split('\n').at(-1)).to.equal('1 registered, 1 failed')
      hub.fault(/missing\/revision/, (_, response) => response.writeHead(418).end())
      expect((await run('import --file mixed.txt --yes')).code).to.equal(3)
    })

    it('registers what was proposed, from its state, whatever the Hub has by then', async function () {
      const commit = publish('pinned')
      await world.file('pinned.txt', `${owner}/pinned\n`)
      const proposed = await json('import --file pinned.txt --dry-run', null)
      expect(proposed.pinned.revision).to.equal(commit)
      hub.publish(`${owner}/pinned`, repository('other weights'))
      hub.asked.length = 0
      const rows = await json('import --file pinned.txt --yes')
      expect([rows.pinned.weights, rows.pinned.revision]).to.deep.equal([proposed.pinned.weights, commit])
      expect(hub.asked).to.deep.equal([])
    })

    it('goes on after a line that was cut off, and refuses a state that is not one or of another ledger', async function () {
      publish('cut')
      await world.file('cut.txt', `${owner}/cut\n`)
      await json('import --file cut.txt --dry-run', null)
      const path = join(world.cwd, 'cut.txt.state.jsonl')
      const whole = await readFile(path, 'utf8')
      await appendFile(path, '{"read":{"key":"ü')
      expect((await json('import --file cut.txt --yes')).cut.status).to.equal('registered')
      const after = await readFile(path, 'utf8')
      expect(after.startsWith(whole)).to.equal(true)
      expect(
        after
          .slice(whole.length)
          .trim()
          .split('\n')
          .map((line) => Object.keys(JSON.parse(line))[0]),
      ).to.deep.equal(['sending', 'registered'])
      const states: [string, string][] = [
        [whole.replace(/"ledger":"0x./, '"ledger":"0xf'), 'IMPORT_STATE'],
        [`{"version":2}\n`, 'IMPORT_STATE'],
        [`${whole}{"what":1}\n`, 'IMPORT_STATE'],
        [`${whole}not json\n`, 'INVALID_JSON'],
        [`${whole}${'['.repeat(1000)}\n`, 'INVALID_JSON'],
      ]
      for (const [text, code] of states) {
        await world.file('cut.txt.state.jsonl', text)
        const { code: exit, stderr } = await run('import --file cut.txt --yes')
        expect([exit, /^([A-Z_]+): /m.exec(stderr)?.[1]], text.slice(-40)).to.deep.equal([2, code])
        expect(await readFile(path, 'utf8')).to.equal(text)
      }
    })

    it('is of one process at a time', async function () {
      publish('once')
      await world.file('once.txt', `${owner}/once\n`)
      const path = join(world.cwd, 'once.txt.state.jsonl.lock')
      const release = takeLock(path, { what: 'another import', ifHeld: '', ifNotWritable: '' })
      const { code, stderr } = await run('import --file once.txt --yes')
      expect([code, /^([A-Z_]+): /m.exec(stderr)?.[1]]).to.deep.equal([2, 'LOCKED'])
      expect(stderr).to.contain('another import')
      release()
      expect((await json('import --file once.txt --yes')).once.status).to.equal('registered')
      expect(existsSync(path)).to.equal(false)
    })

    it('stops when it is asked to, and goes on with what it has', async function () {
      for (let index = 0; index < 12; index++) publish(`s${index}`)
      await world.file('stopped.txt', Array.from({ length: 12 }, (_, index) => `${owner}/s${index}`).join('\n'))
      const stop = new AbortController()
      hub.fault(/s7\/revision/, () => stop.abort())
      const stopped = await run('import --file stopped.txt --yes', 'acme', { signal: stop.signal })
      expect([stopped.code, stopped.stdout]).to.deep.equal([3, ''])
      expect(stopped.stderr).to.contain('INTERRUPTED')
      hub.mend()
      hub.asked.length = 0
      const rows = await json('import --file stopped.txt --yes')
      expect(Object.values(rows).map(({ status }) => status)).to.deep.equal(Array(12).fill('registered'))
      const asked = new Set(hub.asked.flatMap(({ path }) => /(s\d+)\/revision/.exec(path)?.[1] ?? []))
      expect(asked.has('s7')).to.equal(true)
      expect(asked.has('s0')).to.equal(false)
    })

    it('makes nothing external of what is not in the cache that it is to read offline', async function () {
      publish('offline', 'base')
      publish('base')
      await world.file('offline.txt', `${owner}/offline\n`)
      await json('import --file offline.txt --dry-run', null)
      const { code, stdout } = await run('import --file offline.txt --recursive --dry-run --json', null, {
        env: { HF_HUB_OFFLINE: '1', HF_HUB_CACHE: world.cwd },
      })
      const [row] = JSON.parse(stdout).models
      expect([code, row.status, row.error?.code]).to.deep.equal([2, 'failed', 'PARENT_REFUSED'])
    })

    const kills = [
      ['between its transaction and the line that says so', 'after'],
      ['before its transaction reaches the node', 'before'],
      ['while it reads the Hub', 'reading'],
    ] as const
    for (const [when, kill] of someInDepth(kills, 3)) {
      it(`registers each model once after a process that was killed ${when}`, async function () {
        this.timeout(120_000)
        const names = Array.from({ length: 60 }, (_, index) => `m${String(index).padStart(2, '0')}`)
        for (const [index, name] of names.entries()) publish(name, ...(index === 0 ? [] : ['m00']))
        await world.file('killed.txt', names.map((name) => `${owner}/${name}`).join('\n'))
        await rm(join(world.cwd, 'killed.txt.state.jsonl'), { force: true })
        const ended = new AbortController()
        const proxy = await startProxy(world.rpcUrl, async (pass) => {
          if (kill === 'after') await pass()
          child.kill('SIGKILL')
          await once(ended.signal, 'abort')
        })
        const main = join(import.meta.dirname, '../../../src/cli/main.ts')
        const args = ['--conditions=source', main, 'import', '--file', 'killed.txt', '--yes', '--rpc', proxy.url]
        const child = spawn(process.execPath, args, {
          cwd: world.cwd,
          stdio: 'ignore',
          env: {
            PATH: process.env.PATH,
            HOME: world.cwd,
            XDG_CACHE_HOME: world.cwd,
            HF_ENDPOINT: hub.endpoint,
            STEMMA_PRIVATE_KEY: KEYS.acme.privateKey,
          },
        })
        if (kill === 'reading') hub.fault(/m40\/revision/, () => void child.kill('SIGKILL'))
        expect((await once(child, 'exit'))[1]).to.equal('SIGKILL')
        ended.abort()
        proxy.stop()
        hub.mend()
        hub.asked.length = 0

        const rows = await json('import --file killed.txt --yes')
        expect(Object.values(rows).map(({ status }) => status)).to.deep.equal(Array(60).fill('registered'))
        const asked = new Set(hub.asked.map(({ path }) => /(m\d\d)\/revision/.exec(path)?.[1]))
        asked.delete(undefined)
        expect(asked.size).to.satisfy((count: number) => (kill === 'reading' ? count > 0 && count < 60 : count === 0))
        for (const name of ['m00', 'm49', 'm50', 'm59']) {
          const [found, ...others] = (await run(`show @@/${name} --json`)).json().models
          expect([found.model, others]).to.deep.equal([rows[name].models[0], []])
        }
        const lines = (await readFile(join(world.cwd, 'killed.txt.state.jsonl'), 'utf8')).trim().split('\n')
        const kept = lines.flatMap((line) => JSON.parse(line).registered?.models ?? [])
        expect(kept.toSorted()).to.deep.equal(
          Object.values(rows)
            .map(({ models }) => models[0])
            .toSorted(),
        )
        const transactions = new Set(Object.values(rows).map(({ transaction }) => transaction))
        expect(transactions.size).to.equal(2)
      })
    }

    it(`imports ${MANY} models, asking the ledger for each transaction and not for each model`, async function () {
      this.timeout(300_000)
      const names = Array.from({ length: MANY }, (_, index) => `t${index}`)
      for (const [index, name] of names.entries()) publish(name, ...(index < 10 ? [] : [`t${index % 10}`]))
      await world.file('many.txt', names.map((name) => `${owner}/${name}`).join('\n'))
      let asked = 0
      const proxy = await startProxy(world.rpcUrl, (pass) => {
        asked += 1
        return pass()
      })
      const result = await run(`import --file many.txt --yes --json --rpc ${proxy.url}`, 'acme', {
        signal: AbortSignal.timeout(240_000),
      })
      proxy.stop()
      expect(result.code, result.stderr.slice(-500)).to.equal(0)
      expect(result.json().models.filter(({ status }: any) => status === 'registered').length).to.equal(MANY)
      expect(asked).to.equal(REQUESTS)
    })
  })
})
