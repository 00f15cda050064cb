import { loadLicenses } from 'stemma/artifacts'
import { isBytes32, type Address, type Digest } from 'stemma/core'
import {
  DUTIES_HEADER,
  DUTIES_MEMBER,
  dutiesHeader,
  MODEL_HEADER,
  parseDuties,
  parseDutiesHeader,
  STATEMENT_HEADER,
  UNREADABLE,
  type DutiesDocument,
} from 'stemma/documents'
import { readDuties, readServing, type Ledger } from 'stemma/sdk'
import type { TrustPolicy } from 'stemma/verify'
import type { Description, ServedModel } from './ports.ts'

/** A {@link Description} that can be read again. */
export type LedgerDescription = Description & {
  /** Reads everything again, as when the chain has a new head. What cannot be read stays as it was, and is named. */
  refresh(): Promise<string[]>
}

type Header = readonly [name: string, value: string]

/** The upstream's headers of the same kind as ours, as one text for each name. */
type UpstreamHeaders = Readonly<Record<typeof MODEL_HEADER | typeof STATEMENT_HEADER | typeof DUTIES_HEADER, string>>

/**
 * Describes the models that a gateway serves, out of the ledger: which registered one answers to a name, by which statement of the
 * publisher, and which duties of the licenses pass on to callers. Duties that a gateway behind this one names are passed on unchanged
 * beside them. It is read before it returns; `refresh` reads it again.
 *
 * @returns the description, and what could not be read
 *
 * @throws what reading the ledger throws
 */
export async function createDescription(
  settings: createDescription.Settings,
): Promise<{ description: LedgerDescription; problems: string[] }> {
  const { models } = settings
  const documents = new Map<string, DutiesDocument>()
  const headers = new Map<string, readonly Header[]>()
  const read = async (): Promise<string[]> => {
    const problems: string[] = []
    const passed = await readUpstream(settings, problems)
    const licenses = await loadLicenses()
    for (const served of models) {
      const { name, model, use } = served
      const { duties, chainId, block } = await readDuties(settings.ledger, {
        model,
        use,
        licenses,
        policy: policyOf(settings),
      })
      const statement = await readStatement(settings, served, problems)
      const by = settings.statements?.origin ?? null
      // What the upstream said before stays when it cannot be read now.
      const behind = passed === undefined ? (documents.get(name)?.passed ?? []) : (passed.get(name) ?? [])
      documents.set(name, { version: 1, model, use, statement, by, chainId, block, duties, passed: behind })
      headers.set(name, headersOf(documents.get(name)!))
    }
    return problems
  }
  const problems = await read()
  const description: LedgerDescription = {
    headers: (name, upstream = []) => merged(headers.get(name) ?? [], documents.get(name), upstreamOf(upstream)),
    model: (name) => {
      const document = documents.get(name)
      return document ? { [DUTIES_MEMBER]: document } : {}
    },
    refresh: read,
  }
  return { description, problems }
}

export declare namespace createDescription {
  /** Which models are described, from which sources, and whose word counts. */
  type Settings = {
    ledger: Ledger
    models: readonly ServedModel[]
    /** Whose duties they are; the public's by default, which holds no credential. */
    licensee?: Address
    /** Publishers whose word about licenses counts beside that of accredited ones and of the one that states what answers here. */
    trusted?: readonly Address[]
    /** Where the gateway answers, as its statements name it, and who states it; without it no statement is named. */
    statements?: { origin: string; publisher: Address }
    /** Asks the upstream for its list of models; left out where the upstream is not a gateway. */
    upstream?: () => Promise<unknown>
  }
}

function policyOf({ licensee, trusted = [], statements }: createDescription.Settings): TrustPolicy {
  const trustedPublishers = [...new Set([...trusted, ...(statements ? [statements.publisher] : [])])]
  return { trustedPublishers, ...(licensee !== undefined && { licensee }) }
}

