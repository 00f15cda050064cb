import { expect } from 'chai'
import type { BaseContract, ContractTransactionResponse } from 'ethers'

import * as auditAbi from '../../src/abi/usageAudit.ts'
import * as claimsAbi from '../../src/abi/lineageClaims.ts'
import * as credentialAbi from '../../src/abi/licenseCredential.ts'
import * as ledgerAbi from '../../src/abi/ledger.ts'
import { modelIdOf } from '../../src/core/registration.ts'
import { CONTEST_PERIOD, deployClaims, fileClaim } from '../fixtures/claims.ts'
import {
  ALL_SCOPES,
  DAY,
  digestOf,
  ethers,
  FOREVER,
  grantOf,
  networkHelpers,
  registrationOf,
  registrationStruct,
} from '../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

/**
 * Models, tiers, credentials, claims and usage logs of a publisher whose control was handed over, and a holder whose control was
 * handed over too: an account that acts for one of them has another address than it.
 */
async function deployHandedOver() {
  const base = await deployClaims()
  const { ledger, manager, credentials, publisher, controller, holder, claims, other } = base
  const tiers = await deployTiersOf(base)
  const audit = await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credentials])
  const until = BigInt(await time.latest()) + 300n * DAY
  await credentials.connect(publisher).grant(grantOf(base.a, tiers.gated, holder, 0, until))
  const credential = await credentials.hashCredential(base.a, tiers.gated, holder)
  await audit.connect(publisher).anchor(publisher, credential, 0, 1, digestOf('root'), 0, 0)
  const child = registrationOf(other.address, {
    weights: digestOf('child'),
    parents: [{ model: base.a, relation: 'finetune' }],
  })
  await ledger.connect(other).register(registrationStruct(child))
  await claims.connect(publisher).attestParent(base.a, base.c, 1)
  for (const account of [publisher, holder]) {
    await ledger.connect(account).proposeController(account, controller)
    await ledger.connect(controller).acceptController(account)
  }
  return { ...base, ...tiers, audit, credential, until, child: modelIdOf(child) }
}

/** Offers a gated tier of model `a`. */
async function deployTiersOf({ ledger, publisher, a, termsId }: Awaited<ReturnType<typeof deployClaims>>) {
  const gated = { ...TIER, model: a, terms: termsId }
  const id = await ledger.connect(publisher).offerTier.staticCall(gated)
  await ledger.connect(publisher).offerTier(gated)
  return { gated: id }
}

const TIER = {
  passThrough: 0,
  open: false,
  subCredentials: false,
  maxDuration: 0,
  callQuota: 0,
  tokenQuota: 0,
  name: 'Gated',
  uri: '',
} as const

type World = Awaited<ReturnType<typeof deployHandedOver>>
type Act = (world: World) => Promise<[BaseContract, () => Promise<ContractTransactionResponse>]>

/** For each event that names who acted: an act of `controller` for the publisher or the holder. */
const ACTS: Record<string, Act> = {
  ModelSuperseded: async ({ ledger, controller, a, b }) => [ledger, () => ledger.connect(controller).supersede(a, b)],
  ModelRetired: async ({ ledger, controller, a }) => [ledger, () => ledger.connect(controller).retire(a, 'old')],
  ModelRecalled: async ({ ledger, controller, a }) => [ledger, () => ledger.connect(controller).recall(a, 'unsafe')],
  TierWithdrawn: async ({ ledger, controller, a, gated }) => [
    ledger,
    () => ledger.connect(controller).withdrawTier(a, gated),
  ],
  TierReleased: async ({ ledger, controller, a, gated }) => {
    await ledger.connect(controller).withdrawTier(a, gated)
    return [ledger, () => ledger.connect(controller).releaseTier(a, gated)]
  },
  CredentialRenewed: async ({ credentials, controller, a, gated, holder, until }) => [
    credentials,
    () => credentials.connect(controller).renew(a, gated, holder, until + DAY),
  ],
  CredentialSuspended: async ({ credentials, controller, credential }) => [
    credentials,
    () => credentials.connect(controller).suspend(credential, 'unpaid'),
  ],
  CredentialReinstated: async ({ credentials, controller, credential }) => {
    await credentials.connect(controller).suspend(credential, 'unpaid')
    return [credentials, () => credentials.connect(controller).reinstate(credential)]
  },
  CredentialRevoked: async ({ credentials, controller, credential }) => [
    credentials,
    () => credentials.connect(controller).revoke(credential, 'breach'),
  ],
  CredentialRenounced: async ({ credentials, controller, credential }) => [
    credentials,
    () => credentials.connect(controller).renounce(credential),
  ],
  OfferCanceled: async ({ credentials, controller, a, gated, stranger }) => [
    credentials,
    () => credentials.connect(controller).cancelOffer(a, gated, stranger),
  ],
  ClaimContested: async (world) => {
    const { claims, controller, claimant, a, b } = world
    const { claim } = await fileClaim(world, claimant, { subject: a, parent: b })
    return [claims, () => claims.connect(controller).contest(claim, '')]
  },
  ClaimAcknowledged: async (world) => {
    const { claims, controller, claimant, a, b } = world
    const { claim } = await fileClaim(world, claimant, { subject: a, parent: b }, 'disclosed')
    return [claims, () => claims.connect(controller).acknowledge(claim)]
  },
  InheritanceContested: async (world) => {
    const { ledger, claims, controller, claimant, adjudicator, publisher, b } = world
    const copy = registrationOf(publisher.address, { weights: digestOf('a copy') })
    const draft = { subject: copy.weights, product: true, parent: b }
    const { claim } = await fileClaim(world, claimant, draft, 'accepted')
    await ledger.connect(controller).register(registrationStruct(copy))
    await time.increase(CONTEST_PERIOD + DAY)
    await claims.connect(adjudicator).rule(claim, true, '')
    await claims.inherit(registrationStruct(copy), claim)
    return [claims, () => claims.connect(controller).contestInheritance(claim, modelIdOf(copy), '')]
  },
  BindingStated: async ({ claims, controller, publisher, a }) => [
    claims,
    () => claims.connect(controller).stateBinding(publisher, digestOf('external'), a, true, digestOf('why')),
  ],
  ParentCountersigned: async ({ claims, controller, child, a }) => [
    claims,
    () => claims.connect(controller).countersign(child, a),
  ],
  ParentDetached: async ({ claims, controller, a, c }) => [claims, () => claims.connect(controller).detachParent(a, c)],
  LogReopened: async ({ audit, controller, publisher, credential }) => [
    audit,
    () => audit.connect(controller).reopen(publisher, credential),
  ],
  ServingRevoked: async ({ audit, controller, publisher }) => [
    audit,
    () => audit.connect(controller).revokeServing(publisher, digestOf('endpoint')),
  ],
}

