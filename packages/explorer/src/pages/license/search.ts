import type { Hex } from 'stemma/core'

import { idOf, pageSearch, type PageSearch } from '../../app/address.ts'

type Given = Record<string, unknown>

export type LicensesSearch = PageSearch & { q?: string }
export function licensesSearch(given: Given): LicensesSearch {
  const q = typeof given.q === 'string' || typeof given.q === 'number' ? String(given.q).slice(0, 100) : ''
  return { ...pageSearch(given), ...(q !== '' && { q }) }
}

export type TermsSearch = PageSearch & { with?: Hex }
export function termsSearch(given: Given): TermsSearch {
  const other = idOf(given.with)
  return { ...pageSearch(given), ...(other && { with: other }) }
}

/** `time` is in Unix seconds. */
export type CredentialSearch = PageSearch & { time?: number }
const LATEST = 8_640_000_000_000
export function credentialSearch(given: Given): CredentialSearch {
  const { time } = given
  const isTime = Number.isSafeInteger(time) && (time as number) >= 0 && (time as number) <= LATEST
  return { ...pageSearch(given), ...(isTime && { time: time as number }) }
}