/** The statement that a model answers to its name here; null without one that holds. */
async function readStatement(
  { ledger, statements }: createDescription.Settings,
  { name, model }: ServedModel,
  problems: string[],
): Promise<Digest | null> {
  if (!statements) return null
  const word = await readServing(ledger, { ...statements, name })
  const stated = word?.stated
  const now = Date.now() / 1000
  const fault = !stated
    ? word
      ? 'was revoked'
      : 'is missing'
    : stated.served.model !== model
      ? `names another model, ${stated.served.model}`
      : stated.served.from > now
        ? 'is for later'
        : stated.served.until <= now
          ? 'has ended'
          : undefined
  if (fault === undefined) return stated!.statement
  problems.push(
    `The statement of ${statements.publisher} about ${JSON.stringify(name)} at ${statements.origin} ${fault}. State it: stemma model endpoint state ${model} ${statements.origin} ${JSON.stringify(name)} --until 365d`,
  )
  return null
}

/** The documents in the upstream's list of models, by name; undefined when the list cannot be read. */
async function readUpstream(
  { upstream }: createDescription.Settings,
  problems: string[],
): Promise<Map<string, DutiesDocument[]> | undefined> {
  if (!upstream) return new Map()
  try {
    const list = (await upstream()) as { data?: unknown } | null
    if (!Array.isArray(list?.data)) throw new TypeError('it has no list "data"')
    const found = new Map<string, DutiesDocument[]>()
    for (const entry of list.data as unknown[]) {
      const { id, [DUTIES_MEMBER]: document } = (entry ?? {}) as Record<string, unknown>
      if (typeof id === 'string' && document !== undefined) found.set(id, [parseDuties(document)])
    }
    return found
  } catch (error) {
    problems.push(`The duties of the upstream cannot be read: ${(error as Error).message}`)
    return undefined
  }
}

function headersOf(document: DutiesDocument): Header[] {
  const duties = dutiesHeader(document)
  return [
    [MODEL_HEADER, document.model],
    ...(document.statement === null ? [] : [[STATEMENT_HEADER, document.statement] as const]),
    ...(duties === '' ? [] : [[DUTIES_HEADER, duties] as const]),
  ]
}

/** The upstream's headers that are lists of ours: lines of one name are one list. */
function upstreamOf(raw: readonly string[]): UpstreamHeaders {
  const found = { [MODEL_HEADER]: '', [STATEMENT_HEADER]: '', [DUTIES_HEADER]: '' }
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase()
    if (!Object.hasOwn(found, name)) continue
    const key = name as keyof typeof found
    found[key] += `${found[key] === '' ? '' : ', '}${raw[index + 1]!}`
  }
  return found
}

/** Our headers, with those of a gateway behind this one after them. Where its response names no duties, those of its list do. */
function merged(
  own: readonly Header[],
  document: DutiesDocument | undefined,
  upstream: UpstreamHeaders,
): readonly Header[] {
  const behind = document?.passed ?? []
  const said = upstream[DUTIES_HEADER]
  if (said === '' && upstream[MODEL_HEADER] === '' && upstream[STATEMENT_HEADER] === '' && behind.length === 0)
    return own
  const listed = said === '' ? allOf(behind).map((each) => dutiesHeader(each)) : []
  const readable = said === '' ? listed : parseDutiesHeader(said) ? [said] : [UNREADABLE]
  const ids = (name: typeof MODEL_HEADER | typeof STATEMENT_HEADER): string[] =>
    upstream[name].split(/[ \t]*,[ \t]*/).filter(isBytes32)
  const lists: Record<string, readonly string[]> = {
    [MODEL_HEADER]: ids(MODEL_HEADER),
    [STATEMENT_HEADER]: ids(STATEMENT_HEADER),
    [DUTIES_HEADER]: readable,
  }
  const values = new Map<string, string[]>(own.map(([name, value]) => [name, [value]]))
  for (const [name, list] of Object.entries(lists)) {
    const joined = new Set([...(values.get(name) ?? []), ...list].filter((value) => value !== ''))
    if (joined.size > 0) values.set(name, [...joined])
  }
  return [...values].map(([name, list]) => [name, list.join(', ')])
}

function allOf(documents: readonly DutiesDocument[]): DutiesDocument[] {
  return documents.flatMap((each) => [each, ...allOf(each.passed)])
}
