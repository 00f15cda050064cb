import { anyValue } from '@nomicfoundation/hardhat-ethers-chai-matchers/withArgs'
import { expect } from 'chai'
import type { BaseContract, FunctionFragment } from 'ethers'

import { emptyCall } from '../../fixtures/emptyCall.ts'
import { DAY, deployLedger, ethers, networkHelpers } from '../../fixtures/ledger.ts'
import type { WritePause } from '../../../typechain-types/index.ts'

const { loadFixture, time } = networkHelpers
const MAX_PAUSE = 7n * DAY
const GUARDIAN = 42n

/** What a pause stops, for each contract that can be paused. Everything else continues, such as reading, revoking and recalling. */
const STOPPED: Readonly<Record<string, readonly string[]>> = {
  Ledger: [
    'register',
    'registerBySignature',
    'registerMany',
    'anchorBatch',
    'materialize',
    'publishTerms',
    'publishTermsSet',
    'offerTier',
  ],
  LicenseCredential: ['grant', 'grantUnder', 'accept', 'obtain', 'renew', 'reinstate', 'request'],
  LineageClaims: ['file', 'inherit', 'attestParent', 'countersign'],
  // The gate stops passed scans too, which its own tests show: a failed one always counts.
  ReviewGate: ['requestReview', 'requestArtefactReview', 'clear', 'certify', 'certifyArtefact'],
  UsageAudit: ['anchor', 'stateServing', 'stateServingBySignature'],
}

type Pausable = BaseContract & Pick<WritePause, 'pauseWrites' | 'resumeWrites' | 'pausedUntil' | 'interface'>

/** Each contract that can be paused, with a guardian, and an administrator that may do everything else. */
async function deployPausable() {
  const { manager, ledger, credentials, admin, operator, stranger } = await deployLedger()
  const claims = await ethers.deployContract('LineageClaims', [manager, ledger, ledger, 1n, DAY, admin])
  const gate = await ethers.deployContract('ReviewGate', [manager, ledger, ledger, claims, 0, 0])
  const audit = await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credentials])
  const contracts: Readonly<Record<string, Pausable>> = {
    Ledger: ledger as unknown as Pausable,
    LicenseCredential: credentials as unknown as Pausable,
    LineageClaims: claims as unknown as Pausable,
    ReviewGate: gate as unknown as Pausable,
    UsageAudit: audit as unknown as Pausable,
  }
  await manager.grantRole(GUARDIAN, operator, 0)
  for (const contract of Object.values(contracts)) {
    const selectors = ['pauseWrites', 'resumeWrites'].map(
      (name) => contract.interface.getFunction(name as never)!.selector,
    )
    await manager.setTargetFunctionRole(contract, selectors, GUARDIAN)
  }
  return { manager, contracts, admin, guardian: operator, stranger }
}

