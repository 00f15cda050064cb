import { expect } from 'chai'
import { BrowserProvider } from 'ethers'

import type { ModelId } from '../../src/core/hex.ts'
import { sha256 } from '../../src/core/sha256.ts'
import { credentialIdOf } from '../../src/core/tier.ts'
import { logIdOf } from '../../src/core/usage.ts'
import { openLedger, type Ledger } from '../../src/sdk/connect.ts'
import { listUsage } from '../../src/sdk/audit/readUsage.ts'
import { answerReader } from '../../src/sdk/compliance/answerReader.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { fileClaim } from '../../src/sdk/claims/fileClaim.ts'
import { listClaims } from '../../src/sdk/claims/listClaims.ts'
import { withdrawClaim } from '../../src/sdk/claims/withdrawClaim.ts'
import { listCredentialRequests } from '../../src/sdk/licensing/listCredentialRequests.ts'
import { requestCredential } from '../../src/sdk/licensing/requestCredential.ts'
import { deployCredential, deployModels } from '../fixtures/sdk.ts'
import { digestNumber } from '../fixtures/memoryLedger.ts'
import { ethers, provider as chain } from '../fixtures/ledger.ts'

/** As many strangers, or acts of one stranger, as the reader must not notice. */
const STRANGERS = 40

/** A ledger as anybody reads it, and how many calls and filters it sent since it was asked last. */
function counting({ deployment }: Ledger): { ledger: Ledger; sent: () => { calls: number; filters: number } } {
  let [calls, filters] = [0, 0]
  const request = (asked: { method: string; params?: unknown }) => {
    if (asked.method === 'eth_call') calls += 1
    if (asked.method === 'eth_getLogs') filters += 1
    return chain.request(asked as Parameters<typeof chain.request>[0])
  }
  const counted = new BrowserProvider({ request }, undefined, { cacheTimeout: -1 })
  return {
    ledger: openLedger(counted, deployment),
    sent: () => {
      const sum = { calls, filters }
      ;[calls, filters] = [0, 0]
      return sum
    },
  }
}

describe('what outsiders write costs a reader no call each', function () {
  describe('claims that were filed and withdrawn', function () {
    it('are left out before any is asked about', async function () {
      const { stranger, reader, base, tuned } = await deployModels()
      const { ledger, sent } = counting(reader)
      const file = async (number: number) => {
        const evidence = sha256(new TextEncoder().encode(String(number)))
        return fileClaim(stranger.ledger, { subject: base, parent: tuned, relation: 'merge', evidence })
      }
      for (let number = 0; number < STRANGERS; ++number) {
        await withdrawClaim(stranger.ledger, { claim: (await file(number)).kept.claim })
      }
      const { kept } = await file(STRANGERS)
      const pending = { subjects: [base], states: ['filed', 'contested'] } as const
      expect((await listClaims(ledger, pending)).map(({ claim }) => claim)).to.deep.equal([kept.claim])
      expect(sent()).to.deep.equal({ calls: 1, filters: 7 })
      expect((await answerReader(ledger).readPendingClaims!([base])).map(({ claim }) => claim)).to.deep.equal([
        kept.claim,
      ])
      expect(sent().calls).to.equal(1)

      const all = await listClaims(ledger, { subjects: [base] })
      expect(sent().calls).to.equal(1)
      expect(all.map(({ state }) => state)).to.deep.equal([...Array<string>(STRANGERS).fill('withdrawn'), 'filed'])
      const calls = await Promise.all(all.map(({ claim }) => ledgerClaim(reader, claim)))
      expect(all.map(({ contestUntil, accepted }) => [contestUntil, accepted])).to.deep.equal(calls)
    })
  })

  describe('requests for credentials', function () {
    it('cost two filters a page, and the latest of each account counts', async function () {
      const { stranger, holder, base, gated, reader } = await deployCredential()
      const { ledger, sent } = counting(reader)
      for (let number = 0; number < STRANGERS; ++number) {
        await requestCredential(stranger.ledger, { model: base, tier: gated, uri: String(number) })
      }
      await requestCredential(holder.ledger, { model: base, tier: gated })
      const open = await listCredentialRequests(ledger, { model: base })
      expect(open.map(({ holder: account, uri }) => [account, uri])).to.deep.equal([
        [stranger.address, String(STRANGERS - 1)],
      ])
      expect(sent()).to.deep.equal({ calls: 0, filters: 3 })
    })
  })

  describe('checkpoints of strangers for a credential', function () {
    it('are left out by the filter, and the operators that count are read', async function () {
      const world = await deployCredential()
      const { publisher, holder, base, gated, reader, credential } = world
      const { ledger, sent } = counting(reader)
      const policy = { licensee: holder.address }
      const ask = (): Promise<unknown> => verifyModel(ledger, { model: base, use: 'commercial', policy })
      const audit = await ethers.getContractAt('UsageAudit', reader.deployment.contracts.usageAudit)
      const anchor = async (account: string) => {
        const signer = await ethers.getImpersonatedSigner(account)
        await chain.request({ method: 'hardhat_setBalance', params: [account, '0x56bc75e2d63100000'] })
        await audit.connect(signer).anchor(account, BigInt(credential), 0n, 5n, digestNumber(7), 5n, 5n)
      }
      await anchor(publisher.address)
      await ask()
      const before = sent()
      for (let number = 1; number <= STRANGERS; ++number) {
        await anchor(`0x${(0xabc000 + number).toString(16).padStart(40, '0')}`)
      }
      await ask()
      expect(sent()).to.deep.equal(before)
      const asked = { credential, model: base, tier: gated, holder: holder.address }
      expect(credential).to.equal(credentialIdOf(base as ModelId, gated, holder.address))
      const [usage, ...others] = await listUsage(ledger, { credentials: [asked], operators: [publisher.address] })
      expect([usage?.log, usage?.calls, others]).to.deep.equal([logIdOf(publisher.address, credential, 0), 5n, []])
      expect(await listUsage(ledger, { credentials: [asked] })).to.have.length(STRANGERS + 1)
    })
  })
})

/** What the contract keeps of a claim. */
async function ledgerClaim({ deployment }: Ledger, claim: string): Promise<[number, boolean]> {
  const contract = await ethers.getContractAt('LineageClaims', deployment.contracts.lineageClaims)
  const { contestUntil, accepted } = await contract.claimOf(claim)
  return [Number(contestUntil), accepted]
}
