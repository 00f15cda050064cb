import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { publishLicenses } from '../../../scripts/local/publishLicenses.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

const PAYMENT = `0x${'ab'.repeat(32)}`

/** What the tests look at in a finding. */
type Found = { code: string; severity: string; profile?: string; field?: string }

describe('stemma verify --profile', function () {
  this.timeout(600_000)
  let world: World
  const datasets = [
    { digest: `0x${'11'.repeat(32)}`, license: 'cc-by-nc-4.0', source: 'public', share: 2500, name: 'acme/songs' },
    { digest: `0x${'22'.repeat(32)}`, license: 'mit', source: 'public', share: 7500 },
  ]
  const description = {
    version: 1,
    steps: [{ kind: 'continued-pretraining' }, { kind: 'reinforcement-learning' }],
    compute: '4e24',
    parents: [
      { model: 'acme/base', compute: '9e24', obtained: { by: 'download', uri: 'https://huggingface.co/acme/base' } },
    ],
  }
  let tuned: string
  let bare: string

  before(async function () {
    world = await startWorld()
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 })
    try {
      await publishLicenses(openLedger(await provider.getSigner(0), world.deployment))
    } finally {
      provider.destroy()
    }
    await world.folder('acme__base', 'license: cc-by-nc-4.0', 'base')
    bare = (await world.ok('register acme__base')).model
    await world.ok(
      'tier offer acme/base --terms stemma-commercial-fine-tuning --name Commercial --pass-through commercial,commercial-modify',
    )
    await world.file('method.json', description)
    await world.file('datasets.json', datasets)
    await world.folder(
      'beta__tuned',
      'license: cc-by-nc-4.0\nbase_model: acme/base\nbase_model_relation: finetune',
      'tuned',
    )
    const draft = await world.ok('draft beta__tuned --method method.json')
    await world.file('tuned.json', { ...draft, datasets })
    tuned = (await world.ok('register tuned.json', { as: 'beta' })).model
  })

  after(() => world.stop())

  /** Verifies as JSON, checks it against the published schema, and returns the exit code and findings of documents and profiles. */
  async function verified(args: string, options: Parameters<World['run']>[1] = {}) {
    const run = await world.run(`verify ${args} --json`, options)
    const report = await checkedReport(JSON.parse(run.stdout))
    const found = report.findings.filter((each: Found) => each.field !== undefined)
    const shapes = found.map((each: Found) => `${each.profile ?? 'documents'}: ${each.code} ${each.severity}`)
    return { code: run.code, report, found, shapes }
  }

  it('says which origin is stated, without a profile', async function () {
    const { report } = await verified(`${bare} --use research`)
    expect(report.origin).to.deep.equal({ stated: 'not-stated', field: 'registration.parents' })
    const text = (await world.run(`verify ${bare} --use research`)).stdout
    expect(text).to.contain('Origin: not stated.')
    await world.file('scratch.json', { version: 1, origin: 'from-scratch' })
    await world.folder('acme__scratch', 'license: mit', 'scratch')
    const { model } = await world.ok('register acme__scratch --method scratch.json')
    expect((await verified(`${model} --use research`)).report.origin.stated).to.equal('not-read')
    const read = await world.run(`verify ${model} --use research --method scratch.json`)
    expect(read.code).to.equal(0)
    expect(read.stdout).to.contain('Origin: from scratch')
  })

  it('finds what the licenses of training data withhold, from the file that was registered', async function () {
    const { code, found } = await verified(`${tuned} --use research --datasets datasets.json`)
    expect(code).to.equal(0)
    expect(found.map((each: Found) => [each.code, each.severity])).to.deep.equal([['data-non-commercial', 'warning']])
    expect(found[0].reason).to.match(/acme\/songs \(25 % of the training data\) is under CC-BY-NC-4\.0/)
    await world.file('other.json', datasets.slice(1))
    expect(await world.fails(`verify ${tuned} --use research --datasets other.json`)).to.deep.equal([
      2,
      'DOCUMENT_MISMATCH',
    ])
    await world.file('broken.json', [{ ...datasets[0], license: 7 }])
    expect(await world.fails(`verify ${tuned} --use research --datasets broken.json`)).to.deep.equal([
      2,
      'INVALID_DATASET_ENTRY',
    ])
  })

  it('says what a commercial deployment lacks, and exits with 1 where the use alone is permitted', async function () {
    const files = '--method method.json --datasets datasets.json'
    const { code, shapes, report } = await verified(`${tuned} --use research --profile deployment ${files}`)
    expect(code).to.equal(1)
    expect(report.verdict).to.be.oneOf(['permitted', 'conditional'])
    expect(shapes).to.deep.equal([
      'deployment: base-credential-missing duty',
      'deployment: document-unretrievable unknown',
      'deployment: data-non-commercial duty',
    ])
    const [base, card] = report.findings.filter((each: Found) => each.field !== undefined)
    expect(base.remedy).to.contain('stemma credential request acme/base "Commercial"')
    expect(card.reason).to.contain('https://huggingface.co/beta/tuned/resolve/main/README.md: ')
    const bareFound = await verified(`${bare} --use research --profile deployment`)
    expect(bareFound.shapes.slice(0, 3)).to.deep.equal([
      'deployment: datasets-missing duty',
      'deployment: method-missing duty',
      'deployment: origin-not-stated duty',
    ])
  })

  it('says of a base that withholds commerce and offers no tier what to ask of its publisher', async function () {
    await world.folder('acme__closed', 'license: cc-by-nc-4.0', 'closed')
    await world.ok('register acme__closed')
    await world.folder('beta__open', 'license: mit\nbase_model: acme/closed\nbase_model_relation: finetune', 'open')
    const { model } = await world.ok('register beta__open', { as: 'beta' })
    const { code, found } = await verified(`${model} --use research --profile deployment`)
    expect(code).to.equal(1)
    const [base] = found.filter((each: Found) => each.code === 'base-credential-missing')
    expect(base.reason).to.match(/^The terms of acme\/closed withhold .*commercial.* acme\/closed offers no tier/)
    expect(base.remedy).to.contain(`stemma publisher profile show ${KEYS.acme.address.toLowerCase()}`)
    expect(base.remedy).to.contain('stemma credential request acme/closed <tier>')
  })

  it('reads documents from a folder or where the URI leads, and names what was tried', async function () {
    const fetch = async (url: string): Promise<Response> =>
      url.endsWith('/method.json') ? new Response(JSON.stringify(description)) : new Response('', { status: 404 })
    const { shapes, report } = await verified(`${tuned} --use research --profile deployment`, { fetch })
    expect(shapes).to.deep.equal([
      'deployment: base-credential-missing duty',
      'deployment: document-unretrievable unknown',
      'deployment: document-unretrievable unknown',
    ])
    expect(report.disclosure.documents.method.from).to.equal(
      'https://huggingface.co/beta/tuned/resolve/main/method.json',
    )
    await world.folder('documents', 'license: mit')
    await world.file('documents/method.json', description)
    await world.file('documents/datasets.json', datasets)
    const local = await verified(`${tuned} --use research --profile deployment --documents documents`)
    expect(local.shapes).to.deep.equal([
      'deployment: base-credential-missing duty',
      'deployment: data-non-commercial duty',
    ])
  })

  it('says what follows from compute, filings and changes, with sources, and exits with 3 where it cannot be said', async function () {
    const { code, shapes, report } = await verified(
      `${tuned} --use research --profile eu-gpai,cn-filing --method method.json`,
    )
    expect([code, shapes]).to.deep.equal([1, ['eu-gpai: eu-provider duty', 'cn-filing: cn-filing duty']])
    expect(report.disclosure.profiles.map(({ name }: { name: string }) => name)).to.deep.equal(['eu-gpai', 'cn-filing'])
    expect((await verified(`${tuned} --use research --profile eu-gpai`)).code).to.equal(3)
    const text = (await world.run(`verify ${tuned} --use research --profile eu-gpai --method method.json`)).stdout
    expect(text).to.contain('Profile eu-gpai:')
    const full = (await world.run(`verify ${tuned} --use research --profile eu-gpai --method method.json --full`))
      .stdout
    expect(full.replaceAll(/\s+/g, ' ')).to.contain('(from method.compute)').and.to.contain('not legal advice')
  })

  it('gives every report of several uses the findings', async function () {
    const { stdout } = await world.run(
      `verify ${tuned} --use research,personal --profile eu-gpai --method method.json --json`,
    )
    const { reports } = await checkedReport(JSON.parse(stdout))
    for (const { findings } of reports) expect(findings.map((each: Found) => each.code)).to.contain('eu-provider')
  })

  it('refuses unknown profiles and files that are not documents', async function () {
    const wrong = await world.run(`verify ${tuned} --use research --profile eu-gpia`)
    expect(wrong.code).to.equal(2)
    expect(wrong.stderr).to.contain('Did you mean "eu-gpai"?')
    await world.file('bad.json', { version: 1, compute: 3 })
    for (const command of [
      `verify ${tuned} --use research --method bad.json`,
      'method check bad.json',
      'register acme__base --method bad.json',
      'draft acme__base --method bad.json',
    ]) {
      expect(await world.fails(command), command).to.deep.equal([2, 'TRAINING_DESCRIPTION'])
    }
    expect(await world.fails('register tuned.json --method method.json', { as: 'beta' })).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('draft acme__base --method method.json')).to.deep.equal([2, 'TRAINING_DESCRIPTION'])
  })

  it('checks a description without a node', async function () {
    const { digest } = await world.ok('method check method.json')
    expect((await world.ok(`show ${tuned}`)).models[0].registration.method).to.equal(digest)
    const { stdout } = await world.run('method check method.json')
    expect(stdout).to.contain('acme/base, obtained by download, compute 9.00e24 FLOP')
  })

  it('is content with a base once its publisher has answered a request with a grant, paid or not', async function () {
    await world.ok('credential request acme/base Commercial --uri https://beta.example/application.json', {
      as: 'beta',
    })
    const [request] = JSON.parse((await world.run('credential requests acme/base --json')).stdout)
    expect(request.holder).to.equal(KEYS.beta.address.toLowerCase())
    const granted = await world.ok(
      `credential grant acme/base Commercial ${request.holder} --until 30d --payment ${PAYMENT}`,
    )
    expect(granted.credential).to.equal(request.credential)
    expect(JSON.parse((await world.run('credential requests acme/base --json')).stdout)).to.deep.equal([])
    const { shapes } = await verified(`${tuned} --use research --profile deployment --documents documents`)
    expect(shapes).to.deep.equal(['deployment: data-non-commercial duty'])
  })

  it('says in help that nobody pays on chain', async function () {
    const help = (await world.run('credential grant --help')).stdout
    expect(help).to.contain('--payment').and.to.contain('not built')
    const guide = await readFile(join(import.meta.dirname, '../../../docs/guides/licensee.md'), 'utf8')
    expect(guide).to.contain('not built')
  })
})
