import { expect } from 'chai'

import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import { formatAnswer, formatInFull, SCREEN } from '../../src/cli/report.ts'
import { externalIdOf, externalNameOfTensors, externalNameOnHub } from '../../src/core/external.ts'
import { parseTierId, ZERO_DIGEST, type Digest, type ModelId, type TermsId } from '../../src/core/hex.ts'
import { FOREVER } from '../../src/core/lineage.ts'
import type { Facts } from '../../src/core/evaluate.ts'
import type { LedgerReader } from '../../src/core/ports.ts'
import { bodyOf, termsIdOf, type Terms } from '../../src/core/terms.ts'
import { bodyOfSet } from '../../src/core/termsBody.ts'
import { RIGHT_NAMES, type Relation, type Right } from '../../src/core/vocabulary.ts'
import { termsOfLicense, type LicenseEntry } from '../../src/documents/license.ts'
import { readConjunction } from '../../src/interop/readConjunction.ts'
import { answer } from '../../src/verify/answer.ts'
import type { Finding, FindingCode, Report } from '../../src/core/report.ts'
import type { FileStatements } from '../../src/verify/fileStatements.ts'
import { verify, verifyUses } from '../../src/verify/verify.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor, type ModelSpec } from '../fixtures/memoryLedger.ts'

const [maker, tuner, user] = [accountNumber(1), accountNumber(2), accountNumber(3)]

