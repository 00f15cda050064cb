import { expect } from 'chai'
import fc from 'fast-check'

import { CREDENTIAL_STATES } from '../../../src/core/lineage.ts'
import {
  credentialsDomain,
  DAY,
  deployTiers,
  FOREVER,
  grantOf,
  networkHelpers,
  OFFER_TYPES,
  offerOf,
  plain,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const RUNS = Number(process.env.STEMMA_FUZZ_CASES ?? 12)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 20_260_327)

type Chain = Awaited<ReturnType<typeof deployTiers>>
type State = (typeof CREDENTIAL_STATES)[number]
type Refusal = `LicenseCredential${string}`

/** A credential as its history says, with each of its pauses. A pause without an end ends at {@link FOREVER}. */
type Issued = { state: State; from: bigint; until: bigint; pauses: { from: bigint; until: bigint }[] }

/** The expected state of the chain. Times are Unix seconds. */
type Model = { now: bigint; longest: bigint; issued: Map<Slot, Issued> }

const SLOTS = ['gated holder', 'gated other', 'open holder', 'open other'] as const
/** A tier and a holder, which have at most one credential. */
type Slot = (typeof SLOTS)[number]

/** One pause spans all: a credential that lapsed and was renewed, or was suspended twice, is not valid in between. */
function gapOf({ pauses }: Issued): [from: bigint, until: bigint] {
  if (pauses.length === 0) return [0n, 0n]
  const least = (values: bigint[]) => values.reduce((a, b) => (a < b ? a : b))
  return [least(pauses.map(({ from }) => from)), -least(pauses.map(({ until }) => -until))]
}

function isValidAt(issued: Issued | undefined, moment: bigint): boolean {
  if (!issued) return false
  const [gapFrom, gapUntil] = gapOf(issued)
  return issued.from <= moment && moment < issued.until && !(gapFrom <= moment && moment < gapUntil)
}

function windowRefusal(from: bigint, until: bigint, longest: bigint): Refusal | undefined {
  if (until <= from) return 'LicenseCredentialEmptyWindow'
  return until - from > longest ? 'LicenseCredentialTooLong' : undefined
}

/** An act on the credential of a slot in a block at a given time. The model changes, or predicts the revert. */
abstract class Act implements fc.AsyncCommand<Model, Chain> {
  readonly slot: Slot

  constructor(slot: Slot) {
    this.slot = slot
  }

  check(): boolean {
    return true
  }

  async run(model: Model, chain: Chain): Promise<void> {
    model.now += 1n
    await time.setNextBlockTimestamp(model.now)
    const before = model.issued.get(this.slot)
    const refusal = this.move(model, before)
    const sent = this.send(model, chain)
    if (refusal) await expect(sent).to.be.revertedWithCustomError(chain.credentials, refusal)
    else await (await sent).wait()
    // A rejected transaction is not mined and does not move the time of the next block.
    if (refusal) await networkHelpers.mine()
    await this.compare(model, chain)
  }

  /** Compares the record, and the validity around every relevant time. */
  protected async compare(model: Model, chain: Chain): Promise<void> {
    const issued = model.issued.get(this.slot)
    const id = await idOf(chain, this.slot)
    const record = plain(await chain.credentials.credentialOf(id))
    const expected = issued
      ? [chain.publisher.address, issued.from, issued.until, ...gapOf(issued), indexOf(issued.state), 0n]
      : [`0x${'0'.repeat(40)}`, 0n, 0n, 0n, 0n, indexOf('none'), 0n]
    expect(record).to.deep.equal(expected)
    const edges = issued ? [issued.from, issued.until, model.now, ...gapOf(issued)] : [model.now]
    for (const moment of new Set(edges.flatMap((edge) => [edge - 1n, edge, edge + 1n]))) {
      if (moment < 0n || moment > FOREVER) continue
      expect(await chain.credentials.isValidAt(id, moment), `at ${moment}`).to.equal(isValidAt(issued, moment))
    }
  }

  protected abstract move(model: Model, before: Issued | undefined): Refusal | undefined
  protected abstract send(model: Model, chain: Chain): Promise<{ wait(): Promise<unknown> }>
  abstract toString(): string
}

/** A grant, or a signed and accepted offer. */
class Issue extends Act {
  readonly signed: boolean
  readonly starts: bigint
  readonly lasts: bigint

