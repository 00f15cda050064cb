import { verify, type Report } from '../verify/verify.ts'
import type { Ledger } from './connect.ts'
import { nodeReader } from './nodeReader.ts'

/**
 * Answers whether a model may be used in a way, with reasons, from a node alone.
 *
 * @example
 * const { verdict, findings } = await verifyModel(ledger, { model, use: 'commercial', facts: { monthlyRevenueUsd: 167_000_000n } })
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 */
export function verifyModel(ledger: Ledger, parameters: verify.Parameters): Promise<Report> {
  return verify(nodeReader(ledger), parameters)
}
