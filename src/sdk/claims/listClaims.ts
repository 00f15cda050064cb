import * as abi from '../../abi/lineageClaims.ts'
import {
  CLAIM_STATES,
  claimIdOf,
  parseClaimId,
  type ClaimId,
  type ClaimState,
  type ClaimStatement,
} from '../../core/claim.ts'
import {
  parseAddress,
  parseBytes32,
  parseDigest,
  parseModelId,
  type Address,
  type Digest,
  type Hex,
  type ModelId,
} from '../../core/hex.ts'
import { relationName } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents, type EventItem, type LedgerEvent } from '../logs.ts'
import { reading } from '../nodeErrors.ts'

/** A claim: what it states, and where it stands. */
export type Claim = ClaimStatement & {
  claim: ClaimId
  state: ClaimState
  /** Unix seconds, exclusive: the subject's publisher can contest before. */
  contestUntil: number
  /** Whether an adjudicator has accepted it for ruling. */
  accepted: boolean
  /** SHA-256 of the evidence document and its URI, as the claimant corrected it last; null until it is disclosed. */
  evidence: { digest: Digest; uri: string } | null
  /** The answer of the subject's publisher: the account that gave it, and its URI; null unless contested. */
  answer: { account: Address; uri: string } | null
  /** The ruling, its adjudicator, and the URI of the reasons; null before the ruling. */
  ruling: { adjudicator: Address; upheld: boolean; uri: string } | null
  /** In wei. */
  deposit: bigint
  /** Number of the block in which it was filed. */
  block: number
  transaction: Hex
}

/**
 * Lists claims with their present state, oldest first. Each is checked against its id; a claim that does not match is left
 * out. What has ended costs no call where only pending claims are asked for, and a claim that was withdrawn never does.
 *
 * @example
 * const pending = await listClaims(ledger, { subjects: [model, weights], states: ['filed', 'contested'] })
 */
export async function listClaims(ledger: Ledger, parameters: listClaims.Parameters = {}): Promise<Claim[]> {
  const { claims, subjects, parent, claimant, states } = parameters
  const topics = { ...(claims && { claim: claims }), ...(subjects && { subject: subjects }), ...(parent && { parent }) }
  const events = await readEvents(ledger, 'lineageClaims', abi.ClaimFiled, topics)
  const filed = events.map(filedClaim).filter((found) => found !== undefined)
  const wanted = claimant ? filed.filter((found) => found.claimant === claimant) : filed
  // Filing and withdrawing again and again takes one deposit. So what has ended is known from events, and costs no call.
  const onlyPending = states?.every((state) => state === 'filed' || state === 'contested') ?? false
  const all = wanted.map(({ claim }) => claim)
  const [withdrawn, ...ruledOrAcknowledged] = await Promise.all(
    [abi.ClaimWithdrawn, ...(onlyPending ? [abi.ClaimAcknowledged, abi.ClaimRuled] : [])].map((event) =>
      latestOf(ledger, event, all),
    ),
  )
  const ended = onlyPending ? [withdrawn!, ...ruledOrAcknowledged] : []
  const asked = wanted.filter(({ claim }) => !ended.some((claims) => claims.has(claim)))
  const ids = asked.map(({ claim }) => claim)
  const live = ids.filter((claim) => !withdrawn!.has(claim))
  const [accepted, disclosed, moved, contested, ruled, kept] = await Promise.all([
    latestOf(ledger, abi.ClaimAccepted, ids.length > live.length ? ids : []),
    latestOf(ledger, abi.EvidenceDisclosed, ids),
    latestOf(ledger, abi.EvidenceUriSet, ids),
    latestOf(ledger, abi.ClaimContested, ids),
    latestOf(ledger, abi.ClaimRuled, onlyPending ? [] : ids),
    reading(() => Promise.all(live.map((claim) => methodOf(ledger, 'lineageClaims', abi.claimOf)(claim)))),
  ])
  const stateOf = new Map(live.map((claim, index) => [claim, kept[index]!]))
  const listed = asked.map((found): Claim => {
    const current = stateOf.get(found.claim)
    const evidence = disclosed.get(found.claim)
    const answer = contested.get(found.claim)
    const ruling = ruled.get(found.claim)
    return {
      ...found,
      state: current ? (CLAIM_STATES[Number(current.state)] ?? 'none') : 'withdrawn',
      contestUntil: Number(current?.contestUntil ?? evidence?.contestUntil ?? found.contestUntil),
      accepted: current?.accepted ?? accepted.has(found.claim),
      evidence: evidence
        ? { digest: parseDigest(evidence.evidence as string), uri: (moved.get(found.claim) ?? evidence).uri as string }
        : null,
      answer: answer ? { account: parseAddress(answer.account as string), uri: answer.uri as string } : null,
      ruling: ruling
        ? {
            adjudicator: parseAddress(ruling.adjudicator as string),
            upheld: ruling.upheld as boolean,
            uri: ruling.uri as string,
          }
        : null,
    }
  })
  return states ? listed.filter(({ state }) => states.includes(state)) : listed
}

export declare namespace listClaims {
  /** Filter for claims: every given field must match. Without any, all claims are listed. */
  type Parameters = {
    claims?: readonly ClaimId[]
    /** Ids of models, and digests of weights or of products' URLs. */
    subjects?: readonly Hex[]
    parent?: ModelId
    claimant?: Address
    states?: readonly ClaimState[]
  }
}

/** The arguments of the latest event of a kind by claim. */
async function latestOf(
  ledger: Ledger,
  event: EventItem,
  claims: readonly ClaimId[],
): Promise<Map<string, LedgerEvent['args']>> {
  const events = await readEvents(ledger, 'lineageClaims', event, { claim: claims })
  return new Map(events.map(({ args }) => [String(args.claim), args]))
}

type Filed = ClaimStatement & Pick<Claim, 'claim' | 'contestUntil' | 'deposit' | 'block' | 'transaction'>

/** The claim in a `ClaimFiled` event; undefined when it is malformed or its id does not match. */
function filedClaim({ args, block, transaction }: LedgerEvent): Filed | undefined {
  const relation = relationName(Number(args.relation))
  if (!relation) return undefined
  const replaces = parseModelId(args.replaces as string)
  const statement: ClaimStatement = {
    claimant: parseAddress(args.claimant as string),
    subject: parseBytes32(args.subject as string, 'subject'),
    product: args.product as boolean,
    parent: parseModelId(args.parent as string),
    relation,
    ...(BigInt(replaces) !== 0n && { replaces }),
    commitment: parseDigest(args.commitment as string),
  }
  const claim = parseClaimId(args.claim as string)
  if (claimIdOf(statement) !== claim) return undefined
  const contestUntil = Number(args.contestUntil)
  return { ...statement, claim, contestUntil, deposit: args.deposit as bigint, block, transaction }
}
