import type { JsonRpcProvider } from 'ethers'

import { parseAddress, type Address } from '../../src/core/hex.ts'

/** First account of the node that publishes example models. Those before it are left to people. */
const FIRST_OWNER = 10

/** The accounts of the local node, by what they are for. */
export type LocalAccounts = {
  /** Deploys and administers the ledger, and has every role. */
  administrator: Address
  /** Owners in the Composer 2 case. */
  case: Record<'anysphere' | 'forkA' | 'forkB' | 'user', Address>
  /** Not used by anything: for a person to try with. */
  free: readonly Address[]
  /** Owners of example models, in alphabetical order of their names. */
  owners: readonly Address[]
  /** Others in the Composer 2 case: a hosting company, the claimant, and two scanners. */
  others: Record<'host' | 'claimant' | 'scannerA' | 'scannerB', Address>
}

/** Divides the accounts that a node manages. */
export async function readAccounts(provider: JsonRpcProvider): Promise<LocalAccounts> {
  const accounts = (await provider.listAccounts()).map(({ address }) => parseAddress(address))
  const [administrator, anysphere, forkA, forkB, user] = accounts as [Address, Address, Address, Address, Address]
  const [host, claimant, scannerA, scannerB] = accounts.slice(-4) as [Address, Address, Address, Address]
  return {
    administrator,
    case: { anysphere, forkA, forkB, user },
    free: accounts.slice(5, FIRST_OWNER),
    owners: accounts.slice(FIRST_OWNER, -4),
    others: { host, claimant, scannerA, scannerB },
  }
}
