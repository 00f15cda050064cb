import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { HDNodeWallet, JsonRpcProvider, Wallet } from 'ethers'

import { deploy } from '../../scripts/deploy.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { parseAddress, type Address } from '../../src/core/hex.ts'
import { acceptClaim } from '../../src/sdk/claims/acceptClaim.ts'
import { discloseEvidence } from '../../src/sdk/claims/discloseEvidence.ts'
import { fileClaim } from '../../src/sdk/claims/fileClaim.ts'
import { readClaim } from '../../src/sdk/claims/readClaim.ts'
import { ruleClaim } from '../../src/sdk/claims/ruleClaim.ts'
import { connect, type Ledger } from '../../src/sdk/connect.ts'
import { attestScan } from '../../src/sdk/gate/attestScan.ts'
import { certifyArtefact } from '../../src/sdk/gate/certifyArtefact.ts'
import { requestArtefactReview } from '../../src/sdk/gate/requestArtefactReview.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { startAnvil, type Anvil } from '../fixtures/anvil.ts'
import { digestOf, registrationOf } from '../fixtures/ledger.ts'
import { startPermissionedNode } from '../fixtures/permissionedNode.ts'

const PHRASE = 'test test test test test test test test test test test junk'

describe('a ledger on the chain of a consortium', function () {
  const wallets = Array.from({ length: 8 }, (_, index) =>
    HDNodeWallet.fromPhrase(PHRASE, '', `m/44'/60'/0'/0/${index}`),
  )
  const [deployer, lab, certifier, scanner, adjudicator, claimant, , stranger] = wallets as HDNodeWallet[] as [
    HDNodeWallet,
    HDNodeWallet,
    HDNodeWallet,
    HDNodeWallet,
    HDNodeWallet,
    HDNodeWallet,
    HDNodeWallet,
    HDNodeWallet,
  ]
  const addressOf = ({ address }: HDNodeWallet): Address => parseAddress(address)
  let anvil: Anvil
  let nodes: { url: string; close: () => Promise<void> }[]
  let folder: string
  let deployment: Deployment
  const providers: JsonRpcProvider[] = []

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-consortium-'))
    anvil = await startAnvil([])
    nodes = await Promise.all([
      startPermissionedNode(anvil.url, new Set([deployer, lab, claimant].map(addressOf))),
      startPermissionedNode(anvil.url, new Set([certifier, scanner, adjudicator].map(addressOf))),
    ])
    const parameters = {
      certifier: addressOf(certifier),
      scanner: addressOf(scanner),
      adjudicator: addressOf(adjudicator),
      claimDeposit: 0n,
    }
    const wallet = new Wallet(deployer.privateKey)
    deployment = await deploy({
      rpcUrl: nodes[0]!.url,
      name: 'consortium',
      journal: false,
      folder,
      delays: false,
      parameters,
      wallet,
    })
  })

  after(async function () {
    for (const provider of providers) provider.destroy()
    await Promise.all((nodes ?? []).map((node) => node.close()))
    anvil?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const at = async (node: number, wallet: HDNodeWallet): Promise<Ledger> => {
    const provider = new JsonRpcProvider(nodes[node]!.url, undefined, { cacheTimeout: -1, pollingInterval: 50 })
    providers.push(provider)
    return connect(wallet.connect(provider), deployment)
  }

  it('lets members register, scan, certify and adjudicate, each through its node', async function () {
    const asLab = await at(0, lab)
    const parent = await registerModel(asLab, { registration: registrationOf(lab.address, { uri: 'base' }) })
    const child = await registerModel(asLab, { registration: registrationOf(lab.address, { uri: 'child' }) })
    const weights = digestOf('an artefact')
    await requestArtefactReview(asLab, { weights })
    const asScanner = await at(1, scanner)
    const scannedAt = (await asScanner.provider.getBlock('latest'))!.timestamp
    const digests = { weights, tensors: digestOf('tensors'), ruleset: digestOf('rules'), report: digestOf('report') }
    const report = { ...digests, scope: 'files' as const, scannedAt, uri: '' }
    await attestScan(asScanner, { report: { ...report, verdict: 'passed' } })
    await certifyArtefact(await at(1, certifier), { weights })
    const evidence = digestOf('evidence')
    const lineage = { subject: child.model, parent: parent.model, relation: 'merge', evidence } as const
    const asClaimant = await at(0, claimant)
    const { claim, salt } = (await fileClaim(asClaimant, lineage)).kept
    await discloseEvidence(asClaimant, { claim, evidence, salt })
    const asAdjudicator = await at(1, adjudicator)
    await acceptClaim(asAdjudicator, { claim })
    await providers.at(-1)!.send('evm_increaseTime', [15 * 86_400])
    await providers.at(-1)!.send('evm_mine', [])
    await ruleClaim(asAdjudicator, { claim, upheld: true })
    // Anybody reads through either node.
    expect((await readModel(asAdjudicator, { model: child.model })).registration.publisher).to.equal(addressOf(lab))
    expect((await readClaim(await at(0, stranger), { claim })).state).to.equal('upheld')
  })

  for (const node of [0, 1]) {
    it(`refuses a sender who is on no list, at node ${node + 1}`, async function () {
      const ledger = await at(node, stranger)
      const registration = registrationOf(stranger.address, { uri: 'unlisted' })
      const failure = await registerModel(ledger, { registration }).catch((error: unknown) => error)
      expect(String((failure as Error).message) + String((failure as Error).cause)).to.contain('not on the list')
      expect(await ledger.provider.getTransactionCount(stranger.address)).to.equal(0)
    })
  }

  it('refuses a member of the other node too: the lists are per node', async function () {
    const failure = await registerModel(await at(1, lab), {
      registration: registrationOf(lab.address, { uri: 'elsewhere' }),
    }).catch((error: unknown) => error)
    expect(failure).to.be.an('error')
  })
})
