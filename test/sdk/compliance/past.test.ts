import { expect } from 'chai'
import { BrowserProvider } from 'ethers'

import { externalIdOf, parseExternalName } from '../../../src/core/external.ts'
import type { ClaimId } from '../../../src/core/claim.ts'
import { ZERO_DIGEST, type CredentialId, type Digest, type ModelId, type TierId } from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import type { TrustPolicy } from '../../../src/verify/policy.ts'
import { anchorCheckpoint } from '../../../src/sdk/audit/anchorCheckpoint.ts'
import { acknowledgeClaim } from '../../../src/sdk/claims/acknowledgeClaim.ts'
import { attestParent } from '../../../src/sdk/claims/attestParent.ts'
import { countersignParent } from '../../../src/sdk/claims/countersignParent.ts'
import { detachParent } from '../../../src/sdk/claims/detachParent.ts'
import { fileClaim } from '../../../src/sdk/claims/fileClaim.ts'
import { stateBinding } from '../../../src/sdk/claims/stateBinding.ts'
import { RegisteredLaterError } from '../../../src/sdk/compliance/askThen.ts'
import { askVerdict } from '../../../src/sdk/compliance/askVerdict.ts'
import { discloseModel } from '../../../src/sdk/compliance/discloseModel.ts'
import { verifyModel } from '../../../src/sdk/compliance/verifyModel.ts'
import { openLedger, type Ledger } from '../../../src/sdk/connect.ts'
import { NodeAnswerError } from '../../../src/sdk/nodeErrors.ts'
import { BeforeLedgerError, ledgerAt } from '../../../src/sdk/ledgerAt.ts'
import { NodeHistoryError } from '../../../src/sdk/nodeFailures.ts'
import { ledgerAsOf } from '../../../src/sdk/ledgerAsOf.ts'
import { grantCredential } from '../../../src/sdk/licensing/grantCredential.ts'
import { offerTier } from '../../../src/sdk/licensing/offerTier.ts'
import { publishTerms } from '../../../src/sdk/licensing/publishTerms.ts'
import { revokeCredential } from '../../../src/sdk/licensing/revokeCredential.ts'
import { suspendCredential } from '../../../src/sdk/licensing/suspendCredential.ts'
import { withdrawTier } from '../../../src/sdk/licensing/withdrawTier.ts'
import { bindExternal } from '../../../src/sdk/registry/bindExternal.ts'
import { nameExternal } from '../../../src/sdk/registry/nameExternal.ts'
import { recallDigest } from '../../../src/sdk/registry/recallDigest.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { retireModel } from '../../../src/sdk/registry/retireModel.ts'
import { undoRecall } from '../../../src/sdk/registry/undoRecall.ts'
import { verifyPublisher } from '../../../src/sdk/registry/verifyPublisher.ts'
import { UnregisteredModelError } from '../../../src/sdk/registry/readLineage.ts'
import { networkHelpers, provider as chain, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectError, provider, tierOf } from '../../fixtures/sdk.ts'
import { termsFor } from '../../fixtures/memoryLedger.ts'

const GEMMA = parseExternalName('hf:google/gemma')
const DAY = 86_400
const weights = (name: string): Digest => sha256Text(name)

