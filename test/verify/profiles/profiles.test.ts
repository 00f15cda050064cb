import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import { externalModel, type LineageModel } from '../../../src/core/lineage.ts'
import type { Registration } from '../../../src/core/registration.ts'
import type { Relation } from '../../../src/core/vocabulary.ts'
import { parseTrainingDescription } from '../../../src/documents/trainingDescription.ts'
import { disclose, type Disclosure } from '../../../src/verify/disclosure.ts'
import { originInWords } from '../../../src/verify/origin.ts'
import { PROFILE_NAMES, type GatedBase, type ModelDocuments } from '../../../src/verify/profiles/profile.ts'
import { PROFILES } from '../../../src/verify/profiles/profiles.ts'
import { accountNumber, digestNumber } from '../../fixtures/memoryLedger.ts'

const model = digestNumber(1) as string as ModelId
const base = digestNumber(2) as string as ModelId
const [tuner, maker] = [accountNumber(1), accountNumber(2)]

type World = {
  method?: object
  methodState?: ModelDocuments['method']
  documents?: Partial<ModelDocuments>
  registration?: Partial<Registration>
  parents?: { model?: ModelId; relation?: Relation; publisher?: Address }[]
  gated?: GatedBase[]
}

function entryOf(id: ModelId, publisher: Address, parents: LineageModel['parents'] = []): LineageModel {
  return { ...externalModel(id), publisher, parents }
}

function registrationOf(uri: string, given: Partial<Registration> = {}): Registration {
  return {
    publisher: tuner,
    weights: digestNumber(7),
    tensors: ZERO_DIGEST,
    annex: ZERO_DIGEST,
    datasets: digestNumber(8),
    method: digestNumber(9),
    terms: digestNumber(10) as string as TermsId,
    parents: [],
    uri,
    ...given,
  }
}

/** What profiles say of acme/tuned, made from acme/base by another publisher unless something else is given. */
function ask(profile: (typeof PROFILE_NAMES)[number], world: World = {}): Disclosure {
  const { method, parents = [{}], gated = [] } = world
  const edges = parents.map(({ model: id = base, relation = 'finetune' }) => ({
    model: id,
    relation,
    grade: 'declared' as const,
    undisclosed: false,
  }))
  const models = new Map(parents.map(({ model: id = base, publisher = maker }) => [id, entryOf(id, publisher)]))
  const read = method && { state: 'read' as const, value: parseTrainingDescription(method), from: 'method.json' }
  return disclose({
    model,
    registration: registrationOf('https://huggingface.co/acme/tuned', world.registration),
    entry: entryOf(model, tuner, edges),
    models,
    registrations: new Map([[base, registrationOf('https://huggingface.co/acme/base', { publisher: maker })]]),
    externals: new Map(),
    documents: {
      method: world.methodState ?? read ?? { state: 'not-read' },
      datasets: { state: 'not-read' },
      card: { state: 'not-read' },
      ...world.documents,
    },
    licenses: [],
    profiles: [profile],
    gated,
    credentials: new Set(),
  })
}

const shapes = ({ findings }: Disclosure): string[] =>
  findings.map(({ code, severity, field }) => `${code} ${severity} ${field}`)

/** Asks with the compute of the step and of its base. */
const ofCompute = (compute: unknown, ofBase: unknown, systemicRisk?: boolean): string[] =>
  shapes(
    ask('eu-gpai', {
      method: {
        version: 1,
        ...(compute !== undefined && { compute }),
        parents: [
          {
            model: 'acme/base',
            ...(ofBase !== undefined && { compute: ofBase }),
            ...(systemicRisk !== undefined && { systemicRisk }),
          },
        ],
      },
    }),
  )

