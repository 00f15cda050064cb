import type { HoldResult } from './holder.ts'
import { starts, type JudgedModel } from './judgeModel.ts'
import type { GuardEvent } from './startGuarded.ts'

/** A judged model as it is reported in JSON. Times are Unix seconds. */
export function reportedModel(judged: JudgedModel, hold: HoldResult | null = null): Record<string, unknown> {
  const { opened, decision, standing, block, time, kept, override, overrides } = judged
  const { registration, review, conditions, timeLeft, blocksLeft } = standing ?? {}
  return {
    reference: opened.reference,
    root: opened.root,
    adapter: opened.isAdapter,
    weights: opened.digest,
    tensors: opened.tensors,
    starts: starts(judged),
    outcome: decision.outcome,
    because: override === null ? decision.because : 'override',
    model: registration?.model ?? null,
    publisher: registration?.publisher ?? null,
    license: registration?.license ?? null,
    missing: decision.missing,
    notes: [...opened.notes, ...decision.notes],
    review: review === undefined ? null : { ...review, conditions: conditions ?? null, timeLeft, blocksLeft },
    hold,
    override,
    overrides,
    block,
    time,
    kept,
  }
}

/** An event as it is reported in JSON. */
export function reportedEvent(event: GuardEvent): Record<string, unknown> {
  if (event.event === 'judged' || event.event === 'waiting') {
    return { event: event.event, models: event.models.map((judged) => reportedModel(judged)) }
  }
  if (event.event === 'stopping') return { ...event, model: event.model && reportedModel(event.model) }
  return { ...event }
}
