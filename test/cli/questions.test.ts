import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { parseAddress, ZERO_DIGEST, type Digest, type ModelId, type TermsId } from '../../src/core/hex.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { checkedReport, KEYS, startWorld, type World } from './world.ts'

/** A name that turns a line around, colours it, and would end a label of mermaid or dot. */
const HOSTILE = 'evil\u202e\u001b[31m"];x\u2028\u200b`<b>'

describe('stemma: questions about lineages', function () {
  let world: World
  const models: Record<string, string> = {}

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT research-only')
    for (const [name, card, as] of [
      ['acme__base', 'license: mit', 'acme'],
      ['beta__left', 'license: mit\nbase_model: acme/base\nbase_model_relation: finetune', 'beta'],
      ['beta__right', 'license: mit\nbase_model: acme/base\nbase_model_relation: adapter', 'beta'],
      ['gamma__top', 'license: mit\nbase_model: [beta/left, beta/right]\nbase_model_relation: merge', 'gamma'],
    ] as const) {
      await world.folder(name, card)
      models[name.replace('__', '/')] = (await world.ok(`register ${name}`, { as })).model
    }
    // The same weights once more, by somebody else and under worse terms.
    models.copy = (await world.ok('register acme__base --terms research-only --uri ipfs://copy', { as: 'gamma' })).model
  })

  after(() => world.stop())

  /** Registers a model with a URI that no draft may have. */
  async function registerHostile(uri: string, parent: string): Promise<string> {
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 })
    try {
      const registration = {
        publisher: parseAddress(KEYS.stranger.address),
        weights: `0x${'11'.repeat(32)}` as Digest,
        tensors: ZERO_DIGEST,
        annex: ZERO_DIGEST,
        datasets: ZERO_DIGEST,
        method: ZERO_DIGEST,
        terms: ZERO_DIGEST as string as TermsId,
        parents: [{ model: parent as ModelId, relation: 'finetune' as const }],
        uri,
      }
      const ledger = openLedger(KEYS.stranger.connect(provider), world.deployment)
      return (await registerModel(ledger, { registration })).model
    } finally {
      provider.destroy()
    }
  }

  describe('show', function () {
    it('shows what an id, a digest, a URI and a name stand for', async function () {
      const [found] = (await world.ok(`show ${models['acme/base']}`)).models
      expect([found.match, found.termsName, found.status]).to.deep.equal(['id', 'MIT', 'active'])
      const byWeights = (await world.ok(`show ${found.registration.weights}`)).models
      expect(byWeights.map(({ match, model }: { match: string; model: string }) => [match, model])).to.deep.equal([
        ['weights', models['acme/base']],
        ['weights', models.copy],
      ])
      for (const name of [
        'acme/base',
        'https://huggingface.co/acme/base',
        models['acme/base']!.toUpperCase().replace('X', 'x'),
      ]) {
        expect((await world.ok(['show', name])).models[0].model).to.equal(models['acme/base'])
      }
      const terms = await world.ok(`show ${found.registration.terms}`)
      expect([terms.models, terms.terms[0].terms.name]).to.deep.equal([[], 'MIT'])
    })

    it('exits with 3 for what is not there, and with 2 for what can be nothing', async function () {
      expect(await world.fails(`show 0x${'77'.repeat(32)}`)).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
      expect(await world.fails('show nobody/nothing')).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
      expect(await world.fails('show 0x12')).to.deep.equal([2, 'INVALID_MODEL_ID'])
      expect(await world.fails(`show ${KEYS.acme.address}`)).to.deep.equal([2, 'USAGE'])
    })
  })

  describe('ancestry', function () {
    const start = (id: string): string => `${id.slice(0, 10)}…`

    it('draws a tree in which a shared ancestor stands once', async function () {
      const base = start(models['acme/base']!)
      expect((await world.run('ancestry gamma/top')).stdout).to.equal(
        `gamma/top ${start(models['gamma/top']!)}
├─ merge of beta/left ${start(models['beta/left']!)}
│  └─ finetune of acme/base ${base}
└─ merge of beta/right ${start(models['beta/right']!)}
   └─ adapter of acme/base ${base} (shown above)
`,
      )
    })

    it('writes mermaid, dot and JSON with every model once and every edge', async function () {
      const mermaid = (await world.run('ancestry gamma/top --format mermaid')).stdout.trim().split('\n')
      expect(mermaid[0]).to.equal('graph TD')
      expect(mermaid.filter((line) => line.includes('-->')).length).to.equal(4)
      expect(mermaid.filter((line) => line.includes('["')).length).to.equal(4)
      const dot = (await world.run('ancestry gamma/top --format dot')).stdout
      expect(dot).to.contain(`"${models['acme/base']}" -> "${models['beta/left']}" [label="finetune"];`)
      expect(dot.match(/->/g)).to.have.length(4)
      const json = await world.ok('ancestry gamma/top')
      expect(json.models.map(({ name }: { name: string }) => name).toSorted()).to.deep.equal(
        Object.keys(models)
          .toSorted()
          .slice(0, 4)
          .filter((name) => name !== 'copy')
          .concat('gamma/top')
          .toSorted(),
      )
      expect(json.models[0].parents).to.deep.equal([
        { model: models['beta/left'], relation: 'merge', grade: 'declared', undisclosed: false },
        { model: models['beta/right'], relation: 'merge', grade: 'declared', undisclosed: false },
      ])
      expect((await world.run('ancestry gamma/top --format json')).json()).to.deep.equal(json)
    })

    it('refuses a format that there is not, naming those that there are', async function () {
      const { code, stderr } = await world.run('ancestry gamma/top --format svg')
      expect(code).to.equal(2)
      expect(stderr)
        .to.contain("'svg'")
        .and.to.contain('tree, mermaid, dot, json')
        .and.to.contain('stemma ancestry --help')
    })
  })

  it('prints nothing that a stranger could have a terminal obey', async function () {
    const model = await registerHostile(HOSTILE, models['acme/base']!)
    const list = [
      `show ${model}`,
      `show ${model} --json`,
      ...['tree', 'mermaid', 'dot', 'json'].map((format) => `ancestry ${model} --format ${format}`),
      `verify ${model} --use host`,
      `verify ${model} --use host --json`,
      'model children acme/base',
      'model children acme/base --json',
      `path ${model} acme/base`,
      `path ${model} acme/base --json`,
      `publisher profile show ${KEYS.stranger.address}`,
      'watch --from-block 0 --count 12',
      'watch --from-block 0 --count 12 --json',
      ['show', `hf:${HOSTILE.replaceAll(/\s/g, '')}`],
      ['verify', HOSTILE, '--use', 'host'],
      ['verify', 'acme/base', '--use', HOSTILE],
      ['ancestry', 'acme/base', `--${HOSTILE}`],
      ['show', 'acme/base', '--deployment', HOSTILE],
      ['register', HOSTILE],
    ]
    for (const args of list) {
      const { stdout, stderr } = await world.run(args)
      expect(stdout + stderr, String(args)).to.not.match(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    }
    expect((await world.ok(`show ${model}`)).models[0].registration.uri).to.equal(HOSTILE)
    const dot = (await world.run(`ancestry ${model} --format dot`)).stdout
    expect(dot.match(/"/g)!.length % 2).to.equal(0)
    expect(dot).to.not.contain('];x')
  })

  it('shows a path up, and exits with 1 when there is none', async function () {
    const { path } = await world.ok('path gamma/top acme/base')
    expect(path.map(({ name, relation }: { name: string; relation?: string }) => [name, relation])).to.deep.equal([
      ['gamma/top', undefined],
      ['beta/left', 'merge'],
      ['acme/base', 'finetune'],
    ])
    const none = await world.run('path acme/base gamma/top --json')
    expect([none.code, none.json()]).to.deep.equal([1, { path: null }])
    expect((await world.run('path acme/base gamma/top')).stdout).to.equal(
      'acme/base does not descend from gamma/top.\n',
    )
  })

  it('lists children', async function () {
    const children = await world.ok('model children acme/base')
    expect(children.slice(0, 2)).to.deep.equal([
      { model: models['beta/left'], relation: 'finetune', name: 'beta/left' },
      { model: models['beta/right'], relation: 'adapter', name: 'beta/right' },
    ])
    expect((await world.run('model children gamma/top')).stdout).to.equal('No children.\n')
    expect(await world.fails('model children nobody/nothing')).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
  })

  it('lists deployments', async function () {
    const file = join(world.cwd, '.stemma/deployments/local.json')
    expect(await world.ok('deployment list')).to.deep.equal([{ ...world.deployment, file, trusted: true }])
    const { stdout } = await world.run('deployment list')
    expect(stdout).to.contain(world.rpcUrl)
    // Nobody asked for a verification of this one.
    expect(stdout).to.match(/^ {2}ledger +0x\w{40} {2}not verified: it was not asked for$/m)
    expect(stdout).to.match(/^ {2}sources +beside each contract, as the file says$/m)
  })

  it('lists what a deployment says of its sources: a result for each contract, none, or not a word', async function () {
    const folder = join(world.cwd, '.stemma/deployments')
    const { verification: _, ...silent } = world.deployment
    const verification = { ledger: 'exact_match', recalls: `not verified: ${'x'.repeat(500)}\u001b[31m` }
    try {
      await writeFile(join(folder, 'silent.json'), JSON.stringify({ ...silent, name: 'silent' }))
      await writeFile(join(folder, 'stated.json'), JSON.stringify({ ...silent, name: 'stated', verification }))
      const { stdout } = await world.run('deployment list')
      const [, none, stated] = stdout.split(/^(?=\w)/m)
      expect(none)
        .to.match(/^silent\n/)
        .and.to.match(/sources +the file states no verification\n/)
      expect(none).to.match(new RegExp(`ledger +${silent.contracts.ledger}\n`))
      expect(stated)
        .to.match(/^stated\n/)
        .and.to.match(/ledger +0x\w{40} {2}exact_match\n/)
      expect(stated)
        .to.match(/manager +0x\w{40} {2}not stated\n/)
        .and.to.match(/recalls +0x\w{40} {2}not verified: x{50,90}…\n/)
      expect(stdout).to.not.contain('\u001b')
    } finally {
      for (const name of ['silent', 'stated']) await rm(join(folder, `${name}.json`))
    }
  })

  describe('watch', function () {
    it('shows what was, and what comes, until it is stopped', async function () {
      const past = await world.run('watch --from-block 0 --count 3 --json')
      expect(
        past.stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).kind),
      ).to.deep.equal(['event', 'event', 'event'])
      const stop = new AbortController()
      const watching = world.run('watch', { signal: stop.signal })
      // What comes before the watcher has begun is not its business, so there is something to see again and again.
      let done = false
      const acting = (async () => {
        for (let turn = 0; !done && turn < 50; turn++) {
          await world.ok(`publisher operators add ${KEYS.operator.address} --until ${turn + 1}d`)
        }
      })()
      const counted = await world.run('watch --count 1')
      done = true
      await acting
      expect(counted.code).to.equal(0)
      expect(counted.stdout).to.match(/^block \d+: OperatorSet publisher=0x/)
      stop.abort()
      expect((await watching).code).to.equal(0)
    })

    it('refuses numbers that are none', async function () {
      for (const args of ['watch --count 0', 'watch --count x', 'watch --from-block -1']) {
        expect(await world.fails(args)).to.deep.equal([2, 'USAGE'])
      }
    })
  })

  describe('verify of weights that are registered more than once', function () {
    it('takes the worst answer, and says so', async function () {
      const { code, stderr, json } = await world.run('verify acme__base --use commercial --json')
      const report = await checkedReport(json())
      expect([code, report.verdict, report.model]).to.deep.equal([1, 'not-permitted', models.copy])
      expect(stderr).to.contain('registered 2 times').and.to.contain('The worst answer counts')
    })

    it('takes the worst of those by trusted publishers, when there are any', async function () {
      const trust = (name: 'acme' | 'gamma' | 'beta') =>
        world.file(`${name}.json`, { version: 1, trustedPublishers: [KEYS[name].address] })
      const verify = async (name: 'acme' | 'gamma' | 'beta') => {
        const { code, json } = await world.run(
          `verify acme__base --use commercial --policy ${await trust(name)} --json`,
        )
        return [code, json().model]
      }
      expect(await verify('acme')).to.deep.equal([0, models['acme/base']])
      expect(await verify('gamma')).to.deep.equal([1, models.copy])
      expect((await verify('beta'))[0]).to.equal(1)
    })
  })

  it('draws a progress bar for a person at a terminal, and nowhere else', async function () {
    let drawn = ''
    const stream = Object.assign(new Writable({ write: (chunk, _, done) => ((drawn += String(chunk)), done()) }), {
      isTTY: true,
    })
    const nobody = (): Promise<never> => Promise.reject(new Error('nobody is asked'))
    const terminal = { stream, askSecret: nobody, confirm: nobody }
    const { stdout, stderr } = await world.run('digest acme__base --no-cache', { terminal })
    expect(drawn).to.contain('files')
    expect(stdout).to.match(/^0x[0-9a-f]{64}\n$/)
    expect(stderr).to.equal('')
  })

  // Last, as it adds a registration of the same weights and name.
  describe('a name of several models', function () {
    it('is refused, with a list of them', async function () {
      await world.ok('register acme__base --terms none', { as: 'beta' })
      expect(await world.fails('verify acme/base --use host')).to.deep.equal([2, 'AMBIGUOUS_MODEL'])
      const { stderr } = await world.run('show acme/base')
      expect(stderr).to.equal('')
      expect((await world.run('ancestry acme/base')).stderr)
        .to.contain(models['acme/base'])
        .and.to.contain('Name one by its id')
      await world.folder('gamma__child', 'license: mit\nbase_model: acme/base\nbase_model_relation: copy')
      expect(await world.fails('register gamma__child')).to.deep.equal([2, 'AMBIGUOUS_PARENT'])
      await world.ok(`register gamma__child --parent acme/base=${models['acme/base']}`)
    })
  })
})
