import { expect } from 'chai'

import { isRefusal, type KeyEntry, type Refusal } from '../../../packages/server/src/gateway/ports.ts'
import { openStanding, type FollowedStanding } from '../../../packages/server/src/gateway/standing.ts'
// As the gateway imports it, so that both know the same errors, from the sources and as built.
import { nodeProvider } from 'stemma/sdk'
import { openLedger } from '../../../src/sdk/connect.ts'
import { RpcError } from '../../../packages/server/src/indexer/rpc.ts'
import { startFaultyNode } from '../../fixtures/faultyNode.ts'
import { KIND, reportOf, SCAN, uses } from '../../fixtures/gate.ts'
import {
  DAY,
  digestOf,
  grantOf,
  networkHelpers,
  provider as chain,
  registrationOf,
  registrationStruct,
  tierStruct,
} from '../../fixtures/ledger.ts'
import { serveNode } from '../indexer/node.ts'
import { deployLicensed, keyLike, nodeOf, OPERATOR, WORDS } from './licensed.ts'

const { loadFixture, time, mine, takeSnapshot } = networkHelpers

/** A standing over the fixture's chain, by a clock of the test's own. */
async function started(options: Partial<openStanding.Parameters> = {}) {
  const base = await loadFixture(deployLicensed)
  const node = nodeOf(base.deployment)
  const clock = { seconds: await time.latest() }
  const lost: string[] = []
  const failures: (string | undefined)[] = []
  const standing = await openStanding({
    ledger: node.reader,
    operator: OPERATOR,
    keys: [base.entry],
    maxHeadAge: 0,
    // The tests say when to look.
    interval: 2 ** 30,
    words: WORDS,
    now: () => clock.seconds * 1000,
    onFailure: (failure) => failures.push((failure as { code?: string } | undefined)?.code),
    ...options,
  })
  standing.onLost((credential, { code }) => lost.push(`${credential} ${code}`))
  return { ...base, ...node, clock, standing, lost, failures }
}

function codeOf(standing: FollowedStanding, entry: KeyEntry): string {
  const found = standing.check(entry)
  return isRefusal(found) ? found.code : 'permitted'
}

