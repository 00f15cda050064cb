import type { ChainId } from '../core/chainId.ts'
import {
  checkpointDigest,
  CHECKPOINT_SCHEMES,
  type CheckpointBlock,
  type CheckpointScheme,
} from '../core/blockCheckpoint.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address, Digest, Hex } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { describeValue, FieldReader } from '../documents/fields.ts'

/** A block with the signatures of accounts that vouch for it. */
export type SignedCheckpoint = CheckpointBlock & {
  version: 1
  signatures: readonly { scheme: CheckpointScheme; signature: Hex }[]
}

/** Whose signatures a reader counts, and how many of them it takes. They come from the reader's own policy. */
export type CheckpointQuorum = { signers: readonly Address[]; threshold: number }

/** The account whose key signed a digest, such as `recoverAddress` of ethers gives. Throws when the signature is none. */
export type RecoverSigner = (digest: Hex, signature: Hex) => string

const MOST_SIGNATURES = 256

/** Reads the parsed JSON of a checkpoint. Whether it counts is for {@link trustedBlockOf} to say. @throws {@link InvalidCheckpointError} */
export function parseCheckpoint(value: unknown): SignedCheckpoint {
  const fields = read.object(value, 'the checkpoint', ['version', 'chainId', 'block', 'hash', 'signatures'])
  return {
    version: read.version(fields.version, 1),
    chainId: read.chainId(fields.chainId, 'chainId'),
    block: read.count(fields.block, 'block', 2 ** 53),
    hash: read.digest(fields.hash, 'hash'),
    signatures: read.list(fields.signatures, 'signatures', MOST_SIGNATURES).map((item, index) => {
      const field = `signatures[${index}]`
      const { scheme, signature } = read.object(item, field, ['scheme', 'signature'])
      return {
        scheme: read.word(scheme, `${field}.scheme`, CHECKPOINT_SCHEMES),
        signature: read.signature(signature, `${field}.signature`),
      }
    }),
  }
}

/**
 * The hash of a checkpoint's block, when enough of the reader's accounts signed it for the chain. Other signatures, and second ones of
 * an account, count for nothing. Accounts are those with a key: a contract that signs (ERC-1271) can only be asked on its chain.
 *
 * @throws {@link UncountedCheckpointError} when too few did
 */
export function trustedBlockOf(
  checkpoint: SignedCheckpoint,
  chainId: ChainId,
  { signers, threshold }: CheckpointQuorum,
  recover: RecoverSigner,
): Digest {
  const counted = new Set<string>()
  for (const { scheme, signature } of checkpoint.signatures) {
    const signer = signerOf(checkpointDigest(checkpoint, scheme), signature, recover)
    if (signer !== undefined && (signers as readonly string[]).includes(signer)) counted.add(signer)
  }
  const isOfChain = checkpoint.chainId === chainId
  if (!isOfChain || threshold < 1 || counted.size < threshold) {
    throw new UncountedCheckpointError(checkpoint, chainId, counted.size, threshold)
  }
  return checkpoint.hash
}

function signerOf(digest: Hex, signature: Hex, recover: RecoverSigner): string | undefined {
  try {
    return recover(digest, signature).toLowerCase()
  } catch {
    return undefined
  }
}

/** Thrown when a file is not a checkpoint. */
export class InvalidCheckpointError extends StemmaError {
  override name = 'InvalidCheckpointError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_CHECKPOINT',
      `Invalid checkpoint: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Take the checkpoint from its source again.${hint}`,
    )
  }
}

/** Thrown when too few of the reader's accounts signed a checkpoint, or signed it for another chain. */
export class UncountedCheckpointError extends StemmaError {
  override name = 'UncountedCheckpointError'
  override readonly kind = 'undecided'
  constructor(checkpoint: SignedCheckpoint, chainId: ChainId, counted: number, threshold: number) {
    const fault =
      checkpoint.chainId === chainId
        ? `has ${counted} signatures of accounts that the policy names, and ${threshold} are needed`
        : `is of chain ${checkpoint.chainId}, and the deployment is on chain ${chainId}`
    super(
      'CHECKPOINT_NOT_COUNTED',
      `The checkpoint of block ${checkpoint.block} ${fault}. Get one that enough of these accounts signed, or trust a block by its hash: --trusted-block.`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidCheckpointError(...fault))
