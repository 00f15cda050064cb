import type { ModelId } from '../core/hex.ts'
import { modelNameKey, nameOfUri } from '../core/modelName.ts'
import { shortText } from '../core/text.ts'
import type { DraftTerms } from '../documents/draft.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { cardLibrary } from '../interop/cardLibrary.ts'
import {
  licenseContradictions,
  type LicenseContradiction,
  type LicenseSource,
} from '../interop/licenseContradictions.ts'
import { namesModelOf } from '../interop/lineageNames.ts'
import { nameOf, type EvaluatedUse } from './explain.ts'
import { makeFinding } from './makeFinding.ts'
import type { Finding } from '../core/report.ts'

/** What the files of a model at hand say of it. */
export type FileStatements = {
  licenses: readonly LicenseSource[]
  /** The models that they say that it was made from, by where they say it. */
  parents: readonly { origin: string; names: readonly string[] }[]
  /** The base models that its card names: they decide about a name that several licenses bear. */
  baseModels: readonly string[]
}

/**
 * Where the files of the model that was asked about state another license, or another parent, than its registration. They grant and withhold
 * nothing, so the verdict stays as it is.
 */
export function fileFindings(
  evaluated: EvaluatedUse,
  model: ModelId,
  statements: FileStatements,
  entries: readonly LicenseEntry[],
): Finding[] {
  return [...licenseFindings(evaluated, model, statements, entries), ...parentFindings(evaluated, model, statements)]
}

function licenseFindings(
  evaluated: EvaluatedUse,
  model: ModelId,
  { licenses: sources, baseModels }: FileStatements,
  entries: readonly LicenseEntry[],
): Finding[] {
  const name = nameOfUri(evaluated.registrations.get(model)?.uri ?? '')
  const licenses = cardLibrary({ licenses: entries, ...(name !== '' && { model: name }), baseModels })
  const registered = registeredTerms(evaluated, model)
  return sources.flatMap((source) => {
    const against = registered.map((terms) => licenseContradictions(source, terms, licenses, 'registration'))
    // What agrees with one part of a set contradicts nothing.
    if (against.some((found) => found.length === 0)) return []
    return against.slice(0, 1).flatMap(([found]) =>
      makeFinding({ code: 'license-contradicted', severity: 'warning', model }, evaluated.paths, () => ({
        reason: found!.reason,
        remedy: remedyFor(found!.kind, nameOf(evaluated, model)),
      })),
    )
  })
}

/** The models that files name as parents, and that nothing of the lineage is called. */
function parentFindings(evaluated: EvaluatedUse, model: ModelId, { parents }: FileStatements): Finding[] {
  const { models, registrations } = evaluated
  const uris = [...registrations.values()].map(({ uri }) => uri)
  const ids = [...models.values()].flatMap((each) => [each.model, ...each.parents.map((parent) => parent.model)])
  const isKnown = namesModelOf({ uris, ids })
  const found = new Map<string, Finding>()
  for (const { origin, names } of parents) {
    for (const name of names) {
      const key = modelNameKey(name)
      if (found.has(key) || isKnown(name)) continue
      const about = makeFinding({ code: 'parent-contradicted', severity: 'warning', model }, evaluated.paths, () => ({
        reason: `${origin} names ${shortText(name, 80)}, and the registration names no model that is called so as what it was made from.`,
        remedy: `Find out whether it was made from that model before you rely on this answer, which rests on the registration alone: an undeclared parent's terms count too. Ask the publisher of ${nameOf(evaluated, model)}, or file a claim: stemma claim file.`,
      }))
      found.set(key, about)
    }
  }
  return [...found.values()]
}

/** The terms of a model in the words of a card: those of each part of a set. */
function registeredTerms({ models, labels, book }: EvaluatedUse, model: ModelId): DraftTerms[] {
  const { terms } = models.get(model)!
  const label = labels.get(terms)
  const parts = label && label.parts.length > 0 ? label.parts : [{ id: terms, name: label?.name }]
  return parts.map(({ id, name }) => ({
    license: book.byTerms.get(id)?.id ?? name ?? null,
    licenseName: null,
    licenseLink: null,
  }))
}

function remedyFor(kind: LicenseContradiction['kind'], model: string): string {
  const rests = 'This answer rests on the registration alone'
  switch (kind) {
    case 'differs':
    case 'near':
      return `Find out which is right before you rely on this answer, which rests on the registration alone: ask the publisher of ${model}.`
    case 'changed':
      return `Read what was changed. ${rests}.`
    case 'unrecognized':
      return `Read the text. ${rests}.`
  }
}
