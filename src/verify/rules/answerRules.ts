import { ZERO_DIGEST, type Address, type Digest, type ModelId } from '../../core/hex.ts'
import { isExternal, type Lineage, type LineageModel, type LineagePaths } from '../../core/lineage.ts'
import type { ExternalParent, LedgerReader, PublisherRecord } from '../../core/ports.ts'
import type { Registration } from '../../core/registration.ts'
import { nameOf } from '../explain.ts'
import { makeFinding, type Explanation } from '../makeFinding.ts'
import { originOf } from '../origin.ts'
import type { Finding, RuleAnswer, RuleCode, StatedCountry } from '../../core/report.ts'
import { standingOf, type Counted } from '../standing.ts'
import { methodFrom, profileFrom, type FindDocuments, type FoundBytes, type SoughtDocument } from './documents.ts'
import { ruleInWords, ruleKey, type ReadRule } from './lineageRules.ts'
import { modelMatcher } from './modelMatcher.ts'

/** What was read of a lineage, for rules to be applied to it. The first model is the one that is asked about. */
export type RuledLineage = {
  lineage: Lineage
  /** Number of the block that it was read at. */
  block: number
  registrations: ReadonlyMap<ModelId, Registration>
  externals: ReadonlyMap<ModelId, ExternalParent>
  counted: Counted
  paths: LineagePaths
}

/** The answers to the rules of a policy, and a finding for each model that breaks one, or of which it is not known. */
export type RuledAnswer = { rules: readonly RuleAnswer[]; findings: readonly Finding[] }

/** What a rule says against a model. */
type Objection = { model: ModelId; code: RuleCode; isBroken: boolean; explain: () => Explanation }

/**
 * Answers the rules of a policy on the lineage of a model. Each rule takes one walk over its models; the records of publishers and the
 * documents that rules ask for are read once for all rules.
 *
 * @param find finds profiles and training descriptions; without it, what rests on them is unknown
 */
export async function answerRules(
  reader: Pick<LedgerReader, 'readPublishers'>,
  subject: RuledLineage,
  read: readonly ReadRule[],
  find?: FindDocuments,
): Promise<RuledAnswer> {
  const known = await knowledgeFor(reader, subject, read, find)
  const findings: Finding[] = []
  const rules = read.map((rule, index): RuleAnswer => {
    const text = ruleInWords(rule)
    const asked = ruleKey(rule)
    const objections = objectionsOf(rule, subject, known)
    for (const { model, code, isBroken, explain } of objections) {
      const severity = isBroken ? ('blocking' as const) : ('unknown' as const)
      const fields = { code, severity, model, rule: index, asked }
      findings.push(
        makeFinding(fields, subject.paths, () => {
          const { reason, remedy } = explain()
          const asks = `Rule lineage[${index}] of your policy asks that ${text}${rule.why === undefined ? '' : ` (${rule.why})`}.`
          return { reason: `${asks} ${reason}`, remedy }
        }),
      )
    }
    const isBroken = objections.some((each) => each.isBroken)
    return {
      rule: index,
      text,
      ...(rule.why !== undefined && { why: rule.why }),
      answer: isBroken ? 'broken' : objections.length > 0 ? 'unknown' : 'kept',
      ...(asksForCountries(rule) && { countries: countriesOf(modelsOf(rule, subject), known) }),
    }
  })
  return { rules, findings }
}

/** What rules look at beside the lineage. */
type Knowledge = {
  /** Undefined where the source cannot know them. */
  records: ReadonlyMap<Address, PublisherRecord> | undefined
  countries: ReadonlyMap<Address, StatedCountry & { problem?: string }>
  documents: ReadonlyMap<Digest, FoundBytes>
}

