import { expect } from 'chai'
import fc from 'fast-check'

import {
  evaluate,
  EVERYBODY,
  factsOf,
  FINDING_CODES,
  InvalidFactsError,
  InvalidListError,
  InvalidUsesError,
  MAX_LISTED,
  topicOf,
  VERDICTS,
  type Evaluation,
  type Fact,
  type Question,
} from '../../src/core/evaluate.ts'
import { ZERO_ADDRESS, type Address, type ModelId, type TermsId, type TierId } from '../../src/core/hex.ts'
import {
  BrokenLineageError,
  FOREVER,
  sortLineage,
  type Credential,
  type HeldCredential,
  type Lineage,
  type LineageEdge,
  type LineageModel,
} from '../../src/core/lineage.ts'
import { ALL_FAMILIES, dutiesOf, dutiesWord, raisedBy } from '../../src/core/terms.ts'
import { UNSTATED_BODY, type TermsBody, type ThresholdBody } from '../../src/core/termsBody.ts'
import { METRICS } from '../../src/core/topics.ts'
import {
  ALL_OBLIGATIONS,
  ALL_RIGHTS,
  FAMILIES,
  obligationsMask,
  obligationsOf,
  RELATION_NAMES,
  RIGHT_NAMES,
  rightsMask,
  TERMS_FLAGS,
  type Relation,
  type Right,
} from '../../src/core/vocabulary.ts'

const NOW = 1_000
const account = (number: number) => `0x${number.toString(16).padStart(40, '0')}` as Address
const bytes32 = (kind: string, number: number) => `0x${kind}${number.toString(16).padStart(62, '0')}`
const modelId = (number: number) => bytes32('0a', number) as ModelId
const termsId = (number: number) => bytes32('0b', number) as TermsId
const tierId = (number: number) => bytes32('0c', number) as TierId

const PUBLISHERS = [1, 2, 3, 4].map(account)
const STRANGERS = [8, 9].map(account)
const EVERYTHING: TermsBody = { ...UNSTATED_BODY, rights: ALL_RIGHTS, unstated: 0 }
const FULL_TERMS = termsId(0xff)

const NO_GAP = { gapFrom: 0, gapUntil: 0 }
const ALWAYS: Credential = {
  publisher: account(1),
  validFrom: 0,
  validUntil: FOREVER,
  ...NO_GAP,
  state: 'active',
  lifts: 0,
}
const ended: Credential = { ...ALWAYS, validUntil: NOW - 1, state: 'revoked' }

const declared = (model: ModelId, relation: Relation): LineageEdge => ({
  model,
  relation,
  grade: 'declared',
  undisclosed: false,
})

function modelOf(number: number, publisher: Address, terms: TermsId, more: Partial<LineageModel> = {}): LineageModel {
  const known = {
    model: modelId(number),
    publisher,
    terms,
    registeredAt: 1,
    verifiedFrom: 0,
    verifiedUntil: 0,
    status: 'active' as const,
    recalled: false,
  }
  return { ...known, parents: [], credentials: [], ...more }
}

// Random lineages. The first model is the youngest; parents stand after their children.

const masks = (all: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(all) }, { weight: 3, arbitrary: fc.integer({ min: 0, max: all }) })
const laneOf = (mask: number, use: number): bigint => BigInt(mask) << BigInt(16 * use)
const SUBJECTS = [0, 0, 1]
const PARAMETERS = [0, 0, 2 ** 32 - 1]
// Duties of one use, of all uses, and of each use its own.
const duties: fc.Arbitrary<bigint> = fc.oneof(
  fc.constant(0n),
  fc.tuple(masks(ALL_OBLIGATIONS), fc.nat(RIGHT_NAMES.length - 1)).map(([mask, use]) => laneOf(mask, use)),
  masks(ALL_OBLIGATIONS).map((mask) => RIGHT_NAMES.reduce((word, _, use) => word | laneOf(mask, use), 0n)),
  fc
    .array(masks(ALL_OBLIGATIONS), { minLength: RIGHT_NAMES.length, maxLength: RIGHT_NAMES.length })
    .map((lanes) => lanes.reduce((word, mask, use) => word | laneOf(mask, use), 0n)),
)
const thresholds = fc.array(
  fc.record({
    metric: fc.constantFrom(...Object.values(METRICS)),
    subject: fc.constantFrom(...SUBJECTS),
    limit: fc.bigInt({ min: 0n, max: 3n }),
    withdraws: fc.integer({ min: 0, max: ALL_RIGHTS }),
    adds: fc.integer({ min: 0, max: ALL_OBLIGATIONS }),
    uses: masks(ALL_RIGHTS),
    param: fc.constantFrom(...PARAMETERS),
    flags: fc.constantFrom(0, 0, 1),
  }),
  { maxLength: 2 },
)
const [FIRST, SECOND, GPL] = [1, 3, FAMILIES['gpl-3.0']].map((family) => 1n << BigInt(family)) as [
  bigint,
  bigint,
  bigint,
]
/** Families under which a derivative may be passed on: no limit, some alone, or all but one. */
const outbounds = fc.constantFrom(0n, 0n, FIRST, SECOND, FIRST | SECOND, GPL, FIRST | GPL, ALL_FAMILIES & ~FIRST)
const bodies: fc.Arbitrary<TermsBody> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(UNSTATED_BODY) },
  { weight: 2, arbitrary: fc.constant(EVERYTHING) },
  {
    weight: 5,
    arbitrary: fc
      .record({
        rights: masks(ALL_RIGHTS),
        unstated: fc.constantFrom(0, 0, 512),
        flags: fc.nat(31).map((flags) => 2 * flags),
        family: fc.constantFrom(0, 1, 1, 3, FAMILIES['gpl-3.0']),
        outbound: outbounds,
        duties,
        thresholds,
      })
      .map((body) => ({ ...body, unstated: body.unstated & ~body.rights })),
  },
)
const credentials: fc.Arbitrary<Credential> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(ALWAYS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Credential>(
      ended,
      { ...ALWAYS, validUntil: NOW },
      { ...ALWAYS, validFrom: NOW + 1 },
      { ...ALWAYS, gapFrom: NOW, gapUntil: FOREVER, state: 'suspended' },
    ),
  },
)

const TERMS = 6

function heldOf(model: number): fc.Arbitrary<HeldCredential> {
  return fc.record({
    tier: fc.integer({ min: 0, max: 3 }).map((number) => tierId(16 * model + number)),
    holder: fc.constantFrom(...PUBLISHERS, ...STRANGERS),
    terms: fc.integer({ min: 0, max: TERMS - 1 }).map(termsId),
    passThrough: fc.oneof(fc.constant(0), masks(ALL_RIGHTS)),
    credential: credentials,
  })
}

