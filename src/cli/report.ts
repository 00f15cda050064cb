import { MAX_LISTED, type Verdict } from '../core/evaluate.ts'
import { ZERO_ADDRESS, type ModelId, type TermsId } from '../core/hex.ts'
import { FOREVER } from '../core/lineage.ts'
import { parseMeasure, topicOf } from '../core/topics.ts'
import type { Right } from '../core/vocabulary.ts'
import {
  OBLIGATION_WORDS,
  clausePlace,
  USE_WORDS,
  VERDICT_WORDS,
  wordsFixedBy,
  wordsToShow,
} from '../core/reportWords.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { licensorOf } from '../verify/agreements.ts'
import type { Answer } from '../verify/answer.ts'
import { demandsOf, modelsOf, reasonsOf, type Demand, type Reason } from '../verify/reasons.ts'
import { groupBy } from '../verify/groupBy.ts'
import { bookOf } from '../verify/licenseBook.ts'
import type { DecidingFact, Finding, FindingCode, Report, ReportedModel } from '../core/report.ts'
import type { Disclosure } from '../verify/disclosure.ts'
import { originInWords } from '../verify/origin.ts'
import type { DisclosureFinding } from '../verify/profiles/profile.ts'
import { factOptionFor, factWords } from '../verify/factWords.ts'
import { wrap } from '../console/wrap.ts'
import { fitSections, type Section } from './fitSections.ts'
import { formatTime, shortId } from './format.ts'

/** A screen: what a terminal shows without scrolling. */
export const SCREEN = { lines: 24, columns: 100 } as const
/** Most models that one reason names. */
const MOST_NAMES = 3
/** Most licenses whose obligations stand one by one. */
const MOST_LICENSES = 2

/**
 * An answer for people, in at most one screen: a sentence, who registered the model, each reason once, and what to do. A reason that does
 * not decide is left out under a "no", and what does not fit is counted.
 *
 * @param licenses the library, from which clauses are quoted
 * @param disclosure what its documents say, and profiles make of it, where that was asked for
 */
export function formatAnswer(answer: Answer, licenses: readonly LicenseEntry[], disclosure?: Disclosure): string {
  const words = new AnswerWords(answer, licenses)
  const sections = [...words.sections(), ...(disclosure ? disclosureSections(disclosure) : [])]
  const foot = [...originLines(answer, disclosure), ...words.foot()]
  return fitSections({ head: words.head(), sections, foot, ...SCREEN })
}

/** Where a model comes from. That it has parents, the answer shows already. */
function originLines({ origin }: Answer, disclosure: Disclosure | undefined): string[] {
  const stated = disclosure?.origin ?? origin
  return stated && stated.stated !== 'parents' ? [originInWords(stated)] : []
}

/** What documents say, and each profile: what lacks or follows before what is worth knowing. */
function disclosureSections({ findings, profiles }: Disclosure): Section[] {
  const of = (profile: DisclosureFinding['profile']): string[] =>
    findings
      .filter((found) => found.profile === profile)
      .toSorted((a, b) => DISCLOSED_FIRST.indexOf(a.severity) - DISCLOSED_FIRST.indexOf(b.severity))
      .map(({ reason, remedy }) => `${reason} ${remedy}`)
  return [
    { title: 'Its documents:', entries: of(undefined) },
    ...profiles.map(({ name }) => {
      const entries = of(name)
      return { title: `Profile ${name}:`, entries: entries.length > 0 ? entries : ['nothing is lacking'] }
    }),
  ]
}

const DISCLOSED_FIRST: readonly DisclosureFinding['severity'][] = ['duty', 'unknown', 'warning']

class AnswerWords {
  readonly #answer: Answer
  readonly #reports: readonly Report[]
  readonly #models: ReadonlyMap<ModelId, ReportedModel>
  readonly #allReasons: readonly Reason[]
  readonly #licenses: ReadonlyMap<TermsId, LicenseEntry>

