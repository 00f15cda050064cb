import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { canonicalProductUrl, evidenceDigest, parseEvidence, productSubject } from '../../../src/core/evidence.ts'
import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

const addressOf = (name: keyof typeof KEYS): string => KEYS[name].address.toLowerCase()
const DEPOSIT = '10000000000000000'
const EVIDENCE = {
  version: 1,
  summary: 'The served model id names the base.',
  items: [{ kind: 'served-id', text: 'x-model: base-rl-0317', uri: 'https://archive.example/1' }],
}

/** The ids of claims. */
const idsOf = (claims: readonly { claim: string }[]): string[] => claims.map(({ claim }) => claim)

describe('stemma claim', function () {
  let world: World
  let base: string
  let tuned: string
  /** Files and discloses a claim that gamma/tuned was made from acme/base, with evidence like no other. */
  let claims = 0
  const file = async (more = '', as: keyof typeof KEYS = 'stranger') => {
    const number = ++claims
    await world.file(`evidence${number}.json`, { ...EVIDENCE, summary: `number ${number}` })
    const args = `claim file gamma/tuned --parent acme/base --relation finetune --evidence evidence${number}.json --out ${number}.claim.json`
    return world.ok(args + more, { as })
  }
  const later = async (seconds: number) => {
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { pollingInterval: 20 })
    await provider.send('evm_increaseTime', [seconds])
    await provider.send('evm_mine', [])
    provider.destroy()
  }

  before(async function () {
    world = await startWorld()
    await world.folder('acme__base', 'license: mit')
    await world.folder('gamma__tuned', 'license: mit')
    await world.ok('terms publish MIT')
    base = (await world.ok('register acme__base')).model
    tuned = (await world.ok('register gamma__tuned', { as: 'gamma' })).model
  })

  after(() => world.stop())

  it('sends and writes nothing in a dry run', async function () {
    const dry = await file(' --dry-run')
    expect([dry.dryRun, dry.deposit, dry.filed.transaction]).to.deep.equal([true, DEPOSIT, undefined])
    expect(await world.ok('claim list')).to.deep.equal([])
    expect(await stat(join(world.cwd, '1.claim.json')).catch(() => 'none')).to.equal('none')
  })

  it('pays no more than --max-deposit, shows the deposit before it signs, and writes nothing otherwise', async function () {
    const args =
      'claim file gamma/tuned --parent acme/base --relation finetune --evidence evidence1.json --out high.json'
    for (const limit of ['0', '0.009', '0.009ether', '9999999999999999wei']) {
      const { code, stdout, stderr } = await world.run([...args.split(' '), '--max-deposit', limit], { as: 'stranger' })
      expect([code, stdout], limit).to.deep.equal([2, ''])
      expect(stderr).to.match(/^DEPOSIT_TOO_HIGH: .* asks for a deposit of 10000000000000000 wei, and at most \d+ wei/)
      expect(stderr).to.not.contain('Sent 0x')
    }
    expect(await stat(join(world.cwd, 'high.json')).catch(() => 'none')).to.equal('none')
    expect(await world.ok('claim list')).to.deep.equal([])
    for (const limit of ['', '-1', '1e18', '0x1', 'all', '.5', '0.0000000000000000001']) {
      expect(await world.fails([...args.split(' '), '--max-deposit', limit]), limit).to.deep.equal([2, 'USAGE'])
    }
    const just = await world.run([...args.split(' '), '--dry-run', '--max-deposit', '10000000000000000wei'])
    expect(just.code).to.equal(0)
    expect(just.stderr).to.match(/^The contract 0x[0-9a-f]{40} asks for a deposit of 0\.01 ether/)
  })

  it('files a claim, keeps what disclosing needs where nobody else reads it, and discloses', async function () {
    const filed = await file(' --uri https://claims.example/1')
    expect([filed.deposit, filed.subject]).to.deep.equal([DEPOSIT, tuned])
    expect(filed.filed.transaction).to.match(/^0x/)
    expect(filed.disclosed.transaction).to.match(/^0x/)
    expect((await stat(join(world.cwd, filed.out))).mode & 0o777).to.equal(0o600)
    const kept = JSON.parse(await readFile(join(world.cwd, filed.out), 'utf8'))
    expect([kept.claim.claim, kept.document.summary]).to.deep.equal([filed.claim, 'number 2'])

    const found = await world.ok(`claim show ${filed.claim}`)
    expect(found).to.include({ state: 'filed', claimant: addressOf('stranger'), subject: tuned, parent: base })
    expect(found).to.include({ relation: 'finetune', product: false, accepted: false, answer: null, ruling: null })
    expect(found.evidence).to.deep.equal({ digest: filed.evidence, uri: 'https://claims.example/1' })
    expect(filed.evidence).to.equal(evidenceDigest(parseEvidence(kept.document)))
    const { stdout } = await world.run(`claim show ${filed.claim}`)
    expect(stdout)
      .to.match(/\n {2}state +filed\n/)
      .and.to.contain('at https://claims.example/1')
  })

  it('shows a pending claim with the model and beside the answer, which stays the same', async function () {
    const [pending] = await world.ok('claim list gamma/tuned --state filed,contested')
    const { models } = await world.ok('show gamma/tuned')
    expect(idsOf(models[0].pendingClaims)).to.deep.equal([pending.claim])
    expect((await world.run('show gamma/tuned')).stdout).to.contain(
      `pending claim  ${pending.claim}: made from ${base}`,
    )
    expect(idsOf((await world.ok(`show ${pending.claim}`)).claims)).to.deep.equal([pending.claim])

    const { code, json, stderr } = await world.run('verify gamma/tuned --use research --json')
    const report = await checkedReport(json())
    expect(code).to.equal(0)
    const claimed: Record<'claim' | 'state' | 'subject', string>[] = report.claims
    expect(claimed.map(({ claim, state, subject }) => [claim, state, subject])).to.deep.equal([
      [pending.claim, 'filed', tuned],
    ])
    expect(report.findings.filter(({ severity }: { severity: string }) => severity === 'blocking')).to.deep.equal([])
    expect(stderr).to.contain(`A claim is pending. It changes nothing yet: ${pending.claim}`)
    expect((await world.run('verify ./gamma__tuned --use research')).code).to.equal(0)
  })

  it('discloses later, out of the file, and only there and then', async function () {
    const filed = await file(' --no-disclose')
    expect(filed.disclosed).to.equal(null)
    expect((await world.ok(`claim show ${filed.claim}`)).evidence).to.equal(null)
    expect(await world.fails(`claim accept ${filed.claim}`)).to.deep.equal([2, 'LINEAGE_CLAIMS_NOT_DISCLOSED'])
    const uri = '--uri https://claims.example/2'
    const notHers = await world.fails(`claim disclose ${filed.out} ${uri}`, { as: 'beta' })
    expect(notHers).to.deep.equal([2, 'LINEAGE_CLAIMS_NOT_CLAIMANT'])
    const sent = await world.ok(`claim disclose ${filed.out} ${uri}`, { as: 'stranger' })
    expect([sent.claim, sent.evidence]).to.deep.equal([filed.claim, filed.evidence])
    expect((await world.ok(`claim show ${filed.claim}`)).evidence.uri).to.equal('https://claims.example/2')
    for (const again of ['', ` ${uri}`]) {
      const refused = await world.fails(`claim disclose ${filed.out}${again}`, { as: 'stranger' })
      expect(refused).to.deep.equal([2, 'LINEAGE_CLAIMS_ALREADY_DISCLOSED'])
    }
    const moved = `claim disclose ${filed.out} --uri https://claims.example/moved`
    expect(await world.fails(moved, { as: 'beta' })).to.deep.equal([2, 'LINEAGE_CLAIMS_NOT_CLAIMANT'])
    await world.ok(moved, { as: 'stranger' })
    const evidence = { digest: filed.evidence, uri: 'https://claims.example/moved' }
    expect((await world.ok(`claim show ${filed.claim}`)).evidence).to.deep.equal(evidence)
    const listed = await world.ok('claim list gamma/tuned')
    expect(listed.find(({ claim }: { claim: string }) => claim === filed.claim).evidence).to.deep.equal(evidence)
    await world.ok(`claim withdraw ${filed.claim}`, { as: 'stranger' })
    expect((await world.ok(`claim show ${filed.claim}`)).state).to.equal('withdrawn')
  })

  it('lets the claimant give the URI where somebody else disclosed the evidence first', async function () {
    const filed = await file(' --no-disclose --uri https://claims.example/mine')
    const kept = JSON.parse(await readFile(join(world.cwd, filed.out), 'utf8'))
    await world.file('copied.json', { ...kept, uri: '' })
    await world.ok('claim disclose copied.json', { as: 'beta' })
    expect((await world.ok(`claim show ${filed.claim}`)).evidence.uri).to.equal('')
    await world.ok(`claim disclose ${filed.out}`, { as: 'stranger' })
    expect((await world.ok(`claim show ${filed.claim}`)).evidence.uri).to.equal('https://claims.example/mine')
    await world.ok(`claim withdraw ${filed.claim}`, { as: 'stranger' })
  })

  it('refuses a kept file that was changed, or is of another ledger', async function () {
    const kept = JSON.parse(await readFile(join(world.cwd, '2.claim.json'), 'utf8'))
    const changes: [string, any][] = [
      ['salt', { claim: { ...kept.claim, salt: `0x${'11'.repeat(32)}` } }],
      ['document', { document: { ...kept.document, summary: 'something else' } }],
      ['evidence', { claim: { ...kept.claim, evidence: `0x${'22'.repeat(32)}` } }],
      ['claimant', { claim: { ...kept.claim, claimant: addressOf('beta') } }],
      ['chain', { chainId: 1 }],
      ['contract', { lineageClaims: addressOf('beta') }],
      ['version', { version: 2 }],
      ['relation', { claim: { ...kept.claim, relation: 'cousin' } }],
    ]
    for (const [name, change] of changes) {
      await world.file('changed.json', { ...kept, ...change })
      expect(await world.fails('claim disclose changed.json'), name).to.deep.equal([2, 'INVALID_CLAIM_FILE'])
    }
  })

  it('does not write over a file that is kept', async function () {
    await world.file('evidence9.json', EVIDENCE)
    const args =
      'claim file gamma/tuned --parent acme/base --relation merge --evidence evidence9.json --out 2.claim.json'
    expect(await world.fails(args, { as: 'stranger' })).to.deep.equal([2, 'FILE'])
    expect((await world.ok('claim list --state filed')).length).to.equal(1)
  })

  it('is contested by the publisher, accepted and rejected by the adjudicator, who pays the publisher', async function () {
    const [{ claim }] = await world.ok('claim list gamma/tuned --state filed')
    expect(await world.fails(`claim contest ${claim}`, { as: 'beta' })).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_NOT_CONTROLLER',
    ])
    await world.ok(`claim contest ${claim} --uri https://gamma.example/answer`, { as: 'gamma' })
    expect((await world.ok(`claim show ${claim}`)).answer).to.deep.equal({
      account: addressOf('gamma'),
      uri: 'https://gamma.example/answer',
    })
    expect(await world.fails(`claim accept ${claim}`, { as: 'beta' })).to.deep.equal([2, 'ACCESS_MANAGED_UNAUTHORIZED'])
    await world.ok(`claim accept ${claim}`)
    expect(await world.fails(`claim rule ${claim}`)).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(`claim rule ${claim} --uphold --reject`)).to.deep.equal([2, 'USAGE'])
    await world.ok(`claim rule ${claim} --reject --uri https://rulings.example/1`)
    const found = await world.ok(`claim show ${claim}`)
    expect([found.state, found.ruling.upheld, found.ruling.uri]).to.deep.equal([
      'rejected',
      false,
      'https://rulings.example/1',
    ])
    const refund = await world.ok('claim refund', { as: 'gamma' })
    expect([refund.amount, refund.to]).to.deep.equal([DEPOSIT, addressOf('gamma')])
    expect(await world.fails('claim refund', { as: 'gamma' })).to.deep.equal([2, 'LINEAGE_CLAIMS_NO_DEPOSIT'])
  })

  it('is upheld when nobody answers in time, and countersigned edges are known better', async function () {
    const { claim } = await file()
    await world.ok(`claim accept ${claim}`)
    expect(await world.fails(`claim rule ${claim} --uphold`)).to.deep.equal([2, 'LINEAGE_CLAIMS_CONTEST_OPEN'])
    await later(7 * 86_400)
    await world.ok(`claim rule ${claim} --uphold`)
    expect((await world.ok(`claim show ${claim}`)).state).to.equal('upheld')
    expect(await world.ok('claim list --state filed,contested')).to.deep.equal([])
    expect((await world.run('show gamma/tuned')).stdout).to.match(
      new RegExp(`\\n {2}attested parent +${base} \\(finetune, undisclosed, adjudicated\\)\\n`),
    )
    expect(await world.fails('model countersign gamma/tuned acme/base')).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_ALREADY_COUNTERSIGNED',
    ])
  })

  it('lets a publisher confirm a claim, and add a parent unasked that its publisher countersigns', async function () {
    await world.folder('gamma__other', 'license: mit')
    await world.ok('register gamma__other', { as: 'gamma' })
    await world.file('evidence8.json', EVIDENCE)
    const args =
      'claim file gamma/other --parent acme/base --relation merge --evidence evidence8.json --out 8.claim.json'
    const { claim } = await world.ok(args, { as: 'stranger' })
    await world.ok(`claim acknowledge ${claim}`, { as: 'gamma' })
    expect((await world.ok(`claim show ${claim}`)).state).to.equal('acknowledged')
    await world.ok('model countersign gamma/other acme/base')
    await world.ok('model attest gamma/other gamma/tuned --relation version', { as: 'gamma' })
    const { models } = await world.ok('show gamma/other')
    expect(models[0].registration.parents).to.deep.equal([])
    expect(models[0].attestedParents).to.containSubset([
      { model: base, relation: 'merge', grade: 'countersigned', undisclosed: true },
      { model: tuned, relation: 'version', grade: 'acknowledged', undisclosed: false },
    ])
    expect(await world.fails('model attest gamma/other gamma/tuned --relation copy', { as: 'gamma' })).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_ALREADY_ATTESTED',
    ])
  })

  it('is about a product by its URL, and inherited by who registers the weights that it is about', async function () {
    await world.file('product.json', { ...EVIDENCE, product: 'http://Shop.example:80/Composer/#top' })
    const url = 'https://shop.example/Composer'
    const filed = await world.ok(
      `claim file ${url} --product --parent acme/base --relation distillation --evidence product.json --out p.claim.json`,
      { as: 'stranger' },
    )
    expect(filed.subject).to.equal(productSubject(url))
    expect(idsOf(await world.ok(`claim list --product ${url}/`))).to.deep.equal([filed.claim])
    expect((await world.ok(`show ${filed.subject}`)).claims[0].product).to.equal(true)
    expect(await world.fails(`claim acknowledge ${filed.claim}`, { as: 'gamma' })).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_PRODUCT',
    ])

    await world.folder('gamma__late', 'license: mit')
    const weights = (await world.run('digest gamma__late')).stdout.trim()
    await world.file('evidence7.json', EVIDENCE)
    const about = await world.ok(
      `claim file ${weights} --product --parent acme/base --relation finetune --evidence evidence7.json --out w.claim.json`,
      { as: 'stranger' },
    )
    await world.ok('register gamma__late', { as: 'gamma' })
    expect(idsOf((await world.ok('show gamma/late')).models[0].pendingClaims)).to.deep.equal([about.claim])
    await world.ok(`claim accept ${about.claim}`)
    await later(7 * 86_400)
    await world.ok(`claim rule ${about.claim} --uphold`)
    await world.ok(`claim inherit ${about.claim} gamma/late`, { as: 'beta' })
    const early = await world.fails(`claim inherit ${about.claim} gamma/late`)
    expect(early).to.deep.equal([2, 'LINEAGE_CLAIMS_CONTEST_OPEN'])
    await later(7 * 86_400)
    await world.ok(`claim inherit ${about.claim} gamma/late`, { as: 'beta' })
    expect(await world.fails(`claim inherit ${about.claim} gamma/late`)).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_UNEXPECTED_INHERITANCE',
    ])
    expect(await world.fails(`claim inherit ${about.claim} gamma/other`)).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_NOT_INHERITED',
    ])
  })

  it('is extended to tensors, and inherited by a model only as its publisher leaves it or an adjudicator rules', async function () {
    await world.folder('gamma__copy', 'license: mit')
    const weights = (await world.run('digest gamma__copy')).stdout.trim()
    await world.file('copy.json', EVIDENCE)
    const { claim } = await world.ok(
      `claim file ${weights} --product --parent acme/base --relation finetune --evidence copy.json --out c.claim.json`,
      { as: 'stranger' },
    )
    const copy = (await world.ok('register gamma__copy', { as: 'gamma' })).model
    const tensors = `0x${'77'.repeat(32)}`
    expect(await world.fails(`claim extend ${claim} ${tensors}`)).to.deep.equal([2, 'LINEAGE_CLAIMS_UNEXPECTED_STATE'])
    await world.ok(`claim accept ${claim}`)
    await later(7 * 86_400)
    await world.ok(`claim rule ${claim} --uphold`)
    expect(await world.ok(`claim show ${claim}`)).to.deep.include({ extensions: [], inheritances: [] })

    expect(await world.fails(`claim extend ${claim} 0x77`)).to.deep.equal([2, 'INVALID_DIGEST'])
    expect(await world.fails(`claim extend ${claim} ${tensors}`, { as: 'gamma' })).to.deep.equal([
      2,
      'ACCESS_MANAGED_UNAUTHORIZED',
    ])
    await world.ok(`claim extend ${claim} ${tensors}`)
    expect(await world.fails(`claim extend ${claim} ${tensors}`)).to.deep.equal([2, 'LINEAGE_CLAIMS_ALREADY_EXTENDED'])

    const contest = `claim contest ${claim} --model gamma/copy --uri https://gamma.example/copy`
    expect(await world.fails(contest, { as: 'gamma' })).to.deep.equal([2, 'LINEAGE_CLAIMS_UNEXPECTED_INHERITANCE'])
    await world.ok(`claim inherit ${claim} gamma/copy`, { as: 'stranger' })
    expect((await world.run(`claim show ${claim}`)).stdout).to.match(
      new RegExp(`\\n {2}inherited +by ${copy}: pending; contest until \\d{4}-`),
    )
    expect(await world.fails(contest, { as: 'beta' })).to.deep.equal([2, 'LINEAGE_CLAIMS_NOT_CONTROLLER'])
    expect(await world.fails(`claim rule ${claim} --model gamma/copy --uphold`)).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_UNEXPECTED_INHERITANCE',
    ])
    await world.ok(contest, { as: 'gamma' })
    expect(await world.fails(`claim rule ${claim} --model gamma/copy`)).to.deep.equal([2, 'USAGE'])
    await world.ok(`claim rule ${claim} --model gamma/copy --reject --uri https://rulings.example/copy`)

    const found = await world.ok(`claim show ${claim}`)
    expect(found.extensions).to.deep.equal([tensors])
    expect(found.inheritances.map(({ contestUntil: _, ...more }: { contestUntil: number }) => more)).to.deep.equal([
      {
        model: copy,
        state: 'rejected',
        answer: { account: addressOf('gamma'), uri: 'https://gamma.example/copy' },
        ruling: { adjudicator: addressOf('acme'), upheld: false, uri: 'https://rulings.example/copy' },
      },
    ])
    const listed = await world.ok('claim list --state upheld')
    expect(listed.find((each: { claim: string }) => each.claim === claim)).to.deep.equal(found)
    expect((await world.ok(`show ${claim}`)).claims).to.deep.equal([found])
    const { stdout } = await world.run(`claim show ${claim}`)
    expect(stdout).to.contain(`models with the tensors ${tensors}\n`)
    expect(stdout).to.contain(
      `by ${copy}: rejected; answer by ${addressOf('gamma')} at https://gamma.example/copy; ruling: rejected by ${addressOf('acme')} at https://rulings.example/copy\n`,
    )
    expect((await world.ok('show gamma/copy')).models[0].attestedParents).to.deep.equal([])
  })

  it('takes an attested parent back while nobody has confirmed it', async function () {
    await world.ok('model attest gamma/late gamma/tuned --relation version', { as: 'gamma' })
    const parents = async () =>
      (await world.ok('show gamma/late')).models[0].attestedParents.map(({ model }: { model: string }) => model)
    expect(await parents()).to.deep.equal([base, tuned])
    expect(await world.fails('model detach gamma/late gamma/tuned', { as: 'beta' })).to.deep.equal([
      2,
      'LINEAGE_CLAIMS_NOT_CONTROLLER',
    ])
    await world.ok('model detach gamma/late gamma/tuned', { as: 'gamma' })
    expect(await parents()).to.deep.equal([base])
    for (const [parent, code] of [
      ['gamma/tuned', 'LINEAGE_CLAIMS_UNKNOWN_EDGE'],
      ['acme/base', 'LINEAGE_CLAIMS_NOT_DETACHABLE'],
    ]) {
      expect(await world.fails(`model detach gamma/late ${parent}`, { as: 'gamma' })).to.deep.equal([2, code])
    }
  })

  it('lists by parent, by claimant and by state', async function () {
    const all = await world.ok('claim list')
    expect((await world.ok('claim list --parent acme/base')).length).to.equal(all.length)
    expect(await world.ok('claim list --parent gamma/tuned')).to.deep.equal([])
    expect(await world.ok(`claim list --claimant ${addressOf('beta')}`)).to.deep.equal([])
    expect((await world.ok(`claim list --claimant ${addressOf('stranger')}`)).length).to.equal(all.length)
    const counts = await Promise.all(
      ['filed', 'acknowledged', 'upheld', 'rejected', 'withdrawn'].map(
        async (state) => (await world.ok(`claim list --state ${state}`)).length,
      ),
    )
    expect(counts).to.deep.equal([1, 1, 3, 1, 2])
    expect((await world.run('claim list --state contested')).stdout).to.equal('There are no such claims.\n')
  })

  it('prints the canonical form of evidence, whose bytes have the digest', async function () {
    await world.file('evidence6.json', EVIDENCE)
    const { digest } = await world.ok('claim evidence evidence6.json')
    const { stdout } = await world.run('claim evidence evidence6.json')
    const { createHash } = await import('node:crypto')
    expect(`0x${createHash('sha256').update(stdout).digest('hex')}`).to.equal(digest)
  })

  it('exits with 2 for an invalid claim, invalid evidence or an invalid product', async function () {
    await world.file('bad.json', { version: 1, summary: 'x', items: [] })
    const filing = 'claim file gamma/tuned --parent acme/base --relation finetune --out x.json --evidence'
    const wrong: [string, string][] = [
      ['claim show 0x12', 'INVALID_CLAIM_ID'],
      [`claim show 0x${'12'.repeat(32)}`, 'CLAIM_NOT_FOUND'],
      ['claim list --state open', 'USAGE'],
      ['claim list gamma/tuned --product https://a.example', 'USAGE'],
      ['claim list --product ftp://a.example', 'INVALID_PRODUCT_URL'],
      [`${filing} bad.json`, 'INVALID_EVIDENCE'],
      [`${filing} none.json`, 'FILE'],
      [`${filing} product.json`, 'USAGE'],
      [
        'claim file https://b.example --product --parent acme/base --relation merge --out x.json --evidence product.json',
        'USAGE',
      ],
      ['claim disclose bad.json', 'INVALID_CLAIM_FILE'],
    ]
    for (const [args, code] of wrong) {
      const [exit, actual] = await world.fails(args, { as: 'stranger' })
      expect([exit, actual], args).to.deep.equal([2, code])
    }
  })

  it('computes one subject from whatever form of a URL', function () {
    for (const url of ['http://shop.example/a/', 'HTTPS://SHOP.example:443/a#x', 'https://shop.example./a']) {
      expect(canonicalProductUrl(url)).to.equal('https://shop.example/a')
    }
  })
})
