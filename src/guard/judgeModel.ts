import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { Ledger } from '../sdk/connect.ts'
import { Clearances, CLEARANCE_SECONDS, type ClearanceKey } from './clearances.ts'
import { judgeStart, type Standing, type StartDecision } from './judgeStart.ts'
import type { OpenedModel } from './openGuarded.ts'
import { listOverrides, overrideFor, type StartOverride } from './overrides.ts'
import type { ProvenLedger } from './readBundled.ts'
import type { StartQuestion } from './readStanding.ts'
import type { StateFolder } from './stateFolder.ts'

/** What a guard asks, and whom. */
export type GuardGate = {
  deployment: Pick<Deployment, 'name' | 'chainId' | 'contracts'>
  /** Opens the ledger and checks the node; called only where the ledger has to be asked. */
  ledger: () => Promise<Ledger>
  question: Omit<StartQuestion, 'now'>
  folder: StateFolder
  /** Opens a bundle that stands for the ledger while that cannot be asked; called only then. */
  bundle?: (() => Promise<ProvenLedger>) | undefined
  /** The clock, in Unix seconds. */
  now: () => number
  /** How long a clearance counts while the ledger cannot be asked, in seconds. */
  maxClearanceAge?: number | undefined
}

/** A model and whether it starts. */
export type JudgedModel = {
  opened: OpenedModel
  decision: StartDecision
  /** What the ledger says; null where it could not be asked, or need not be. */
  standing: Standing | null
  /** The block that the decision rests on, and its time in Unix seconds. */
  block: number
  time: number
  /** Whether the decision is an earlier one. Recalls since its block are not seen. */
  kept: boolean
  /** The override by which it starts; null where none is needed or counts. */
  override: StartOverride | null
  /** Every override of these weights that was ever signed here. */
  overrides: readonly StartOverride[]
}

/** Whether a model starts, by the decision or by an override. */
export function starts({ decision, override }: Pick<JudgedModel, 'decision' | 'override'>): boolean {
  return decision.outcome === 'start' || override !== null
}

/**
 * Decides whether a model starts. With the ledger away, a bundle or a clearance that is young enough counts; a quarantine that was seen is final.
 *
 * @throws {@link GateUnreachableError} when the ledger cannot be asked, and no clearance counts
 * @throws `AmbiguousModelError` `InvalidPolicyError` and what else is for the user to mend
 */
export async function judgeModel(gate: GuardGate, opened: OpenedModel): Promise<JudgedModel> {
  const overrides = await listOverrides(gate.folder, opened.digest)
  return keptQuarantine(gate, opened, overrides) ?? (await askLedger(gate, opened, overrides))
}

/** A quarantine that was seen before, which nothing takes back. */
export function keptQuarantine(
  gate: Pick<GuardGate, 'deployment' | 'question' | 'folder' | 'now'>,
  opened: OpenedModel,
  overrides: readonly StartOverride[] = [],
): JudgedModel | undefined {
  const kept = new Clearances(gate.folder).quarantine(keyOf(gate, opened))
  if (kept === undefined) return undefined
  const decision: StartDecision = { outcome: 'refused', because: null, missing: kept.missing, notes: [] }
  return judged(gate, opened, { decision, standing: null, block: kept.block, time: kept.time, kept: true }, overrides)
}

async function askLedger(
  gate: GuardGate,
  opened: OpenedModel,
  overrides: readonly StartOverride[],
): Promise<JudgedModel> {
  const key = keyOf(gate, opened)
  const clearances = new Clearances(gate.folder)
  try {
    const { readStanding } = await import('./readStanding.ts')
    const asked = { weights: opened.digest, tensors: opened.tensors }
    const standing = await readStanding(await gate.ledger(), asked, { ...gate.question, now: gate.now() })
    clearances.see(key, standing, gate.now())
    const decision = withAdapters(judgeStart(standing, gate.question.policy.guard), opened, gate)
    clearances.keep(key, decision, standing, gate.now())
    const { block, time } = standing
    return judged(gate, opened, { decision, standing, block, time, kept: false }, overrides)
  } catch (error) {
    if (!isAway(error)) throw error
    const answer = (await askBundle(gate, opened)) ?? keptAnswer(gate, key)
    if (answer === undefined) throw new GateUnreachableError(opened.reference, error as StemmaError)
    return judged(gate, opened, answer, overrides)
  }
}

type Answer = Pick<JudgedModel, 'decision' | 'standing' | 'block' | 'time' | 'kept'>

