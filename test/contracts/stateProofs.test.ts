import { hexToBytes } from '@noble/hashes/utils.js'
import { expect } from 'chai'
import { ZeroHash, type BaseContract } from 'ethers'
import { network } from 'hardhat'

import { encodeBlockHeader, readBlockHeader } from '../../src/core/blockHeader.ts'
import { CREDENTIAL_STATES } from '../../src/core/lineage.ts'
import {
  hexOf,
  keccak,
  parseAddress,
  type Address,
  type CredentialId,
  type Digest,
  type Hex,
  type ModelId,
} from '../../src/core/hex.ts'
import { ProofNodes, readAccount, readSlot } from '../../src/core/merkleProof.ts'
import { unpackModelRecord } from '../../src/core/packed.ts'
import { placeOf, valueAt, type StoragePlace } from '../../src/core/storagePlace.ts'
import { logIdOf } from '../../src/core/usage.ts'
import { RELATIONS } from '../../src/core/vocabulary.ts'
import { deployClaims, fileClaim } from '../fixtures/claims.ts'
import { deployCleared, uses } from '../fixtures/gate.ts'
import {
  DAY,
  deployCredential,
  deployTiers,
  digestOf,
  ethers,
  networkHelpers,
  provider,
  registrationOf,
  registrationStruct,
} from '../fixtures/ledger.ts'
import { modelIdOf } from '../../src/core/registration.ts'

const { loadFixture, time } = networkHelpers

type Provider = Pick<typeof provider, 'request'>
type NodeProof = { accountProof: Hex[]; storageProof: { key: Hex; value: Hex; proof: Hex[] }[] }

describe('proofs of state by a node', function () {
  for (const hardfork of ['berlin', 'london', 'shanghai', 'cancun']) {
    it(`hold for the accounts of a chain, and for none that is not there: ${hardfork}`, async function () {
      const { provider: chain } = await network.create({
        network: 'default',
        override: { hardfork, accounts: { count: 2 } },
      })
      const [sender] = (await chain.request({ method: 'eth_accounts' })) as Hex[]
      const to = `0x${'12'.repeat(20)}` as Address
      await chain.request({ method: 'eth_sendTransaction', params: [{ from: sender, to, value: '0x3039' }] })
      for (const [account, balance] of [
        [to, 12_345n],
        [`0x${'34'.repeat(20)}` as Address, undefined],
      ] as const) {
        const { header, nodes } = await proofOf(chain, account, [])
        const found = readAccount(header.stateRoot, account, nodes)
        expect(found?.balance).to.equal(balance)
        expect(nodes.unused()).to.deep.equal([])
      }
    })
  }

  it('hold for past blocks, and say what was so then', async function () {
    const { recalls, authority } = await loadFixture(deployClaims)
    const digest = digestOf('weights')
    const place = placeOf('recalls', 'recalls', 1, digest, 'state')
    const before = await ethers.provider.getBlockNumber()
    await recalls.connect(authority).recall(1, digest, 'broken')
    expect(await provenAt(recalls, [place], before)).to.deep.equal([0n])
    expect(await provenAt(recalls, [place])).to.deep.equal([1n])
  })

  it('hold for no other block', async function () {
    const { ledger, publisher, a } = await loadFixture(deployClaims)
    const address = await addressOf(ledger)
    const { slot } = placeOf('ledger', 'records', a)
    const { nodes } = await proofOf(provider, address, [slot])
    await ledger.connect(publisher).retire(a, '')
    const { header } = await proofOf(provider, address, [])
    expect(() => readAccount(header.stateRoot, address, nodes)).to.throw('lacks the node')
  })
})

