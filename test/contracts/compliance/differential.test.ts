import { expect } from 'chai'

import {
  FINDING_CODES,
  topicOf,
  VERDICTS,
  type Evaluation,
  type Fact,
  type Question,
} from '../../../src/core/evaluate.ts'
import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import {
  ZERO_ADDRESS,
  type Address,
  type CredentialId,
  type ModelId,
  type TermsId,
  type TierId,
} from '../../../src/core/hex.ts'
import { FOREVER, sortLineage, type Lineage } from '../../../src/core/lineage.ts'
import type { ParentUse } from '../../../src/core/registration.ts'
import type { Duties, Terms, Threshold } from '../../../src/core/terms.ts'
import {
  ALL_RIGHTS,
  OBLIGATION_NAMES,
  PART_NAMES,
  RELATION_NAMES,
  RIGHT_NAMES,
  TERMS_FLAG_NAMES,
  rightsMask,
  type Right,
} from '../../../src/core/vocabulary.ts'
import { dutiesFor } from '../../fixtures/duties.ts'
import { Random } from '../../fixtures/random.ts'
import { credentialIdOf } from '../../../src/core/tier.ts'
import { measureName, METRICS } from '../../../src/core/topics.ts'
import { createWorld, NO_TERMS, termsOf, type World } from '../../fixtures/world.ts'

// Fewer for mutation testing, where each mutant would otherwise take minutes.
const CASES = Number(process.env.STEMMA_FUZZ_CASES ?? (process.env.STEMMA_INSTRUMENT ? 150 : 400))
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 20_260_327)
const QUESTIONS = 30 // of each history
const LIMITS = [0n, 1_000n, 20_000_000n]

/** Bases that nobody registers, of the n-th history: bindings are of one history alone. */
function externalsOf(seed: number): ModelId[] {
  return ['a', 'b', 'c'].map((name) => externalIdOf(externalNameOnHub(`acme-${seed}/${name}`)))
}

type Grant = {
  id: CredentialId
  model: ModelId
  tier: TierId
  holder: Address
  state: 'active' | 'suspended' | 'revoked'
  /** Issued by the holder of another. */
  isSub?: true
}

describe('ComplianceLens and evaluate', function () {
  it(`agree on ${CASES} questions about random histories`, async function () {
    this.timeout(60_000 + 200 * CASES)
    const world = await createWorld()
    const found = new Set<string>()
    let [cyclic, bound, replaced] = [0, 0, 0]

    for (let done = 0, seed = SEED; done < CASES; done += QUESTIONS, ++seed) {
      const history = new History(world, new Random(seed), externalsOf(seed))
      await history.happen()
      for (let i = 0; i < QUESTIONS; ++i) {
        const { model, question } = history.question()
        const lineage = world.lineage(model, question.licensee)
        const { duties, ...expected } = world.answer(model, question)
        const again = `Run again with STEMMA_FUZZ_SEED=${seed} STEMMA_FUZZ_CASES=${QUESTIONS}: question ${i} is ${show({ question, lineage, expected })}`
        expect(sorted(await world.readLineage(model, question.licensee)), again).to.equal(sorted(lineage))
        expect(show(await world.ask(model, question)), again).to.equal(show(expected))
        expect(summed(duties), again).to.deep.equal([expected.obligations, expected.possibleObligations])
        found.add(expected.verdict)
        if (sortLineage(lineage).cyclic) cyclic += 1
        if (lineage.models.some(({ parents }) => parents.some(({ grade }) => grade === 'bound'))) bound += 1
        if (lineage.models.some(({ parents }) => parents.some(({ grade }) => grade === 'adjudicated'))) replaced += 1
        for (const { code } of expected.findings) found.add(code)
      }
    }

    // Agreement means nothing if an answer never occurs.
    if (CASES >= 1_000) expect(cyclic).to.be.greaterThan(CASES / 50)
    if (CASES >= 1_000) expect(bound).to.be.greaterThan(CASES / 50)
    if (CASES >= 1_000) expect(replaced).to.be.greaterThan(CASES / 100)
    if (CASES >= 1_000) expect([...found]).to.include.members([...VERDICTS, ...FINDING_CODES.slice(1)])
  })
})