describe('WritePause', function () {
  for (const [name, stopped] of Object.entries(STOPPED)) {
    describe(name, function () {
      async function deploy() {
        const { contracts, ...accounts } = await loadFixture(deployPausable)
        const contract = contracts[name]!
        return { ...accounts, contract, guarded: contract.connect(accounts.guardian) as Pausable }
      }

      /** {@link deploy}, paused at a known time. */
      async function deployPaused() {
        const base = await deploy()
        const pausedAt = BigInt(await time.latest()) + 100n
        await time.setNextBlockTimestamp(pausedAt)
        await base.guarded.pauseWrites()
        return { ...base, pausedAt, until: pausedAt + MAX_PAUSE }
      }

      it('pauses for seven days, and emits the event', async function () {
        const { contract, guarded, guardian } = await deploy()
        expect(await contract.pausedUntil()).to.equal(0n)
        const until = BigInt(await time.latest()) + 1n + MAX_PAUSE
        await time.setNextBlockTimestamp(until - MAX_PAUSE)
        await expect(guarded.pauseWrites()).to.emit(contract, 'WritesPaused').withArgs(guardian, until)
        expect(await contract.pausedUntil()).to.equal(until)
      })

      it('stops only what adds to the contract, and nothing when it is not paused', async function () {
        const { contract, admin } = await deployPaused()
        expect(await stoppedOf(contract, admin.address)).to.have.members(stopped)
        await time.increase(MAX_PAUSE)
        expect(await stoppedOf(contract, admin.address)).to.deep.equal([])
      })

      it('lasts until the last second of the seven days, and no longer', async function () {
        const { contract, admin, until } = await deployPaused()
        await time.increaseTo(until - 1n)
        expect(await stoppedOf(contract, admin.address)).to.have.members(stopped)
        await time.increaseTo(until)
        expect(await stoppedOf(contract, admin.address)).to.deep.equal([])
      })

      it('returns its end', async function () {
        const { contract, until } = await deployPaused()
        const fragment = contract.interface.getFunction(stopped[0] as never) as FunctionFragment
        await expect(ethers.provider.call({ to: contract, data: emptyCall(contract, fragment) }))
          .to.be.revertedWithCustomError(contract, 'WritePausePaused')
          .withArgs(until)
      })

      for (const [offset, accepted] of [
        [-1n, false],
        [0n, true],
      ] as const) {
        it(`${accepted ? 'begins' : 'does not begin'} again ${offset} s from seven days after its end`, async function () {
          const { contract, guarded, guardian, until } = await deployPaused()
          await time.setNextBlockTimestamp(until + MAX_PAUSE + offset)
          if (accepted) {
            await expect(guarded.pauseWrites())
              .to.emit(contract, 'WritesPaused')
              .withArgs(guardian, until + 2n * MAX_PAUSE)
          } else {
            await expect(guarded.pauseWrites())
              .to.be.revertedWithCustomError(contract, 'WritePauseTooSoon')
              .withArgs(until + MAX_PAUSE)
          }
        })

        it(`${accepted ? 'begins' : 'does not begin'} again ${offset} s from seven days after it was ended`, async function () {
          const { contract, guarded, pausedAt } = await deployPaused()
          await time.setNextBlockTimestamp(pausedAt + DAY)
          await guarded.resumeWrites()
          await time.setNextBlockTimestamp(pausedAt + DAY + MAX_PAUSE + offset)
          if (accepted)
            await expect(guarded.pauseWrites()).to.emit(contract, 'WritesPaused').withArgs(anyValue, anyValue)
          else {
            await expect(guarded.pauseWrites())
              .to.be.revertedWithCustomError(contract, 'WritePauseTooSoon')
              .withArgs(pausedAt + DAY + MAX_PAUSE)
          }
        })
      }

      it('cannot be extended while it lasts', async function () {
        const { contract, guarded, pausedAt, until } = await deployPaused()
        await time.setNextBlockTimestamp(pausedAt + DAY)
        await expect(guarded.pauseWrites())
          .to.be.revertedWithCustomError(contract, 'WritePauseTooSoon')
          .withArgs(until + MAX_PAUSE)
        expect(await contract.pausedUntil()).to.equal(until)
      })

      it('ends at once when the guardian ends it, and emits the event', async function () {
        const { contract, guarded, guardian, admin, until } = await deployPaused()
        await time.setNextBlockTimestamp(until - 1n)
        await expect(guarded.resumeWrites()).to.emit(contract, 'WritesResumed').withArgs(guardian)
        expect(await contract.pausedUntil()).to.equal(until - 1n)
        expect(await stoppedOf(contract, admin.address)).to.deep.equal([])
      })

      it('cannot be ended after it expired, after it was ended, or before it began', async function () {
        const { contract, guarded } = await deploy()
        await expect(guarded.resumeWrites()).to.be.revertedWithCustomError(contract, 'WritePauseNotPaused').withArgs()
        const paused = await deployPaused()
        await time.setNextBlockTimestamp(paused.until)
        await expect(guarded.resumeWrites()).to.be.revertedWithCustomError(contract, 'WritePauseNotPaused').withArgs()
      })

      it('cannot be ended twice, even in one second', async function () {
        const { contract, guarded, guardian, pausedAt } = await deployPaused()
        await time.setNextBlockTimestamp(pausedAt + 1n)
        await guarded.resumeWrites()
        const data = contract.interface.encodeFunctionData('resumeWrites')
        await expect(ethers.provider.call({ to: contract, data, from: guardian }))
          .to.be.revertedWithCustomError(contract, 'WritePauseNotPaused')
          .withArgs()
      })

      it('reverts for anybody but the guardian, including the administrator', async function () {
        const { contract, admin, stranger } = await deployPaused()
        for (const account of [admin, stranger]) {
          const connected = contract.connect(account) as Pausable
          for (const sent of [() => connected.pauseWrites(), () => connected.resumeWrites()]) {
            await expect(sent()).to.be.revertedWithCustomError(contract, 'AccessManagedUnauthorized').withArgs(account)
          }
        }
      })

      it('reverts for a guardian whose role was revoked', async function () {
        const { contract, manager, guarded, guardian } = await deployPaused()
        await manager.revokeRole(GUARDIAN, guardian)
        await expect(guarded.resumeWrites())
          .to.be.revertedWithCustomError(contract, 'AccessManagedUnauthorized')
          .withArgs(guardian)
      })
    })
  }
})

/** The writing functions of a contract that report a pause when called with empty arguments. */
async function stoppedOf(contract: Pausable, from: string): Promise<string[]> {
  const stopped: string[] = []
  for (const fragment of contract.interface.fragments) {
    if (fragment.type !== 'function') continue
    const called = fragment as FunctionFragment
    const call = ethers.provider.call({ to: contract, from, data: emptyCall(contract, called) })
    const reason = await call.then(() => '').catch((error: { data?: unknown }) => String(error.data))
    if (reason.startsWith(contract.interface.getError('WritePausePaused')!.selector)) stopped.push(called.name)
  }
  return stopped
}
