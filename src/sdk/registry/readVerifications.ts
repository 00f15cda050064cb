import { PublisherVerified } from '../../abi/ledger.ts'
import { parseAddress, type Address } from '../../core/hex.ts'
import type { Verification } from '../../core/ports.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'
import { readPublisher } from './readPublisher.ts'

/** Most publishers that are asked about one by one. */
const FEW = 8

/**
 * Reads the verifications of publishers that hold; publishers without one are left out. Anybody can publish a twin, so of many
 * publishers only those that a verifier ever named cost a call.
 */
export async function readVerifications(
  ledger: Ledger,
  publishers: readonly Address[],
): Promise<Map<Address, Verification>> {
  let asked = new Set(publishers)
  if (asked.size > FEW) {
    const events = await readEvents(ledger, 'ledger', PublisherVerified, { publisher: [...asked] })
    asked = new Set(events.map(({ args }) => parseAddress(args.publisher as string)))
  }
  const records = await Promise.all([...asked].map((publisher) => readPublisher(ledger, { publisher })))
  return new Map(
    records.flatMap(({ publisher, verifiedFrom: from, verifiedUntil: until }) =>
      until > 0 ? [[publisher, { from, until }]] : [],
    ),
  )
}
