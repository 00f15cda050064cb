import * as abi from '../../abi/reviewGate.ts'
import type { Digest } from '../../core/hex.ts'
import { FOREVER } from '../../core/lineage.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Certifies unregistered weights, which may then be loaded at once. Only an accredited certifier may. */
export async function certifyArtefact(ledger: Ledger, parameters: certifyArtefact.Parameters): Promise<Sent> {
  const { weights, until = FOREVER, ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.certifyArtefact), weights, until),
  )
}

export declare namespace certifyArtefact {
  type Parameters = WriteOptions & {
    /** SHA-256 model digest. */
    weights: Digest
    /** Unix seconds, exclusive; no end by default. */
    until?: number
  }
}