  constructor(slot: Slot, signed: boolean, starts: bigint, lasts: bigint) {
    super(slot)
    this.signed = signed
    this.starts = starts
    this.lasts = lasts
  }

  protected move({ now, longest, issued }: Model, before: Issued | undefined): Refusal | undefined {
    if (before) return 'LicenseCredentialAlreadyIssued'
    const { from, until } = this.#window(now)
    const start = from > now ? from : now
    const refusal = windowRefusal(start, until, longest)
    if (!refusal) issued.set(this.slot, { state: 'active', from: start, until, pauses: [] })
    return refusal
  }

  protected async send({ now }: Model, chain: Chain): Promise<{ wait(): Promise<unknown> }> {
    const { credentials, publisher, a } = chain
    const { tier, holder } = partsOf(chain, this.slot)
    const { from, until } = this.#window(now)
    if (!this.signed) return credentials.connect(publisher).grant(grantOf(a, tier, holder, from, until))
    const offer = { ...grantOf(a, tier, holder.address, from, until), epoch: 0n, deadline: now }
    const signature = await publisher.signTypedData(await credentialsDomain(credentials), OFFER_TYPES, offer)
    return credentials.connect(holder).accept(offerOf(offer), publisher, signature)
  }

  #window(now: bigint): { from: bigint; until: bigint } {
    const from = this.starts === 0n ? 0n : now + this.starts
    return { from, until: (from || now) + this.lasts }
  }

  toString(): string {
    return `${this.signed ? 'accept' : 'grant'}(${this.slot}, in ${this.starts} s for ${this.lasts} s)`
  }
}

/** Obtains a credential of an open tier. */
class Obtain extends Act {
  protected move({ now, longest, issued }: Model, before: Issued | undefined): Refusal | undefined {
    if (!this.slot.startsWith('open')) return 'LicenseCredentialTierNotOpen'
    if (before) return 'LicenseCredentialAlreadyIssued'
    issued.set(this.slot, { state: 'active', from: now, until: now + longest, pauses: [] })
    return undefined
  }

  protected send(_: Model, chain: Chain): Promise<{ wait(): Promise<unknown> }> {
    const { tier, holder } = partsOf(chain, this.slot)
    return chain.credentials.connect(holder).obtain(chain.a, tier)
  }

  toString(): string {
    return `obtain(${this.slot})`
  }
}

class Renew extends Act {
  readonly more: bigint

  constructor(slot: Slot, more: bigint) {
    super(slot)
    this.more = more
  }

  protected move({ now, longest }: Model, before: Issued | undefined): Refusal | undefined {
    if (!before) return 'LicenseCredentialUnknown'
    if (before.state === 'revoked') return 'LicenseCredentialUnexpectedState'
    const until = now + this.more
    if (until <= before.until) return 'LicenseCredentialNotLonger'
    const refusal = windowRefusal(before.from > now ? before.from : now, until, longest)
    if (refusal) return refusal
    if (now > before.until) before.pauses.push({ from: before.until, until: now })
    before.until = until
    return undefined
  }

  protected send({ now }: Model, chain: Chain): Promise<{ wait(): Promise<unknown> }> {
    const { tier, holder } = partsOf(chain, this.slot)
    return chain.credentials.connect(chain.publisher).renew(chain.a, tier, holder, now + this.more)
  }

  toString(): string {
    return `renew(${this.slot}, for ${this.more} s)`
  }
}

class Change extends Act {
  readonly what: 'suspend' | 'reinstate' | 'revoke'

  constructor(slot: Slot, what: 'suspend' | 'reinstate' | 'revoke') {
    super(slot)
    this.what = what
  }

  protected move({ now }: Model, before: Issued | undefined): Refusal | undefined {
    if (!before) return 'LicenseCredentialUnknown'
    const possible: Record<typeof this.what, readonly State[]> = {
      suspend: ['active'],
      reinstate: ['suspended'],
      revoke: ['active', 'suspended'],
    }
    if (!possible[this.what].includes(before.state)) return 'LicenseCredentialUnexpectedState'
    if (this.what === 'suspend') before.pauses.push({ from: now, until: FOREVER })
    else if (this.what === 'reinstate') for (const pause of before.pauses) if (pause.until > now) pause.until = now
    if (this.what === 'revoke' && now < before.until) before.until = now
    before.state = ({ suspend: 'suspended', reinstate: 'active', revoke: 'revoked' } as const)[this.what]
    return undefined
  }

