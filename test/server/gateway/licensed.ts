import { BrowserProvider, type Provider } from 'ethers'

import type { KeyEntry, KeyRate } from '../../../packages/server/src/gateway/ports.ts'
import type { Deployment } from '../../../src/core/deployment.ts'
import { parseAddress, parseCredentialId, parseTierId, type Address } from '../../../src/core/hex.ts'
import { openLedger, type Ledger } from '../../../src/sdk/connect.ts'
import { deployCleared } from '../../fixtures/gate.ts'
import { DAY, ethers, grantOf, networkHelpers, provider as chain } from '../../fixtures/ledger.ts'

/** Words by which the license of the fixtures is decided: everybody's, and what the holder is known to earn. */
export const WORDS = { everybody: true, factsOf: () => ({ 'monthlyRevenueUsd/product': 0n }) } as const

/** The account under which the tests' gateway anchors. */
export const OPERATOR = parseAddress(`0x${'aa'.repeat(20)}`)

/** A cleared model, a credential of its gated tier that lasts for ten days, and a key that is bound to it. */
export async function deployLicensed() {
  const base = await deployCleared()
  const { manager, recalls, ledger, credentials, claims, lens, gate, loading, publisher, holder, a, gated } = base
  const audit = await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credentials])
  const address = async (contract: { getAddress(): Promise<string> }): Promise<Address> =>
    parseAddress(await contract.getAddress())
  const deployment: Deployment = {
    name: 'test',
    chainId: Number((await ethers.provider.getNetwork()).chainId),
    firstBlock: 0,
    contracts: {
      manager: await address(manager),
      recalls: await address(recalls),
      ledger: await address(ledger),
      licenseCredential: await address(credentials),
      lineageClaims: await address(claims),
      complianceLens: await address(lens),
      usageAudit: await address(audit),
      reviewGate: await address(gate),
      loadCheck: await address(loading),
    },
  }
  const until = BigInt(await networkHelpers.time.latest()) + 10n * DAY
  await credentials.connect(publisher).grant(grantOf(a, gated, holder, 0, until))
  const number = await credentials.hashCredential(a, gated, holder)
  const entry: KeyEntry = {
    id: 'key-00000001',
    holder: parseAddress(holder.address),
    model: a,
    tier: parseTierId(gated),
    credential: parseCredentialId(`0x${number.toString(16).padStart(64, '0')}`),
    use: 'commercial',
    rate: {},
  }
  return { ...base, audit, deployment, until: Number(until), number, entry }
}

/** Another key of the same credential. */
export function keyLike(entry: KeyEntry, id: number, rate: KeyRate = {}): KeyEntry {
  return { ...entry, id: `key-${id.toString(16).padStart(8, '0')}`, rate }
}

/** The chain as one node, whose answers a test may hold back or change. */
export function nodeOf(deployment: Deployment): { reader: Ledger; faults: NodeFaults; asked: string[] } {
  const faults: NodeFaults = {}
  const asked: string[] = []
  const request = async (call: { method: string; params?: unknown[] }): Promise<unknown> => {
    asked.push(call.method)
    const fault = faults.fail?.(call.method)
    if (fault) throw fault
    const answer = await chain.request(call)
    return faults.edit ? faults.edit(call.method, answer) : answer
  }
  const provider: Provider = new BrowserProvider({ request }, undefined, { cacheTimeout: -1, pollingInterval: 10 })
  return { reader: openLedger(provider, deployment), faults, asked }
}

/** What is wrong with a node, now. */
export type NodeFaults = {
  fail?: (method: string) => Error | undefined
  edit?: (method: string, answer: unknown) => unknown
}