describe('places in the storage of contracts', function () {
  it('give what the registry says of models, and of their parents', async function () {
    const { ledger, publisher, other, a, b, c, termsId } = await loadFixture(deployClaims)
    const parents = [a, b, c].map((model) => ({ model, relation: 'finetune' as const }))
    const registration = registrationOf(publisher.address, { weights: digestOf('child'), terms: termsId, parents })
    await ledger.connect(publisher).register(registrationStruct(registration))
    const child = modelIdOf(registration)

    const [record, ...stored] = await proven(ledger, [
      placeOf('ledger', 'records', child),
      ...[0, 1, 2, 3, 7].map((index) => placeOf('ledger', 'parents', child, index)),
    ])
    const { registeredAt } = await ledger.modelOf(child)
    expect(unpackModelRecord(record!)).to.deep.equal({
      publisher: parseAddress(publisher.address),
      registeredAt: Number(registeredAt),
      status: 'active',
      recalled: false,
    })
    expect(stored.map(digestIn)).to.deep.equal([a, b, c, ZeroHash, ZeroHash])
    expect(await proven(ledger, [placeOf('ledger', 'records', digestOf('nobody'))])).to.deep.equal([0n])

    expect(await proven(ledger, [placeOf('ledger', 'accounts', parseAddress(other.address))])).to.deep.equal([0n])
  })

  it('give what the registry says of publishers', async function () {
    const { ledger, publisher, controller, operator, verifier } = await loadFixture(deployClaims)
    const address = parseAddress(publisher.address)
    await ledger.connect(publisher).setProfile(publisher, digestOf('profile'), '')
    const now = BigInt(await time.latest())
    await ledger.connect(verifier).verifyPublisher(publisher, digestOf('profile'), now, now + DAY)
    const said = () => ledger.publisherOf(publisher)
    const stored = async () =>
      proven(ledger, [
        placeOf('ledger', 'accounts', address, 'controller'),
        placeOf('ledger', 'accounts', address, 'epoch'),
        placeOf('ledger', 'accounts', address, 'tenure', 'pendingController'),
        placeOf('ledger', 'accounts', address, 'tenure', 'verifiedFrom'),
        placeOf('ledger', 'accounts', address, 'tenure', 'verifiedUntil'),
        placeOf('ledger', 'accounts', address, 'tenure', 'verifier'),
        placeOf('ledger', 'accounts', address, 'profile'),
      ])
    const first = await said()
    const [none, epoch, pending, from, until, number, profile] = await stored()
    expect([none, epoch, pending]).to.deep.equal([0n, 0n, 0n])
    expect([from, until, digestIn(profile!)]).to.deep.equal([now, now + DAY, first.profile])
    expect(await ledger.verifierOf(number!)).to.equal(verifier.address)

    await ledger.connect(publisher).proposeController(publisher, operator)
    expect((await stored())[2]).to.equal(BigInt(operator.address))
    await ledger.connect(publisher).proposeController(publisher, controller)
    await ledger.connect(controller).acceptController(publisher)
    expect((await stored()).slice(0, 2)).to.deep.equal([BigInt(controller.address), (await said()).epoch])
  })

  it('give what the registry says of tiers, of which a model has up to 16', async function () {
    const { ledger, publisher, a, gated, open, termsId } = await loadFixture(deployTiers)
    const [record] = await proven(ledger, [placeOf('ledger', 'records', a)])
    await ledger.connect(publisher).withdrawTier(a, open)
    const ids = await proven(
      ledger,
      [0, 1, 2, 15].map((index) => placeOf('ledger', 'tierIds', a, index)),
    )
    expect(ids.map(digestIn)).to.deep.equal([gated, open, ZeroHash, ZeroHash])
    for (const tier of [gated, open] as Hex[]) {
      const said = await ledger.tierOf(a, tier)
      const [terms, ...more] = await proven(ledger, [
        placeOf('ledger', 'tiers', a, tier, 'terms'),
        placeOf('ledger', 'tiers', a, tier, 'passThrough'),
        placeOf('ledger', 'tiers', a, tier, 'maxDuration'),
        placeOf('ledger', 'tiers', a, tier, 'callQuota'),
        placeOf('ledger', 'tiers', a, tier, 'tokenQuota'),
        placeOf('ledger', 'tiers', a, tier, 'open'),
        placeOf('ledger', 'tiers', a, tier, 'subCredentials'),
        placeOf('ledger', 'tiers', a, tier, 'withdrawn'),
      ])
      // The tiers have the terms of the model, which are kept by their number.
      expect([said.terms, terms]).to.deep.equal([termsId, (record! >> 232n) & 0xfffffn])
      const { passThrough, maxDuration, callQuota, tokenQuota, subCredentials, withdrawn } = said
      const flags = [said.open, subCredentials, withdrawn].map((flag) => BigInt(flag))
      expect(more).to.deep.equal([passThrough, maxDuration, callQuota, tokenQuota, ...flags])
    }
  })

  it('give what is recalled, and what external parents are bound to', async function () {
    const { recalls, authority, verifier, a, b } = await loadFixture(deployClaims)
    const external = digestOf('external')
    await recalls.connect(authority).recall(2, digestOf('tensors'), 'broken')
    for (const model of [a, b]) await recalls.connect(verifier).bindExternal(external, model, ZeroHash)
    const { state, recalledAt, undoUntil, by } = await recalls.recallOf(2, digestOf('tensors'))
    expect(
      await proven(
        recalls,
        (['state', 'recalledAt', 'undoUntil', 'by'] as const).map((member) =>
          placeOf('recalls', 'recalls', 2, digestOf('tensors'), member),
        ),
      ),
    ).to.deep.equal([state, recalledAt, undoUntil, BigInt(by)])
    const bound = await proven(
      recalls,
      [0, 1, 2, 3].map((index) => placeOf('recalls', 'bindings', external, index)),
    )
    expect(bound.map(digestIn)).to.deep.equal([a, b, ZeroHash, ZeroHash])
  })

  it('give what is said of credentials', async function () {
    const { credentials, publisher, credential } = await loadFixture(deployCredential)
    const id = digestIn(credential)
    await credentials.connect(publisher).suspend(credential, '')
    await time.increase(100)
    await credentials.connect(publisher).reinstate(credential)
    const said = await credentials.credentialOf(credential)
    const [record, gapFrom, gapUntil, lifts, parent] = await proven(credentials, [
      placeOf('licenseCredential', 'records', id),
      placeOf('licenseCredential', 'details', id, 'gapFrom'),
      placeOf('licenseCredential', 'details', id, 'gapUntil'),
      placeOf('licenseCredential', 'details', id, 'lifts'),
      placeOf('licenseCredential', 'parents', id),
    ])
    expect([gapFrom, gapUntil, lifts, parent]).to.deep.equal([said.gapFrom, said.gapUntil, said.lifts, 0n])
    expect(gapUntil! > gapFrom!).to.equal(true)
    expect(record! & (2n ** 160n - 1n)).to.equal(BigInt(said.publisher))
    expect((record! >> 240n) & 0xffn).to.equal(said.state)
    expect(CREDENTIAL_STATES[Number(said.state)]).to.equal('active')
  })

  it('give accepted claims, and attested and countersigned edges, four of which share a word', async function () {
    const base = await loadFixture(deployClaims)
    const { claims, ledger, publisher, claimant, a, b, c } = base
    const more = ['d', 'e', 'f'].map((name) => registrationOf(publisher.address, { weights: digestOf(name) }))
    await ledger.connect(publisher).registerMany(more.map(registrationStruct))
    const attested = [b, c, ...more.map(modelIdOf)]
    for (const [index, parent] of attested.entries()) {
      const relation = index % 2 === 0 ? RELATIONS.merge : RELATIONS.finetune
      await claims.connect(publisher).attestParent(a, parent, relation)
    }
    const said = await claims.attestedParentsOf(a)
    const [count, byPublisher, replaced, first] = await proven(claims, [
      placeOf('lineageClaims', 'attested', a, 'count'),
      placeOf('lineageClaims', 'attested', a, 'byPublisher'),
      placeOf('lineageClaims', 'attested', a, 'replaced'),
      placeOf('lineageClaims', 'attested', a, 'first'),
    ])
    expect([count, byPublisher, replaced]).to.deep.equal([5n, 5n, 0n])
    const models = await proven(
      claims,
      [0, 1, 2, 3, 4, 5, 31].map((index) => placeOf('lineageClaims', 'attested', a, 'models', index)),
    )
    expect(models.map(digestIn)).to.deep.equal([...said.map(({ model }) => model), ZeroHash, ZeroHash])
    const others = await proven(
      claims,
      [0, 1, 2, 3, 4, 30].map((index) => placeOf('lineageClaims', 'attested', a, 'others', index)),
    )
    const words = said.map(({ relation, grade, attestedAt }) => relation | (grade << 8n) | (attestedAt << 24n))
    expect([first, ...others]).to.deep.equal([...words, 0n, 0n])

    await fileClaim(base, claimant, { subject: b, parent: c }, 'accepted')
    expect(await proven(claims, [placeOf('lineageClaims', 'accepted', b)])).to.deep.equal([1n])
    expect(await claims.acceptedClaimsOf(b)).to.equal(1n)

    const child = registrationOf(claimant.address, {
      weights: digestOf('child'),
      parents: [{ model: a, relation: 'finetune' }],
    })
    await ledger.connect(claimant).register(registrationStruct(child))
    const edge = placeOf('lineageClaims', 'countersigned', modelIdOf(child), a)
    expect(await proven(claims, [edge])).to.deep.equal([0n])
    await claims.connect(publisher).countersign(modelIdOf(child), a)
    expect(await proven(claims, [edge])).to.deep.equal([1n])
  })

  it('give reviews and certifications', async function () {
    const { gate, certifier, struct, a, weights } = await loadFixture(deployCleared)
    const until = BigInt(await time.latest()) + DAY
    await gate.connect(certifier).certify(struct, uses('host'), until)
    const said = await gate.reviewOf(a)
    const [of, requester, ...more] = await proven(gate, [
      placeOf('reviewGate', 'reviews', a, 'weights'),
      placeOf('reviewGate', 'reviews', a, 'requester'),
      placeOf('reviewGate', 'reviews', a, 'requestedAt'),
      placeOf('reviewGate', 'reviews', a, 'readyAt'),
      placeOf('reviewGate', 'reviews', a, 'pausedBefore'),
      placeOf('reviewGate', 'reviews', a, 'readyBlock'),
      placeOf('reviewGate', 'reviews', a, 'quorum'),
      placeOf('reviewGate', 'reviews', a, 'state'),
    ])
    expect([digestIn(of!), requester]).to.deep.equal([weights, BigInt(said.requester)])
    const { requestedAt, readyAt, pausedBefore, readyBlock, quorum, state } = said
    expect(more).to.deep.equal([requestedAt, readyAt, pausedBefore, readyBlock, quorum, state])
    const certification = await gate.certificationOf(a)
    expect(
      await proven(gate, [
        placeOf('reviewGate', 'certifications', a, 'certifier'),
        placeOf('reviewGate', 'certifications', a, 'until'),
        placeOf('reviewGate', 'certifications', a, 'uses'),
      ]),
    ).to.deep.equal([BigInt(certification.certifier), until, certification.uses])
  })

  it('give the checkpoints of usage logs', async function () {
    const base = await loadFixture(deployCredential)
    const { manager, ledger, credentials, other: gateway, credential } = base
    const audit = await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credentials])
    await audit.connect(gateway).anchor(gateway, credential, 0, 7, digestOf('root'), 6, 2n ** 80n)
    const operator = parseAddress(gateway.address)
    const log = logIdOf(operator, digestIn(credential) as Hex as CredentialId, 0)
    const said = await audit.latestOf(log)
    const [root, ...head] = await proven(audit, [
      placeOf('usageAudit', 'roots', log, 7),
      placeOf('usageAudit', 'heads', log, 'size'),
      placeOf('usageAudit', 'heads', log, 'calls'),
      placeOf('usageAudit', 'heads', log, 'tokens'),
      placeOf('usageAudit', 'heads', log, 'anchoredAt'),
      placeOf('usageAudit', 'epochs', operator, digestIn(credential)),
    ])
    expect(digestIn(root!)).to.equal(digestOf('root'))
    expect(head).to.deep.equal([said.size, said.calls, said.tokens, said.anchoredAt, 0n])
  })
})

