import { verify, type Report } from '../verify/verify.ts'
import type { Ledger } from './connect.ts'
import { nodeReader } from './nodeReader.ts'

/**
 * Answers whether a model may be used in a way, with reasons, from a node alone, in two round trips: the state of the whole
 * lineage by one call to the lens, then the registrations and names of terms. Who asks often about the same lineages keeps
 * a {@link nodeReader} and calls `verify` with it, which makes the second round trip once.
 *
 * @example
 * const { verdict, findings } = await verifyModel(ledger, { model, use: 'commercial', facts: { monthlyRevenueUsd: 167_000_000n } })
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 */
export function verifyModel(ledger: Ledger, parameters: verify.Parameters): Promise<Report> {
  return verify(nodeReader(ledger), parameters)
}