  constructor(answer: Answer, licenses: readonly LicenseEntry[]) {
    this.#answer = answer
    this.#reports = answer.reports
    this.#models = modelsOf(answer.reports)
    this.#allReasons = reasonsOf(answer.reports)
    this.#licenses = bookOf(licenses).byTerms
  }

  head(): string[] {
    const { verdict, model } = this.#answer
    const what = `${listed(this.#reports.map(({ use }) => USE_WORDS[use]))} of ${this.#name(model)}`
    const sentences: Record<Verdict, string> = {
      permitted: `Permitted: ${what}.`,
      conditional: `Permitted on conditions: ${what}.`,
      'not-permitted': `Not permitted: ${what}.`,
      unknown: `Unknown: cannot tell whether ${what} ${this.#reports.length > 1 ? 'are' : 'is'} permitted.`,
    }
    const { publisher } = this.#models.get(model)!
    const each = this.#reports.map(({ use, verdict: one }) => `${use}: ${VERDICT_WORDS[one]}`)
    const rests = this.#rests()
    return [
      sentences[verdict],
      ...(rests.length > 0 ? [`It is permitted by a private agreement of ${short(rests)}.`] : []),
      ...(this.#reports.length > 1 ? [`By use: ${each.join('; ')}.`] : []),
      `Registered by ${publisher} (${this.#standing()}).`,
    ]
  }

  foot(): string[] {
    return [
      readingOf(this.#reports[0]!),
      ...this.#others(),
      ...this.#counted(),
      `Model ${this.#answer.model}. Details: --full, --json`,
    ]
  }

  sections(): Section[] {
    const { verdict } = this.#answer
    if (verdict === 'not-permitted') return [this.#reasons(), this.#remedies()]
    const facts = this.#deciding()
    if (verdict === 'unknown')
      return [facts, this.#reasons(), this.#remedies(), ...this.#demands('If it is permitted, you must')]
    return [...this.#demands('You must'), facts, this.#reasons()]
  }

  /** On whose words about ancestors the answer rests, those first that count for least. */
  #others(): string[] {
    const { publisher, publisherStanding, publishers } = this.#reports[0]!
    const others = publishers.filter((each) => each.publisher !== publisher || each.standing !== publisherStanding)
    if (others.length === 0) return []
    return [`Made from works of ${short(others.map((each) => `${shortId(each.publisher)} (${each.standing})`))}.`]
  }

  /** How many rules of the policy are kept, broken and open. */
  #counted(): string[] {
    const { rules = [] } = this.#reports[0]!
    const counts = (['kept', 'broken', 'unknown'] as const).flatMap((answer) => {
      const count = rules.filter((each) => each.answer === answer).length
      return count > 0 ? [`${count} ${answer}`] : []
    })
    return counts.length > 0 ? [`Rules of your policy on the lineage: ${counts.join(', ')}.`] : []
  }

  /** The licensors on whose private agreements a permission rests. */
  #rests(): string[] {
    const { verdict } = this.#answer
    if (verdict !== 'permitted' && verdict !== 'conditional') return []
    const findings = this.#reports.flatMap((report) => report.findings)
    return [...new Set(findings.flatMap(({ agreement }) => (agreement ? licensorOf(agreement) : [])))]
  }

  /** Whether anybody whose word counts vouches for the publisher. */
  #standing(): string {
    const until = this.#answer.publisherVerifiedUntil
    const { publisherStanding: standing, at } = this.#reports[0]!
    if (standing === 'trusted') return 'trusted by you'
    if (standing === 'named') return 'named: it proves that it holds the name, and no more'
    if (standing === 'accredited' && until !== null) {
      if (until >= FOREVER) return 'accredited: verified without an end'
      const when =
        until > at ? `until ${formatTime(until)}` : `when it registered the model, until ${formatTime(until)}`
      return `accredited: verified ${when}`
    }
    if (until === null) return 'whether it is verified, the source cannot know'
    return until > 0 ? 'unverified when it registered the model' : 'unverified'
  }

  #reasons(): Section {
    const { verdict, model } = this.#answer
    const isNo = verdict === 'not-permitted'
    const decisive = this.#allReasons.filter(({ severity, code, fact }) => {
      if (severity === 'duty' || (isNo && severity === 'warning' && NOTES.has(code))) return false
      // The sentence names it.
      if (code === 'private-agreement' && this.#rests().length > 0) return false
      // The section of facts names it.
      if (code === 'fact-missing' && this.#decides(fact)) return false
      return !isNo || severity !== 'unknown'
    })
    const entries = decisive.flatMap((reason) => this.#reason(reason))
    const open = isNo ? this.#allReasons.filter(({ severity }) => severity === 'unknown').length : 0
    if (open > 0) entries.push(`${open === 1 ? 'One more reason is' : `${open} more reasons are`} open.`)
    const blocking = decisive.filter(({ severity }) => severity === 'blocking')
    const license = this.#license(model)
    // A rule of the policy speaks of models, and not of their terms.
    const isOfAncestors =
      isNo &&
      blocking.length > 0 &&
      blocking.every(({ models, findings }) => !models.includes(model) && findings[0]!.rule === undefined)
    const own =
      license === NO_LICENSE ? 'It has no stated license' : `Its own license (${license}) does not forbid this`
    return {
      title: isOfAncestors ? `${own}, but it was made from models whose terms count too:` : 'Reasons:',
      entries,
    }
  }

  /** A reason in words: one sentence, or one for each finding where each has facts of its own. */
  #reason({ code, terms, license, fact, models, rights, findings }: Reason): string | string[] {
    const named = short(models.map((model) => this.#name(model)))
    const all = [...new Set([...rights.values()].flat())]
    const allRights = listed(all)
    const by = license || NO_LICENSE
    const entry = this.#licenses.get(terms)
    switch (code) {
      case 'right-withheld': {
        const asked = this.#reports.map(({ use }) => use)
        const right = all.find((each) => asked.includes(each)) ?? all[0]
        const clause = right && entry?.rights[right].clause
        return `${by} does not grant ${allRights}${clause ? ` (${cut(clause)})` : ''}: ${named}`
      }
      case 'parent-external':
        return `nobody has registered a parent, so ${allRights} ${all.length > 1 ? 'are' : 'is'} open: ${named}`
      case 'right-unstated':
        return license === ''
          ? `no license is stated, so ${allRights} ${all.length > 1 ? 'are' : 'is'} open: ${named}`
          : `${license} is not known to grant or withhold ${allRights}: ${named}`
      case 'publisher-uncounted':
        return `${allRights} ${all.length > 1 ? 'rest' : 'rests'} on the word of a publisher that does not count: ${named}`
      case 'threshold-exceeded':
      case 'threshold-doubtful':
      case 'fact-missing': {
        const clause = thresholdOf(entry, fact)?.clause
        const verb = {
          'threshold-exceeded': 'withdraws',
          'threshold-doubtful': 'may withdraw',
          'fact-missing': 'makes',
        }[code]
        const { words } = factWords(fact!)
        const end = code === 'fact-missing' ? ` depend on ${words}` : ` by ${words}`
        return `${by} ${verb} ${allRights}${end}${clause ? ` (clause ${cut(clause)})` : ''}: ${named}`
      }
      case 'model-recalled':
        return `recalled, so no longer to be used: ${named}`
      case 'model-retired':
        return `retired, so no longer supported: ${named}`
      case 'model-superseded':
        return `has a successor: ${named}`
      case 'credential-not-yet-valid':
      case 'credential-expired':
      case 'credential-suspended':
      case 'credential-revoked': {
        const state = code.slice('credential-'.length).replaceAll('-', ' ')
        return `a credential that would grant ${allRights} is ${state}: ${named}`
      }
      case 'publisher-denied':
        return `your policy denies the publisher: ${named}`
      case 'publisher-untrusted':
        return `your policy does not trust the publisher: ${named}`
      case 'publisher-unverified':
        return `no accredited verifier vouches for the publisher: ${named}`
      case 'publisher-left-out':
        return `one answer counts the words of ${MAX_LISTED} trusted publishers, or of ${MAX_LISTED} proved names, and has no place left: ${named}`
      case 'own-work-unproved':
        return `only if its publisher also made what it is made from, which nobody vouches for: ${named}`
      case 'registration-unproved':
        return `the source has no registration that proves the model: ${named}`
      case 'binding-changed':
        return `bound to something else than when you first saw it: ${named}`
      case 'tensors-misstated':
        return `its registration states other tensors than the files have: ${named}`
      case 'terms-unproved':
        return `the source does not show the terms as they were published: ${named}`
      case 'private-agreement':
        return `it rests on a private agreement of ${short([...new Set(findings.flatMap(({ agreement }) => (agreement ? licensorOf(agreement) : [])))])}: ${named}`
      case 'text-unread':
        return [...new Set(findings.map(({ reason }) => `${withoutPaths(reason).replace(/\.$/, '')}: ${named}`))]
      case 'lineage-publisher':
      case 'lineage-country':
      case 'lineage-accreditation':
      case 'lineage-model':
      case 'lineage-parent':
      case 'lineage-external':
      case 'lineage-origin':
        return this.#ruled(findings)
      case 'label-void':
      case 'label-doubtful':
      case 'parent-undisclosed':
      case 'external-known':
      case 'external-replaced':
      case 'terms-differ':
      case 'license-contradicted':
      case 'parent-contradicted':
      case 'relabeled':
      case 'purpose-limited':
      case 'name-prefix-missing':
      case 'quota-exceeded':
        return [...new Set(findings.map(({ reason }) => withoutIds(reason)))]
    }
  }

  /** A rule of the policy, with the path to each model that breaks it, or of which it is not known; only the first few. */
  #ruled(findings: readonly Finding[]): string {
    const [{ rule, severity }] = findings as [Finding]
    const { text } = this.#reports[0]!.rules![rule!]!
    const once = new Map(findings.map((found) => [found.model, found]))
    const paths = [...once.values()].map(({ path }) => this.#path(path))
    const state = severity === 'blocking' ? 'is broken' : 'is open'
    return `your rule lineage[${rule}], ${text}, ${state}: ${short(paths)}`
  }

  /** The names on a path, from the model that was asked about; of a long one the first two and the last. */
  #path(path: readonly ModelId[]): string {
    const named = path.map((model) => this.#name(model))
    return (named.length <= 4 ? named : [...named.slice(0, 2), `${named.length - 3} more`, named.at(-1)!]).join(' > ')
  }

  /** What would turn the answer into a yes. Each entry is needed. */
  #remedies(): Section {
    const entries: string[] = []
    const reasons = this.#allReasons.filter(({ severity }) => severity === 'blocking' || severity === 'unknown')
    const grants = new Map<string, { rights: readonly Right[]; models: ModelId[] }>()
    for (const { rights } of reasons.filter(({ code }) => code === 'right-withheld' || code === 'threshold-exceeded')) {
      for (const [model, needed] of rights) {
        const group = grants.get(needed.join()) ?? { rights: needed, models: [] }
        if (!group.models.includes(model)) group.models.push(model)
        grants.set(needed.join(), group)
      }
    }
    for (const { rights, models } of grants.values()) {
      const isOwn = models.length === 1 && models[0] === this.#answer.model
      const each = models.length > 1 ? 'each publisher' : 'the publisher'
      const passed = isOwn ? '' : ', or one that the publisher of the model made from it holds and may pass on'
      const named = short(models.map((model) => this.#name(model)))
      entries.push(`a credential for ${listed(rights)} from ${each} of ${named}${passed}`)
    }
    for (const { code, models, fact, findings } of reasons) {
      const [{ rule, remedy }] = findings as [Finding]
      if (rule !== undefined) {
        entries.push(remedy.replace(/\.$/, '').replace(/^[A-Z]/, (letter) => letter.toLowerCase()))
        continue
      }
      const named = short(models.map((model) => this.#name(model)))
      if (code === 'right-unstated') entries.push(`the license of ${named}, registered by its publisher`)
      else if (code === 'parent-external')
        entries.push(`${named}, registered by its publisher, and a verifier who binds the name to the registration`)
      else if (code === 'model-recalled')
        entries.push(`another model in place of ${named} and of all that is made from it`)
      else if (code === 'publisher-denied') entries.push('another model, or another policy')
      else if (code === 'publisher-untrusted') {
        const accounts = new Set(models.map((model) => this.#models.get(model)!.publisher))
        entries.push(`${short([...accounts])} in trustedPublishers of your policy, once you know who that is`)
      } else if (code === 'publisher-unverified' || code === 'own-work-unproved') {
        const accounts = new Set(models.map((model) => this.#models.get(model)!.publisher))
        entries.push(
          `to know who ${short([...accounts])} is, and to trust it: stemma trust, or trustedPublishers of a policy`,
        )
      } else if (code === 'publisher-left-out')
        entries.push(`an answer about each alone (stemma verify <id>), or accredited publishers: ${named}`)
      else if (code === 'terms-differ')
        entries.push(
          `the license that ${named} really ${models.length > 1 ? 'have' : 'has'}, registered by the publisher`,
        )
      else if (code === 'registration-unproved' || code === 'terms-unproved')
        entries.push('a node that keeps the whole history')
      else if (code === 'binding-changed')
        entries.push(`to know why the binding of ${named} changed, and to accept it: stemma trust ${models.join(' ')}`)
      else if (code === 'tensors-misstated') entries.push(`a registration of ${named} that states its tensors`)
      else if (code === 'label-void' || code === 'label-doubtful')
        entries.push(`a license of ${named} that the terms of what it was made from allow, or their publishers' leave`)
      else if (code === 'threshold-doubtful')
        entries.push(`the word of the publisher of ${named}, or a credential from it`)
      else if (code === 'fact-missing' && !this.#decides(fact)) entries.push(`the fact: ${factOptionFor(fact!)}`)
    }
    const needed = [...new Set(entries)]
    return {
      title: needed.length > 1 ? 'To get a yes, you need all of these:' : 'To get a yes, you need:',
      entries: needed,
    }
  }

  /** What the licensee must do, license by license: the models that ask it, where the text is, and each obligation in its words. */
  #demands(title: string): Section[] {
    const demands = demandsOf(this.#reports)
    const open = demands.filter(({ fulfilled }) => !fulfilled)
    const done = demands.length - open.length
    const fulfilled = done > 0 ? [`${done} more, which your policy states as fulfilled`] : []
    const groups = [...groupBy(open, ({ terms }) => terms).values()]
    const sections = groups.slice(0, MOST_LICENSES).map((group, index) => ({
      title: `${index === 0 ? title : `${title.replace(/ must$/, ' must also')}`}, by ${this.#asking(group)}:`,
      // What has to be shown word for word stands first: a full screen loses the last entries.
      entries: group
        .toSorted((one, other) => wordsFixedBy(other) - wordsFixedBy(one))
        .map((each) => this.#demand(each)),
    }))
    const others = groups.slice(MOST_LICENSES).map((group) => {
      const asked = [
        ...new Set(group.map(({ obligation, certain }) => (certain ? obligation : `perhaps ${obligation}`))),
      ]
      return `${this.#asking(group)}: ${listed(asked)}`
    })
    if (others.length > 0) sections.push({ title: 'Other licenses ask too:', entries: others })
    if (sections.length === 0) return [{ title: 'Obligations:', entries: fulfilled }]
    sections.at(-1)!.entries.push(...fulfilled)
    return sections
  }

  /** A license, the models whose terms it is, and where its text is. */
  #asking(group: readonly Demand[]): string {
    const [{ license, uri }] = group as [Demand]
    const models = [...new Set(group.flatMap((demand) => demand.models))]
    const link = uri === undefined ? '' : ` (${uri})`
    return `${license || NO_LICENSE} of ${short(models.map((model) => this.#name(model)))}${link}`
  }

  #demand({ obligation, certain, clause, uses, facts, ...words }: Demand): string {
    const asked = [...(wordsFixedBy(words) ? [] : [OBLIGATION_WORDS[obligation]]), ...wordsToShow(words)].join(', ')
    const parts = [...(clause === undefined ? [] : [clausePlace(clause)]), `raised by ${short(uses)}`]
    const open = certain ? '' : `, only if ${facts.join(' or ') || 'a missing fact'} is above the limit`
    return `${obligation}: ${asked} (${parts.join('; ')})${open}`
  }

  /** The facts that decide, with what their values would mean, and the terms that make them count. */
  #deciding(): Section {
    const facts = new Map<string, { fact: DecidingFact; uses: Right[] }>()
    for (const { use, deciding } of this.#reports) {
      for (const fact of deciding) {
        const key = JSON.stringify(fact)
        facts.set(key, { fact, uses: [...(facts.get(key)?.uses ?? []), use] })
      }
    }
    const names = new Set([...facts.values()].map(({ fact }) => fact.fact))
    const because = this.#allReasons.filter(({ code, fact, rights }) => {
      const isAboutRights = [...rights.values()].some((open) => open.length > 0)
      return code === 'fact-missing' && isAboutRights && fact !== undefined && names.has(fact)
    })
    const title = names.size === 1 ? 'One fact decides:' : 'These facts decide (each line takes the others as 0):'
    return {
      title,
      entries: [
        ...[...facts.values()].map(({ fact, uses }) => this.#fact(fact, uses)),
        ...because.map((reason) => this.#because(reason)),
      ],
    }
  }

  #because({ terms, license, fact, models }: Reason): string {
    const clause = thresholdOf(this.#licenses.get(terms), fact)?.clause
    const named = short(models.map((model) => this.#name(model)))
    return `because of ${license || NO_LICENSE}${clause ? ` (clause ${cut(clause)})` : ''}: ${named}`
  }

  #fact({ fact, steps }: DecidingFact, uses: readonly Right[]): string {
    const { words, isYesOrNo } = factWords(fact)
    const { licensee } = this.#reports[0]!
    const whose = licensee === ZERO_ADDRESS ? 'your' : "the licensee's"
    const about = uses.length < this.#reports.length ? `for ${listed(uses)}, ` : ''
    const values = steps.map((step, index) => {
      const value = isYesOrNo ? YES_OR_NO[step.atMost === null ? 1 : 0] : range(step.atMost, steps[index - 1]?.atMost)
      return `${value} -> ${VERDICT_WORDS[step.verdict]}`
    })
    return `${about}${whose} ${words} (${factOptionFor(fact)}): ${values.join('; ')}`
  }

  #decides(name: Reason['fact']): boolean {
    return this.#reports.some(({ deciding }) => deciding.some(({ fact }) => fact === name))
  }

  #name(model: ModelId): string {
    return this.#models.get(model)?.name || shortId(model)
  }

  #license(model: ModelId): string {
    return this.#models.get(model)?.license || NO_LICENSE
  }
}

const NO_LICENSE = 'no stated license'

/** Findings that say nothing that matters under a "no", where they decide nothing. */
const NOTES: ReadonlySet<FindingCode> = new Set([
  'label-void',
  'relabeled',
  'purpose-limited',
  'name-prefix-missing',
  'text-unread',
])

/** The threshold of a license that a fact is compared with. */
function thresholdOf(
  entry: LicenseEntry | undefined,
  fact: string | undefined,
): LicenseEntry['thresholds'][number] | undefined {
  if (fact === undefined) return undefined
  const topic = topicOf(parseMeasure(fact))
  return entry?.thresholds.find((threshold) => topicOf(parseMeasure(threshold.measure)) === topic)
}

/** All that an answer has, use by use: every finding, obligation and remedy, with paths and ids. */
export function formatInFull(answer: Answer, disclosure?: Disclosure): string {
  const { reports, publisherVerifiedUntil, registrations } = answer
  const origin = disclosure?.origin ?? answer.origin
  return reports
    .map((report) => fullReport(report))
    .join('\n\n')
    .concat(
      `\n\nRegistrations of these weights or of this model:\n${registrations
        .map(
          ({ model, publisher, verdict, standing }) =>
            `  - ${model} by ${publisher} (${standing}): ${verdict === null ? 'not asked about' : VERDICT_WORDS[verdict]}`,
        )
        .join('\n')}`,
      publisherVerifiedUntil === null
        ? ''
        : `\nPublisher verified until: ${publisherVerifiedUntil === 0 ? 'never verified' : formatTime(publisherVerifiedUntil)}`,
      origin ? `\n${wrapped(originInWords(origin))}` : '',
      ...(disclosure ? disclosureInFull(disclosure) : []),
    )
}

/** Every finding about documents and by profiles, with the field that it follows from, and the sources of the profiles. */
function disclosureInFull({ findings, documents, profiles }: Disclosure): string[] {
  const entries = findings.flatMap(({ profile, severity, field, reason, remedy }, index) => [
    wrapped(`${profile ? `${profile}, ` : ''}${severity}: ${reason} (from ${field})`, `  ${index + 1}. `, '     '),
    wrapped(remedy, '     '),
  ])
  const read = Object.entries(documents).map(([kind, { state, from, tried = [] }]) =>
    wrapped(
      `${kind}: ${state}${from === undefined ? '' : ` from ${from}`}${tried.map(({ place, problem }) => `; ${place}: ${problem}`).join('')}`,
      '  - ',
      '    ',
    ),
  )
  const sources = profiles.flatMap(({ name, title, sources: all }) => [
    wrapped(`${name}: ${title}`, '  - ', '    '),
    ...all.map(({ title: source, place, uri }) => wrapped(`${source}: ${place} (${uri})`, '    ', '      ')),
  ])
  return [
    ...section('Documents and profiles', entries),
    ...section('Documents', read),
    ...section('Profiles', sources),
  ].map((line) => `\n${line}`)
}

function fullReport(report: Report): string {
  const { verdict, use, model, findings, obligations } = report
  const models = modelsOf([report])
  const nameOf = (id: ModelId): string => models.get(id)?.name || shortId(id)
  const order = ['blocking', 'unknown', 'duty', 'warning']
  const ordered = findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  const reasons = ordered.flatMap(({ severity, reason, path }, index) => [
    wrapped(`${severity}: ${reason}`, `  ${index + 1}. `, '     '),
    ...(path.length > 1 ? [wrapped(`path: ${path.map(nameOf).join(' > ')}`, '     ', '       ')] : []),
  ])
  const duties = obligations.map(
    ({ obligation, model: from, certain, fulfilled, license, uses, clause, uri, ...words }) => {
      const remarks = [
        license || NO_LICENSE,
        ...wordsToShow(words),
        ...(clause === undefined ? [] : [`${clausePlace(clause)}${clause.slice(clause.split(':')[0]!.length)}`]),
        `raised by ${listed(uses)}`,
        ...(uri === undefined ? [] : [uri]),
        ...(certain ? [] : ['only if a missing fact makes it so']),
        ...(fulfilled ? ['fulfilled'] : []),
      ]
      return wrapped(`${obligation}, from ${nameOf(from)} (${remarks.join('; ')})`, '  - ', '    ')
    },
  )
  const remedies = [...new Set(ordered.map(({ remedy }) => remedy))].map((remedy) => wrapped(remedy, '  - ', '    '))
  return [
    wrapped(`${capital(VERDICT_WORDS[verdict])}: ${USE_WORDS[use]} of ${nameOf(model)}.`),
    wrapped(readingOf(report)),
    `Model ${model}`,
    `Publisher ${report.publisher} (${report.publisherStanding})`,
    ...section('Reasons', reasons),
    ...section('Rules of your policy on the lineage', rulesInFull(report)),
    ...section('Obligations', duties),
    ...section('Remedies', remedies),
    ...section(
      'Models',
      report.models.map(({ model: id, license, publisher, standing }) =>
        wrapped(`${nameOf(id)}: ${id}, ${license || NO_LICENSE}, by ${publisher} (${standing})`, '  - ', '    '),
      ),
    ),
    ...section(
      'Publishers of the lineage',
      report.publishers.map(({ publisher, standing }) => `  - ${publisher} (${standing})`),
    ),
  ].join('\n')
}

/** The answer to each rule of the policy, and for those on countries what each publisher states. */
function rulesInFull({ rules = [] }: Report): string[] {
  return rules.flatMap(({ rule, text, why, answer, countries = [] }) => [
    wrapped(`lineage[${rule}], ${text}${why === undefined ? '' : ` (${why})`}: ${answer}`, '  - ', '    '),
    ...countries.map(({ publisher, country, verifier }) =>
      wrapped(
        `${publisher} ${country === null ? 'states no country that is known' : `states ${country}`}; ${verifier === null ? 'nobody accredited it' : `accredited by ${verifier}`}`,
        '    ',
        '      ',
      ),
    ),
  ])
}

function section(title: string, entries: readonly string[]): string[] {
  return entries.length > 0 ? ['', `${title}:`, ...entries] : []
}

function wrapped(text: string, first = '', later = first): string {
  return wrap(text, first, later, SCREEN.columns)
}

const YES_OR_NO = ['no (0)', 'yes (1)'] as const

/** For whom, as of when and from where it was read. */
function readingOf({ licensee, at, dated, source, block, chainId }: Report): string {
  const by = licensee === ZERO_ADDRESS ? 'anybody' : licensee
  const place = `${source === 'indexer' ? 'an' : 'a'} ${source} at block ${block} of chain ${chainId}`
  if (dated === 'ledger') return `For ${by}, as of ${formatTime(at)}; read from ${place}.`
  return `For ${by}, with credentials as of ${formatTime(at)}, and everything else as it is known now; read from ${place}.`
}

/** The values of a step: up to a limit, above the limit of the step before, or between the two. */
function range(atMost: string | null, above: string | null = null): string {
  if (atMost === null) return 'more'
  return above === null ? `at most ${grouped(atMost)}` : `more, at most ${grouped(atMost)}`
}

function grouped(digits: string): string {
  return BigInt(digits).toLocaleString('en-US')
}

/** A list in words: a, b and c. */
function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** A list of which only the first few are named. */
function short(items: readonly string[]): string {
  if (items.length <= MOST_NAMES) return listed(items)
  return `${items.slice(0, MOST_NAMES).join(', ')} and ${items.length - MOST_NAMES} more`
}

/** A reason without what stands in brackets, where that has words too long for a line, such as the path of a file. */
function withoutPaths(reason: string): string {
  return /\S{40}/.test(reason) ? reason.replace(/ \(.*\)/, '') : reason
}

/** A finding's reason without the beginnings of ids, which stand behind the names of models. */
function withoutIds(reason: string): string {
  return reason.replaceAll(/ \(0x[0-9a-f]{8}…\)/g, '')
}

/** A clause of the library, cut at a word. */
function cut(text: string, most = 90): string {
  return text.length <= most ? text : `${text.slice(0, text.lastIndexOf(' ', most - 1))} …`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
