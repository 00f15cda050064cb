import type { HardhatEthersSigner } from '@nomicfoundation/hardhat-ethers/types'
import { expect } from 'chai'
import { TypedDataEncoder, ZeroHash } from 'ethers'

import type { CredentialId, Digest, ModelId } from '../../../src/core/hex.ts'
import { parseAddress, ZERO_DIGEST } from '../../../src/core/hex.ts'
import { MerkleLog } from '../../../src/core/merkleLog.ts'
import { ROLES } from '../../../src/core/roles.ts'
import {
  encodeServing,
  endpointOf,
  SERVING_TYPES,
  servingHashOf,
  type ServingStatement,
} from '../../../src/core/serving.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { logIdOf } from '../../../src/core/usage.ts'
import type { UsageAudit } from '../../../typechain-types/index.ts'
import {
  ALL_SCOPES,
  DAY,
  deployCredential,
  digestOf,
  ethers,
  eventsOf,
  FOREVER,
  grantOf,
  networkHelpers,
  plain,
  tierStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers
const MAX_UINT64 = 2n ** 64n - 1n
const MAX_TOKENS = 2n ** 88n - 1n
const ROOT = digestOf('root')

/** An audit of the credential of the fixture, and a gateway controlled by a separate key. */
async function deployAudit() {
  const base = await deployCredential()
  const { manager, ledger, credentials, stranger: guardian, other: gateway, controller: key, credential } = base
  const audit = await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credentials])
  await manager.grantRole(ROLES.guardian, guardian, 0)
  const selectors = ['pauseWrites', 'resumeWrites'].map(
    (name) => audit.interface.getFunction(name as 'pauseWrites').selector,
  )
  await manager.setTargetFunctionRole(audit, selectors, ROLES.guardian)
  const logAt = (epoch: number) => logIdOf(parseAddress(gateway.address), credentialId(credential), epoch)
  const log = logAt(0)
  const anchor = (size: bigint | number, root: string, calls: bigint | number, tokens: bigint | number) =>
    audit.connect(gateway).anchor(gateway, credential, 0, size, root, calls, tokens)
  return { ...base, audit, guardian, gateway, key, log, logAt, anchor }
}

/** {@link deployAudit}, with the checkpoints of 3, 4 and 7 of ten records. */
async function deployLog() {
  const base = await deployAudit()
  const tree = new MerkleLog()
  for (let i = 0; i < 10; ++i) tree.append(sha256Text(`record ${i}`))
  for (const size of [3, 4, 7]) await base.anchor(size, tree.root(size), size - 1, size * 100)
  return { ...base, tree }
}

/** A statement that a publisher serves a model. */
function servingOf(publisher: string, model: ModelId): ServingStatement {
  const origin = 'https://api.example.com'
  const stated = { grade: 'stated', evidence: ZERO_DIGEST } as const
  return { publisher: parseAddress(publisher), model, origin, name: 'kimi-k2p5', from: 1, until: 3, ...stated }
}

type Signed = { revision?: number; deadline?: number; signer?: string; sent?: ServingStatement }

/** Signs a statement and returns what anchors it, or with `dry` only tries to. */
async function signedServing(
  audit: UsageAudit,
  signer: HardhatEthersSigner,
  statement: ServingStatement,
  { revision = 1, deadline = 2 ** 40, signer: named = signer.address, sent = statement }: Signed = {},
) {
  const { chainId } = await ethers.provider.getNetwork()
  const domain = { name: 'Stemma Usage Audit', version: '1', chainId, verifyingContract: await audit.getAddress() }
  const value = { statement: encodeServing(statement), epoch: 0, revision, deadline }
  const signature = await signer.signTypedData(domain, SERVING_TYPES, value)
  const args = [encodeServing(sent), named, 0, revision, deadline, signature] as const
  return Object.assign((sender: HardhatEthersSigner) => audit.connect(sender).stateServingBySignature(...args), {
    dry: (sender: HardhatEthersSigner) => audit.connect(sender).stateServingBySignature.staticCall(...args),
  })
}

