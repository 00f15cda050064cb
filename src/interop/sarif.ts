import { DOCS } from '../core/errors.ts'
import type { ModelId } from '../core/hex.ts'
import { FINDINGS_PAGE, findingDocs } from '../core/report.ts'
import { sha256Text } from '../core/sha256.ts'
import { shortText } from '../core/text.ts'
import { findingsOf, type Answers, type AnsweredFinding, type Place, type SubjectAnswer } from './answers.ts'
import { ruleOf } from './findingRules.ts'
import { MOST_TEXT, messageText, relativeReference, SARIF_SCHEMA, STEMMA_HOME } from './sarifText.ts'

/** Most results of a run that GitHub takes. */
export const MOST_RESULTS = 25_000
/** Most results of a run that GitHub shows. */
const MOST_SHOWN = 5_000
/** Most ids of a path in the properties of a result: all paths of a long row together hold the square of its length. */
const MOST_PATH = 32
/** Most models of a path that a message names. */
const MOST_NAMED = 6

/** How grave a result is. */
export type SarifLevel = 'error' | 'warning' | 'note'

/** A rule: a code, with the right or the obligation that it is about. */
export type SarifRule = {
  id: string
  name: string
  shortDescription: { text: string }
  fullDescription: { text: string }
  helpUri: string
  help: { text: string; markdown: string }
  properties: { tags: string[] }
}

/** One finding. */
export type SarifResult = {
  ruleId: string
  ruleIndex: number
  level: SarifLevel
  message: { text: string }
  locations: [
    { physicalLocation: { artifactLocation: { uri: string; uriBaseId: '%SRCROOT%' }; region: { startLine: number } } },
  ]
  partialFingerprints: { 'stemmaFinding/v1': string }
  suppressions?: { kind: 'external'; status: 'accepted'; justification: string }[]
  properties: Readonly<Record<string, unknown>>
}

/** A log of SARIF 2.1.0 with one run. */
export type SarifLog = {
  $schema: string
  version: '2.1.0'
  runs: [
    {
      tool: {
        driver: {
          name: 'Stemma'
          version: string
          informationUri: string
          rules: SarifRule[]
          notifications: { id: string; shortDescription: { text: string }; helpUri: string }[]
        }
      }
      invocations: [
        {
          executionSuccessful: true
          toolExecutionNotifications: { level: 'warning'; message: { text: string }; descriptor: { id: string } }[]
        },
      ]
      columnKind: 'utf16CodeUnits'
      results: SarifResult[]
      properties: { answers: readonly unknown[] }
    },
  ]
}

/** A result before its words are made. */
export type DraftResult = Omit<SarifResult, 'ruleIndex' | 'message' | 'properties'> & {
  rule: { code: string; about: string; docs: string }
  text: () => string
  properties: () => Readonly<Record<string, unknown>>
}

/**
 * Writes answers as a SARIF 2.1.0 log, as GitHub's code scanning and others read it. Every result has a place in the repository, a rule with
 * an absolute `helpUri`, and a fingerprint of its own that stays while the finding does. Waivers become suppressions. The same answers give
 * the same log.
 *
 * What is more than {@link MOST_RESULTS} is cut, the least grave first, and a notification says how many.
 */
