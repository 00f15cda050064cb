import type { Verdict } from '../core/evaluate.ts'
import { ZERO_DIGEST, type Digest, type ModelId } from '../core/hex.ts'
import type { Lineage, ModelStatus } from '../core/lineage.ts'
import type { PendingClaim } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import type { Report, Standing } from '../core/report.ts'
import type { Right } from '../core/vocabulary.ts'
import { LOCK_FILE, lockedLineage, type LockedModel } from '../documents/lock.ts'
import type { Answer } from './answer.ts'
import { judgeWaivers, type AcceptedFinding, type JudgedWaiver, type LinedWaiver } from './waivers.ts'

/** What is answered for a use: a verdict, or that every finding in its way is accepted. */
export type Outcome = Verdict | 'accepted'

/** From the worst to the best. */
const WORST_FIRST: readonly Outcome[] = ['not-permitted', 'unknown', 'conditional', 'accepted', 'permitted']

/** How an entry of a lock file and the ledger, or what is at hand, differ. */
export type LockDifference = {
  code:
    | 'lock-bases-changed'
    | 'lock-entry-mismatch'
    | 'lock-not-registered'
    | 'lock-quarantined'
    | 'lock-retired'
    | 'lock-standing-changed'
    | 'lock-subject-missing'
    | 'lock-subject-unchecked'
    | 'lock-subject-unreadable'
    | 'lock-superseded'
    | 'lock-weights-differ'
  /** An error fails the check; `unknown` leaves it undecided; a warning fails only a strict one. */
  severity: 'error' | 'unknown' | 'warning'
  reason: string
  remedy: string
}

/**
 * What the subject of an entry has: its weights; or why they were not looked at, or could not be read. Null without a subject, and where
 * nothing is there.
 */
export type SubjectWeights = { weights: Digest } | { unchecked: string } | { unreadable: string } | 'missing' | null

/** What was found out about an entry of a lock file. */
export type CheckedEntry = {
  entry: LockedModel & { line: number }
  /** For all uses together, the worst. */
  outcome: Outcome
  outcomes: readonly { use: Right; verdict: Verdict; outcome: Outcome }[]
  /** Whether the publisher's word counts, and why; null when the model is not registered. */
  standing: Standing | null
  reports: readonly Report[]
  claims: readonly PendingClaim[]
  differences: readonly LockDifference[]
  accepted: readonly AcceptedFinding[]
  waivers: readonly JudgedWaiver[]
}

/** What an entry is compared with. */
export type LockedFacts = {
  entry: LockedModel & { line: number }
  /** Those that name the model of the entry. */
  waivers: readonly LinedWaiver[]
  /** Undefined when the model is not registered. */
  found: { answer: Answer; lineage: Lineage; registration: Registration | undefined } | undefined
  subject: SubjectWeights
  /** Models of the lineage that the gate has quarantined, by id or by weights. */
  quarantined: ReadonlySet<ModelId>
  /** Unix seconds. */
  now: number
}

/** Compares an entry of a lock file with what the ledger answers, and says what of it is accepted. */
export function checkLocked(facts: LockedFacts): CheckedEntry {
  const { entry, found, waivers, quarantined, now } = facts
  const differences = differencesOf(facts)
  if (!found) {
    const outcomes = entry.use.map((use) => ({ use, verdict: 'unknown' as const, outcome: 'unknown' as const }))
    const { judged } = judgeWaivers([], waivers, new Set(), now)
    return {
      entry,
      outcome: 'unknown',
      outcomes,
      standing: null,
      reports: [],
      claims: [],
      differences,
      accepted: [],
      waivers: judged,
    }
  }
  const { answer, lineage } = found
  const { reports } = answer
  const { accepted, judged } = judgeWaivers(reports, waivers, barredModels(answer, lineage, quarantined), now)
  const outcomes = reports.map((report) => ({
    use: report.use,
    verdict: report.verdict,
    outcome: outcomeOf(
      report,
      accepted.filter((each) => each.report === report),
    ),
  }))
  return {
    entry,
    outcome: worstOutcome(outcomes.map(({ outcome }) => outcome)),
    outcomes,
    standing: reports[0]!.publisherStanding,
    reports,
    claims: answer.claims ?? [],
    differences,
    accepted,
    waivers: judged,
  }
}

/** The worst of some outcomes. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  return WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? 'permitted'
}

/** Models about which nothing can be accepted. */
function barredModels({ reports }: Answer, { models }: Lineage, quarantined: ReadonlySet<ModelId>): Set<ModelId> {
  const found = reports.flatMap(({ findings }) =>
    findings.filter(({ code }) => code === 'model-recalled').map(({ model }) => model),
  )
  const marked = models.filter(({ status, recalled }) => recalled || status === 'recalled').map(({ model }) => model)
  return new Set([...found, ...marked, ...quarantined])
}

/** What a report comes to without the findings that are accepted. One whose reason is not among its findings stays. */
function outcomeOf({ verdict, findings }: Report, accepted: readonly AcceptedFinding[]): Outcome {
  if (verdict !== 'not-permitted' && verdict !== 'unknown') return verdict
  const hidden = new Set(accepted.map(({ finding }) => finding))
  const ofSeverity = (severity: string) => findings.filter((finding) => finding.severity === severity)
  const [blocking, open] = [ofSeverity('blocking'), ofSeverity('unknown')]
  const isHidden = (list: typeof findings): boolean => list.every((finding) => hidden.has(finding))
  const deciding = verdict === 'not-permitted' ? blocking : open
  if (deciding.length === 0 || !isHidden(deciding)) return verdict
  return isHidden(open) ? 'accepted' : 'unknown'
}

