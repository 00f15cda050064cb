import type { HeldCredential } from '../lineage.ts'
import { raisedBy } from '../terms.ts'
import type { TermsBody, ThresholdBody } from '../termsBody.ts'
import { topicOf } from '../topics.ts'
import { THRESHOLD_FLAGS } from '../vocabulary.ts'
import { both, join, onlyPossible, unsure, without, type Lanes } from './lanes.ts'
import { bodyIn, type LicenseFindingCode, type Reading, type State } from './state.ts'

/** Where a fact stands to a threshold, as the code of the finding that says so; `none` where nothing changes. */
export type Position = Extract<
  LicenseFindingCode,
  'none' | 'threshold-exceeded' | 'threshold-doubtful' | 'fact-missing'
>

/** The rights that terms give in the light of the facts. */
export function rightsOfTerms(state: State, body: TermsBody): Lanes {
  return readingOf(state, body).rights
}

/** The rights that the terms of a credential give, and confidential terms beside them. */
export function rightsOfCredential(state: State, held: HeldCredential): Lanes {
  return join(rightsOfTerms(state, bodyIn(state.lineage, held)), both(held.credential.lifts))
}

/** The duties that some uses raise by terms, in the light of the facts. */
export function dutiesOfTerms(state: State, body: TermsBody, uses: number): Lanes {
  const { duties } = readingOf(state, body)
  const known = duties.get(uses)
  if (known !== undefined) return known
  let raised = both(raisedBy(body.duties, uses))
  for (const threshold of body.thresholds) {
    if ((threshold.uses & uses) === 0) continue
    const position = positionOf(state, threshold)
    if (position === 'fact-missing') raised = join(raised, onlyPossible(threshold.adds))
    else if (position !== 'none') raised = join(raised, both(threshold.adds))
  }
  duties.set(uses, raised)
  return raised
}

/** Where the facts stand to a threshold. */
export function positionOf(state: State, threshold: ThresholdBody): Position {
  const fact = state.facts.get(topicOf(threshold))
  if (fact === undefined) return 'fact-missing'
  if (fact <= threshold.limit) return 'none'
  return threshold.flags & (1 << THRESHOLD_FLAGS.doubtful) ? 'threshold-doubtful' : 'threshold-exceeded'
}

function readingOf(state: State, body: TermsBody): Reading {
  const known = state.readings.get(body)
  if (known) return known
  let rights = join(both(body.rights), onlyPossible(body.unstated))
  for (const threshold of body.thresholds) {
    const position = positionOf(state, threshold)
    if (position === 'threshold-exceeded') rights = without(rights, both(threshold.withdraws))
    else if (position !== 'none') rights = unsure(rights, threshold.withdraws)
  }
  const reading = { rights, duties: new Map<number, Lanes>() }
  state.readings.set(body, reading)
  return reading
}
