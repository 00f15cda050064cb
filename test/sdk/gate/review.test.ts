import { expect } from 'chai'
import type { Signer } from 'ethers'

import type { Deployment } from '../../../src/core/deployment.ts'
import { parseAddress, ZERO_DIGEST, type Digest, type Hex, type ModelId } from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import type { ScanReport } from '../../../src/core/review.ts'
import type { Right } from '../../../src/core/vocabulary.ts'
import { ROLES } from '../../../src/core/roles.ts'
import { attestScan } from '../../../src/sdk/gate/attestScan.ts'
import { attestSignedScan } from '../../../src/sdk/gate/attestSignedScan.ts'
import { certifyArtefact } from '../../../src/sdk/gate/certifyArtefact.ts'
import { certifyModel } from '../../../src/sdk/gate/certifyModel.ts'
import { clearReview } from '../../../src/sdk/gate/clearReview.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { CONTRACT_ERRORS, explainContractError } from '../../../src/sdk/contractErrors.ts'
import { freezeReview } from '../../../src/sdk/gate/freezeReview.ts'
import { checkLoad } from '../../../src/sdk/gate/checkLoad.ts'
import { isScanned } from '../../../src/sdk/gate/isScanned.ts'
import { quarantineSubject } from '../../../src/sdk/gate/quarantineSubject.ts'
import { UnregisteredModelError } from '../../../src/sdk/registry/readLineage.ts'
import { readReview } from '../../../src/sdk/gate/readReview.ts'
import { requestArtefactReview } from '../../../src/sdk/gate/requestArtefactReview.ts'
import { requestReview } from '../../../src/sdk/gate/requestReview.ts'
import { setReviewUri } from '../../../src/sdk/gate/setReviewUri.ts'
import { signScan } from '../../../src/sdk/gate/signScan.ts'
import { withdrawCertification } from '../../../src/sdk/gate/withdrawCertification.ts'
import { deployDerived, deployGate, MARGIN, MIN_BLOCKS, NOBODY_HAS, passClock } from '../../fixtures/gate.ts'
import { DAY, digestOf, ethers, networkHelpers } from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

/** The fixture's contracts as a deployment, and the ledger as an account sees it. */
async function connected<F extends Awaited<ReturnType<typeof deployGate>>>(fixture: () => Promise<F>) {
  const base = await loadFixture(fixture)
  const address = async (contract: { getAddress(): Promise<string> }) => parseAddress(await contract.getAddress())
  const deployment: Deployment = {
    name: 'test',
    chainId: Number((await ethers.provider.getNetwork()).chainId),
    firstBlock: 0,
    contracts: {
      manager: await address(base.manager),
      recalls: await address(base.recalls),
      ledger: await address(base.ledger),
      licenseCredential: await address(base.credentials),
      lineageClaims: await address(base.claims),
      complianceLens: await address(base.lens),
      usageAudit: await address(base.lens),
      reviewGate: await address(base.gate),
      loadCheck: await address(base.loading),
    },
  }
  const as = (signer: Signer) => openLedger(signer, deployment)
  return { ...base, deployment, as, anybody: as(base.stranger) }
}

async function reportOf(
  weights: Digest,
  verdict: ScanReport['verdict'] = 'passed',
  of: Pick<ScanReport, 'tensors' | 'scope'> = { tensors: ZERO_DIGEST, scope: 'files' },
): Promise<ScanReport> {
  const scannedAt = await time.latest()
  const digests = { weights, ruleset: digestOf('rules'), report: digestOf('report') }
  return { ...digests, ...of, scannedAt, verdict, uri: 'ipfs://report' }
}

async function refused(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'nothing',
    (error: unknown) => (error as { code: string }).code,
  )
}

