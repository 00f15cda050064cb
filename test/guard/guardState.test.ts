import { chmodSync, linkSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { Wallet } from 'ethers'

import { toChainId } from '../../src/core/chainId.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { parseAddress, parseDigest } from '../../src/core/hex.ts'
import { Clearances, type ClearanceKey } from '../../src/guard/clearances.ts'
import type { StartDecision } from '../../src/guard/judgeStart.ts'
import { listOverrides, overrideFor, signOverride } from '../../src/guard/overrides.ts'
import { StateFolder } from '../../src/guard/stateFolder.ts'

const weights = parseDigest(`0x${'11'.repeat(32)}`)
const address = parseAddress(`0x${'44'.repeat(20)}`)
const NOW = 1_800_000_000
const START: StartDecision = { outcome: 'start', because: 'cleared', missing: [], notes: [] }
const REFUSED: StartDecision = {
  outcome: 'refused',
  because: null,
  missing: [{ rule: 'recalled', what: 'It was recalled.', remedy: 'Use another.' }],
  notes: [],
}

describe('the state of the guard', function () {
  let home: string
  let path: string

  beforeEach(function () {
    home = mkdtempSync(join(tmpdir(), 'stemma-guard-state-'))
    path = join(home, 'state')
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  const key = (change: Partial<ClearanceKey> = {}): ClearanceKey => {
    const names = ['ledger', 'reviewGate', 'loadCheck']
    const contracts = Object.fromEntries(names.map((name) => [name, address])) as Deployment['contracts']
    return {
      deployment: { chainId: toChainId(31_337n), contracts },
      weights,
      tensors: null,
      question: ['host'],
      ...change,
    }
  }

  it('is readable by its owner alone', function () {
    new StateFolder(path).write('a.json', { version: 1 })
    expect([statSync(path).mode & 0o777, statSync(join(path, 'a.json')).mode & 0o777]).to.deep.equal([0o700, 0o600])
    expect(readdirSync(path)).to.deep.equal(['a.json'])
  })

  it('refuses a folder that others could write, or that is a link', function () {
    new StateFolder(path)
    chmodSync(path, 0o770)
    expect(() => new StateFolder(path))
      .to.throw()
      .with.property('code', 'UNTRUSTED_GUARD_STATE')
    chmodSync(path, 0o700)
    symlinkSync(path, join(home, 'link'))
    expect(() => new StateFolder(join(home, 'link')))
      .to.throw()
      .with.property('code', 'UNTRUSTED_GUARD_STATE')
  })

  it('counts no file that is a link, has another name too, may be read by others, is long or is malformed', function () {
    const folder = new StateFolder(path)
    const write = (name: string, text: string, mode = 0o600): void => writeFileSync(join(path, name), text, { mode })
    write('good', '{"version":1}')
    expect(folder.read('good')).to.deep.equal({ version: 1 })
    symlinkSync(join(path, 'good'), join(path, 'link'))
    write('open', '{"version":1}', 0o644)
    write('long', `"${'x'.repeat(70_000)}"`)
    write('malformed', '{"version":')
    write('twice', '{"version":1,"version":2}')
    for (const name of ['link', 'open', 'long', 'malformed', 'twice', 'missing'])
      expect(folder.read(name)).to.equal(undefined)
    linkSync(join(path, 'good'), join(path, 'second'))
    expect(folder.read('good')).to.equal(undefined)
  })

  it('lets a clearance count while it is young and the clock has not been set back', function () {
    const clearances = new Clearances(new StateFolder(path))
    clearances.see(key(), { block: 10, time: NOW - 5 }, NOW)
    clearances.keep(key(), START, { block: 10, time: NOW - 5 }, NOW)
    const kept = clearances.last(key())!
    const counts = (clock: number): boolean => clearances.counts(key(), kept, clock, 86_400)
    expect([counts(NOW), counts(NOW - 5 + 86_399), counts(NOW - 5 + 86_400), counts(NOW - 1)]).to.deep.equal([
      true,
      true,
      false,
      false,
    ])
    clearances.see(key(), { block: 11, time: NOW + 100 }, NOW + 100)
    expect([counts(NOW + 99), counts(NOW + 100)]).to.deep.equal([false, true])
  })

  it('keeps clearances of other questions, files and chains apart', function () {
    const clearances = new Clearances(new StateFolder(path))
    clearances.keep(key(), START, { block: 10, time: NOW }, NOW)
    const others = [
      key({ question: ['commercial'] }),
      key({ tensors: weights }),
      key({ weights: parseDigest(`0x${'12'.repeat(32)}`) }),
      key({ deployment: { ...key().deployment, chainId: toChainId(1n) } }),
    ]
    for (const other of others) expect(clearances.last(other)).to.equal(undefined)
    clearances.keep(key(), REFUSED, { block: 11, time: NOW }, NOW)
    expect(clearances.counts(key(), clearances.last(key())!, NOW, 86_400)).to.equal(false)
  })

  it('refuses a chain that went back', function () {
    const clearances = new Clearances(new StateFolder(path))
    clearances.see(key(), { block: 10, time: NOW }, NOW)
    expect(() => clearances.see(key(), { block: 9, time: NOW - 1 }, NOW))
      .to.throw()
      .with.property('code', 'CHAIN_WENT_BACK')
  })

  it('bears any JSON in place of its own', function () {
    const folder = new StateFolder(path)
    const clearances = new Clearances(folder)
    clearances.keep(key(), START, { block: 10, time: NOW }, NOW)
    const [name] = readdirSync(path) as [string]
    for (const value of [
      null,
      1,
      'x',
      [],
      {},
      { version: 1 },
      { version: 1, outcome: 'start', because: 'me', missing: [], block: 1, time: 1, keptAt: 1 },
      { version: 1, outcome: 'start', because: null, missing: [{}], block: 1, time: 1, keptAt: 1 },
      { version: 1, outcome: 'start', because: null, missing: [], block: -1, time: 1, keptAt: 1 },
    ]) {
      folder.write(name, value)
      expect(clearances.last(key())).to.equal(undefined)
    }
  })

  it('counts an override that its signer signed, until it ends', async function () {
    const folder = new StateFolder(path)
    const signer = Wallet.createRandom()
    const own = [parseAddress(signer.address.toLowerCase())]
    const policy = { overrides: { rules: ['recalled'] as const } }
    const asked = {
      weights,
      deployment: key().deployment,
      decision: REFUSED,
      policy,
      reason: 'drill',
      digestPrefix: '11111111',
      now: NOW,
      seconds: 60,
    }
    await signOverride(folder, signer, asked)
    const records = await listOverrides(folder, weights)
    const at = (now: number, change: object = {}): boolean =>
      overrideFor(records, REFUSED, { policy, own, now, deployment: key().deployment, ...change }) !== undefined
    expect([at(NOW), at(NOW + 59), at(NOW + 60), at(NOW - 1)]).to.deep.equal([true, true, false, false])
    // An override of a test ledger does not count on another one.
    const elsewhere = { ...key().deployment, chainId: toChainId(1n) }
    expect(at(NOW, { deployment: elsewhere })).to.equal(false)
    folder.write(readdirSync(path)[0]!, [{ ...records[0], gate: { ...records[0]!.gate, chainId: '1' } }])
    expect(await listOverrides(folder, weights)).to.deep.equal([])
    expect([at(NOW, { own: [address] }), at(NOW, { policy: {} })]).to.deep.equal([false, false])
    const [name] = readdirSync(path) as [string]
    folder.write(name, [{ ...records[0], until: NOW + 6 * 86_400 }])
    expect(await listOverrides(folder, weights)).to.deep.equal([])
    folder.write(name, [null, 7, {}, { ...records[0], signature: '0x' }, records[0]])
    expect(await listOverrides(folder, weights)).to.have.length(1)
  })

  it('never drops an override out of later reports', async function () {
    const folder = new StateFolder(path)
    const signer = Wallet.createRandom()
    const asked = {
      weights,
      deployment: key().deployment,
      decision: REFUSED,
      policy: { overrides: { rules: ['recalled'] as const } },
      reason: '漢'.repeat(500),
      digestPrefix: '11111111',
      now: NOW,
      seconds: 60,
    }
    const [first] = [await signOverride(folder, signer, asked)]
    const [name] = readdirSync(path) as [string]
    folder.write(
      name,
      Array.from({ length: 255 }, () => first),
    )
    await signOverride(folder, signer, asked)
    const refused = await signOverride(folder, signer, asked).catch((error: unknown) => error)
    expect(refused).to.have.property('code', 'OVERRIDE_REFUSED')
    expect(folder.read(name, 1024 * 1024)).to.have.length(256)
  })

  it('remembers the latest clock also while the ledger is away', function () {
    const clearances = new Clearances(new StateFolder(path))
    clearances.see(key(), { block: 10, time: NOW }, NOW)
    clearances.keep(key(), START, { block: 10, time: NOW }, NOW)
    const kept = clearances.last(key())!
    clearances.seeClock(key(), NOW + 1000)
    // Set back behind what was seen, and not behind the time of the answer.
    expect(clearances.counts(key(), kept, NOW + 500, 86_400)).to.equal(false)
    expect(clearances.counts(key(), kept, NOW + 1000, 86_400)).to.equal(true)
    expect(clearances.latest(key())).to.equal(NOW + 1000)
    clearances.seeClock(key(), NOW)
    expect(clearances.latest(key())).to.equal(NOW + 1000)
  })

  it('refuses an override that is not allowed, confirmed, explained or short', async function () {
    const folder = new StateFolder(path)
    const signer = Wallet.createRandom()
    const policy = { overrides: { rules: ['recalled'] as const } }
    const asked = {
      weights,
      deployment: key().deployment,
      decision: REFUSED,
      policy,
      reason: 'drill',
      digestPrefix: '0x11111111',
      now: NOW,
      seconds: 60,
    }
    for (const change of [
      { policy: {} },
      { policy: { overrides: { rules: ['quarantined'] as const } } },
      { policy: { overrides: { ...policy.overrides, signers: [address] } } },
      { digestPrefix: undefined },
      { digestPrefix: '1111111' },
      { reason: ' ' },
      { reason: 'two\nlines' },
      { seconds: 7 * 86_400 + 1 },
      { seconds: 0 },
    ]) {
      const refused = await signOverride(folder, signer, { ...asked, ...change }).catch((error: unknown) => error)
      expect(refused).to.have.property('code', 'OVERRIDE_REFUSED')
    }
    expect(await listOverrides(folder, weights)).to.deep.equal([])
  })
})