export function sarifLog(answers: Answers): SarifLog {
  const all = draftResults(answers)
  const kept = all.slice(0, MOST_RESULTS)
  const rules = [...new Map(kept.map(({ ruleId, rule }) => [ruleId, sarifRule(ruleId, rule)])).values()].toSorted(
    (one, other) => (one.id < other.id ? -1 : 1),
  )
  const indices = new Map(rules.map(({ id }, index) => [id, index]))
  // By the standard, either every result of a run has suppressions or none has.
  const isAnySuppressed = kept.some(({ suppressions }) => suppressions)
  const results = kept.map(({ rule: _, text, properties, suppressions, ...stated }): SarifResult => ({
    ...stated,
    ruleIndex: indices.get(stated.ruleId)!,
    message: { text: messageText(text()) },
    ...(isAnySuppressed && { suppressions: suppressions ?? [] }),
    properties: properties(),
  }))
  const notifications = notificationsOf(all.length)
  return {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Stemma',
            version: answers.version,
            informationUri: STEMMA_HOME,
            rules,
            notifications: notifications.map(({ descriptor }) => ({
              id: descriptor.id,
              shortDescription: { text: 'Not every result is there.' },
              helpUri: `${DOCS}/formats/reports.md#limits`,
            })),
          },
        },
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications }],
        columnKind: 'utf16CodeUnits',
        results,
        properties: { answers: answers.subjects.map(summaryOf) },
      },
    ],
  }
}

/** What answers amount to, one result a finding, the gravest first. Paths and words are made when they are read. */
export function draftResults({ subjects }: Answers): DraftResult[] {
  return subjects
    .flatMap((subject) => [
      ...('error' in subject ? [errorDraft(subject)] : answerDrafts(subject)),
      ...differenceDrafts(subject),
    ])
    .toSorted((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level))
}

const LEVELS: readonly SarifLevel[] = ['error', 'warning', 'note']

function notificationsOf(count: number): SarifLog['runs'][0]['invocations'][0]['toolExecutionNotifications'] {
  const texts = [
    ...(count > MOST_RESULTS
      ? [
          `${count - MOST_RESULTS} of ${count} results were left out, the least grave first: a run has at most ${MOST_RESULTS}.`,
        ]
      : []),
    ...(count > MOST_SHOWN
      ? [`GitHub shows at most ${MOST_SHOWN} results of a run. stemma verify --json has all.`]
      : []),
  ]
  return texts.map((text, index) => ({
    level: 'warning',
    message: { text },
    descriptor: { id: index === 0 && count > MOST_RESULTS ? 'results-cut' : 'results-hidden' },
  }))
}

function summaryOf(subject: Answers['subjects'][number]): unknown {
  if ('error' in subject) return { subject: cleaned(subject.subject), error: subject.error.code }
  const [{ model, chainId, block, source }] = subject.reports as [SubjectAnswer['reports'][number]]
  const verdicts = Object.fromEntries(subject.reports.map(({ use, verdict }) => [use, verdict]))
  return { subject: cleaned(subject.subject), model, verdicts, passed: subject.passed, chainId, block, source }
}

function errorDraft({ subject, place, error }: Extract<Answers['subjects'][number], { error: unknown }>): DraftResult {
  const code = error.code.toLowerCase().replaceAll('_', '-')
  return {
    ruleId: code,
    rule: { code, about: '', docs: error.docs },
    level: 'error',
    locations: [locationOf(place, subject)],
    partialFingerprints: { 'stemmaFinding/v1': fingerprint([code, subject]) },
    text: () => error.message,
    properties: () => ({ subject: cleaned(subject) }),
  }
}

function differenceDrafts({ subject, place, differences = [] }: Answers['subjects'][number]): DraftResult[] {
  const levels = { error: 'error', unknown: 'warning', warning: 'note' } as const
  const before = (code: string, index: number): number =>
    differences.slice(0, index).filter((each) => each.code === code).length
  return differences.map(({ code, severity, reason, remedy, docs, place: own }, index): DraftResult => ({
    ruleId: code,
    rule: { code, about: '', docs },
    level: levels[severity],
    locations: [locationOf(own ?? place, subject)],
    partialFingerprints: { 'stemmaFinding/v1': fingerprint([code, subject, before(code, index)]) },
    text: () => `${reason} ${remedy}`,
    properties: () => ({ subject: cleaned(subject) }),
  }))
}

