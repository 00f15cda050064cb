import { expect } from 'chai'
import { Wallet, ZeroHash } from 'ethers'

import { ROLES } from '../../../src/core/roles.ts'
import { atMostGas } from '../../fixtures/gas.ts'
import {
  at,
  deployGate,
  gateDomain,
  LONG,
  passClock,
  reportOf,
  SCAN,
  SCOPE,
  signScan,
  STATE,
} from '../../fixtures/gate.ts'
import { DAY, digestOf, ethers, eventsOf, malleable, networkHelpers, plain } from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

/** A gate, a report from a minute ago, and functions to sign it and to send it from any account. */
async function signing() {
  const base = await loadFixture(deployGate)
  const { gate, scanner, stranger, weights, manager } = base
  const now = BigInt(await time.latest())
  const report = reportOf(weights, now - 60n)
  const deadline = now + DAY
  const owned = await ethers.deployContract('OwnedWallet', [scanner])
  const approving = await ethers.deployContract('ApprovingWallet')
  for (const wallet of [owned, approving]) await manager.grantRole(ROLES.scanner, wallet, 0)
  const send = (signature: string, signer: string = scanner.address, sent = report, until = deadline) =>
    gate.connect(stranger).attestScanBySignature(sent, signer, until, signature)
  return {
    ...base,
    now,
    report,
    deadline,
    owned,
    approving,
    send,
    refuse: (sent: Promise<unknown>, signer: string = scanner.address) =>
      expect(sent).to.be.revertedWithCustomError(gate, 'ReviewGateInvalidSignature').withArgs(signer),
  }
}

