import { id, ZeroAddress, type BaseContract, type ContractTransactionResponse, type TypedDataDomain } from 'ethers'
import type hre from 'hardhat'

import { encodeRelation, modelIdOf, type Registration } from '../src/core/registration.ts'
import { SCAN_TYPES } from '../src/core/review.ts'
import type { AccessManager, Ledger, LicenseCredential } from '../typechain-types/index.ts'

/** The measuring functions of `bench/gas.ts`. */
type GateTools = {
  ethers: Awaited<ReturnType<typeof hre.network.create>>['ethers']
  manager: AccessManager
  ledger: Ledger
  credentials: LicenseCredential
  domain(name: string, contract: BaseContract): Promise<TypedDataDomain>
  measure(
    name: string,
    sending: Promise<ContractTransactionResponse>,
    words: { new?: readonly string[]; over?: readonly string[]; read?: readonly string[] },
  ): Promise<void>
  measureRead(name: string, target: BaseContract, data: string, read: readonly string[]): Promise<void>
}

/** The review of a model with one parent. The lens reads more for each further ancestor. */
export async function measureGate(tools: GateTools, child: Registration): Promise<void> {
  const { ethers, manager, ledger, credentials, domain, measure, measureRead } = tools
  const [publisher, other] = await ethers.getSigners()
  const claims = await ethers.deployContract('StubClaims')
  const recalls = await ethers.deployContract('Recalls', [manager])
  const lens = await ethers.deployContract('ComplianceLens', [ledger, ledger, credentials, claims, recalls])
  const gate = await ethers.deployContract('ReviewGate', [manager, ledger, ledger, claims, 0, 0])
  const loading = await ethers.deployContract('LoadCheck', [ledger, gate, lens, recalls])
  for (const role of [2n, 3n, 4n]) await manager.grantRole(role, publisher!, 0)
  await manager.grantRole(4n, other!, 0)
  const selectorOf = (name: 'certify' | 'certifyArtefact') => gate.interface.getFunction(name).selector
  await manager.setTargetFunctionRole(gate, [selectorOf('certify'), selectorOf('certifyArtefact')], 3n)
  await ledger.register(structOf(child))
  const subject = modelIdOf(child)
  const struct = structOf(child)
  const uri = 'https://example.org/weights/'.padEnd(60, '-')
  const use = 1 // research
  const [until, deadline] = [2 ** 35, 2n ** 40n]

  await measure('request review', gate.requestReview(struct, uri), {
    new: ['the weights', 'the clock and the state', 'the requester'],
    read: ['the pause, the period and the quorum', "the model's record"],
  })
  const scan = async (weights: string, verdict: number) => ({
    weights,
    tensors: id('tensors'),
    scope: 1,
    ruleset: id('ruleset'),
    report: id('report'),
    scannedAt: (await ethers.provider.getBlock('latest'))!.timestamp,
    verdict,
    uri,
  })
  await measure('attest scan', gate.attestScan(await scan(child.weights, 1)), {
    new: ['the scan', 'the number of scans'],
    read: ['the pause', 'the role'],
  })
  // At a fixed second, so that the signature has the same bytes in every run.
  const report = { ...(await scan(child.weights, 1)), scannedAt: (await ethers.provider.getBlock(0))!.timestamp }
  const signature = await other!.signTypedData(await domain('Stemma Review Gate', gate), SCAN_TYPES, {
    report,
    deadline,
  })
  await measure('attest scan by signature', gate.attestScanBySignature(report, other!, deadline, signature), {
    new: ['the scan'],
    over: ['the number of scans'],
    read: ['the pause', 'the role', 'the scan of another'],
  })
  await gate.requestArtefactReview(id('failing'), '')
  await gate.attestScan(await scan(id('failing'), 2))
  await ethers.provider.send('evm_increaseTime', [86_400])
  await measure('clear', gate.clear(subject), {
    over: ['the state'],
    read: ['the pause', 'the weights', 'two scans', 'the role', 'the quorum', 'the claims', 'the state of the weights'],
  })
  await measure('quarantine', gate.quarantine(id('failing')), {
    over: ['the state'],
    read: ['the pause', 'the weights', 'the scan', 'the role', 'the quorum'],
  })
  await measure('certify', gate.certify(struct, use, until), {
    new: ['the certification'],
    read: ['the pause', 'the role', 'the weights', 'the state', "the model's record", 'the state of the weights'],
  })
  const query = {
    model: subject,
    licensee: ZeroAddress,
    uses: use,
    time: 0,
    everybody: true,
    trusted: [],
    named: [],
    facts: [],
  }
  const call = loading.interface.encodeFunctionData('check', [struct, child.tensors, query])
  await measureRead('check load', loading, call, [
    'two records',
    'the recalls of model, weights and tensors',
    'the weights',
    'the state',
    'the requester',
    'the state of the weights',
    'the number of scans',
    'two scans',
    'the quorum',
    'the certification',
    'the number of scans of the tensors',
    "the parent's id",
    "the publisher's verification",
    'the number of the terms',
    'the terms',
    'their duties',
    'their threshold',
  ])
  await measure('withdraw certification', gate.withdrawCertification(subject, ''), { over: ['the certification'] })
  await gate.certifyArtefact(id('good'), until)
  await measureRead('is scanned', gate, gate.interface.encodeFunctionData('isScanned', [id('good')]), [
    'the state',
    'the certification',
    'the role',
    'the number of scans',
    'the quorum',
  ])
}

function structOf(from: Registration) {
  return { ...from, parents: from.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })) }
}