/** Reads what the rules need, and nothing where they need nothing. */
async function knowledgeFor(
  reader: Pick<LedgerReader, 'readPublishers'>,
  subject: RuledLineage,
  rules: readonly ReadRule[],
  find: FindDocuments | undefined,
): Promise<Knowledge> {
  const ofPublishers = rules.filter((rule) => asksForCountries(rule) || rule.name === 'accreditedBy')
  const registered = new Set(
    ofPublishers.flatMap((rule) => modelsOf(rule, subject).filter((each) => !isExternal(each))),
  )
  const publishers = new Set(Array.from(registered, ({ publisher }) => publisher))
  const records = publishers.size > 0 ? await reader.readPublishers?.([...publishers], subject.block) : new Map()
  const sought: SoughtDocument[] = []
  const ruled = new Set(rules.filter(asksForCountries).flatMap((rule) => modelsOf(rule, subject)))
  const urisOf = new Map<Address, string[]>()
  for (const { model, publisher } of ruled) {
    const uri = subject.registrations.get(model)?.uri
    if (uri) urisOf.set(publisher, [...(urisOf.get(publisher) ?? []), uri].slice(0, MOST_URIS))
  }
  const stating = new Set([...ruled].filter((each) => !isExternal(each)).map(({ publisher }) => publisher))
  for (const publisher of stating) {
    const digest = records?.get(publisher)?.profile ?? ZERO_DIGEST
    if (digest !== ZERO_DIGEST) sought.push({ kind: 'profile', digest, uris: urisOf.get(publisher) ?? [] })
  }
  if (rules.some(({ name }) => name === 'unknownParents')) {
    for (const { method, uri } of rootsOf(subject).flatMap(({ model }) => subject.registrations.get(model) ?? [])) {
      if (method !== ZERO_DIGEST) sought.push({ kind: 'method', digest: method, uris: uri === '' ? [] : [uri] })
    }
  }
  const documents: ReadonlyMap<Digest, FoundBytes> = sought.length > 0 && find ? await find(sought) : new Map()
  const countries = new Map(
    Array.from(stating, (publisher) => [publisher, countryOf(publisher, records, documents)] as const),
  )
  return { records, countries, documents }
}

/** Most URIs of one publisher beside which its profile may be looked for. */
const MOST_URIS = 4

function asksForCountries({ name }: ReadRule): boolean {
  return name === 'denyCountries' || name === 'onlyCountries'
}

/** The models that a rule is about, nearest first. */
function modelsOf({ ofAncestors }: ReadRule, { lineage }: RuledLineage): readonly LineageModel[] {
  return ofAncestors ? lineage.models.slice(1) : lineage.models
}

/** The registered models that name no parent. */
function rootsOf({ lineage }: RuledLineage): LineageModel[] {
  return lineage.models.filter((entry) => !isExternal(entry) && entry.parents.length === 0)
}

function countryOf(
  publisher: Address,
  records: Knowledge['records'],
  documents: Knowledge['documents'],
): StatedCountry & { problem?: string } {
  const record = records?.get(publisher)
  const profile = record?.profile ?? ZERO_DIGEST
  const stated = { publisher, country: null, profile, verifier: record?.verification?.verifier ?? null }
  if (!records) return { ...stated, problem: 'this source cannot say which profile it has' }
  if (profile === ZERO_DIGEST) return { ...stated, problem: 'it has set no profile' }
  const read = profileFrom(documents.get(profile), profile)
  if ('problem' in read) return { ...stated, problem: `its profile ${profile} is not at hand: ${read.problem}` }
  const { country } = read.value
  return country === undefined ? { ...stated, problem: 'its profile states none' } : { ...stated, country }
}

function countriesOf(models: readonly LineageModel[], { countries }: Knowledge): StatedCountry[] {
  const publishers = new Set(models.filter((each) => !isExternal(each)).map(({ publisher }) => publisher))
  return Array.from(publishers, (publisher) => {
    const { problem: _, ...stated } = countries.get(publisher)!
    return stated
  })
}

function objectionsOf(rule: ReadRule, subject: RuledLineage, known: Knowledge): Objection[] {
  switch (rule.name) {
    case 'denyPublishers':
    case 'onlyPublishers':
      return ofPublishers(rule, subject)
    case 'denyCountries':
    case 'onlyCountries':
      return ofCountries(rule, subject, known)
    case 'accredited':
    case 'accreditedBy':
      return ofAccreditation(rule, subject, known)
    case 'denyModels':
      return ofDeniedModels(rule, subject)
    case 'onlyModels':
      return ofOtherModels(rule, subject)
    case 'parents':
      return ofParents(subject)
    case 'unknownParents':
      return ofUnknownParents(subject, known)
  }
}

/** What would help against a rule that is broken. */
function chooseAnother(model: ModelId): string {
  return `Use another model, or change the rule if you mean to allow it. What it was made from: stemma ancestry ${model}.`
}

/** Asks a question about the publisher of each registered model. Of an external parent that is bound, the models that it is bound to answer. */
function aboutPublishers(
  rule: ReadRule,
  subject: RuledLineage,
  code: RuleCode,
  ask: (entry: LineageModel) => { isBroken: boolean; explain: () => Explanation } | undefined,
): Objection[] {
  return modelsOf(rule, subject).flatMap((entry): Objection[] => {
    const { model } = entry
    if (!isExternal(entry)) {
      const objection = ask(entry)
      return objection ? [{ model, code, ...objection }] : []
    }
    if (entry.parents.length > 0) return []
    const explain = (): Explanation => ({
      reason: `Nobody has registered ${nameOf(subject, model)}, so nobody states who published it.`,
      remedy: `Ask its publisher to register it (stemma register), and a verifier to bind the name: stemma model bind ${model} <model>.`,
    })
    return [{ model, code, isBroken: false, explain }]
  })
}

