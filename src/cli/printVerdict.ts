import { EXIT, note, type Context } from '../console/context.ts'
import type { Verdict } from '../core/evaluate.ts'
import type { Digest } from '../core/hex.ts'
import { VERDICT_WORDS } from '../core/reportWords.ts'
import { checkSignedWeights } from '../signing/checkSigned.ts'
import type { Answer } from '../verify/answer.ts'
import { answerDocument, completeReports } from '../verify/answerDocument.ts'
import { questionDigest } from '../verify/questionDigest.ts'
import { formatBundleStatement } from './bundle.ts'
import { exitOfProfiles } from './disclosed.ts'
import { unansweredBy } from './facts.ts'
import { formatPendingClaim } from './formatClaim.ts'
import { formatAnswer, formatInFull } from './report.ts'
import { printReport } from './reportFormat.ts'
import { repositoryPlace } from './repositoryPlace.ts'
import { endpointDocument, formatServed } from './servedEndpoint.ts'
import type { VerifyAnswer, VerifyArguments, VerifyOptions } from './verifyArguments.ts'
import { formatSignature, signatureSentence, signatureStatement } from './signature.ts'
import { packageVersion } from './version.ts'

/**
 * Prints an answer, with notes about what it leaves open.
 *
 * @param text what was asked about, as it was typed; undefined for what a bundle was collected for
 *
 * @returns the exit code: 0 permitted, 1 not permitted, 3 unknown
 */
export async function printVerdict(
  context: Context,
  text: string | undefined,
  options: VerifyOptions,
  { question: { uses, policy, facts, licenses, at }, target, signature: verified }: VerifyArguments,
  { answer, disclosure, bundle, ledger, counting, served }: VerifyAnswer,
): Promise<number> {
  if (verified !== undefined) checkSignedWeights(verified.statement, weightsOf(answer))
  const signature = signatureStatement(verified, target?.kind === 'weights' ? target.model.signatures : [])
  noteRegistrations(answer, context)
  const findings = answer.reports.flatMap((report) => report.findings)
  for (const remark of unansweredBy({ ...policy.facts, ...facts }, findings)) note(context, remark)
  for (const claim of answer.claims ?? []) {
    note(context, `A claim is pending. It changes nothing yet: ${formatPendingClaim(claim)}.`)
  }
  const strict = options.strict ?? false
  const code = exitOf(answer.verdict, strict) || (disclosure ? exitOfProfiles(disclosure) : EXIT.ok)
  await printReport(context, options, {
    text: () => {
      const words = options.full ? formatInFull(answer, disclosure) : formatAnswer(answer, licenses, disclosure)
      const more = [
        served && formatServed(served),
        bundle && formatBundleStatement(bundle),
        signature && formatSignature(signature),
      ]
      return [words, ...more.filter((each) => each !== undefined)].join('\n\n')
    },
    json: () => ({
      ...answerDocument(answer, disclosure),
      ...(bundle && { bundle }),
      ...(served && { endpoint: endpointDocument(served) }),
      ...(signature && { signature }),
    }),
    answers: () => ({
      version: packageVersion(),
      subjects: [
        {
          subject: text ?? answer.model,
          place: repositoryPlace(context, target, text ?? options.bundle!),
          ledger,
          passed: code === EXIT.ok,
          reports: completeReports(answer, disclosure),
          claims: answer.claims,
          ...(signature && { signature: signatureSentence(signature) }),
        },
      ],
    }),
    policyOf: () => {
      const { trusted = [], prove } = counting
      return questionDigest({ uses, policy, facts, trusted, countsNames: prove !== undefined, strict, at })
    },
  })
  return code
}

/** The weights of the model that was asked about. */
function weightsOf({ model, registrations }: Answer): Digest {
  return registrations.find((each) => each.model === model)!.weights
}

/** Most unverified twins that a note names. */
const MOST_TWINS = 8

/** Names every registration of the same weights, and which of them counts. */
function noteRegistrations({ model, registrations }: Answer, context: Context): void {
  if (registrations.length === 1) return
  const unverified = registrations.filter(({ verdict }) => verdict === null)
  const asked = registrations.flatMap((each) =>
    each.verdict === null
      ? []
      : [`${each.model} by ${each.publisher} (${each.standing}): ${VERDICT_WORDS[each.verdict]}`],
  )
  if (unverified.length > 0) {
    note(
      context,
      `unverified-twin: these weights are also registered by ${unverified.length === 1 ? 'a publisher' : `${unverified.length} publishers`} for whom nobody vouches (${unverified
        .slice(0, MOST_TWINS)
        .map(({ model, publisher }) => `${model} by ${publisher}`)
        .join('; ')}). Their word changes nothing here.`,
    )
  }
  if (asked.length === 1) return
  note(
    context,
    `These weights are registered ${asked.length} times (${asked.join('; ')}). The worst answer counts: that of ${model}.`,
  )
}

function exitOf(verdict: Verdict, strict: boolean): number {
  if (verdict === 'not-permitted') return EXIT.finding
  if (verdict === 'unknown') return EXIT.undecided
  return verdict === 'conditional' && strict ? EXIT.finding : EXIT.ok
}
