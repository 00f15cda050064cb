import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'

/** Thrown when the node, or the wallet that is to sign, is on another chain than the deployment. */
export class WrongChainError extends StemmaError {
  override name = 'WrongChainError'
  override readonly kind = 'unavailable'
  /** @param actual the chain's number, or how the wallet or the node says that it is another one */
  constructor(
    { name, chainId }: Partial<Pick<Deployment, 'name' | 'chainId'>>,
    actual: bigint | string,
    asked: 'node' | 'wallet' = 'node',
    cause?: unknown,
  ) {
    super(
      'WRONG_CHAIN',
      `${
        typeof actual === 'bigint'
          ? `The deployment "${name}" is on chain ${chainId}, but the ${asked} is on chain ${actual}.`
          : `The ${asked} is on another chain than the deployment (${actual}), and nothing was sent.`
      } ${
        asked === 'node'
          ? 'Use another node, or another deployment.'
          : `Switch the wallet to ${chainId === undefined ? 'its chain' : `chain ${chainId}`} (wallet_switchEthereumChain, or wallet_addEthereumChain for a new one), then try again.`
      }`,
      { cause },
    )
  }
}
