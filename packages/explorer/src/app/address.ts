import { isBytes32, RIGHT_NAMES, type Right } from 'stemma/core'

/** What each page keeps in its address. Everything else in it is dropped. */
export type PageSearch = { at?: number }
/** A question about a model: what for, for whom, with which facts, on whose word. */
export type Question = {
  use: Right
  licensee?: string
  facts?: Readonly<Record<string, string>>
  trust?: readonly string[]
}

export const TABS = ['record', 'lineage', 'licenses', 'reviews', 'history'] as const
export type Tab = (typeof TABS)[number]
export type ModelSearch = PageSearch & Question & { tab: Tab }

export type MapSearch = PageSearch &
  Question & {
    down: number
    cap: number
    open?: readonly string[]
    sel?: string
    path?: string
    view: 'map' | 'table'
  }

/** What an address fills into a form: texts by the names of its fields. */
export type ActSearch = PageSearch & Readonly<Record<string, string | number>>

type Given = Record<string, unknown>
const MOST_LISTED = 100
const MOST_TEXT = 2100
const ADDRESS = /^0x[0-9a-f]{40}$/i

export function pageSearch({ at }: Given): PageSearch {
  return Number.isSafeInteger(at) && (at as number) >= 0 ? { at: at as number } : {}
}

export function searchSearch(given: Given): PageSearch & { q: string } {
  return { ...pageSearch(given), q: typeof given.q === 'string' || typeof given.q === 'number' ? String(given.q) : '' }
}

export function modelSearch(given: Given): ModelSearch {
  const tab = TABS.find((each) => each === given.tab) ?? 'record'
  return { ...pageSearch(given), ...question(given), tab }
}

export function mapSearch(given: Given): MapSearch {
  const open = idsOf(given.open)
  return {
    ...pageSearch(given),
    ...question(given),
    down: whole(given.down, 2, 12),
    cap: whole(given.cap, 8, 300),
    view: given.view === 'table' ? 'table' : 'map',
    ...(open.length > 0 && { open }),
    ...(isId(given.sel) && { sel: given.sel }),
    ...(isId(given.path) && { path: given.path }),
  }
}

export function actSearch(given: Given): ActSearch {
  const texts = Object.entries(given).filter(
    ([name, value]) => /^[a-z][a-z]{0,19}$/i.test(name) && name !== 'at' && isShortText(value),
  )
  return {
    ...pageSearch(given),
    ...Object.fromEntries(texts.slice(0, MOST_LISTED).map(([name, value]) => [name, String(value)])),
  }
}

function isShortText(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= MOST_TEXT)
}

function question({ use, licensee, facts, trust }: Given): Question {
  const known = Object.entries(typeof facts === 'object' && facts !== null ? facts : {})
    .map(([name, value]) => [name.slice(0, 100), String(value)] as const)
    .filter(([, value]) => /^\d{1,30}$/.test(value))
    .slice(0, MOST_LISTED)
  const trusted = (Array.isArray(trust) ? trust : []).filter(isAddress).slice(0, MOST_LISTED)
  return {
    use: RIGHT_NAMES.find((each) => each === use) ?? 'commercial',
    ...(isAddress(licensee) && { licensee: licensee.toLowerCase() }),
    ...(known.length > 0 && { facts: Object.fromEntries(known) }),
    ...(trusted.length > 0 && { trust: trusted.map((each) => each.toLowerCase()) }),
  }
}

export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && ADDRESS.test(value)
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && isBytes32(value)
}

function idsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter(isId).slice(0, MOST_LISTED)
}

function whole(value: unknown, otherwise: number, most: number): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? Math.min(value as number, most) : otherwise
}