describe('profile eu-gpai', function () {
  const provider = ['eu-provider duty method.compute']
  const not = ['eu-not-provider warning method.compute']

  it('calls a modifier a provider above a third of the compute of the base, and not at a third', function () {
    expect(ofCompute('3000000000000000000000000', '9e24')).to.deep.equal(not)
    expect(ofCompute('3000000000000000000000001', '9e24')).to.deep.equal(provider)
    expect(ofCompute({ value: 4, unit: 'YFLOP' }, '9e24')).to.deep.equal(provider)
  })

  it('takes a third of 1e23 or 1e25 FLOP where the compute of the base is stated as unknown', function () {
    const third = '33333333333333333333333'
    expect(ofCompute(third, 'unknown', false)).to.deep.equal(not)
    expect(ofCompute('33333333333333333333334', 'unknown', false)).to.deep.equal(provider)
    expect(ofCompute('3333333333333333333333333', 'unknown', true)).to.deep.equal(not)
    expect(ofCompute('3333333333333333333333334', 'unknown', true)).to.deep.equal(provider)
  })

  it('needs to know about systemic risk only where the two thresholds differ', function () {
    expect(ofCompute('1e22', 'unknown')).to.deep.equal(not)
    expect(ofCompute('5e24', 'unknown')).to.deep.equal(provider)
    expect(ofCompute('1e24', 'unknown')).to.deep.equal(['eu-undecided unknown method.parents[0].systemicRisk'])
  })

  it('says that it cannot be said without compute, and which field to state', function () {
    expect(ofCompute(undefined, '9e24')).to.deep.equal(['eu-undecided unknown method.compute'])
    expect(ofCompute('unknown', '9e24')).to.deep.equal(['eu-undecided unknown method.compute'])
    expect(ofCompute('1e22', undefined)).to.deep.equal(['eu-undecided unknown method.parents[0].compute'])
    const { findings } = ask('eu-gpai', { method: { version: 1, compute: '1e22' } })
    expect(findings[0]!.remedy).to.contain('"model": "acme/base"')
    expect(shapes(ask('eu-gpai'))).to.deep.equal(['eu-undecided unknown registration.method'])
  })

  it('names the numbers, the field and the paragraph', function () {
    const parents = [{ model: base, compute: '9e24', systemicRisk: true }]
    const [found] = ask('eu-gpai', { method: { version: 1, compute: '4e24', parents } }).findings
    expect(found!.reason).to.match(
      /4\.00e24 FLOP \(method\.compute\), more than a third of the 9\.00e24 FLOP .*\(method\.parents\[0\]\.compute\) \(paragraph 63\).*paragraph 70/,
    )
    expect(found!.path).to.deep.equal([model, base])
  })

  it('treats what one publisher makes of its own model as the same model', function () {
    const method = { version: 1, compute: '9e24', parents: [{ model: base, compute: '1e20' }] }
    const found = ask('eu-gpai', { method, parents: [{ publisher: tuner }] })
    expect(shapes(found)).to.deep.equal(['eu-not-provider warning registration.publisher'])
  })

  it('asks about the compute of a model from scratch, and of a student, as of an original', function () {
    const scratch = (compute: string) =>
      shapes(ask('eu-gpai', { method: { version: 1, origin: 'from-scratch', compute }, parents: [] }))
    expect(scratch('1e23')).to.deep.equal(not)
    expect(scratch('1.1e23')).to.deep.equal(provider)
    expect(
      ask('eu-gpai', { method: { version: 1, origin: 'from-scratch', compute: '2e25' }, parents: [] }).findings[0]!
        .reason,
    ).to.contain('Article 51(2)')
    const method = { version: 1, compute: '2e23' }
    expect(shapes(ask('eu-gpai', { method, parents: [{ relation: 'distillation' }] }))).to.deep.equal(provider)
    expect(shapes(ask('eu-gpai', { method, parents: [] }))).to.deep.equal(['eu-undecided unknown method.origin'])
  })

  it('finds what is said of an external parent by its name', function () {
    const external = externalIdOf(externalNameOnHub('acme/base'))
    const method = { version: 1, compute: '4e24', parents: [{ model: 'Acme/Base', compute: '9e24' }] }
    expect(shapes(ask('eu-gpai', { method, parents: [{ model: external }] }))).to.deep.equal(provider)
  })
})