describe("the answer in the license's words", function () {
  let licenses: LicenseEntry[]
  let ledger: MemoryLedger

  before(async function () {
    licenses = await loadLicenses()
  })
  beforeEach(function () {
    ledger = new MemoryLedger()
  })

  const entryOf = (id: string): LicenseEntry => licenses.find((entry) => entry.id === id)!
  const termsNamed = (id: string): Terms => termsOfLicense(entryOf(id))!
  const ask = (model: ModelId, use: Right, more: Partial<verify.Parameters> = {}): Promise<Report> =>
    verify(ledger.reader(), { model, use, licenses, ...more })
  const of = ({ findings }: Report, code: FindingCode): Finding[] => findings.filter((found) => found.code === code)

  /** A model of another publisher made from one of the maker, by their licenses. */
  function madeFrom(base: Terms, own: Terms, relation: Relation, name = 'tuner/made', spec: Partial<ModelSpec> = {}) {
    const parent = ledger.register({ name: 'maker/base', publisher: maker, terms: base })
    const parents = [{ model: parent, relation }]
    return { parent, model: ledger.register({ name, publisher: tuner, terms: own, parents, ...spec }) }
  }

  async function textOf(model: ModelId, uses: readonly Right[], full = false, facts: Facts = {}): Promise<string> {
    const given = await answer(ledger.reader(), { asked: { model }, uses, licenses, facts })
    const text = formatAnswer(given, licenses)
    expect(text.split('\n').length, text).to.be.at.most(SCREEN.lines)
    return (full ? formatInFull(given) : text).replaceAll(/\s+/g, ' ')
  }

  describe('duties', function () {
    it('have the words to show, the clause, the link and the uses that raise them', async function () {
      const { parent, model } = madeFrom(termsNamed('llama3.1'), termsNamed('llama3.1'), 'finetune', 'tuner/Llama-x')
      const facts = { 'monthlyActiveUsers/affiliates/2024-07-23': 1n }
      const { obligations } = await ask(model, 'redistribute-derivatives', { facts })
      const at = (obligation: string, id: ModelId) =>
        obligations.find((each) => each.obligation === obligation && each.model === id)!
      expect(at('display-credit', parent)).to.deep.include({
        certain: true,
        license: 'llama3.1',
        terms: termsIdOf(termsNamed('llama3.1')),
        uses: ['redistribute-derivatives'],
        display: 'Built with Llama',
        uri: 'https://www.llama.com/llama3_1/license/',
      })
      expect(at('display-credit', parent).clause).to.match(/^1\.b\.i\(B\):/)
      expect(at('name-prefix', parent)).to.deep.include({ prefix: 'Llama', certain: true })
      expect(at('notice', model)).to.not.have.any.keys('display', 'prefix', 'detail')
      const restrictions = (await ask(model, 'commercial', { facts })).obligations
      expect(restrictions.map(({ obligation, model: id, uses }) => [obligation, id === parent, uses])).to.deep.equal([
        ['use-restrictions', false, ['commercial']],
        ['use-restrictions', true, ['commercial', 'modify', 'commercial-modify']],
      ])
    })

    it('have the words of the threshold that adds them', async function () {
      const kimi = termsNamed('modified-mit-kimi-k2.5')
      const model = ledger.register({ name: 'moon/kimi', publisher: maker, terms: kimi })
      const facts = { 'monthlyActiveUsers/product': 100_000_001n }
      const { obligations } = await ask(model, 'host', { facts })
      expect(obligations).to.have.length(1)
      expect(obligations[0]).to.deep.include({ obligation: 'display-credit', display: 'Kimi K2.5', uses: ['host'] })
      expect(obligations[0]!.clause).to.match(/^closing paragraph/)
    })

    it('have no words of a license that is not that of the library, and a link only if it is one', async function () {
      const own = (uri: string) => termsFor('Acme terms', { rights: RIGHT_NAMES, obligations: ['notice'], uri })
      const linked = ledger.register({ name: 'a/one', publisher: maker, terms: own('https://acme.example/license') })
      const [one] = (await ask(linked, 'redistribute')).obligations
      expect(one).to.deep.include({ license: 'Acme terms', uri: 'https://acme.example/license' })
      expect(one).to.not.have.any.keys('clause', 'display', 'prefix', 'detail')
      for (const uri of ['javascript:alert(1)', 'https://acme.example/\u001b[2J', '']) {
        const model = ledger.register({ name: 'a/two', publisher: maker, terms: own(uri) })
        expect((await ask(model, 'redistribute')).obligations[0]).to.not.have.any.keys('uri')
      }
    })

    it('are those of the credential that the licensee needs', async function () {
      const model = ledger.register({
        name: 'a/base',
        publisher: maker,
        terms: termsFor('closed', { rights: ['research'], obligations: ['notice'] }),
      })
      const tier = termsFor('Acme tier', { rights: ['commercial'], duties: { attribution: ['commercial'] } })
      const credential = {
        publisher: maker,
        validFrom: 0,
        validUntil: FOREVER,
        gapFrom: 0,
        gapUntil: 0,
        state: 'active',
        lifts: 0,
      } as const
      const terms = ledger.publish(tier)
      ledger.credentials.set(model, [
        { tier: parseTierId(digestNumber(5)), holder: user, terms, passThrough: 0, credential },
      ])
      const { verdict, findings, obligations } = await ask(model, 'commercial', { policy: { licensee: user } })
      expect([verdict, findings]).to.deep.equal(['conditional', []])
      expect(obligations).to.have.length(1)
      expect(obligations[0]).to.deep.include({
        obligation: 'attribution',
        license: 'Acme tier',
        terms,
        uses: ['commercial'],
      })
    })

    it('stand on one screen, license by license, with models, link, words and clauses', async function () {
      const parent = ledger.register({ name: 'meta/base', publisher: maker, terms: termsNamed('llama3.1') })
      const other = ledger.register({ name: 'qw/base', publisher: user, terms: termsNamed('Apache-2.0') })
      const parents = [parent, other].map((model) => ({ model, relation: 'merge' as const }))
      const model = ledger.register({ name: 'b/Llama-m', publisher: tuner, terms: termsNamed('llama3.1'), parents })
      const facts = { 'monthlyActiveUsers/affiliates/2024-07-23': 5n }
      const text = await textOf(model, ['host', 'redistribute'], false, facts)
      expect(text)
        .to.contain(
          'You must, by llama3.1 of b/Llama-m and meta/base (https://www.llama.com/llama3_1/license/): - display-credit: show "Built with Llama" (clause 1.b.i(B); raised by host, ',
        )
        .and.to.match(/You must also, by Apache-2\.0 of qw\/base \(\S+\): - /)
      const full = await textOf(model, ['host', 'redistribute'], true, facts)
      expect(full)
        .to.match(/display-credit, from meta\/base \(llama3\.1; show "Built with Llama"; clause 1\.b\.i\(B\): /)
        .and.to.match(
          /name-prefix, from meta\/base \(llama3\.1; begin the name of what you make with "Llama"; clause 1\.b\.i: /,
        )
      const quoted = [...text.matchAll(/"([^"]*)"/g)].map(([, words]) => words)
      expect(quoted.filter((words) => words !== 'Built with Llama' && words !== 'Llama')).to.deep.equal([])
    })

    it('stay on one screen where many licenses ask', async function () {
      const ids = ['llama3.1', 'Apache-2.0', 'MIT', 'gemma', 'qwen', 'CC-BY-4.0', 'deepseek']
      const parents = ids.map((id, index) => ({
        model: ledger.register({ name: `m/${index}`, publisher: accountNumber(10 + index), terms: termsNamed(id) }),
        relation: 'merge' as const,
      }))
      const model = ledger.register({ name: 'b/Llama-m', publisher: tuner, terms: termsNamed('MIT'), parents })
      for (const use of RIGHT_NAMES) await textOf(model, [use])
      await textOf(model, ['host', 'redistribute-derivatives', 'commercial'])
    })
  })

  describe('the fact that decides', function () {
    it('has the name that --fact takes, and what each value means, in the text too', async function () {
      const model = ledger.register({ name: 'meta/base', publisher: maker, terms: termsNamed('llama3.1') })
      const { verdict, deciding } = await ask(model, 'commercial')
      expect(verdict).to.equal('unknown')
      const fact = 'monthlyActiveUsers/affiliates/2024-07-23'
      expect(deciding).to.deep.equal([
        {
          fact,
          steps: [
            { atMost: '700000000', verdict: 'conditional' },
            { atMost: null, verdict: 'not-permitted' },
          ],
        },
      ])
      for (const [value, expected] of [
        [700_000_000n, 'conditional'],
        [700_000_001n, 'not-permitted'],
      ] as const)
        expect((await ask(model, 'commercial', { facts: { [fact]: value } })).verdict).to.equal(expected)
      expect(await textOf(model, ['commercial'])).to.contain(
        `(--fact ${fact}=<value>): at most 700,000,000 -> permitted on conditions; more -> not permitted`,
      )
    })

    it('may be a yes or a no, such as where the licensee is', async function () {
      const model = ledger.register({ name: 'meta/vision', publisher: maker, terms: termsNamed('llama4') })
      const facts = { 'monthlyActiveUsers/affiliates/2025-04-05': 0n }
      const { deciding } = await ask(model, 'research', { facts })
      expect(deciding.map(({ fact }) => fact)).to.deep.equal(['inTerritory/domicile/EU'])
      expect(deciding[0]!.steps.map(({ verdict }) => verdict)).to.deep.equal(['conditional', 'not-permitted'])
    })
  })

  describe('relabeled', function () {
    it('names a copy, a conversion, and a derivative whose license stays, with both licenses', async function () {
      for (const [base, own, relation] of [
        ['Apache-2.0', 'MIT', 'copy'],
        ['Apache-2.0', 'MIT', 'conversion'],
        ['llama3.1', 'Apache-2.0', 'finetune'],
        ['GPL-3.0-only', 'MIT', 'merge'],
        ['CC-BY-SA-4.0', 'CC-BY-4.0', 'quantized'],
      ] as const) {
        ledger = new MemoryLedger()
        const { model } = madeFrom(termsNamed(base), termsNamed(own), relation)
        const found = of(await ask(model, 'research'), 'relabeled')
        expect(found, `${base} to ${own}`).to.have.length(1)
        expect(found[0]).to.deep.include({ severity: 'warning', model, path: [model] })
        expect(found[0]!.reason).to.contain(`tuner/made`).and.to.contain(` states ${own}, but`)
        expect(found[0]!.reason).to.contain(`which states ${base}:`).and.to.contain('terms of both count')
      }
    })

    it('is not said of what a license leaves to others, of the same license, nor of own works', async function () {
      for (const [base, own, relation] of [
        ['Apache-2.0', 'MIT', 'finetune'],
        ['MIT', 'MIT', 'copy'],
        ['CC-BY-SA-4.0', 'GPL-3.0-only', 'finetune'],
        ['GPL-3.0-only', 'MIT', 'distillation'],
      ] as const) {
        ledger = new MemoryLedger()
        const { model } = madeFrom(termsNamed(base), termsNamed(own), relation)
        expect(of(await ask(model, 'research'), 'relabeled'), `${base} to ${own}`).to.deep.equal([])
      }
      ledger = new MemoryLedger()
      const { model } = madeFrom(termsNamed('llama3.1'), termsNamed('MIT'), 'copy', 'maker/copy', { publisher: maker })
      expect(of(await ask(model, 'research'), 'relabeled')).to.deep.equal([])
    })

    it('stands in the text without ids, and not under a no, which it does not decide', async function () {
      const { model } = madeFrom(termsNamed('CC-BY-NC-4.0'), termsNamed('MIT'), 'copy')
      const words = 'tuner/made states MIT, but it was made from maker/base, which states CC-BY-NC-4.0: '
      expect(await textOf(model, ['research'])).to.contain(words)
      const no = await textOf(model, ['commercial'])
      expect(no).to.contain('Not permitted').and.to.not.contain(words)
      expect(await textOf(model, ['commercial'], true)).to.contain('warning: tuner/made')
    })

    it('reaches through works of the same publisher', async function () {
      const { model: draft, parent } = madeFrom(termsNamed('llama3.1'), termsNamed('llama3.1'), 'finetune')
      const parents = [{ model: draft, relation: 'copy' as const }]
      const model = ledger.register({ name: 'tuner/Llama-z', publisher: tuner, terms: termsNamed('MIT'), parents })
      const [found, ...others] = of(await ask(model, 'research'), 'relabeled')
      expect([found!.model, others]).to.deep.equal([model, []])
      expect(found!.reason).to.contain(`maker/base (${parent.slice(0, 10)}`)
    })
  })

  describe('purpose-limited', function () {
    it('says for which purposes a use is granted', async function () {
      const nc = ledger.register({ name: 'a/nc', publisher: maker, terms: termsNamed('CC-BY-NC-4.0') })
      const report = await ask(nc, 'redistribute')
      expect(report.verdict).to.equal('conditional')
      expect(of(report, 'purpose-limited')).to.have.length(1)
      expect(of(report, 'purpose-limited')[0]).to.deep.include({
        severity: 'warning',
        right: 'redistribute',
        model: nc,
      })
      expect(of(report, 'purpose-limited')[0]!.reason).to.contain('for non-commercial purposes only')
      const narrow = termsFor('narrow', { rights: ['research', 'education', 'redistribute'] })
      const model = ledger.register({ name: 'a/narrow', publisher: maker, terms: narrow })
      expect(of(await ask(model, 'redistribute'), 'purpose-limited')[0]!.reason).to.contain(
        'for the purposes research, education only',
      )
      expect(await textOf(nc, ['redistribute'])).to.contain('for non-commercial purposes only')
    })

    it('names the base of a derivative, and says nothing where nothing limits', async function () {
      const { parent, model } = madeFrom(termsNamed('CC-BY-NC-4.0'), termsNamed('CC-BY-NC-4.0'), 'finetune')
      const found = of(await ask(model, 'redistribute'), 'purpose-limited')
      expect(found.map((each) => each.model)).to.deep.equal([model, parent])
      expect(of(await ask(model, 'research'), 'purpose-limited')).to.deep.equal([])
      expect(of(await ask(model, 'commercial'), 'purpose-limited')).to.deep.equal([])
      const free = ledger.register({ name: 'a/mit', publisher: maker, terms: termsNamed('MIT') })
      expect(of(await ask(free, 'redistribute'), 'purpose-limited')).to.deep.equal([])
      // Nobody is limited in a work of its own.
      const own = await ask(parent, 'redistribute', { policy: { licensee: maker } })
      expect(of(own, 'purpose-limited')).to.deep.equal([])
    })
  })

  describe('name-prefix-missing', function () {
    const named = (name: string, base = 'llama3.1', relation: Relation = 'finetune', spec: Partial<ModelSpec> = {}) => {
      ledger = new MemoryLedger()
      return madeFrom(termsNamed(base), termsNamed(base), relation, name, spec)
    }
    const missing = async (model: ModelId) =>
      of(await ask(model, 'research'), 'name-prefix-missing').map((found) => found.model)

    it("compares a model's own name with what its base asks, in any case", async function () {
      for (const name of ['tuner/Llama-x', 'tuner/LLAMA3-x', 'Llama/llama.x'])
        expect(await missing(named(name).model), name).to.deep.equal([])
      for (const name of ['tuner/my-llama', 'llama/tuned', 'tuner/Lama']) {
        const { model } = named(name)
        expect(await missing(model), name).to.deep.equal([model])
      }
      expect(await missing(named('tuner/Llama-3-x', 'llama3').model)).to.deep.equal([])
      const { model } = named('tuner/Llama-2-x', 'llama3')
      const [found] = of(await ask(model, 'commercial'), 'name-prefix-missing')
      expect(found).to.deep.include({ severity: 'warning', obligation: 'name-prefix', path: [model] })
      expect(found!.reason).to.contain('begin with "Llama 3" (clause 1.b.i). It is called Llama-2-x.')
    })

    it('is owed by students where the license says so, and by no copy and no own work', async function () {
      const student = named('tuner/student', 'llama3.1', 'distillation').model
      expect(await missing(student)).to.deep.equal([student])
      expect(await missing(named('tuner/student', 'llama3', 'distillation').model)).to.deep.equal([])
      expect(await missing(named('tuner/mirror', 'llama3.1', 'copy').model)).to.deep.equal([])
      expect(await missing(named('maker/tuned', 'llama3.1', 'finetune', { publisher: maker }).model)).to.deep.equal([])
    })

    it('is said of a long row of as many publishers, once for each model', async function () {
      const length = 1500
      const base = termsNamed('llama3.1')
      const models: ModelId[] = []
      for (let number = 0; number < length; ++number) {
        const parents = models.slice(-1).map((model) => ({ model }))
        const spec = { name: `p/m${number}`, publisher: accountNumber(100 + number), terms: base, parents }
        models.push(ledger.register(spec))
      }
      const report = await ask(models.at(-1)!, 'research')
      expect(of(report, 'name-prefix-missing')).to.have.length(length - 1)
    })

    it('goes on through copies and derivatives, whatever they are called and licensed', async function () {
      const { model } = named('tuner/made', 'llama3.1', 'finetune', { terms: termsNamed('MIT') })
      const parents = [{ model, relation: 'conversion' as const }]
      const copy = ledger.register({ name: 'user/gguf', publisher: user, terms: termsNamed('MIT'), parents })
      expect(await missing(copy)).to.deep.equal([copy, model])
    })
  })

  describe('text-unread', function () {
    it('says of a row what was read of its text', async function () {
      for (const [id, words] of [
        ['modified-mit-kimi-k2.6', 'Only an excerpt or a summary of the text'],
        ['research-only', 'No text of research-only could be read'],
        ['gemma', 'no digest of it is known'],
      ] as const) {
        ledger = new MemoryLedger()
        const model = ledger.register({ name: 'a/base', publisher: maker, terms: termsNamed(id) })
        const [found, ...others] = of(await ask(model, 'research'), 'text-unread')
        expect(found, id).to.deep.include({ severity: 'warning', model })
        expect(others).to.deep.equal([])
        expect(found!.reason).to.contain(words).and.to.contain(entryOf(id).read.where)
        expect(found!.remedy).to.contain(entryOf(id).uri)
        expect(await textOf(model, ['research'])).to.match(/(?:was read|could be read|compare it).*: a\/base/)
      }
      const mit = ledger.register({ name: 'a/mit', publisher: maker, terms: termsNamed('MIT') })
      expect(of(await ask(mit, 'research'), 'text-unread')).to.deep.equal([])
    })

    it('says of terms under the name of an unknown license what was tried', async function () {
      const terms = termsFor('Sea-Lion', { rights: RIGHT_NAMES })
      const model = ledger.register({ name: 'a/base', publisher: maker, terms })
      const [found] = of(await ask(model, 'research'), 'text-unread')
      expect(found!.reason).to.contain('What sea-lion says is not known').and.to.contain(entryOf('sea-lion').read.where)
    })
  })

  describe('parent-contradicted', function () {
    const naming = (...names: string[]) => ({
      fileStatements: { licenses: [], parents: [{ origin: 'base_model of the card', names }], baseModels: [] },
    })

    it('names each parent that files name and the registration does not, and changes no verdict', async function () {
      const { model } = madeFrom(termsNamed('MIT'), termsNamed('MIT'), 'finetune')
      const plain = await ask(model, 'commercial')
      const report = await ask(model, 'commercial', naming('other/base', 'maker/base', 'Other/Base', 'hf:third/base'))
      expect(of(report, 'parent-contradicted').map(({ severity, reason }) => [severity, reason])).to.deep.equal(
        ['other/base', 'hf:third/base'].map((name) => [
          'warning',
          `base_model of the card names ${name}, and the registration names no model that is called so as what it was made from.`,
        ]),
      )
      expect(of(report, 'parent-contradicted')[0]!.remedy).to.contain('Ask the publisher of tuner/made')
      expect(report.verdict).to.equal(plain.verdict)
      expect(report.findings.length).to.equal(plain.findings.length + 2)
    })

    it('is not said of what the lineage has in any spelling: ancestors, ids, external parents, and the model itself', async function () {
      const external = externalIdOf(externalNameOnHub('far/base'))
      const tensors = externalIdOf(externalNameOfTensors(digestNumber(7)))
      const { parent, model: middle } = madeFrom(termsNamed('MIT'), termsNamed('MIT'), 'finetune')
      const parents = [
        { model: middle },
        ...[external, tensors].toSorted().map((each) => ({ model: each, external: true as const })),
      ]
      const model = ledger.register({ name: 'tuner/last', publisher: tuner, terms: termsNamed('MIT'), parents })
      const report = await ask(
        model,
        'host',
        naming(
          'Maker/Base',
          'tuner/made',
          'https://huggingface.co/tuner/made/',
          parent,
          'Far/base',
          'hf:far/base',
          `tensors:${digestNumber(7).slice(2)}`,
          'tuner/last',
        ),
      )
      expect(of(report, 'parent-contradicted')).to.deep.equal([])
      expect(of(await ask(model, 'host', naming('not a name', 'tensors:12')), 'parent-contradicted')).to.have.length(2)
    })
  })

  describe('license-contradicted', function () {
    const named = (license: string | null, licenseName: string | null = null) => ({
      origin: 'The card',
      named: { license, licenseName, licenseLink: null },
    })
    const text = (...names: string[]) => ({ origin: '"LICENSE"', text: { kind: 'equal' as const, names } })
    const filed = (...licenses: FileStatements['licenses']) => ({
      fileStatements: { licenses, parents: [], baseModels: [] },
    })

    it('says where files state another license than the registration, and changes no verdict', async function () {
      const strict = ledger.register({ name: 'a/x', publisher: maker, terms: termsNamed('CC-BY-NC-4.0') })
      const plain = await ask(strict, 'commercial')
      const report = await ask(strict, 'commercial', filed(named('mit'), text('MIT'), text('CC-BY-NC-4.0')))
      expect(of(report, 'license-contradicted').map(({ severity, reason }) => [severity, reason])).to.deep.equal([
        ['warning', 'The card states the license "mit", but the registration states "CC-BY-NC-4.0".'],
        ['warning', 'The text in "LICENSE" is that of "MIT", but the registration states "CC-BY-NC-4.0".'],
      ])
      expect(of(report, 'license-contradicted')[0]!.remedy).to.contain('ask the publisher of a/x')
      expect(report.verdict).to.equal(plain.verdict)
      expect(report.findings.length).to.equal(plain.findings.length + 2)
    })

    it('says what is near, changed or not recognized', async function () {
      const model = ledger.register({ name: 'a/x', publisher: maker, terms: termsNamed('MIT') })
      const near = (name: string) => ({
        origin: '"LICENSE"',
        text: { kind: 'near' as const, candidates: [{ names: [name], distance: 0.25 }] },
      })
      const report = await ask(
        model,
        'host',
        filed(near('MIT'), near('Apache-2.0'), { origin: '"COPYING"', text: { kind: 'unknown' } }),
      )
      expect(of(report, 'license-contradicted').map(({ reason }) => reason)).to.deep.equal([
        'The text in "LICENSE" is like that of "MIT" (distance 0.25), but differs: read what was changed before you rely on "MIT".',
        'The text in "LICENSE" is not known; the nearest: "Apache-2.0" (distance 0.25). But the registration states "MIT".',
        'The text in "COPYING" was not recognized. Compare it with "MIT", which the registration states.',
      ])
      expect(new Set(of(report, 'license-contradicted').map(({ remedy }) => remedy)).size).to.equal(3)
    })

    it('is not said of the same license in other words, nor of a choice that has it', async function () {
      const model = ledger.register({ name: 'a/x', publisher: maker, terms: termsNamed('Apache-2.0') })
      const report = await ask(
        model,
        'host',
        filed(
          named('apache-2.0'),
          named('MIT OR Apache-2.0'),
          named('other', 'Apache-2.0'),
          named(null),
          text('MIT', 'Apache-2.0'),
        ),
      )
      expect(of(report, 'license-contradicted')).to.deep.equal([])
      const both = await ask(model, 'host', filed(named('Apache-2.0 AND CC-BY-4.0')))
      expect(of(both, 'license-contradicted')).to.have.length(1)
    })

    it('never grants what a registration without terms does not', async function () {
      const model = ledger.register({ name: 'a/x', publisher: maker })
      const report = await ask(model, 'host', filed(named('mit'), text('MIT')))
      expect(report.verdict).to.equal('unknown')
      expect(of(report, 'license-contradicted').map(({ reason }) => reason.split(', ').at(-1))).to.deep.equal([
        'but the registration states none.',
        'but the registration states none.',
      ])
    })
  })

  describe('terms-differ', function () {
    const hostile: [string, () => Terms][] = [
      ['other rights', () => ({ ...termsNamed('Apache-2.0'), rights: ['research', 'modify', 'redistribute'] })],
      ['another family', () => ({ ...termsNamed('Apache-2.0'), family: 'gpl-3.0' })],
      ['other duties', () => ({ ...termsNamed('Apache-2.0'), duties: {} })],
      ['no outbound families', () => ({ ...termsNamed('Apache-2.0'), outbound: { only: ['permissive'] } })],
      ['other flags', () => ({ ...termsNamed('Apache-2.0'), flags: ['outputs-derive'] })],
      [
        'a threshold',
        () => ({
          ...termsNamed('Apache-2.0'),
          thresholds: [{ measure: 'monthlyActiveUsers', limit: 0n, withdraws: ['host'], adds: [] }],
        }),
      ],
      ['the text by its digest alone', () => ({ ...termsNamed('llama3.1'), name: 'Free', thresholds: [] })],
      ['the name alone', () => termsFor('Apache-2.0', { rights: RIGHT_NAMES })],
      ['the name in another spelling', () => termsFor(' apache\u20112.0 ', { rights: RIGHT_NAMES })],
      ['the full name', () => termsFor(entryOf('Apache-2.0').name, { rights: RIGHT_NAMES })],
      ['an alias', () => termsFor(entryOf('llama3.1').aliases[0]!, { rights: RIGHT_NAMES })],
      ['a name of licenses that all apply', () => termsFor('MIT AND llama3.1', { rights: RIGHT_NAMES })],
      ['a text of one license, a name of another', () => ({ ...termsNamed('MIT'), text: entryOf('llama3.1').text! })],
    ]
    for (const [what, terms] of hostile) {
      it(`makes the answer unknown: ${what}`, async function () {
        const { parent, model } = madeFrom(terms(), termsNamed('Apache-2.0'), 'finetune', 'tuner/Llama-x')
        for (const asked of [parent, model]) {
          const report = await ask(asked, 'research')
          expect(of(report, 'terms-differ').map(({ model: id, severity }) => [id, severity])).to.deep.equal([
            [parent, 'unknown'],
          ])
          expect(report.verdict).to.equal('unknown')
        }
        expect(await textOf(model, ['research'])).to.match(/^Unknown: .*do not mean what the library reads in it/)
      })
    }

    it('names what differs, and the terms to register', async function () {
      const terms = { ...termsNamed('Apache-2.0'), rights: ['research' as const], family: 'mpl-2.0' }
      const model = ledger.register({ name: 'a/base', publisher: maker, terms })
      const [found] = of(await ask(model, 'research'), 'terms-differ')
      expect(found!.reason)
        .to.contain('name the text of Apache-2.0')
        .and.to.contain('they withhold education, personal, commercial')
        .and.to.contain('they belong to another family')
      expect(found!.remedy).to.contain(termsIdOf(termsNamed('Apache-2.0')))
    })

    it('never softens a no, and is not said of the library itself, of own names, nor without a library', async function () {
      const strict = ledger.register({
        name: 'a/strict',
        publisher: maker,
        terms: { ...termsNamed('Apache-2.0'), rights: ['research'] },
      })
      expect((await ask(strict, 'commercial')).verdict).to.equal('not-permitted')
      const conjunction = readConjunction('MIT AND llama3.1', licenses) as { terms: Terms }
      for (const terms of [
        ...licenses.flatMap((entry) => termsOfLicense(entry) ?? []),
        conjunction.terms,
        termsFor('MIT AND Acme terms', { rights: RIGHT_NAMES }),
        { ...termsNamed('MIT'), uri: 'https://mirror.example/mit' },
        termsFor('Acme terms', { rights: RIGHT_NAMES }),
        termsFor('modified-mit', { rights: RIGHT_NAMES }),
        termsFor('proprietary', { rights: RIGHT_NAMES }),
        termsFor('unknown', { rights: RIGHT_NAMES }),
      ]) {
        const model = ledger.register({ name: 'a/base', publisher: maker, terms })
        expect(of(await ask(model, 'research'), 'terms-differ'), terms.name).to.deep.equal([])
      }
      const [report] = await verifyUses(ledger.reader(), { model: strict, uses: ['research'] })
      expect([report!.verdict, report!.findings]).to.deep.equal(['permitted', []])
    })

    it('looks into the parts of a set', async function () {
      const [weights, outputs] = [termsFor('MIT', { rights: RIGHT_NAMES }), termsNamed('Apache-2.0')]
      const model = ledger.register({ name: 'a/base', publisher: maker, terms: termsFor('set') })
      const id = ledger.registrations.get(model)!.terms
      const body = bodyOfSet(bodyOf(weights), bodyOf(outputs))
      ledger.terms.set(id, { name: 'set', uri: '', text: ZERO_DIGEST, body })
      const parts = [weights, outputs].map((terms) => ({ ...terms, id: termsIdOf(terms), body: bodyOf(terms) }))
      const reader: LedgerReader = {
        ...ledger.reader(),
        readTermsLabels: async (ids: readonly TermsId[]) =>
          new Map(ids.map((each) => [each, { name: undefined, uri: '', text: ZERO_DIGEST as Digest, parts }])),
      }
      const report = await verify(reader, { model, use: 'redistribute', licenses })
      expect(of(report, 'terms-differ')[0]!.reason).to.contain('MIT')
      // The words of the other part are those of the library.
      expect(report.obligations.find(({ obligation }) => obligation === 'notice')!.license).to.equal('Apache-2.0')
    })
  })
})