function modelsOf(count: number): fc.Arbitrary<LineageModel[]> {
  return fc.tuple(
    ...Array.from({ length: count }, (_, index) => {
      const older = Array.from({ length: count - index - 1 }, (__, other) => modelId(index + 1 + other))
      return fc
        .record({
          publisher: fc.constantFrom(...PUBLISHERS),
          terms: fc.integer({ min: 0, max: TERMS - 1 }).map(termsId),
          status: fc.constantFrom(...(['active', 'active', 'active', 'active', 'retired', 'superseded'] as const)),
          parents: fc.subarray(older, { minLength: index < count - 1 ? 1 : 0, maxLength: Math.min(3, older.length) }),
          relations: fc.array(fc.constantFrom(...RELATION_NAMES), { minLength: 3, maxLength: 3 }),
          credentials: fc.array(heldOf(index), { maxLength: 3 }),
        })
        .map(({ parents, relations, credentials: held, publisher, terms, status }) =>
          modelOf(index, publisher, terms, {
            status,
            parents: parents.map((model, number) => declared(model, relations[number]!)),
            credentials: held.filter(({ holder }) => holder !== publisher),
          }),
        )
    }),
  )
}

/** The part of some models that can be reached from the first. */
function reachable(models: readonly LineageModel[]): LineageModel[] {
  const found = new Set([models[0]!.model])
  for (const id of found) {
    for (const parent of models.find(({ model }) => model === id)!.parents) found.add(parent.model)
  }
  return models.filter(({ model }) => found.has(model))
}

/** Edges that came out later, from any model to any other: they may close cycles. */
const lateEdges = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        child: fc.nat({ max: 5 }),
        parent: fc.nat({ max: 5 }),
        relation: fc.constantFrom(...RELATION_NAMES),
        undisclosed: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
  },
)

/** The models with the late edges that can be added to them. */
function withLate(models: readonly LineageModel[], edges: typeof lateEdges extends fc.Arbitrary<infer T> ? T : never) {
  return edges.reduce<LineageModel[]>((all, { child, parent, relation, undisclosed }) => {
    const [from, to] = [all[child % all.length]!, all[parent % all.length]!]
    if (from === to || from.parents.some(({ model }) => model === to.model)) return all
    const edge: LineageEdge = {
      model: to.model,
      relation,
      grade: undisclosed ? 'adjudicated' : 'acknowledged',
      undisclosed,
    }
    return all.map((model) => (model === from ? { ...model, parents: [...model.parents, edge] } : model))
  }, models.slice())
}

const lineages: fc.Arbitrary<Lineage> = fc
  .tuple(
    fc.integer({ min: 1, max: 6 }).chain(modelsOf),
    fc.array(bodies, { minLength: TERMS, maxLength: TERMS }),
    lateEdges,
  )
  .map(([models, list, late]) => ({
    models: reachable(withLate(models, late)),
    terms: new Map([...list.map((body, number) => [termsId(number), body] as const), [FULL_TERMS, EVERYTHING]]),
  }))
/** Every topic that a random threshold can have, in order. */
const TOPICS = [...new Set(SUBJECTS)]
  .flatMap((subject) => [...new Set(PARAMETERS)].map((param) => ({ subject, param })))
  .flatMap((about) => Object.values(METRICS).map((metric) => topicOf({ metric, ...about })))
  .toSorted((a, b) => a - b)
const valuesOfAll = fc.array(fc.bigInt({ min: 0n, max: 4n }), { minLength: TOPICS.length, maxLength: TOPICS.length })
const facts: fc.Arbitrary<Fact[]> = fc
  .tuple(fc.subarray(TOPICS), valuesOfAll)
  .map(([topics, values]) => topics.map((topic, number) => ({ topic, value: values[number]! })))
/** Facts, and others of other topics. */
const joined = (first: readonly Fact[], more: readonly Fact[]): Fact[] =>
  [...first, ...more.filter(({ topic }) => !first.some((fact) => fact.topic === topic))].toSorted(
    (a, b) => a.topic - b.topic,
  )
const questions: fc.Arbitrary<Question> = fc.record({
  licensee: fc.constantFrom(ZERO_ADDRESS, ...PUBLISHERS, ...STRANGERS),
  uses: fc.integer({ min: 1, max: ALL_RIGHTS }),
  time: fc.constant(NOW),
  everybody: fc.boolean(),
  trusted: fc.subarray([...PUBLISHERS]),
  named: fc.subarray([0, 1, 2, 3, 4, 5].map(modelId)),
  facts,
})

/** How an edge may come to be known. */
const GRADES = ['declared', 'acknowledged', 'countersigned', 'adjudicated'] as const

/** A threshold that does nothing. */
const PLAIN: ThresholdBody = {
  metric: 1,
  subject: 0,
  limit: 0n,
  withdraws: 0,
  adds: 0,
  uses: 0,
  param: 0,
  flags: 0,
}

/** All obligations that some uses can raise by terms. */
const mostOf = ({ duties: word, thresholds: list }: TermsBody, uses: number): number =>
  list.reduce((mask, threshold) => mask | (threshold.uses & uses ? threshold.adds : 0), raisedBy(word, uses))

/** Whether all bits of one mask are in another. */
const within = (part: number, whole: number): boolean => (part & ~whole) === 0

/** The answer about a later model of the lineage, as if it had been asked about. */
function about(lineage: Lineage, model: ModelId, question: Question): Evaluation {
  const first = lineage.models.find((entry) => entry.model === model)!
  const others = lineage.models.filter((entry) => entry !== first)
  return evaluate({ ...lineage, models: reachable([first, ...others]) }, question)
}

/** The ceiling of a model: its rights, were its own terms to grant everything. */
function ceilingOf(lineage: Lineage, model: ModelId, question: Question): Pick<Evaluation, 'granted' | 'possible'> {
  const models = lineage.models.map((entry) => (entry.model === model ? { ...entry, terms: FULL_TERMS } : entry))
  return about({ ...lineage, models }, model, question)
}

/** Findings or duties without their order. */
function sorted(list: readonly object[]): string[] {
  return list.map((one) => JSON.stringify(one)).toSorted()
}

/** A lineage whose terms set no limit to the licenses of derivatives. */
function withoutLimits(lineage: Lineage): Lineage {
  const terms = new Map([...lineage.terms].map(([id, body]) => [id, { ...body, flags: 0, outbound: 0n }] as const))
  return { ...lineage, terms }
}

