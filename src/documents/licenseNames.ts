import type { RegistrationDraft } from './draft.ts'
import type { LicenseEntry } from './license.ts'

/** What a model card says of its license, and of which model it is. */
export type LicenseCard = {
  /** `license`: an SPDX id, the Hub's id of the license, or `other`. */
  license?: string | null | undefined
  /** `license_name`, for the license `other`. */
  licenseName?: string | null | undefined
  /** `license_link`: an address, or a path in the model's repository. */
  licenseLink?: string | null | undefined
  /** The model's own `owner/name`. */
  model?: string | undefined
  /** Its base models as `owner/name`; other names are passed over. */
  baseModels?: readonly string[] | undefined
}

/** The entry that a card leads to, or else the entries among which it does not decide. */
export type LicenseMatch = { entry?: LicenseEntry; candidates: readonly LicenseEntry[] }

/**
 * The entry that a model card leads to. As on the Hugging Face Hub, `license: other` (or none) gives the word to
 * `license_name`; names are compared by id and alias, in any case. A name that several entries share leads to that whose
 * link the card's absolute link is; else to that which lists the model itself; else to that which lists a base model; else
 * to the entry that bears the name alone, if there is one. Without a name, the link alone leads to the one entry that it fits.
 *
 * @example
 * matchLicense(licenses, { license: 'other', licenseName: 'modified-mit', baseModels: ['moonshotai/Kimi-K2.5'] }).entry
 */
export function matchLicense(entries: readonly LicenseEntry[], card: LicenseCard): LicenseMatch {
  const license = fold(card.license)
  const wanted = license === '' || license === 'other' ? fold(card.licenseName) : license
  const link = pageOf(card.licenseLink)
  if (wanted === '') return oneOf(entries.filter((entry) => link !== null && isPageOf(entry, link)))
  const sharers = entries.filter(({ shared }) => shared?.includes(wanted))
  const owner = entries.find(
    ({ id, aliases, shared }) => !shared?.includes(wanted) && (fold(id) === wanted || aliases.includes(wanted)),
  )
  if (link !== null) {
    const linked = sharers.filter((entry) => isPageOf(entry, link))
    if (linked.length === 1) return oneOf(linked)
    if (owner === undefined && !isOwnPage(link, card.model)) return { candidates: [] }
  }
  for (const models of [[card.model ?? ''], card.baseModels ?? []]) {
    const listed = sharers.filter((entry) => models.some((model) => isModelOf(entry, model)))
    if (listed.length > 0) return oneOf(listed)
  }
  return owner === undefined ? { candidates: sharers } : oneOf([owner])
}

/** The entry that a model card leads to, if there is one: see {@link matchLicense}. */
export function findLicense(entries: readonly LicenseEntry[], card: LicenseCard): LicenseEntry | undefined {
  return matchLicense(entries, card).entry
}

/** What a draft says of its license, and of which model it is. */
export type StatedDraft = Pick<RegistrationDraft, 'name' | 'parents' | 'terms'>

/** What a draft leads to, by its license, its own name and its parents: see {@link matchLicense}. */
export function matchLicenseOfDraft(entries: readonly LicenseEntry[], draft: StatedDraft): LicenseMatch {
  const baseModels = draft.parents.map(({ model }) => model)
  return matchLicense(entries, { ...draft.terms, model: draft.name, baseModels })
}

/** The entry that a draft leads to, if there is one: see {@link matchLicense}. */
export function licenseOfDraft(entries: readonly LicenseEntry[], draft: StatedDraft): LicenseEntry | undefined {
  return matchLicenseOfDraft(entries, draft).entry
}

function oneOf(entries: readonly LicenseEntry[]): LicenseMatch {
  return entries.length === 1 ? { entry: entries[0]!, candidates: [] } : { candidates: entries }
}

/** Host and path of an absolute address, folded, with a slash at the end; null for a path in the repository and the like. */
function pageOf(link: string | null | undefined): string | null {
  const text = (link ?? '').trim()
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null
  const { host, pathname } = new URL(text)
  const home = host.replace(/^www\./, '').replace(/^hf\.co$/, 'huggingface.co')
  return `${home}${pathname}`.toLowerCase().replace(/\/*$/, '/')
}

/** Whether an address is that of an entry's text: its own, or one below its links. */
function isPageOf({ uri, links }: LicenseEntry, page: string): boolean {
  return pageOf(uri) === page || (links ?? []).some((link) => page.startsWith(prefixOf(link)))
}

function prefixOf(link: string): string {
  const page = pageOf(link) ?? ''
  return link.endsWith('/') ? page : page.slice(0, -1)
}

/** Whether an address lies in the model's own repository on the Hub, so that it says no more than a path in it. */
function isOwnPage(page: string, model: string | undefined): boolean {
  return model !== undefined && page.startsWith(`huggingface.co/${fold(model)}/`)
}

/** Whether a model is one of those that an entry lists; a star stands for the end of any name. */
function isModelOf({ models }: LicenseEntry, model: string): boolean {
  const name = fold(model).replace(/^hf:/, '')
  return (models ?? []).some((pattern) => {
    const start = fold(pattern)
    return start.endsWith('*') ? name.startsWith(start.slice(0, -1)) : name === start
  })
}

function fold(name: string | null | undefined): string {
  return (name ?? '').trim().toLowerCase()
}
