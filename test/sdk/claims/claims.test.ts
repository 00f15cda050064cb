import { expect } from 'chai'
import { Interface, type Log, type Provider } from 'ethers'

import { lineageClaimsAbi } from '../../../src/abi/lineageClaims.ts'
import { CLAIM_STATES, claimIdOf, commitmentOf, EVIDENCE_GRADES } from '../../../src/core/claim.ts'
import { parseAddress, parseDigest, parseModelId, ZERO_DIGEST } from '../../../src/core/hex.ts'
import { RELATIONS } from '../../../src/core/vocabulary.ts'
import type { Ledger } from '../../../src/sdk/connect.ts'
import { CONTRACT_ERRORS, explainContractError } from '../../../src/sdk/contractErrors.ts'
import { DepositTooHighError, fileClaim, MAX_DEPOSIT } from '../../../src/sdk/claims/fileClaim.ts'
import { listClaims } from '../../../src/sdk/claims/listClaims.ts'
import { ClaimNotFoundError, readClaim } from '../../../src/sdk/claims/readClaim.ts'

const abi = new Interface(lineageClaimsAbi)
const word = (digits: string) => `0x${digits.repeat(32)}` as const
const address = parseAddress(`0x${'11'.repeat(20)}`)
const STATEMENT = {
  claimant: address,
  subject: parseDigest(word('22')),
  product: true,
  parent: parseModelId(word('33')),
  relation: 'merge',
  commitment: commitmentOf(address, parseDigest(word('44')), word('55')),
} as const
const CLAIM = claimIdOf(STATEMENT)

/** A log of `ClaimFiled`, of which some arguments are other than the claim's id says. */
function filed(
  changes: Partial<Record<'subject' | 'relation' | 'replaces' | 'claimant' | 'commitment', unknown>> = {},
): Log {
  const { subject, parent, claimant, product, commitment } = STATEMENT
  const values = { subject, claimant, commitment, relation: RELATIONS.merge, replaces: ZERO_DIGEST, ...changes }
  const claimed = [values.subject, parent, values.claimant, product, values.relation, values.replaces]
  const event = [CLAIM, ...claimed, values.commitment, 7n, 9n]
  const log = abi.encodeEventLog('ClaimFiled', event)
  return {
    ...log,
    address,
    blockNumber: 3,
    blockHash: word('66'),
    transactionHash: word('77'),
    index: 0,
  } as unknown as Log
}

/** A ledger whose node shows these claims, whatever it is asked for, and says of each that it is contested. */
function ledgerOf(logs: readonly Log[]): Ledger {
  const topic = abi.getEvent('ClaimFiled')!.topicHash
  const struct = abi.getFunction('claimOf')!.outputs[0]!
  const fields: Record<string, unknown> = { state: 2n, contestUntil: 8n, accepted: true }
  const claimOf = struct.components!.map(
    ({ name, type }) =>
      fields[name] ??
      (type === 'bool' ? false : type === 'address' ? address : type.startsWith('bytes') ? word('00') : 0n),
  )
  const contested = abi.encodeFunctionResult('claimOf', [claimOf])
  const provider = { getLogs: async ({ topics }: { topics: string[] }) => (topics[0] === topic ? logs : []) }
  return {
    deployment: { name: 'test', chainId: 1, firstBlock: 0, contracts: { lineageClaims: address } },
    provider: provider as unknown as Provider,
    runner: { provider, call: async () => contested },
  } as unknown as Ledger
}