/** The last decision, where it is young enough to let a model start. */
function keptAnswer(gate: GuardGate, key: ClearanceKey): Answer | undefined {
  const clearances = new Clearances(gate.folder)
  const kept = clearances.last(key)
  const maxAge = gate.maxClearanceAge ?? CLEARANCE_SECONDS
  if (kept === undefined || !clearances.counts(key, kept, gate.now(), maxAge)) return undefined
  clearances.seeClock(key, gate.now())
  const age = Math.max(0, gate.now() - Math.min(kept.keptAt, kept.time))
  const note = `The ledger cannot be asked, so a clearance of block ${kept.block} counts, which is ${age} seconds old. Recalls since then are not seen.`
  const decision: StartDecision = { outcome: 'start', because: kept.because, missing: [], notes: [note] }
  return { decision, standing: null, block: kept.block, time: kept.time, kept: true }
}

/** What a bundle proves, where there is one that is young enough, and nothing later is known. */
async function askBundle(gate: GuardGate, opened: OpenedModel): Promise<Answer | undefined> {
  if (gate.bundle === undefined) return undefined
  const { readBundled } = await import('./readBundled.ts')
  const [bundle, key, clearances] = [await gate.bundle(), keyOf(gate, opened), new Clearances(gate.folder)]
  const { number, timestamp } = bundle.block
  // An answer of the ledger that is younger than the bundle may be that of a recall.
  if ((clearances.last(key)?.time ?? 0) > timestamp) return undefined
  // A clock that was set back makes no bundle younger.
  const now = Math.max(gate.now(), clearances.latest(key))
  const maxAge = gate.maxClearanceAge ?? CLEARANCE_SECONDS
  const asked = { weights: opened.digest, tensors: opened.tensors }
  const standing = await readBundled(bundle, asked, { ...gate.question, now }, maxAge).catch((error: unknown) => {
    if (isAway(error)) return undefined
    throw error
  })
  if (standing === undefined) return undefined
  clearances.seeClock(key, gate.now())
  const decision = withAdapters(judgeStart(standing, gate.question.policy.guard), opened, gate)
  const note = `The ledger cannot be asked, so a bundle of block ${number} stands for it, which is ${Math.max(0, now - timestamp)} seconds old. Recalls since then are not seen.`
  return {
    decision: { ...decision, notes: [...decision.notes, note] },
    standing,
    block: number,
    time: timestamp,
    kept: true,
  }
}

function withAdapters(decision: StartDecision, { isAdapter }: OpenedModel, gate: GuardGate): StartDecision {
  if (!isAdapter || gate.question.policy.guard?.acceptAdapters !== false) return decision
  const missing = {
    rule: 'adapter-not-allowed' as const,
    what: 'The policy allows no adapters.',
    remedy: 'Leave it out, or set guard.acceptAdapters of the policy.',
  }
  return { ...decision, outcome: 'refused', because: null, missing: [...decision.missing, missing] }
}

function judged(
  gate: Pick<GuardGate, 'deployment' | 'question' | 'folder' | 'now'>,
  opened: OpenedModel,
  answer: Pick<JudgedModel, 'decision' | 'standing' | 'block' | 'time' | 'kept'>,
  overrides: readonly StartOverride[],
): JudgedModel {
  const { policy, own } = gate.question
  // The chain's clock decides where the chain was asked now; else the latest time that is known, so that a clock that is set back helps nobody.
  const known = (): number => new Clearances(gate.folder).latest(keyOf(gate, opened))
  const now = answer.kept ? Math.max(gate.now(), answer.time, known()) : answer.time
  const needed = answer.decision.outcome !== 'start'
  const override = needed
    ? overrideFor(overrides, answer.decision, { policy: policy.guard ?? {}, own, now, deployment: gate.deployment })
    : undefined
  return { opened, ...answer, override: override ?? null, overrides }
}

function keyOf(
  { deployment, question }: Pick<GuardGate, 'deployment' | 'question'>,
  opened: OpenedModel,
): ClearanceKey {
  const { prove: _, ...asked } = question
  const { isAdapter } = opened
  return { deployment, weights: opened.digest, tensors: opened.tensors, question: { ...asked, isAdapter } }
}

/** Whether an error means that the ledger could not be asked, or that its answer cannot be used. */
export function isAway(error: unknown): boolean {
  return error instanceof StemmaError && (error.kind === 'unavailable' || error.code === 'CODE_MISMATCH')
}

/** Thrown when the gate cannot be asked, and no clearance is young enough. */
export class GateUnreachableError extends StemmaError {
  override name = 'GateUnreachableError'
  override readonly kind = 'unavailable'
  constructor(reference: string, cause: StemmaError) {
    super(
      'GATE_UNREACHABLE',
      `The gate cannot be asked about ${quoted(reference)}, and no clearance of it is young enough to count. ${cause.message}`,
      { cause },
    )
  }
}
