import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import fc from 'fast-check'

import { canonicalJson, methodDigest } from '../../src/core/canonicalJson.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { COMPUTE_UNIT_NAMES, flopOf, formatFlop, MAX_FLOP } from '../../src/documents/compute.ts'
import {
  checkDescribedParents,
  descriptionDigest,
  FILING_KINDS,
  isDescribedAs,
  MAX_HYPERPARAMETERS,
  MAX_STEPS,
  ORIGINS,
  parseTrainingDescription,
  STEP_KINDS,
  TrainingDescriptionError,
  WAYS_TO_OBTAIN,
} from '../../src/documents/trainingDescription.ts'

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/training-description.schema.json'), 'utf8'),
)
const matchesSchema = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema)

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const CREDENTIAL = `0x${'5a'.repeat(32)}`

/** A description with every field. */
const full = () => ({
  version: 1,
  origin: 'not-stated',
  steps: [
    {
      kind: 'continued-pretraining',
      note: 'on code',
      hyperparameters: { 'optimizer.lr': 3e-4, betas: [0.9, 0.95], schedule: 'cosine', warmup: true, clip: null },
      code: { repository: 'https://github.com/acme/train', commit: COMMIT },
    },
    { kind: 'reinforcement-learning' },
  ],
  compute: { value: '3.1', unit: 'ZFLOP' },
  parents: [
    {
      model: 'moonshotai/Kimi-K2.5',
      compute: '3e24',
      systemicRisk: false,
      obtained: { by: 'license-grant', credential: CREDENTIAL, uri: 'https://huggingface.co/x/y', commit: COMMIT },
    },
    { model: `tensors:${'ab'.repeat(32)}`, compute: 'unknown' },
  ],
  filings: [{ authority: 'Cyberspace Administration of China', number: 'Beijing-X-2026', kind: 'filing' }],
})

/** A copy of a value in which another stands at a place; undefined leaves the field out. */
function withValue(value: unknown, [key, ...others]: readonly string[], given: unknown): unknown {
  if (key === undefined) return given
  if (Array.isArray(value))
    return value.map((each: unknown, index) => (index === Number(key) ? withValue(each, others, given) : each))
  const { [key]: old, ...kept } = value as Record<string, unknown>
  const changed = withValue(old, others, given)
  return changed === undefined ? kept : { ...kept, [key]: changed }
}

describe('flopOf', function () {
  it('reads amounts exactly, with and without a unit', function () {
    for (const [value, flop] of [
      ['1', 1n],
      ['3.1e24', 31n * 10n ** 23n],
      ['3.1E+24', 31n * 10n ** 23n],
      ['36 PFLOP-day', 36n * 86_400n * 10n ** 15n],
      ['0.5 TFLOP', 5n * 10n ** 11n],
      [{ value: 1.5, unit: 'ZFLOP' }, 15n * 10n ** 20n],
      [{ value: 3e24, unit: 'FLOP' }, 3n * 10n ** 24n],
      ['1e40', MAX_FLOP],
      ['unknown', 'unknown'],
    ] as const) {
      expect(flopOf(value), JSON.stringify(value)).to.equal(flop)
    }
  })

  it('takes nothing else for an amount', function () {
    const wrong = ['', '0', '-1', '1.5', '1e', '.5', '1 flop', '1  FLOP', '1 FLOP x', '1e41', 'NaN', '١', '1_000']
    for (const value of [
      ...wrong,
      3e24,
      null,
      undefined,
      [],
      { value: '1' },
      { value: -1, unit: 'FLOP' },
      { value: Infinity, unit: 'FLOP' },
    ]) {
      expect(flopOf(value), JSON.stringify(value)).to.equal(undefined)
    }
  })

  it('is short for people', function () {
    expect([formatFlop(31n * 10n ** 23n), formatFlop(7n)]).to.deep.equal(['3.10e24 FLOP', '7 FLOP'])
  })
})

