import type { Command } from 'commander'

import { parseDigest, type Digest } from '../core/hex.ts'
import { parseRight, RIGHT_NAMES, type Right } from '../core/vocabulary.ts'
import { UsageError } from '../console/context.ts'

/** What a publisher states with a grant, as typed. */
export type GrantOptions = { payment?: string; agreement?: string; lifts?: string }

/** Adds the options with what a publisher states with a grant. */
export function withGrantOptions(command: Command): Command {
  return command
    .option('--payment <digest>', 'SHA-256 of a receipt of a payment made elsewhere; payment on chain is not built')
    .option('--agreement <digest>', 'SHA-256 of confidential terms with the holder; needs --lifts')
    .option(
      '--lifts <rights>',
      `rights that the agreement gives beyond the tier, comma-separated: ${RIGHT_NAMES.join(', ')}`,
    )
}

/** Reads these options. @throws {@link UsageError} when an agreement lifts nothing, or rights are lifted without one */
export function grantOptionsOf(options: GrantOptions): { payment?: Digest; agreement?: Digest; lifts?: Right[] } {
  const { payment, agreement, lifts } = options
  if ((agreement === undefined) !== (lifts === undefined)) {
    throw new UsageError(
      `Use --agreement and --lifts together: --${agreement === undefined ? 'agreement names the SHA-256 of the terms' : 'lifts names the rights that the agreement gives beyond the tier'}.`,
    )
  }
  return {
    ...(payment !== undefined && { payment: parseDigest(payment) }),
    ...(agreement !== undefined && { agreement: parseDigest(agreement) }),
    ...(lifts !== undefined && { lifts: lifts.split(',').map((right) => parseRight(right.trim())) }),
  }
}