function ofPublishers(rule: ReadRule, subject: RuledLineage): Objection[] {
  const listed = new Set<string>(rule.values)
  const denies = rule.name === 'denyPublishers'
  return aboutPublishers(rule, subject, 'lineage-publisher', ({ model, publisher }) => {
    if (listed.has(publisher) !== denies) return undefined
    const explain = (): Explanation => ({
      reason: `${nameOf(subject, model)} is by ${publisher}.`,
      remedy: chooseAnother(model),
    })
    return { isBroken: true, explain }
  })
}

function ofCountries(rule: ReadRule, subject: RuledLineage, { countries }: Knowledge): Objection[] {
  const listed = new Set(rule.values)
  const denies = rule.name === 'denyCountries'
  return aboutPublishers(rule, subject, 'lineage-country', ({ model, publisher }) => {
    const { country, verifier, problem } = countries.get(publisher)!
    if (country !== null && listed.has(country) !== denies) return undefined
    const name = (): string => `The publisher of ${nameOf(subject, model)}, ${publisher},`
    if (country === null) {
      const explain = (): Explanation => ({
        reason: `${name()} has no country that is known: ${problem}.`,
        remedy: `Ask it to state its country in its profile, or fetch the profile and name its folder: --statements <folder>. What is on the ledger: stemma publisher profile show ${publisher}.`,
      })
      return { isBroken: false, explain }
    }
    const whose = verifier === null ? 'nobody accredited it' : `${verifier} accredited it with this profile`
    const explain = (): Explanation => ({
      reason: `${name()} states in its profile that its country is ${country}: a statement, not a proof; ${whose}.`,
      remedy: chooseAnother(model),
    })
    return { isBroken: true, explain }
  })
}

function ofAccreditation(rule: ReadRule, subject: RuledLineage, { records }: Knowledge): Objection[] {
  const accepted = rule.name === 'accreditedBy' ? new Set<string>(rule.values) : undefined
  return aboutPublishers(rule, subject, 'lineage-accreditation', (entry) => {
    const { model, publisher, registeredAt, verifiedFrom, verifiedUntil } = entry
    const name = (): string => `The publisher of ${nameOf(subject, model)}, ${publisher},`
    if (!(verifiedFrom <= registeredAt && registeredAt < verifiedUntil)) {
      const explain = (): Explanation => ({
        reason: `${name()} was not accredited when it registered the model.`,
        remedy: `Ask it to have its profile verified, also for that time: stemma publisher profile verify ${publisher} <document> --since <time> --until <time>.`,
      })
      return { isBroken: true, explain }
    }
    if (!accepted) return undefined
    const verification = records?.get(publisher)?.verification
    if (!records || !verification) {
      const explain = (): Explanation => ({
        reason: `${name()} was accredited, but this source cannot say by whom.`,
        remedy: `Ask a node. What is on the ledger: stemma publisher profile show ${publisher}.`,
      })
      return { isBroken: false, explain }
    }
    if (accepted.has(verification.verifier)) return undefined
    const explain = (): Explanation => ({
      reason: `${name()} was accredited by ${verification.verifier}.`,
      remedy: chooseAnother(model),
    })
    return { isBroken: true, explain }
  })
}

/** A publisher may call its model anything, so a denied name denies it, whether its publisher counts or not. */
function ofDeniedModels(rule: ReadRule, subject: RuledLineage): Objection[] {
  const denied = modelMatcher(rule.values)
  return modelsOf(rule, subject).flatMap((entry): Objection[] => {
    const { model } = entry
    const [name, problem] = calledName(entry, subject)
    if (denied.byId(model) || (name !== undefined && denied.byName(name))) {
      const explain = (): Explanation => ({
        reason: `${nameOf(subject, model)} is one of those.`,
        remedy: chooseAnother(model),
      })
      return [{ model, code: 'lineage-model', isBroken: true, explain }]
    }
    const isBound = isExternal(entry) && entry.parents.length > 0
    if (isBound) return []
    const alike = subject.externals.get(model)?.registered.find((each) => isExternal(entry) && denied.byId(each))
    if (alike !== undefined) {
      return [unnamed(subject, model, `may be ${alike}, which is registered with its name or its tensors`)]
    }
    return name === undefined && denied.hasNames ? [unnamed(subject, model, problem)] : []
  })
}

