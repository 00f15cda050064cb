import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { ZERO_ADDRESS } from '../../../src/core/hex.ts'
import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

const addressOf = (name: keyof typeof KEYS): string => KEYS[name].address.toLowerCase()

describe('stemma: the life of a model and of a credential', function () {
  let world: World
  /** The exit code, the verdict and the codes of the findings of a use of beta/tuned by its publisher. */
  const answer = async (more = ''): Promise<[number, string, string[]]> => {
    const args = `verify beta/tuned --use commercial --licensee ${addressOf('beta')} --json${more}`
    const { code, json } = await world.run(args, { as: null })
    const report = await checkedReport(json())
    return [
      code,
      report.verdict,
      [...new Set<string>(report.findings.map((finding: { code: string }) => finding.code))],
    ]
  }

  before(async function () {
    world = await startWorld()
    await world.folder('acme__base', 'license: other\nlicense_name: research-only')
    await world.folder('beta__tuned', 'license: mit\nbase_model: acme/base\nbase_model_relation: finetune')
  })

  after(() => world.stop())

  it('publishes terms once, and skips what is there already', async function () {
    const licenses = ['MIT', 'research-only', 'stemma-commercial-fine-tuning', 'stemma-research']
    const dry = await world.ok(`terms publish ${licenses.join(' ')} --dry-run`)
    expect(
      dry.published.map(({ dryRun, transaction }: { dryRun: boolean; transaction?: string }) => [dryRun, transaction]),
    ).to.deep.equal(licenses.map(() => [true, undefined]))
    const first = await world.ok(`terms publish ${licenses.join(' ')}`)
    expect(first.published.map(({ license }: { license: string }) => license)).to.deep.equal(licenses)
    expect(first.published[0].transaction).to.match(/^0x[0-9a-f]{64}$/)
    expect(first.published[0].gas).to.match(/^\d+$/)
    const again = await world.ok(`terms publish ${licenses.join(' ')}`)
    expect([again.published, again.skipped.length]).to.deep.equal([[], 4])
    expect((await world.ok('terms list')).length).to.equal(4)
    expect((await world.run('terms list')).stdout).to.contain('\tMIT\n')
    expect((await world.run('terms list --library')).stdout).to.contain('Apache-2.0\t')
  })

  it('would publish the whole library but for what is there', async function () {
    const { published, skipped } = await world.ok('terms publish --all --dry-run')
    expect(skipped.length).to.equal(4)
    expect(published.length).to.be.greaterThan(40)
    expect((await world.ok('terms list')).length).to.equal(4)
  })

  it('publishes a license from a file of the form of the library', async function () {
    const mit = JSON.parse(await readFile(join(import.meta.dirname, '../../../licenses/mit.json'), 'utf8'))
    const file = await world.file('own.json', { ...mit, id: 'Acme-1.0', aliases: [] })
    expect((await world.ok(`terms publish ${file}`)).published[0].license).to.equal('Acme-1.0')
  })

  it('publishes a set of terms once', async function () {
    const { terms, transaction } = await world.ok('terms publish-set --weights research-only --code MIT')
    expect(transaction).to.match(/^0x/)
    expect(await world.ok('terms publish-set --weights research-only --code MIT')).to.deep.equal({
      terms,
      skipped: true,
    })
    expect((await world.ok(`terms show ${terms}`)).set.weights).to.equal(
      (await world.ok('terms show research-only')).id,
    )
    expect((await world.run(`show ${terms}`)).stdout).to.contain('set of terms')
  })

  it('drafts from the card, to a file that is whole, and registers the draft', async function () {
    const { code, stdout, stderr } = await world.run('draft acme__base --output draft.json')
    expect([code, stderr]).to.deep.equal([0, ''])
    const draft = JSON.parse(await readFile(join(world.cwd, 'draft.json'), 'utf8'))
    expect(draft.name).to.equal('acme/base')
    expect(draft.weights).to.equal((await world.run('digest acme__base')).stdout.trim())
    expect(stdout.split('\n')).to.deep.equal([
      'Wrote the draft to "draft.json":',
      'draft of acme/base',
      `  weights  ${draft.weights}`,
      '  license  research-only',
      '  parent   none',
      '',
    ])

    const dry = await world.ok('register draft.json --dry-run')
    expect(dry.dryRun).to.equal(true)
    expect((await world.run('show acme/base')).code).to.equal(3)
    const sent = await world.run('register draft.json')
    expect(sent.code).to.equal(0)
    expect(sent.stdout.split('\n').slice(0, -2)).to.deep.equal([
      `model ${dry.model}`,
      '  name       acme/base',
      '  uri        https://huggingface.co/acme/base',
      `  publisher  ${addressOf('acme')}`,
      `  weights    ${draft.weights}`,
      `  license    research-only (terms ${dry.registration.terms})`,
      '  parent     none',
    ])
    expect(sent.stdout).to.match(/\ntransaction 0x[0-9a-f]{64} in block \d+, \d+ gas\n$/)
    expect(sent.stderr).to.contain('The license is read as research-only').and.to.contain('Sent 0x')
  })

  it('registers a folder, with its parent by name', async function () {
    const base = (await world.ok('show acme/base')).models[0].model
    const { stdout } = await world.run('register beta__tuned', { as: 'beta' })
    expect(stdout).to.contain(`\n  parent     acme/base ${base} (finetune)\n`)
    const { models } = await world.ok('show beta/tuned')
    expect(models[0].registration.parents[0].relation).to.equal('finetune')
    expect(models[0].registration.publisher).to.equal(addressOf('beta'))
  })

  it('does not permit what the base withholds, and says so first, then why and what helps', async function () {
    expect(await answer()).to.deep.equal([1, 'not-permitted', ['right-withheld', 'text-unread']])
    const { stdout, code } = await world.run('verify beta/tuned --use commercial')
    expect(code).to.equal(1)
    const titles = ['Not permitted: commercial use of beta/tuned.', 'Its own license (MIT)', 'To get a yes']
    const places = titles.map((title) => stdout.indexOf(title))
    expect(places[0]).to.equal(0)
    expect(places).to.deep.equal(places.toSorted((a, b) => a - b))
    expect(stdout).to.not.contain('You must')
    expect((await world.run('verify beta/tuned --use commercial --full')).stdout).to.contain(
      'path: beta/tuned > acme/base',
    )
  })

  it('permits on conditions, and with --strict lets that count as not permitted', async function () {
    await world.folder('acme__next', 'license: mit')
    await world.ok('register acme__next')
    const verify = 'verify acme/next --use redistribute'
    const { json, code } = await world.run(`${verify} --json`)
    const report = await checkedReport(json())
    expect([code, report.verdict]).to.deep.equal([0, 'conditional'])
    expect((await world.run(`${verify} --strict`)).code).to.equal(1)
    expect((await world.run(verify)).stdout).to.match(
      /^Permitted on conditions: redistribution of acme\/next\.\n[^]*\nYou must, by MIT of acme\/next \([^)]+\):\n  - notice: pass on /,
    )
    const fulfilled = [...new Set(report.obligations.map(({ obligation }: { obligation: string }) => obligation))]
    const policy = await world.file('policy.json', { version: 1, fulfilled })
    const permitted = await world.run(`${verify} --strict --policy ${policy}`)
    expect([permitted.code, permitted.stdout.split(':')[0]]).to.deep.equal([0, 'Permitted'])
  })

  it('takes a folder of weights for the model that was registered with them', async function () {
    expect((await world.run('verify ./beta__tuned --use research')).code).to.equal(0)
    expect((await world.run('verify beta__tuned --use commercial')).code).to.equal(1)
  })

  it('does not know of a model without terms', async function () {
    await world.folder('gamma__bare', 'license: beerware')
    const sent = await world.run('register gamma__bare', { as: 'gamma' })
    expect(sent.stderr).to.contain(
      'The license "beerware" of the draft is not in the library. The registration grants nobody any right',
    )
    const { code, json } = await world.run('verify gamma/bare --use research --json')
    expect([code, (await checkedReport(json())).verdict]).to.deep.equal([3, 'unknown'])
    expect((await world.run('verify gamma/bare --use research')).stdout).to.match(/^Unknown: /)
  })

  it('grants, suspends, reinstates, renews and revokes a credential, and verify follows', async function () {
    const { tier } = await world.ok([
      ...'tier offer acme/base --terms stemma-commercial-fine-tuning --pass-through commercial --max-duration 365d'.split(
        ' ',
      ),
      '--name',
      'Commercial Fine-Tuning',
    ])
    expect((await world.run('tier list acme/base')).stdout).to.contain(
      `${tier} Commercial Fine-Tuning (granted one account at a time; at most 365 days; passes on commercial)`,
    )
    const grant = ['credential', 'grant', 'acme/base', 'Commercial Fine-Tuning', KEYS.beta.address, '--until', '30d']
    const { credential } = await world.ok(grant)
    expect((await answer()).slice(0, 2)).to.deep.equal([0, 'conditional'])
    expect((await answer(' --at 40d'))[2]).to.include('credential-expired')
    await world.ok(['credential', 'suspend', credential, '--reason', 'invoice 12'])
    expect(await answer()).to.deep.equal([
      1,
      'not-permitted',
      ['right-withheld', 'credential-suspended', 'text-unread'],
    ])
    expect((await world.ok(`show ${credential}`)).credentials[0]).to.include({ state: 'suspended', valid: false, tier })
    await world.ok(`credential reinstate ${credential}`)
    expect((await answer())[0]).to.equal(0)
    await world.ok(`credential renew ${credential} --until 60d`)
    expect((await answer(' --at 40d'))[0]).to.equal(0)
    expect((await world.run(`show ${credential}`)).stdout).to.contain('active, valid now')
    await world.ok(`credential revoke ${credential}`)
    expect((await answer())[2]).to.include('credential-revoked')
    expect(await world.fails(`credential reinstate ${credential}`)).to.deep.equal([
      2,
      'LICENSE_CREDENTIAL_UNEXPECTED_STATE',
    ])
    expect(await world.fails(grant)).to.deep.equal([2, 'LICENSE_CREDENTIAL_ALREADY_ISSUED'])
  })

  it('issues and shows a sub-credential, and a request that is answered', async function () {
    const tier = 'tier offer acme/base --terms stemma-commercial-fine-tuning --name Resale --sub-credentials'
    await world.ok(tier)
    expect((await world.run('tier list acme/base')).stdout).to.contain(
      'Resale (granted one account at a time; allows sub-credentials)',
    )
    await world.ok('credential request acme/base Resale --uri ipfs://why', { as: 'beta' })
    const asked = await world.ok(`credential requests acme/base --tier Resale --holder ${addressOf('beta')}`)
    expect(asked[0]).to.include({ holder: addressOf('beta'), uri: 'ipfs://why' })
    expect((await world.run('credential requests acme/base --first 1')).stdout).to.contain('request by ')
    expect(await world.fails('credential requests acme/base --first 0')).to.deep.equal([2, 'USAGE'])

    const [payment, agreement] = [`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`]
    const grant = `credential grant acme/base Resale ${addressOf('beta')} --until 30d --payment ${payment}`
    expect(await world.fails(`${grant} --agreement ${agreement}`)).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(`${grant} --lifts host`)).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(`${grant} --agreement ${agreement} --lifts everything`)).to.deep.equal([2, 'UNKNOWN_WORD'])
    const { credential } = await world.ok(`${grant} --agreement ${agreement} --lifts host,distill`)
    const read = await world.ok(`credential show ${credential}`)
    expect(read).to.deep.include({ payment, agreement, lifts: ['host', 'distill'], parent: null })
    const text = (await world.run(`credential show ${credential}`)).stdout
    expect(text).to.contain(`SHA-256 ${agreement}; gives also host, distill`)
    expect((await world.run('credential requests acme/base')).stdout).to.equal('No request is open.\n')

    const under = `credential grant acme/base Resale ${addressOf('gamma')} --until 20d --parent ${credential}`
    expect(await world.fails(under, { as: 'stranger' })).to.deep.equal([2, 'LICENSE_CREDENTIAL_NOT_HOLDER'])
    expect(await world.fails(`${under} --payment ${payment}`, { as: 'beta' })).to.deep.equal([2, 'USAGE'])
    const sub = await world.ok(under, { as: 'beta' })
    expect(sub.parent).to.equal(credential)
    expect(await world.ok(`credential show ${sub.credential}`)).to.deep.include({ parent: credential, valid: true })
    expect((await world.run(`credential show ${sub.credential}`)).stdout).to.contain(`parent     ${credential}`)
    await world.ok(['credential', 'suspend', credential])
    expect(await world.ok(`credential show ${sub.credential}`)).to.deep.include({ state: 'suspended', valid: false })
    await world.ok(['credential', 'revoke', credential])
  })

  it('signs an offer to a file, which its holder accepts and nobody else', async function () {
    await world.ok('tier offer acme/base --terms stemma-commercial-fine-tuning --name Second --pass-through commercial')
    const offer = `credential offer acme/base Second ${addressOf('beta')} --until 90d --output offer.json`
    expect((await world.run(offer)).code).to.equal(0)
    expect(await world.fails('credential accept offer.json', { as: 'stranger' })).to.deep.equal([
      2,
      'LICENSE_CREDENTIAL_NOT_HOLDER',
    ])
    const dry = await world.ok('credential accept offer.json --dry-run', { as: 'beta' })
    const { credential } = await world.ok('credential accept offer.json', { as: 'beta' })
    expect(dry.credential).to.equal(credential)
    expect((await answer())[0]).to.equal(0)

    const file = JSON.parse(await readFile(join(world.cwd, 'offer.json'), 'utf8'))
    const spoilt: [unknown, string][] = [
      [{ ...file, chainId: 1 }, 'INVALID_OFFER'],
      [{ ...file, extra: 1 }, 'INVALID_OFFER'],
      [{ ...file, offer: { ...file.offer, holder: '0x1' } }, 'INVALID_OFFER'],
      [{ ...file, offer: { ...file.offer, validUntil: -1 } }, 'INVALID_OFFER'],
      [[], 'INVALID_OFFER'],
      ['', 'INVALID_JSON'],
    ]
    for (const [content, code] of spoilt) {
      expect(
        await world.fails(`credential accept ${await world.file('bad.json', content)}`, { as: 'beta' }),
      ).to.deep.equal([2, code])
    }
    await world.ok('tier withdraw acme/base Second')
    expect((await world.run('tier list acme/base')).stdout).to.contain('withdrawn')
  })

  it('cancels an offer before its holder accepts it, for good', async function () {
    await world.ok('tier offer acme/base --terms stemma-commercial-fine-tuning --name Third')
    const offer = `credential offer acme/base Third ${addressOf('beta')} --until 90d --output third.json`
    expect((await world.run(offer)).code).to.equal(0)
    const cancel = `credential cancel acme/base Third ${addressOf('beta')}`
    expect(await world.fails(cancel, { as: 'beta' })).to.deep.equal([2, 'LICENSE_CREDENTIAL_UNAUTHORIZED'])
    expect(await world.fails('credential cancel acme/base Third 0x12')).to.deep.equal([2, 'INVALID_ADDRESS'])
    const dry = await world.ok(`${cancel} --dry-run`)
    const { credential, transaction } = await world.ok(cancel)
    expect([dry.credential, dry.dryRun, transaction !== undefined]).to.deep.equal([credential, true, true])
    for (const [args, as] of [
      ['credential accept third.json', 'beta'],
      [`credential grant acme/base Third ${addressOf('beta')} --until 30d`, 'acme'],
      [cancel, 'acme'],
    ] as const) {
      expect(await world.fails(args, { as }), args).to.deep.equal([2, 'LICENSE_CREDENTIAL_ALREADY_ISSUED'])
    }
  })

  it('lets a holder, and nobody else, give its credential up', async function () {
    const grant = `credential grant acme/base Third ${addressOf('stranger')} --until 30d`
    const { credential } = await world.ok(grant)
    const renounce = `credential renounce ${credential}`
    expect(await world.fails(renounce, { as: 'acme' })).to.deep.equal([2, 'LICENSE_CREDENTIAL_NOT_RENOUNCER'])
    await world.ok(renounce, { as: 'stranger' })
    expect(await world.ok(`credential show ${credential}`)).to.include({ state: 'revoked', valid: false })
    expect(await world.fails(renounce, { as: 'stranger' })).to.deep.equal([2, 'LICENSE_CREDENTIAL_UNEXPECTED_STATE'])
  })

  it('releases the place of a tier only after it was withdrawn', async function () {
    const { tier } = await world.ok('tier offer acme/base --terms stemma-research --name Brief')
    const release = `tier release acme/base ${tier}`
    expect(await world.fails(release)).to.deep.equal([2, 'LICENSE_REGISTRY_TIER_OFFERED'])
    await world.ok('tier withdraw acme/base Brief')
    await world.ok(release)
    expect(await world.fails(release)).to.deep.equal([2, 'LICENSE_REGISTRY_TIER_RELEASED'])
  })

  it('states where a model answers, as who serves it', async function () {
    const endpoint = 'model endpoint state acme/base https://api.beta.example base-1 --until 365d'
    const { statement, transaction } = await world.ok(endpoint, { as: 'beta' })
    expect([statement, transaction].every((hash) => /^0x[0-9a-f]{64}$/.test(hash))).to.equal(true)
    const other = await world.ok(`${endpoint} --publisher ${addressOf('acme')} --since 2026-01-01`)
    expect(other.statement).to.not.equal(statement)
    const wrong: [string, string][] = [
      [`${endpoint} --publisher ${addressOf('beta')}`, 'USAGE_AUDIT_UNAUTHORIZED'],
      [`${endpoint} --since 2y`, 'USAGE_AUDIT_EMPTY_STATEMENT'],
      [endpoint.replace(' --until 365d', ''), 'USAGE'],
      [endpoint.replace('365d', 'soon'), 'USAGE'],
      ...[
        'api.beta.example',
        'https://api.beta.example/',
        'HTTPS://api.beta.example',
        'https://API.beta.example',
        'https://api.beta.example:443',
        'https://api.beta.example/v1',
        'https://user@api.beta.example',
        'ftp://api.beta.example',
        'data:x',
      ].map((origin): [string, string] => [endpoint.replace('https://api.beta.example', origin), 'USAGE']),
    ]
    for (const [args, code] of wrong) expect(await world.fails(args), args).to.deep.equal([2, code])
    for (const name of ['', 'x'.repeat(2049)]) {
      const args = endpoint.split(' ').map((part) => (part === 'base-1' ? name : part))
      expect(await world.fails(args)).to.deep.equal([2, 'USAGE'])
    }
  })

  it('lets anybody obtain a credential of an open tier', async function () {
    await world.ok('tier offer acme/base --terms stemma-research --name Open --open --max-duration 7d')
    const { credential } = await world.ok('credential obtain acme/base Open', { as: 'stranger' })
    expect((await world.ok(`show ${credential}`)).credentials[0].holder).to.equal(addressOf('stranger'))
    const other = ['credential', 'obtain', 'acme/base', 'Commercial Fine-Tuning']
    expect(await world.fails(other, { as: 'stranger' })).to.deep.equal([2, 'LICENSE_CREDENTIAL_TIER_NOT_OPEN'])
  })

  it('supersedes, retires and recalls, and what was made from it is affected', async function () {
    await world.ok('model supersede acme/base acme/next')
    expect((await answer())[2]).to.include('model-superseded')
    const [[base], [next]] = [(await world.ok('show acme/base')).models, (await world.ok('show acme/next')).models]
    expect([base.successor, next.successor]).to.deep.equal([next.model, null])
    expect((await world.run('show acme/base')).stdout).to.match(new RegExp(`successor +${next.model}`))
    await world.ok(['model', 'retire', 'acme/base', '--reason', 'too old'])
    expect((await answer())[2]).to.include('model-retired')
    expect(await world.fails('model recall acme/base', { as: 'stranger' })).to.deep.equal([
      2,
      'PUBLISHER_REGISTRY_NOT_CONTROLLER',
    ])
    await world.ok(['model', 'recall', 'acme/base', '--reason', 'leaked data'])
    const [code, verdict, codes] = await answer()
    expect([code, verdict]).to.deep.equal([1, 'not-permitted'])
    expect(codes).to.include('model-recalled')
    expect((await world.run('ancestry beta/tuned')).stdout).to.contain('(recalled)')
  })
})

