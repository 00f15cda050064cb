import type { Address, Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import {
  isInForce,
  keepOverride,
  OverrideRefusedError,
  readOverrides,
  signOverrideRecord,
  type MessageSigner,
  type OverrideRecord,
  type OverrideStore,
  type RecoverSigner,
} from '../documents/override.ts'
import type { ScanPolicy } from '../verify/scanPolicy.ts'
import type { Finding, ScanDocument, ScanVerdict } from './ports.ts'
import { isHostile, isKnownRule } from './rules.ts'

/** What decides whether an override of a finding counts. */
export type OverrideQuestion = {
  policy: ScanPolicy
  /** The accounts of the user's own keys, whose overrides count where the policy names no signers. */
  own: readonly Address[]
  /** Unix seconds. */
  now: number
}

/** What a person asks to pass over in a scan. */
export type FindingOverrideAsked = {
  weights: Digest
  /** The id of one rule. */
  rule: string
  policy: ScanPolicy
  reason: string
  /** The first 8 hex digits of the digest, as the person typed them. */
  digestPrefix: string | undefined
  /** Unix seconds. */
  now: number
  /** How long it holds; at most 7 days. */
  seconds: number
}

/**
 * Signs that findings of one rule in some weights are passed over for a time, and keeps that for every later report of these weights.
 *
 * @throws `OverrideRefusedError` when there is no such rule, when it is hostile and the policy does not name it, when the digest was not
 * confirmed, or the time is too long
 */
export async function signFindingOverride(
  store: OverrideStore,
  signer: MessageSigner,
  { rule, policy, ...confirmed }: FindingOverrideAsked,
): Promise<OverrideRecord> {
  if (!isKnownRule(rule)) {
    throw new OverrideRefusedError(`there is no rule ${quoted(rule)}. List the rules: stemma weights rules`)
  }
  if (isHostile(rule) && !isNamed(rule, policy)) {
    throw new OverrideRefusedError(
      `findings of ${rule} are hostile. Name the rule in scan.overrides.rules of the policy, if that is meant`,
    )
  }
  const signers = policy.overrides?.signers
  const record = await signOverrideRecord(signer, { kind: 'scan', rules: [rule], signers, ...confirmed })
  keepOverride(store, 'scan', record)
  return record
}

/** Every override of findings in some weights that is on record and signed, the oldest first. */
export function listFindingOverrides(
  store: Pick<OverrideStore, 'read'>,
  weights: Digest,
  loadRecover: () => Promise<RecoverSigner>,
): Promise<OverrideRecord[]> {
  return readOverrides(store, 'scan', weights, loadRecover, (rule): rule is string => rule !== '')
}

/**
 * Adds overrides to a report. Its verdict and its findings stay as they are: what the overrides make of them stands beside.
 *
 * @param overrides every one that is on record, those that do not count too
 */
export function withOverrides(
  document: ScanDocument,
  overrides: readonly OverrideRecord[],
  question: OverrideQuestion,
): ScanDocument {
  const counting = overrides.filter((record) => counts(record, document.weights, question))
  const isPassedOver = ({ rule }: Finding): boolean =>
    counting.some((record) => record.rules.includes(rule)) && (!isHostile(rule) || isNamed(rule, question.policy))
  const left = document.findings.filter(({ level }) => level === 'fail' || level === 'unknown')
  const verdictWithOverrides = left.some(isPassedOver) ? verdictWithout(left, isPassedOver) : null
  return { ...document, verdictWithOverrides, overrides }
}

function verdictWithout(findings: readonly Finding[], isPassedOver: (finding: Finding) => boolean): ScanVerdict {
  const left = findings.filter((finding) => !isPassedOver(finding))
  if (left.some(({ level }) => level === 'fail')) return 'failed'
  return left.length > 0 ? 'unknown' : 'passed'
}

function counts(record: OverrideRecord, weights: Digest, { policy, own, now }: OverrideQuestion): boolean {
  const signers = policy.overrides?.signers ?? own
  return record.weights === weights && signers.includes(record.signer) && isInForce(record, now)
}

function isNamed(rule: string, { overrides }: ScanPolicy): boolean {
  return overrides?.rules?.includes(rule) ?? false
}