/** The values at some places of a contract, by a proof against the hash of the latest block. */
function proven(contract: BaseContract, places: readonly StoragePlace[]): Promise<bigint[]> {
  return provenAt(contract, places)
}

async function provenAt(contract: BaseContract, places: readonly StoragePlace[], block?: number): Promise<bigint[]> {
  const address = await addressOf(contract)
  const { header, nodes } = await proofOf(provider, address, [...new Set(places.map(({ slot }) => slot))], block)
  const account = readAccount(header.stateRoot, address, nodes)!
  const values = places.map((place) => valueAt(readSlot(account.storageRoot, place.slot, nodes), place))
  expect(account.codeHash).to.equal(keccak(hexToBytes((await ethers.provider.getCode(address)).slice(2))))
  expect(nodes.unused()).to.deep.equal([])
  return values
}

/** A block's header, whose hash the node says, and the nodes of proofs of an account and of slots of it. */
async function proofOf(chain: Provider, account: Address, slots: readonly Digest[], number?: number) {
  const at = number === undefined ? 'latest' : `0x${number.toString(16)}`
  const block = (await chain.request({ method: 'eth_getBlockByNumber', params: [at, false] })) as {
    hash: Digest
    number: Hex
  }
  const header = readBlockHeader(encodeBlockHeader(block))
  expect(header.hash).to.equal(block.hash)
  const { accountProof, storageProof } = (await chain.request({
    method: 'eth_getProof',
    params: [account, slots, block.number],
  })) as NodeProof
  const all = new Set([...accountProof, ...storageProof.flatMap(({ proof }) => proof)])
  return { header, nodes: new ProofNodes([...all].map((node) => hexToBytes(node.slice(2)))) }
}

async function addressOf(contract: BaseContract): Promise<Address> {
  return parseAddress(await contract.getAddress())
}

function digestIn(word: bigint): ModelId {
  return hexOf(hexToBytes(word.toString(16).padStart(64, '0'))) as ModelId
}
