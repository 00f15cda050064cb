import type { Deployment } from '../core/deployment.ts'
import type { Address, Digest } from '../core/hex.ts'
import {
  isInForce,
  keepOverride,
  OverrideRefusedError,
  readOverrides,
  signOverrideRecord,
  type MessageSigner,
  type OverrideGate,
  type OverrideRecord,
} from '../documents/override.ts'
import type { GuardPolicy, StartRule } from '../verify/guardPolicy.ts'
import { START_RULES } from '../verify/guardPolicy.ts'
import type { StartDecision } from './judgeStart.ts'
import type { StateFolder } from './stateFolder.ts'

/** A signed decision of a person to start a model all the same. */
export type StartOverride = OverrideRecord<StartRule>

/**
 * Checks that a person may pass over what a model lacks, signs that, and keeps it for every later report.
 *
 * @throws `OverrideRefusedError` when the policy does not allow it, the digest was not named, or the time is too long
 */
export async function signOverride(
  folder: StateFolder,
  signer: MessageSigner,
  asked: {
    weights: Digest
    deployment: GateOfOverride
    decision: StartDecision
    policy: GuardPolicy
    reason: string
    /** The first 8 hex digits of the digest, as the person typed them. */
    digestPrefix: string | undefined
    /** Unix seconds. */
    now: number
    seconds: number
  },
): Promise<StartOverride> {
  const { deployment, decision, policy, ...confirmed } = asked
  const allowed = policy.overrides?.rules ?? []
  const refused = decision.missing.map(({ rule }) => rule).filter((rule) => !allowed.includes(rule))
  if (refused.length > 0) {
    throw new OverrideRefusedError(
      `the policy does not allow it for ${[...new Set(refused)].join(', ')}. Name these rules in guard.overrides.rules of the policy, if that is meant`,
    )
  }
  const rules = START_RULES.filter((rule) => decision.missing.some((each) => each.rule === rule))
  const signers = policy.overrides?.signers
  const record = await signOverrideRecord(signer, {
    kind: 'guard',
    gate: gateOf(deployment),
    rules,
    signers,
    ...confirmed,
  })
  keepOverride(folder, 'guard', record)
  return record
}

/** Every override of some weights that was ever kept here and is signed, the oldest first. They stand in every later report. */
export async function listOverrides(folder: StateFolder, weights: Digest): Promise<readonly StartOverride[]> {
  const loadRecover = async () => (await import('ethers')).verifyMessage
  return readOverrides(folder, 'guard', weights, loadRecover, isStartRule)
}

/** The override that lets a model start now: signed by one whose word counts, not over, and for all that is missing. */
export function overrideFor(
  records: readonly StartOverride[],
  decision: StartDecision,
  {
    policy,
    own,
    now,
    deployment,
  }: { policy: GuardPolicy; own: readonly Address[]; now: number; deployment: GateOfOverride },
): StartOverride | undefined {
  const signers = policy.overrides?.signers ?? own
  const allowed = policy.overrides?.rules ?? []
  const { chainId, reviewGate } = gateOf(deployment)
  return records.findLast(
    (record) =>
      record.gate?.chainId === chainId &&
      record.gate.reviewGate === reviewGate &&
      signers.includes(record.signer) &&
      isInForce(record, now) &&
      decision.missing.every(({ rule }) => record.rules.includes(rule) && allowed.includes(rule)),
  )
}

/** What of a deployment names the gate that an override passes over. */
export type GateOfOverride = Pick<Deployment, 'chainId'> & { contracts: Pick<Deployment['contracts'], 'reviewGate'> }

function gateOf({ chainId, contracts }: GateOfOverride): OverrideGate {
  return { chainId: String(chainId), reviewGate: contracts.reviewGate }
}

function isStartRule(rule: string): rule is StartRule {
  return START_RULES.some((known) => known === rule)
}
