import type { Verdict } from '../core/evaluate.ts'
import { ZERO_ADDRESS } from '../core/hex.ts'
import type { PendingClaim } from '../core/ports.ts'
import type { Severity } from '../core/report.ts'
import { USE_WORDS, VERDICT_WORDS } from '../core/reportWords.ts'
import { findingsOf, type Answers, type Difference, type SubjectAnswer, type SubjectFinding } from './answers.ts'
import { codeOf, table, textOf } from './markdownText.ts'

/** Most subjects of the table, and most that have a part of their own. */
const MOST_SUBJECTS = { listed: 200, detailed: 20 }
/** Most entries of a list. */
const MOST_ENTRIES = 25
/** Most models of a path. */
const MOST_STEPS = 6

const ORDER: readonly Severity[] = ['blocking', 'unknown', 'duty', 'warning']

/**
 * Writes answers as a page of GitHub-flavored Markdown, as for the summary of a CI job: the verdict on each subject, then for those that do
 * not pass, and for those that pass on conditions, why, by which licenses, what they ask for, and how fresh it is. What others wrote (names,
 * licenses, reasons) cannot become markup, a link or a mention. The same answers give the same page.
 */
export function markdownReport(answers: Answers): string {
  const { subjects } = answers
  const passed = subjects.filter((each) => 'reports' in each && each.passed).length
  const detailed = subjects.filter(needsDetail)
  return [
    `## Stemma: ${passed} of ${subjects.length} ${subjects.length === 1 ? 'model passes' : 'models pass'}`,
    table(
      ['model', 'verdict', 'for'],
      subjects
        .slice(0, MOST_SUBJECTS.listed)
        .map((each) =>
          'error' in each
            ? [textOf(each.subject), `**no answer**`, '']
            : [
                textOf(each.subject),
                `${each.passed ? '' : '**'}${verdictsOf(each)}${each.passed ? '' : '**'}`,
                each.reports[0]!.licensee === ZERO_ADDRESS ? 'anybody' : codeOf(each.reports[0]!.licensee),
              ],
        ),
    ),
    ...more(subjects.length - MOST_SUBJECTS.listed, 'models'),
    ...detailed.slice(0, MOST_SUBJECTS.detailed).flatMap((each) => detailOf(each)),
    ...more(detailed.length - MOST_SUBJECTS.detailed, 'models that need a look'),
    `<sub>Stemma ${textOf(answers.version)}. An answer is what registrations, terms and credentials state as of a block; it is not legal advice.</sub>`,
  ]
    .join('\n\n')
    .concat('\n')
}

function needsDetail(subject: Answers['subjects'][number]): boolean {
  return (
    'error' in subject ||
    !subject.passed ||
    subject.signature !== undefined ||
    (subject.differences ?? []).length > 0 ||
    subject.reports.some(({ verdict }) => verdict !== 'permitted') ||
    subject.reports.some(({ findings }) => findings.length > 0)
  )
}

function verdictsOf({ reports, passed }: SubjectAnswer): string {
  const isNo = (verdict: Verdict): boolean => verdict === 'not-permitted' || verdict === 'unknown'
  return reports
    .map(({ use, verdict }) => {
      const accepted = passed && isNo(verdict) ? ', but accepted' : ''
      return `${USE_WORDS[use]}: ${VERDICT_WORDS[verdict]}${accepted}`
    })
    .join('; ')
}

