import { CHECKPOINT_TYPES, checkpointDomain, type CheckpointBlock } from '../../core/blockCheckpoint.ts'
import type { Digest, Hex } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { NodeAnswerError } from '../nodeErrors.ts'
import { senderOf, signTypedData } from '../transact.ts'
import { readBlock } from '../readBlock.ts'

/**
 * Signs the hash of a block of the ledger's chain as typed data, for those who trust the signer and have no node. Sign only what a node of
 * your own says. A reader counts the signatures of accounts that its policy names: put those of several signers into one file.
 *
 * @example
 * const { signature, ...block } = await signCheckpoint(ledger)
 * const file = { version: 1, ...block, signatures: [{ scheme: 'eip712', signature }] }
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 */
export async function signCheckpoint(
  ledger: Ledger,
  parameters: signCheckpoint.Parameters = {},
): Promise<signCheckpoint.ReturnType> {
  const { block: tag = 'latest' } = parameters
  await senderOf(ledger)
  const { provider, deployment } = ledger
  const found = await readBlock(provider, tag)
  if (!found?.hash) throw new NodeAnswerError(new Error(`there is no block ${tag}`))
  const { chainId } = deployment
  const checkpoint = { chainId, block: found.number, hash: found.hash as Digest }
  const { block, hash } = checkpoint
  const signature = await signTypedData(ledger, checkpointDomain(chainId), CHECKPOINT_TYPES, { block, hash })
  return { ...checkpoint, signature }
}

export declare namespace signCheckpoint {
  type Parameters = {
    /** The block, by number or tag; the latest when left out. */
    block?: number | 'latest' | 'safe' | 'finalized'
  }
  type ReturnType = CheckpointBlock & { signature: Hex }
}