describe('sdk: reviews', function () {
  it('take a model from the request to the clearing, and tell the time left', async function () {
    const { as, anybody, a, weights, scanner, stranger, registration } = await connected(deployGate)
    const loadable = async (...uses: Right[]) =>
      (await checkLoad(anybody, { model: a, tensors: registration.tensors, uses, everybody: true })).loadable
    expect(await readReview(anybody, { subject: a })).to.deep.include({
      certification: null,
      conditions: null,
      open: false,
      scans: [],
      timeLeft: 0,
    })
    const asked = await requestReview(anybody, { model: a, uri: 'ipfs://weights' })
    const requestedAt = await time.latest()
    expect(asked).to.deep.include({
      subject: a,
      readyAt: requestedAt + Number(DAY + MARGIN),
      readyBlock: asked.block! + Number(MIN_BLOCKS),
    })
    await time.increase(3600)
    const waiting = await readReview(anybody, { subject: a })
    expect(waiting).to.deep.equal({
      subject: a,
      review: {
        weights: registration.weights,
        requestedAt,
        readyAt: asked.readyAt,
        readyBlock: asked.readyBlock,
        pausedBefore: 0,
        quorum: 1,
        state: 'frozen',
        ofModel: true,
        requester: parseAddress(stranger.address),
      },
      certification: null,
      scans: [],
      conditions: { clockRunning: true, passed: 0, failed: 0, quorum: 1, acceptedClaims: 0 },
      timeLeft: Number(DAY + MARGIN) - 3600,
      blocksLeft: Number(MIN_BLOCKS) - 1,
      open: false,
      block: await time.latestBlock(),
      time: requestedAt + 3600,
    })
    expect(await refused(clearReview(anybody, { subject: a }))).to.equal('REVIEW_GATE_CLOCK_RUNNING')

    const report = await reportOf(weights)
    await attestScan(as(scanner), { report })
    await passClock(BigInt(asked.readyAt!), BigInt(asked.readyBlock!))
    await clearReview(anybody, { subject: a })
    const cleared = await readReview(anybody, { subject: a })
    expect(cleared.review.state).to.equal('cleared')
    expect(cleared.open).to.equal(true)
    expect([cleared.timeLeft, cleared.blocksLeft]).to.deep.equal([0, 0])
    expect(cleared.scans).to.deep.equal([
      { scanner: parseAddress(scanner.address), scannedAt: report.scannedAt, verdict: 'passed' },
    ])
    expect([await loadable('research'), await loadable('research', 'distill')]).to.deep.equal([true, false])

    expect(await refused(freezeReview(anybody, { subject: a }))).to.equal('REVIEW_GATE_TOO_FEW_FAILURES')
    await attestScan(as(scanner), { report: await reportOf(weights, 'failed') })
    expect(await loadable('research')).to.equal(false)
    await freezeReview(anybody, { subject: a })
    const frozen = await readReview(anybody, { subject: a })
    expect([frozen.review.state, frozen.open]).to.deep.equal(['frozen', false])
  })

  it('take weights that nobody registered from the request to quarantine', async function () {
    const { as, anybody, scanner } = await connected(deployGate)
    const { readyAt, readyBlock, subject } = await requestArtefactReview(anybody, { weights: NOBODY_HAS })
    expect(subject).to.equal(NOBODY_HAS)
    await attestScan(as(scanner), { report: await reportOf(NOBODY_HAS, 'failed') })
    expect(await refused(quarantineSubject(anybody, { subject }))).to.equal('REVIEW_GATE_CLOCK_RUNNING')
    await passClock(BigInt(readyAt!), BigInt(readyBlock!))
    expect(await refused(clearReview(anybody, { subject }))).to.equal('REVIEW_GATE_SCAN_FAILED')
    await quarantineSubject(anybody, { subject })
    const { review, conditions, open } = await readReview(anybody, { subject })
    expect([review.state, conditions!.failed, open]).to.deep.equal(['quarantined', 1, false])
    expect(await isScanned(anybody, { weights: NOBODY_HAS })).to.equal(false)
  })

  it('carry a scan that was signed by one and sent by another', async function () {
    const { as, anybody, deployment, weights, scanner, provider } = {
      ...(await connected(deployGate)),
      provider: ethers.provider,
    }
    const report = await reportOf(weights)
    const signed = await signScan(as(scanner), { report, deadline: FOREVER })
    expect(signed).to.deep.include({ report, scanner: parseAddress(scanner.address), deadline: FOREVER })
    expect(await refused(attestSignedScan(anybody, { ...signed, deadline: FOREVER - 1 }))).to.equal(
      'REVIEW_GATE_INVALID_SIGNATURE',
    )
    const dry = await attestSignedScan(anybody, { ...signed, dryRun: true })
    expect(dry.transaction).to.equal(undefined)
    expect((await readReview(anybody, { subject: weights })).scans).to.deep.equal([])
    await attestSignedScan(anybody, signed)
    expect((await readReview(anybody, { subject: weights })).scans.length).to.equal(1)
    expect(await refused(attestSignedScan(anybody, signed))).to.equal('REVIEW_GATE_SCAN_OUT_OF_ORDER')
    expect(await refused(attestScan(anybody, { report }))).to.equal('REVIEW_GATE_NOT_SCANNER')
    expect(await refused(signScan(openLedger(provider, deployment), { report, deadline: 1 }))).to.equal('READ_ONLY')
  })

  it('carry the scan of a contract, signed by the key that it trusts (ERC-1271)', async function () {
    const { as, anybody, manager, weights, scanner, scanner2 } = await connected(deployGate)
    const wallet = await ethers.deployContract('OwnedWallet', [scanner.address])
    await manager.grantRole(ROLES.scanner, wallet, 0)
    const contract = parseAddress(await wallet.getAddress())
    const parameters = { report: await reportOf(weights), deadline: FOREVER, scanner: contract }
    expect(await refused(attestSignedScan(anybody, await signScan(as(scanner2), parameters)))).to.equal(
      'REVIEW_GATE_INVALID_SIGNATURE',
    )
    const signed = await signScan(as(scanner), parameters)
    await attestSignedScan(anybody, signed)
    const { scans } = await readReview(anybody, { subject: weights })
    expect([signed.scanner, ...scans.map((scan) => scan.scanner)]).to.deep.equal([contract, contract])
  })

  it('open and shut by certification', async function () {
    const { as, anybody, a, certifier, certifier2 } = await connected(deployGate)
    // The chain of the fixture may be older than the clock by as long as the tests have run.
    const until = (await time.latest()) + 100_000
    await certifyModel(as(certifier), { model: a, uses: ['research', 'modify'], until })
    const status = await readReview(anybody, { subject: a })
    expect(status.certification).to.deep.equal({
      certifier: parseAddress(certifier.address),
      until,
      uses: ['research', 'modify'],
      valid: true,
    })
    expect([status.open, status.conditions]).to.deep.equal([true, null])
    expect(await refused(certifyModel(as(certifier2), { model: a, uses: ['research'] }))).to.equal(
      'REVIEW_GATE_ALREADY_CERTIFIED',
    )
    await time.increaseTo(until)
    const ended = await readReview(anybody, { subject: a })
    expect([ended.certification!.valid, ended.open]).to.deep.equal([false, false])
    await withdrawCertification(as(certifier), { subject: a, reason: 'over' })
    expect((await readReview(anybody, { subject: a })).certification).to.equal(null)
    expect(await refused(withdrawCertification(as(certifier), { subject: a }))).to.equal('REVIEW_GATE_NOT_CERTIFIED')

    await certifyArtefact(as(certifier), { weights: NOBODY_HAS })
    expect((await readReview(anybody, { subject: NOBODY_HAS })).certification!.until).to.equal(FOREVER)
    expect(await isScanned(anybody, { weights: NOBODY_HAS })).to.equal(true)
  })

  it('say no for the public when a credential on which the model rests is revoked', async function () {
    const { as, anybody, certifier, credentials, publisher, child, childId, credential } =
      await connected(deployDerived)
    const ask = async () => {
      const { license, loadable } = await checkLoad(anybody, {
        model: childId,
        tensors: child.tensors,
        uses: ['modify'],
        everybody: true,
      })
      return [license, loadable]
    }
    await certifyModel(as(certifier), { model: childId, uses: ['research', 'modify'] })
    expect(await ask()).to.deep.equal(['permitted', true])
    await credentials.connect(publisher).revoke(credential, '')
    expect(await ask()).to.deep.equal(['not-permitted', false])
  })

  it('ask for a registration before anything is sent', async function () {
    const { as, anybody, certifier } = await connected(deployGate)
    const model = NOBODY_HAS as Hex as ModelId
    for (const run of [
      requestReview(anybody, { model }),
      certifyModel(as(certifier), { model, uses: ['research'] }),
      checkLoad(anybody, { model, tensors: null, uses: ['research'] }),
    ]) {
      expect(await run.catch((error: unknown) => error)).to.be.instanceOf(UnregisteredModelError)
    }
  })

  it('say each part of a load: facts, tensors, recalls', async function () {
    const { as, anybody, a, recalls, authority, certifier, scanner, registration } = await connected(deployGate)
    const { tensors } = registration
    const ask = async (of: Partial<checkLoad.Parameters> = {}) =>
      checkLoad(anybody, { model: a, tensors, uses: ['commercial'], everybody: true, ...of })
    await certifyModel(as(certifier), { model: a, uses: ['commercial'] })
    // What is not stated is not taken as given: commercial use ends above a revenue.
    const silent = await ask()
    expect([silent.license, silent.certified, silent.loadable]).to.deep.equal(['unknown', true, false])
    const small = { facts: { monthlyActiveUsers: 0n, 'monthlyRevenueUsd/product': 0n } }
    const answer = await ask(small)
    const block = await time.latestBlock()
    expect(answer).to.deep.equal({
      loadable: true,
      license: 'permitted',
      recalled: false,
      cleared: false,
      certified: true,
      shut: false,
      tensorsShut: false,
      misstated: false,
      block,
      time: await time.latest(),
    })
    const large = await ask({
      facts: { 'monthlyRevenueUsd/product': 10n ** 9n },
      licensee: parseAddress(scanner.address),
    })
    expect([large.license, large.loadable]).to.deep.equal(['not-permitted', false])
    for (const computed of [null, digestOf('other tensors')]) {
      const other = await ask({ ...small, tensors: computed })
      expect([other.misstated, other.loadable]).to.deep.equal([true, false])
    }
    await attestScan(as(scanner), { report: await reportOf(NOBODY_HAS, 'failed', { tensors, scope: 'tensors' }) })
    expect((await ask(small)).tensorsShut).to.equal(true)
    await recalls.connect(authority).recall(2, tensors, 'stolen')
    expect((await ask(small)).recalled).to.equal(true)
  })

  it('correct where the weights are, for who requested them and for the publisher', async function () {
    const { as, anybody, a, gate, publisher, stranger, holder } = await connected(deployGate)
    await requestReview(anybody, { model: a, uri: 'ipfs://wrong' })
    for (const [account, byPublisher] of [
      [stranger, false],
      [publisher, true],
    ] as const) {
      const { transaction } = await setReviewUri(as(account), { subject: a, uri: 'ipfs://right' })
      await expect(ethers.provider.getTransaction(transaction!))
        .to.emit(gate, 'ReviewUriSet')
        .withArgs(a, account.address, byPublisher, 'ipfs://right')
    }
    expect(await refused(setReviewUri(as(holder), { subject: a, uri: '' }))).to.equal('REVIEW_GATE_NOT_AUTHOR')
  })

  it('have a sentence for every error of the gate and of the load check', async function () {
    const { gate, loading } = await connected(deployGate)
    const fragments = [...gate.interface.fragments, ...loading.interface.fragments]
    const names = fragments.flatMap((fragment) =>
      'name' in fragment && fragment.type === 'error' && /^(ReviewGate|LoadCheck)/.test(String(fragment.name))
        ? [String(fragment.name)]
        : [],
    )
    expect(names.length).to.be.greaterThan(20)
    for (const name of names) {
      const inputs = (gate.interface.getError(name) ?? loading.interface.getError(name))!.inputs
      const args = Object.fromEntries(inputs.map(({ name: input }, index) => [input, BigInt(index)]))
      expect(CONTRACT_ERRORS[name], name).to.be.a('function')
      expect(explainContractError({ errorName: name, args }).message).to.not.contain('undefined')
    }
  })
})