describe('gateway: standing', function () {
  it('permits the calls of a licensed key at the head, in the epoch of the open log', async function () {
    const { standing, entry } = await started()
    expect(standing.check(entry)).to.deep.equal({ block: await time.latestBlock(), epoch: 0 })
    await mine(3)
    await standing.look()
    expect(standing.check(entry)).to.deep.equal({ block: await time.latestBlock(), epoch: 0 })
    await standing.close()
  })

  it('reads nothing again for blocks without logs of the ledger', async function () {
    const { standing, asked, entry } = await started()
    asked.length = 0
    await mine(2)
    await standing.look()
    expect(asked).to.not.contain('eth_call')
    expect(standing.check(entry)).to.deep.include({ block: await time.latestBlock() })
    await standing.close()
  })

  it('refuses from the block of a revocation on, and says so once', async function () {
    const { standing, entry, credentials, publisher, number, lost } = await started()
    await credentials.connect(publisher).revoke(number, 'unpaid')
    expect(codeOf(standing, entry)).to.equal('permitted')
    await standing.look()
    const refusal = standing.check(entry) as Refusal
    expect(refusal).to.deep.include({ status: 403, code: 'credential_revoked' })
    expect(refusal.message).to.match(/revoked\. Ask the licensor\.$/)
    await mine()
    await standing.look()
    expect(lost).to.deep.equal([`${entry.credential} credential_revoked`])
    await standing.close()
  })

  it('refuses while a credential is suspended, and permits again once it is reinstated', async function () {
    const { standing, entry, credentials, publisher, number, lost } = await started()
    await credentials.connect(publisher).suspend(number, 'late')
    await standing.look()
    expect(codeOf(standing, entry)).to.equal('credential_suspended')
    await credentials.connect(publisher).reinstate(number)
    await standing.look()
    expect(codeOf(standing, entry)).to.equal('permitted')
    expect(lost).to.have.length(1)
    await standing.close()
  })

  it('refuses from the second of the expiry on, between two blocks too', async function () {
    const { standing, entry, until, clock, lost } = await started()
    clock.seconds = until - 1
    await standing.look()
    expect(codeOf(standing, entry)).to.equal('permitted')
    clock.seconds = until
    expect(codeOf(standing, entry)).to.equal('credential_expired')
    expect(lost).to.deep.equal([`${entry.credential} credential_expired`])
    await standing.close()
  })

  it('permits what was renewed after its expiry', async function () {
    const { standing, entry, until, clock, credentials, publisher, a, gated, holder } = await started()
    await time.increaseTo(until + 5)
    clock.seconds = until + 5
    await standing.look()
    expect(codeOf(standing, entry)).to.equal('credential_expired')
    await credentials.connect(publisher).renew(a, gated, holder, BigInt(until) + 20n * DAY)
    await standing.look()
    expect(codeOf(standing, entry)).to.equal('permitted')
    await standing.close()
  })

  it('permits what begins by time alone once a block is late enough', async function () {
    const { standing, entry, clock, credentials, publisher, a, gated, other } = await started()
    const from = BigInt(await time.latest()) + DAY
    await credentials.connect(publisher).grant(grantOf(a, gated, other, from, from + DAY))
    const number = await credentials.hashCredential(a, gated, other)
    const credential = `0x${number.toString(16).padStart(64, '0')}` as KeyEntry['credential']
    const later = { ...keyLike(entry, 2), holder: other.address.toLowerCase() as KeyEntry['holder'], credential }
    await standing.look()
    await standing.include([later])
    expect(codeOf(standing, later)).to.equal('credential_not_yet_valid')
    await time.increaseTo(from)
    clock.seconds = Number(from)
    await standing.look()
    expect(codeOf(standing, later)).to.equal('permitted')
    await standing.close()
  })

  for (const by of ['publisher', 'authority'] as const) {
    it(`refuses a model that its ${by} recalls`, async function () {
      const { standing, entry, ledger, recalls, publisher, authority, a, lost } = await started()
      if (by === 'publisher') await ledger.connect(publisher).recall(a, 'unsafe')
      else await recalls.connect(authority).recall(KIND.model, a, 'unsafe')
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('model_recalled')
      expect(lost).to.deep.equal([`${entry.credential} model_recalled`])
      await standing.close()
    })
  }

  it('refuses a model whose weights a quorum of scanners fails', async function () {
    const { standing, entry, gate, scanner, scanner2, weights } = await started()
    for (const each of [scanner, scanner2]) {
      const at = BigInt(await time.latest())
      await gate.connect(each).attestScan(reportOf(weights, at, { verdict: SCAN.failed }))
    }
    await standing.look()
    expect(codeOf(standing, entry)).to.equal('model_quarantined')
    await standing.close()
  })

  describe('a model without a cleared review', function () {
    async function unreviewed(options: Partial<openStanding.Parameters> = {}) {
      const base = await started(options)
      const { ledger, credentials, publisher, holder, b, termsId, entry } = base
      const tier = tierStruct(b, termsId)
      const tierId = await ledger.connect(publisher).offerTier.staticCall(tier)
      await ledger.connect(publisher).offerTier(tier)
      const until = BigInt(await time.latest()) + 10n * DAY
      await credentials.connect(publisher).grant(grantOf(b, tierId, holder, 0, until))
      const number = await credentials.hashCredential(b, tierId, holder)
      const credential = `0x${number.toString(16).padStart(64, '0')}` as KeyEntry['credential']
      const key = { ...keyLike(entry, 2), model: b, tier: tierId as KeyEntry['tier'], credential }
      await base.standing.look()
      await base.standing.include([key])
      return { ...base, key }
    }

    it('is refused until a certificate covers the use, and from the second on in which that ends', async function () {
      const { standing, key, gate, certifier, publisher, termsId, clock, lost } = await unreviewed()
      expect(codeOf(standing, key)).to.equal('review_pending')
      const until = (await time.latest()) + 3600
      const registration = registrationOf(publisher.address, { weights: digestOf('b'), terms: termsId })
      await gate.connect(certifier).certify(registrationStruct(registration), uses('commercial'), until)
      clock.seconds = await time.latest()
      await standing.look()
      expect(codeOf(standing, key)).to.equal('permitted')
      clock.seconds = until - 1
      await standing.look()
      expect(codeOf(standing, key)).to.equal('permitted')
      clock.seconds = until
      await standing.look()
      expect(lost).to.deep.equal([`${key.credential} review_pending`])
      expect(codeOf(standing, key)).to.equal('review_pending')
      await standing.close()
    })

    it('is permitted where the operator takes its publisher for known, until it is recalled', async function () {
      const { publisher } = await loadFixture(deployLicensed)
      const known = publisher.address.toLowerCase() as KeyEntry['holder']
      const { standing, key, ledger, b } = await unreviewed({ words: { ...WORDS, unreviewed: [known] } })
      expect(codeOf(standing, key)).to.equal('permitted')
      await ledger.connect(publisher).recall(b, 'unsafe')
      await standing.look()
      expect(codeOf(standing, key)).to.equal('model_recalled')
      await standing.close()
    })
  })

  it('reads everything again after five minutes, though nothing was logged', async function () {
    const { standing, asked, clock } = await started()
    clock.seconds += 301
    await mine()
    asked.length = 0
    await standing.look()
    expect(asked).to.contain('eth_call')
    await standing.close()
  })

  it('reads many keys in few requests, and only those that have not ended', async function () {
    const { entry, deployment, credentials, publisher, a, gated } = await loadFixture(deployLicensed)
    const until = BigInt(await time.latest()) + 10n * DAY
    const keys = [entry]
    for (let index = 2; index < 12; index++) {
      const holder = `0x${index.toString(16).padStart(40, '0')}` as KeyEntry['holder']
      await credentials.connect(publisher).grant(grantOf(a, gated, holder, 0, until))
      const number = await credentials.hashCredential(a, gated, holder)
      const credential = `0x${number.toString(16).padStart(64, '0')}` as KeyEntry['credential']
      keys.push({ ...keyLike(entry, index), holder, credential })
    }
    const node = await serveNode({
      call: ({ method, params }) => chain.request({ method, params: [...params] }),
      batch: async () => [],
    })
    const counted = await startFaultyNode(node.url)
    const provider = nodeProvider(counted.url, deployment)
    const clock = { seconds: await time.latest() }
    let live = keys.length
    const standing = await openStanding({
      ledger: openLedger(provider, deployment),
      operator: OPERATOR,
      keys,
      isLive: ({ id }) => Number.parseInt(id.slice(4), 16) <= live,
      maxHeadAge: 0,
      interval: 2 ** 30,
      words: WORDS,
      now: () => clock.seconds * 1000,
    })
    expect(keys.map((key) => codeOf(standing, key))).to.deep.equal(keys.map(() => 'permitted'))
    const reread = async (): Promise<number> => {
      counted.requests.length = 0
      await standing.look()
      // The head, what led to it, its logs, the keys, and the block again.
      expect(counted.requests).to.have.length(5)
      return counted.requests.flat().filter((method) => method === 'eth_call').length
    }
    const number = await credentials.hashCredential(a, gated, keys[5]!.holder)
    await credentials.connect(publisher).suspend(number, 'late')
    expect(await reread()).to.equal(3 * keys.length)
    expect(keys.map((key) => codeOf(standing, key)).filter((code) => code !== 'permitted')).to.have.length(1)
    live = 4
    await credentials.connect(publisher).reinstate(number)
    expect(await reread()).to.equal(3 * 4)
    await standing.close()
    provider.destroy()
    await Promise.all([counted.close(), node.close()])
  })

  it('refuses a use that the tier of the key does not grant, whatever else the holder has', async function () {
    const { standing, entry } = await started()
    const other: KeyEntry = { ...keyLike(entry, 2), use: 'distill' }
    await standing.include([other])
    expect(codeOf(standing, other)).to.equal('license_forbids')
    expect(codeOf(standing, entry)).to.equal('permitted')
    await standing.close()
  })

  it('says that the license is undecided where nothing is known of the holder', async function () {
    const { standing, entry } = await started({ words: { everybody: true } })
    expect(codeOf(standing, entry)).to.equal('license_undecided')
    await standing.close()
  })

  it('refuses a credential that does not exist', async function () {
    const { standing, entry, other } = await started()
    const stranger = { ...keyLike(entry, 2), holder: other.address.toLowerCase() as KeyEntry['holder'] }
    await standing.include([stranger])
    expect(codeOf(standing, stranger)).to.equal('credential_missing')
    await standing.close()
  })

  it('follows the epoch of its log', async function () {
    const { entry, deployment, audit, publisher } = await loadFixture(deployLicensed)
    const operator = publisher.address.toLowerCase() as KeyEntry['holder']
    const clock = { seconds: await time.latest() }
    const standing = await openStanding({
      ledger: nodeOf(deployment).reader,
      operator,
      keys: [entry],
      maxHeadAge: 0,
      interval: 2 ** 30,
      words: WORDS,
      now: () => clock.seconds * 1000,
    })
    await audit.connect(publisher).anchor(operator, entry.credential, 0, 1, `0x${'11'.repeat(32)}`, 1, 1)
    await audit.connect(publisher).reopen(operator, entry.credential)
    await standing.look()
    expect(standing.check(entry)).to.deep.include({ epoch: 1 })
    await standing.close()
  })

  describe('reorganizations', function () {
    it('undo a revocation, once the other branch is seen', async function () {
      const { standing, entry, credentials, publisher, number } = await started()
      const before = await takeSnapshot()
      await credentials.connect(publisher).revoke(number, 'unpaid')
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('credential_revoked')
      await before.restore()
      // The lower block is of the same branch: the node may lag, and a revocation that was seen stays.
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('credential_revoked')
      await mine()
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('permitted')
      await standing.close()
    })

    it('are followed to a lower block too', async function () {
      const { standing, entry, credentials, publisher, number } = await started()
      const before = await takeSnapshot()
      for (let block = 0; block < 4; block++) {
        await mine()
        await standing.look()
      }
      await before.restore()
      await credentials.connect(publisher).revoke(number, 'unpaid')
      await standing.look()
      expect(standing.head!.block).to.equal(await time.latestBlock())
      expect(codeOf(standing, entry)).to.equal('credential_revoked')
      await standing.close()
    })

    it('longer than what is looked at block by block are read whole', async function () {
      const { standing, entry, credentials, publisher, number } = await started()
      await credentials.connect(publisher).revoke(number, 'unpaid')
      await mine(40)
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('credential_revoked')
      await standing.close()
    })
  })

  describe('a chain that cannot be followed', function () {
    it('refuses when the head is too old, and permits with the next block', async function () {
      const { standing, entry, clock } = await started({ maxHeadAge: 30 })
      clock.seconds += 30
      expect(codeOf(standing, entry)).to.equal('permitted')
      clock.seconds += 1
      await standing.look()
      expect(standing.check(entry)).to.deep.include({ status: 503, code: 'ledger_stale', retryAfter: 5 })
      expect(standing.placeOf(entry)).to.equal(undefined)
      await time.increaseTo(clock.seconds)
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('permitted')
      await standing.close()
    })

    it('allows three block times by default', async function () {
      const { standing } = await started({ maxHeadAge: undefined as never })
      expect(standing.maxHeadAge).to.equal(30)
      for (let block = 0; block < 3; block++) {
        await time.increase(40)
        await standing.look()
      }
      expect(standing.maxHeadAge).to.equal(120)
      await standing.close()
    })

    it('refuses when no node answers for as long, and permits when one does', async function () {
      const { standing, entry, clock, faults, failures } = await started({ maxHeadAge: 30 })
      faults.fail = () => new Error('connect ECONNREFUSED')
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('permitted')
      clock.seconds += 31
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('ledger_stale')
      delete faults.fail
      await time.increaseTo(clock.seconds)
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('permitted')
      expect(failures).to.have.length(2)
      expect(failures[1]).to.equal(undefined)
      await standing.close()
    })

    it('refuses without a node also where the clock was set back meanwhile, and permits with the first answer', async function () {
      const { standing, entry, clock, faults } = await started({ maxHeadAge: 30 })
      faults.fail = () => new Error('connect ECONNREFUSED')
      clock.seconds -= 3600
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('ledger_stale')
      delete faults.fail
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('permitted')
      await standing.close()
    })

    it('grants nothing by a read that fails part-way', async function () {
      const { standing, entry, credentials, publisher, number, faults } = await started()
      await credentials.connect(publisher).suspend(number, 'late')
      await standing.look()
      await credentials.connect(publisher).reinstate(number)
      let calls = 0
      faults.fail = (method) => (method === 'eth_call' && ++calls === 2 ? new Error('ECONNRESET') : undefined)
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('ledger_stale')
      delete faults.fail
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('permitted')
      await standing.close()
    })

    it('stays shut after the block of a revocation while another node still shows the block before it', async function () {
      const { standing, entry, credentials, publisher, number, faults, clock } = await started()
      const before = await chain.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
      await mine()
      const between = await chain.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
      await credentials.connect(publisher).revoke(number, 'unpaid')
      faults.fail = (method) => (method === 'eth_call' ? new Error('ECONNRESET') : undefined)
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('ledger_stale')
      // The next questions go to nodes that lag.
      for (const block of [before, between]) {
        faults.fail = () => undefined
        let isFirst = true
        faults.edit = (method, answer) => {
          if (method !== 'eth_getBlockByNumber' || !isFirst) return answer
          isFirst = false
          return block
        }
        await standing.look()
        expect(codeOf(standing, entry)).to.equal('ledger_stale')
      }
      delete faults.edit
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('credential_revoked')
      expect(clock.seconds).to.be.lessThan(await time.latest())
      await standing.close()
    })

    it('opens again where a block that could not be read was made up', async function () {
      const { standing, entry, faults, clock } = await started()
      faults.edit = (method, answer) =>
        method === 'eth_getBlockByNumber'
          ? { ...(answer as object), number: '0xfffffff', hash: `0x${'ab'.repeat(32)}` }
          : answer
      faults.fail = (method) => (method === 'eth_call' ? new Error('header not found') : undefined)
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('ledger_stale')
      delete faults.edit
      delete faults.fail
      clock.seconds += 601
      await mine()
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('permitted')
      await standing.close()
    })

    it('refuses as soon as two nodes do not agree', async function () {
      const { entry, deployment, credentials, publisher, number } = await loadFixture(deployLicensed)
      const request = async (method: string, params: readonly unknown[]): Promise<unknown> => {
        try {
          return await chain.request({ method, params: [...params] })
        } catch (error) {
          throw new RpcError('refused', String((error as Error).message))
        }
      }
      const calling = (hide: () => boolean) => ({
        call: async ({ method, params }: { method: string; params: readonly unknown[] }) =>
          method === 'eth_getLogs' && hide() ? [] : request(method, params),
        batch: async () => [],
      })
      let isHiding = false
      const honest = await serveNode(calling(() => false))
      const liar = await serveNode(calling(() => isHiding))
      const provider = nodeProvider([liar.url, honest.url], deployment, { agree: 2, pause: 1 })
      const clock = { seconds: await time.latest() }
      const standing = await openStanding({
        ledger: openLedger(provider, deployment),
        operator: OPERATOR,
        keys: [entry],
        maxHeadAge: 0,
        interval: 2 ** 30,
        words: WORDS,
        now: () => clock.seconds * 1000,
      })
      expect(codeOf(standing, entry)).to.equal('permitted')
      await credentials.connect(publisher).revoke(number, 'unpaid')
      isHiding = true
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('ledger_stale')
      isHiding = false
      await standing.look()
      expect(codeOf(standing, entry)).to.equal('credential_revoked')
      await standing.close()
      provider.destroy()
      await Promise.all([honest.close(), liar.close()])
    })
  })
})
