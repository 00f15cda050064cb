import { type Address, type Hex, MODEL_STATUSES, type ModelStatus, quoted, StemmaError } from 'stemma/core'
import { EVENT_KINDS, type EventKind } from '../indexer/codes.ts'
import type { Parameter } from '../indexer/database.ts'
import type { PageArguments } from './cursor.ts'
import type { LedgerView } from './ledgerView.ts'
import { asOf, byKey, byPlace, type Listing } from './paging.ts'
import {
  accountRecord,
  credentialRecord,
  eventRecord,
  modelRecord,
  termsRecord,
  tierRecord,
  type AccountRecord,
  type CredentialRecord,
  type EventRecord,
  type ModelRecord,
  type TermsRecord,
  type TierRecord,
} from './records.ts'
import { bytes, type Conditions, isAmongKeys, keyList, number } from './sql.ts'

/** What models are looked for by. */
export type ModelFilter = {
  publisher?: Address | null
  weights?: Hex | null
  datasets?: Hex | null
  terms?: Hex | null
  license?: string | null
  name?: string | null
  status?: ModelStatus | null
}

/** What tiers are looked for by. */
export type TierFilter = {
  model?: Hex | null
  publisher?: Address | null
  terms?: Hex | null
  offered?: boolean | null
}

/** What credentials are looked for by. */
export type CredentialFilter = {
  model?: Hex | null
  tier?: Hex | null
  holder?: Address | null
  publisher?: Address | null
  valid?: boolean | null
}

/** What events are looked for by. */
export type EventFilter = { model?: Hex | null; account?: Address | null; events?: readonly EventKind[] | null }

/**
 * A text that a database can look for.
 *
 * @throws {@link InvalidTextError} for one with a zero character, which PostgreSQL does not take
 */
export function plainText(text: string): string {
  if (text.includes('\0')) throw new InvalidTextError(text)
  return text
}

/** Nothing has this key. */
export const NOBODY = 0

/** Models, newest first. */
export async function listModels(
  view: LedgerView,
  filter: ModelFilter,
  page: PageArguments,
): Promise<Listing<ModelRecord>> {
  const { conditions, block } = asOf(view)
  const equal = (column: string, value: Parameter): Conditions =>
    conditions.add(`${column} = ${conditions.bind(value)}`)
  if (filter.publisher != null) equal('publisher', await accountKey(view, filter.publisher))
  if (filter.weights != null) equal('weights', bytes(filter.weights))
  if (filter.datasets != null) equal('datasets', bytes(filter.datasets))
  if (filter.terms != null) equal('terms', await termsKey(view, filter.terms))
  if (filter.license != null) {
    const keys = conditions.bind(await licenseKeys(view, plainText(filter.license)))
    conditions.add(isAmongKeys(view.queries.dialect, 'terms', keys))
  }
  if (filter.name != null) {
    const name = plainText(filter.name).toLowerCase()
    conditions.add(`name >= ${conditions.bind(name)}`).add(`name < ${conditions.bind(`${name}\u{10ffff}`)}`)
  }
  if (filter.status != null) addStatus(conditions, block, filter.status)
  return byKey(view, 'models', conditions, 'DESC', page, modelRecord)
}

/** Keys of the terms with a name, and of the sets whose weights have them, as a parameter. */
async function licenseKeys(view: LedgerView, license: string): Promise<string> {
  const rows = await view.queries.all(
    'SELECT n FROM terms WHERE name = $1 UNION SELECT s.n FROM terms t JOIN terms s ON s.weights_terms = t.n WHERE t.name = $1',
    [license],
  )
  return keyList(
    view.queries.dialect,
    rows.map((row) => number(row.n)),
  )
}

function addStatus(conditions: Conditions, block: string, status: ModelStatus): void {
  const rows = `SELECT 1 FROM model_statuses s WHERE s.model = models.n AND s.block <= ${block}`
  if (status === 'active') {
    conditions.add(`NOT EXISTS (${rows})`)
    return
  }
  // A status only advances, so the last one is the highest.
  const code = MODEL_STATUSES.indexOf(status)
  conditions.add(`EXISTS (${rows} AND s.status = ${code})`).add(`NOT EXISTS (${rows} AND s.status > ${code})`)
}

/** Tiers, oldest first. */
export async function listTiers(
  view: LedgerView,
  filter: TierFilter,
  page: PageArguments,
): Promise<Listing<TierRecord>> {
  const { conditions, block } = asOf(view)
  const equal = (column: string, value: number): Conditions => conditions.add(`${column} = ${conditions.bind(value)}`)
  if (filter.model != null) equal('model', await modelKey(view, filter.model))
  if (filter.publisher != null) equal('publisher', await accountKey(view, filter.publisher))
  if (filter.terms != null) equal('terms', await termsKey(view, filter.terms))
  if (filter.offered != null) {
    const withdrawn = `EXISTS (SELECT 1 FROM tier_withdrawals w WHERE w.tier = tiers.n AND w.block <= ${block})`
    conditions.add(filter.offered ? `NOT ${withdrawn}` : withdrawn)
  }
  return byKey(view, 'tiers', conditions, 'ASC', page, tierRecord)
}

