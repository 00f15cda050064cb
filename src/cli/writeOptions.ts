import { quoted } from '../core/text.ts'
import type { WriteOptions } from '../sdk/transact.ts'
import type { WaitOptions } from '../sdk/waitForTransaction.ts'
import { UsageError, type Context } from '../console/context.ts'
import { countOption, wholeNumber, type WaitArguments, type WriteArguments } from '../console/options.ts'
import { feeOf } from './wei.ts'

/**
 * How an action sends its transaction, by the options of a command. The hash is printed as soon as there is one, in case nobody waits
 * for the block.
 *
 * @throws {@link UsageError}
 */
export function writeOptionsOf(context: Context, options: WriteArguments): WriteOptions {
  const { maxFee, priorityFee, gasPrice, gasLimit, nonce } = options
  if (gasPrice !== undefined && (maxFee !== undefined || priorityFee !== undefined)) {
    throw new UsageError(
      '--gas-price is for chains without EIP-1559. Use it alone, or --max-fee and --priority-fee without it.',
    )
  }
  const limit = countOption('--gas-limit', gasLimit)
  if (limit === 0) throw new UsageError('Invalid --gas-limit "0": use a whole number from 21000, or leave it out.')
  const chosen = countOption('--nonce', nonce)
  const fees = {
    ...(maxFee !== undefined && { maxFeePerGas: feeOf('--max-fee', maxFee) }),
    ...(priorityFee !== undefined && { maxPriorityFeePerGas: feeOf('--priority-fee', priorityFee) }),
    ...(gasPrice !== undefined && { gasPrice: feeOf('--gas-price', gasPrice) }),
  }
  const { maxFeePerGas, maxPriorityFeePerGas } = fees
  if (maxFeePerGas !== undefined && maxPriorityFeePerGas !== undefined && maxPriorityFeePerGas > maxFeePerGas) {
    throw new UsageError(
      `--priority-fee ${quoted(priorityFee!)} is more than --max-fee ${quoted(maxFee!)}, which includes it. Lower the first, or raise the second.`,
    )
  }
  return {
    ...waitOptionsOf(context, options),
    ...fees,
    dryRun: options.dryRun ?? false,
    ...(limit !== undefined && { gasLimit: BigInt(limit) }),
    ...(chosen !== undefined && { nonce: chosen }),
    onSent: (transaction) => context.stderr(`Sent ${transaction}, waiting for its block.\n`),
  }
}

/** How long a transaction is waited for, by the options of a command. @throws {@link UsageError} */
export function waitOptionsOf(context: Context, { confirmations, wait }: WaitArguments): WaitOptions {
  return {
    signal: context.signal,
    ...(confirmations !== undefined && {
      confirmations: wholeNumber('--confirmations', confirmations, 1, 999_999_999),
    }),
    ...(wait !== undefined && { timeout: wholeNumber('--wait', wait, 1, 999_999_999) * 1000 }),
    onReplaced: (replacement, replaced) =>
      context.stderr(`${replaced} was replaced by ${replacement}, the same with another fee; waiting for that one.\n`),
  }
}
