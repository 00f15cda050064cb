import { expect } from 'chai'
import { ZeroHash } from 'ethers'

import { ZERO_DIGEST, type Hex, type ModelId, type TermsId, type TierId } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { bodyOf, LAST_FAMILY, termsIdOf, type Terms, type Threshold } from '../../../src/core/terms.ts'
import { bodyOfSet, termsSetIdOf, UNSTATED_BODY, type TermsBody } from '../../../src/core/termsBody.ts'
import { METRICS } from '../../../src/core/topics.ts'
import { OBLIGATION_NAMES, RIGHT_NAMES, rightsMask, TERMS_FLAG_NAMES } from '../../../src/core/vocabulary.ts'
import { dutiesFor } from '../../fixtures/duties.ts'
import {
  deployCredential,
  deployModels,
  deployTerms,
  deployTiers,
  digestOf,
  ethers,
  eventsOf,
  networkHelpers,
  plain,
  registrationOf,
  registrationStruct,
  termsStruct,
  tierStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture } = networkHelpers
const NO_TERMS = ZERO_DIGEST as string as TermsId
const UNPUBLISHED = digestOf('nobody published this') as Hex as TermsId
const NO_MODEL = digestOf('nobody registered this') as Hex as ModelId

const METRICS_BY_CODE = Object.values(METRICS)
const users: Threshold = { measure: 'monthlyActiveUsers', limit: 700_000_000n, withdraws: ['commercial'], adds: [] }
const distillers: Threshold = { measure: 'annualRevenueUsd', limit: 1n, withdraws: ['distill'], adds: [] }
const both: Threshold = {
  measure: 'inTerritory/domicile/EU',
  limit: 0n,
  withdraws: ['research', 'distill'],
  adds: ['display-credit'],
  uses: ['host'],
}
const duty: Threshold = {
  measure: 'withoutAgreement/Meta',
  limit: 2n ** 128n - 1n,
  withdraws: [],
  adds: ['notify-licensor'],
  uses: ['commercial'],
}

/** A body as the contract returns it. */
function bodyTuple(body: TermsBody) {
  return [
    BigInt(body.rights),
    BigInt(body.unstated),
    BigInt(body.flags),
    BigInt(body.family),
    body.outbound,
    body.duties,
    body.thresholds.map((each) => [
      BigInt(each.metric),
      BigInt(each.subject),
      each.limit,
      BigInt(each.withdraws),
      BigInt(each.adds),
      BigInt(each.uses),
      BigInt(each.param),
      BigInt(each.flags),
    ]),
  ]
}

/** Published terms, from which sets are made. */
async function deployComponents() {
  const base = await deployTerms()
  const template = (name: string, overrides: Partial<Terms>): Terms => ({ ...base.terms, name, ...overrides })
  const templates = {
    plain: template('plain', { thresholds: [] }),
    code: template('code', {
      rights: RIGHT_NAMES,
      flags: [],
      family: 'gpl-3.0',
      outbound: { only: ['gpl-3.0'] },
      duties: dutiesFor(OBLIGATION_NAMES),
      thresholds: [users],
    }),
    weights: template('weights', {
      rights: ['research', 'modify', 'distill'],
      thresholds: [users, distillers, both, duty],
    }),
    outputs: template('outputs', {
      rights: ['commercial', 'distill'],
      flags: ['forbids-further', 'outputs-derive'],
      family: 'eupl-1.2',
      outbound: { except: ['eupl-1.2', '#100'] },
      duties: { 'disclose-base': ['distill'], notice: ['host'] },
      thresholds: [users, distillers, both, duty],
    }),
    strict: template('strict', {
      rights: ['sublicense'],
      flags: ['automatic-grant'],
      duties: {},
      thresholds: [distillers],
    }),
    full: template('full', { thresholds: Array.from({ length: 8 }, () => duty) }),
  }
  for (const terms of Object.values(templates)) await base.ledger.publishTerms(termsStruct(terms))
  return { ...base, templates }
}

