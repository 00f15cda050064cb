import { UsageError, type Context } from '../console/context.ts'
import { quoted } from '../core/text.ts'
import { answer as answerBy } from '../verify/answer.ts'
import { askedOfBundle, bundleAgeOf, statementOf, type OpenedBundle } from './bundle.ts'
import { formatTime } from './format.ts'
import { pinnedBindings } from './pinnedBindings.ts'
import { trustedOf, type VerifyAnswer, type VerifyArguments, type VerifyOptions } from './verifyArguments.ts'

/** Asks a bundle, without a node. */
export async function askBundle(
  context: Context,
  options: VerifyOptions,
  { question: { now, ...question }, target }: VerifyArguments,
  { open, deployment }: OpenedBundle,
): Promise<VerifyAnswer> {
  const { timestamp } = open.block
  if (question.at !== undefined && question.at < timestamp) {
    throw new UsageError(
      `A bundle proves the ledger as of its block, of ${formatTime(timestamp)}, and --at ${quoted(options.at!)} is before. Leave out --at, or take a bundle of that time.`,
    )
  }
  const asked = await askedOfBundle(open, target as Exclude<typeof target, { kind: 'endpoint' }>)
  const trusted = await trustedOf(context, question.policy, deployment)
  const pins = pinnedBindings(context, { deployment })
  const freshness = { now, maxAge: bundleAgeOf(options, deployment) }
  const answer = await answerBy(open.reader, { asked, ...question, trusted, pins, freshness })
  return { answer, ledger: deployment.contracts.ledger, counting: { trusted }, bundle: statementOf(open, now) }
}
