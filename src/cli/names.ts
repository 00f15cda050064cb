import { isBytes32, parseModelId, ZERO_DIGEST, parseTermsId, type ModelId, type TermsId } from '../core/hex.ts'
import { termsIdOf } from '../core/terms.ts'
import { findLicense, termsOfLicense, type LicenseEntry } from '../interop/license.ts'
import type { Ledger } from '../sdk/connect.ts'
import { findModels } from '../sdk/findModels.ts'
import { UnregisteredModelError } from '../sdk/readLineage.ts'
import { UsageError } from './context.ts'

/** The model that an argument names: by id, by uri, or by `owner/name` where exactly one registration matches. */
export async function modelOf(ledger: Ledger, name: string): Promise<ModelId> {
  if (isBytes32(name)) return parseModelId(name)
  if (!name.includes('/')) {
    throw new UsageError(`"${name}" names no model. Use a model id (0x and 64 hex digits), an uri, or owner/name.`)
  }
  const found = await findModels(ledger, { query: name })
  if (found.length === 0) throw new UnregisteredModelError(`"${name}"`, ledger.deployment.name)
  if (found.length > 1) {
    const list = found.map(({ model, registration }) => `${model} by ${registration.publisher}`).join('; ')
    throw new UsageError(`Several models are registered as "${name}": ${list}. Name one by its id.`)
  }
  return found[0]!.model
}

/** The terms that an argument names: by id, or by the id or an alias of a license in the library; `none` is no terms. */
export function termsIdOfName(licenses: readonly LicenseEntry[], name: string): TermsId {
  if (isBytes32(name)) return parseTermsId(name)
  if (name === 'none') return ZERO_DIGEST as string as TermsId
  const entry = findLicense(licenses, { license: name })
  const terms = entry && termsOfLicense(entry)
  if (!terms) throw new UsageError(`"${name}" is no license of the library. List them: stemma terms list --library.`)
  return termsIdOf(terms)
}

/** A time of an argument, in Unix seconds: a number, a date, `now`, or a duration from now such as 180d or 12h. */
export function timeOf(text: string, now: number): number {
  const duration = /^\+?(\d+)([smhdy])$/.exec(text)
  if (duration)
    return now + Number(duration[1]) * { s: 1, m: 60, h: 3600, d: 86_400, y: 31_536_000 }[duration[2] as 's']
  if (/^\d+$/.test(text)) return Number(text)
  const time = text === 'now' ? now : Math.floor(Date.parse(text) / 1000)
  if (Number.isNaN(time)) {
    throw new UsageError(
      `"${text}" is no time. Use Unix seconds, a date such as 2027-01-31, or a duration such as 180d.`,
    )
  }
  return time
}
