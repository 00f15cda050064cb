import { nameOfUri } from '../core/modelName.ts'
import type { ModelId } from '../core/hex.ts'
import type { Registration } from '../core/registration.ts'
import { quoted, shortText } from '../core/text.ts'
import { termsIdOfLicense, type LicenseEntry } from '../documents/license.ts'
import { fields, formatUse } from './format.ts'
import { NO_TERMS } from './names.ts'

/**
 * A registration for people, as it was sent: names beside ids, and the license behind the terms.
 *
 * @param parentNames the names by which parents were found, where they are known
 */
export function formatRegistration(
  model: ModelId,
  { uri, publisher, weights, terms, parents }: Registration,
  licenses: readonly LicenseEntry[],
  parentNames: ReadonlyMap<ModelId, string>,
): string {
  const entry = licenses.find((license) => termsIdOfLicense(license) === terms)
  return fields(`model ${model}`, [
    ['name', nameOfUri(uri)],
    ['uri', shortText(uri, 200)],
    ['publisher', publisher],
    ['weights', weights],
    [
      'license',
      terms === NO_TERMS ? 'none stated' : entry === undefined ? `terms ${terms}` : `${entry.id} (terms ${terms})`,
    ],
    ...parents.map((parent) => {
      const name = parentNames.get(parent.model)
      const known = name === undefined || name === parent.model ? '' : `${quoted(name).slice(1, -1)} `
      return ['parent', `${known}${parent.model} (${formatUse(parent)})`] as const
    }),
    ...(parents.length === 0 ? ([['parent', 'none']] as const) : []),
  ])
}
