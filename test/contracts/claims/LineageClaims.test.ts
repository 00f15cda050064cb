import { expect } from 'chai'
import { ZeroAddress, ZeroHash } from 'ethers'

import type { Hex, ModelId } from '../../../src/core/hex.ts'
import {
  CLAIM,
  claimBy,
  CONTEST_PERIOD,
  DEPOSIT,
  deployClaims,
  fileArguments,
  fileClaim,
  type ClaimDraft,
} from '../../fixtures/claims.ts'
import { DAY, digestOf, ethers, eventsOf, networkHelpers, plain } from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const NOBODY = digestOf('nobody registered this') as Hex as ModelId

const FINETUNE = 1n

describe('LineageClaims', function () {
  describe('constructor', function () {
    it('stores its arguments', async function () {
      const { claims, treasury } = await loadFixture(deployClaims)
      expect(await claims.deposit()).to.equal(DEPOSIT)
      expect(await claims.contestPeriod()).to.equal(CONTEST_PERIOD)
      expect(await claims.treasury()).to.equal(treasury.address)
    })

    for (const [period, possible] of [
      [DAY - 1n, false],
      [DAY, true],
      [365n * DAY, true],
      [365n * DAY + 1n, false],
    ] as const) {
      it(`${possible ? 'accepts' : 'rejects'} ${period} seconds to contest`, async function () {
        const { claims, manager, ledger, treasury } = await loadFixture(deployClaims)
        const deployed = ethers.deployContract('LineageClaims', [manager, ledger, ledger, DEPOSIT, period, treasury])
        if (possible) expect(await (await deployed).contestPeriod()).to.equal(period)
        else {
          await expect(deployed)
            .to.be.revertedWithCustomError(claims, 'LineageClaimsWrongContestPeriod')
            .withArgs(period)
        }
      })
    }

    it('rejects a zero treasury', async function () {
      const { claims, manager, ledger } = await loadFixture(deployClaims)
      await expect(
        ethers.deployContract('LineageClaims', [manager, ledger, ledger, DEPOSIT, CONTEST_PERIOD, ZeroAddress]),
      ).to.be.revertedWithCustomError(claims, 'LineageClaimsMissingTreasury')
    })
  })

  describe('file', function () {
    it('stores a claim about a model with its deposit, and emits the event', async function () {
      const { claims, claimant, a, b } = await loadFixture(deployClaims)
      const filed = await claimBy(claimant, { subject: a, parent: b })
      const now = BigInt(await time.latest()) + 10n
      await time.setNextBlockTimestamp(now)
      const sent = claims.connect(claimant).file(...fileArguments(filed), { value: DEPOSIT })
      expect(await eventsOf(sent, claims)).to.deep.equal([
        [
          'ClaimFiled',
          filed.claim,
          a,
          b,
          claimant.address,
          false,
          FINETUNE,
          ZeroHash,
          filed.commitment,
          now + CONTEST_PERIOD,
          DEPOSIT,
        ],
      ])
      expect(plain(await claims.claimOf(filed.claim))).to.deep.equal([
        claimant.address,
        now + CONTEST_PERIOD,
        CLAIM.filed,
        FINETUNE,
        false,
        false,
        false,
        a,
        b,
        ZeroHash,
      ])
      expect(await ethers.provider.getBalance(claims)).to.equal(DEPOSIT)
      expect(await claims.attestedParentsOf(a)).to.deep.equal([])
    })

    it('accepts a claim about an unregistered product', async function () {
      const base = await loadFixture(deployClaims)
      const { claims, claimant, a } = base
      const { claim } = await fileClaim(base, claimant, { subject: digestOf('a product'), product: true, parent: a })
      const filed = await claims.claimOf(claim)
      expect([filed.product, filed.subject, filed.state]).to.deep.equal([true, digestOf('a product'), CLAIM.filed])
    })

    it('computes the id that the SDK computes', async function () {
      const { claims, claimant, a, b } = await loadFixture(deployClaims)
      const { claim, evidence, salt, ...filed } = await claimBy(claimant, { subject: a, parent: b, relation: 'merge' })
      expect(await claims.hashClaim(claimant, ...fileArguments(filed))).to.equal(claim)
      expect(await claims.hashCommitment(claimant, evidence, salt)).to.equal(filed.commitment)
    })

    it('rejects any value but the deposit', async function () {
      const { claims, claimant, a, b } = await loadFixture(deployClaims)
      const filed = await claimBy(claimant, { subject: a, parent: b })
      for (const value of [0n, DEPOSIT - 1n, DEPOSIT + 1n]) {
        await expect(claims.connect(claimant).file(...fileArguments(filed), { value }))
          .to.be.revertedWithCustomError(claims, 'LineageClaimsWrongDeposit')
          .withArgs(value, DEPOSIT)
      }
    })

    it('rejects a claim without a relation', async function () {
      const { claims, claimant, a, b } = await loadFixture(deployClaims)
      await expect(
        claims.connect(claimant).file(a, false, b, 0, ZeroHash, digestOf('commitment'), { value: DEPOSIT }),
      ).to.be.revertedWithCustomError(claims, 'LineageClaimsMissingRelation')
    })

    it('rejects the same claim twice, even after its withdrawal', async function () {
      const base = await loadFixture(deployClaims)
      const { claims, claimant, a, b } = base
      const filed = await fileClaim(base, claimant, { subject: a, parent: b })
      const again = () => claims.connect(claimant).file(...fileArguments(filed), { value: DEPOSIT })
      await expect(again()).to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyFiled').withArgs(filed.claim)
      await claims.connect(claimant).withdraw(filed.claim)
      await expect(again()).to.be.revertedWithCustomError(claims, 'LineageClaimsAlreadyFiled').withArgs(filed.claim)
    })

    const refusals: [
      what: string,
      draft: (of: Awaited<ReturnType<typeof deployClaims>>) => ClaimDraft,
      error: string,
    ][] = [
      [
        'no subject',
        ({ a }) => ({ subject: ZeroHash as Hex, parent: a, product: true }),
        'LineageClaimsMissingSubject',
      ],
      ['a subject that is not a model', ({ a }) => ({ subject: NOBODY, parent: a }), 'LineageClaimsUnknownModel'],
      ['a parent that is not a model', ({ a }) => ({ subject: a, parent: NOBODY }), 'LineageClaimsUnknownModel'],
      ['a model as its own parent', ({ a }) => ({ subject: a, parent: a }), 'LineageClaimsSelfParent'],
      ['a model as a product', ({ a, b }) => ({ subject: a, parent: b, product: true }), 'LineageClaimsNotAProduct'],
    ]
    for (const [what, draft, error] of refusals) {
      it(`refuses ${what}`, async function () {
        const base = await loadFixture(deployClaims)
        const { claims, claimant } = base
        const filed = await claimBy(claimant, draft(base))
        const args: Record<string, unknown[]> = {
          LineageClaimsMissingSubject: [],
          LineageClaimsUnknownModel: [NOBODY],
          LineageClaimsSelfParent: [base.a],
          LineageClaimsNotAProduct: [base.a],
        }
        await expect(claims.connect(claimant).file(...fileArguments(filed), { value: DEPOSIT }))
          .to.be.revertedWithCustomError(claims, error)
          .withArgs(...args[error]!)
      })
    }
  })
})