describe('claims by the SDK', function () {
  it('pays a contract no more than the caller allows, by default 0.1 ether, and signs nothing else', async function () {
    const claim = {
      subject: STATEMENT.subject,
      parent: STATEMENT.parent,
      relation: 'merge',
      evidence: word('44'),
    } as const
    const asking = (deposit: bigint) => {
      const sent: { value?: unknown }[] = []
      const runner = {
        provider: {},
        getAddress: async () => address,
        call: async () => abi.encodeFunctionResult('deposit', [deposit]),
        resolveName: async (name: string) => name,
        estimateGas: async (transaction: { value?: unknown }) => (sent.push(transaction), 21_000n),
        sendTransaction: async () => expect.fail('nothing may be sent'),
      }
      return { sent, ledger: { ...ledgerOf([]), runner, provider: runner.provider } as unknown as Ledger }
    }
    for (const [deposit, maxDeposit] of [
      [5_000n * 10n ** 18n, undefined],
      [MAX_DEPOSIT + 1n, undefined],
      [2n ** 128n - 1n, undefined],
      [1n, 0n],
    ] as const) {
      const { ledger } = asking(deposit)
      const prepared: unknown[] = []
      const limit = maxDeposit === undefined ? {} : { maxDeposit }
      const error = await fileClaim(ledger, {
        ...claim,
        evidence: parseDigest(claim.evidence),
        ...limit,
        onPrepared: (kept) => void prepared.push(kept),
      }).catch((each: unknown) => each)
      expect(error).to.be.instanceOf(DepositTooHighError).and.to.include({ code: 'DEPOSIT_TOO_HIGH', kind: 'refused' })
      expect((error as Error).message)
        .to.contain(`of ${deposit} wei`)
        .and.to.contain(`at most ${maxDeposit ?? MAX_DEPOSIT} wei`)
      expect(prepared).to.deep.equal([])
    }
    const { ledger, sent } = asking(MAX_DEPOSIT)
    const prepared: bigint[] = []
    const dry = await fileClaim(ledger, {
      ...claim,
      evidence: parseDigest(claim.evidence),
      dryRun: true,
      onPrepared: (_, deposit) => void prepared.push(deposit),
    })
    expect([dry.deposit, sent.map(({ value }) => value), prepared]).to.deep.equal([
      MAX_DEPOSIT,
      [MAX_DEPOSIT],
      [MAX_DEPOSIT],
    ])
  })

  it('lists what a node shows, as it stands', async function () {
    expect(await listClaims(ledgerOf([filed()]))).to.deep.equal([
      {
        ...STATEMENT,
        claim: CLAIM,
        state: 'contested',
        contestUntil: 8,
        accepted: true,
        evidence: null,
        answer: null,
        ruling: null,
        deposit: 9n,
        block: 3,
        transaction: word('77'),
      },
    ])
  })

  it('leaves out what does not match its id, and claims of another account or state than asked for', async function () {
    for (const changes of [
      { subject: word('23') },
      { claimant: `0x${'12'.repeat(20)}` },
      { commitment: word('45') },
      { relation: 4 },
      { relation: 0 },
      { replaces: word('46') },
    ]) {
      expect(await listClaims(ledgerOf([filed(changes)])), JSON.stringify(changes)).to.deep.equal([])
    }
    expect(await listClaims(ledgerOf([filed()]), { claimant: parseAddress(`0x${'12'.repeat(20)}`) })).to.deep.equal([])
    expect(await listClaims(ledgerOf([filed()]), { states: ['filed'] })).to.deep.equal([])
    expect((await listClaims(ledgerOf([filed()]), { claimant: address, states: ['contested'] })).length).to.equal(1)
  })

  it('says that there is no claim when the node shows one that is not that of the id', async function () {
    expect((await readClaim(ledgerOf([filed()]), { claim: CLAIM })).claim).to.equal(CLAIM)
    const error = await readClaim(ledgerOf([filed({ relation: 4 })]), { claim: CLAIM }).catch(
      (caught: unknown) => caught,
    )
    expect(error).to.be.instanceOf(ClaimNotFoundError)
  })

  it('has a sentence with its arguments for every error of the contract', function () {
    abi.forEachError(({ name, inputs }) => {
      if (!name.startsWith('LineageClaims')) return
      expect(CONTRACT_ERRORS, name).to.have.property(name)
      const args = Object.fromEntries(inputs.map((input) => [input.name, input.type === 'uint8' ? 3n : 86_400n]))
      const { message, code } = explainContractError({ errorName: name, args })
      expect(message, name).to.not.match(/undefined|The contract refused with/)
      expect(code).to.match(/^LINEAGE_CLAIMS_[A-Z_]+$/)
    })
  })

  it('names as many states and grades as the contract has', function () {
    expect([CLAIM_STATES.length, EVIDENCE_GRADES.length]).to.deep.equal([7, 5])
  })
})
