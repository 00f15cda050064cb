import type { ChainId } from './chainId.ts'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

import { keccak, keccakText, keccakWords, type Digest, type Hex } from './hex.ts'

/** A block that somebody vouches for. */
export type CheckpointBlock = {
  chainId: ChainId
  /** Number of the block. */
  block: number
  hash: Digest
}

/** How a checkpoint is signed: as typed data (EIP-712), or as a text (EIP-191, `personal_sign`). */
export const CHECKPOINT_SCHEMES = ['eip712', 'eip191'] as const
/** A name of {@link CHECKPOINT_SCHEMES}. */
export type CheckpointScheme = (typeof CHECKPOINT_SCHEMES)[number]

/** The EIP-712 types of a checkpoint. The chain is in the domain. */
export const CHECKPOINT_TYPES = {
  Checkpoint: [
    { name: 'block', type: 'uint64' },
    { name: 'hash', type: 'bytes32' },
  ],
}

const DOMAIN = { name: 'Stemma Checkpoint', version: '1' }
const DOMAIN_TYPEHASH = keccakText('EIP712Domain(string name,string version,uint256 chainId)')
const CHECKPOINT_TYPEHASH = keccakText('Checkpoint(uint64 block,bytes32 hash)')

/** The EIP-712 domain of a chain's checkpoints. */
export function checkpointDomain(chainId: ChainId): { name: string; version: string; chainId: ChainId } {
  return { ...DOMAIN, chainId }
}

/** The text that stands for a checkpoint where typed data cannot be signed. */
export function checkpointMessage({ chainId, block, hash }: CheckpointBlock): string {
  return `Stemma checkpoint\nchain: ${chainId}\nblock: ${block}\nhash: ${hash}`
}

/** What is signed of a checkpoint: the digest from which its signer is recovered. */
export function checkpointDigest(checkpoint: CheckpointBlock, scheme: CheckpointScheme): Hex {
  if (scheme === 'eip191') {
    const message = utf8ToBytes(checkpointMessage(checkpoint))
    return keccak(concatBytes(utf8ToBytes(`\u0019Ethereum Signed Message:\n${message.length}`), message))
  }
  const { chainId, block, hash } = checkpoint
  const domain = keccakWords([DOMAIN_TYPEHASH, keccakText(DOMAIN.name), keccakText(DOMAIN.version), BigInt(chainId)])
  const struct = keccakWords([CHECKPOINT_TYPEHASH, block, hash])
  return keccak(hexToBytes(`1901${domain.slice(2)}${struct.slice(2)}`))
}