/** Events whose `account` acts for nobody else: it publishes terms, holds a role, or owns a deposit. */
const OWN_ACTS = [
  'TermsPublished',
  'TermsSetPublished',
  'WritesPaused',
  'WritesResumed',
  'DepositCredited',
  'DepositWithdrawn',
]

/** Events that an operator with all scopes can cause; every other takes the controller. */
const BY_OPERATORS = [
  'TierWithdrawn',
  'CredentialRenewed',
  'CredentialSuspended',
  'CredentialReinstated',
  'CredentialRevoked',
  'OfferCanceled',
  'ServingRevoked',
]
/** The errors that name an account which is not the controller. */
const REFUSAL =
  /^(PublisherRegistryNotController|LineageClaimsNotController|UsageAuditNotController|LicenseCredentialNotRenouncer)$/

describe('events name who acted, and not for whom', function () {
  for (const [event, act] of Object.entries(ACTS)) {
    it(`${event} names the account that acted`, async function () {
      const world = await loadFixture(deployHandedOver)
      const [contract, send] = await act(world)
      const receipt = await (await send()).wait()
      const log = receipt!.logs
        .map((each) => contract.interface.parseLog(each))
        .find((parsed) => parsed?.name === event)
      expect(log?.args.account).to.equal(world.controller.address)
      expect([world.publisher.address, world.holder.address]).not.to.include(world.controller.address)
    })
  }

  it('is tested of every event that has an account', function () {
    const abis = [ledgerAbi.ledgerAbi, credentialAbi.licenseCredentialAbi, claimsAbi.lineageClaimsAbi]
    const items = [...abis, auditAbi.usageAuditAbi].flatMap((abi) => [...abi])
    const names = items
      .filter((item) => item.type === 'event' && item.inputs.some((input) => input.name === 'account'))
      .map((item) => (item as { name: string }).name)
    expect([...new Set(names)].toSorted()).to.deep.equal([...Object.keys(ACTS), ...OWN_ACTS].toSorted())
  })

  for (const [event, act] of Object.entries(ACTS)) {
    const may = BY_OPERATORS.includes(event)
    it(`${event} ${may ? 'names an operator that acted' : 'does not come of an operator, which is refused by name'}`, async function () {
      const world = await loadFixture(deployHandedOver)
      const { ledger, controller, operator, publisher, holder } = world
      for (const account of [publisher, holder]) {
        await ledger.connect(controller).setOperator(account, operator, ALL_SCOPES, FOREVER)
      }
      const acting = act({ ...world, controller: operator })
      if (!may) {
        const [contract, send] = await acting
        const failure = await send().then(
          () => undefined,
          ({ data }: { data: string }) => contract.interface.parseError(data) ?? ledger.interface.parseError(data),
        )
        expect(failure?.name).to.match(REFUSAL)
        expect([...failure!.args]).to.include(operator.address)
        return
      }
      const [contract, send] = await acting
      const receipt = await (await send()).wait()
      const found = receipt!.logs.map((each) => contract.interface.parseLog(each)).find((log) => log?.name === event)
      expect(found?.args.account).to.equal(operator.address)
    })
  }
})