describe('ReviewGate', function () {
  describe('attestScan', function () {
    it('stores the latest result of each scanner, and emits every field', async function () {
      const { gate, scanner, scanner2, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest())
      const report = reportOf(weights, now - 5n, { uri: LONG })
      expect(await eventsOf(gate.connect(scanner).attestScan(report), gate)).to.deep.equal([
        ['ScanAttested', weights, ZeroHash, scanner.address, 1n, report.ruleset, report.report, now - 5n, 1n, LONG],
      ])
      await gate.connect(scanner2).attestScan(reportOf(weights, now - 9n))
      await gate.connect(scanner).attestScan(reportOf(weights, now, { verdict: SCAN.failed }))
      expect(plain(await gate.scansOf(weights))).to.deep.equal([
        [scanner.address, now, 2n],
        [scanner2.address, now - 9n, 1n],
      ])
      expect(plain(await gate.scansOf(digestOf('others')))).to.deep.equal([])
    })

    it('rejects a scanner from the second on in which it loses its accreditation', async function () {
      const { gate, manager, admin, authority, certifier, publisher, stranger, scanner, weights } =
        await loadFixture(deployGate)
      const report = reportOf(weights, BigInt(await time.latest()))
      const refuse = async (account: typeof stranger) =>
        expect(gate.connect(account).attestScan(report))
          .to.be.revertedWithCustomError(gate, 'ReviewGateNotScanner')
          .withArgs(account.address)
      for (const account of [admin, authority, certifier, publisher, stranger]) await refuse(account)
      await manager.revokeRole(ROLES.scanner, scanner)
      await refuse(scanner)
      await manager.connect(admin).grantRole(ROLES.scanner, stranger, 0)
      await gate.connect(stranger).attestScan(report)
    })

    it('accepts an accreditation only after the delay of its grant', async function () {
      const { gate, manager, stranger, weights } = await loadFixture(deployGate)
      await manager.setGrantDelay(ROLES.scanner, 3600)
      await time.increase(5n * DAY) // until the delay itself is in force
      await manager.grantRole(ROLES.scanner, stranger, 0)
      const [since] = await manager.getAccess(ROLES.scanner, stranger)
      expect(since).to.equal(BigInt(await time.latest()) + 3600n)
      const report = reportOf(weights, BigInt(await time.latest()))
      await at(since - 1n)
      await expect(gate.connect(stranger).attestScan(report))
        .to.be.revertedWithCustomError(gate, 'ReviewGateNotScanner')
        .withArgs(stranger.address)
      await at(since)
      await gate.connect(stranger).attestScan(report)
    })

    it('reverts for zero weights, a missing verdict, and a text that is too long', async function () {
      const { gate, scanner, weights } = await loadFixture(deployGate)
      const by = gate.connect(scanner)
      const now = BigInt(await time.latest())
      await expect(by.attestScan(reportOf(ZeroHash, now))).to.be.revertedWithCustomError(
        gate,
        'ReviewGateMissingWeights',
      )
      await expect(by.attestScan(reportOf(weights, now, { verdict: SCAN.none }))).to.be.revertedWithCustomError(
        gate,
        'ReviewGateMissingVerdict',
      )
      await expect(by.attestScan(reportOf(weights, now, { uri: `${LONG}.` })))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTextTooLong')
        .withArgs(2049n)
      const { selector } = gate.interface.getFunction('attestScan')
      const encoded = gate.interface.encodeFunctionData('attestScan', [reportOf(weights, now)])
      const verdict = 10 + 64 * 7 // behind the selector, the offset and six words
      expect(encoded.slice(0, 10)).to.equal(selector)
      for (const word of [3n, 1n << 255n]) {
        const data = encoded.slice(0, verdict) + word.toString(16).padStart(64, '0') + encoded.slice(verdict + 64)
        await expect(scanner.sendTransaction({ to: gate, data, gasLimit: 500_000n })).to.be.revert(ethers)
      }
    })

    it('accepts a scan of the current second, and rejects one of the next', async function () {
      const { gate, scanner, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest()) + 10n
      await at(now)
      await expect(gate.connect(scanner).attestScan(reportOf(weights, now + 1n)))
        .to.be.revertedWithCustomError(gate, 'ReviewGateScanOutOfOrder')
        .withArgs(now + 1n, 0n)
      await at(now + 1n)
      await gate.connect(scanner).attestScan(reportOf(weights, now + 1n))
    })

    it("rejects a scan that is not newer than the scanner's last of these weights", async function () {
      const { gate, scanner, scanner2, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest())
      await expect(gate.connect(scanner).attestScan(reportOf(weights, 0n)))
        .to.be.revertedWithCustomError(gate, 'ReviewGateScanOutOfOrder')
        .withArgs(0n, 0n)
      await gate.connect(scanner).attestScan(reportOf(weights, now - 10n, { verdict: SCAN.failed }))
      for (const older of [now - 10n, now - 11n]) {
        await expect(gate.connect(scanner).attestScan(reportOf(weights, older)))
          .to.be.revertedWithCustomError(gate, 'ReviewGateScanOutOfOrder')
          .withArgs(older, now - 10n)
      }
      await gate.connect(scanner2).attestScan(reportOf(weights, now - 11n))
      await gate.connect(scanner).attestScan(reportOf(digestOf('others'), now - 11n))
      await gate.connect(scanner).attestScan(reportOf(weights, now - 9n))
    })
  })

  describe('attestScan of tensors', function () {
    const TENSORS = digestOf('tensors')
    const TWIN = digestOf('a twin folder')

    it('keeps a failure by tensors too, and shuts them in every folder by a quorum of organizations', async function () {
      const { gate, authority, scanner, scanner2, scanner3, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest())
      const failed = { verdict: SCAN.failed, tensors: TENSORS, scope: SCOPE.tensors }
      await gate.connect(authority).setQuorum(2)
      await gate.connect(authority).setOrganization(scanner, digestOf('labs'))
      await gate.connect(authority).setOrganization(scanner2, digestOf('labs'))
      const report = reportOf(weights, now, failed)
      expect(await eventsOf(gate.connect(scanner).attestScan(report), gate)).to.deep.equal([
        ['ScanAttested', weights, TENSORS, scanner.address, 2n, report.ruleset, report.report, now, 2n, report.uri],
      ])
      expect(plain(await gate.tensorScansOf(TENSORS))).to.deep.equal([[scanner.address, now, 2n]])
      expect(plain(await gate.scansOf(weights))).to.deep.equal([[scanner.address, now, 2n]])
      await gate.connect(scanner2).attestScan(reportOf(weights, now, failed))
      expect(await gate.areTensorsShut(TENSORS)).to.equal(false)
      await gate.connect(scanner3).attestScan(reportOf(TWIN, now, failed))
      expect(await gate.areTensorsShut(TENSORS)).to.equal(true)
      expect(await gate.areTensorsShut(ZeroHash)).to.equal(false)
    })

    it('does not reach twins by a failure of files: a malicious file beside honest tensors shuts its own folder', async function () {
      const { gate, scanner, scanner2, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest())
      for (const by of [scanner, scanner2]) {
        await gate.connect(by).attestScan(reportOf(weights, now, { verdict: SCAN.failed, tensors: TENSORS }))
      }
      expect(await gate.areTensorsShut(TENSORS)).to.equal(false)
      expect(plain(await gate.tensorScansOf(TENSORS))).to.deep.equal([])
    })

    it('never passes a folder by its tensors', async function () {
      const { gate, struct, scanner, a } = await loadFixture(deployGate)
      await gate.requestReview(struct, '')
      const now = BigInt(await time.latest())
      await gate.connect(scanner).attestScan(reportOf(TWIN, now, { tensors: TENSORS, scope: SCOPE.tensors }))
      expect((await gate.conditionsOf(a)).passed).to.equal(0n)
      expect(plain(await gate.tensorScansOf(TENSORS))).to.deep.equal([[scanner.address, now, 1n]])
    })

    it('is taken back by the scanner’s later pass of that scope, of whatever folder, and by nothing else', async function () {
      const { gate, manager, scanner, scanner2, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest())
      const of = { tensors: TENSORS, scope: SCOPE.tensors }
      await gate.connect(scanner).attestScan(reportOf(weights, now - 10n, { verdict: SCAN.failed, ...of }))
      await gate.connect(scanner).attestScan(reportOf(weights, now - 9n, { tensors: TENSORS }))
      await gate.connect(scanner2).attestScan(reportOf(weights, now - 9n, of))
      expect(await gate.areTensorsShut(TENSORS)).to.equal(true)
      const failed = await networkHelpers.takeSnapshot()
      await gate.connect(scanner).attestScan(reportOf(TWIN, now - 9n, of))
      expect(await gate.areTensorsShut(TENSORS)).to.equal(false)
      await failed.restore()
      await manager.revokeRole(ROLES.scanner, scanner)
      expect(await gate.areTensorsShut(TENSORS)).to.equal(false)
    })

    it('counts the latest report, and the failure of two in one second, in whatever order they are sent', async function () {
      const { gate, scanner, weights } = await loadFixture(deployGate)
      const now = BigInt(await time.latest())
      const of = { tensors: TENSORS, scope: SCOPE.tensors }
      const start = await networkHelpers.takeSnapshot()
      for (const [first, second, isShut] of [
        [reportOf(weights, now - 5n, { verdict: SCAN.failed, ...of }), reportOf(TWIN, now - 4n, of), false],
        [reportOf(weights, now - 5n, { verdict: SCAN.failed, ...of }), reportOf(TWIN, now - 5n, of), true],
        [reportOf(weights, now - 5n, { verdict: SCAN.failed, ...of }), reportOf(TWIN, now - 6n, of), true],
      ] as const) {
        for (const order of [
          [first, second],
          [second, first],
        ]) {
          for (const report of order) await gate.connect(scanner).attestScan(report)
          expect(await gate.areTensorsShut(TENSORS)).to.equal(isShut)
          expect((await gate.scansOf(TWIN)).length).to.equal(1)
          await start.restore()
        }
      }
    })

    it('reverts without a scope, and for the scope of tensors without their digest', async function () {
      const { gate, scanner, weights } = await loadFixture(deployGate)
      const by = gate.connect(scanner)
      const now = BigInt(await time.latest())
      await expect(by.attestScan(reportOf(weights, now, { scope: SCOPE.none }))).to.be.revertedWithCustomError(
        gate,
        'ReviewGateMissingScope',
      )
      for (const verdict of [SCAN.passed, SCAN.failed]) {
        await expect(
          by.attestScan(reportOf(weights, now, { scope: SCOPE.tensors, verdict })),
        ).to.be.revertedWithCustomError(gate, 'ReviewGateMissingTensors')
      }
    })
  })

  describe('attestScanBySignature', function () {
    it('attests for the scanner, sent by anybody', async function () {
      const { gate, scanner, report, deadline, send } = await signing()
      const signature = await signScan(gate, scanner, report, deadline)
      expect(await eventsOf(send(signature), gate)).to.deep.equal([
        [
          'ScanAttested',
          report.weights,
          report.tensors,
          scanner.address,
          1n,
          report.ruleset,
          report.report,
          report.scannedAt,
          1n,
          report.uri,
        ],
      ])
      expect(plain(await gate.scansOf(report.weights))).to.deep.equal([[scanner.address, report.scannedAt, 1n]])
    })

    it('accepts a signature until its deadline, including that second', async function () {
      const { gate, scanner, report, deadline, send } = await signing()
      const signature = await signScan(gate, scanner, report, deadline)
      const before = await networkHelpers.takeSnapshot()
      await at(deadline)
      await send(signature)
      await before.restore()
      await at(deadline + 1n)
      await expect(send(signature)).to.be.revertedWithCustomError(gate, 'ReviewGateSignatureExpired').withArgs(deadline)
    })

    it('rejects a replay and any older scan, in whatever order they are sent', async function () {
      const { gate, scanner, report, now, deadline, send } = await signing()
      const older = { ...report, scannedAt: now - 90n }
      const signed = await signScan(gate, scanner, report, deadline)
      const signedOlder = await signScan(gate, scanner, older, deadline)
      const before = await networkHelpers.takeSnapshot()
      await send(signedOlder, scanner.address, older)
      await send(signed)
      await before.restore()
      await send(signed)
      for (const [signature, sent] of [
        [signed, report],
        [signedOlder, older],
      ] as const) {
        await expect(send(signature, scanner.address, sent))
          .to.be.revertedWithCustomError(gate, 'ReviewGateScanOutOfOrder')
          .withArgs(sent.scannedAt, report.scannedAt)
      }
      expect(plain(await gate.scansOf(report.weights))).to.deep.equal([[scanner.address, report.scannedAt, 1n]])
    })

    it('reverts for a signature over another chain, contract, name, version, deadline or report', async function () {
      const { gate, scanner, scanner2, ledger, report, deadline, send, refuse } = await signing()
      for (const domain of [
        { chainId: 1n },
        { verifyingContract: await ledger.getAddress() },
        { name: 'Stemma' },
        { version: '2' },
      ]) {
        await refuse(send(await signScan(gate, scanner, report, deadline, domain)))
      }
      await refuse(send(await signScan(gate, scanner, report, deadline + 1n)))
      for (const change of [
        { weights: digestOf('x') },
        { tensors: digestOf('x') },
        { scope: SCOPE.tensors },
        { ruleset: digestOf('x') },
        { report: digestOf('x') },
        { scannedAt: report.scannedAt + 1n },
        { verdict: SCAN.failed },
        { uri: `${report.uri}/` },
      ]) {
        await refuse(send(await signScan(gate, scanner, { ...report, ...change }, deadline)))
      }
      await refuse(send(await signScan(gate, scanner2, report, deadline)))
      await refuse(send(await signScan(gate, scanner, report, deadline), scanner2.address), scanner2.address)
    })

    it('reverts for a malformed signature and for one with a high s', async function () {
      const { gate, scanner, report, deadline, send, refuse } = await signing()
      const good = await signScan(gate, scanner, report, deadline)
      for (const form of [
        malleable(good),
        ethers.Signature.from(good).compactSerialized,
        '0x',
        good.slice(0, -2),
        `${good}00`,
        `${good.slice(0, -2)}00`,
        `0x${'00'.repeat(65)}`,
        `0x${'ab'.repeat(5000)}`,
      ]) {
        await refuse(send(form))
      }
      await send(good)
    })

    it('reverts for a signer without the role, and for one that lost it', async function () {
      const { gate, manager, scanner, stranger, report, deadline, send } = await signing()
      await expect(send(await signScan(gate, stranger, report, deadline), stranger.address))
        .to.be.revertedWithCustomError(gate, 'ReviewGateNotScanner')
        .withArgs(stranger.address)
      const signature = await signScan(gate, scanner, report, deadline)
      await manager.revokeRole(ROLES.scanner, scanner)
      await expect(send(signature))
        .to.be.revertedWithCustomError(gate, 'ReviewGateNotScanner')
        .withArgs(scanner.address)
    })

    it('asks the wallet of a scanner that is a contract', async function () {
      const { gate, owned, scanner, stranger, report, deadline, send, refuse } = await signing()
      const wallet = await owned.getAddress()
      await refuse(send(await signScan(gate, stranger, report, deadline), wallet), wallet)
      await send(await signScan(gate, scanner, report, deadline), wallet)
      expect((await gate.scansOf(report.weights))[0]!.scanner).to.equal(wallet)
    })

    it('asks a wallet about exactly the EIP-712 digest, and follows its current answer', async function () {
      const { gate, approving, report, deadline, send, refuse } = await signing()
      const wallet = await approving.getAddress()
      const word = ethers.AbiCoder.defaultAbiCoder()
      const reportType =
        'ScanReport(bytes32 weights,bytes32 tensors,uint8 scope,bytes32 ruleset,bytes32 report,uint40 scannedAt,uint8 verdict,string uri)'
      const hashed = ethers.keccak256(
        word.encode(
          ['bytes32', 'bytes32', 'bytes32', 'uint8', 'bytes32', 'bytes32', 'uint40', 'uint8', 'bytes32'],
          [
            ethers.id(reportType),
            report.weights,
            report.tensors,
            report.scope,
            report.ruleset,
            report.report,
            report.scannedAt,
            report.verdict,
            ethers.id(report.uri),
          ],
        ),
      )
      const type = ethers.id(`AttestScan(ScanReport report,uint48 deadline)${reportType}`)
      const struct = ethers.keccak256(word.encode(['bytes32', 'bytes32', 'uint48'], [type, hashed, deadline]))
      const domain = ethers.TypedDataEncoder.hashDomain(await gateDomain(gate))
      await approving.getFunction('approve').send(ethers.keccak256(ethers.concat(['0x1901', domain, struct])))
      const approved = await networkHelpers.takeSnapshot()
      await approving.getFunction('approve').send(ZeroHash)
      await refuse(send('0x', wallet), wallet)
      await approved.restore()
      await send('0x', wallet)
      expect((await gate.scansOf(report.weights))[0]!.scanner).to.equal(wallet)
    })

    for (const [way, name] of [
      'refuses',
      'reverts',
      'reverts with 128 KiB',
      'returns nothing',
      'returns 31 bytes',
      'returns the right selector with dirty lower bits',
      'returns 128 KiB of zeros',
      undefined,
      'burns all gas',
      'runs into an invalid instruction',
      'tries to write',
      'tries to re-enter',
    ].entries()) {
      if (name === undefined) continue
      it(`reverts for a scanner’s wallet that ${name}`, async function () {
        const { gate, manager, stranger, report, deadline, refuse } = await signing()
        const wallet = await ethers.deployContract('HostileWallet', [way])
        const address = await wallet.getAddress()
        await manager.grantRole(ROLES.scanner, wallet, 0)
        const call = gate.interface.encodeFunctionData('attestScan', [report])
        await wallet.getFunction('setCall').send(gate, call)
        await refuse(
          gate.connect(stranger).attestScanBySignature(report, address, deadline, '0x', { gasLimit: 16_000_000 }),
          address,
        )
        expect(plain(await gate.scansOf(report.weights))).to.deep.equal([])
      })
    }

    it('does not copy data that a wallet returns beyond its answer', async function () {
      const { gate, manager, report, deadline } = await signing()
      const wallet = await ethers.deployContract('HostileWallet', [7])
      await manager.grantRole(ROLES.scanner, wallet, 0)
      await expect(
        gate.attestScanBySignature(report, await wallet.getAddress(), deadline, '0x', { gasLimit: 300_000 }),
      ).to.emit(gate, 'ScanAttested')
    })
  })

  describe('the places of scanners', function () {
    /** Weights passed by 64 accredited scanners, and a review of them. */
    async function deployCrowd() {
      const base = await deployGate()
      const { gate, manager, weights, struct } = base
      await gate.requestReview(struct, '')
      const scanners = Array.from({ length: 64 }, (_, index) =>
        new Wallet(ethers.id(`scanner ${index}`)).connect(ethers.provider),
      )
      await time.increase(100)
      const now = BigInt(await time.latest())
      for (const each of scanners) {
        await manager.grantRole(ROLES.scanner, each, 0)
        const report = reportOf(weights, now)
        await gate.attestScanBySignature(report, each, 2n ** 40n, await signScan(gate, each, report, 2n ** 40n))
      }
      return { ...base, scanners, scannedAt: now }
    }

    it('are 64, and one becomes free when its scanner loses the role', async function () {
      this.timeout(300_000)
      const { gate, manager, scanner, scanner2, scanners, scannedAt, weights, a } = await loadFixture(deployCrowd)
      const now = BigInt(await time.latest())
      expect((await gate.conditionsOf(a)).passed).to.equal(64n)
      await expect(gate.connect(scanner).attestScan(reportOf(weights, now)))
        .to.be.revertedWithCustomError(gate, 'ReviewGateTooManyScanners')
        .withArgs(weights)
      await manager.revokeRole(ROLES.scanner, scanners[40]!)
      // The scanner that takes the slot may have scanned earlier than the previous one, because scanners are
      // independent.
      await gate.connect(scanner).attestScan(reportOf(weights, scannedAt - 1n, { verdict: SCAN.failed }))
      const scans = await gate.scansOf(weights)
      expect(scans.length).to.equal(64)
      expect(plain(scans[40])).to.deep.equal([scanner.address, scannedAt - 1n, 2n])
      await manager.revokeRole(ROLES.scanner, scanners[0]!)
      await gate.connect(scanner2).attestScan(reportOf(weights, now))
      expect((await gate.scansOf(weights))[0]!.scanner).to.equal(scanner2.address)
      const again = reportOf(weights, now)
      const last = scanners[63]!
      await gate.attestScanBySignature(again, last, 2n ** 40n, await signScan(gate, last, again, 2n ** 40n))

      const { readyAt, readyBlock } = await gate.reviewOf(a)
      await passClock(readyAt, readyBlock)
      await gate.quarantine(a, { gasLimit: atMostGas(1_000_000n) })
      expect((await gate.reviewOf(a)).state).to.equal(STATE.quarantined)
    })
  })
})