/** Credentials, newest first. */
export async function listCredentials(
  view: LedgerView,
  filter: CredentialFilter,
  page: PageArguments,
): Promise<Listing<CredentialRecord>> {
  const { conditions, block } = asOf(view)
  const equal = (column: string, value: number): Conditions => conditions.add(`${column} = ${conditions.bind(value)}`)
  if (filter.model != null) equal('model', await modelKey(view, filter.model))
  if (filter.tier != null) equal('tier', (await view.loaders.tierById.load(filter.tier))?.n ?? NOBODY)
  if (filter.holder != null) equal('holder', await accountKey(view, filter.holder))
  if (filter.publisher != null) equal('publisher', await accountKey(view, filter.publisher))
  if (filter.valid != null) {
    const isValid = isValidSql(block, conditions.bind(view.now))
    conditions.add(`${filter.valid ? '' : 'NOT '}(${isValid})`)
  }
  return byKey(view, 'credentials', conditions, 'DESC', page, credentialRecord)
}

/** A condition that holds for credentials that are valid at a time, as of a block; both are names of parameters. */
export function isValidSql(block: string, now: string): string {
  const last = `FROM credential_states s WHERE s.credential = credentials.n AND s.block <= ${block}`
  const isWithin = `valid_from <= ${now} AND ${now} < valid_until`
  return `CASE WHEN EXISTS (SELECT 1 ${last})
    THEN (SELECT CASE WHEN ${isWithin} AND NOT (gap_from <= ${now} AND ${now} < gap_until) THEN 1 ELSE 0 END
      ${last} ORDER BY s.block DESC, s.log DESC LIMIT 1) = 1
    ELSE ${isWithin} END`
}

/** Terms and sets of terms, oldest first. */
export function listTerms(
  view: LedgerView,
  name: string | null | undefined,
  page: PageArguments,
): Listing<TermsRecord> {
  const { conditions } = asOf(view)
  if (name != null) conditions.add(`name = ${conditions.bind(plainText(name))}`)
  return byKey(view, 'terms', conditions, 'ASC', page, termsRecord)
}

/** Accounts that registered a model or stated a profile, oldest first. */
export function listPublishers(view: LedgerView, page: PageArguments): Listing<AccountRecord> {
  const { conditions, block } = asOf(view)
  const count = async (): Promise<number> => {
    const [row] = await view.queries.all(
      `SELECT count(*) AS count FROM (SELECT publisher FROM models WHERE block <= $1
       UNION SELECT publisher FROM profiles WHERE block <= $1) AS everybody`,
      [view.block.number],
    )
    return number(row?.count)
  }
  conditions.add(
    `(EXISTS (SELECT 1 FROM models m WHERE m.publisher = accounts.n AND m.block <= ${block})
      OR EXISTS (SELECT 1 FROM profiles p WHERE p.publisher = accounts.n AND p.block <= ${block}))`,
  )
  return { ...byKey(view, 'accounts', conditions, 'ASC', page, accountRecord), count }
}

/** Events, newest first. */
export async function listEvents(
  view: LedgerView,
  filter: EventFilter,
  page: PageArguments,
): Promise<Listing<EventRecord>> {
  const { conditions } = asOf(view)
  await addEventFilter(view, filter, conditions)
  return byPlace(view, 'events', conditions, page, eventRecord)
}

/** Adds conditions on the table of events. */
export async function addEventFilter(view: LedgerView, filter: EventFilter, conditions: Conditions): Promise<void> {
  if (filter.model != null) conditions.add(`model = ${conditions.bind(await modelKey(view, filter.model))}`)
  if (filter.account != null) conditions.add(`account = ${conditions.bind(await accountKey(view, filter.account))}`)
  if (filter.events != null) {
    const kinds = filter.events.map((name) => EVENT_KINDS[name])
    const list = conditions.bind(keyList(view.queries.dialect, kinds))
    conditions.add(isAmongKeys(view.queries.dialect, 'kind', list))
  }
}

/** The key of terms, of a model or of an account; {@link NOBODY} when there are none. */
export async function termsKey(view: LedgerView, id: Hex): Promise<number> {
  return (await view.loaders.termsById.load(id))?.n ?? NOBODY
}

export async function modelKey(view: LedgerView, id: Hex): Promise<number> {
  return (await view.loaders.modelById.load(id))?.n ?? NOBODY
}

export async function accountKey(view: LedgerView, address: Address): Promise<number> {
  return (await view.loaders.accountByAddress.load(address))?.n ?? NOBODY
}

/** Thrown when a text that is looked for has a character that no name has. */
export class InvalidTextError extends StemmaError {
  override name = 'InvalidTextError'
  constructor(text: string) {
    super('INVALID_TEXT', `${quoted(text)} has a zero character, which no name has. Leave it out.`)
  }
}
