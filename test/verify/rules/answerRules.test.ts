import { expect } from 'chai'

import { externalIdOf, externalNameOfTensors, externalNameOnHub } from '../../../src/core/external.ts'
import type { Address, ModelId } from '../../../src/core/hex.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { descriptionDigest } from '../../../src/documents/trainingDescription.ts'
import type { Finding, Report, RuleAnswer } from '../../../src/core/report.ts'
import type { FindDocuments, FoundBytes } from '../../../src/verify/rules/documents.ts'
import { lineageRules } from '../../../src/verify/policy.ts'
import type { LineageRule } from '../../../src/verify/rules/lineageRules.ts'
import { modelMatcher } from '../../../src/verify/rules/modelMatcher.ts'
import { verify } from '../../../src/verify/verify.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../../fixtures/memoryLedger.ts'

const [maker, tuner, merger] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const [verifier, other] = [accountNumber(0xffff), accountNumber(0xfffe)]
const free = termsFor('free', { rights: ['research', 'modify', 'redistribute', 'redistribute-derivatives'] })

/** A base, a tuned model of it, and a merge of both, each by another publisher. */
class Lineage {
  readonly ledger = new MemoryLedger()
  readonly base: ModelId
  readonly tuned: ModelId
  readonly merge: ModelId
  readonly texts = new Map<string, Uint8Array>()

  constructor() {
    this.base = this.ledger.register({ name: 'maker/base', publisher: maker, terms: free })
    this.tuned = this.made('tuner/tuned', tuner, this.base)
    this.merge = this.made('merger/merge', merger, this.base, this.tuned)
  }

  made(name: string, publisher: Address, ...parents: ModelId[]): ModelId {
    return this.ledger.register({ name, publisher, terms: free, parents: parents.map((model) => ({ model })) })
  }

  /** Gives a publisher a profile. */
  states(publisher: Address, profile: unknown): void {
    const text = typeof profile === 'string' ? profile : JSON.stringify(profile)
    this.ledger.profiles.set(publisher, sha256Text(text))
    this.texts.set(sha256Text(text), new TextEncoder().encode(text))
  }

  find: FindDocuments = async (sought) =>
    new Map(
      sought.map(({ digest }) => {
        const bytes = this.texts.get(digest)
        return [digest, bytes ? { bytes } : { problem: 'nowhere' }] as const
      }),
    )

  async ask(rule: LineageRule, model = this.merge): Promise<{ report: Report; answer: RuleAnswer; found: Finding[] }> {
    const report = await verify(this.ledger.reader(), {
      model,
      use: 'research',
      policy: { lineage: lineageRules([rule]) },
      documents: this.find,
    })
    const [answer] = report.rules as [RuleAnswer]
    return { report, answer, found: report.findings.filter((each) => each.rule === 0) }
  }
}

