import type { ModelId } from '../core/hex.ts'
import { quoted, shortText } from '../core/text.ts'
import type { DraftDataset } from '../documents/draft.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { cardLibrary, licenseOfPart, type CardLibrary } from '../interop/cardLibrary.ts'
import { readLicenseExpression } from '../interop/licenseExpression.ts'
import type { DisclosureCode, DisclosureFinding } from './profiles/profile.ts'

/** Most datasets that one finding names. */
const MOST_NAMED = 3

type Trouble = Pick<DisclosureFinding, 'code' | 'severity' | 'remedy'> & { key: string; why: string }
type Group = Trouble & { datasets: DraftDataset[] }

/**
 * What the licenses of the training data say against a model made from it: one finding for each license that is non-commercial, without
 * derivatives or share-alike, and one for all data whose license is not known. Of licenses that all apply (`AND`), each counts; of a choice
 * (`OR`), none until the registrant states which. Whether a model is a work derived from its data, no table decides; so these are never
 * blocking.
 *
 * @param entries the license library
 */
export function dataLicenseFindings(
  model: ModelId,
  datasets: readonly DraftDataset[],
  entries: readonly LicenseEntry[],
): DisclosureFinding[] {
  const groups = new Map<string, Group>()
  const licenses = cardLibrary({ licenses: entries })
  for (const dataset of datasets) {
    for (const found of troublesOf(dataset.license, licenses)) {
      const group = groups.get(found.key)
      if (group) group.datasets.push(dataset)
      else groups.set(found.key, { ...found, datasets: [dataset] })
    }
  }
  return [...groups.values()].map(({ code, severity, why, remedy, datasets: listed }) => ({
    code,
    severity,
    field: 'datasets',
    model,
    path: [model],
    reason: `${namesOf(listed)} ${listed.length === 1 ? 'is' : 'are'} ${why}.`,
    remedy,
  }))
}

/** What is to be said of a license or an expression, each once. */
function troublesOf(license: string, licenses: CardLibrary): Trouble[] {
  if (licenses.find({ license }) !== undefined) return troublesOfName(license, licenses)
  const alternatives = readLicenseExpression(license)?.map((parts) =>
    [...new Set(parts.map((part) => idOf(licenseOfPart(part, licenses), licenses)))].toSorted(),
  )
  if (alternatives === undefined) return troublesOfName(license, licenses)
  const troubles = new Map<string, Trouble[]>()
  for (const names of alternatives) {
    const found = new Map(names.flatMap((name) => troublesOfName(name, licenses)).map((each) => [each.key, each]))
    troubles.set(names.join(' AND '), [...found.values()])
  }
  if (troubles.size === 1) return [...troubles.values()][0]!
  const choices = [...troubles.keys()]
  const limiting = choices.filter((choice) => troubles.get(choice)!.length > 0)
  const limits =
    limiting.length === 0
      ? ''
      : `; something is to be said of ${limiting.map((each) => quoted(shortText(each, 60))).join(', ')}`
  return [
    {
      key: `choice ${choices.toSorted().join(' OR ')}`,
      code: 'data-license-choice',
      severity: limiting.length === 0 ? 'warning' : 'unknown',
      why: `under a choice of licenses (${quoted(shortText(license, 100))}), and which was chosen is not stated${limits}`,
      remedy: `State the license that was chosen in the list of datasets: ${choices.map((each) => quoted(shortText(each, 60))).join(', or ')}.`,
    },
  ]
}

/** The library's id of a license; a name that the library does not have as it is. */
function idOf(license: string, licenses: CardLibrary): string {
  return licenses.find({ license })?.id ?? license
}

function troublesOfName(license: string, licenses: CardLibrary): Trouble[] {
  const entry = licenses.find({ license })
  const candidates = licenses.candidates({ license })
  if (entry === undefined || entry.unknown) {
    const unstated = license.trim() === '' || entry?.unknown === true
    const several = candidates.length > 0 ? `, which may be ${candidates.map(({ id }) => id).join(', ')}` : ''
    return [
      {
        key: unstated ? 'unstated' : 'unknown',
        code: 'data-license-unknown',
        severity: 'unknown',
        why: unstated
          ? 'under a license that is not stated, so whether it may be used for training is not known'
          : `under a license that the library does not know (${quoted(shortText(license, 60))}${several}), so whether it may be used for training is not known`,
        remedy:
          'Find the license, and state its id in the list of datasets; stemma terms list --library lists the licenses.',
      },
    ]
  }
  const { id, rights, obligations } = entry
  const found: Trouble[] = []
  const add = (code: DisclosureCode, why: string, remedy: string): void => {
    found.push({ key: `${code} ${id}`, code, severity: 'warning', why, remedy })
  }
  if (!rights.commercial.grant) {
    add(
      'data-non-commercial',
      `under ${id}, which does not allow commercial use (${rights.commercial.clause})`,
      'Ask the holder of the rights for a license that allows it, replace the data, or keep to uses without commerce.',
    )
  }
  if (!rights.modify.grant || !rights['redistribute-derivatives'].grant) {
    const { clause } = rights.modify.grant ? rights['redistribute-derivatives'] : rights.modify
    add(
      'data-no-derivatives',
      `under ${id}, which does not allow derivatives to be made or passed on (${clause})`,
      'Ask for a license that allows it, or replace the data, if a model made from it is a derivative of it.',
    )
  }
  const alike = obligations.find(({ obligation }) => obligation === 'share-alike')
  if (alike) {
    add(
      'data-share-alike',
      `under ${id}, which asks for the same license on derivatives (${alike.clause})`,
      'Offer the model under a license that this one allows, if a model made from it is a derivative of it.',
    )
  }
  return found
}

function namesOf(datasets: readonly DraftDataset[]): string {
  const named = datasets
    .slice(0, MOST_NAMED)
    .map(({ name, digest }) => shortText(name ?? `${digest.slice(0, 10)}…`, 80))
  const left = datasets.length - named.length
  const share = datasets.reduce((sum, each) => sum + each.share, 0)
  const parts = share > 0 ? ` (${share / 100} % of the training data)` : ''
  const noun = datasets.length === 1 ? 'The dataset' : 'The datasets'
  return `${noun} ${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}${parts}`
}