/** To be allowed by its name, a model needs a publisher whose word counts: anybody can register any name. */
function ofOtherModels(rule: ReadRule, subject: RuledLineage): Objection[] {
  const allowed = modelMatcher(rule.values)
  return modelsOf(rule, subject).flatMap((entry): Objection[] => {
    const { model } = entry
    if (allowed.byId(model)) return []
    if (isExternal(entry) && entry.parents.length > 0) return []
    const [name, problem] = calledName(entry, subject)
    if (name !== undefined && allowed.byName(name)) {
      if (isExternal(entry) || standingOf(entry, subject.counted) !== 'unverified') return []
      return [unnamed(subject, model, 'is called so by a publisher for whom nobody vouches')]
    }
    if (name === undefined && allowed.hasNames) return [unnamed(subject, model, problem)]
    const explain = (): Explanation => ({
      reason: `${nameOf(subject, model)} is not one of those.`,
      remedy: chooseAnother(model),
    })
    return [{ model, code: 'lineage-model', isBroken: true, explain }]
  })
}

function unnamed(subject: RuledLineage, model: ModelId, what: string): Objection {
  const explain = (): Explanation => ({
    reason: `${nameOf(subject, model)} ${what}.`,
    remedy: `Find out which model it is (stemma show ${model}), and name it in the rule by its id: ${model}.`,
  })
  return { model, code: 'lineage-model', isBroken: false, explain }
}

/** What a model is called, by its publisher or by its child; without a name, why there is none. */
function calledName(entry: LineageModel, { registrations, externals }: RuledLineage): [string | undefined, string] {
  if (isExternal(entry)) {
    const name = externals.get(entry.model)?.name
    const hasName = name !== undefined && !name.startsWith('tensors:')
    return [hasName ? name : undefined, 'is named as a parent without a name, and nobody has registered it']
  }
  const registration = registrations.get(entry.model)
  if (!registration) return [undefined, 'has no registration that proves what it is called']
  return [registration.uri === '' ? undefined : registration.uri, 'was registered without a name']
}

function ofParents(subject: RuledLineage): Objection[] {
  const [{ model: asked, parents }] = subject.lineage.models as [LineageModel]
  return [...new Set(parents.map(({ model }) => model))].map((model): Objection => {
    const explain = (): Explanation => ({
      reason: `${nameOf(subject, asked)} was made from ${nameOf(subject, model)}.`,
      remedy: chooseAnother(asked),
    })
    return { model, code: 'lineage-parent', isBroken: true, explain }
  })
}

function ofUnknownParents(subject: RuledLineage, known: Knowledge): Objection[] {
  const open = subject.lineage.models.filter((entry) => isExternal(entry) && entry.parents.length === 0)
  const unbound = open.map(({ model }): Objection => {
    const explain = (): Explanation => ({
      reason: `Nobody has registered ${nameOf(subject, model)}, which is named as a parent, so what it was made from is not known.`,
      remedy: `Ask its publisher to register it (stemma register), and a verifier to bind the name: stemma model bind ${model} <model>.`,
    })
    return { model, code: 'lineage-external', isBroken: true, explain }
  })
  const origins = rootsOf(subject).flatMap(({ model }) => ofOrigin(model, subject, known))
  return [...unbound, ...origins]
}

/** A model without parents keeps the rule only by stating that it was made from scratch. */
function ofOrigin(model: ModelId, subject: RuledLineage, { documents }: Knowledge): Objection[] {
  const code = 'lineage-origin'
  const registration = subject.registrations.get(model)
  if (!registration) {
    const explain = (): Explanation => ({
      reason: `Where ${nameOf(subject, model)} comes from is not known: the source has no registration that proves it.`,
      remedy: `Ask another node, one that keeps the whole history: stemma verify ${model}.`,
    })
    return [{ model, code, isBroken: false, explain }]
  }
  const read = methodFrom(documents.get(registration.method), registration)
  const reading =
    'value' in read ? { state: 'read' as const, value: read.value, from: '' } : { state: 'not-read' as const }
  const { stated } = originOf(registration, 0, reading)
  if (stated === 'from-scratch') return []
  if (stated === 'not-read') {
    const explain = (): Explanation => ({
      reason: `${nameOf(subject, model)} names no parent, and its training description, which may say where it comes from, is not at hand: ${'problem' in read ? read.problem : ''}.`,
      remedy: `Ask its publisher for the description ${registration.method}, and name its folder: stemma verify <model> --statements <folder>.`,
    })
    return [{ model, code, isBroken: false, explain }]
  }
  const explain = (): Explanation => ({
    reason: `${nameOf(subject, model)} names no parent, and does not state that it was made from scratch.`,
    remedy: `Ask its publisher to register it with a training description that states its origin: stemma register <folder> --method method.json.`,
  })
  return [{ model, code, isBroken: true, explain }]
}
