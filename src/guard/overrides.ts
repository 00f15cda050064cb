import { createHash } from 'node:crypto'

import type { Signer } from 'ethers'

import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { parseAddress, type Address, type Digest } from '../core/hex.ts'
import type { GuardPolicy, StartRule } from '../verify/guardPolicy.ts'
import { START_RULES } from '../verify/guardPolicy.ts'
import type { StartDecision } from './judgeStart.ts'
import type { StateFolder } from './stateFolder.ts'

/** Longest life of an override, in seconds. */
export const OVERRIDE_SECONDS = 7 * 86_400
const MOST_REASON = 500

/** A signed decision of a person to start a model all the same. Times are Unix seconds. */
export type OverrideRecord = {
  version: 1
  weights: Digest
  /** The gate whose answer it passes over: its chain, in decimal, and its contract. It counts for no other one. */
  gate: { chainId: string; reviewGate: Address }
  /** The rules that it passes over, in the order of their list. */
  rules: readonly StartRule[]
  reason: string
  from: number
  /** It ends here, exclusive. */
  until: number
  signer: Address
  /** EIP-191 signature of the text of the record. */
  signature: string
}

/**
 * Checks that a person may pass over what a model lacks, signs that, and keeps it for every later report.
 *
 * @throws {@link OverrideRefusedError} when the policy does not allow it, the digest was not named, or the time is too long
 */
export async function signOverride(
  folder: StateFolder,
  signer: Signer,
  asked: {
    weights: Digest
    deployment: GateOfOverride
    decision: StartDecision
    policy: GuardPolicy
    reason: string
    /** The first 8 hex digits of the digest, as the person typed them. */
    digestPrefix: string | undefined
    now: number
    seconds: number
  },
): Promise<OverrideRecord> {
  const { weights, deployment, decision, policy, reason, digestPrefix, now, seconds } = asked
  const allowed = policy.overrides?.rules ?? []
  const refused = decision.missing.map(({ rule }) => rule).filter((rule) => !allowed.includes(rule))
  if (refused.length > 0) {
    throw new OverrideRefusedError(
      `the policy does not allow it for ${[...new Set(refused)].join(', ')}. Name these rules in guard.overrides.rules of the policy, if that is meant`,
    )
  }
  if (reason.trim() === '' || reason.length > MOST_REASON || /[\p{Cc}\p{Cf}]/u.test(reason)) {
    throw new OverrideRefusedError(
      `the reason has to be one line of 1 to ${MOST_REASON} characters. State it: --override "reason"`,
    )
  }
  const prefix = weights.slice(2, 10)
  if (digestPrefix?.toLowerCase().replace(/^0x/, '') !== prefix) {
    throw new OverrideRefusedError(
      `the digest of the weights was not confirmed. Compare ${weights} with what you mean to load, and give its first 8 digits: --digest-prefix`,
    )
  }
  if (!(seconds > 0 && seconds <= OVERRIDE_SECONDS)) {
    throw new OverrideRefusedError('it may hold for at most 7 days. Choose a shorter time: --override-for')
  }
  const address = parseAddress((await signer.getAddress()).toLowerCase())
  if (policy.overrides?.signers && !policy.overrides.signers.includes(address)) {
    throw new OverrideRefusedError(
      `the key of ${address} is not one of guard.overrides.signers of the policy. Sign with one of them`,
    )
  }
  const rules = START_RULES.filter((rule) => decision.missing.some((each) => each.rule === rule))
  const kept = readRecords(folder, weights)
  // None of them may drop out of later reports.
  if (kept.length >= MOST_RECORDS) {
    throw new OverrideRefusedError(
      `${MOST_RECORDS} overrides of these weights are on record already. Have them reviewed`,
    )
  }
  const times = { from: now, until: now + seconds }
  const unsigned = { version: 1 as const, weights, gate: gateOf(deployment), rules, reason, ...times, signer: address }
  const record = { ...unsigned, signature: await signer.signMessage(textOf(unsigned)) }
  folder.write(nameOf(weights), [...kept, record])
  return record
}

