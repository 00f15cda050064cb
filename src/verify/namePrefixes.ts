import { isDerivation } from '../core/algebra/rights.ts'
import type { ModelId, TermsId } from '../core/hex.ts'
import { isOwnWork, sortLineage, type LineageModel } from '../core/lineage.ts'
import { shortText } from '../core/text.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { nameOf, type EvaluatedUse } from './explain.ts'
import { makeFinding } from './makeFinding.ts'
import type { Finding } from '../core/report.ts'

/** A license that asks the name of what is made from a model to begin in a way. */
type Naming = { source: LineageModel; entry: LicenseEntry; prefix: string; clause: string; ofStudents: boolean }

/** Namings by license, of two publishers at most: nobody owes one for works of its own, so that of another is needed beside it. */
type Namings = Map<LicenseEntry, readonly Naming[]>

/**
 * Which models were made from one whose license asks for a beginning of their names, and have a name that begins otherwise. Only the words
 * of the library say what a name begins with.
 */
export function missingPrefixes(evaluated: EvaluatedUse): Finding[] {
  const { lineage, registrations, paths } = evaluated
  const owed = namingsOwed(evaluated)
  return lineage.models.flatMap((child) => {
    const namings = [...owed.get(child.model)!.values()].flatMap(
      (ofLicense) => ofLicense.find(({ source }) => !isOwnWork(source.publisher, child.publisher)) ?? [],
    )
    if (namings.length === 0) return []
    const name = ownNameOf(registrations.get(child.model)?.uri ?? '')
    const missing = namings.filter(({ prefix }) => name !== '' && !lettersOf(name).startsWith(lettersOf(prefix)))
    return missing.map(({ source, entry, prefix, clause }) =>
      makeFinding(
        { code: 'name-prefix-missing', severity: 'warning', obligation: 'name-prefix', model: child.model },
        paths,
        () => ({
          reason: `${nameOf(evaluated, child.model)} was made from ${nameOf(evaluated, source.model)} under ${entry.id}, which asks its name to begin with "${prefix}" (clause ${clause.split(':')[0]!}). It is called ${shortText(name, 64)}.`,
          remedy: `Ask the publisher of ${nameOf(evaluated, child.model)} for another name. What you make from it and pass on has to begin with "${prefix}" too.`,
        }),
      ),
    )
  })
}

/** What the name of each model has to begin with, by what it was made from. In a cycle, what was not reached before is left out. */
function namingsOwed({ lineage, models, book, labels }: EvaluatedUse): ReadonlyMap<ModelId, Namings> {
  const byTerms = new Map<TermsId, Omit<Naming, 'source'>[]>()
  for (const terms of lineage.terms.keys()) {
    const ids = [terms, ...(labels.get(terms)?.parts ?? []).map(({ id }) => id)]
    byTerms.set(
      terms,
      ids.flatMap((id) => namingsOf(book.byTerms.get(id))),
    )
  }
  const owed = new Map<ModelId, Namings>()
  // What is owed by whatever is made from a model: what it owes itself, what its originals ask, and what its own license asks.
  const asked = new Map<ModelId, Namings>()
  for (const child of sortLineage(lineage).order.toReversed()) {
    const [owes, asks]: [Namings, Namings] = [new Map(), new Map()]
    for (const { model, relation } of child.parents) {
      const isStudent = relation === 'distillation'
      addAll(
        owes,
        isDerivation(relation) ? asked.get(model) : owed.get(model),
        (naming) => !isStudent || naming.ofStudents,
      )
      if (!isDerivation(relation)) addAll(asks, asked.get(model))
    }
    addAll(asks, owes)
    for (const naming of byTerms.get(child.terms) ?? []) add(asks, { ...naming, source: models.get(child.model)! })
    owed.set(child.model, owes)
    asked.set(child.model, asks)
  }
  return owed
}

function addAll(to: Namings, from: Namings = new Map(), isMeant: (naming: Naming) => boolean = () => true): void {
  for (const ofLicense of from.values()) for (const naming of ofLicense) if (isMeant(naming)) add(to, naming)
}

function add(to: Namings, naming: Naming): void {
  const known = to.get(naming.entry) ?? []
  const isKnown = known.some(({ source }) => source.publisher === naming.source.publisher)
  if (!isKnown && known.length < 2) to.set(naming.entry, [...known, naming])
}

function namingsOf(entry: LicenseEntry | undefined): Omit<Naming, 'source'>[] {
  return (entry?.obligations ?? []).flatMap(({ obligation, prefix, uses, clause }) =>
    obligation === 'name-prefix' && prefix !== undefined
      ? [{ entry: entry!, prefix, clause, ofStudents: uses.includes('distill') }]
      : [],
  )
}

/** What a model is called: the last part of its URI's path, without the name of its owner. */
function ownNameOf(uri: string): string {
  const [path = ''] = uri.split(/[?#]/)
  return path.split('/').findLast((part) => part !== '') ?? ''
}

/** Letters and digits alone, in lower case: names on the Hub write other signs, or none, where a license has a space. */
function lettersOf(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
}
