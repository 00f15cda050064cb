import type { ChainId } from '../core/chainId.ts'
import { DOCS, StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../core/hex.ts'
import type { Verdict } from '../core/evaluate.ts'
import { quoted, shortText } from '../core/text.ts'
import type { Right } from '../core/vocabulary.ts'
import type { SubjectAnswer } from './answers.ts'
import { STATEMENT_TYPE } from './oms.ts'

/** The predicate type of a verification summary. */
export const SUMMARY_PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1'

/** The page of what these summaries mean, which is also the URI of their policy. */
const PAGE = `${DOCS}/formats/reports.md`
/** The field of a summary that holds the answer. A field that the specification does not have is named by a URI. */
const ANSWER_FIELD = `${PAGE}#answer`

/** An in-toto statement whose predicate is a verification summary, not signed yet. */
export type SummaryStatement = {
  _type: typeof STATEMENT_TYPE
  subject: [{ name: string; digest: { sha256: string } }]
  predicateType: typeof SUMMARY_PREDICATE_TYPE
  predicate: {
    verifier: { id: string; version: { stemma: string } }
    /** The time of the block whose state was verified, as RFC 3339 writes it in UTC. */
    timeVerified: string
    resourceUri: string
    policy: { uri: string; digest: { sha256: string } }
    verificationResult: 'PASSED' | 'FAILED'
    verifiedLevels: string[]
    [ANSWER_FIELD]: {
      verdicts: Partial<Record<Right, Verdict>>
      licensee: string
      chainId: ChainId
      ledger: string
      model: string
      block: number
      /** When credentials were looked at, in Unix seconds. */
      at: number
    }
  }
}

/**
 * Writes an answer as a SLSA Verification Summary Attestation 1, an in-toto statement for others to sign and to check. The subject is the
 * model by the digest of its weights, as in an OpenSSF Model Signing statement. The resource is the registration on its ledger, because anybody
 * can register any URI. The same answer gives the same statement.
 *
 * @param options `version` of the program; `policy`: SHA-256 over what the question rests on, such as uses, facts and whose word counts
 *
 * @throws {@link SummarySubjectError} when the weights are not known
 */
export function summaryStatement(
  answer: SubjectAnswer,
  options: { version: string; policy: Digest },
): SummaryStatement {
  const [{ model, models, chainId, block, blockTime, at, licensee }] = answer.reports as [
    SubjectAnswer['reports'][number],
  ]
  const named = models.find((each) => each.model === model)
  const weights = named?.weights ?? ZERO_DIGEST
  if (weights === ZERO_DIGEST) throw new SummarySubjectError(answer.subject)
  const verdicts = Object.fromEntries(answer.reports.map(({ use, verdict }) => [use, verdict]))
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: named?.name || shortText(answer.subject, 200), digest: { sha256: weights.slice(2) } }],
    predicateType: SUMMARY_PREDICATE_TYPE,
    predicate: {
      verifier: { id: 'https://github.com/stemma-ledger/stemma', version: { stemma: options.version } },
      timeVerified: new Date(blockTime * 1000).toISOString(),
      resourceUri: `eip155:${chainId}:${answer.ledger}/${model}`,
      policy: { uri: `${PAGE}#policy`, digest: { sha256: options.policy.slice(2) } },
      verificationResult: answer.passed ? 'PASSED' : 'FAILED',
      verifiedLevels: answer.passed ? answer.reports.map(levelOf) : ['FAILED'],
      [ANSWER_FIELD]: { verdicts, licensee, chainId, ledger: answer.ledger, model, block, at },
    },
  }
}

/** A level of our own: one for each use, such as `STEMMA_COMMERCIAL_CONDITIONAL`. */
function levelOf({ use, verdict }: { use: Right; verdict: Verdict }): string {
  return `STEMMA_${use}_${verdict}`.toUpperCase().replaceAll('-', '_')
}

/** Thrown when a verification summary is to be written about a model whose weights are not known: it would be about nothing. */
export class SummarySubjectError extends StemmaError {
  override name = 'SummarySubjectError'
  override readonly kind = 'undecided'
  constructor(subject: string) {
    super(
      'SUMMARY_WITHOUT_WEIGHTS',
      `The registration of ${quoted(subject)} is not proved, so the digest of its weights is not known, and a verification summary would be about nothing. Ask a node that keeps the whole history (--rpc), or choose another format.`,
    )
  }
}
