import { expect } from 'chai'
import { ZeroAddress } from 'ethers'

import { claimIdOf, commitmentOf } from '../../../src/core/claim.ts'
import { parseAddress, type ModelId } from '../../../src/core/hex.ts'
import { DEPOSIT, deployClaims, fileArguments, fileClaim } from '../../fixtures/claims.ts'
import { digestOf, ethers, eventsOf, networkHelpers } from '../../fixtures/ledger.ts'

const { loadFixture } = networkHelpers

/** Ways in which a contract receives ether, as the mock numbers them. */
const WAY = { take: 0, refuse: 1, burn: 2, returnLong: 3, reenter: 4 } as const

/** A contract that filed and withdrew a claim, so that a deposit is credited to it. */
async function credited(way: keyof typeof WAY) {
  const base = await loadFixture(deployClaims)
  const { claims, a, b } = base
  const receiver = await ethers.deployContract('Receiver', [WAY[way]], { value: DEPOSIT })
  const claimant = parseAddress(await receiver.getAddress())
  const commitment = commitmentOf(claimant, digestOf('evidence'), digestOf('salt'))
  const statement = {
    claimant,
    subject: a,
    product: false,
    parent: b as ModelId,
    relation: 'copy',
    commitment,
  } as const
  const call = (name: 'file' | 'withdraw' | 'withdrawDeposit', args: readonly unknown[]) =>
    claims.interface.encodeFunctionData(name as 'file', args as never)
  await receiver.getFunction('execute')(claims, DEPOSIT, call('file', fileArguments(statement)))
  await receiver.getFunction('execute')(claims, 0, call('withdraw', [claimIdOf(statement)]))
  expect(await claims.depositOf(receiver)).to.equal(DEPOSIT)
  return { ...base, receiver, call }
}

describe('LineageClaims: deposits', function () {
  it('are withdrawn in full by their owner, to any account', async function () {
    const base = await loadFixture(deployClaims)
    const { claims, claimant, stranger, a, b, c } = base
    for (const parent of [b, c]) {
      const { claim } = await fileClaim(base, claimant, { subject: a, parent })
      await claims.connect(claimant).withdraw(claim)
    }
    const before = await ethers.provider.getBalance(stranger)
    const sent = claims.connect(claimant).withdrawDeposit(stranger)
    expect(await eventsOf(sent, claims)).to.deep.equal([
      ['DepositWithdrawn', claimant.address, stranger.address, 2n * DEPOSIT],
    ])
    expect((await ethers.provider.getBalance(stranger)) - before).to.equal(2n * DEPOSIT)
    expect([await claims.depositOf(claimant), await ethers.provider.getBalance(claims)]).to.deep.equal([0n, 0n])
  })

  it('cannot be withdrawn without a credit, or twice', async function () {
    const base = await loadFixture(deployClaims)
    const { claims, claimant, stranger, a, b } = base
    const { claim } = await fileClaim(base, claimant, { subject: a, parent: b })
    await fileClaim(base, stranger, { subject: a, parent: b })
    await claims.connect(claimant).withdraw(claim)
    await claims.connect(claimant).withdrawDeposit(claimant)
    for (const account of [claimant, stranger]) {
      await expect(claims.connect(account).withdrawDeposit(account))
        .to.be.revertedWithCustomError(claims, 'LineageClaimsNoDeposit')
        .withArgs(account.address)
    }
    expect(await ethers.provider.getBalance(claims)).to.equal(DEPOSIT)
  })

  it('can be sent to a contract that accepts them', async function () {
    const { claims, receiver, call } = await credited('take')
    await receiver.getFunction('execute')(claims, 0, call('withdrawDeposit', [await receiver.getAddress()]))
    expect(await ethers.provider.getBalance(receiver)).to.equal(DEPOSIT)
  })

  for (const way of ['refuse', 'burn'] as const) {
    it(`stay credited to a contract that rejects them (${way}), which can name another account`, async function () {
      const { claims, stranger, receiver, call } = await credited(way)
      const to = await receiver.getAddress()
      const reason = claims.interface.encodeErrorResult('LineageClaimsTransferFailed', [to])
      await expect(receiver.getFunction('execute')(claims, 0, call('withdrawDeposit', [to]), { gasLimit: 5_000_000 }))
        .to.be.revertedWithCustomError(receiver, 'CallFailed')
        .withArgs(reason)
      expect(await claims.depositOf(receiver)).to.equal(DEPOSIT)
      await receiver.getFunction('execute')(claims, 0, call('withdrawDeposit', [stranger.address]))
      expect([await claims.depositOf(receiver), await ethers.provider.getBalance(claims)]).to.deep.equal([0n, 0n])
    })
  }

  it('cannot be sent to the zero address', async function () {
    const base = await loadFixture(deployClaims)
    const { claims, claimant, a, b } = base
    const { claim } = await fileClaim(base, claimant, { subject: a, parent: b })
    await claims.connect(claimant).withdraw(claim)
    await expect(claims.connect(claimant).withdrawDeposit(ZeroAddress))
      .to.be.revertedWithCustomError(claims, 'LineageClaimsTransferFailed')
      .withArgs(ZeroAddress)
    expect(await claims.depositOf(claimant)).to.equal(DEPOSIT)
  })

  it('can be sent to a contract that returns much data', async function () {
    const { claims, receiver, call } = await credited('returnLong')
    await receiver.getFunction('execute')(claims, 0, call('withdrawDeposit', [await receiver.getAddress()]))
    expect(await ethers.provider.getBalance(receiver)).to.equal(DEPOSIT)
  })

  it('are not paid twice to a contract that re-enters', async function () {
    const base = await credited('reenter')
    const { claims, claimant, receiver, call, a, c } = base
    // Somebody else's deposit is in the contract.
    await fileClaim(base, claimant, { subject: a, parent: c })
    const self = await receiver.getAddress()
    await receiver.getFunction('setCall')(claims, call('withdrawDeposit', [self]))
    await receiver.getFunction('execute')(claims, 0, call('withdrawDeposit', [self]))
    expect(await receiver.getFunction('reentered')()).to.equal(false)
    expect(await receiver.getFunction('answer')()).to.equal(
      claims.interface.encodeErrorResult('LineageClaimsNoDeposit', [self]),
    )
    expect([await ethers.provider.getBalance(receiver), await ethers.provider.getBalance(claims)]).to.deep.equal([
      DEPOSIT,
      DEPOSIT,
    ])
  })

  it('are unaffected by ether that is sent unasked', async function () {
    const base = await loadFixture(deployClaims)
    const { claims, claimant, stranger, a, b } = base
    await expect(stranger.sendTransaction({ to: await claims.getAddress(), value: 1n })).to.be.revert(ethers)
    await networkHelpers.setBalance(await claims.getAddress(), 7n)
    const { claim } = await fileClaim(base, claimant, { subject: a, parent: b })
    await claims.connect(claimant).withdraw(claim)
    await claims.connect(claimant).withdrawDeposit(claimant)
    expect(await ethers.provider.getBalance(claims)).to.equal(7n)
  })
})
