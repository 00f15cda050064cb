import { ProfileSet } from '../../abi/ledger.ts'
import { parseAddress, type Address } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** Reads the domains that the profiles of some publishers state. Publishers that state none are left out. */
export async function readDomains(ledger: Ledger, publishers: readonly Address[]): Promise<Map<Address, string>> {
  const events = await readEvents(ledger, 'ledger', ProfileSet, { publisher: publishers })
  // Oldest first, so the last profile counts.
  const domains = new Map(events.map(({ args }) => [parseAddress(args.publisher as string), args.domain as string]))
  return new Map([...domains].filter(([, domain]) => domain !== ''))
}
