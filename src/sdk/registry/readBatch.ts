import * as abi from '../../abi/ledger.ts'
import { StemmaError } from '../../core/errors.ts'
import { parseModelId, type Address, type Digest, type ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents } from '../logs.ts'
import { reading } from '../nodeErrors.ts'

/** Reads what a publisher has anchored by the root of a batch. @throws {@link BatchNotFoundError} when it has not */
export async function readBatch(
  ledger: Ledger,
  parameters: { publisher: Address; root: Digest },
): Promise<readBatch.ReturnType> {
  const { publisher, root } = parameters
  const [[anchoredAt, count, revokedAt], [anchored], materialized] = await Promise.all([
    reading(() => methodOf(ledger, 'ledger', abi.batchOf)(publisher, root)),
    readEvents(ledger, 'ledger', abi.BatchAnchored, { publisher, root }),
    readEvents(ledger, 'ledger', abi.ModelMaterialized, { publisher, root }),
  ])
  if (anchoredAt === 0n || !anchored) throw new BatchNotFoundError(publisher, root, ledger.deployment.name)
  return {
    publisher,
    root,
    anchoredAt: Number(anchoredAt),
    count: Number(count),
    revokedAt: Number(revokedAt),
    uri: anchored.args.uri as string,
    materialized: materialized.map(({ args }) => parseModelId(args.model as string)),
  }
}

export declare namespace readBatch {
  type ReturnType = {
    publisher: Address
    root: Digest
    /** Unix seconds. */
    anchoredAt: number
    /** Number of registrations. */
    count: number
    /** Unix seconds; zero unless it was revoked. */
    revokedAt: number
    /** URI of the batch file that the publisher stated. */
    uri: string
    /** The models that were materialized from it, oldest first. */
    materialized: ModelId[]
  }
}

/** Thrown when a publisher has not anchored a batch with a root. */
export class BatchNotFoundError extends StemmaError {
  override name = 'BatchNotFoundError'
  override readonly kind = 'undecided'
  constructor(publisher: Address, root: Digest, deployment: string) {
    super(
      'BATCH_NOT_FOUND',
      `${publisher} has anchored no batch with the root ${root} on the ledger "${deployment}". Anchor it first (stemma batch anchor), or choose another deployment.`,
    )
  }
}