function answerDrafts(answer: SubjectAnswer): DraftResult[] {
  const { subject, place, reports } = answer
  const locations: SarifResult['locations'] = [locationOf(place, subject)]
  const names = new Map(reports.flatMap(({ models }) => models).map(({ model, name }) => [model, name]))
  return findingsOf(answer).map(({ finding, uses, index, waivers }): DraftResult => {
    const { code, right, obligation, fact, field, profile, model } = finding
    const about = right ?? obligation ?? ''
    return {
      ruleId: about === '' ? code : `${code}/${about}`,
      rule: { code, about, docs: findingDocs(code) },
      level: levelOf(finding),
      locations,
      partialFingerprints: {
        'stemmaFinding/v1': fingerprint([code, right, obligation, fact, field, profile, model, subject, index]),
      },
      ...(waivers.length > 0 && {
        suppressions: [...new Set(waivers.map(({ reason, who }) => `${reason} (${who})`))].map((justification) => ({
          kind: 'external',
          status: 'accepted',
          justification: shortText(justification, MOST_TEXT),
        })),
      }),
      text: () => `${finding.reason} ${finding.remedy}${pathInWords(finding.path, names)}`,
      properties: () => ({
        subject: cleaned(subject),
        uses,
        model,
        modelName: names.get(model) ?? '',
        ...pathProperties(finding.path),
        ...(fact !== undefined && { fact }),
        ...(field !== undefined && { field: cleaned(field) }),
        ...(profile !== undefined && { profile }),
      }),
    }
  })
}

/** Whether a gate stops at it: what forbids a use, and what a profile finds lacking. What leaves a use open is a warning. */
function levelOf({ severity, profile }: Pick<AnsweredFinding, 'severity' | 'profile'>): SarifLevel {
  if (severity === 'blocking' || (severity === 'duty' && profile !== undefined)) return 'error'
  return severity === 'unknown' ? 'warning' : 'note'
}

function sarifRule(id: string, { code, about, docs }: DraftResult['rule']): SarifRule {
  const { title, meaning } = ruleOf(code)
  const short = about === '' ? `${title}.` : `${title}: ${about}.`
  return {
    id,
    name: id
      .split(/[^a-z0-9]+/i)
      .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
      .join(''),
    shortDescription: { text: short },
    fullDescription: { text: meaning },
    helpUri: docs,
    help: {
      text: `${meaning} See ${docs}.`,
      markdown: `${meaning}\n\n[What it means](${docs}), and [all findings](${FINDINGS_PAGE}).`,
    },
    properties: { tags: ['ai-model', 'license', 'lineage'] },
  }
}

/** A path that a checkout of the repository may have, as a relative reference: nothing in it leads out of the repository. */
function locationOf({ file, line = 1 }: Place, subject: string): SarifResult['locations'][0] {
  const uri = relativeReference(file) || relativeReference(subject) || 'model'
  return { physicalLocation: { artifactLocation: { uri, uriBaseId: '%SRCROOT%' }, region: { startLine: line } } }
}

/** What a finding is about, without its words and without how grave it is, which other facts may change. */
function fingerprint(parts: readonly (string | number | undefined)[]): string {
  return sha256Text(JSON.stringify(parts)).slice(2)
}

/** The ids of a path: all of a short one, else both ends. */
function pathProperties(path: readonly ModelId[]): { path: readonly ModelId[]; pathLength: number } {
  const half = MOST_PATH / 2
  return {
    path: path.length <= MOST_PATH ? path : [...path.slice(0, half), ...path.slice(-half)],
    pathLength: path.length,
  }
}

function pathInWords(path: readonly ModelId[], names: ReadonlyMap<ModelId, string>): string {
  if (path.length < 2) return ''
  const named = (id: ModelId): string => names.get(id) || `${id.slice(0, 10)}…`
  const half = MOST_NAMED / 2
  const steps =
    path.length <= MOST_NAMED
      ? path.map(named)
      : [...path.slice(0, half).map(named), `… ${path.length - MOST_NAMED} more …`, ...path.slice(-half).map(named)]
  return ` Path: ${steps.join(' > ')}.`
}

function cleaned(text: string): string {
  return shortText(text, 200)
}