describe('parseTrainingDescription', function () {
  it('keeps the canonical JSON, so that the digest is that of the file', function () {
    expect(descriptionDigest(parseTrainingDescription(full()))).to.equal(methodDigest(full()))
    expect(parseTrainingDescription(full())).to.deep.equal(full())
    expect(parseTrainingDescription({ version: 1 })).to.deep.equal({ version: 1 })
  })

  it('keeps the digest of whatever it accepts, and the schema accepts it too', function () {
    const compute = fc.oneof(
      fc.constant('unknown'),
      fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 24 })).map(([a, b]) => `${a}e${b}`),
      fc.record({ value: fc.integer({ min: 1 }), unit: fc.constantFrom(...COMPUTE_UNIT_NAMES) }),
    )
    const value = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    )
    const step = fc.record(
      {
        kind: fc.constantFrom(...STEP_KINDS),
        hyperparameters: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_.]{0,9}$/), value),
      },
      { requiredKeys: ['kind'] },
    )
    const filing = fc.record(
      {
        authority: fc.constant('X'),
        number: fc.stringMatching(/^[A-Z0-9-]{1,9}$/),
        kind: fc.constantFrom(...FILING_KINDS),
      },
      { requiredKeys: ['authority', 'number'] },
    )
    const parent = fc.record(
      { model: fc.stringMatching(/^[a-z]{1,5}\/[a-z]{1,5}$/), compute, systemicRisk: fc.boolean() },
      { requiredKeys: ['model'] },
    )
    const description = fc.record(
      {
        version: fc.constant(1),
        origin: fc.constantFrom(...ORIGINS),
        steps: fc.array(step, { maxLength: 4 }),
        compute,
        parents: fc.uniqueArray(parent, { maxLength: 4, selector: ({ model }) => model }),
        filings: fc.array(filing, { maxLength: 3 }),
      },
      { requiredKeys: ['version'] },
    )
    let accepted = 0
    fc.assert(
      fc.property(description, (given) => {
        let parsed
        try {
          parsed = parseTrainingDescription(given)
        } catch (error) {
          expect(error).to.be.instanceOf(TrainingDescriptionError)
          return
        }
        accepted += 1
        expect(canonicalJson(parsed)).to.equal(canonicalJson(given))
        expect(matchesSchema(JSON.parse(JSON.stringify(given))), JSON.stringify(matchesSchema.errors)).to.equal(true)
      }),
    )
    expect(accepted).to.be.greaterThan(30)
  })

  it('has the words of the schema', function () {
    expect(matchesSchema(full()), JSON.stringify(matchesSchema.errors)).to.equal(true)
    const { properties, $defs } = schema
    expect(properties.origin.enum).to.deep.equal(ORIGINS)
    expect($defs.step.properties.kind.enum).to.deep.equal(STEP_KINDS)
    expect($defs.parent.properties.obtained.properties.by.enum).to.deep.equal(WAYS_TO_OBTAIN)
    expect($defs.filing.properties.kind.enum).to.deep.equal(FILING_KINDS)
    expect($defs.compute.anyOf[2].properties.unit.enum).to.deep.equal(COMPUTE_UNIT_NAMES)
    expect([properties.steps.maxItems, $defs.step.properties.hyperparameters.maxProperties]).to.deep.equal([
      MAX_STEPS,
      MAX_HYPERPARAMETERS,
    ])
  })

  const wrong: [field: string, place: string, value: unknown, inSchema?: false][] = [
    ['the description', '', null],
    ['the description', '', []],
    ['version', 'version', '1'],
    ['orign', 'orign', 'from-scratch'],
    ['origin', 'origin', 'scratch'],
    ['origin', 'origin', 'from-scratch', false],
    ['steps', 'steps', {}],
    ['steps', 'steps', Array(MAX_STEPS + 1).fill({ kind: 'merge' })],
    ['steps[0].kind', 'steps.0.kind', undefined],
    ['steps[1].kind', 'steps.1.kind', 'finetune'],
    ['steps[0].note', 'steps.0.note', 'a\u202eb', false],
    ['steps[0].note', 'steps.0.note', ''],
    ['steps[0].hyperparameters', 'steps.0.hyperparameters', { 'a b': 1 }],
    ['steps[0].hyperparameters', 'steps.0.hyperparameters', JSON.parse('{"__proto__":1}'), false],
    ['steps[0].hyperparameters["x"]', 'steps.0.hyperparameters', { x: {} }],
    ['steps[0].hyperparameters["x"]', 'steps.0.hyperparameters', { x: [[1]] }],
    ['steps[0].code.commit', 'steps.0.code.commit', 'main'],
    ['steps[0].code.repository', 'steps.0.code.repository', 'acme/train'],
    ['compute', 'compute', 3e24],
    ['compute', 'compute', 'a lot'],
    ['compute', 'compute', { value: '1', unit: 'H100-hours' }],
    ['parents', 'parents', Array.from({ length: 9 }, (_, n) => ({ model: `a/b${n}` }))],
    ['parents[0].model', 'parents.0.model', '../x'],
    ['parents[0].model', 'parents.0.model', 'hf:a b'],
    ['parents[1].model', 'parents.1.model', 'hf:MoonshotAI/kimi-k2.5', false],
    ['parents[0].compute', 'parents.0.compute', ''],
    ['parents[0].systemicRisk', 'parents.0.systemicRisk', 'no'],
    ['parents[0].obtained.by', 'parents.0.obtained.by', 'leak'],
    ['parents[0].obtained.credential', 'parents.0.obtained.credential', undefined],
    ['parents[0].obtained.credential', 'parents.0.obtained.credential', '0x1'],
    ['filings[0].number', 'filings.0.number', undefined],
    ['filings[0].kind', 'filings.0.kind', 'beian'],
  ]
  wrong.forEach(([field, place, given, inSchema = true], index) => {
    it(`refuses case ${index} and names ${field}`, function () {
      const value = withValue(full(), place === '' ? [] : place.split('.'), given)
      expect(() => parseTrainingDescription(value))
        .to.throw(TrainingDescriptionError)
        .with.property('field', field)
      if (inSchema) expect(matchesSchema(value)).to.equal(false)
    })
  })

  it('refuses what is too long as a whole', function () {
    const hyperparameters = Object.fromEntries(Array.from({ length: 256 }, (_, n) => [`p${n}`, 'x'.repeat(500)]))
    const steps = Array(3).fill({ kind: 'other', hyperparameters })
    expect(() => parseTrainingDescription({ version: 1, steps })).to.throw(TrainingDescriptionError, 'canonical JSON')
  })

  it('throws errors of ours only, whatever it is given', function () {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (value) => {
        for (const given of [value, { version: 1, steps: value }, { version: 1, parents: value, compute: value }]) {
          try {
            parseTrainingDescription(given)
          } catch (error) {
            expect(error).to.be.instanceOf(StemmaError)
            expect((error as Error).message.length).to.be.lessThan(1000)
          }
        }
      }),
    )
  })
})

describe('checkDescribedParents', function () {
  it('knows a parent in every spelling of its name, and refuses another', function () {
    const description = parseTrainingDescription({ version: 1, parents: [{ model: 'Acme/Base' }] })
    for (const name of ['acme/base', 'hf:acme/base', 'https://huggingface.co/acme/base/']) {
      expect(isDescribedAs(description.parents![0]!, [name]), name).to.equal(true)
    }
    checkDescribedParents(description, ['acme/base'])
    expect(() => checkDescribedParents(description, ['acme/other'])).to.throw(TrainingDescriptionError, 'acme/other')
    expect(() => checkDescribedParents(description, [])).to.throw(TrainingDescriptionError, 'names no parent')
  })

  it('refuses "from-scratch" beside parents', function () {
    const description = parseTrainingDescription({ version: 1, origin: 'from-scratch' })
    checkDescribedParents(description, [])
    expect(() => checkDescribedParents(description, ['acme/base'])).to.throw(TrainingDescriptionError, 'acme/base')
  })
})