describe('profile cn-filing', function () {
  it('files a changed model, and registers an unchanged one', function () {
    for (const relation of [
      'finetune',
      'adapter',
      'merge',
      'quantized',
      'distillation',
      'continued-pretraining',
      'reinforcement-learning',
      'version',
    ] as const) {
      expect(shapes(ask('cn-filing', { parents: [{ relation }] })), relation).to.deep.equal([
        'cn-filing duty registration.parents',
      ])
    }
    for (const relation of ['copy', 'conversion'] as const) {
      expect(shapes(ask('cn-filing', { parents: [{ relation }] })), relation).to.deep.equal([
        'cn-registration duty registration.parents',
      ])
    }
  })

  it('believes a step of training more than a relation that says "copy"', function () {
    const method = { version: 1, steps: [{ kind: 'conversion' }, { kind: 'supervised-finetuning' }] }
    expect(shapes(ask('cn-filing', { method, parents: [{ relation: 'copy' }] }))).to.deep.equal([
      'cn-filing duty method.steps[1].kind',
    ])
    const unchanged = { version: 1, steps: [{ kind: 'conversion' }] }
    expect(shapes(ask('cn-filing', { method: unchanged, parents: [{ relation: 'copy' }] }))).to.deep.equal([
      'cn-registration duty registration.parents',
    ])
  })

  it('names numbers of the authority, and is content with one of the right kind', function () {
    const filings = (kind: string, authority = 'Beijing office of the Cyberspace Administration of China') => ({
      version: 1,
      filings: [{ authority, number: 'BJ-1', kind }],
    })
    const [found] = ask('cn-filing', { method: filings('filing') }).findings
    expect(found!.severity).to.equal('warning')
    expect(found!.reason).to.contain('filing BJ-1 (method.filings)')
    expect(shapes(ask('cn-filing', { method: filings('registration') }))).to.deep.equal([
      'cn-filing duty registration.parents',
    ])
    expect(shapes(ask('cn-filing', { method: filings('filing', 'Somebody else') }))).to.deep.equal([
      'cn-filing duty registration.parents',
    ])
  })

  it('cannot say without an origin, and files a model from scratch', function () {
    expect(shapes(ask('cn-filing', { parents: [] }))).to.deep.equal(['cn-undecided unknown method'])
    expect(shapes(ask('cn-filing', { parents: [], method: { version: 1 } }))).to.deep.equal([
      'cn-undecided unknown method.origin',
    ])
    const scratch = { version: 1, origin: 'from-scratch' }
    expect(shapes(ask('cn-filing', { parents: [], method: scratch }))).to.deep.equal(['cn-filing duty method.origin'])
  })
})