describe('UsageAudit', function () {
  describe('anchor', function () {
    it('stores the checkpoint, returns the id of the log, and emits every field', async function () {
      const { audit, gateway, credential, log, anchor } = await loadFixture(deployAudit)
      expect(await audit.connect(gateway).anchor.staticCall(gateway, credential, 0, 5, ROOT, 4, 900)).to.equal(log)
      const now = (await time.latest()) + 10
      await time.setNextBlockTimestamp(now)
      expect(await eventsOf(anchor(5, ROOT, 4, 900), audit)).to.deep.equal([
        ['CheckpointAnchored', log, gateway.address, credential, 0n, 5n, ROOT, 4n, 900n],
      ])
      expect(plain(await audit.latestOf(log))).to.deep.equal([5n, 4n, 900n, BigInt(now), ROOT])
      expect(await audit.rootOf(log, 5)).to.equal(ROOT)
    })

    it('keeps every root when the log grows, and the counts of the last', async function () {
      const { audit, log, anchor } = await loadFixture(deployAudit)
      const roots = ['a', 'b', 'c'].map(digestOf)
      await anchor(1, roots[0]!, 0, 0)
      await anchor(2, roots[1]!, 2, 7)
      await anchor(3, roots[2]!, 2, 7)
      for (const [index, root] of roots.entries()) expect(await audit.rootOf(log, index + 1)).to.equal(root)
      expect(plain(await audit.latestOf(log)).slice(0, 3)).to.deep.equal([3n, 2n, 7n])
    })

    it('accepts the largest counts, and rejects more afterwards', async function () {
      const { audit, log, anchor } = await loadFixture(deployAudit)
      await anchor(MAX_UINT64, ROOT, MAX_UINT64, MAX_TOKENS)
      const { size, calls, tokens } = await audit.latestOf(log)
      expect([size, calls, tokens]).to.deep.equal([MAX_UINT64, MAX_UINT64, MAX_TOKENS])
      await expect(anchor(MAX_UINT64, ROOT, MAX_UINT64, MAX_TOKENS))
        .to.be.revertedWithCustomError(audit, 'UsageAuditNotLarger')
        .withArgs(log, MAX_UINT64, MAX_UINT64)
    })

    it('accepts the largest time that a block can have', async function () {
      const { audit, log, anchor } = await loadFixture(deployAudit)
      await time.setNextBlockTimestamp(2n ** 40n - 1n)
      await anchor(1, ROOT, 1, 1)
      expect((await audit.latestOf(log)).anchoredAt).to.equal(2n ** 40n - 1n)
    })

    it('requires a caller that may act for the operator now', async function () {
      const { audit, ledger, gateway, key, publisher, holder, credential } = await loadFixture(deployAudit)
      const by = async (account: typeof gateway, size: number) =>
        audit.connect(account).anchor(gateway, credential, 0, size, ROOT, 0, 0)
      const refused = async (account: typeof gateway) =>
        expect(by(account, 9)).to.be.revertedWithCustomError(audit, 'UsageAuditUnauthorized').withArgs(gateway, account)
      await by(gateway, 1)
      for (const account of [key, publisher, holder]) await refused(account)
      const until = BigInt(await time.latest()) + DAY
      await ledger.connect(gateway).setOperator(gateway, key, ALL_SCOPES, until)
      await time.setNextBlockTimestamp(until - 1n)
      await by(key, 2)
      await time.setNextBlockTimestamp(until)
      await refused(key)
      await ledger.connect(gateway).proposeController(gateway, key)
      await ledger.connect(key).acceptController(gateway)
      await by(key, 3)
      await refused(gateway)
    })

    it('requires the scope audit for a log and deploy for a statement', async function () {
      const { audit, ledger, gateway, key, credential, a } = await loadFixture(deployAudit)
      const acts = {
        8: () => audit.connect(key).anchor(gateway, credential, 0, 1, ROOT, 0, 0),
        16: () => audit.connect(key).stateServing(encodeServing(servingOf(gateway.address, a))),
      }
      for (const [scope, act] of Object.entries(acts)) {
        await ledger.connect(gateway).proposeController(gateway, gateway)
        await ledger.connect(gateway).acceptController(gateway)
        await ledger.connect(gateway).setOperator(gateway, key, ALL_SCOPES - Number(scope), FOREVER)
        await expect(act())
          .to.be.revertedWithCustomError(audit, 'UsageAuditUnauthorized')
          .withArgs(gateway.address, key.address)
        await ledger.connect(gateway).proposeController(gateway, gateway)
        await ledger.connect(gateway).acceptController(gateway)
        await ledger.connect(gateway).setOperator(gateway, key, Number(scope), FOREVER)
        await act()
      }
    })

    it('keeps the logs of other operators and of other credentials apart', async function () {
      const base = await loadFixture(deployAudit)
      const { audit, credentials, publisher, holder, gateway, key, a, gated, open, credential, log, anchor } = base
      await credentials.connect(holder).obtain(a, open)
      const second = await credentials.hashCredential(a, open, holder)
      await anchor(5, ROOT, 5, 5)
      await audit.connect(key).anchor(key, credential, 0, 3, digestOf('other'), 1, 1)
      await audit.connect(gateway).anchor(gateway, second, 0, 2, digestOf('second'), 2, 2)
      expect(plain(await audit.latestOf(log)).slice(0, 3)).to.deep.equal([5n, 5n, 5n])
      expect((await audit.usageOf(gateway, a, gated, holder)).calls).to.equal(5n)
      expect((await audit.usageOf(key, a, gated, holder)).calls).to.equal(1n)
      expect((await audit.usageOf(gateway, a, open, holder)).calls).to.equal(2n)
      expect((await audit.usageOf(publisher, a, gated, holder)).calls).to.equal(0n)
      await expect(audit.rootOf(log, 3)).to.be.revertedWithCustomError(audit, 'UsageAuditUnknownCheckpoint')
    })

    it('accepts the log of an expired or revoked credential, whose calls were made', async function () {
      const { audit, credentials, publisher, credential, until, log, anchor } = await loadFixture(deployAudit)
      await time.increaseTo(until + 1n)
      await anchor(1, ROOT, 1, 1)
      await credentials.connect(publisher).revoke(credential, '')
      await anchor(2, ROOT, 1, 1)
      expect((await audit.latestOf(log)).size).to.equal(2n)
    })

    it('reverts for a credential whose offer was canceled, which was never issued either', async function () {
      const { audit, credentials, publisher, gateway, stranger, a, gated } = await loadFixture(deployAudit)
      await credentials.connect(publisher).cancelOffer(a, gated, stranger)
      const refused = await credentials.hashCredential(a, gated, stranger)
      await expect(audit.connect(gateway).anchor(gateway, refused, 0, 1, ROOT, 0, 0))
        .to.be.revertedWithCustomError(audit, 'UsageAuditUnknownCredential')
        .withArgs(refused)
    })

    it('reverts for a credential that was never issued', async function () {
      const { audit, gateway, credential } = await loadFixture(deployAudit)
      await expect(audit.connect(gateway).anchor(gateway, credential + 1n, 0, 1, ROOT, 0, 0))
        .to.be.revertedWithCustomError(audit, 'UsageAuditUnknownCredential')
        .withArgs(credential + 1n)
    })

    it('reverts for a log that did not grow, even with the same root', async function () {
      const { audit, log, anchor } = await loadFixture(deployAudit)
      await expect(anchor(0, ROOT, 0, 0))
        .to.be.revertedWithCustomError(audit, 'UsageAuditNotLarger')
        .withArgs(log, 0, 0)
      await anchor(5, ROOT, 5, 5)
      for (const [size, root] of [
        [5, ROOT],
        [5, digestOf('another')],
        [4, ROOT],
      ] as const) {
        await expect(anchor(size, root, 5, 5))
          .to.be.revertedWithCustomError(audit, 'UsageAuditNotLarger')
          .withArgs(log, 5, size)
      }
    })

    it('reverts for counts that go backwards, and for more calls than records', async function () {
      const { audit, log, anchor } = await loadFixture(deployAudit)
      await anchor(5, ROOT, 5, 50)
      for (const [size, calls, tokens] of [
        [6, 4, 50],
        [6, 5, 49],
        [6, 7, 50],
      ] as const) {
        await expect(anchor(size, ROOT, calls, tokens))
          .to.be.revertedWithCustomError(audit, 'UsageAuditImplausibleCounts')
          .withArgs(log, size, calls, tokens)
      }
      await anchor(6, ROOT, 6, 50)
      await anchor(7, ROOT, 6, 50)
    })

    it('reverts for a zero root', async function () {
      const { audit, log, anchor } = await loadFixture(deployAudit)
      await expect(anchor(1, ZeroHash, 1, 1))
        .to.be.revertedWithCustomError(audit, 'UsageAuditMissingRoot')
        .withArgs(log)
    })

    it('stops while writes are paused, to the second, but reading and proving continue', async function () {
      const { audit, guardian, tree, log, anchor } = await loadFixture(deployLog)
      await audit.connect(guardian).pauseWrites()
      const until = await audit.pausedUntil()
      expect(until).to.equal(BigInt(await time.latest()) + (await audit.MAX_PAUSE()))
      await time.setNextBlockTimestamp(until - 1n)
      await expect(anchor(8, ROOT, 7, 1000))
        .to.be.revertedWithCustomError(audit, 'WritePausePaused')
        .withArgs(until)
      expect((await audit.latestOf(log)).size).to.equal(7n)
      expect(await audit.proveRecord(log, 7, 2, tree.leaf(2), tree.proveInclusion(2, 7))).to.equal(true)
      await time.setNextBlockTimestamp(until)
      await anchor(8, ROOT, 7, 1000)
    })
  })

  describe('stateServing', function () {
    it('emits what was stated, with its hash, the topic of the endpoint and a number, which alone is stored', async function () {
      const { audit, gateway, a } = await loadFixture(deployAudit)
      const statement = { ...servingOf(gateway.address, a), grade: 'probed', evidence: digestOf('report') } as const
      const { origin, name, from, until, evidence } = statement
      const hash = servingHashOf(statement)
      const endpoint = endpointOf(origin, name)
      const struct = encodeServing(statement)
      expect(await audit.connect(gateway).stateServing.staticCall(struct)).to.equal(hash)
      expect([await audit.hashServing(struct), await audit.hashEndpoint(origin, name)]).to.deep.equal([hash, endpoint])
      expect(await audit.servingRevisionOf(gateway, endpoint)).to.equal(0)
      for (const revision of [1n, 2n]) {
        const times = [from, until].map(BigInt)
        expect(await eventsOf(audit.connect(gateway).stateServing(struct), audit)).to.deep.equal([
          ['ServingStated', gateway.address, a, endpoint, hash, origin, name, ...times, 1n, evidence, revision],
        ])
        expect(await audit.servingRevisionOf(gateway, endpoint)).to.equal(revision)
      }
      expect(await audit.servingRevisionOf(gateway, endpointOf(origin, 'another'))).to.equal(0)
    })

    it('hashes as EIP-712 does, and each field counts', async function () {
      const { gateway, key, a, b } = await loadFixture(deployAudit)
      const statement = servingOf(gateway.address, a)
      const changes: Partial<ServingStatement>[] = [
        {},
        { publisher: parseAddress(key.address) },
        { model: b },
        { origin: 'https://api.example.org' },
        { name: 'kimi-k2' },
        { from: 2 },
        { until: 4 },
        { grade: 'attested' },
        { evidence: digestOf('quote') },
      ]
      const hashes = changes.map((change) => servingHashOf({ ...statement, ...change }))
      const types = { ServingStatement: SERVING_TYPES.ServingStatement }
      for (const [index, change] of changes.entries()) {
        const struct = encodeServing({ ...statement, ...change })
        expect(hashes[index]).to.equal(TypedDataEncoder.hashStruct('ServingStatement', types, struct))
      }
      expect(new Set(hashes).size).to.equal(changes.length)
      expect(endpointOf('a', 'bc')).not.to.equal(endpointOf('ab', 'c'))
    })

    it('takes evidence exactly with the grades that rest on some, and no other grade', async function () {
      const { audit, gateway, a } = await loadFixture(deployAudit)
      const state = (grade: number, evidence: string) =>
        audit.connect(gateway).stateServing({ ...encodeServing(servingOf(gateway.address, a)), grade, evidence })
      const some = digestOf('evidence')
      for (const [grade, evidence] of [
        [0, ZeroHash],
        [1, some],
        [2, some],
      ] as const) {
        await state(grade, evidence)
        const other = evidence === some ? ZeroHash : some
        await expect(state(grade, other))
          .to.be.revertedWithCustomError(audit, 'UsageAuditUnexpectedEvidence')
          .withArgs(grade, other)
      }
      await expect(state(3, some)).to.be.revertedWithoutReason(ethers)
    })

    it('reverts for anybody who may not act for the publisher, such as the publisher of the model', async function () {
      const { audit, gateway, publisher, key, a } = await loadFixture(deployAudit)
      for (const account of [publisher, key]) {
        await expect(audit.connect(account).stateServing(encodeServing(servingOf(gateway.address, a))))
          .to.be.revertedWithCustomError(audit, 'UsageAuditUnauthorized')
          .withArgs(gateway.address, account.address)
      }
    })

    it('accepts texts of 1 to 2,048 bytes and rejects 0 and 2,049', async function () {
      const { audit, gateway, a } = await loadFixture(deployAudit)
      const state = (change: Partial<ServingStatement>) =>
        audit.connect(gateway).stateServing(encodeServing({ ...servingOf(gateway.address, a), ...change }))
      for (const field of ['origin', 'name']) {
        for (const length of [1, 2048]) await state({ [field]: 'x'.repeat(length) })
        for (const length of [0, 2049]) {
          await expect(state({ [field]: 'x'.repeat(length) }))
            .to.be.revertedWithCustomError(audit, 'UsageAuditTextLength')
            .withArgs(length)
        }
      }
    })

    it('accepts a window of a second, also a past one, and rejects an empty one', async function () {
      const { audit, gateway, a } = await loadFixture(deployAudit)
      const state = (from: number, until: number) =>
        audit.connect(gateway).stateServing(encodeServing({ ...servingOf(gateway.address, a), from, until }))
      await state(7, 8)
      for (const until of [7, 6]) {
        await expect(state(7, until))
          .to.be.revertedWithCustomError(audit, 'UsageAuditEmptyStatement')
          .withArgs(7, until)
      }
    })
  })

  describe('stateServingBySignature', function () {
    it('takes what the controller or an operator in the scope deploy signed, from anybody, once', async function () {
      const { audit, ledger, gateway, key, stranger, a } = await loadFixture(deployAudit)
      await ledger.connect(gateway).setOperator(gateway, key, 16, FOREVER)
      const statement = servingOf(gateway.address, a)
      const endpoint = endpointOf(statement.origin, statement.name)
      for (const [revision, signer] of [gateway, key].entries()) {
        const anchor = await signedServing(audit, signer, statement, { revision: revision + 1 })
        const [event] = await eventsOf(anchor(stranger), audit)
        expect([event![0], event![1], event![4], event!.at(-1)]).to.deep.equal([
          'ServingStated',
          gateway.address,
          servingHashOf(statement),
          BigInt(revision + 1),
        ])
        await expect(anchor(stranger))
          .to.be.revertedWithCustomError(audit, 'UsageAuditOtherRevision')
          .withArgs(gateway.address, endpoint, revision + 1, revision + 2)
      }
    })

    it('refuses an old signature after any later word of the publisher about the endpoint', async function () {
      const { audit, gateway, stranger, a, b } = await loadFixture(deployAudit)
      const statement = servingOf(gateway.address, a)
      const endpoint = endpointOf(statement.origin, statement.name)
      const other = { ...servingOf(gateway.address, b), name: 'another' }
      const words = [
        () => audit.connect(gateway).stateServing(encodeServing({ ...statement, model: b })),
        () => audit.connect(gateway).revokeServing(gateway, endpoint),
      ]
      for (const [index, speak] of words.entries()) {
        const anchor = await signedServing(audit, gateway, statement, { revision: index + 1 })
        // A word about another endpoint does not void it.
        await audit.connect(gateway).stateServing(encodeServing(other))
        await anchor.dry(stranger)
        await speak()
        await expect(anchor(stranger))
          .to.be.revertedWithCustomError(audit, 'UsageAuditOtherRevision')
          .withArgs(gateway.address, endpoint, index + 1, index + 2)
      }
    })

    it('takes it until the deadline, to the second', async function () {
      const { audit, gateway, stranger, a } = await loadFixture(deployAudit)
      const deadline = (await time.latest()) + 100
      const anchor = await signedServing(audit, gateway, servingOf(gateway.address, a), { deadline })
      await time.setNextBlockTimestamp(deadline)
      await anchor(stranger)
      const late = await signedServing(audit, gateway, servingOf(gateway.address, a), { deadline, revision: 2 })
      await expect(late(stranger)).to.be.revertedWithCustomError(audit, 'UsageAuditSignatureExpired').withArgs(deadline)
    })

    it('refuses what somebody else signed, or signed otherwise, or under an earlier controller', async function () {
      const { audit, ledger, gateway, key, stranger, a, b } = await loadFixture(deployAudit)
      const statement = servingOf(gateway.address, a)
      const foreign = await signedServing(audit, stranger, statement)
      await expect(foreign(stranger))
        .to.be.revertedWithCustomError(audit, 'UsageAuditUnauthorized')
        .withArgs(gateway.address, stranger.address)
      const invalid = [
        await signedServing(audit, stranger, statement, { signer: gateway.address }),
        await signedServing(audit, gateway, statement, { sent: { ...statement, model: b } }),
      ]
      for (const anchor of invalid) {
        await expect(anchor(stranger))
          .to.be.revertedWithCustomError(audit, 'UsageAuditInvalidSignature')
          .withArgs(gateway.address)
      }
      const before = await signedServing(audit, gateway, statement)
      await ledger.connect(gateway).proposeController(gateway, key)
      await ledger.connect(key).acceptController(gateway)
      await ledger.connect(key).setOperator(gateway, gateway, 16, FOREVER)
      const [epoch, current] = [0, await ledger.epochOf(gateway)]
      await expect(before(stranger))
        .to.be.revertedWithCustomError(audit, 'UsageAuditOtherEpoch')
        .withArgs(gateway.address, epoch, current)
    })
  })

  describe('revokeServing', function () {
    it('emits who took back what, numbered as statements are', async function () {
      const { audit, gateway, a } = await loadFixture(deployAudit)
      const statement = servingOf(gateway.address, a)
      const endpoint = endpointOf(statement.origin, statement.name)
      await audit.connect(gateway).stateServing(encodeServing(statement))
      for (const revision of [2n, 3n]) {
        expect(await eventsOf(audit.connect(gateway).revokeServing(gateway, endpoint), audit)).to.deep.equal([
          ['ServingRevoked', gateway.address, endpoint, gateway.address, revision],
        ])
      }
    })

    it('is for those who may state, also while writes are paused', async function () {
      const { audit, ledger, guardian, gateway, key, publisher } = await loadFixture(deployAudit)
      await ledger.connect(gateway).setOperator(gateway, key, ALL_SCOPES - 16, FOREVER)
      await audit.connect(guardian).pauseWrites()
      const endpoint = digestOf('endpoint')
      for (const account of [key, publisher]) {
        await expect(audit.connect(account).revokeServing(gateway, endpoint))
          .to.be.revertedWithCustomError(audit, 'UsageAuditUnauthorized')
          .withArgs(gateway.address, account.address)
      }
      await audit.connect(gateway).revokeServing(gateway, endpoint)
      expect(await audit.servingRevisionOf(gateway, endpoint)).to.equal(1)
    })
  })

  describe('latestOf', function () {
    it('is all zero for a log without checkpoints', async function () {
      const { audit, log } = await loadFixture(deployAudit)
      expect(plain(await audit.latestOf(log))).to.deep.equal([0n, 0n, 0n, 0n, ZeroHash])
    })
  })

  describe('rootOf', function () {
    it('reverts for a size that was not anchored, including zero', async function () {
      const { audit, log } = await loadFixture(deployLog)
      for (const size of [0n, 1n, 5n, 8n, MAX_UINT64]) {
        await expect(audit.rootOf(log, size))
          .to.be.revertedWithCustomError(audit, 'UsageAuditUnknownCheckpoint')
          .withArgs(log, size)
      }
    })
  })

  describe('proveRecord', function () {
    it('is true for every record of every checkpoint, with its own proof only', async function () {
      const { audit, log, tree } = await loadFixture(deployLog)
      for (const size of [3, 4, 7]) {
        for (let index = 0; index < size; ++index) {
          const proof = tree.proveInclusion(index, size)
          const prove = (at: number, leaf: Digest, by: Digest[]) => audit.proveRecord(log, size, at, leaf, by)
          expect(await prove(index, tree.leaf(index), proof)).to.equal(true)
          expect(await prove(index, tree.leaf(9), proof)).to.equal(false)
          expect(await prove((index + 1) % size, tree.leaf(index), proof)).to.equal(false)
          expect(await prove(index, tree.leaf(index), [...proof, proof[0]!])).to.equal(false)
          expect(await prove(index, tree.leaf(index), proof.slice(1))).to.equal(false)
        }
      }
    })

    it('rejects an inner node as a record', async function () {
      const { audit, log, tree } = await loadFixture(deployLog)
      // The node over the first two of four records, which the root and the other node prove.
      const [node, beside] = [tree.root(2), tree.proveInclusion(0, 4)[1]!]
      for (let index = 0; index < 4; ++index) {
        expect(await audit.proveRecord(log, 4, index, node, [beside])).to.equal(false)
      }
    })

    it('is false for an index beyond the log', async function () {
      const { audit, log, tree } = await loadFixture(deployLog)
      expect(await audit.proveRecord(log, 7, 7, tree.leaf(7), [])).to.equal(false)
      expect(await audit.proveRecord(log, 7, MAX_UINT64, tree.leaf(7), [])).to.equal(false)
    })

    it('reverts for a checkpoint that was not anchored', async function () {
      const { audit, log, tree } = await loadFixture(deployLog)
      await expect(audit.proveRecord(log, 5, 0, tree.leaf(0), tree.proveInclusion(0, 5)))
        .to.be.revertedWithCustomError(audit, 'UsageAuditUnknownCheckpoint')
        .withArgs(log, 5)
    })
  })

  describe('proveConsistency', function () {
    it('is true for all checkpoints of one log', async function () {
      const { audit, log, tree } = await loadFixture(deployLog)
      for (const [first, second] of [
        [3, 3],
        [3, 4],
        [3, 7],
        [4, 7],
      ] as const) {
        const proof = tree.proveConsistency(first, second)
        expect(await audit.proveConsistency(log, first, second, proof)).to.equal(true)
        expect(await audit.proveConsistency(log, first, second, [...proof, ROOT])).to.equal(false)
      }
      expect(await audit.proveConsistency(log, 7, 3, tree.proveConsistency(3, 7))).to.equal(false)
    })

    it('rejects a rewritten log', async function () {
      const { audit, log, anchor, tree } = await loadFixture(deployLog)
      const rewritten = new MerkleLog()
      for (let i = 0; i < 10; ++i) rewritten.append(i === 1 ? sha256Text('another') : tree.leaf(i))
      await anchor(10, rewritten.root(), 9, 1000)
      for (const proof of [tree.proveConsistency(7, 10), rewritten.proveConsistency(7, 10), []]) {
        expect(await audit.proveConsistency(log, 7, 10, proof)).to.equal(false)
      }
    })

    it('reverts for a checkpoint that was not anchored, on either side', async function () {
      const { audit, log, tree } = await loadFixture(deployLog)
      for (const [first, second, missing] of [
        [0, 7, 0],
        [2, 7, 2],
        [3, 8, 8],
      ] as const) {
        await expect(audit.proveConsistency(log, first, second, tree.proveConsistency(3, 7)))
          .to.be.revertedWithCustomError(audit, 'UsageAuditUnknownCheckpoint')
          .withArgs(log, missing)
      }
    })
  })

  describe('reopen', function () {
    it('opens an empty log after a wrong checkpoint, and keeps what the closed one has', async function () {
      const { audit, gateway, holder, a, gated, credential, log, logAt, anchor, tree } = await loadFixture(deployLog)
      // A stolen key states the largest counts, which nothing can follow.
      await anchor(MAX_UINT64, ROOT, MAX_UINT64, MAX_TOKENS)
      await expect(anchor(MAX_UINT64, ROOT, MAX_UINT64, MAX_TOKENS)).to.be.revertedWithCustomError(
        audit,
        'UsageAuditNotLarger',
      )
      const by = audit.connect(gateway)
      expect(await audit.epochOf(gateway, credential)).to.equal(0n)
      expect(await by.reopen.staticCall(gateway, credential)).to.equal(logAt(1))
      expect(await eventsOf(by.reopen(gateway, credential), audit)).to.deep.equal([
        ['LogReopened', logAt(1), gateway.address, credential, 1n, gateway.address],
      ])
      expect(await audit.epochOf(gateway, credential)).to.equal(1n)
      expect(plain(await audit.latestOf(logAt(1)))).to.deep.equal([0n, 0n, 0n, 0n, ZeroHash])
      expect(plain(await audit.usageOf(gateway, a, gated, holder))).to.deep.equal([
        0n,
        1000n,
        0n,
        2_000_000n,
        false,
        1n,
      ])

      expect(await eventsOf(by.anchor(gateway, credential, 1, 2, ROOT, 2, 9), audit)).to.deep.equal([
        ['CheckpointAnchored', logAt(1), gateway.address, credential, 1n, 2n, ROOT, 2n, 9n],
      ])
      expect((await audit.usageOf(gateway, a, gated, holder)).calls).to.equal(2n)
      expect((await audit.latestOf(log)).size).to.equal(MAX_UINT64)
      for (const size of [3, 4, 7]) expect(await audit.rootOf(log, size)).to.equal(tree.root(size))
      expect(await audit.proveConsistency(log, 3, 7, tree.proveConsistency(3, 7))).to.equal(true)
      expect(await audit.proveRecord(log, 7, 2, tree.leaf(2), tree.proveInclusion(2, 7))).to.equal(true)
      await expect(audit.rootOf(logAt(1), 7)).to.be.revertedWithCustomError(audit, 'UsageAuditUnknownCheckpoint')
    })

    it('takes checkpoints of the open log only: not of a closed one, nor of one that is not open yet', async function () {
      const { audit, gateway, credential, anchor, logAt } = await loadFixture(deployAudit)
      const by = audit.connect(gateway)
      const refused = async (epoch: number, current: number) =>
        expect(by.anchor(gateway, credential, epoch, 9, ROOT, 0, 0))
          .to.be.revertedWithCustomError(audit, 'UsageAuditUnexpectedEpoch')
          .withArgs(gateway, credential, current, epoch)
      await refused(1, 0)
      await anchor(5, ROOT, 5, 5)
      await by.reopen(gateway, credential)
      for (const epoch of [0, 2, 2 ** 32 - 1]) await refused(epoch, 1)
      await by.anchor(gateway, credential, 1, 1, ROOT, 1, 1)
      await by.reopen(gateway, credential)
      for (const epoch of [0, 1, 3]) await refused(epoch, 2)
      await by.anchor(gateway, credential, 2, 1, ROOT, 1, 1)
      expect((await audit.latestOf(logAt(2))).size).to.equal(1n)
    })

    it('requires the controller of the operator, which neither an operator nor a former controller is', async function () {
      const { audit, ledger, gateway, key, publisher, holder, credential, anchor } = await loadFixture(deployAudit)
      await anchor(1, ROOT, 1, 1)
      const refused = async (account: typeof gateway) =>
        expect(audit.connect(account).reopen(gateway, credential))
          .to.be.revertedWithCustomError(audit, 'UsageAuditNotController')
          .withArgs(gateway, account)
      await ledger.connect(gateway).setOperator(gateway, key, 31, BigInt(await time.latest()) + DAY)
      for (const account of [key, publisher, holder]) await refused(account)
      await ledger.connect(gateway).proposeController(gateway, key)
      await ledger.connect(key).acceptController(gateway)
      await refused(gateway)
      await expect(audit.connect(key).reopen(gateway, credential))
        .to.emit(audit, 'LogReopened')
        .withArgs(await audit.hashLog(gateway, credential, 1), gateway, credential, 1n, key)
    })

    it('reverts for a log without a checkpoint, and leaves other logs as they are', async function () {
      const { audit, gateway, key, credential, anchor, log, logAt } = await loadFixture(deployAudit)
      const by = audit.connect(gateway)
      await expect(by.reopen(gateway, credential))
        .to.be.revertedWithCustomError(audit, 'UsageAuditEmptyLog')
        .withArgs(log)
      await anchor(1, ROOT, 1, 1)
      await audit.connect(key).anchor(key, credential, 0, 3, ROOT, 1, 1)
      await by.reopen(gateway, credential)
      await expect(by.reopen(gateway, credential))
        .to.be.revertedWithCustomError(audit, 'UsageAuditEmptyLog')
        .withArgs(logAt(1))
      expect(await audit.epochOf(key, credential)).to.equal(0n)
      await audit.connect(key).anchor(key, credential, 0, 4, ROOT, 1, 1)
    })

    it('works while writes are paused, because it only closes', async function () {
      const { audit, guardian, gateway, credential, anchor, logAt } = await loadFixture(deployAudit)
      await anchor(1, ROOT, 1, 1)
      await audit.connect(guardian).pauseWrites()
      await audit.connect(gateway).reopen(gateway, credential)
      await expect(audit.connect(gateway).anchor(gateway, credential, 1, 1, ROOT, 1, 1)).to.be.revertedWithCustomError(
        audit,
        'WritePausePaused',
      )
      expect(await audit.hashLog(gateway, credential, 1)).to.equal(logAt(1))
    })
  })

  describe('usageOf', function () {
    /** An audit of a tier with quotas, and its usage after some calls and tokens. */
    async function usageWith(callQuota: bigint, tokenQuota: bigint, calls: bigint, tokens: bigint) {
      const { audit, ledger, credentials, publisher, holder, gateway, a, termsId } = await loadFixture(deployAudit)
      const tier = tierStruct(a, termsId, { name: 'Metered', callQuota, tokenQuota })
      const tierId = await ledger.connect(publisher).offerTier.staticCall(tier)
      await ledger.connect(publisher).offerTier(tier)
      await credentials.connect(publisher).grant(grantOf(a, tierId, holder, 0, BigInt(await time.latest()) + DAY))
      const credential = await credentials.hashCredential(a, tierId, holder)
      await audit.connect(gateway).anchor(gateway, credential, 0, MAX_UINT64, ROOT, calls, tokens)
      return plain(await audit.usageOf(gateway, a, tierId, holder))
    }

    for (const [callQuota, tokenQuota, calls, tokens, exceeded] of [
      [100n, 0n, 100n, 1n, false],
      [100n, 0n, 101n, 1n, true],
      [0n, 100n, 1n, 100n, false],
      [0n, 100n, 1n, 101n, true],
      [100n, 100n, 100n, 100n, false],
      [100n, 100n, 101n, 101n, true],
      [0n, 0n, MAX_UINT64, MAX_TOKENS, false],
      [MAX_UINT64, MAX_UINT64, MAX_UINT64, MAX_UINT64, false],
      [MAX_UINT64, MAX_UINT64, MAX_UINT64, MAX_UINT64 + 1n, true],
    ] as const) {
      const what = `${calls} calls of ${callQuota}, ${tokens} tokens of ${tokenQuota}`
      it(`says ${exceeded ? 'more than the quota' : 'within the quota'}: ${what}`, async function () {
        const usage = await usageWith(callQuota, tokenQuota, calls, tokens)
        expect(usage).to.deep.equal([calls, callQuota, tokens, tokenQuota, exceeded, 0n])
      })
    }

    it('is zero without checkpoints, and reverts for a tier that was not offered', async function () {
      const { audit, ledger, gateway, holder, a, b, gated } = await loadFixture(deployAudit)
      expect(plain(await audit.usageOf(gateway, a, gated, holder))).to.deep.equal([
        0n,
        1000n,
        0n,
        2_000_000n,
        false,
        0n,
      ])
      await expect(audit.usageOf(gateway, b, gated, holder))
        .to.be.revertedWithCustomError(ledger, 'LicenseRegistryUnknownTier')
        .withArgs(b, gated)
    })
  })

  describe('hashLog', function () {
    it('is the hash of operator, credential and epoch, as the SDK computes it', async function () {
      const { audit, gateway, publisher, credential } = await loadFixture(deployAudit)
      for (const account of [gateway, publisher]) {
        for (const id of [credential, 1n, 2n ** 256n - 1n]) {
          for (const epoch of [0, 1, 2 ** 32 - 1]) {
            expect(await audit.hashLog(account, id, epoch)).to.equal(
              logIdOf(parseAddress(account.address), credentialId(id), epoch),
            )
          }
        }
      }
    })
  })
})

function credentialId(credential: bigint): CredentialId {
  return `0x${credential.toString(16).padStart(64, '0')}` as CredentialId
}