describe('rules of a policy on the lineage', function () {
  let lineage: Lineage

  beforeEach(() => {
    lineage = new Lineage()
  })

  /** Expects a rule to be kept, and the use to be permitted. */
  async function keeps(rule: LineageRule, model?: ModelId): Promise<void> {
    const { report, answer, found } = await lineage.ask(rule, model)
    expect([answer.answer, found, report.verdict], JSON.stringify(rule)).to.deep.equal(['kept', [], 'permitted'])
  }

  /** Expects a rule to be broken or open by exactly some models, in that order, each with the path to it. */
  async function objects(
    answer: 'broken' | 'unknown',
    code: string,
    rule: LineageRule,
    paths: ModelId[][],
    model?: ModelId,
  ): Promise<Finding[]> {
    const { report, answer: given, found } = await lineage.ask(rule, model)
    expect(given.answer, JSON.stringify(rule)).to.equal(answer)
    expect(found.map(({ path }) => path)).to.deep.equal(paths)
    expect(found.map((each) => each.model)).to.deep.equal(paths.map((path) => path.at(-1)))
    expect(new Set(found.map((each) => each.code))).to.deep.equal(new Set([code]))
    expect(new Set(found.map(({ severity }) => severity))).to.deep.equal(
      new Set([answer === 'broken' ? 'blocking' : 'unknown']),
    )
    expect(report.verdict).to.equal(answer === 'broken' ? 'not-permitted' : 'unknown')
    const named = new Set(report.models.map((each) => each.model))
    for (const id of paths.flat()) expect(named.has(id)).to.equal(true)
    for (const { remedy, reason } of found) expect(remedy, reason).to.contain('stemma ')
    return found
  }

  it('leave the report as it is where the policy has none', async function () {
    const report = await verify(lineage.ledger.reader(), { model: lineage.merge, use: 'research', policy: {} })
    expect(report).to.not.have.property('rules')
    expect((await lineage.ask({ parents: 'none' }, lineage.base)).report.rules).to.deep.equal([
      { rule: 0, text: 'the model was made from no other', answer: 'kept' },
    ])
  })

  it('deny publishers, or allow none but some, by the path to each', async function () {
    const { base, tuned, merge } = lineage
    await objects('broken', 'lineage-publisher', { denyPublishers: [tuner] }, [[merge, tuned]])
    await objects('broken', 'lineage-publisher', { denyPublishers: [maker, merger] }, [[merge], [merge, base]])
    await keeps({ denyPublishers: [merger], of: 'ancestors' })
    await keeps({ denyPublishers: [accountNumber(9)] })
    await objects('broken', 'lineage-publisher', { onlyPublishers: [maker, merger] }, [[merge, tuned]])
    await keeps({ onlyPublishers: [maker, tuner], of: 'ancestors' })
  })

  it('give the reason of the reader, the place of the rule and the model, and stand beside other rules', async function () {
    const policy = {
      lineage: lineageRules([{ parents: 'none' }, { denyPublishers: [maker], why: 'board decision 7' }]),
    }
    const report = await verify(lineage.ledger.reader(), { model: lineage.tuned, use: 'research', policy })
    expect(report.rules!.map(({ rule, answer, why }) => [rule, answer, why])).to.deep.equal([
      [0, 'broken', undefined],
      [1, 'broken', 'board decision 7'],
    ])
    const ruled = report.findings.filter(({ rule }) => rule !== undefined)
    expect(ruled.map(({ rule, code }) => [rule, code])).to.deep.equal([
      [0, 'lineage-parent'],
      [1, 'lineage-publisher'],
    ])
    expect(ruled[1]!.reason).to.equal(
      `Rule lineage[1] of your policy asks that none of the model and its ancestors is by ${maker} (board decision 7). maker/base (${lineage.base.slice(0, 10)}…) is by ${maker}.`,
    )
  })

  it('go by the country that a profile states, and say who accredited the publisher', async function () {
    const { base, tuned, merge } = lineage
    lineage.states(maker, { name: 'Maker', country: 'CN' })
    lineage.states(tuner, { country: 'US' })
    lineage.states(merger, { country: 'DE' })
    lineage.ledger.verifiers.set(maker, other)
    const [found] = await objects('broken', 'lineage-country', { denyCountries: ['CN', 'RU'] }, [[merge, base]])
    expect(found!.reason)
      .to.contain('its country is CN: a statement, not a proof;')
      .and.to.contain(`${other} accredited`)
    await objects('broken', 'lineage-country', { onlyCountries: ['DE', 'CN'] }, [[merge, tuned]])
    await keeps({ denyCountries: ['RU'] })
    await keeps({ onlyCountries: ['CN', 'US', 'DE'] })
    await keeps({ denyCountries: ['DE'], of: 'ancestors' })
    const { answer } = await lineage.ask({ denyCountries: ['RU'], of: 'ancestors' })
    expect(answer.countries).to.deep.equal([
      { publisher: maker, country: 'CN', profile: lineage.ledger.profiles.get(maker), verifier: other },
      { publisher: tuner, country: 'US', profile: lineage.ledger.profiles.get(tuner), verifier },
    ])
    lineage.ledger.verifiedUntil.set(maker, 0)
    const unverified = await lineage.ask({ denyCountries: ['CN'] })
    expect(unverified.found[0]!.reason).to.contain('nobody accredited it')
    expect(unverified.report.verdict).to.equal('not-permitted')
  })

  it('are open where a country is not known, and say why', async function () {
    const { base, merge } = lineage
    for (const publisher of [tuner, merger]) lineage.states(publisher, { country: 'FR' })
    const why = async (): Promise<string> => {
      const rule = { denyCountries: ['CN'] }
      return (await objects('unknown', 'lineage-country', rule, [[merge, base]]))[0]!.reason
    }
    expect(await why()).to.contain('it has set no profile')
    lineage.states(maker, { name: 'Maker' })
    expect(await why()).to.contain('its profile states none')
    for (const [profile, part] of [
      ['{ "country": "UK" }', 'Did you mean "GB"?'],
      ['{ "country": "cn" }', 'Did you mean "CN"?'],
      ['{ "country": ["CN"] }', 'expected a country'],
      ['{ "country": "US", "country": "CN" }', 'country'],
      ['"CN"', 'expected an object'],
      ['not JSON', 'is not JSON'],
      [`{ "padding": "${'x'.repeat(70_000)}", "country": "US" }`, 'longer than 65536 bytes'],
    ] as const) {
      lineage.states(maker, profile)
      expect(await why(), profile.slice(0, 40)).to.contain(part)
    }
    lineage.states(maker, { country: 'US' })
    lineage.texts.set(lineage.ledger.profiles.get(maker)!, new TextEncoder().encode('{"country":"FR"}'))
    expect(await why()).to.contain('another document')
    lineage.texts.clear()
    for (const publisher of [tuner, merger]) lineage.states(publisher, { country: 'FR' })
    expect(await why()).to.contain('is not at hand: nowhere')
  })

  it('are open by a source that knows no profiles, and without a way to find documents', async function () {
    for (const publisher of [maker, tuner, merger]) lineage.states(publisher, { country: 'FR' })
    const { readPublishers: _, ...reader } = lineage.ledger.reader()
    const policy = { lineage: lineageRules([{ denyCountries: ['CN'] }, { accreditedBy: [verifier] }]) }
    const asked = { model: lineage.base, use: 'research', policy } as const
    const blind = await verify(reader, { ...asked, documents: lineage.find })
    expect(blind.rules!.map(({ answer }) => answer)).to.deep.equal(['unknown', 'unknown'])
    expect(blind.findings.filter(({ rule }) => rule === 0)[0]!.reason).to.contain('this source cannot say')
    const alone = await verify(lineage.ledger.reader(), asked)
    expect(alone.rules!.map(({ answer }) => answer)).to.deep.equal(['unknown', 'kept'])
  })

  it('read nothing of publishers and look for no document where no rule asks for it', async function () {
    const asked: unknown[] = []
    const reader = {
      ...lineage.ledger.reader(),
      readPublishers: async (): Promise<never> => {
        throw new Error('not asked for')
      },
    }
    const rules: LineageRule[] = [{ denyPublishers: [other] }, { accredited: true }, { denyModels: ['a/*'] }]
    const { verdict } = await verify(reader, {
      model: lineage.merge,
      use: 'research',
      policy: { lineage: lineageRules(rules) },
      documents: async (sought) => (asked.push(sought), new Map<never, FoundBytes>()),
    })
    expect([verdict, asked]).to.deep.equal(['permitted', []])
  })

  it('ask for an accredited publisher when it registered the model, by some verifiers', async function () {
    const { base, merge } = lineage
    await keeps({ accredited: true })
    await keeps({ accreditedBy: [verifier] })
    lineage.ledger.verifiers.set(maker, other)
    await objects('broken', 'lineage-accreditation', { accreditedBy: [verifier] }, [[merge, base]])
    await keeps({ accreditedBy: [verifier, other] })
    // Models are registered at 1: a verification that ends then, or one that begins later, says nothing of them.
    for (const [from, until, answer] of [
      [0, 2, 'kept'],
      [0, 1, 'broken'],
      [1, 2, 'kept'],
      [2, 9, 'broken'],
    ] as const) {
      lineage.ledger.verifiedFrom = from
      lineage.ledger.verifiedUntil.set(maker, until)
      const { answer: given } = await lineage.ask({ accredited: true }, base)
      expect([from, until, given.answer]).to.deep.equal([from, until, answer])
    }
  })

  it('deny models by id, by any spelling of a name, and by owner', async function () {
    const { base, tuned, merge } = lineage
    const spellings = [base, base.toUpperCase().replace('0X', '0x'), 'maker/base', 'Maker/BASE', 'hf:maker/base']
    for (const name of [...spellings, 'https://huggingface.co/maker/base/', 'hf.co/maker/base', 'maker/*', 'MAKER/*']) {
      await objects('broken', 'lineage-model', { denyModels: [name] }, [[merge, base]])
    }
    for (const name of ['maker/bas', 'make/*', 'tuner/base', digestNumber(5)]) await keeps({ denyModels: [name] })
    await objects('broken', 'lineage-model', { denyModels: ['tuner/*', 'maker/*'] }, [
      [merge, base],
      [merge, tuned],
    ])
    await keeps({ denyModels: ['merger/*'], of: 'ancestors' })
    const branch = lineage.made('maker/base/tree/v2', tuner)
    const child = lineage.made('merger/child', merger, branch)
    await objects('broken', 'lineage-model', { denyModels: ['maker/*'] }, [[child, branch]], child)
  })

  it('deny a name by any publisher, and allow one only by a publisher whose word counts', async function () {
    const { base, tuned, merge } = lineage
    await keeps({ onlyModels: ['maker/base', tuned, 'merger/*'] })
    await keeps({ onlyModels: ['maker/*', 'tuner/tuned'], of: 'ancestors' })
    await objects('broken', 'lineage-model', { onlyModels: ['maker/base', 'merger/*'] }, [[merge, tuned]])
    lineage.ledger.verifiedUntil.set(maker, 0)
    await objects('unknown', 'lineage-model', { onlyModels: ['maker/*', 'tuner/*', 'merger/*'] }, [[merge, base]])
    const { answer } = await lineage.ask({ onlyModels: [base, 'tuner/*', 'merger/*'] })
    expect(answer.answer).to.equal('kept')
    const denied = await lineage.ask({ denyModels: ['maker/*'] })
    expect(denied.answer.answer).to.equal('broken')
  })

  it('ask that a model has no parents', async function () {
    const { base, tuned, merge } = lineage
    await keeps({ parents: 'none' }, base)
    await objects('broken', 'lineage-parent', { parents: 'none' }, [
      [merge, base],
      [merge, tuned],
    ])
  })

  describe('about parents that nobody registered', function () {
    const external = externalIdOf(externalNameOnHub('Ghost/Base'))
    const tensors = externalIdOf(externalNameOfTensors(digestNumber(77)))
    let child: ModelId

    beforeEach(() => {
      child = lineage.ledger.register({
        name: 'tuner/of-ghost',
        publisher: tuner,
        terms: free,
        parents: [{ model: external, external: true }],
      })
    })

    it('deny them, until they are bound to a registration', async function () {
      const rule = { unknownParents: 'deny' } as const
      const { found, answer } = await lineage.ask(rule, child)
      expect(answer.answer).to.equal('broken')
      expect(found.map(({ code, path }) => [code, path])).to.deep.equal([['lineage-external', [child, external]]])
      lineage.ledger.bindings.set(external, [lineage.base])
      const bound = await lineage.ask(rule, child)
      expect(bound.found.map(({ code, model }) => [code, model])).to.deep.equal([['lineage-origin', lineage.base]])
    })

    it('leave open who published them, and ask the model that they are bound to', async function () {
      const rules: [LineageRule, string][] = [
        [{ denyPublishers: [maker] }, 'lineage-publisher'],
        [{ onlyPublishers: [tuner] }, 'lineage-publisher'],
        [{ denyCountries: ['CN'] }, 'lineage-country'],
        [{ accredited: true }, 'lineage-accreditation'],
      ]
      lineage.states(tuner, { country: 'FR' })
      for (const [rule, code] of rules) await objects('unknown', code, rule, [[child, external]], child)
      lineage.ledger.bindings.set(external, [lineage.base])
      const path = [child, external, lineage.base]
      await objects('broken', 'lineage-publisher', { denyPublishers: [maker] }, [path], child)
      await keeps({ accredited: true }, child)
    })

    it('deny them by the name that the child gives them, also when they are bound', async function () {
      const reader = { ...lineage.ledger.reader() }
      const nameOf = new Map([[external, { name: externalNameOnHub('ghost/base'), registered: [] }]])
      const ask = async (rule: LineageRule, names: Map<ModelId, any> = nameOf): Promise<(string | undefined)[]> => {
        const report = await verify(
          { ...reader, readExternals: async () => names },
          { model: child, use: 'research', policy: { lineage: lineageRules([rule]) } },
        )
        const [found] = report.findings.filter((each) => each.rule === 0)
        return [report.rules![0]!.answer, found?.model]
      }
      expect(await ask({ denyModels: ['ghost/*'] })).to.deep.equal(['broken', external])
      expect(await ask({ denyModels: ['hf:Ghost/base'] })).to.deep.equal(['broken', external])
      expect(await ask({ denyModels: [external] })).to.deep.equal(['broken', external])
      expect(await ask({ denyModels: ['other/*'] })).to.deep.equal(['kept', undefined])
      expect(await ask({ denyModels: ['other/*'] }, new Map())).to.deep.equal(['unknown', external])
      // A source that leaves the name out cannot hide a model whose exact name is denied: its id commits to the name.
      const id = externalIdOf(externalNameOnHub('ghost/base'))
      expect(modelMatcher(['https://huggingface.co/Ghost/base']).byId(id)).to.equal(true)
      expect(modelMatcher(['ghost/other', 'ghost/*']).byId(id)).to.equal(false)
      const alike = new Map([[external, { name: externalNameOnHub('ghost/base'), registered: [lineage.base] }]])
      expect(await ask({ denyModels: [lineage.base] }, alike)).to.deep.equal(['unknown', external])
      expect(await ask({ onlyModels: ['ghost/*', 'tuner/*'] })).to.deep.equal(['kept', undefined])
      expect(await ask({ onlyModels: ['tuner/*'] })).to.deep.equal(['broken', external])
      lineage.ledger.bindings.set(external, [lineage.base])
      expect(await ask({ denyModels: ['ghost/*'] })).to.deep.equal(['broken', external])
      expect(await ask({ denyModels: ['maker/*'] })).to.deep.equal(['broken', lineage.base])
    })

    it('deny one by its tensors', async function () {
      const model = lineage.ledger.register({
        name: 'tuner/of-tensors',
        publisher: tuner,
        terms: free,
        parents: [{ model: tensors, external: true }],
      })
      const name = externalNameOfTensors(digestNumber(77))
      await objects('broken', 'lineage-model', { denyModels: [name.toUpperCase()] }, [[model, tensors]], model)
      await objects('unknown', 'lineage-model', { denyModels: ['other/*'] }, [[model, tensors]], model)
    })
  })

  it('ask of a model without parents that it states to be from scratch', async function () {
    const rule = { unknownParents: 'deny' } as const
    const describe = (description: object): ReturnType<typeof descriptionDigest> => {
      const method = descriptionDigest(description as Parameters<typeof descriptionDigest>[0])
      lineage.texts.set(method, new TextEncoder().encode(JSON.stringify(description, null, 4)))
      return method
    }
    const scratch = describe({ version: 1, origin: 'from-scratch' })
    const silent = describe({ version: 1, origin: 'not-stated' })
    const root = (name: string, method = digestNumber(0)): ModelId =>
      lineage.ledger.register({ name, publisher: maker, terms: free, method })
    const [stated, unstated, nothing, lost] = [
      root('maker/a', scratch),
      root('maker/b', silent),
      root('maker/c'),
      root('maker/d', digestNumber(123)),
    ]
    await keeps(rule, stated)
    await keeps(rule, lineage.made('tuner/of-a', tuner, stated))
    await objects('broken', 'lineage-origin', rule, [[unstated]], unstated)
    await objects('broken', 'lineage-origin', rule, [[nothing]], nothing)
    const [open] = await objects('unknown', 'lineage-origin', rule, [[lost]], lost)
    expect(open!.reason).to.contain('is not at hand: nowhere')
    const child = lineage.made('tuner/of-b', tuner, unstated)
    await objects('broken', 'lineage-origin', rule, [[child, unstated]], child)
    lineage.texts.set(scratch, new TextEncoder().encode('{"version":1,"origin":"from-scratch","steps":[]}'))
    const [forged] = await objects('unknown', 'lineage-origin', rule, [[stated]], stated)
    expect(forged!.reason).to.match(/another document|Invalid/)
  })

  it('answer for 10,000 models in a row', async function () {
    this.timeout(60_000)
    let model = lineage.base
    for (let index = 0; index < 10_000; index++) model = lineage.made(`tuner/m${index}`, tuner, model)
    for (const publisher of [maker, tuner]) lineage.states(publisher, { country: 'FR' })
    const rules: LineageRule[] = [
      { onlyPublishers: [accountNumber(9)] },
      { denyCountries: ['FR'] },
      { denyModels: Array.from({ length: 10_000 }, (_, index) => `x/m${index}`) },
      { unknownParents: 'deny' },
    ]
    const reader = lineage.ledger.reader()
    const policy = { lineage: lineageRules(rules) }
    const report = await verify(reader, { model, use: 'research', policy, documents: lineage.find })
    expect(report.findings.filter(({ rule }) => rule === 0)).to.have.length(10_001)
    expect(report.findings.find(({ rule, model: at }) => rule === 1 && at === lineage.base)!.path).to.have.length(
      10_001,
    )
  })

  it('refuse a rule that a program made wrong, as one in a file', function () {
    const rule = { denyCountry: ['CN'] } as unknown as LineageRule
    expect(() => lineageRules([rule]))
      .to.throw('Did you mean "denyCountries"?')
      .and.to.include({ code: 'INVALID_POLICY' })
  })
})
