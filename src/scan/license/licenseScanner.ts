import { readFileStatements } from '../../artifacts/fileStatements.ts'
import { loadLicenses } from '../../artifacts/licenseLibrary.ts'
import type { DraftTerms } from '../../documents/draft.ts'
import type { LicenseEntry } from '../../documents/license.ts'
import { cardLibrary, type CardLibrary } from '../../interop/cardLibrary.ts'
import {
  licenseContradictions,
  type LicenseContradiction,
  type LicenseSource,
} from '../../interop/licenseContradictions.ts'
import { ledgerFactsOf, type RegistrationFacts } from '../facts.ts'
import { modelFilesOf } from '../modelFiles.ts'
import type { Rule, ScanContext, Scanner } from '../ports.ts'

const READ_BOTH = 'Read both, and ask the publisher which of them is right.'

const RULES: Record<string, Rule> = {
  contradiction: {
    id: 'license.contradiction',
    level: 'fail',
    finds: 'A file of the model states another license than the registration, or than another file.',
    remedy: READ_BOTH,
  },
  changed: {
    id: 'license.changed',
    level: 'warn',
    finds: 'The text of a license file is that of the stated license with changes, or near to that of another.',
    remedy: 'Read what was changed.',
  },
  unrecognized: {
    id: 'license.unrecognized',
    level: 'warn',
    finds: 'The text of a license file is not like any that is known.',
    remedy: 'Read the text.',
  },
  ancestor: {
    id: 'license.ancestor',
    level: 'fail',
    finds: 'The registered terms contradict those of what the model was made from.',
    remedy:
      'Keep to the terms of the ancestor, and ask the publisher to register the model with terms that it may give.',
  },
  missing: {
    id: 'license.missing',
    level: 'note',
    finds: 'No file of the model and no registration states a license.',
    remedy: 'Ask the publisher under which license the model is.',
  },
}

/** Compares license files, the card, headers, the registered terms and those of ancestors with each other. */
export const licenseScanner: Scanner = {
  id: 'license',
  version: 1,
  rules: Object.values(RULES),
  settings: {},
  async scanModel(model, context) {
    const entries = await loadLicenses()
    const contents = modelFilesOf(model)
    const { licenses, baseModels } = await readFileStatements({ contents }, entries)
    const registrations = ledgerFactsOf(context.facts)?.registrations ?? []
    if (licenses.length === 0 && registrations.length === 0) report(context, RULES.missing!, RULES.missing!.finds)
    for (const registration of registrations) againstRegistration(context, registration, licenses, entries, baseModels)
    if (registrations.length === 0) againstCard(context, licenses, cardLibrary({ licenses: entries, baseModels }))
  },
}

function againstRegistration(
  context: ScanContext,
  { name, terms, conflicts }: RegistrationFacts,
  sources: readonly LicenseSource[],
  entries: readonly LicenseEntry[],
  baseModels: readonly string[],
): void {
  const library = cardLibrary({ licenses: entries, ...(name !== '' && { model: name }), baseModels })
  for (const source of sources) {
    const against = terms.map((each) => licenseContradictions(source, each, library, 'registration'))
    // What agrees with one part of a set contradicts nothing.
    if (against.some((found) => found.length === 0)) continue
    for (const found of against[0] ?? []) reportContradiction(context, found)
  }
  for (const { severity, reason, remedy } of conflicts) {
    const level = severity === 'blocking' ? 'fail' : severity === 'unknown' ? 'unknown' : 'warn'
    context.found({ rule: RULES.ancestor!.id, what: reason, level, remedy })
  }
}

/** Compares the files of a model that nobody registered with what its card, or the first file that names a license, states. */
function againstCard(context: ScanContext, sources: readonly LicenseSource[], library: CardLibrary): void {
  const named = sources.flatMap((source): DraftTerms[] => ('named' in source ? [source.named] : []))
  if (named.length === 0) return
  for (const source of sources) {
    const against = named.map((terms) => licenseContradictions(source, terms, library, 'draft'))
    // A list of a card states alternatives or parts: a text is that of one of them.
    if (against.some((found) => found.length === 0)) continue
    for (const found of against[0]!) reportContradiction(context, found)
  }
  const readings = new Set(named.map((terms) => library.find(terms)?.id).filter((id) => id !== undefined))
  const origins = new Set(sources.filter((source) => 'named' in source).map(({ origin }) => origin))
  // The licenses of one card's list stand side by side; those of two places must agree.
  if (readings.size > 1 && origins.size > 1)
    report(context, RULES.contradiction!, `Files of the model name ${[...readings].toSorted().join(' and ')}.`)
}

function reportContradiction(context: ScanContext, { kind, reason }: LicenseContradiction): void {
  // Who read no registration compared with the card, which the sentence calls by its name.
  const what = reason.replace('the draft states', 'the card states')
  const rule = { differs: 'contradiction', near: 'changed', changed: 'changed', unrecognized: 'unrecognized' }[kind]
  report(context, RULES[rule]!, what)
}

function report(context: ScanContext, { id, remedy }: Rule, what: string): void {
  context.found({ rule: id, what, remedy })
}
