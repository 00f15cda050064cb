import { isError, type Block, type BlockTag, type Provider } from 'ethers'

import { readingOnly } from './nodeErrors.ts'

/** What Stemma reads of a block. */
export type BlockHead = Pick<Block, 'number' | 'hash' | 'parentHash' | 'timestamp'>

/**
 * Reads a block; null when the node does not have it. ethers refuses blocks of chains that leave out fields of Ethereum; here what Stemma
 * reads has to be there, and nothing else.
 *
 * @throws `NodeAnswerError` when the answer is not a block
 */
export async function readBlock(provider: Provider, tag: BlockTag): Promise<BlockHead | null> {
  return readingOnly(async () => {
    try {
      return await provider.getBlock(tag)
    } catch (error) {
      // With the error, ethers gives the answer that it could not read.
      const block = isError(error, 'BAD_DATA') ? headOf(error.value) : undefined
      if (!block) throw error
      return block
    }
  })
}

function headOf(answer: unknown): BlockHead | undefined {
  const { number, hash, parentHash, timestamp } = (answer ?? {}) as Record<string, unknown>
  const isHash = (value: unknown): value is string => typeof value === 'string' && /^0x[\da-f]{64}$/i.test(value)
  if (!isHash(hash) || !isHash(parentHash)) return undefined
  const [height, time] = [number, timestamp].map(Number)
  if (!Number.isSafeInteger(height) || !Number.isSafeInteger(time)) return undefined
  return { number: height!, hash, parentHash, timestamp: time! }
}
