import { expect } from 'chai'
import { Interface, type Log, type Provider } from 'ethers'

import { lineageClaimsAbi } from '../../../src/abi/lineageClaims.ts'
import { CLAIM_STATES, claimIdOf, commitmentOf, EVIDENCE_GRADES } from '../../../src/core/claim.ts'
import { parseAddress, parseDigest, parseModelId } from '../../../src/core/hex.ts'
import { RELATIONS } from '../../../src/core/vocabulary.ts'
import type { Ledger } from '../../../src/sdk/connect.ts'
import { CONTRACT_ERRORS, explainContractError } from '../../../src/sdk/contractErrors.ts'
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
function filed(changes: Partial<Record<'subject' | 'relation' | 'claimant' | 'commitment', unknown>> = {}): Log {
  const { subject, parent, claimant, product, commitment } = STATEMENT
  const values = { subject, claimant, commitment, relation: RELATIONS.merge, ...changes }
  const event = [CLAIM, values.subject, parent, values.claimant, product, values.relation, values.commitment, 7n, 9n]
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
    expect([CLAIM_STATES.length, EVIDENCE_GRADES.length]).to.deep.equal([7, 4])
  })
})