/** Every override of some weights that was ever kept here and is signed, the oldest first. They stand in every later report. */
export async function listOverrides(folder: StateFolder, weights: Digest): Promise<readonly OverrideRecord[]> {
  const records = readRecords(folder, weights)
  if (records.length === 0) return []
  const { verifyMessage } = await import('ethers')
  return records.filter(({ signature, ...unsigned }) => {
    try {
      return verifyMessage(textOf(unsigned), signature).toLowerCase() === unsigned.signer
    } catch {
      return false
    }
  })
}

/** The override that lets a model start now: signed by one whose word counts, not over, and for all that is missing. */
export function overrideFor(
  records: readonly OverrideRecord[],
  decision: StartDecision,
  {
    policy,
    own,
    now,
    deployment,
  }: { policy: GuardPolicy; own: readonly Address[]; now: number; deployment: GateOfOverride },
): OverrideRecord | undefined {
  const signers = policy.overrides?.signers ?? own
  const allowed = policy.overrides?.rules ?? []
  const { chainId, reviewGate } = gateOf(deployment)
  return records.findLast(
    ({ gate, rules, from, until, signer }) =>
      gate.chainId === chainId &&
      gate.reviewGate === reviewGate &&
      signers.includes(signer) &&
      from <= now &&
      now < until &&
      until - from <= OVERRIDE_SECONDS &&
      decision.missing.every(({ rule }) => rules.includes(rule) && allowed.includes(rule)),
  )
}

const MOST_RECORDS = 256
/** Most bytes of them: each has at most 500 characters of reason, and some hundred bytes besides. */
const MOST_BYTES = 1024 * 1024

type GateOfOverride = Pick<Deployment, 'chainId'> & { contracts: Pick<Deployment['contracts'], 'reviewGate'> }

function gateOf({ chainId, contracts }: GateOfOverride): OverrideRecord['gate'] {
  return { chainId: String(chainId), reviewGate: contracts.reviewGate }
}

/** The text that is signed: names of a purpose, so that no other signature of the key passes for one. */
function textOf(record: Omit<OverrideRecord, 'signature'>): string {
  const { version, weights, gate, rules, reason, from, until, signer } = record
  const { chainId, reviewGate } = gate
  const signed = { version, weights, gate: { chainId, reviewGate }, rules, reason, from, until, signer }
  return `Stemma guard override\n${JSON.stringify(signed)}`
}

function nameOf(weights: Digest): string {
  return `override-${createHash('sha256').update(weights).digest('hex').slice(0, 40)}.json`
}

function readRecords(folder: StateFolder, weights: Digest): OverrideRecord[] {
  const value = folder.read(nameOf(weights), MOST_BYTES)
  return Array.isArray(value) ? value.slice(0, MOST_RECORDS).filter((item) => isRecord(item, weights)) : []
}

function isRecord(value: unknown, of: Digest): value is OverrideRecord {
  const { version, weights, gate, rules, reason, from, until, signer, signature } = (value ?? {}) as Record<
    string,
    unknown
  >
  const { chainId, reviewGate } = (gate ?? {}) as Record<string, unknown>
  const isTexts = [reason, signer, signature, chainId, reviewGate].every(
    (text) => typeof text === 'string' && text.length <= 1000,
  )
  const isTimes = [from, until].every((time) => Number.isSafeInteger(time))
  const isRules = Array.isArray(rules) && rules.every((rule) => START_RULES.some((known) => known === rule))
  return version === 1 && weights === of && isTexts && isTimes && isRules
}

/** Thrown when a model may not be started by an override. */
export class OverrideRefusedError extends StemmaError {
  override name = 'OverrideRefusedError'
  override readonly kind = 'refused'
  constructor(reason: string) {
    super('OVERRIDE_REFUSED', `The override is refused: ${reason}.`)
  }
}
