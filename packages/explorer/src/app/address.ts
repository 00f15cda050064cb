import { RIGHT_NAMES, type Address, type Digest, type Hex, type Obligation, type Right } from 'stemma/core'

/** What each page keeps in its address. Everything else in it is dropped. */
export type PageSearch = { at?: number }
/**
 * A question about a model: what for, for whom, with which facts, on whose word. Accounts, facts, duties and rules are as the address has them,
 * also where they are none: the answer then is a refusal that names them. Without them it would be the answer to another question.
 */
export type Question = {
  use: Right
  licensee?: Address
  facts?: Readonly<Record<string, string>>
  trust?: readonly Address[]
  /** Publishers whose models may not be used. */
  deny?: readonly Address[]
  /** Operators of gateways whose logs count. */
  operators?: readonly Address[]
  /** Duties that the licensee meets already. */
  fulfilled?: readonly Obligation[]
  /** Rules on the lineage, as the JSON of a policy file has them. */
  rules?: string
}

export const TABS = ['record', 'lineage', 'licenses', 'reviews', 'usage', 'endpoints', 'history'] as const
export type Tab = (typeof TABS)[number]
export type ModelSearch = PageSearch & Question & { tab: Tab }

/** Models of a map whose children are all shown, the one that is selected, and the one to which a path is drawn. */
export type Picked = { open?: readonly Hex[]; sel?: Hex; path?: Hex }
export type MapSearch = PageSearch & Question & Picked & { down: number; cap: number; view: 'map' | 'table' }

/** Which events: of a kind, about a model, by an account, after the cursor of a page. */
export type ActivitySearch = PageSearch & { kind?: string; model?: Hex; account?: Address; after?: string }

export const OVERVIEW_COLORS = ['status', 'license', 'publisher'] as const
/** What an overview is colored by, and the model that fills it, by its place on the ledger. */
export type OverviewSearch = PageSearch & { by: (typeof OVERVIEW_COLORS)[number]; root?: number }

/** What an address fills into a form: texts by the names of its fields. */
export type ActSearch = PageSearch & Readonly<Record<string, string | number>>

type Given = Record<string, unknown>
const MOST_LISTED = 100
const MOST_HASHES = 50
/** Most characters that are searched for: the field takes no more. */
export const MOST_SEARCHED = 1000
const MOST_TEXT = 2100
const ADDRESS = /^0x[0-9a-f]{40}$/i
// Not `isBytes32` of core, with which the hash functions would be loaded by every page.
const ID = /^0x[0-9a-f]{64}$/i

/** Reads what a page keeps of an address that anybody may have written. */
export type ReadSearch<Search> = (given: Given) => Search

/** Fields of an address to set, and to take out where they are undefined. */
export type Changes<Search> = { [Field in keyof Search]?: Search[Field] | undefined }

/**
 * What a page keeps of its address, and nothing else. The router puts over the address what it is given here, so what is not kept has to be
 * named, or a page would get it as somebody has written it.
 */
export function onlyRead<Search extends object>(read: ReadSearch<Search>, given: Given): Search {
  return { ...Object.fromEntries(Object.keys(given).map((name) => [name, undefined])), ...read(given) }
}

export function pageSearch({ at }: Given): PageSearch {
  return Number.isSafeInteger(at) && (at as number) >= 0 ? { at: at as number } : {}
}

export function searchSearch(given: Given): PageSearch & { q: string } {
  const q = typeof given.q === 'string' || typeof given.q === 'number' ? String(given.q) : ''
  return { ...pageSearch(given), q: q.slice(0, MOST_SEARCHED) }
}

export function modelSearch(given: Given): ModelSearch {
  const tab = TABS.find((each) => each === given.tab) ?? 'record'
  return { ...pageSearch(given), ...question(given), tab }
}

export function activitySearch(given: Given): ActivitySearch {
  const { kind, after } = given
  const [model, account] = [idOf(given.model), accountOf(given.account)]
  return {
    ...pageSearch(given),
    ...(typeof kind === 'string' && /^[a-z]{1,20}$/.test(kind) && { kind }),
    ...(model && { model }),
    ...(account && { account }),
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
  return {
    ...pageSearch(given),
    ...question(given),
    ...pickedSearch(given),
    down: whole(given.down, 2, 12),
    cap: whole(given.cap, 8, 300),
    view: given.view === 'table' ? 'table' : 'map',
  }
}

/** What a reader has done on a map. */
export function pickedSearch(given: Given): Picked {
  const [open, sel, path] = [idsOf(given.open), idOf(given.sel), idOf(given.path)]
  return { ...(open.length > 0 && { open }), ...(sel && { sel }), ...(path && { path }) }
}

/** Hashes that the page of verification is about, and the use that it answers for. */
export function verifySearch(given: Given): PageSearch & { use: Right; sha256?: Digest[] } {
  const sha256 = idsOf(typeof given.sha256 === 'string' ? [given.sha256] : given.sha256).slice(
    0,
    MOST_HASHES,
  ) as Digest[]
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

function question(given: Given): Question {
  const { facts, rules } = given
  const lists = ['trust', 'deny', 'operators', 'fulfilled'].map((name) => [name, listOf(given[name])] as const)
  const licensee = listOf(given.licensee).join(' ')
  const stated =
    typeof facts === 'object' && facts !== null ? facts : facts === undefined ? {} : { [textOf(facts)]: '' }
  const known = Object.entries(stated).map(([name, value]) => [name.slice(0, 100), textOf(value)])
  return {
    use: useOf(given),
    ...(licensee !== '' && { licensee: accountOf(licensee) ?? (licensee as Address) }),
    ...(known.length > 0 && { facts: Object.fromEntries(known) }),
    ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
    ...(rules !== undefined && rules !== '' && { rules: textOf(rules, Infinity) }),
  }
}

/** The entries of a list, or a single one, as texts; accounts in lower case. None is left out, and the list is not cut short. */
function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value])
    .flatMap((each) => textOf(each, Infinity).split(/[\s,]+/))
    .filter((each) => each !== '')
    .map((each) => accountOf(each) ?? each.slice(0, 100))
}

/** What the router has read of an address, as a text again. */
function textOf(value: unknown, most = 100): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, most)
}

export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && ADDRESS.test(value)
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

/** An id or a digest in lower case, as the ledger has it; undefined where a value is none. */
export function idOf(value: unknown): Hex | undefined {
  return isId(value) ? (value.toLowerCase() as Hex) : undefined
}

/** An account in lower case, as the ledger has it; undefined where a value is none. */
export function accountOf(value: unknown): Address | undefined {
  return isAddress(value) ? (value.toLowerCase() as Address) : undefined
}

function idsOf(value: unknown): Hex[] {
  return (Array.isArray(value) ? value : []).flatMap((each) => idOf(each) ?? []).slice(0, MOST_LISTED)
}

function whole(value: unknown, otherwise: number, most: number): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? Math.min(value as number, most) : otherwise
}