/** The lineage with the lists of each model reversed. */
function reversedLists({ models, terms }: Lineage): Lineage {
  const reversed = models.map((model) => ({
    ...model,
    parents: model.parents.toReversed(),
    credentials: model.credentials.toReversed(),
  }))
  return { models: reversed, terms }
}

/** The lineage with one model changed. */
function changed(lineage: Lineage, number: number, change: (model: LineageModel) => LineageModel): Lineage {
  const index = number % lineage.models.length
  return { ...lineage, models: lineage.models.map((model, i) => (i === index ? change(model) : model)) }
}

/** Asserts a law for many random arguments; `STEMMA_FUZZ_CASES` says how many. */
function holds<T extends unknown[]>(
  arbitraries: { [I in keyof T]: fc.Arbitrary<T[I]> },
  law: (...of: T) => void,
): void {
  const all = fc.tuple(...arbitraries) as unknown as fc.Arbitrary<T>
  fc.assert(
    fc.property(all, (of) => law(...of)),
    { numRuns: Number(process.env.STEMMA_FUZZ_CASES ?? 400) },
  )
}

describe('evaluate', function () {
  const question: Question = { licensee: ZERO_ADDRESS, uses: rightsMask(['commercial']), time: NOW, ...EVERYBODY }
  const [maker, tuner] = PUBLISHERS as [Address, Address]

  describe('answers', function () {
    const of = (body: TermsBody): Lineage => ({
      models: [modelOf(0, maker, termsId(0))],
      terms: new Map([[termsId(0), body]]),
    })

    it('permits what terms grant', function () {
      expect(evaluate(of(EVERYTHING), question)).to.deep.equal({
        verdict: 'permitted',
        granted: ALL_RIGHTS,
        possible: ALL_RIGHTS,
        obligations: 0,
        possibleObligations: 0,
        findings: [],
        duties: [],
      })
    })

    it('takes terms that the lineage does not hold as unstated', function () {
      const answer = evaluate({ ...of(EVERYTHING), terms: new Map() }, question)
      expect(answer).to.deep.include({ verdict: 'unknown', granted: 0, possible: ALL_RIGHTS })
      expect(answer.findings.map(({ code }) => code)).to.deep.equal(['right-unstated'])
    })

    it('says whose the obligations are, nearest first, without models that have none', function () {
      const notice = obligationsMask(['notice'])
      const credit = obligationsMask(['display-credit'])
      const threshold = {
        ...PLAIN,
        metric: METRICS.monthlyActiveUsers,
        limit: 1n,
        withdraws: 0,
        adds: credit,
        uses: ALL_RIGHTS,
      }
      const lineage: Lineage = {
        models: [
          modelOf(0, account(3), termsId(0), { parents: [declared(modelId(1), 'finetune')] }),
          modelOf(1, tuner, FULL_TERMS, { parents: [declared(modelId(2), 'finetune')] }),
          modelOf(2, maker, termsId(2)),
        ],
        terms: new Map([
          [termsId(0), { ...EVERYTHING, duties: dutiesWord({ notice: ['redistribute'] }) }],
          [FULL_TERMS, EVERYTHING],
          [termsId(2), { ...EVERYTHING, thresholds: [threshold] }],
        ]),
      }
      const { duties } = evaluate(lineage, { ...question, uses: rightsMask(['redistribute']) })
      expect(duties).to.deep.equal([
        { model: modelId(0), asked: rightsMask(['redistribute']), sure: notice, possible: notice },
        {
          model: modelId(2),
          asked: rightsMask(['redistribute', 'redistribute-derivatives', 'modify']),
          sure: 0,
          possible: credit,
        },
      ])
    })

    it('does not take the facts to mean more than they say: the limit itself is within it', function () {
      const threshold = { ...PLAIN, metric: METRICS.annualRevenueUsd, limit: 10n, withdraws: ALL_RIGHTS }
      const lineage = of({ ...EVERYTHING, thresholds: [threshold] })
      const verdictAt = (annualRevenueUsd: bigint) =>
        evaluate(lineage, { ...question, facts: factsOf({ annualRevenueUsd }) })
      expect(verdictAt(10n).verdict).to.equal('permitted')
      expect(verdictAt(11n).verdict).to.equal('not-permitted')
      expect(evaluate(lineage, question).verdict).to.equal('unknown')
    })

    it('throws when the uses name no right, or one that is not defined', function () {
      for (const uses of [0, ALL_RIGHTS + 1, -1]) {
        expect(() => evaluate(of(EVERYTHING), { ...question, uses }))
          .to.throw(InvalidUsesError)
          .with.property('code', 'INVALID_USES')
      }
    })

    it('throws when a parent is missing from the lineage', function () {
      const orphan = modelOf(0, maker, FULL_TERMS, { parents: [declared(modelId(1), 'copy')] })
      expect(() => evaluate({ models: [orphan], terms: new Map() }, question))
        .to.throw(BrokenLineageError)
        .with.property('code', 'BROKEN_LINEAGE')
    })

    it('reads each model of a ladder of diamonds, with a million paths, a few times', function () {
      const rungs = 21
      const models = Array.from({ length: 2 * rungs }, (_, number) => {
        const rung = Math.floor(number / 2)
        const parents = rung === rungs - 1 ? [] : [2 * rung + 2, 2 * rung + 3].map((n) => declared(modelId(n), 'merge'))
        return modelOf(number, PUBLISHERS[number % 4]!, FULL_TERMS, { parents })
      })
      let reads = 0
      const counted = reachable(models).map((model): LineageModel => ({
        ...model,
        get parents() {
          reads++
          return model.parents
        },
      }))
      const lineage = { models: counted, terms: new Map([[FULL_TERMS, EVERYTHING]]) }
      expect(evaluate(lineage, question).verdict).to.equal('permitted')
      expect(reads).to.be.within(counted.length, 20 * counted.length)
    })
  })

  describe('in long cycles', function () {
    /** A row of models, each also made from its child, and how often an evaluation looks at an edge. The second has no terms. */
    function rowOfCycles(length: number): { lineage: Lineage; reads: () => number } {
      let reads = 0
      const counted = (parent: LineageEdge): LineageEdge => ({
        ...parent,
        get relation() {
          reads++
          return parent.relation
        },
      })
      const models = Array.from({ length }, (_, number) => {
        const parents = [number + 1, number - 1].filter((n) => n >= 0 && n < length)
        return modelOf(number, PUBLISHERS[number % 4]!, number === 1 ? termsId(0xfe) : FULL_TERMS, {
          parents: parents.map((n) => counted(declared(modelId(n), 'finetune'))),
        })
      })
      return { lineage: { models, terms: new Map([[FULL_TERMS, EVERYTHING]]) }, reads: () => reads }
    }

    it('carries a restriction through all of them, and looks at each edge a few times', function () {
      for (const length of [10, 100, 1000, 8000]) {
        const { lineage, reads } = rowOfCycles(length)
        const { verdict, granted } = evaluate(lineage, question)
        expect([verdict, granted], `${length} models`).to.deep.equal(['unknown', 0])
        expect(reads(), `${length} models`).to.be.within(length, 60 * length)
      }
    })
  })

  describe('with many credentials', function () {
    it('reads each credential of a base a few times, however many makers hold some', function () {
      for (const makers of [10, 100, 1_000]) {
        let reads = 0
        const base = modelId(makers + 1)
        const credentials = Array.from({ length: makers }, (_, number): HeldCredential => ({
          tier: tierId(1),
          get holder() {
            reads++
            return account(100 + number)
          },
          terms: FULL_TERMS,
          passThrough: ALL_RIGHTS,
          credential: ALWAYS,
        }))
        const models = Array.from({ length: makers }, (_, number) =>
          modelOf(number, account(100 + number), FULL_TERMS, {
            parents: [base, ...(number + 1 < makers ? [modelId(number + 1)] : [])].map((id) =>
              declared(id, 'finetune'),
            ),
          }),
        )
        const lineage = {
          models: [...models, modelOf(makers + 1, maker, termsId(0), { credentials })],
          terms: new Map([
            [FULL_TERMS, EVERYTHING],
            [termsId(0), { ...EVERYTHING, rights: 0 }],
          ]),
        }
        expect(evaluate(lineage, question).verdict).to.equal('permitted')
        expect(reads, `${makers} makers`).to.be.within(makers, 10 * makers)
      }
    })
  })

  describe('facts', function () {
    const body = { ...EVERYTHING, thresholds: [{ ...PLAIN, metric: 1, limit: 5n, withdraws: ALL_RIGHTS }] }
    const about = (facts: readonly Fact[], changes: Partial<ThresholdBody> = {}) =>
      evaluate(
        {
          models: [modelOf(0, maker, termsId(0))],
          terms: new Map([[termsId(0), { ...body, thresholds: [{ ...body.thresholds[0]!, ...changes }] }]]),
        },
        { ...question, facts },
      ).verdict

    it('speak of one measure: the metric, its subject and its parameter', function () {
      expect(about([{ topic: 1, value: 6n }])).to.equal('not-permitted')
      for (const changes of [{ subject: 1 }, { subject: 255 }, { param: 1 }, { param: 2 ** 32 - 1 }]) {
        expect(about([{ topic: 1, value: 6n }], changes)).to.equal('unknown')
        const topic = topicOf({ metric: 1, subject: 0, param: 0, ...changes })
        expect(about([{ topic, value: 6n }], changes)).to.equal('not-permitted')
        expect(about([{ topic, value: 5n }], changes)).to.equal('permitted')
        expect(about([{ topic, value: 6n }])).to.equal('unknown')
      }
    })

    it('are refused when there are too many, not in order, twice, or of no threshold', function () {
      const many = (count: number) => Array.from({ length: count }, (_, i) => ({ topic: 1 + 256 * i, value: 0n }))
      expect(about(many(MAX_LISTED))).to.equal('permitted')
      const faults = [many(MAX_LISTED + 1), many(2).toReversed(), [...many(1), ...many(1)]]
      for (const facts of faults)
        expect(() => about(facts))
          .to.throw(InvalidListError)
          .with.property('code', 'INVALID_LIST')
      for (const topic of [0, 9, 255, 256, 2 ** 48, 2 ** 48 + 1, -1, 1.5, NaN]) {
        expect(() => about([{ topic, value: 0n }]), String(topic))
          .to.throw(InvalidFactsError)
          .with.property('code', 'INVALID_FACTS')
      }
    })

    it('leave the rights of a doubtful threshold open above its limit, and owe what it adds', function () {
      const credit = obligationsMask(['display-credit'])
      const [threshold] = body.thresholds
      const doubtful = { ...threshold!, flags: 1, adds: credit, uses: ALL_RIGHTS }
      const ask = (value: bigint) =>
        evaluate(
          {
            models: [modelOf(0, maker, termsId(0))],
            terms: new Map([[termsId(0), { ...EVERYTHING, thresholds: [doubtful] }]]),
          },
          { ...question, facts: [{ topic: 1, value }] },
        )
      expect(ask(5n)).to.deep.include({ verdict: 'permitted', findings: [] })
      const above = ask(6n)
      expect(above).to.deep.include({ verdict: 'unknown', granted: 0, possible: ALL_RIGHTS, obligations: credit })
      expect(above.findings).to.deep.equal([
        {
          code: 'threshold-doubtful',
          model: modelId(0),
          holder: ZERO_ADDRESS,
          rights: question.uses,
          obligations: credit,
          topic: 1,
        },
      ])
    })
  })

  describe('words', function () {
    const research: TermsBody = { ...EVERYTHING, rights: rightsMask(['research', 'modify']) }
    const strict: Question = { ...question, everybody: false }
    /** A model, made from another by a relation, which has the terms that come second. */
    const pair = (
      own: Address,
      of: Address,
      child: TermsBody,
      parent: TermsBody,
      more: Partial<LineageModel> = {},
    ) => ({
      models: [
        modelOf(0, own, termsId(0), { parents: [declared(modelId(1), 'finetune')], ...more }),
        modelOf(1, of, termsId(1), more),
      ],
      terms: new Map([
        [termsId(0), child],
        [termsId(1), parent],
      ]),
    })
    const whole = pair(maker, tuner, EVERYTHING, EVERYTHING)
    const verdict = (lineage: Lineage, changes: Partial<Question>) =>
      evaluate(lineage, { ...strict, ...changes }).verdict

    it('of nobody count when the question names nobody: what they grant is open', function () {
      const answer = evaluate(whole, strict)
      expect(answer).to.deep.include({ verdict: 'unknown', granted: 0, possible: ALL_RIGHTS })
      expect(answer.findings.map(({ code, model }) => [code, model])).to.deep.equal([
        ['publisher-uncounted', modelId(0)],
        ['publisher-uncounted', modelId(1)],
      ])
      expect(verdict(whole, { everybody: true })).to.equal('permitted')
    })

    it('count when the question trusts all who speak, or names all their models', function () {
      expect(verdict(whole, { trusted: [maker, tuner] })).to.equal('permitted')
      expect(verdict(whole, { named: [modelId(0), modelId(1)] })).to.equal('permitted')
      expect(verdict(whole, { trusted: [maker], named: [modelId(1)] })).to.equal('permitted')
      for (const part of [{ trusted: [maker] }, { trusted: [tuner] }, { named: [modelId(0)] }, { named: [modelId(1)] }])
        expect(verdict(whole, part)).to.equal('unknown')
    })

    it('count when the publisher was verified as they were said, whatever became of it by its time', function () {
      const at = (verifiedFrom: number, verifiedUntil: number) =>
        verdict(pair(maker, tuner, EVERYTHING, EVERYTHING, { registeredAt: 10, verifiedFrom, verifiedUntil }), {})
      expect(at(10, 11)).to.equal('permitted')
      expect(at(0, FOREVER)).to.equal('permitted')
      for (const [from, until] of [
        [11, FOREVER],
        [0, 10],
        [0, 0],
      ] as const)
        expect(at(from, until)).to.equal('unknown')
    })

    it('of others still withhold of their own work, and leave open what they ask', function () {
      const notice = dutiesWord({ notice: ['commercial'] })
      expect(verdict(pair(maker, tuner, EVERYTHING, research), { trusted: [maker] })).to.equal('not-permitted')
      const asks = pair(maker, tuner, EVERYTHING, { ...EVERYTHING, duties: notice })
      const answer = evaluate(asks, { ...strict, trusted: [maker] })
      expect(answer).to.deep.include({ verdict: 'unknown', obligations: 0, possibleObligations: 1 })
    })

    it('of own work count for the verified, the trusted and the licensee, and never for the named', function () {
      const laundered = pair(maker, maker, EVERYTHING, research)
      expect(verdict(laundered, { everybody: true })).to.equal('permitted')
      expect(verdict(laundered, { trusted: [maker] })).to.equal('permitted')
      expect(verdict(laundered, { licensee: maker })).to.equal('permitted')
      const named = evaluate(laundered, { ...strict, named: [modelId(0), modelId(1)] })
      expect(named.verdict).to.equal('unknown')
      expect(named.findings.map(({ code, model }) => [code, model])).to.deep.equal([
        ['publisher-uncounted', modelId(0)],
        ['right-withheld', modelId(1)],
      ])
      const verified = { registeredAt: 10, verifiedFrom: 10, verifiedUntil: 11 }
      expect(verdict(pair(maker, maker, EVERYTHING, research, verified), {})).to.equal('permitted')
    })

    it('of a credential count as of its beginning', function () {
      const credential = { ...ALWAYS, publisher: maker, validFrom: 20 }
      const held = { tier: tierId(1), holder: tuner, terms: termsId(1), passThrough: 0, credential }
      const lineage = (verifiedFrom: number, verifiedUntil: number): Lineage => ({
        models: [modelOf(0, maker, termsId(0), { registeredAt: 10, verifiedFrom, verifiedUntil, credentials: [held] })],
        terms: new Map([
          [termsId(0), research],
          [termsId(1), EVERYTHING],
        ]),
      })
      const asked = { licensee: tuner }
      expect(verdict(lineage(20, 21), asked)).to.equal('permitted')
      expect(verdict(lineage(0, 20), asked)).to.equal('unknown')
      expect(verdict(lineage(21, 30), asked)).to.equal('unknown')
      expect(evaluate(lineage(0, 20), { ...strict, ...asked }).findings).to.deep.include({
        code: 'publisher-uncounted',
        model: modelId(0),
        holder: tuner,
        rights: rightsMask(['commercial']),
        obligations: 0,
        topic: 0,
      })
    })

    it('are asked for in lists that are in order, each member once, and at most 64', function () {
      const many = (count: number) => Array.from({ length: count }, (_, i) => account(i + 1))
      const models = (count: number) => Array.from({ length: count }, (_, i) => modelId(i))
      expect(verdict(whole, { trusted: many(64), named: models(64) })).to.equal('permitted')
      for (const faults of [
        { trusted: many(65) },
        { named: models(65) },
        { trusted: many(2).toReversed() },
        { named: models(2).toReversed() },
        { trusted: [maker, maker] },
        { named: [modelId(0), modelId(0)] },
      ])
        expect(() => verdict(whole, faults))
          .to.throw(InvalidListError)
          .with.property('code', 'INVALID_LIST')
    })

    it('that may free a student of its teacher leave open whether it is a derivative', function () {
      const teacher = { ...EVERYTHING, flags: 1 << TERMS_FLAGS['students-derive'], rights: rightsMask(['distill']) }
      const lineage: Lineage = {
        models: [
          modelOf(0, maker, termsId(0), { parents: [declared(modelId(1), 'distillation')] }),
          modelOf(1, tuner, termsId(1), { parents: [declared(modelId(2), 'copy')] }),
          modelOf(2, tuner, termsId(2)),
        ],
        terms: new Map([
          [termsId(0), EVERYTHING],
          [termsId(1), { ...EVERYTHING, rights: rightsMask(['distill', 'redistribute']) }],
          [termsId(2), { ...teacher, rights: rightsMask(['distill', 'redistribute']) }],
        ]),
      }
      const passOn = { uses: rightsMask(['redistribute']) }
      expect(evaluate(lineage, { ...strict, ...passOn }).verdict).to.equal('unknown')
      expect(evaluate(lineage, { ...strict, ...passOn, everybody: true }).verdict).to.equal('permitted')
    })

    it('that count more never take a right away, and never turn a no into another answer', function () {
      holds([lineages, questions], (lineage, asked) => {
        const [some, all] = [evaluate(lineage, asked), evaluate(lineage, { ...asked, everybody: true })]
        expect(within(some.granted, all.granted)).to.equal(true)
        expect(within(all.possible, some.possible)).to.equal(true)
        if (some.verdict === 'not-permitted') expect(all.verdict).to.equal('not-permitted')
      })
    })
  })

  describe('duties', function () {
    it('are owed for the uses of their lane alone', function () {
      const word = dutiesWord({ notice: ['host'], source: ['host', 'distill'] })
      expect(dutiesOf(word)).to.deep.equal({ notice: ['host'], source: ['host', 'distill'] })
      for (const use of RIGHT_NAMES) {
        const owed = use === 'host' ? ['notice', 'source'] : use === 'distill' ? ['source'] : []
        const lineage: Lineage = {
          models: [modelOf(0, maker, termsId(0))],
          terms: new Map([[termsId(0), { ...EVERYTHING, duties: word }]]),
        }
        const answer = evaluate(lineage, { ...question, uses: rightsMask([use]) })
        expect(obligationsOf(answer.obligations), use).to.deep.equal(owed)
      }
    })

    it('are the union of those of each use, and only of defined ones', function () {
      holds([duties, fc.nat(ALL_RIGHTS), fc.nat(ALL_RIGHTS)], (word, uses, more) => {
        expect(raisedBy(word, uses) | raisedBy(word, more)).to.equal(raisedBy(word, uses | more))
        expect(dutiesWord(dutiesOf(word))).to.equal(word)
      })
      expect(raisedBy(2n ** 256n - 1n, ALL_RIGHTS)).to.equal(ALL_OBLIGATIONS)
    })

    describe('at a parent', function () {
      /** Each use of the child that raises a duty of its own at the parent, or all of them. */
      const raisedAtParent = (relation: Relation, uses: readonly Right[], flags = 0): Right[] => {
        const found = RIGHT_NAMES.filter((use) => {
          const lineage: Lineage = {
            models: [
              modelOf(0, tuner, FULL_TERMS, { parents: [declared(modelId(1), relation)] }),
              modelOf(1, maker, termsId(1)),
            ],
            terms: new Map([
              [FULL_TERMS, EVERYTHING],
              [termsId(1), { ...EVERYTHING, flags, duties: dutiesWord({ notice: [use] }) }],
            ]),
          }
          return evaluate(lineage, { ...question, uses: rightsMask(uses) }).obligations !== 0
        })
        return found
      }
      const STUDENTS_DERIVE = 1 << TERMS_FLAGS['students-derive']

      it('are those of making a derivative, and of passing it on', function () {
        expect(raisedAtParent('finetune', ['research'])).to.deep.equal(['research', 'modify'])
        expect(raisedAtParent('merge', ['commercial'])).to.deep.equal(['commercial', 'modify', 'commercial-modify'])
        expect(raisedAtParent('quantized', ['host'])).to.deep.equal(['host', 'modify', 'commercial-modify'])
        expect(raisedAtParent('adapter', ['redistribute'])).to.deep.equal([
          'modify',
          'redistribute',
          'redistribute-derivatives',
        ])
        expect(raisedAtParent('version', ['sublicense'])).to.deep.equal([
          'modify',
          'redistribute-derivatives',
          'sublicense',
        ])
      })

      it('are none where nothing is asked of the child: its maker answered for making it', function () {
        const lineage: Lineage = {
          models: [
            modelOf(0, tuner, FULL_TERMS, { parents: [declared(modelId(1), 'distillation')] }),
            modelOf(1, tuner, FULL_TERMS, { parents: [declared(modelId(2), 'finetune')] }),
            modelOf(2, maker, termsId(2)),
          ],
          terms: new Map([
            [FULL_TERMS, EVERYTHING],
            [termsId(2), { ...EVERYTHING, duties: dutiesWord({ notice: ['modify'] }) }],
          ]),
        }
        const owed = (uses: Right) => evaluate(lineage, { ...question, uses: rightsMask([uses]) }).obligations
        expect(owed('research')).to.equal(0)
        expect(owed('host')).to.not.equal(0)
      })

      it('are those of the copy itself where it is one', function () {
        for (const relation of ['copy', 'conversion'] as const) {
          for (const use of RIGHT_NAMES) expect(raisedAtParent(relation, [use])).to.deep.equal([use])
        }
      })

      it('are none for students, but what a license asks of who makes them available', function () {
        for (const use of RIGHT_NAMES) {
          const isAvailable = ['host', 'redistribute', 'redistribute-derivatives', 'sublicense'].includes(use)
          expect(raisedAtParent('distillation', [use]), use).to.deep.equal(isAvailable ? ['distill'] : [])
        }
      })

      it('are those of a derivative for students that a license calls derivatives', function () {
        expect(raisedAtParent('distillation', ['research'], STUDENTS_DERIVE)).to.deep.equal([
          'research',
          'modify',
          'distill',
        ])
      })

      it('of the same publisher are not owed: its last work speaks for it', function () {
        const word = dutiesWord({ notice: RIGHT_NAMES })
        const lineage: Lineage = {
          models: [
            modelOf(0, maker, FULL_TERMS, { parents: [declared(modelId(1), 'version')] }),
            modelOf(1, maker, termsId(1), { parents: [declared(modelId(2), 'finetune')] }),
            modelOf(2, tuner, termsId(1)),
          ],
          terms: new Map([
            [FULL_TERMS, EVERYTHING],
            [termsId(1), { ...EVERYTHING, duties: word }],
          ]),
        }
        expect(evaluate(lineage, question).duties.map(({ model }) => model)).to.deep.equal([modelId(2)])
      })
    })

    it('of a threshold are owed for its uses alone', function () {
      const credit = obligationsMask(['display-credit'])
      const threshold = { ...PLAIN, metric: 1, limit: 5n, adds: credit, uses: rightsMask(['distill']) }
      const lineage: Lineage = {
        models: [modelOf(0, maker, termsId(0))],
        terms: new Map([[termsId(0), { ...EVERYTHING, thresholds: [threshold] }]]),
      }
      const facts = [{ topic: 1, value: 6n }]
      const owed = (use: Right) => evaluate(lineage, { ...question, uses: rightsMask([use]), facts })
      expect(owed('distill')).to.deep.include({ verdict: 'conditional', obligations: credit })
      expect(owed('host')).to.deep.include({ verdict: 'permitted', obligations: 0, findings: [] })
    })
  })

  describe('laws', function () {
    it('what is granted is possible, and what is owed may be owed', function () {
      holds([lineages, questions], (lineage, asked) => {
        const answer = evaluate(lineage, asked)
        expect(within(answer.granted, answer.possible)).to.equal(true)
        expect(within(answer.obligations, answer.possibleObligations)).to.equal(true)
        const bodies = [...lineage.terms.values()]
        // What is asked of a model may be other uses of its ancestors.
        const raised = bodies.reduce((mask, body) => mask | mostOf(body, ALL_RIGHTS), 0)
        expect(within(answer.possibleObligations, raised)).to.equal(true)
        const own = answer.duties.find(({ model }) => model === lineage.models[0]!.model)
        const asIs = bodies.reduce((mask, body) => mask | mostOf(body, asked.uses), 0)
        if (own && !sortLineage(lineage).cyclic) expect(within(own.possible, asIs)).to.equal(true)
      })
    })

    it('there is one verdict, which follows from the masks', function () {
      holds([lineages, questions], (lineage, asked) => {
        const { verdict, granted, possible, possibleObligations } = evaluate(lineage, asked)
        const verdicts = {
          'not-permitted': !within(asked.uses, possible),
          unknown: within(asked.uses, possible) && !within(asked.uses, granted),
          permitted: within(asked.uses, granted) && possibleObligations === 0,
          conditional: within(asked.uses, granted) && possibleObligations !== 0,
        }
        expect(VERDICTS.filter((name) => verdicts[name])).to.deep.equal([verdict])
      })
    })

    it('what a licensee may do does not depend on what it asks for', function () {
      holds([lineages, questions, fc.integer({ min: 1, max: ALL_RIGHTS })], (lineage, asked, uses) => {
        const [one, other] = [evaluate(lineage, asked), evaluate(lineage, { ...asked, uses })]
        expect([one.granted, one.possible]).to.deep.equal([other.granted, other.possible])
      })
    })

    it('ceilings never grow along a lineage, and rights stay below them', function () {
      holds([lineages, questions], (labeled, asked) => {
        // A label may take what the terms that stand in for its model's grant.
        const lineage = withoutLimits(labeled)
        // In a cycle, the ceiling of a model depends on its own terms too, which the measure of a ceiling here replaces.
        fc.pre(!sortLineage(lineage).cyclic)
        for (const { model, parents } of lineage.models) {
          const ceiling = ceilingOf(lineage, model, asked)
          const rights = about(lineage, model, asked)
          expect(within(rights.granted, ceiling.granted)).to.equal(true)
          expect(within(rights.possible, ceiling.possible)).to.equal(true)
          for (const parent of parents) {
            const above = ceilingOf(lineage, parent.model, asked)
            expect(within(ceiling.granted, above.granted)).to.equal(true)
            expect(within(ceiling.possible, above.possible)).to.equal(true)
          }
        }
      })
    })

    it('a child of another publisher without credentials gives the public nothing that its parent does not', function () {
      holds([lineages, questions], (lineage, asked) => {
        const [child] = lineage.models as [LineageModel]
        const models = lineage.models.map((model) => ({ ...model, credentials: [] }))
        const alone: Lineage = { ...lineage, models }
        for (const parent of child.parents) {
          const above = lineage.models.find(({ model }) => model === parent.model)!
          if (above.publisher === child.publisher) continue
          const open = { ...asked, licensee: ZERO_ADDRESS }
          expect(within(evaluate(alone, open).granted, about(alone, parent.model, open).granted)).to.equal(true)
        }
      })
    })

    it('more facts never turn a definite answer into another, and only ever make answers more definite', function () {
      const settled = { permitted: 'permitted', conditional: 'permitted', 'not-permitted': 'not', unknown: 'unknown' }
      holds([lineages, questions, facts], (lineage, asked, more) => {
        const before = evaluate(lineage, asked)
        const after = evaluate(lineage, { ...asked, facts: joined(asked.facts, more) })
        expect(within(before.granted, after.granted)).to.equal(true)
        expect(within(after.possible, before.possible)).to.equal(true)
        expect(within(before.obligations, after.obligations)).to.equal(true)
        expect(within(after.possibleObligations, before.possibleObligations)).to.equal(true)
        if (before.verdict !== 'unknown') expect(settled[after.verdict]).to.equal(settled[before.verdict])
        if (before.verdict === 'permitted') expect(after.verdict).to.equal('permitted')
      })
    })

    it('with all facts and all terms stated, every word counted, and no doubtful threshold or limited label, nothing is unknown', function () {
      holds([lineages, questions, valuesOfAll], (lineage, asked, values) => {
        const whole = TOPICS.map((topic, number) => ({ topic, value: values[number]! }))
        const terms = new Map(
          [...lineage.terms].map(([id, body]) => [
            id,
            { ...body, unstated: 0, thresholds: body.thresholds.map((threshold) => ({ ...threshold, flags: 0 })) },
          ]),
        )
        const answer = evaluate(withoutLimits({ ...lineage, terms }), { ...asked, everybody: true, facts: whole })
        expect(answer.granted).to.equal(answer.possible)
        expect(answer.verdict).to.not.equal('unknown')
      })
    })

    it('a parent more never adds a right, and never takes an obligation away', function () {
      holds(
        [lineages, questions, fc.nat(), fc.nat(), fc.constantFrom(...RELATION_NAMES), fc.constantFrom(...GRADES)],
        (lineage, asked, a, b, relation, grade) => {
          const count = lineage.models.length
          const [young, old] = [a % count, b % count]
          const { model } = lineage.models[old]!
          if (young === old || lineage.models[young]!.parents.some((parent) => parent.model === model)) return
          const more = changed(lineage, young, (child) => ({
            ...child,
            parents: [...child.parents, { ...declared(model, relation), grade }],
          }))
          const [before, after] = [evaluate(lineage, asked), evaluate(more, asked)]
          expect(within(after.granted, before.granted)).to.equal(true)
          expect(within(after.possible, before.possible)).to.equal(true)
          expect(within(before.obligations, after.obligations)).to.equal(true)
        },
      )
    })

    it('a revocation or a suspension never adds a right', function () {
      const failures = fc.constantFrom<Credential>(ended, {
        ...ALWAYS,
        gapFrom: 1,
        gapUntil: FOREVER,
        state: 'suspended',
      })
      holds([lineages, questions, fc.nat(), fc.nat(), failures], (lineage, asked, number, which, credential) => {
        const after = changed(lineage, number, (model) => ({
          ...model,
          credentials: model.credentials.map((held, i) =>
            i === which % model.credentials.length ? { ...held, credential } : held,
          ),
        }))
        expect(within(evaluate(after, asked).granted, evaluate(lineage, asked).granted)).to.equal(true)
        expect(within(evaluate(after, asked).possible, evaluate(lineage, asked).possible)).to.equal(true)
      })
    })

    it('a recall never adds a right, and leaves none below it', function () {
      holds([lineages, questions, fc.nat()], (lineage, asked, number) => {
        const after = changed(lineage, number, (model) => ({ ...model, status: 'recalled' }))
        const answer = evaluate(after, asked)
        expect([answer.verdict, answer.possible]).to.deep.equal(['not-permitted', 0])
        expect(answer.findings.map(({ code }) => code)).to.include('model-recalled')
      })
    })

    it('retirement and succession change no right', function () {
      const statuses = fc.constantFrom(...(['active', 'superseded', 'retired'] as const))
      holds([lineages, questions, fc.nat(), statuses], (lineage, asked, number, status) => {
        const [before, after] = [
          evaluate(lineage, asked),
          evaluate(
            changed(lineage, number, (model) => ({ ...model, status })),
            asked,
          ),
        ]
        expect([after.verdict, after.granted, after.possible]).to.deep.equal([
          before.verdict,
          before.granted,
          before.possible,
        ])
      })
    })

    it('the credential of somebody who made none of the models changes nothing for anybody else', function () {
      holds([lineages, questions, fc.nat(), heldOf(0)], (lineage, asked, number, held) => {
        const holder = STRANGERS.find((stranger) => stranger !== asked.licensee)!
        const more = changed(lineage, number, (model) => ({
          ...model,
          credentials: [...model.credentials, { ...held, holder }],
        }))
        expect(evaluate(more, asked)).to.deep.equal(evaluate(lineage, asked))
      })
    })

    it("a maker's credential that passes nothing on gives the public no right that the parent withholds", function () {
      holds([bodies, bodies, fc.constantFrom(...RELATION_NAMES), facts], (parent, granted, relation, known) => {
        const held = { tier: tierId(1), holder: tuner, terms: termsId(1), passThrough: 0, credential: ALWAYS }
        const lineage: Lineage = {
          models: [
            modelOf(0, tuner, FULL_TERMS, { parents: [declared(modelId(1), relation)] }),
            modelOf(1, maker, termsId(0), { credentials: [held] }),
          ],
          terms: new Map([
            [FULL_TERMS, EVERYTHING],
            [termsId(0), parent],
            [termsId(1), granted],
          ]),
        }
        const asked = { ...question, facts: known }
        const base = about(lineage, modelId(1), asked)
        expect(within(evaluate(lineage, asked).granted, base.granted)).to.equal(true)
        expect(within(evaluate(lineage, asked).possible, base.possible)).to.equal(true)
      })
    })

    it('every right that is missing has a reason, and none is given where none is missing', function () {
      const reasons = new Set([...FINDING_CODES.slice(1, 7), 'label-void', 'label-doubtful', 'publisher-uncounted'])
      holds([lineages, questions], (lineage, asked) => {
        const { granted } = evaluate(lineage, asked)
        for (const name of RIGHT_NAMES) {
          const uses = rightsMask([name])
          const { findings } = evaluate(lineage, { ...asked, uses })
          const given = findings.some(({ code, rights }) => reasons.has(code) && rights !== 0)
          expect(given, name).to.equal(!within(uses, granted))
        }
      })
    })

    it('what is unknown names what would settle it', function () {
      const open = new Set([
        'right-unstated',
        'fact-missing',
        'threshold-doubtful',
        'label-void',
        'label-doubtful',
        'publisher-uncounted',
      ])
      holds([lineages, questions], (lineage, asked) => {
        const { verdict, findings } = evaluate(lineage, asked)
        if (verdict === 'unknown') expect(findings.some(({ code }) => open.has(code))).to.equal(true)
      })
    })

    it('the obligations by model add up to all', function () {
      holds([lineages, questions], (lineage, asked) => {
        const { duties, obligations, possibleObligations } = evaluate(lineage, asked)
        expect(duties.reduce((sum, { sure }) => sum | sure, 0)).to.equal(obligations)
        expect(duties.reduce((sum, { possible }) => sum | possible, 0)).to.equal(possibleObligations)
      })
    })

    it('the order of ancestors in the lineage does not matter', function () {
      holds([lineages, questions], (lineage, asked) => {
        const [first, ...others] = lineage.models as [LineageModel, ...LineageModel[]]
        const reversed = evaluate({ ...lineage, models: [first, ...others.toReversed()] }, asked)
        const answer = evaluate(lineage, asked)
        // Where models are in a cycle, none is first but by the order.
        const plain = ({ findings, duties, ...masks }: Evaluation): object =>
          sortLineage(lineage).cyclic
            ? { ...masks, findings: sorted(findings), duties: sorted(duties) }
            : { ...masks, findings, duties }
        expect(plain(reversed)).to.deep.equal(plain(answer))
      })
    })

    it('the order of parents and credentials does not matter', function () {
      holds([lineages, questions], (lineage, asked) => {
        const plain = ({ findings, duties, ...masks }: Evaluation): object => ({
          ...masks,
          findings: sorted(findings),
          duties: sorted(duties),
        })
        expect(plain(evaluate(reversedLists(lineage), asked))).to.deep.equal(plain(evaluate(lineage, asked)))
      })
    })

    it('who asks for more owes no less', function () {
      holds([lineages, questions, fc.integer({ min: 1, max: ALL_RIGHTS })], (lineage, asked, uses) => {
        const [some, more] = [evaluate(lineage, asked), evaluate(lineage, { ...asked, uses: asked.uses | uses })]
        for (const { model, sure, possible } of some.duties) {
          const found = more.duties.find((duty) => duty.model === model)
          expect([within(sure, found?.sure ?? 0), within(possible, found?.possible ?? 0)]).to.deep.equal([true, true])
        }
      })
    })

    it('a limit on the licenses of derivatives only ever takes rights', function () {
      holds([lineages, questions], (lineage, asked) => {
        // Whether a student is a derivative is not a question of labels: the flag stays.
        const terms = new Map(
          [...lineage.terms].map(([id, body]) => [
            id,
            { ...body, outbound: 0n, flags: body.flags & (1 << TERMS_FLAGS['students-derive']) },
          ]),
        )
        const [free, limited] = [evaluate({ ...lineage, terms }, asked), evaluate(lineage, asked)]
        expect(within(limited.granted, free.granted)).to.equal(true)
        expect(within(limited.possible, free.possible)).to.equal(true)
      })
    })

    it('in a cycle, models have what neither a member of it nor an ancestor of one withholds', function () {
      const chain = (last: LineageEdge[]): Lineage => ({
        models: [
          modelOf(0, maker, FULL_TERMS, { parents: [declared(modelId(1), 'finetune')] }),
          modelOf(1, tuner, termsId(1), { parents: [declared(modelId(2), 'finetune')] }),
          modelOf(2, maker, FULL_TERMS, { parents: last }),
        ],
        terms: new Map([
          [FULL_TERMS, EVERYTHING],
          [termsId(1), { ...EVERYTHING, rights: rightsMask(['commercial', 'modify', 'commercial-modify']) }],
        ]),
      })
      const closing: LineageEdge = {
        model: modelId(0),
        relation: 'finetune',
        grade: 'adjudicated',
        undisclosed: true,
      }
      const open = evaluate(chain([]), question)
      const closed = evaluate(chain([closing]), question)
      expect(open).to.include({
        verdict: 'permitted',
        granted: rightsMask(['commercial', 'modify', 'commercial-modify']),
      })
      expect(closed).to.include({ verdict: 'permitted', granted: open.granted })
      expect(closed.findings).to.deep.equal([
        { code: 'parent-undisclosed', model: modelId(2), holder: ZERO_ADDRESS, rights: 0, obligations: 0, topic: 0 },
      ])
      expect(about(chain([]), modelId(2), question).granted).to.equal(ALL_RIGHTS)
      expect(about(chain([closing]), modelId(2), question).granted).to.equal(open.granted)
    })
  })
})