  protected async send(_: Model, chain: Chain): Promise<{ wait(): Promise<unknown> }> {
    const by = chain.credentials.connect(chain.publisher)
    const id = await idOf(chain, this.slot)
    return this.what === 'reinstate' ? by.reinstate(id) : by[this.what](id, 'why')
  }

  toString(): string {
    return `${this.what}(${this.slot})`
  }
}

/** Passes some time, or the time until the next block is exactly at an end or a start. */
class Pass implements fc.AsyncCommand<Model, Chain> {
  readonly some: bigint
  readonly slot: Slot
  readonly edge: 'from' | 'until' | undefined

  constructor(some: bigint, slot: Slot, edge: 'from' | 'until' | undefined) {
    this.some = some
    this.slot = slot
    this.edge = edge
  }

  check(): boolean {
    return true
  }

  async run(model: Model): Promise<void> {
    const issued = model.issued.get(this.slot)
    const there = (issued && this.edge && issued[this.edge] - 2n + (this.some % 3n)) ?? 0n
    model.now = there > model.now ? there : model.now + 1n + (this.edge ? 0n : this.some)
    await time.increaseTo(model.now)
  }

  toString(): string {
    return `pass(${this.edge ? `to ${this.edge} of ${this.slot}` : `${this.some} s`})`
  }
}

function indexOf(state: State): bigint {
  return BigInt(CREDENTIAL_STATES.indexOf(state))
}

function partsOf(chain: Chain, slot: Slot) {
  const [tier, holder] = slot.split(' ') as ['gated' | 'open', 'holder' | 'other']
  return { tier: chain[tier], holder: chain[holder] }
}

function idOf(chain: Chain, slot: Slot): Promise<bigint> {
  const { tier, holder } = partsOf(chain, slot)
  return chain.credentials.hashCredential(chain.a, tier, holder)
}

/** Durations around a tier's limit, and short ones. */
function durations(): fc.Arbitrary<bigint> {
  const longest = 100n * DAY
  return fc.oneof(
    fc.bigInt({ min: 1n, max: 20n }),
    fc.bigInt({ min: 1n, max: 40n }).map((days) => days * DAY),
    fc.constantFrom(0n, longest - 1n, longest, longest + 1n),
  )
}

function commands(): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, Chain>>> {
  // Most acts are on one credential.
  const slot = fc.oneof({ weight: 4, arbitrary: fc.constant(SLOTS[0]) }, fc.constantFrom(...SLOTS))
  const starts = fc.oneof(fc.constant(0n), fc.constantFrom(1n, 5n, DAY))
  const changes = fc.constantFrom('suspend', 'suspend', 'reinstate', 'reinstate', 'revoke')
  const edges = fc.constantFrom('from', 'until', 'until', undefined)
  return fc.commands(
    [
      fc.tuple(slot, fc.boolean(), starts, durations()).map((of) => new Issue(...of)),
      slot.map((of) => new Obtain(of)),
      fc.tuple(slot, durations()).map((of) => new Renew(...of)),
      fc.tuple(slot, durations()).map((of) => new Renew(...of)),
      fc.tuple(slot, changes).map((of) => new Change(...of)),
      fc.tuple(slot, changes).map((of) => new Change(...of)),
      fc.tuple(durations(), slot, edges).map((of) => new Pass(...of)),
    ],
    { maxCommands: 40, size: 'max' },
  )
}

describe('LicenseCredential', function () {
  it(`behaves like a model of credentials, in any order of acts (${RUNS} runs, seed ${SEED})`, async function () {
    let acts = 0
    const first = durations().map((lasts) => new Issue(SLOTS[0], false, 0n, lasts))
    const property = fc.asyncProperty(first, commands(), async (issue, list) => {
      const chain = await loadFixture(deployTiers)
      const model: Model = { now: BigInt(await time.latest()), longest: chain.maxDuration, issued: new Map() }
      await fc.asyncModelRun(() => ({ model, real: chain }), [issue, ...list])
      acts += [...list].length
    })
    await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true })
    expect(acts).to.be.greaterThan(RUNS)
  })
})
