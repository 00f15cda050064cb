import { expect } from 'chai'
import { verifyMessage, Wallet } from 'ethers'

import { parseAddress } from '../../src/core/hex.ts'
import type { OverrideStore } from '../../src/documents/override.ts'
import { listFindingOverrides, signFindingOverride, withOverrides } from '../../src/scan/findingOverrides.ts'
import { rulesetText } from '../../src/scan/ruleset.ts'
import { SCANNERS } from '../../src/scan/scanners.ts'
import { documentOf, findingOf } from './report/scanDocuments.ts'

const NOW = 1_800_000_000
const WEEK = 7 * 86_400

/** A store in memory. */
function memory(): OverrideStore & { files: Map<string, unknown> } {
  const files = new Map<string, unknown>()
  return { files, read: (name) => files.get(name), write: (name, value) => void files.set(name, value) }
}

describe('overrides of findings', function () {
  const signer = Wallet.createRandom()
  const own = [parseAddress(signer.address.toLowerCase())]
  const unknown = findingOf({ rule: 'pickle.unlisted', level: 'unknown' })
  const document = documentOf([unknown])
  const { weights } = document
  const asked = {
    weights,
    rule: 'pickle.unlisted',
    policy: {},
    reason: 'our own layer',
    digestPrefix: weights.slice(2, 10),
    now: NOW,
    seconds: WEEK,
  }
  const list = (store: OverrideStore) => listFindingOverrides(store, weights, async () => verifyMessage)
  const refusal = (change: object, store = memory()): Promise<unknown> =>
    signFindingOverride(store, signer, { ...asked, ...change }).catch((error: unknown) => error)

  it('pass over findings of one rule in some weights until they end, beside the verdict', async function () {
    const store = memory()
    const record = await signFindingOverride(store, signer, asked)
    const overrides = await list(store)
    expect(overrides).to.deep.equal([record])
    const at = (now: number, change: object = {}) =>
      withOverrides(document, overrides, { policy: {}, own, now, ...change })
    for (const time of [NOW, NOW + WEEK - 1]) expect(at(time).verdictWithOverrides).to.equal('passed')
    for (const time of [NOW - 1, NOW + WEEK]) expect(at(time).verdictWithOverrides).to.equal(null)
    expect(at(NOW)).to.deep.equal({ ...document, verdictWithOverrides: 'passed', overrides })
    expect(at(NOW + WEEK).overrides).to.deep.equal(overrides)
    expect(at(NOW, { own: [] }).verdictWithOverrides).to.equal(null)
    const others = { policy: { overrides: { signers: [`0x${'2'.repeat(40)}`] } } }
    expect(at(NOW, others).verdictWithOverrides).to.equal(null)
    const two = documentOf([unknown, findingOf({ rule: 'pickle.broken', level: 'unknown' })])
    expect(withOverrides(two, overrides, { policy: {}, own, now: NOW }).verdictWithOverrides).to.equal('unknown')
    const worse = documentOf([unknown, findingOf()])
    expect(withOverrides(worse, overrides, { policy: {}, own, now: NOW }).verdictWithOverrides).to.equal('failed')
    const other = { ...document, weights: `0x${'1'.repeat(64)}` as typeof weights }
    expect(withOverrides(other, overrides, { policy: {}, own, now: NOW }).verdictWithOverrides).to.equal(null)
  })

  it('pass over a hostile rule only where the policy names it, when they are signed and when they count', async function () {
    const hostile = documentOf([findingOf()])
    for (const rule of ['pickle.call', 'code.auto-map', 'gguf.header', 'clamav.found', 'modelscan.found']) {
      expect(await refusal({ rule }), rule).to.have.property('code', 'OVERRIDE_REFUSED')
    }
    for (const rule of ['license.contradiction', 'provenance.undeclared-parent', 'scan.unjudged', 'pickle.library']) {
      expect(await refusal({ rule }), rule)
        .to.have.property('rules')
        .that.deep.equals([rule])
    }
    const store = memory()
    const policy = { overrides: { rules: ['pickle.call'] } }
    await signFindingOverride(store, signer, { ...asked, rule: 'pickle.call', policy })
    const overrides = await list(store)
    expect(withOverrides(hostile, overrides, { policy, own, now: NOW }).verdictWithOverrides).to.equal('passed')
    expect(withOverrides(hostile, overrides, { policy: {}, own, now: NOW }).verdictWithOverrides).to.equal(null)
  })

  it('are refused for another digest, without a reason, for more than 7 days, and for every rule', async function () {
    for (const change of [
      { digestPrefix: undefined },
      { digestPrefix: '00000000' },
      { digestPrefix: weights.slice(2, 9) },
      { reason: '' },
      { reason: 'two\nlines' },
      { reason: 'x'.repeat(501) },
      { seconds: WEEK + 1 },
      { seconds: 0 },
      { seconds: NaN },
      { rule: '*' },
      { rule: 'pickle' },
      { rule: 'pickle.none' },
      { rule: '__proto__' },
      { policy: { overrides: { signers: [`0x${'2'.repeat(40)}`] } } },
    ]) {
      const store = memory()
      expect(await refusal(change, store), JSON.stringify(change)).to.have.property('code', 'OVERRIDE_REFUSED')
      expect(store.files.size).to.equal(0)
    }
  })

  it('do not count when they were changed, were signed for the guard, or are malformed', async function () {
    const store = memory()
    const record = await signFindingOverride(store, signer, asked)
    const [name] = [...store.files.keys()]
    const text = `Stemma guard override\n${JSON.stringify({ version: 1, weights, rules: record.rules, reason: record.reason, from: record.from, until: record.until, signer: record.signer })}`
    for (const value of [
      [{ ...record, until: record.until + 1 }],
      [{ ...record, rules: ['pickle.call'] }],
      [{ ...record, weights: `0x${'1'.repeat(64)}` }],
      [{ ...record, signature: await signer.signMessage(text) }],
      [{ ...record, signature: '0x' }],
      [{ ...record, extra: 1 }],
      [null, 7, [], {}],
      { length: 1, 0: record },
      'text',
    ]) {
      store.write(name!, value)
      expect(await list(store), JSON.stringify(value)).to.deep.equal([])
    }
  })

  it('are kept beside one another, and the ruleset says which rules are hostile', async function () {
    const store = memory()
    await signFindingOverride(store, signer, asked)
    await signFindingOverride(store, signer, { ...asked, rule: 'scan.unjudged' })
    expect((await list(store)).map(({ rules }) => rules)).to.deep.equal([['pickle.unlisted'], ['scan.unjudged']])
    const { scanners } = JSON.parse(rulesetText(SCANNERS))
    const hostile = new Map(
      scanners.flatMap((scanner: any) => scanner.rules.map((rule: any) => [rule.id, rule.hostile])),
    )
    expect(['pickle.call', 'pickle.unlisted', 'license.contradiction'].map((id) => hostile.get(id))).to.deep.equal([
      true,
      false,
      false,
    ])
  })
})
