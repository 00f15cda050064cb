import { OBLIGATION_NAMES, RIGHT_NAMES, type Digest, type Obligation, type Right } from 'stemma/core'

/** What each page keeps in its address. Everything else in it is dropped. */
export type PageSearch = { at?: number }
/** A question about a model: what for, for whom, with which facts, on whose word. */
export type Question = {
  use: Right
  licensee?: string
  facts?: Readonly<Record<string, string>>
  trust?: readonly string[]
  /** Publishers whose models may not be used. */
  deny?: readonly string[]
  /** Operators of gateways whose logs count. */
  operators?: readonly string[]
  /** Duties that the licensee meets already. */
  fulfilled?: readonly Obligation[]
  /** Rules on the lineage, as the JSON of a policy file has them. */
  rules?: string
}

export const TABS = ['record', 'lineage', 'licenses', 'reviews', 'usage', 'endpoints', 'history'] as const
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

/** Which events: of a kind, about a model, by an account, after the cursor of a page. */
export type ActivitySearch = PageSearch & { kind?: string; model?: string; account?: string; after?: string }

export const OVERVIEW_COLORS = ['status', 'license', 'publisher'] as const
/** What an overview is colored by, and the model that fills it, by its place on the ledger. */
export type OverviewSearch = PageSearch & { by: (typeof OVERVIEW_COLORS)[number]; root?: number }

/** What an address fills into a form: texts by the names of its fields. */
export type ActSearch = PageSearch & Readonly<Record<string, string | number>>

type Given = Record<string, unknown>
const MOST_LISTED = 100
const MOST_HASHES = 50
/** Most characters of rules that an address keeps. */
export const MOST_RULES = 4000
const MOST_TEXT = 2100
const ADDRESS = /^0x[0-9a-f]{40}$/i
// Not `isBytes32` of core, with which the hash functions would be loaded by every page.
const ID = /^0x[0-9a-f]{64}$/i

/**
 * What a page keeps of its address, and nothing else. The router puts over the address what it is given here, so that what is not kept has
 * to be named, or a page would get it as somebody has written it.
 */
export function only<Search extends object>(read: (given: Given) => Search): (given: Given) => Search {
  return (given) => ({ ...Object.fromEntries(Object.keys(given).map((name) => [name, undefined])), ...read(given) })
}

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

export function activitySearch(given: Given): ActivitySearch {
  const { kind, model, account, after } = given
  return {
    ...pageSearch(given),
    ...(typeof kind === 'string' && /^[a-z]{1,20}$/.test(kind) && { kind }),
    ...(isId(model) && { model }),
    ...(isAddress(account) && { account: account.toLowerCase() }),
    ...(typeof after === 'string' && after.length <= 500 && { after }),
  }
}

export function overviewSearch(given: Given): OverviewSearch {
  return {
    ...pageSearch(given),
    by: OVERVIEW_COLORS.find((each) => each === given.by) ?? 'status',
    ...(Number.isSafeInteger(given.root) && (given.root as number) >= 0 && { root: given.root as number }),
  }
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

/** Hashes that the page of verification is about, and the use that it answers for. */
export function verifySearch(given: Given): PageSearch & { use: Right; sha256?: Digest[] } {
  const sha256 = idsOf(typeof given.sha256 === 'string' ? [given.sha256] : given.sha256)
    .slice(0, MOST_HASHES)
    .map((each) => each.toLowerCase() as Digest)
  return { ...pageSearch(given), use: useOf(given), ...(sha256.length > 0 && { sha256 }) }
}

function useOf({ use }: Given): Right {
  return RIGHT_NAMES.find((each) => each === use) ?? 'commercial'
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

function question({ licensee, facts, trust, deny, operators, fulfilled, rules, ...given }: Given): Question {
  const known = Object.entries(typeof facts === 'object' && facts !== null ? facts : {})
    .map(([name, value]) => [name.slice(0, 100), String(value)] as const)
    .filter(([, value]) => /^\d{1,30}$/.test(value))
    .slice(0, MOST_LISTED)
  const accounts = (name: string, value: unknown): object => {
    const listed = (Array.isArray(value) ? value : []).filter(isAddress).slice(0, MOST_LISTED)
    return listed.length === 0 ? {} : { [name]: listed.map((each) => each.toLowerCase()) }
  }
  const met = OBLIGATION_NAMES.filter((each) => Array.isArray(fulfilled) && fulfilled.includes(each))
  return {
    use: useOf(given),
    ...(isAddress(licensee) && { licensee: licensee.toLowerCase() }),
    ...(known.length > 0 && { facts: Object.fromEntries(known) }),
    ...accounts('trust', trust),
    ...accounts('deny', deny),
    ...accounts('operators', operators),
    ...(met.length > 0 && { fulfilled: met }),
    ...(typeof rules === 'string' && rules !== '' && rules.length <= MOST_RULES && { rules }),
  }
}

export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && ADDRESS.test(value)
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

function idsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter(isId).slice(0, MOST_LISTED)
}

function whole(value: unknown, otherwise: number, most: number): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? Math.min(value as number, most) : otherwise
}