function detailOf(subject: Answers['subjects'][number]): string[] {
  const title = `### ${textOf(subject.subject)}`
  const differences = list('What differs', subject.differences ?? [], differenceOf)
  if ('error' in subject) {
    const { code, message, docs } = subject.error
    return [title, `${codeOf(code)}: ${textOf(message)} ([what it means](${docs}))`, ...differences]
  }
  const found = findingsOf(subject).toSorted(
    (one, other) => ORDER.indexOf(one.finding.severity) - ORDER.indexOf(other.finding.severity),
  )
  const [{ model, publisher, publisherStanding, publishers, block, blockTime, chainId, source }] = subject.reports as [
    SubjectAnswer['reports'][number],
  ]
  const domain = publishers.find((each) => each.publisher === publisher)?.domain
  const open = found.filter(({ waivers }) => waivers.length === 0)
  const accepted = found.filter(({ waivers }) => waivers.length > 0)
  const isAsked = ({ finding }: SubjectFinding): boolean => finding.code === 'obligation'
  const isFinding = (each: SubjectFinding): boolean => !isAsked(each)
  return [
    title,
    `${verdictsOf(subject)}. Model ${codeOf(model)}, registered by ${domain === undefined ? '' : `${textOf(domain)}, `}${codeOf(publisher)} (${publisherStanding}).`,
    ...differences,
    ...list('Findings', open.filter(isFinding), (each) => findingOf(each, subject)),
    ...list('What the licenses ask for', open.filter(isAsked), (each) => findingOf(each, subject)),
    ...list('Accepted', accepted, (each) => `${findingOf(each, subject)} ${waiversOf(each)}`),
    ...list('Claims that are not decided, and change nothing yet', subject.claims ?? [], claimOf),
    ...licensesOf(subject),
    ...(subject.signature === undefined ? [] : [textOf(subject.signature)]),
    `As of ${timeOf(blockTime)}, block ${block} of chain ${chainId}, read from ${source === 'indexer' ? 'an' : 'a'} ${source}.`,
  ]
}

function findingOf({ finding, uses }: SubjectFinding, { reports }: SubjectAnswer): string {
  const { code, severity, reason, remedy, path, docs } = finding
  const names = new Map(reports.flatMap(({ models }) => models).map(({ model, name }) => [model, name]))
  const half = MOST_STEPS / 2
  const steps = path.map((id) => codeOf(names.get(id) || `${id.slice(0, 10)}…`))
  const named = steps.length <= MOST_STEPS ? steps : [...steps.slice(0, half), '…', ...steps.slice(-half)]
  const way = path.length > 1 ? ` Path: ${named.join(' → ')}.` : ''
  return `**${severity}** [${code}](${docs}) (${uses.join(', ')}): ${textOf(reason)} ${textOf(remedy)}${way}`
}

function claimOf({ claim, parent, relation }: PendingClaim): string {
  return `${codeOf(claim)}: that it was made from ${codeOf(parent)} (${textOf(relation)})`
}

function waiversOf({ waivers }: SubjectFinding): string {
  const words = waivers.map(
    ({ reason, who, until }) => `Accepted until ${textOf(until)} by ${textOf(who)}: ${textOf(reason)}`,
  )
  return [...new Set(words)].join('; ')
}

function differenceOf({ code, severity, reason, remedy, docs }: Difference): string {
  return `**${severity}** [${code}](${docs}): ${textOf(reason)} ${textOf(remedy)}`
}

/** Which license each named model has, license by license. */
function licensesOf({ reports }: SubjectAnswer): string[] {
  const models = new Map(reports.flatMap((report) => report.models).map((each) => [each.model, each]))
  const byLicense = new Map<string, string[]>()
  for (const { license, name, model } of models.values()) {
    const named = byLicense.get(license) ?? []
    named.push(codeOf(name || model))
    byLicense.set(license, named)
  }
  const rows = Array.from(byLicense, ([license, named]) => [
    license === '' ? 'no stated license' : textOf(license),
    [
      ...named.slice(0, MOST_STEPS),
      ...(named.length > MOST_STEPS ? [`and ${named.length - MOST_STEPS} more`] : []),
    ].join(', '),
  ])
  return [table(['license', 'models'], rows.slice(0, MOST_ENTRIES)), ...more(rows.length - MOST_ENTRIES, 'licenses')]
}

/** A list of which only the entries that are shown are put into words. */
function list<T>(title: string, entries: readonly T[], inWords: (entry: T) => string): string[] {
  if (entries.length === 0) return []
  const items = entries.slice(0, MOST_ENTRIES).map((entry) => `- ${inWords(entry)}`)
  return [`**${title}**`, items.join('\n'), ...more(entries.length - MOST_ENTRIES, 'entries')]
}

function more(count: number, what: string): string[] {
  return count > 0 ? [`${count} more ${what} are in the report of \`stemma verify --json\`.`] : []
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
