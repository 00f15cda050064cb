import { getAddress } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import { externalIdOf, isExternalName, parseExternalName } from '../core/external.ts'
import {
  parseAddress,
  parseModelId,
  parseTermsId,
  parseTierId,
  ZERO_DIGEST,
  type Address,
  type ModelId,
  type TermsId,
  type TierId,
} from '../core/hex.ts'
import { termsIdOf, type Terms } from '../core/terms.ts'
import { quoted } from '../core/text.ts'
import type { RegistrationDraft } from '../documents/draft.ts'
import { termsIdOfLicense, termsOfLicense, type LicenseEntry } from '../documents/license.ts'
import { findLicense, matchLicenseOfDraft } from '../documents/licenseNames.ts'
import { readConjunction } from '../interop/readConjunction.ts'
import type { Ledger } from '../sdk/connect.ts'
import { listTiers } from '../sdk/licensing/listTiers.ts'
import { resolveModel, type CountingOptions } from '../sdk/registry/resolveModel.ts'
import { UsageError } from '../console/context.ts'
import { parseModelName } from './target.ts'

/** The model that an argument names: by id, or by URI or `owner/name` where exactly one registration matches. */
export async function modelOf(ledger: Ledger, text: string): Promise<ModelId> {
  const target = parseModelName(text)
  return target.kind === 'id' ? (target.id as ModelId) : modelNamed(ledger, target.name)
}

/**
 * The model with a URI or `owner/name`, where exactly one registration matches, or one alone by a publisher whose word counts. Anybody
 * can register any name, so strangers' registrations stand in nobody's way.
 */
export async function modelNamed(ledger: Ledger, name: string, options: CountingOptions = {}): Promise<ModelId> {
  return (await resolveModel(ledger, { query: name, ...options })).model
}

/** Checks, before a node is asked, that an argument can name a model. */
export function checkModelName(text: string): void {
  parseModelName(text)
}

/** The external parent that an argument names: by id, or by its name. */
export function externalOf(text: string): ModelId {
  return isExternalName(text) ? externalIdOf(parseExternalName(text)) : parseModelId(text)
}

/** The tier of a model that an argument names: by id, or by its name where exactly one tier that is offered matches. */
export async function tierOf(ledger: Ledger, model: ModelId, name: string): Promise<TierId> {
  if (name.startsWith('0x')) return parseTierId(name)
  const tiers = (await listTiers(ledger, { model })).filter(({ withdrawn }) => !withdrawn)
  const found = tiers.filter(({ tier }) => tier.name === name)
  if (found.length === 1) return found[0]!.id
  const list = tiers.map(({ id, tier }) => `${quoted(tier.name)} (${id})`).join(', ') || 'none'
  throw new UsageError(
    `${found.length === 0 ? 'No tier' : 'More than one tier'} of the model has the name ${quoted(name)}. Name a tier by its id. The model has: ${list}.`,
  )
}

/** The terms that an argument names: by id, or by the id or an alias of a license in the library; `none` stands for terms that grant nothing. */
export function termsIdOfName(licenses: readonly LicenseEntry[], name: string): TermsId {
  if (name.startsWith('0x')) return parseTermsId(name)
  if (name === 'none') return NO_TERMS
  return termsIdOf(termsNamed(licenses, name))
}

/**
 * The terms that an argument names: of a license of the library, by its id or an alias, or of several that all apply (`A AND B`).
 *
 * @throws {@link UnknownLicenseError} {@link UsageError} when no one set of terms can be all of them
 */
export function termsNamed(licenses: readonly LicenseEntry[], name: string): Terms {
  const conjunction = readConjunction(name, licenses)
  if (conjunction === null) return termsOfLicense(licenseOf(licenses, name))!
  if ('terms' in conjunction) return conjunction.terms
  throw new UsageError(
    `No one set of terms can be ${quoted(name)}: ${conjunction.refused}. Choose one of the licenses, or publish terms of your own from a file.`,
  )
}

/** The license of the library that an argument names, by its id or an alias. */
export function licenseOf(licenses: readonly LicenseEntry[], name: string): LicenseEntry {
  const entry = licenses.find(({ id }) => id === name) ?? findLicense(licenses, { license: name })
  if (!entry || entry.unknown) throw new UnknownLicenseError(name)
  return entry
}

/** How a draft's license is read in the library. */
export type DraftLicense = {
  /** The terms of the entry, or of several licenses that all apply; none without these, and for what is not known. */
  terms: TermsId
  entry?: LicenseEntry
  /** The name that the draft states, or null. */
  stated: string | null
  /** The entries that share that name, where neither link nor models decide among them. */
  candidates: readonly LicenseEntry[]
}

/** The terms of a draft's license; none when the draft states no license, or one that the library does not have. */
export function termsOfDraft(draft: RegistrationDraft, licenses: readonly LicenseEntry[]): DraftLicense {
  const { entry, candidates } = matchLicenseOfDraft(licenses, draft)
  const { license, licenseName } = draft.terms
  const stated = license === 'other' ? (licenseName ?? license) : (license ?? licenseName)
  const conjunction = entry || stated === null ? null : readConjunction(stated, licenses)
  const terms = conjunction && 'terms' in conjunction ? termsIdOf(conjunction.terms) : termsIdOfLicense(entry)
  return { terms, ...(entry && { entry }), stated, candidates }
}

/** No terms: they grant nothing to anybody. */
export const NO_TERMS = ZERO_DIGEST as string as TermsId

/** The account that an argument names. In mixed case, its checksum must match, which catches typing errors. */
export function accountOf(text: string): Address {
  const address = parseAddress(text)
  const digits = text.slice(2)
  if (digits !== digits.toLowerCase() && digits !== digits.toUpperCase() && getAddress(address) !== text) {
    throw new UsageError(
      `Invalid address ${quoted(text)}: its checksum does not match, so a digit or the case of a letter is wrong. Copy the address again, or write it in lower case.`,
    )
  }
  return address
}

/** Thrown when an argument names no license of the library. */
export class UnknownLicenseError extends StemmaError {
  override name = 'UnknownLicenseError'
  constructor(name: string) {
    super(
      'UNKNOWN_LICENSE',
      `The library does not have a license ${quoted(name)}. List its licenses: stemma terms list --library. Or name the terms by their id.`,
    )
  }
}