/** A ledger on which one thing after another happens, with what was answered after each. */
async function playDays() {
  const world = await deployModels()
  const { admin, publisher, tuner, operator, holder, stranger, reader, terms, base, tuned } = world
  const external = externalIdOf(GEMMA)
  const { terms: strictTerms } = await publishTerms(publisher.ledger, {
    terms: termsFor('s', { rights: ['research'] }),
  })
  const { terms: hosting } = await publishTerms(publisher.ledger, { terms: termsFor('h', { rights: ['host'] }) })
  const strict = registrationOf(publisher.address, {
    weights: weights('strict'),
    tensors: ZERO_DIGEST,
    terms: strictTerms,
  })
  await registerModel(publisher.ledger, { registration: strict })
  const child = registrationOf(tuner.address, {
    weights: weights('child'),
    tensors: ZERO_DIGEST,
    terms,
    uri: 'https://huggingface.co/beta/child',
    parents: [
      { model: modelIdOf(strict), relation: 'finetune' },
      { model: external, relation: 'merge', external: true },
    ],
  })
  const [parent, late] = [strict, child].map(modelIdOf) as [ModelId, ModelId]
  await world.contracts.manager.grantRole(0n, operator.address, 0)
  const recall = { kind: 'weights', digest: world.registrations.base.weights, reason: 'a poisoned set' } as const
  let [tier, gated] = [ZERO_DIGEST as string as TierId, ZERO_DIGEST as string as TierId]
  let credential = ZERO_DIGEST as string as CredentialId
  let claim = ZERO_DIGEST as string as ClaimId
  const isProved = (of: typeof publisher, until: number) =>
    verifyPublisher(admin.ledger, {
      publisher: of.address,
      profile: sha256Text(of.address),
      from: until > 0 ? 1 : 0,
      until,
    })
  const steps: Record<string, () => Promise<unknown>> = {
    'a tier': async () => {
      const offered = tierOf(base, hosting, { name: 'Hosting', passThrough: ['host'] })
      tier = (await offerTier(publisher.ledger, { tier: offered })).tier
    },
    'a credential': async () => {
      const until = (await networkHelpers.time.latest()) + 100 * DAY
      const asked = { model: base, tier, holder: holder.address, validUntil: until }
      credential = (await grantCredential(publisher.ledger, asked)).credential
    },
    'usage beyond the quota': () =>
      anchorCheckpoint(holder.ledger, {
        operator: holder.address,
        credential,
        epoch: 0,
        checkpoint: { size: 5_000n, root: weights('log'), calls: 5_000n, tokens: 7n },
      }),
    'a suspension': () => suspendCredential(publisher.ledger, { credential, reason: 'invoice' }),
    'a revocation': () => revokeCredential(publisher.ledger, { credential }),
    'a claim': async () => {
      const asked = { subject: tuned, parent, relation: 'merge', evidence: weights('evidence') } as const
      claim = (await fileClaim(stranger.ledger, asked)).kept.claim
    },
    'an acknowledged claim': () => acknowledgeClaim(tuner.ledger, { claim }),
    'a countersignature': () => countersignParent(publisher.ledger, { model: tuned, parent }),
    'a registration': () => registerModel(tuner.ledger, { registration: child }),
    'a name of an external parent': () => nameExternal(stranger.ledger, { name: GEMMA }),
    'a binding that a trusted publisher states': () =>
      stateBinding(tuner.ledger, { publisher: tuner.address, external, model: base }),
    'a binding on chain': () => bindExternal(admin.ledger, { external, model: tuned, evidence: ZERO_DIGEST }),
    'an attested parent': () => attestParent(tuner.ledger, { model: late, parent: base, relation: 'distillation' }),
    'a parent that is taken back': () => detachParent(tuner.ledger, { model: late, parent: base }),
    'a recall': () => recallDigest(admin.ledger, recall),
    'a recall that is undone': () => undoRecall(operator.ledger, recall),
    'a verification that ends': () => isProved(tuner, 0),
    'a verification': () => isProved(tuner, FOREVER),
    'a tier of a gated base': async () => {
      const offered = tierOf(parent, terms, { name: 'Commercial Use' })
      gated = (await offerTier(publisher.ledger, { tier: offered })).tier
    },
    'a tier that is withdrawn': () => withdrawTier(publisher.ledger, { model: parent, tier: gated }),
    'a retired model': () => retireModel(publisher.ledger, { model: base, reason: 'old' }),
  }
  const policy: TrustPolicy = { licensee: holder.address }
  const asked = { policy, trusted: [tuner.address] }
  const answers = async (
    ledger: Ledger,
    ages: { at?: number; maxAge: number; now?: number },
    models: readonly ModelId[],
  ) => {
    const { maxAge: _, now: __, ...at } = ages
    const given: unknown[] = []
    for (const model of models) {
      given.push(await askVerdict(ledger, { asked: { model }, uses: ['host', 'commercial'], ...asked, ...ages }))
    }
    // What the profile says of the newest shows that tiers are read as of then too.
    const disclosed = await discloseModel(ledger, {
      model: models.at(-1)!,
      documents: { method: { state: 'not-read' }, datasets: { state: 'not-read' }, card: { state: 'not-read' } },
      licenses: [],
      profiles: ['deployment'],
      question: { ...asked, ...at },
    })
    const [first] = given as Awaited<ReturnType<typeof askVerdict>>[]
    return { given, first: first!.reports[0]!, disclosed }
  }
  const days: { step: string; time: number; models: readonly ModelId[]; given: Awaited<ReturnType<typeof answers>> }[] =
    []
  const record = async (step: string): Promise<void> => {
    const models = [
      base,
      tuned,
      ...(days.some((day) => day.models.includes(late)) || step === 'a registration' ? [late] : []),
    ]
    const given = await answers(reader, { maxAge: 0 }, models)
    days.push({ step, time: given.first.at, models, given })
  }
  await record('nothing')
  for (const [step, happens] of Object.entries(steps)) {
    await networkHelpers.time.increase(days.length % 3 === 0 ? 40 * DAY : 7)
    await happens()
    await record(step)
  }
  return { ...world, days, answers, late, child, strict }
}