function differencesOf({ entry, found, subject, quarantined }: LockedFacts): LockDifference[] {
  const again = `run: stemma lock update ${wordOf(entry.name)}`
  if (!found) {
    return [
      {
        code: 'lock-not-registered',
        severity: 'unknown',
        reason: `Model ${entry.model} is not registered on this ledger.`,
        remedy: `Check that the deployment is the one that ${LOCK_FILE} was made for; else remove the entry.`,
      },
      ...subjectDifferences(entry, subject, again),
    ]
  }
  const { answer, lineage, registration } = found
  const [first] = lineage.models
  return [
    ...mismatches(entry, registration, again),
    ...basesDifference(entry, lineage, again),
    ...standingDifference(entry, answer.reports[0]!.publisherStanding, again),
    ...statusDifference(first!.status, again),
    ...Array.from(quarantined, (model): LockDifference => ({
      code: 'lock-quarantined',
      severity: 'error',
      reason:
        model === entry.model
          ? 'The review gate has quarantined it.'
          : `The review gate has quarantined its ancestor ${model}.`,
      remedy: 'Do not load it. See why: stemma review status <model>.',
    })),
    ...subjectDifferences(entry, subject, again),
  ]
}

/** The id proves its registration, so an entry that says something else was edited by hand. */
function mismatches(entry: LockedModel, registration: Registration | undefined, again: string): LockDifference[] {
  if (!registration) return []
  const fields = (['publisher', 'weights', 'tensors'] as const).filter((field) => entry[field] !== registration[field])
  return fields.map((field) => ({
    code: 'lock-entry-mismatch',
    severity: 'error',
    reason: `The entry states ${field} ${entry[field]}, and the registration of its model states ${registration[field] === ZERO_DIGEST ? 'none' : registration[field]}.`,
    remedy: `Find out who edited the entry; then ${again}.`,
  }))
}

function basesDifference(entry: LockedModel, { models }: Lineage, again: string): LockDifference[] {
  const { bases, lineage } = lockedLineage(models)
  if (lineage === entry.lineage) return []
  const [added, removed] = [without(bases, entry.bases), without(entry.bases, bases)]
  const parts = [
    ...(added.length > 0 ? [`new: ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`gone: ${removed.join(', ')}`] : []),
  ]
  return [
    {
      code: 'lock-bases-changed',
      severity: 'error',
      reason: `What it was made from is not what was locked (${parts.join('; ') || 'the same bases, by other relations or evidence'}).`,
      remedy: `Look at its lineage: stemma ancestry ${entry.model}. To accept it, ${again}.`,
    },
  ]
}

const WEAKEST_FIRST: readonly Standing[] = ['unverified', 'named', 'trusted', 'accredited']

function standingDifference({ standing, publisher }: LockedModel, now: Standing, again: string): LockDifference[] {
  // Whether a reader trusts a publisher changes nothing on the ledger.
  if (standing === 'trusted' || now === 'trusted') return []
  if (WEAKEST_FIRST.indexOf(now) >= WEAKEST_FIRST.indexOf(standing)) return []
  return [
    {
      code: 'lock-standing-changed',
      // The host of a name may only be down.
      severity: standing === 'named' ? 'unknown' : 'error',
      reason: `Its publisher ${publisher} was ${standing} when the model was locked, and is ${now} now.`,
      remedy: `Find out why. To let its word count all the same, ${again} --accept-publisher ${publisher}.`,
    },
  ]
}

function statusDifference(status: ModelStatus, again: string): LockDifference[] {
  if (status === 'superseded') {
    return [
      {
        code: 'lock-superseded',
        severity: 'warning',
        reason: 'Its publisher has named a successor.',
        remedy: `To use the successor, ${again}.`,
      },
    ]
  }
  if (status !== 'retired') return []
  return [
    {
      code: 'lock-retired',
      severity: 'warning',
      reason: 'Its publisher has retired it: nobody mends it any more.',
      remedy: 'Use another model.',
    },
  ]
}

function subjectDifferences(entry: LockedModel, subject: SubjectWeights, again: string): LockDifference[] {
  if (subject === null) return []
  if (subject === 'missing') {
    return [
      {
        code: 'lock-subject-missing',
        severity: 'warning',
        reason: `Nothing is at "${entry.subject}", so its weights were not compared.`,
        remedy: 'Download the model, or remove the subject of the entry.',
      },
    ]
  }
  if ('unchecked' in subject) {
    return [
      {
        code: 'lock-subject-unchecked',
        severity: 'warning',
        reason: `The weights of "${entry.subject}" were not compared: ${subject.unchecked}.`,
        remedy: 'Compare them where they are: stemma digest.',
      },
    ]
  }
  if ('unreadable' in subject) {
    return [
      {
        code: 'lock-subject-unreadable',
        severity: 'unknown',
        reason: `The weights of "${entry.subject}" could not be read: ${subject.unreadable}`,
        remedy: 'Restore the files, or remove the subject of the entry.',
      },
    ]
  }
  if (subject.weights === entry.weights) return []
  return [
    {
      code: 'lock-weights-differ',
      severity: 'error',
      reason: `The weights at "${entry.subject}" have the digest ${subject.weights}, and the entry has ${entry.weights}.`,
      remedy: `Restore the files. If they are meant, ${again}.`,
    },
  ]
}

function without<T>(items: readonly T[], others: readonly T[]): T[] {
  return items.filter((item) => !others.includes(item))
}

/** A name as one word of a shell. */
function wordOf(name: string): string {
  return /^[\w./:@-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}