describe('stemma: publishers', function () {
  let world: World

  before(async function () {
    world = await startWorld()
  })

  after(() => world.stop())

  it('sets a profile, and shows it', async function () {
    await world.file('profile.json', '{"name":"Acme"}')
    const { profile } = await world.ok('publisher profile set profile.json --domain acme.example')
    expect(await world.ok(`publisher profile show ${KEYS.acme.address}`)).to.deep.equal({
      publisher: addressOf('acme'),
      controller: addressOf('acme'),
      epoch: 0,
      pendingController: ZERO_ADDRESS,
      verifiedFrom: 0,
      verifiedUntil: 0,
      verifier: ZERO_ADDRESS,
      profile,
      operators: [],
      models: [],
      batches: [],
    })
  })

  it('lets an operator register in the name of the publisher, until it is removed, and lists it', async function () {
    await world.folder('acme__one', 'license: other')
    await world.folder('acme__two', 'license: other')
    const register = (name: string): string => `register ${name} --terms none --publisher ${KEYS.acme.address}`
    const operator = { as: 'operator' } as const
    expect(await world.fails(register('acme__one'), operator)).to.deep.equal([2, 'PUBLISHER_REGISTRY_UNAUTHORIZED'])
    await world.ok(`publisher operators add ${KEYS.operator.address} --until 1d`)
    const { model } = await world.ok(register('acme__one'), operator)
    const profile = await world.run(`publisher profile show ${addressOf('acme')}`)
    expect(profile.stdout)
      .to.contain(`${model} acme/one`)
      .and.to.contain(`operator    ${addressOf('operator')} for register, anchor until 20`)
    const listed = await world.ok(`publisher operators list ${addressOf('acme')}`)
    expect(listed.map(({ operator: account }: { operator: string }) => account)).to.deep.equal([addressOf('operator')])
    const add = `publisher operators add ${KEYS.operator.address}`
    expect(await world.fails(`${add} --until 0`)).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(`${add} --until 1d --scopes recall`)).to.deep.equal([2, 'UNKNOWN_WORD'])
    expect(await world.fails(`${add} --until 1d --scopes ,`)).to.deep.equal([2, 'UNKNOWN_WORD'])
    const more = await world.run(`${add} --until 1d --scopes register,grant,grant`)
    expect(more.stdout).to.match(/^operator 0x\w{40} of 0x\w{40} for register, grant until 20/)
    expect(await world.fails(`${add} --until 1d`)).to.deep.equal([2, 'PUBLISHER_REGISTRY_WITHDRAWN_SCOPES'])
    expect(await world.fails(`model recall ${model}`, operator)).to.deep.equal([2, 'PUBLISHER_REGISTRY_NOT_CONTROLLER'])
    await world.ok(`publisher operators remove ${KEYS.operator.address}`)
    expect(await world.ok(`publisher operators list ${addressOf('acme')}`)).to.deep.equal([])
    const none = await world.run(`publisher operators list ${addressOf('acme')}`)
    expect(none.stdout).to.equal('No account acts for the publisher but its controller.\n')
    expect(await world.fails(register('acme__two'), operator)).to.deep.equal([2, 'PUBLISHER_REGISTRY_UNAUTHORIZED'])
  })

  it('hands the control over in two steps', async function () {
    await world.ok(`publisher control propose ${KEYS.gamma.address}`)
    expect((await world.run(`publisher profile show ${addressOf('acme')}`)).stdout).to.contain(
      `proposed    ${addressOf('gamma')}`,
    )
    const accept = `publisher control accept ${addressOf('acme')}`
    expect(await world.fails(accept, { as: 'beta' })).to.deep.equal([2, 'PUBLISHER_REGISTRY_NOT_PENDING_CONTROLLER'])
    await world.ok(accept, { as: 'gamma' })
    expect((await world.ok(`publisher profile show ${addressOf('acme')}`)).controller).to.equal(addressOf('gamma'))
    const again = `publisher control propose ${KEYS.beta.address} --publisher ${addressOf('acme')}`
    expect(await world.fails(again)).to.deep.equal([2, 'PUBLISHER_REGISTRY_NOT_CONTROLLER'])
  })

  it('signs with an account that the node manages', async function () {
    await world.folder('node__model', 'license: other')
    const { model } = await world.ok(`register node__model --terms none --from ${KEYS.beta.address}`, { as: null })
    expect((await world.ok(`show ${model}`)).models[0].registration.publisher).to.equal(addressOf('beta'))
    const stranger = `0x${'ab'.repeat(20)}`
    expect(await world.fails(`register node__model --terms none --from ${stranger}`)).to.deep.equal([2, 'USAGE'])
  })
})
