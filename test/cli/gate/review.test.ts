import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { formatDuration } from '../../../src/cli/format.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const DAY = 86_400
/** What scripts/deploy.ts gives the gate by default. */
const [MARGIN, BLOCKS] = [3600, 32]
const SCAN = '--report report.txt --ruleset rules.txt'

describe('stemma review', function () {
  let world: World
  let provider: JsonRpcProvider
  let base: string
  let weights: string

  /** Lets time and blocks pass on the node. */
  const pass = async (seconds: number, blocks = 1): Promise<void> => {
    await provider.send('evm_increaseTime', [seconds])
    await provider.send('hardhat_mine', [`0x${blocks.toString(16)}`])
  }
  /** The exit code and the JSON of `review status`. */
  const statusOf = async (args: string): Promise<[number, any]> => {
    const { code, json } = await world.run(`review status ${args} --json`, { as: null })
    return [code, json()]
  }

  /** The exit code and the JSON of `review check`. */
  const checkOf = async (args: string): Promise<[number, any]> => {
    const { code, json } = await world.run(`review check ${args} --json`, { as: null })
    return [code, json()]
  }

  before(async function () {
    world = await startWorld()
    provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
    await world.ok('terms publish research-only')
    await world.folder('acme__base', 'license: other\nlicense_name: research-only')
    await world.folder('unknown', 'license: mit', 'weights that nobody registered')
    base = (await world.ok('register acme__base')).model
    weights = (await world.ok(`show ${base}`)).models[0].registration.weights
    await world.file('report.txt', 'nothing was found')
    await world.file('rules.txt', 'rule 1')
  })

  after(async () => {
    provider.destroy()
    await world.stop()
  })

  it('says that nobody has requested one, and that the gate is shut', async function () {
    const [code, status] = await statusOf('acme/base')
    expect([code, status.subject, status.name, status.review.state]).to.deep.equal([1, base, 'acme/base', 'none'])
    const { stdout } = await world.run('review status acme/base')
    expect(stdout)
      .to.contain('none: nobody has requested a review')
      .and.to.match(/open +no/)
  })

  it('requests one by a name, and shows the time left in words and seconds', async function () {
    const dry = await world.ok('review request acme/base --dry-run')
    expect([dry.dryRun, dry.readyAt]).to.deep.equal([true, undefined])
    const sent = await world.ok('review request acme/base --uri ipfs://weights', { as: 'stranger' })
    expect(sent.subject).to.equal(base)
    const [code, status] = await statusOf('./acme__base')
    expect([code, status.subject, status.review.state]).to.deep.equal([1, base, 'frozen'])
    expect([status.timeLeft, status.blocksLeft]).to.deep.equal([DAY + MARGIN, BLOCKS])
    expect([sent.readyAt, sent.readyBlock]).to.deep.equal([status.review.readyAt, status.review.readyBlock])
    const { stdout } = await world.run('review status acme/base')
    expect(stdout).to.match(/time left +1 day 1 hour \(90000 s\), 32 blocks\n/)
    expect(await world.fails('review request acme/base')).to.deep.equal([2, 'REVIEW_GATE_UNEXPECTED_STATE'])
  })

  it('attests scans, directly and by signature, of what a path or a name means', async function () {
    const failed = await world.ok(`review scan acme/base --verdict failed ${SCAN} --uri ipfs://report`)
    expect([failed.weights, failed.verdict]).to.deep.equal([weights, 'failed'])
    expect(failed.report).to.equal(`0x${createHash('sha256').update('nothing was found').digest('hex')}`)
    await pass(10)
    const file = await world.ok(`review scan ./acme__base --verdict passed ${SCAN} --sign scan.json`)
    expect(file.scan.report.weights).to.equal(weights)
    const attested = await world.ok('review attest scan.json', { as: 'stranger' })
    expect([attested.weights, attested.verdict, attested.scanner]).to.deep.equal([
      weights,
      'passed',
      KEYS.acme.address.toLowerCase(),
    ])
    expect(await world.fails('review attest scan.json')).to.deep.equal([2, 'REVIEW_GATE_SCAN_OUT_OF_ORDER'])
    const wallet = `0x${'5c'.repeat(20)}`
    const forOther = `review scan acme/base --verdict passed ${SCAN} --signer ${wallet}`
    expect((await world.ok(`${forOther} --sign wallet.json`)).scan.scanner).to.equal(wallet)
    expect(await world.fails('review attest wallet.json')).to.deep.equal([2, 'REVIEW_GATE_INVALID_SIGNATURE'])
    expect(await world.fails(forOther)).to.deep.equal([2, 'USAGE'])
    const [, status] = await statusOf('acme/base')
    expect(status.scans.map(({ verdict }: { verdict: string }) => verdict)).to.deep.equal(['passed'])
    const refused = await world.run(`review scan acme/base --verdict passed ${SCAN}`, { as: 'beta' })
    // In lower case, as every answer has accounts.
    const account = KEYS.beta.address.toLowerCase()
    expect(refused.stderr).to.contain(`REVIEW_GATE_NOT_SCANNER: ${account} is not accredited as a scanner.`)
    expect(refused.code).to.equal(2)
  })

  it('clears once the clock has run out, and asks for the license when the model is loaded', async function () {
    expect(await world.fails('review clear acme/base')).to.deep.equal([2, 'REVIEW_GATE_CLOCK_RUNNING'])
    expect((await checkOf('./acme__base --use research'))[0]).to.equal(1)
    await pass(DAY + MARGIN, BLOCKS)
    expect((await world.run('review status acme/base')).stdout).to.contain('none: it can be decided')
    expect((await world.ok('review clear acme/base', { as: 'stranger' })).subject).to.equal(base)
    expect((await statusOf('acme/base'))[0]).to.equal(0)
    expect((await world.run('review status acme/base')).stdout)
      .to.match(/open +yes/)
      .and.to.match(/scan +passed by 0x/)

    const [code, research] = await checkOf('./acme__base --use research')
    expect([code, research.model, research.weights]).to.deep.equal([0, base, weights])
    expect([research.cleared, research.license, research.recalled]).to.deep.equal([true, 'permitted', false])
    const [shut, commercial] = await checkOf('./acme__base --use commercial')
    expect([shut, commercial.license, commercial.cleared]).to.deep.equal([1, 'not-permitted', true])
    const text = await world.run('review check ./acme__base --use research --fact monthlyRevenueUsd=0', { as: null })
    expect(text.stdout)
      .to.match(/loadable +yes for research/)
      .and.to.match(/license +permitted/)
      .and.to.match(/review +cleared/)
  })

  it('checks what is at hand, not a name, and the registration that is named', async function () {
    expect(await world.fails('review check acme/base --use research', { as: null })).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(`review check ${base} --use research`, { as: null })).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('review check ./unknown --use research', { as: null })).to.deep.equal([
      3,
      'WEIGHTS_NOT_REGISTERED',
    ])
    expect((await checkOf(`./acme__base --use research --model ${base}`))[0]).to.equal(0)
    expect(await world.fails(`review check ./unknown --use research --model ${base}`, { as: null })).to.deep.equal([
      2,
      'USAGE',
    ])
    expect(await world.fails('review check ./acme__base --use research --fact x', { as: null })).to.deep.equal([
      2,
      'USAGE',
    ])
  })

  it('says which stated fact answers nothing that the license asks', async function () {
    await world.ok('terms publish llama3')
    await world.folder('acme__llama', 'license: llama3', 'other weights')
    await world.ok('register acme__llama')
    const asked = 'review check ./acme__llama --use commercial --fact'
    const other = await world.run(`${asked} monthlyActiveUsers=5`, { as: null })
    expect(other.code).to.equal(1)
    expect(other.stderr).to.match(
      /Note: monthlyActiveUsers is stated, and a license asks about monthlyActiveUsers\S+, /,
    )
    const [, asks] = /asks about ([^,]+),/.exec(other.stderr)!
    expect((await world.run(`${asked} ${asks}=5`, { as: null })).stderr).to.not.contain('is stated')
    expect((await world.run(`${asked} employees=5`, { as: null })).stderr).to.not.contain('is stated')
  })

  it('freezes a cleared review again once scanners fail the weights, and is cleared once they pass them', async function () {
    expect(await world.fails('review freeze acme/base')).to.deep.equal([2, 'REVIEW_GATE_TOO_FEW_FAILURES'])
    expect(await world.fails('review freeze acme/nothing')).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
    expect(await world.fails('review freeze ./unknown')).to.deep.equal([2, 'REVIEW_GATE_UNKNOWN_REVIEW'])
    await pass(60)
    await world.ok(`review scan acme/base --verdict failed ${SCAN}`)
    expect((await statusOf('acme/base'))[0]).to.equal(1)
    const [code, { shut, cleared }] = await checkOf('./acme__base --use research')
    expect([code, shut, cleared]).to.deep.equal([1, true, true])
    expect((await world.ok('review freeze acme/base', { as: 'stranger' })).subject).to.equal(base)
    expect((await statusOf('acme/base'))[1].review.state).to.equal('frozen')
    await pass(60)
    await world.ok(`review scan acme/base --verdict passed ${SCAN}`)
    await world.ok('review clear acme/base')
    expect((await checkOf('./acme__base --use research'))[0]).to.equal(0)
  })

  it('corrects where the weights are, for who requested the review and for the publisher', async function () {
    const sent = await world.ok('review uri acme/base ipfs://right', { as: 'stranger' })
    expect([sent.subject, sent.uri]).to.deep.equal([base, 'ipfs://right'])
    await world.ok('review uri acme/base ipfs://ours')
    expect(await world.fails('review uri acme/base ipfs://theirs', { as: 'beta' })).to.deep.equal([
      2,
      'REVIEW_GATE_NOT_AUTHOR',
    ])
  })

  it('looks at weights for themselves where nobody registered them, and with --artefact', async function () {
    const sent = await world.ok('review request ./unknown')
    expect(sent.subject).to.match(/^0x[0-9a-f]{64}$/)
    expect((await statusOf(sent.subject))[1].review.ofModel).to.equal(false)
    await world.ok(`review scan ./unknown --verdict failed ${SCAN}`)
    await pass(DAY + MARGIN, BLOCKS)
    expect(await world.fails('review clear ./unknown')).to.deep.equal([2, 'REVIEW_GATE_SCAN_FAILED'])
    expect((await world.ok('review quarantine ./unknown', { as: 'beta' })).subject).to.equal(sent.subject)
    const [code, status] = await statusOf('./unknown')
    expect([code, status.review.state]).to.deep.equal([1, 'quarantined'])

    const artefact = await world.ok('review request ./acme__base --artefact')
    expect(artefact.subject).to.equal(weights)
    expect((await statusOf(`${weights}`))[1].subject).to.equal(base)
    expect((await statusOf(`${weights} --artefact`))[1].subject).to.equal(weights)
  })

  it('certifies for a time, and takes that back', async function () {
    const sent = await world.ok('review certify ./acme__base --artefact --until 30d')
    expect([sent.subject, sent.uses]).to.deep.equal([weights, []])
    expect((await statusOf('./acme__base --artefact'))[0]).to.equal(0)
    expect((await world.run('review status ./acme__base --artefact')).stdout).to.match(
      /state +frozen, but opened by a certification\n +scanned +yes, /,
    )
    const certified = await world.ok('review certify acme/base --use research,education --until forever')
    expect(certified.uses).to.deep.equal(['research', 'education'])
    expect((await world.run('review status acme/base')).stdout).to.contain('until forever for research, education')
    expect(await world.fails('review certify acme/base --use research --until 1d', { as: 'beta' })).to.deep.equal([
      2,
      'ACCESS_MANAGED_UNAUTHORIZED',
    ])
    expect(await world.fails('review withdraw-certification acme/base', { as: 'beta' })).to.deep.equal([
      2,
      'REVIEW_GATE_NOT_CERTIFIER',
    ])
    await world.ok('review withdraw-certification acme/base --reason over')
    expect((await statusOf('acme/base'))[1].certification).to.equal(null)
  })

  it('reaches every folder with the same tensors by a failed scan of that scope', async function () {
    const tensor = `${JSON.stringify({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } })}`
    const safetensors = (bytes: string): Buffer => {
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(tensor.length))
      return Buffer.concat([length, Buffer.from(tensor), Buffer.from(bytes)])
    }
    for (const name of ['honest', 'twin']) {
      await mkdir(join(world.cwd, name), { recursive: true })
      await writeFile(join(world.cwd, name, 'model.safetensors'), safetensors('abcd'))
      await writeFile(join(world.cwd, name, 'config.json'), JSON.stringify({ name }))
    }
    expect(await world.fails(`review scan acme/base --verdict failed --scope tensors ${SCAN}`)).to.deep.equal([
      2,
      'USAGE',
    ])
    const files = await world.ok(`review scan ./honest --verdict failed ${SCAN}`)
    expect([files.scope, files.tensors]).to.deep.equal(['files', (await world.ok('digest ./honest')).tensors])
    await pass(10)
    const failed = await world.ok(`review scan ./honest --verdict failed --scope tensors ${SCAN}`)
    expect([failed.scope, failed.tensors]).to.deep.equal(['tensors', files.tensors])
    const signed = await world.ok(`review scan ./twin --verdict failed --scope tensors ${SCAN} --sign twin.json`)
    expect([signed.scan.report.scope, signed.scan.report.tensors]).to.deep.equal(['tensors', files.tensors])
  })

  it('says what is wrong with its arguments before it asks a node', async function () {
    await world.file('broken.json', { version: 1 })
    const node = '--rpc http://127.0.0.1:1'
    for (const [args, code] of [
      ['review request ./nothing-here', 'USAGE'],
      ['review request not/a/model', 'USAGE'],
      ['review request acme/base --artefact', 'USAGE'],
      ['review check ./acme__base --use fly', 'UNKNOWN_WORD'],
      [`review scan acme/base --verdict passed --scope all ${SCAN}`, 'USAGE'],
      ['review certify acme/base --use research --until soon', 'USAGE'],
      [`review scan acme/base --verdict perhaps ${SCAN}`, 'USAGE'],
      ['review scan acme/base --verdict passed --report absent.txt --ruleset rules.txt', 'FILE'],
      ['review attest broken.json', 'INVALID_SCAN'],
    ] as const) {
      expect(await world.fails(`${args} ${node}`), args).to.deep.equal([2, code])
    }
    expect(await world.fails('review certify acme/base --until 1d')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('review certify ./unknown --use research --until 1d')).to.deep.equal([2, 'USAGE'])
  })

  it('refuses a scan that was signed for another ledger, or changed', async function () {
    await pass(100)
    const file = await world.ok(`review scan ./acme__base --verdict passed ${SCAN} --sign other.json`)
    for (const [change, code] of [
      [{ chainId: 5 }, 'INVALID_SCAN'],
      [{ reviewGate: `0x${'1'.repeat(40)}` }, 'INVALID_SCAN'],
      [{ extra: 1 }, 'INVALID_SCAN'],
      [{ scan: { ...file.scan, report: { ...file.scan.report, verdict: 'none' } } }, 'INVALID_SCAN'],
      [{ scan: { ...file.scan, report: { ...file.scan.report, scannedAt: 2 ** 40 } } }, 'INVALID_SCAN'],
      [{ scan: { ...file.scan, report: { ...file.scan.report, scope: 'all' } } }, 'INVALID_SCAN'],
      [{ scan: { ...file.scan, report: { ...file.scan.report, verdict: 'failed' } } }, 'REVIEW_GATE_INVALID_SIGNATURE'],
    ] as const) {
      await world.file('changed.json', { ...file, ...change })
      expect(await world.fails('review attest changed.json')).to.deep.equal([2, code])
    }
  })

  it('names several models with the same weights rather than choose one', async function () {
    // A stranger's copy stands in nobody's way: the publisher whose word counts is meant.
    const copy = (await world.ok('register acme__base --uri ipfs://stranger', { as: 'stranger' })).model
    expect((await checkOf('./acme__base --use research'))[1]).to.include({ model: base, license: 'permitted' })
    expect((await checkOf(`./acme__base --use research --model ${copy}`))[1]).to.include({
      model: copy,
      license: 'unknown',
    })
    await world.ok('register acme__base --uri ipfs://copy', { as: 'gamma' })
    expect(await world.fails('review request ./acme__base')).to.deep.equal([2, 'AMBIGUOUS_MODEL'])
    expect(await world.fails('review check ./acme__base --use research')).to.deep.equal([2, 'AMBIGUOUS_MODEL'])
    expect((await checkOf(`./acme__base --use research --model ${base}`))[1].model).to.equal(base)
    expect((await statusOf('./acme__base --artefact'))[1].subject).to.equal(weights)
  })

  it('asks about the oldest registration of weights that nobody who counts has registered, and lets nothing load', async function () {
    await world.folder('nobodys', 'license: mit', 'weights of strangers')
    const register = async (uri: string): Promise<string> =>
      (await world.ok(`register nobodys --terms research-only --uri ${uri}`, { as: 'stranger' })).model
    const [oldest] = [await register('ipfs://one'), await register('ipfs://two')]
    const { code, stderr, json } = await world.run('review check ./nobodys --use research --json', { as: null })
    expect([code, json().model, json().license, json().loadable]).to.deep.equal([1, oldest, 'unknown', false])
    expect(stderr).to.contain('registered 2 times, and nobody vouches for any of the publishers')
    // Trusted, both count, and --model says which is meant.
    const stranger = KEYS.stranger.address
    await world.run(`trust ${stranger}`)
    expect(await world.fails('review check ./nobodys --use research')).to.deep.equal([2, 'AMBIGUOUS_MODEL'])
    await world.run(`trust --remove ${stranger}`)
  })

  it('shows durations by their two largest units', function () {
    expect([0, 1, 59, 60, 3599, 3600, 3660, DAY, DAY + 59, 3 * DAY + 7300].map(formatDuration)).to.deep.equal([
      '0 seconds',
      '1 second',
      '59 seconds',
      '1 minute (60 s)',
      '59 minutes 59 seconds (3599 s)',
      '1 hour (3600 s)',
      '1 hour 1 minute (3660 s)',
      '1 day (86400 s)',
      '1 day (86459 s)',
      '3 days 2 hours (266500 s)',
    ])
  })
})