/** What is answered, without when and where it was read. */
function withoutBlock(given: unknown): string {
  return JSON.stringify(given, (key, value: unknown) =>
    key === 'at' || key === 'block' ? undefined : typeof value === 'bigint' ? String(value) : value,
  )
}

describe('an answer about the past', function () {
  this.timeout(300_000)
  let world: Awaited<ReturnType<typeof playDays>>

  before(async function () {
    world = await playDays()
  })

  it('is the answer of that day, whatever came since and however long ago it is', async function () {
    const { days, answers, reader } = world
    for (const [index, { step, time, models, given }] of days.entries()) {
      const isLast = index === days.length - 1
      // The latest block is the present, and its age counts.
      const ages = isLast ? { maxAge: 0 } : { maxAge: 60, now: time + 1e9 }
      expect(await answers(reader, { at: time, ...ages }, models), step).to.deep.equal(given)
      if (isLast || index % 3 > 0) continue
      const between = await answers(reader, { at: time + 3, ...ages }, models)
      expect(between.first).to.include({
        at: time + 3,
        dated: 'ledger',
        block: given.first.block,
      })
      expect(withoutBlock(between), `after ${step}`).to.equal(withoutBlock(given))
    }
  })

  it('changes with each kind of fact, from the block of the fact on', function () {
    const { days } = world
    for (const [index, { step, given, models }] of days.entries()) {
      const before = days[index - 1]
      if (!before || before.models.length < models.length) continue
      expect(withoutBlock(given), step).to.not.equal(withoutBlock(before.given))
    }
  })

  it('says what was not registered then, and since when it is; and what was never registered', async function () {
    const { days, late, child, reader } = world
    const registered = days.find(({ step }) => step === 'a registration')!.time
    const since = new Date(registered * 1000).toISOString().replace('.000Z', 'Z')
    const at = days[0]!.time
    const asking = [
      () => verifyModel(reader, { model: late, use: 'host', at }),
      () => verifyModel(reader, { weights: child.weights, use: 'host', at: registered - 1 }),
      () => askVerdict(reader, { asked: { id: late }, uses: ['host'], at }),
      () => askVerdict(reader, { asked: { id: child.weights }, uses: ['host'], at }),
    ]
    for (const each of asking)
      await expectError(each(), RegisteredLaterError, 'was not registered at', `registered at ${since}`)
    const report = await verifyModel(reader, { model: late, use: 'host', at: registered })
    expect(report).to.include({ model: late, at: registered, dated: 'ledger' })
    const never = verifyModel(reader, { model: weights('never') as string as ModelId, use: 'host', at })
    await expectError(never, UnregisteredModelError)
  })

  it('about a time before the ledger is refused', async function () {
    const { base, reader, contracts } = world
    const { timestamp } = (await provider.getBlock(0))!
    const deployedAt = (await contracts.ledger.deploymentTransaction()!.getBlock())!
    for (const at of [0, timestamp - 1, timestamp, deployedAt.timestamp - 1]) {
      await expectError(verifyModel(reader, { model: base, use: 'host', at }), BeforeLedgerError, 'not deployed yet at')
    }
    const firstBlock = deployedAt.number
    const precise = openLedger(provider, { ...reader.deployment, firstBlock })
    const early = verifyModel(precise, { model: base, use: 'host', at: deployedAt.timestamp - 1 })
    await expectError(early, BeforeLedgerError)
  })

  it('needs the state of that block, which a node may not have', async function () {
    const { base, days, reader } = world
    const at = days[3]!.time
    const forgetful = (faults: Record<string, (asked: { params: unknown[] }) => unknown>) =>
      new BrowserProvider(
        {
          request: async ({
            method,
            params = [],
          }: {
            method: string
            params?: unknown[] | Record<string, unknown>
          }) => {
            const tag = (params as unknown[]).at(method === 'eth_getBlockByNumber' ? 0 : -1)
            const fault = typeof tag === 'string' && tag.startsWith('0x') ? faults[method] : undefined
            return fault
              ? fault({ params: params as unknown[] })
              : chain.request({ method, params: params as unknown[] })
          },
        },
        undefined,
        { cacheTimeout: -1 },
      )
    // A node that knows no state but the latest, and does not say so.
    const latest = ({ params }: { params: unknown[] }) =>
      chain.request({ method: 'eth_call', params: [params[0], 'latest'] })
    const hiding = openLedger(forgetful({ eth_call: latest }), reader.deployment)
    await expectError(verifyModel(hiding, { model: base, use: 'host', at }), NodeAnswerError, `is of time ${at}`)
    const pruned = () => {
      throw Object.assign(new Error('missing trie node 6a0f (path ) state is not available'), { code: -32_000 })
    }
    for (const [faults, words] of [
      [{ eth_getCode: pruned }, 'missing trie node'],
      [{ eth_getBlockByNumber: () => null }, 'it does not have this block'],
    ] as const) {
      const ledger = openLedger(forgetful(faults), reader.deployment)
      const asked = verifyModel(ledger, { model: base, use: 'host', at })
      await expectError(asked, NodeHistoryError, words, 'Use an archive node, or ask an indexer')
      expect((await verifyModel(ledger, { model: base, use: 'host', maxAge: 0 })).model).to.equal(base)
    }
  })

  it('cannot be written to, and keeps questions about older blocks', async function () {
    const { base, days, publisher, reader } = world
    const then = await ledgerAt(publisher.ledger, days[5]!.time)
    expect(then.asOf)
      .to.deep.include({ past: { timestamp: days[5]!.time } })
      .and.to.include({ live: publisher.ledger })
    expect(await then.provider.getBlockNumber()).to.equal(then.asOf!.block)
    expect(await ledgerAt(then, 5)).to.equal(then)
    expect((await then.provider.getBlock('latest'))!.timestamp).to.equal(days[5]!.time)
    expect((await then.provider.getBlock(3))!.number).to.equal(3)
    const failed = await retireModel(then, { model: base }).catch((error: unknown) => error)
    expect(failed).to.be.instanceOf(Error)
    expect(ledgerAsOf(then, 9).asOf).to.not.have.property('past')
    expect(ledgerAsOf(then, 9).asOf).to.include({ block: 9, live: publisher.ledger })
    expect(await ledgerAt(reader, days.at(-1)!.time)).to.equal(reader)
  })

  it('about a time to come dates credentials alone, by the latest block, whose age counts', async function () {
    const { base, days, reader } = world
    const at = days.at(-1)!.time + 200 * DAY
    const report = await verifyModel(reader, { model: base, use: 'host', at, maxAge: 0 })
    const latest = (await provider.getBlock('latest'))!
    expect(report).to.include({ at, dated: 'credentials', block: latest.number })
    const stale = verifyModel(reader, { model: base, use: 'host', at, maxAge: 60, now: latest.timestamp + 61 })
    expect(await stale.catch((error: unknown) => error)).to.include({ code: 'NODE_STALE' })
  })
})
