import * as abi from '../../abi/ledger.ts'
import { parseDigest, type Address, type Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** A batch that a publisher anchored. */
export type AnchoredBatch = {
  root: Digest
  /** How many registrations it has. */
  count: number
  /** Of them, how many are on the ledger in full. The others still can be, unless the batch is revoked. */
  materialized: number
  revoked: boolean
  /** URI of the batch file that the publisher stated. */
  uri: string
  /** Number of the block that anchored it. */
  block: number
}

/** Lists the batches that were anchored in the name of a publisher, oldest first. Revoke one that you do not know. */
export async function listBatches(ledger: Ledger, parameters: { publisher: Address }): Promise<AnchoredBatch[]> {
  const { publisher } = parameters
  const [anchored, revoked, materialized] = await Promise.all(
    [abi.BatchAnchored, abi.BatchRevoked, abi.ModelMaterialized].map((event) =>
      readEvents(ledger, 'ledger', event, { publisher }),
    ),
  )
  const ended = new Set(revoked!.map(({ args }) => args.root))
  return anchored!.map(({ args, block }) => ({
    root: parseDigest(args.root as string),
    count: Number(args.count),
    materialized: materialized!.filter(({ args: { root } }) => root === args.root).length,
    revoked: ended.has(args.root),
    uri: args.uri as string,
    block,
  }))
}