/** The acts that happen to some models, and questions about them. */
class History {
  readonly #world: World
  readonly #random: Random
  readonly #publishers: readonly Address[]
  readonly #externals: readonly ModelId[]
  readonly #models: { model: ModelId; publisher: Address; terms: TermsId }[] = []
  readonly #grants: Grant[] = []
  #pool: readonly TermsId[] = []

  constructor(world: World, random: Random, externals: readonly ModelId[]) {
    this.#world = world
    this.#externals = externals
    this.#random = random
    this.#publishers = random.sample(world.publishers, random.integer(2, world.publishers.length))
  }

  async happen(): Promise<void> {
    this.#pool = await publishPool(this.#world, this.#random)
    await this.#register()
    for (let i = this.#random.pick([0, 0, 1, 2, 4]); i > 0; --i) await this.#attest()
    for (let i = this.#random.integer(0, 3); i > 0; --i) await this.#bind()
    if (this.#random.chance(0.3)) await this.#replace()
    for (let i = this.#random.integer(1, 5); i > 0; --i) await this.#offer()
    for (let i = this.#random.integer(0, 8); i > 0; --i) await this.#change()
    for (const publisher of this.#random.some(this.#publishers, 0.4)) await this.#verify(publisher)
    for (const { model } of this.#random.some(this.#models, 0.08)) {
      await this.#world.advance(model, this.#random.pick(['superseded', 'retired', 'recalled']))
    }
    for (const { model } of this.#random.some(this.#models, 0.03)) await this.#world.recall(model)
  }

  question(): { model: ModelId; question: Question } {
    const random = this.#random
    const late = this.#models.slice(-4)
    const times = this.#grants.flatMap(({ id }) => this.#world.timesOf(id))
    const time = random.chance(0.4) ? this.#world.now : random.pick([...times, this.#world.now]) + random.integer(-1, 1)
    return {
      model: random.pick(random.chance(0.7) ? late : this.#models).model,
      question: {
        licensee: this.#licensee(),
        uses: random.pick([
          1 << random.integer(0, RIGHT_NAMES.length - 1),
          rightsMask(random.sample(RIGHT_NAMES, random.integer(1, 3))),
          random.integer(1, ALL_RIGHTS),
        ]),
        time: Math.max(0, Math.min(FOREVER, time)),
        everybody: random.chance(0.5),
        trusted: random.some(this.#world.publishers, random.pick([0, 0.3])).toSorted(),
        named: random
          .some(this.#models, random.pick([0, 0.3]))
          .map(({ model: id }) => id)
          .toSorted(),
        facts: this.#facts(),
      },
    }
  }

  async #register(): Promise<void> {
    const random = this.#random
    const favourites = random.sample(this.#pool, 4)
    const drafts = []
    for (let i = random.integer(1, 14); i > 0; --i) {
      const count = random.pick([0, 1, 1, 1, 2, 2, 3, random.integer(0, 8)])
      const parents = random.sample(this.#models, count)
      const publisher = random.pick(this.#publishers)
      const terms = random.pick(random.chance(0.7) ? favourites : this.#pool)
      const draft = this.#world.draft({
        publisher,
        terms,
        parents: [
          ...parents.map(({ model }) => ({ model, ...this.#use() })),
          ...random.sample(this.#externals, count < 8 && random.chance(0.2) ? 1 : 0).map((model) => ({
            model,
            ...this.#use(),
            external: true as const,
          })),
        ],
      })
      this.#models.push({ model: draft.model, publisher, terms })
      drafts.push(draft.registration)
    }
    await this.#world.registerAll(drafts)
  }

  /** A relation to a parent, and mostly the whole of it. */
  #use(): ParentUse {
    const part = this.#random.pick([...PART_NAMES, 'whole', 'whole'] as const)
    return { relation: this.#random.pick(RELATION_NAMES), ...(part !== 'whole' && { part }) }
  }

  /** Verifies a publisher for a time that begins or ends near one of its words, or withdraws the verification. */
  async #verify(publisher: Address): Promise<void> {
    const random = this.#random
    const models = this.#models.filter((known) => known.publisher === publisher)
    const said = [
      ...models.map(({ model }) => this.#world.lineage(model).models[0]!.registeredAt),
      ...this.#grants
        .filter((grant) => models.some(({ model }) => model === grant.model))
        .map(({ id }) => this.#world.timesOf(id)[0]!),
    ]
    const from = random.pick([0, ...said]) + random.integer(0, 1)
    const isPast = random.chance(0.3) && said.some((time) => time > this.#world.now)
    const until = isPast ? random.pick(said.filter((time) => time > this.#world.now)) : this.#world.now + 1_000
    if (random.chance(0.1)) await this.#world.verify(publisher, 0, 0)
    else if (from < until && until > this.#world.now + 1) await this.#world.verify(publisher, from, until)
  }

  /** Attests a parent, older or younger than the model, which sometimes closes a cycle. */
  async #attest(): Promise<void> {
    const random = this.#random
    const [model, parent] = [random.pick(this.#models).model, random.pick(this.#models).model]
    const known = this.#world.lineage(model).models[0]!
    if (model === parent || known.parents.some((edge) => edge.model === parent)) return
    await this.#world.attest(model, parent, random.pick(RELATION_NAMES), random.chance(0.5))
  }

  /** Binds an external parent to a model, older or younger than what was made from it, or to another external parent; or unbinds it. */
  async #bind(): Promise<void> {
    const random = this.#random
    const external = random.pick(this.#externals)
    const bound = this.#world.bindingsOf(external)
    const model = random.chance(0.1) ? random.pick(this.#externals) : random.pick(this.#models).model
    if (bound.includes(model) || (bound.length > 0 && random.chance(0.2))) {
      await this.#world.bind(external, random.pick(bound), false)
    } else if (bound.length < 4) await this.#world.bind(external, model)
  }

  /** A claim replaces an external parent by a model: its publisher acknowledges it, or a ruling upholds it. */
  async #replace(): Promise<void> {
    const random = this.#random
    const made = this.#models.flatMap(({ model }) =>
      this.#world
        .lineage(model)
        .models[0]!.parents.filter(
          (parent) => this.#externals.includes(parent.model) && !this.#world.isReplaced(model, parent.model),
        )
        .map((parent) => ({ model, external: parent.model })),
    )
    if (made.length === 0) return
    const { model, external } = random.pick(made)
    const parent = random.pick(this.#models).model
    const parents = this.#world.lineage(model).models[0]!.parents
    if (parent === model || parents.some((edge) => edge.model === parent && edge.grade !== 'declared')) return
    await this.#world.replace(model, external, parent, random.pick(RELATION_NAMES), random.chance(0.6))
  }

  /** Offers a tier of a model, and grants it to some. */
  async #offer(): Promise<void> {
    const random = this.#random
    const { model } = random.pick(this.#models)
    const terms = random.pick(this.#pool.filter((id) => id !== NO_TERMS))
    const granted = RIGHT_NAMES.filter((right) => this.#world.bodyOf(terms).rights & rightsMask([right]))
    const passThrough: Right[] = random.pick([[], granted, random.some(granted, 0.5)])
    const name = `Tier ${random.integer(0, 2 ** 31)}`
    const tier = await this.#world.offer(model, { terms, passThrough, subCredentials: true, name })
    const holders = random.sample([...this.#publishers, ...this.#world.strangers], random.integer(1, 4))
    for (const holder of holders) {
      const from = random.chance(0.7) ? 0 : this.#world.now + random.integer(1, 400)
      const until = random.chance(0.5) ? FOREVER : Math.max(from, this.#world.now) + random.integer(2, 400)
      const id = await this.#world.grant(model, tier, holder, { from, until })
      this.#grants.push({ id, model, tier, holder, state: 'active' })
    }
    await this.#issueUnder(model, tier, holders)
  }

  /** The first of some holders issues a sub-credential to somebody else, if its own is valid. Draws nothing. */
  async #issueUnder(model: ModelId, tier: TierId, [licensee, ...others]: readonly Address[]): Promise<void> {
    const [from, until] = this.#world.timesOf(credentialIdOf(model, tier, licensee!)) as [number, number]
    const holder = [...this.#publishers, ...this.#world.strangers].find(
      (account) => account !== licensee && !others.includes(account),
    )
    const isValid = from <= this.#world.now && this.#world.now + 2 < until
    if (!isValid || !holder) return
    const end = Math.min(until, this.#world.now + 300)
    const id = await this.#world.grantUnder(model, tier, licensee!, holder, end)
    this.#grants.push({ id, model, tier, holder, state: 'active', isSub: true })
  }

  /** Suspends, reinstates, revokes or renews a credential, some time later. */
  async #change(): Promise<void> {
    const random = this.#random
    const grant = random.pick(this.#grants)
    this.#world.wait(random.integer(0, 200))
    const change = random.pick(['pause', 'pause', 'revoke', 'renew'])
    if (grant.state === 'revoked') return
    if (change === 'pause') {
      await (grant.state === 'active' ? this.#world.suspend(grant.id) : this.#world.reinstate(grant.id))
      grant.state = grant.state === 'active' ? 'suspended' : 'active'
    } else if (change === 'revoke') {
      await this.#world.revoke(grant.id)
      grant.state = 'revoked'
    } else if (!grant.isSub) {
      const until = Math.max(this.#world.now + 2, this.#world.timesOf(grant.id)[1]! + 1) + random.integer(0, 300)
      if (until <= FOREVER) await this.#world.renew(grant.model, grant.tier, grant.holder, until)
    }
  }

  #licensee(): Address {
    const holders = this.#grants.map(({ holder }) => holder)
    return this.#random.pick([
      ZERO_ADDRESS,
      this.#random.pick([...holders, ZERO_ADDRESS]),
      this.#random.pick(this.#world.publishers),
      this.#random.pick(this.#world.strangers),
    ])
  }

  #facts(): Fact[] {
    const topics = SUBJECTS.flatMap((subject) => PARAMETERS.map((param) => ({ subject, param })))
      .flatMap((about) => Object.values(METRICS).map((metric) => topicOf({ metric, ...about })))
      .toSorted((a, b) => a - b)
    const known = this.#random.some([...new Set(topics)], this.#random.pick([0, 0.5, 1]))
    const value = (): bigint => {
      const near = this.#random.pick(LIMITS) + BigInt(this.#random.integer(-1, 1))
      return near < 0n ? 0n : near
    }
    return known.map((topic) => ({ topic, value: value() }))
  }
}

/** The subjects and parameters of thresholds and facts; most are the licensee's, without a parameter. */
const [SUBJECTS, PARAMETERS] = [
  [0, 0, 1],
  [0, 0, 7],
]

/** Publishes terms of every kind: from nothing to everything, with thresholds, share-alike, and sets by component. */
async function publishPool(world: World, random: Random): Promise<TermsId[]> {
  const most = RIGHT_NAMES.filter((right) => right !== 'sublicense')
  const someUses = (): Right[] => random.sample(RIGHT_NAMES, random.integer(1, RIGHT_NAMES.length))
  const threshold = (): Threshold => {
    const adds = random.sample(OBLIGATION_NAMES, random.integer(0, 2))
    return {
      measure: measureName({
        metric: random.pick(Object.values(METRICS)),
        subject: random.pick(SUBJECTS),
        param: random.pick(PARAMETERS),
      }),
      doubtful: random.chance(0.2),
      limit: random.pick(LIMITS),
      withdraws: random.sample(RIGHT_NAMES, random.integer(1, 5)),
      adds,
      uses: adds.length === 0 ? [] : someUses(),
    }
  }
  const duties = (): Duties =>
    Object.fromEntries(random.some(OBLIGATION_NAMES, 0.3).map((obligation) => [obligation, someUses()]))
  const compatibility = (): Partial<Terms> => {
    const families = random.some(['permissive', 'gpl-3.0', 'mpl-2.0', 'cc-by-nc'], 0.5)
    return {
      ...(random.chance(0.7) && { family: random.pick(['permissive', 'gpl-3.0', 'mpl-2.0', 'cc-by-nc', '#100']) }),
      ...random.pick([{}, { outbound: { only: families } }, { outbound: { except: families } }]),
    }
  }
  const drafts = [
    termsOf({ name: 'none' }),
    termsOf({ name: 'all', rights: RIGHT_NAMES }),
    termsOf({ name: 'most', rights: most, obligations: ['notice'] }),
    termsOf({ name: 'research', rights: ['research', 'education', 'modify'], obligations: ['use-restrictions'] }),
    termsOf({ name: 'no derivatives', rights: most.filter((right) => right !== 'redistribute-derivatives') }),
    termsOf({ name: 'share-alike 1', rights: RIGHT_NAMES, obligations: ['share-alike'] }),
    termsOf({ name: 'share-alike 2', rights: most, obligations: ['share-alike', 'source'] }),
    termsOf({
      name: 'share-alike 3',
      rights: RIGHT_NAMES,
      obligations: ['share-alike'],
      family: 'gpl-3.0',
      outbound: { only: ['gpl-3.0'] },
    }),
    termsOf({
      name: 'automatic',
      rights: RIGHT_NAMES,
      flags: ['automatic-grant', 'forbids-further'],
      family: 'mpl-2.0',
      outbound: { only: ['mpl-2.0', 'permissive'] },
    }),
    termsOf({ name: 'rail', rights: RIGHT_NAMES, flags: ['imposes-further', 'students-derive'], family: 'rail' }),
    termsOf({ name: 'permissive', rights: RIGHT_NAMES, family: 'permissive' }),
    ...Array.from({ length: 6 }, (_, i) =>
      termsOf({ name: `threshold ${i}`, rights: RIGHT_NAMES, thresholds: [threshold(), threshold()] }),
    ),
    ...Array.from({ length: 6 }, (_, i) =>
      termsOf({
        name: `random ${i}`,
        rights: random.some(RIGHT_NAMES, 0.75),
        flags: random.some(TERMS_FLAG_NAMES, 0.3),
        ...compatibility(),
        duties: random.chance(0.5) ? duties() : dutiesFor(random.some(OBLIGATION_NAMES, 0.3)),
        thresholds: Array.from({ length: random.pick([0, 0, 1, 4]) }, threshold),
      }),
    ),
  ]
  const ids: TermsId[] = []
  for (const draft of drafts) ids.push(await world.publish(draft))
  const sets: TermsId[] = []
  for (let i = 0; i < 6; ++i) {
    const [weights, outputs] = [0, 1].map(() => (random.chance(0.3) ? NO_TERMS : random.pick(ids)))
    sets.push(await world.publishSet({ weights: weights!, code: random.pick(ids), outputs: outputs! }))
  }
  // Sets with known parts: nothing stated for the weights, or for the outputs.
  sets.push(await world.publishSet({ weights: NO_TERMS, code: NO_TERMS, outputs: ids[1]! }))
  sets.push(await world.publishSet({ weights: ids[1]!, code: ids[2]!, outputs: ids[0]! }))
  return [...ids, ids[1]!, ids[1]!, ids[2]!, ...sets, NO_TERMS]
}

/** A lineage as text, with terms sorted by id and each model's credentials by holder, because their order means nothing. */
function sorted({ models, terms }: Lineage): string {
  const by = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)
  return show({
    models: models.map(({ verifiedFrom, verifiedUntil, ...model }) => ({
      ...model,
      verifiedFrom,
      verifiedUntil,
      credentials: model.credentials.toSorted((a, b) => by(a.holder, b.holder)),
    })),
    terms: [...terms].toSorted(([a], [b]) => by(a, b)),
  })
}

function summed(duties: Evaluation['duties']): [number, number] {
  return [duties.reduce((sum, duty) => sum | duty.sure, 0), duties.reduce((sum, duty) => sum | duty.possible, 0)]
}

/** JSON with one value per line, so that a difference is easy to find. */
function show(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) => (typeof part === 'bigint' ? `${part}n` : part instanceof Map ? Object.fromEntries(part) : part),
    1,
  )
}