describe('profile deployment', function () {
  const described = { version: 1, parents: [{ model: base, obtained: { by: 'download' } }] }

  it('finds nothing lacking where everything is stated', function () {
    expect(shapes(ask('deployment', { method: described }))).to.deep.equal([])
  })

  it('names each thing that a registration lacks', function () {
    const registration = { datasets: ZERO_DIGEST, method: ZERO_DIGEST, terms: ZERO_DIGEST as string as TermsId }
    const methodState = { state: 'not-registered' } as const
    const found = ask('deployment', { registration, methodState, parents: [] })
    expect(shapes(found)).to.deep.equal([
      'datasets-missing duty registration.datasets',
      'method-missing duty registration.method',
      'terms-missing duty registration.terms',
      'origin-not-stated duty registration.parents',
    ])
    for (const { remedy } of found.findings) expect(remedy).to.contain('stemma ')
  })

  it('prints which origin is stated', function () {
    const words = (world: World) => originInWords(ask('deployment', world).origin)
    expect(words({ method: described })).to.contain('made from the models')
    expect(words({ parents: [], method: { version: 1, origin: 'from-scratch' } })).to.contain('from scratch')
    expect(words({ parents: [], method: { version: 1, origin: 'not-stated' } })).to.contain('not stated')
    expect(words({ parents: [], method: { version: 1 } })).to.contain('not stated')
    expect(
      words({ parents: [], registration: { method: ZERO_DIGEST }, methodState: { state: 'not-registered' } }),
    ).to.contain('not stated')
    expect(words({ parents: [] })).to.contain('was not read')
  })

  it('names a gated base without a credential, and the command that obtains one', function () {
    const at = {
      model: base,
      name: 'acme/base',
      rights: ['commercial' as const],
      path: [model, base],
      publisher: maker,
    }
    const remedies = [true, false].map((open) => {
      const [found] = ask('deployment', {
        method: described,
        gated: [{ ...at, tiers: [{ name: 'Commercial', open }] }],
      }).findings
      expect([found!.code, found!.model, found!.path]).to.deep.equal(['base-credential-missing', base, [model, base]])
      return found!.remedy
    })
    expect(remedies[0]).to.contain('stemma credential obtain acme/base "Commercial"')
    expect(remedies[1]).to.contain('stemma credential request acme/base "Commercial"')
    const [found, ...others] = ask('deployment', { method: described, gated: [{ ...at, tiers: [] }] }).findings
    expect(others).to.deep.equal([])
    expect(found).to.deep.include({
      code: 'base-credential-missing',
      severity: 'duty',
      model: base,
      path: [model, base],
    })
    expect(found!.reason).to.contain('acme/base offers no tier to apply for')
    expect(found!.remedy)
      .to.contain(`stemma publisher profile show ${maker}`)
      .and.to.contain('stemma tier offer acme/base --terms <license>')
      .and.to.contain('stemma credential request acme/base <tier>')
  })

  it('says of which parent nobody states how it was obtained, and which credential is not held', function () {
    expect(shapes(ask('deployment', { method: { version: 1 } }))).to.deep.equal([
      'parent-not-described duty method.parents[0].obtained',
    ])
    const obtained = { by: 'license-grant', credential: digestNumber(5) }
    expect(shapes(ask('deployment', { method: { version: 1, parents: [{ model: base, obtained }] } }))).to.deep.equal([
      'credential-unmatched unknown method.parents[0].obtained.credential',
    ])
  })

  it('says what was tried for each document that was not found', function () {
    const missing = (place: string) => ({ state: 'not-found' as const, tried: [{ place, problem: 'status 404' }] })
    const documents = { datasets: missing('https://a'), card: missing('https://b') }
    const { findings } = ask('deployment', { methodState: missing('https://c'), documents })
    expect(findings.map(({ code, severity, reason }) => [code, severity, /Tried: .*/.exec(reason)![0]])).to.deep.equal(
      ['c', 'a', 'b'].map((host) => ['document-unretrievable', 'unknown', `Tried: https://${host}: status 404.`]),
    )
  })

  it('says when the description contradicts the parents', function () {
    const scratch = ask('deployment', { method: { version: 1, origin: 'from-scratch' } })
    expect(shapes(scratch)[0]).to.equal('origin-contradicted warning method.origin')
    const other = ask('cn-filing', { method: { version: 1, parents: [{ model: 'acme/other' }] } })
    expect(shapes(other)[0]).to.equal('parent-not-named warning method.parents[0].model')
  })
})

describe('PROFILES', function () {
  it('cite a place for each rule of law, and name themselves', function () {
    for (const name of PROFILE_NAMES) {
      const profile = PROFILES[name]
      expect(profile.name).to.equal(name)
      for (const { title, place, uri } of profile.sources) {
        expect(title).to.match(/\d{4}/)
        expect(place).to.match(/paragraph|Article|\d|services/)
        expect(uri).to.match(/^https:\/\//)
      }
    }
    expect([PROFILES['eu-gpai'].sources.length, PROFILES['cn-filing'].sources.length]).to.deep.equal([2, 2])
  })
})