describe('LicenseRegistry', function () {
  describe('publishTerms', function () {
    it('publishes terms for any caller, stores what an evaluation reads, and emits every field', async function () {
      const { ledger, stranger, terms } = await loadFixture(deployTerms)
      const named = { ...terms, name: 'another', thresholds: [users, both, duty] }
      const id = termsIdOf(named)
      expect(await ledger.isPublished(id)).to.equal(false)
      expect(await ledger.connect(stranger).publishTerms.staticCall(termsStruct(named))).to.equal(id)
      const [rights, , ...body] = bodyTuple(bodyOf(named))
      expect(await eventsOf(ledger.connect(stranger).publishTerms(termsStruct(named)), ledger)).to.deep.equal([
        ['TermsPublished', id, stranger.address, [named.name, named.uri, named.text, rights, ...body]],
      ])
      expect(await ledger.isPublished(id)).to.equal(true)
      expect(plain(await ledger.termsBodyOf(id))).to.deep.equal(bodyTuple(bodyOf(named)))
    })

    it('returns the id that the SDK computes, for every right, obligation and metric', async function () {
      const { ledger, terms } = await loadFixture(deployTerms)
      const every = Object.fromEntries(OBLIGATION_NAMES.map((obligation) => [obligation, RIGHT_NAMES]))
      const variants: Terms[] = [
        { ...terms, name: 'n'.repeat(64), uri: '' },
        { ...terms, name: 'é'.repeat(32), uri: 'u'.repeat(2048) },
        { name: 'bare', uri: '', text: ZERO_DIGEST, rights: [], duties: {}, thresholds: [] },
        { ...terms, rights: RIGHT_NAMES, flags: TERMS_FLAG_NAMES, family: `#${LAST_FAMILY}`, duties: every },
        { ...terms, outbound: { except: [] } },
        { ...terms, thresholds: [{ ...both, measure: `#1/#255/#${2 ** 32 - 1}`, uses: RIGHT_NAMES }] },
        {
          ...terms,
          thresholds: METRICS_BY_CODE.map((code, i) => ({ ...both, measure: `#${code}/#0/#0`, limit: BigInt(i) })),
        },
        { ...terms, thresholds: Array.from({ length: 8 }, () => duty) },
        ...RIGHT_NAMES.map((right) => ({ ...terms, rights: [right] })),
        ...OBLIGATION_NAMES.map((obligation) => ({ ...terms, duties: dutiesFor([obligation]) })),
        ...RIGHT_NAMES.map((right) => ({ ...terms, duties: { notice: [right] } })),
        ...TERMS_FLAG_NAMES.map((flag) => ({ ...terms, flags: [flag] })),
      ]
      for (const variant of variants) {
        await ledger.publishTerms(termsStruct(variant))
        const id = termsIdOf(variant)
        expect(await ledger.isPublished(id)).to.equal(true)
        expect(plain(await ledger.termsBodyOf(id))).to.deep.equal(bodyTuple(bodyOf(variant)))
      }
    })

    it('reverts for terms that are already published', async function () {
      const { ledger, stranger, terms, termsId } = await loadFixture(deployTerms)
      await expect(ledger.connect(stranger).publishTerms(termsStruct(terms)))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryAlreadyPublished')
        .withArgs(termsId)
    })

    for (const [what, texts, length] of [
      ['an empty name', { name: '' }, 0],
      ['a name of 65 bytes', { name: 'n'.repeat(65) }, 65],
      ['a name of 33 characters and 66 bytes', { name: 'é'.repeat(33) }, 66],
      ['a uri of 2,049 bytes', { uri: 'u'.repeat(2049) }, 2049],
    ] as const) {
      it(`reverts for ${what}`, async function () {
        const { ledger, terms } = await loadFixture(deployTerms)
        await expect(ledger.publishTerms({ ...termsStruct(terms), ...texts }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTextLength')
          .withArgs(length)
      })
    }

    const idle = { metric: 1, subject: 0, limit: 0, withdraws: 1, adds: 1, uses: 1, param: 0, flags: 0 }
    for (const bits of [1 << 11, 2 ** 15, (1 << 11) | 1]) {
      it(`reverts for undefined rights 0x${bits.toString(16)}, in terms and in a threshold`, async function () {
        const { ledger, terms } = await loadFixture(deployTerms)
        const struct = termsStruct(terms)
        for (const bad of [
          { ...struct, rights: bits },
          { ...struct, thresholds: [idle, { ...idle, withdraws: bits }] },
          { ...struct, thresholds: [idle, { ...idle, uses: bits }] },
        ]) {
          await expect(ledger.publishTerms(bad))
            .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedRights')
            .withArgs(bits)
        }
      })
    }

    for (const bits of [1 << 12, 2 ** 15, (1 << 12) | 1]) {
      it(`reverts for undefined obligations 0x${bits.toString(16)} in a threshold`, async function () {
        const { ledger, terms } = await loadFixture(deployTerms)
        await expect(ledger.publishTerms({ ...termsStruct(terms), thresholds: [{ ...idle, adds: bits }] }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedObligations')
          .withArgs(bits)
      })
    }

    it('reverts for a duty of an undefined use, and for an undefined obligation of any use', async function () {
      const { ledger, terms } = await loadFixture(deployTerms)
      const lanes = Array.from({ length: 16 }, (_, use) => use)
      for (const bit of [
        ...lanes.flatMap((use) => [12, 13, 14, 15].map((obligation) => 16 * use + obligation)),
        ...lanes.slice(11).flatMap((use) => [0, 11].map((obligation) => 16 * use + obligation)),
      ]) {
        const duties = 1n | (1n << BigInt(bit))
        await expect(ledger.publishTerms({ ...termsStruct(terms), duties }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedDuties')
          .withArgs(duties)
      }
    })

    for (const flags of [1, 3, 1 << 6, 2 ** 15]) {
      it(`reverts for the flags ${flags}`, async function () {
        const { ledger, terms } = await loadFixture(deployTerms)
        await expect(ledger.publishTerms({ ...termsStruct(terms), flags }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedFlags')
          .withArgs(flags)
      })
    }

    it('reverts for a flag of a threshold that is not defined', async function () {
      const { ledger, terms } = await loadFixture(deployTerms)
      for (const flags of [2, 128]) {
        await expect(ledger.publishTerms({ ...termsStruct(terms), thresholds: [idle, { ...idle, flags }] }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedFlags')
          .withArgs(flags)
      }
    })

    for (const outbound of [1n, 1n << 126n, 1n << 127n, (1n << 128n) - 1n]) {
      it(`reverts for the outbound families 0x${outbound.toString(16)}`, async function () {
        const { ledger, terms } = await loadFixture(deployTerms)
        await expect(ledger.publishTerms({ ...termsStruct(terms), outbound }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedOutbound')
          .withArgs(outbound)
      })
    }

    for (const family of [128, 255]) {
      it(`reverts for the family ${family}`, async function () {
        const { ledger, terms } = await loadFixture(deployTerms)
        await expect(ledger.publishTerms({ ...termsStruct(terms), family }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedFamily')
          .withArgs(family)
      })
    }

    it('reverts for obligations of a threshold that no use raises, and for uses that raise none', async function () {
      const { ledger, terms } = await loadFixture(deployTerms)
      for (const change of [{ adds: 0 }, { uses: 0 }]) {
        const thresholds = [idle, { ...idle, ...change }]
        await expect(ledger.publishTerms({ ...termsStruct(terms), thresholds }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnraisedObligations')
          .withArgs(1)
      }
    })

    for (const metric of [0, 9, 255]) {
      it(`reverts for the metric ${metric}`, async function () {
        const { ledger, terms } = await loadFixture(deployTerms)
        await expect(ledger.publishTerms({ ...termsStruct(terms), thresholds: [{ ...idle, metric }] }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUndefinedMetric')
          .withArgs(metric)
      })
    }

    it('reverts for a threshold that does nothing, with its index', async function () {
      const { ledger, terms } = await loadFixture(deployTerms)
      const thresholds = [users, { ...users, withdraws: [] }]
      await expect(ledger.publishTerms(termsStruct({ ...terms, thresholds })))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryIdleThreshold')
        .withArgs(1)
    })

    it('reverts for nine thresholds', async function () {
      const { ledger, terms } = await loadFixture(deployTerms)
      const thresholds = Array.from({ length: 9 }, () => users)
      await expect(ledger.publishTerms(termsStruct({ ...terms, thresholds })))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTooManyThresholds')
        .withArgs(9)
    })

    it('reverts for dirty upper bits in the masks and in a threshold', async function () {
      const { ledger, terms, publisher } = await loadFixture(deployTerms)
      const words = (count: number) => Array.from({ length: count }, () => 'uint256').join()
      const type = `tuple(string,string,bytes32,${words(5)},tuple(${words(8)})[])`
      const { selector } = ledger.interface.getFunction('publishTerms')
      const call = (masks: readonly bigint[]) => {
        const value = ['dirty', terms.uri, terms.text, ...masks.slice(0, 5), [masks.slice(5)]]
        const data = ethers.concat([selector, ethers.AbiCoder.defaultAbiCoder().encode([type], [value])])
        return publisher.call({ to: ledger, data })
      }
      // Of terms: rights, flags, family, outbound and duties, of which the last fills its word.
      const clean = [1n, 2n, 1n, 2n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 0n]
      const widths = [16n, 16n, 8n, 128n, 256n, 8n, 8n, 128n, 16n, 16n, 16n, 32n, 8n]
      await call(clean)
      for (const [i, width] of widths.entries()) {
        if (width === 256n) continue
        for (const bit of [width, 255n]) {
          const dirty = clean.with(i, clean[i]! | (1n << bit))
          await expect(call(dirty)).to.be.revertedWithoutReason(ethers)
        }
      }
    })
  })

  describe('publishTermsSet', function () {
    const names = ['weights', 'code', 'outputs'] as const

    it('publishes sets of any components, as the SDK composes them', async function () {
      const { ledger, stranger, templates } = await loadFixture(deployComponents)
      const choices = [undefined, templates.plain, templates.weights, templates.outputs, templates.strict]
      for (const weights of choices) {
        for (const outputs of choices) {
          for (const code of [undefined, templates.code]) {
            if (!weights && !outputs && !code) continue
            const id = (terms: Terms | undefined) => (terms ? termsIdOf(terms) : NO_TERMS)
            const set = { weights: id(weights), code: id(code), outputs: id(outputs) }
            const setId = termsSetIdOf(set)
            expect(await ledger.publishTermsSet.staticCall(set)).to.equal(setId)
            expect(await eventsOf(ledger.connect(stranger).publishTermsSet(set), ledger)).to.deep.equal([
              ['TermsSetPublished', setId, stranger.address, set.weights, set.code, set.outputs],
            ])
            expect(await ledger.isPublished(setId)).to.equal(true)
            expect(plain(await ledger.termsBodyOf(setId))).to.deep.equal(
              bodyTuple(bodyOfSet(weights && bodyOf(weights), outputs && bodyOf(outputs))),
            )
          }
        }
      }
    })

    it('composes a worked example, independently of the SDK', async function () {
      const { ledger, templates } = await loadFixture(deployComponents)
      const set = { weights: termsIdOf(templates.strict), code: NO_TERMS, outputs: termsIdOf(templates.outputs) }
      await ledger.publishTermsSet(set)
      expect(plain(await ledger.termsBodyOf(termsSetIdOf(set)))).to.deep.equal([
        BigInt(rightsMask(['sublicense', 'distill'])),
        0n,
        (1n << 0n) | (1n << 2n) | (1n << 5n) | (1n << 6n),
        3n,
        (1n << 3n) | (1n << 9n) | (1n << 124n),
        (1n << (16n * 9n + 9n)) | (1n << (16n * 4n)),
        [
          [4n, 0n, 1n, 1n << 9n, 0n, 0n, 0n, 0n],
          // EU, in two letters.
          [6n, 5n, 0n, 1n << 9n, 1n << 7n, 1n << 4n, 0x4555n, 0n],
          // Four bytes of the Keccak-256 digest of the licensor's name in lower case.
          [7n, 0n, 2n ** 128n - 1n, 0n, 1n << 10n, 1n << 3n, 0x0144b03an, 0n],
        ],
      ])
    })

    it('reverts for an empty set', async function () {
      const { ledger } = await loadFixture(deployComponents)
      await expect(ledger.publishTermsSet({ weights: NO_TERMS, code: NO_TERMS, outputs: NO_TERMS }))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryInvalidSet')
        .withArgs(NO_TERMS, NO_TERMS, NO_TERMS)
    })

    for (const component of names) {
      it(`reverts for ${component} of a set, and for ${component} that nobody published`, async function () {
        const { ledger, templates } = await loadFixture(deployComponents)
        const none = { weights: NO_TERMS, code: NO_TERMS, outputs: NO_TERMS }
        const weights = termsIdOf(templates.plain)
        for (const inner of [
          { ...none, weights },
          { ...none, weights, outputs: weights },
        ]) {
          await ledger.publishTermsSet(inner)
          const nested = { ...none, weights, [component]: termsSetIdOf(inner) }
          await expect(ledger.publishTermsSet(nested))
            .to.be.revertedWithCustomError(ledger, 'LicenseRegistryInvalidSet')
            .withArgs(nested.weights, nested.code, nested.outputs)
        }
        await expect(ledger.publishTermsSet({ ...none, [component]: UNPUBLISHED }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTerms')
          .withArgs(UNPUBLISHED)
      })
    }

    it('reverts for a set that is already published', async function () {
      const { ledger, templates } = await loadFixture(deployComponents)
      const set = { weights: termsIdOf(templates.plain), code: NO_TERMS, outputs: NO_TERMS }
      await ledger.publishTermsSet(set)
      await expect(ledger.publishTermsSet(set))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryAlreadyPublished')
        .withArgs(termsSetIdOf(set))
    })

    it('accepts eight thresholds in total, and rejects more', async function () {
      const { ledger, templates } = await loadFixture(deployComponents)
      const full = termsIdOf(templates.full)
      await ledger.publishTermsSet({ weights: full, code: NO_TERMS, outputs: termsIdOf(templates.plain) })
      await ledger.publishTermsSet({ weights: full, code: NO_TERMS, outputs: NO_TERMS })
      await expect(ledger.publishTermsSet({ weights: full, code: NO_TERMS, outputs: termsIdOf(templates.strict) }))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTooManyThresholds')
        .withArgs(9)
      await expect(ledger.publishTermsSet({ weights: full, code: NO_TERMS, outputs: full }))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTooManyThresholds')
        .withArgs(16)
    })

    it('is valid wherever terms are: in a registration and in a tier', async function () {
      const { ledger, publisher, templates } = await loadFixture(deployComponents)
      const set = { weights: termsIdOf(templates.weights), code: NO_TERMS, outputs: termsIdOf(templates.strict) }
      await ledger.publishTermsSet(set)
      const terms = termsSetIdOf(set)
      const registration = registrationOf(publisher.address, { terms })
      const model = modelIdOf(registration)
      await ledger.connect(publisher).register(registrationStruct(registration))
      expect((await ledger.modelOf(model)).terms).to.equal(terms)
      // Only the outputs' terms can grant `distill`, and these do not.
      const rights = rightsMask(['research', 'modify'])
      await expect(ledger.connect(publisher).offerTier(tierStruct(model, terms, { passThrough: ['distill'] })))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryExcessPassThrough')
        .withArgs(rightsMask(['distill']), rights)
      await ledger.connect(publisher).offerTier(tierStruct(model, terms, { passThrough: ['research', 'modify'] }))
    })
  })

  describe('termsBodyOf', function () {
    it('states nothing for zero terms, and reverts for unknown ones', async function () {
      const { ledger } = await loadFixture(deployTerms)
      expect(plain(await ledger.termsBodyOf(NO_TERMS))).to.deep.equal(bodyTuple(UNSTATED_BODY))
      expect(await ledger.isPublished(NO_TERMS)).to.equal(false)
      await expect(ledger.termsBodyOf(UNPUBLISHED))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTerms')
        .withArgs(UNPUBLISHED)
    })
  })

  describe('offerTier', function () {
    it('offers a tier, stores it, and emits every field, also for an operator', async function () {
      const { ledger, publisher, operator, a, termsId } = await loadFixture(deployModels)
      const tier = tierStruct(a, termsId, {
        passThrough: ['research', 'modify'],
        open: true,
        subCredentials: true,
        maxDuration: 2n ** 40n - 1n,
        callQuota: 2n ** 64n - 1n,
        tokenQuota: 2n ** 64n - 2n,
        name: 'n'.repeat(64),
        uri: 'u'.repeat(2048),
      })
      const id = await ledger.connect(operator).offerTier.staticCall(tier)
      expect(id).to.equal(
        ethers.TypedDataEncoder.hashStruct(
          'Tier',
          {
            Tier: [
              { name: 'model', type: 'bytes32' },
              { name: 'terms', type: 'bytes32' },
              { name: 'passThrough', type: 'uint32' },
              { name: 'open', type: 'bool' },
              { name: 'subCredentials', type: 'bool' },
              { name: 'maxDuration', type: 'uint40' },
              { name: 'callQuota', type: 'uint64' },
              { name: 'tokenQuota', type: 'uint64' },
              { name: 'name', type: 'string' },
              { name: 'uri', type: 'string' },
            ],
          },
          tier,
        ),
      )
      const passThrough = BigInt(tier.passThrough)
      expect(await eventsOf(ledger.connect(operator).offerTier(tier), ledger)).to.deep.equal([
        [
          'TierOffered',
          id,
          a,
          publisher.address,
          termsId,
          passThrough,
          true,
          true,
          tier.maxDuration,
          tier.callQuota,
          tier.tokenQuota,
          tier.name,
          tier.uri,
        ],
      ])
      expect(plain(await ledger.tierOf(a, id))).to.deep.equal([
        termsId,
        passThrough,
        tier.maxDuration,
        tier.callQuota,
        tier.tokenQuota,
        true,
        true,
        false,
      ])
      expect(plain(await ledger.offeredTier.staticCallResult(a, id))).to.deep.equal([
        publisher.address,
        true,
        true,
        tier.maxDuration,
      ])
      expect(await ledger.maxDurationOf(a, id)).to.equal(tier.maxDuration)
      expect([...(await ledger.tiersOf(a))]).to.deep.equal([id])
    })

    it('accepts sixteen tiers of a model in order, and rejects more until one is released', async function () {
      const { ledger, publisher, a, b, termsId } = await loadFixture(deployModels)
      const ids: string[] = []
      for (let i = 1; i <= 16; ++i) {
        const tier = tierStruct(a, termsId, { name: `tier ${i}` })
        ids.push(await ledger.connect(publisher).offerTier.staticCall(tier))
        await ledger.connect(publisher).offerTier(tier)
      }
      expect([...(await ledger.tiersOf(a))]).to.deep.equal(ids)
      expect([...(await ledger.tiersOf(b))]).to.deep.equal([])
      await ledger.connect(publisher).withdrawTier(a, ids[0]!)
      await expect(ledger.connect(publisher).offerTier(tierStruct(a, termsId, { name: 'tier 17' })))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTooManyTiers')
        .withArgs(a)
      expect([...(await ledger.tiersOf(a))]).to.deep.equal(ids)
      await ledger.connect(publisher).offerTier(tierStruct(b, termsId))
    })

    it('offers forty tiers of a model in its life, with at most sixteen places taken at once', async function () {
      const { ledger, publisher, a, termsId } = await loadFixture(deployModels)
      const by = ledger.connect(publisher)
      const kept: string[] = []
      for (let i = 1; i <= 40; ++i) {
        const tier = tierStruct(a, termsId, { name: `tier ${i}` })
        if (kept.length === 16) {
          await expect(by.offerTier(tier))
            .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTooManyTiers')
            .withArgs(a)
          // From the beginning, the middle and the end in turn.
          const [freed] = kept.splice([0, 7, 15][i % 3]!, 1)
          await by.withdrawTier(a, freed!)
          await by.releaseTier(a, freed!)
        }
        kept.push(await by.offerTier.staticCall(tier))
        await by.offerTier(tier)
        expect([...(await ledger.tiersOf(a))]).to.deep.equal(kept)
      }
    })

    it('reverts for a tier that is or was offered', async function () {
      const { ledger, publisher, a, termsId, open } = await loadFixture(deployTiers)
      const again = () => ledger.connect(publisher).offerTier(tierStruct(a, termsId, { name: 'Research', open: true }))
      await expect(again()).to.be.revertedWithCustomError(ledger, 'LicenseRegistryAlreadyOffered').withArgs(a, open)
      await ledger.connect(publisher).withdrawTier(a, open)
      await expect(again()).to.be.revertedWithCustomError(ledger, 'LicenseRegistryAlreadyOffered').withArgs(a, open)
    })

    it('requires a registered model, and a caller that may act for its publisher', async function () {
      const { ledger, stranger, publisher, operator, controller, authority, a, termsId } =
        await loadFixture(deployModels)
      await expect(ledger.connect(publisher).offerTier(tierStruct(NO_MODEL, termsId)))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
        .withArgs(NO_MODEL)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      for (const account of [stranger, authority, publisher, operator]) {
        await expect(ledger.connect(account).offerTier(tierStruct(a, termsId)))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
          .withArgs(publisher.address, account.address, 4n)
      }
      await ledger.connect(controller).offerTier(tierStruct(a, termsId))
    })

    it('reverts for unpublished terms, and for zero', async function () {
      const { ledger, publisher, a } = await loadFixture(deployModels)
      for (const terms of [UNPUBLISHED, NO_TERMS]) {
        await expect(ledger.connect(publisher).offerTier(tierStruct(a, terms)))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTerms')
          .withArgs(terms)
      }
    })

    it('reverts for a pass-through of rights that the terms do not grant, or that are undefined', async function () {
      const { ledger, publisher, a, terms, termsId } = await loadFixture(deployModels)
      const rights = rightsMask(terms.rights)
      for (const passThrough of [rightsMask(['host']), rights | rightsMask(['distill']), 2 ** 31]) {
        await expect(ledger.connect(publisher).offerTier({ ...tierStruct(a, termsId), passThrough }))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryExcessPassThrough')
          .withArgs(passThrough, rights)
      }
      for (const passThrough of [0, rights]) {
        await ledger.connect(publisher).offerTier({ ...tierStruct(a, termsId), passThrough })
      }
    })

    for (const [what, texts, length] of [
      ['an empty name', { name: '' }, 0],
      ['a name of 65 bytes', { name: 'n'.repeat(65) }, 65],
      ['a uri of 2,049 bytes', { uri: 'u'.repeat(2049) }, 2049],
    ] as const) {
      it(`reverts for ${what}`, async function () {
        const { ledger, publisher, a, termsId } = await loadFixture(deployModels)
        await expect(ledger.connect(publisher).offerTier(tierStruct(a, termsId, texts)))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTextLength')
          .withArgs(length)
      })
    }
  })

  describe('releaseTier', function () {
    it('frees the place of a withdrawn tier, which stays readable and is not offered again', async function () {
      const { ledger, publisher, a, gated, open, termsId } = await loadFixture(deployTiers)
      const by = ledger.connect(publisher)
      const before = [...(await ledger.tiersOf(a))]
      expect(before).to.include.members([gated, open])
      await by.withdrawTier(a, open)
      const tier = plain(await ledger.tierOf(a, open))
      expect(await eventsOf(by.releaseTier(a, open), ledger)).to.deep.equal([
        ['TierReleased', open, a, publisher.address],
      ])
      expect([...(await ledger.tiersOf(a))]).to.deep.equal(before.filter((id) => id !== open))
      expect(plain(await ledger.tierOf(a, open))).to.deep.equal(tier)
      await expect(by.releaseTier(a, open))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierReleased')
        .withArgs(a, open)
      await expect(by.withdrawTier(a, open))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, open)
      await expect(by.offerTier(tierStruct(a, termsId, { name: 'Research', open: true })))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryAlreadyOffered')
        .withArgs(a, open)
    })

    it('leaves the credentials of a released tier as they are', async function () {
      const { ledger, publisher, holder, credentials, a, gated, credential, until } =
        await loadFixture(deployCredential)
      const by = ledger.connect(publisher)
      await by.withdrawTier(a, gated)
      await by.releaseTier(a, gated)
      expect(await credentials.isValid(credential)).to.equal(true)
      expect((await credentials.credentialOf(credential)).validUntil).to.equal(until)
      expect(await credentials.hashCredential(a, gated, holder)).to.equal(credential)
      await credentials.connect(publisher).revoke(credential, '')
      expect(await credentials.isValid(credential)).to.equal(false)
    })

    it('reverts for a tier that is offered, that another model has, or that was never offered', async function () {
      const { ledger, publisher, a, b, gated } = await loadFixture(deployTiers)
      const by = ledger.connect(publisher)
      await expect(by.releaseTier(a, gated))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierOffered')
        .withArgs(a, gated)
      for (const [model, tier] of [
        [b, gated],
        [a, ZeroHash as TierId],
      ] as const) {
        await expect(by.releaseTier(model, tier))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTier')
          .withArgs(model, tier)
      }
    })

    it('requires the controller, which an operator that fills the places is not', async function () {
      const { ledger, publisher, operator, stranger, a, gated } = await loadFixture(deployTiers)
      await ledger.connect(publisher).withdrawTier(a, gated)
      for (const account of [operator, stranger]) {
        await expect(ledger.connect(account).releaseTier(a, gated))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
          .withArgs(publisher.address, account.address)
      }
      await expect(ledger.connect(publisher).releaseTier(NO_MODEL, gated))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
        .withArgs(NO_MODEL)
      await ledger.connect(publisher).releaseTier(a, gated)
    })
  })

  describe('withdrawTier', function () {
    it('ends the offer, emits the event, and keeps the tier readable', async function () {
      const { ledger, operator, a, gated, termsId, maxDuration } = await loadFixture(deployTiers)
      expect(await eventsOf(ledger.connect(operator).withdrawTier(a, gated), ledger)).to.deep.equal([
        ['TierWithdrawn', gated, a, operator.address],
      ])
      expect(plain(await ledger.tierOf(a, gated))).to.deep.equal([
        termsId,
        BigInt(rightsMask(['research'])),
        maxDuration,
        1_000n,
        2_000_000n,
        false,
        false,
        true,
      ])
      expect(await ledger.tiersOf(a)).to.include(gated)
      for (const asked of [ledger.offeredTier, ledger.maxDurationOf]) {
        await expect(asked(a, gated))
          .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
          .withArgs(a, gated)
      }
    })

    it('reverts for a tier that was withdrawn, belongs to another model, or was never offered', async function () {
      const { ledger, publisher, a, b, gated } = await loadFixture(deployTiers)
      await ledger.connect(publisher).withdrawTier(a, gated)
      await expect(ledger.connect(publisher).withdrawTier(a, gated))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryTierWithdrawn')
        .withArgs(a, gated)
      for (const [model, tier] of [
        [b, gated],
        [a, ZeroHash as TierId],
      ] as const) {
        for (const sent of [
          () => ledger.connect(publisher).withdrawTier(model, tier),
          () => ledger.offeredTier(model, tier),
          () => ledger.maxDurationOf(model, tier),
          () => ledger.tierOf(model, tier),
        ]) {
          await expect(sent()).to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTier').withArgs(model, tier)
        }
      }
    })

    it('requires a registered model, and a caller that may act for its publisher', async function () {
      const { ledger, publisher, operator, controller, stranger, a, gated } = await loadFixture(deployTiers)
      await expect(ledger.connect(publisher).withdrawTier(NO_MODEL, gated))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryUnknownModel')
        .withArgs(NO_MODEL)
      await ledger.connect(publisher).proposeController(publisher, controller)
      await ledger.connect(controller).acceptController(publisher)
      for (const account of [stranger, publisher, operator]) {
        await expect(ledger.connect(account).withdrawTier(a, gated))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
          .withArgs(publisher.address, account.address, 4n)
      }
      await ledger.connect(controller).withdrawTier(a, gated)
    })
  })
})
