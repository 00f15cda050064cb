import { parseClaimId } from '../core/claim.ts'
import { StemmaError } from '../core/errors.ts'
import { externalIdOf, parseExternalName } from '../core/external.ts'
import {
  parseAddress,
  parseDigest,
  parseModelId,
  parseTermsId,
  parseTierId,
  ZERO_ADDRESS,
  ZERO_DIGEST,
  type Address,
  type ModelId,
  type TermsId,
} from '../core/hex.ts'
import { externalModel, nearestFirst, type HeldCredential, type Lineage, type LineageModel } from '../core/lineage.ts'
import { mapConcurrent } from '../core/mapConcurrent.ts'
import type {
  ExternalParent,
  LedgerReader,
  PendingClaim,
  PublisherRecord,
  TermsLabel,
  TermsPart,
} from '../core/ports.ts'
import { modelIdOf, type Parent, type Registration } from '../core/registration.ts'
import { describeBody, termsIdOf } from '../core/terms.ts'
import { bodyOfSet, termsSetIdOf, type TermsBody } from '../core/termsBody.ts'
import { logIdOf, type AnchoredUsage, type CredentialOf } from '../core/usage.ts'
import type { LedgerOf, QueryClient } from './client.ts'
import type { ClaimFields, Moment, UsageLogFields } from './operations.ts'

type WireLineage = NonNullable<LedgerOf<'Lineage'>['lineage']>
type WireParent = WireLineage['models'][number]['registration']['parents'][number]
type WireTerms = WireLineage['terms'][number]

/** Most registrations that a reader remembers: `verify` asks for those of a lineage that it has just read. */
const MOST_KNOWN = 16_000

/** Most publishers whose statements one request asks for. */
const MOST_ASKED = 64

/** Most requests at a time. */
const MOST_REQUESTS = 8

/**
 * Reads a ledger from a query API for `stemma/verify`. Every registration is hashed; one that does not hash to its id is left
 * out, and `verify` reports it as unproved. A parent that the checked registration does not name counts only as an attested edge.
 * Terms are hashed too. Status, credentials, times and usage are taken from the indexer unchecked.
 *
 * @param options `at`: read the ledger as it was at a moment
 */
export function indexerReader(client: QueryClient, options: { at?: Moment } = {}): LedgerReader {
  const moment = options.at ? { at: options.at } : {}
  const known = new Map<ModelId, Registration>()
  const labels = new Map<TermsId, TermsLabel>()
  const externals = new Map<ModelId, ExternalParent>()
  return {
    source: 'indexer',
    past: options.at !== undefined,
    async readLineage(model, licensee, block) {
      const then = block === undefined ? moment : { at: { block } }
      const variables = { id: model, ...(licensee !== ZERO_ADDRESS && { licensee }), ...then }
      const ledger = await client.query('Lineage', variables)
      if (!ledger.lineage) throw new NotIndexedError(model, client.url, ledger.block.number)
      const lineage = lineageOf(ledger.lineage, client.url)
      if (lineage.models[0]?.model !== model) throw new IndexerMismatchError(client.url, `it is not of model ${model}`)
      for (const [id, registration] of registrationsOf(ledger.lineage)) known.set(id, registration)
      for (const [id, external] of externalsOf(ledger.lineage)) externals.set(id, external)
      for (const [id, label] of labelsOf(ledger.lineage.terms)) labels.set(id, label)
      const { block: read, now, chainId } = ledger
      return { chainId, block: read.number, timestamp: now, lineage }
    },
    async readRegistrations(models) {
      const read = await mapConcurrent(
        models,
        MOST_REQUESTS,
        async (model) => known.get(model) ?? readRegistration(client, model, moment),
      )
      const found = new Map(models.flatMap((model, index) => entryOf(model, read[index])))
      forget(known)
      return found
    },
    async readExternals(ids) {
      const found = new Map(ids.flatMap((id) => entryOf(id, externals.get(id))))
      forget(externals)
      return found
    },
    async readStatedBindings(ids, publishers, block) {
      const filters = ids.flatMap((external) =>
        chunksOf(publishers, MOST_ASKED).map((asked) => ({ external, publishers: asked })),
      )
      const read = await mapConcurrent(filters, MOST_REQUESTS, (filter) =>
        allOf(
          async (page) =>
            (await client.query('BindingStatements', { filter, ...page, at: { block } })).bindingStatements,
        ),
      )
      const found = new Map<ModelId, Set<ModelId>>()
      for (const [index, { external }] of filters.entries()) {
        const last = new Map<string, { model: ModelId; bound: boolean }>()
        // Newest first: the last word of a publisher about a model counts.
        for (const { model, publisher, bound } of read[index]!.toReversed()) {
          last.set(`${publisher} ${model.id}`, { model: parseModelId(model.id), bound })
        }
        const models = found.get(external) ?? new Set()
        for (const { model, bound } of last.values()) if (bound) models.add(model)
        if (models.size > 0) found.set(external, models)
      }
      return new Map(Array.from(found, ([external, models]) => [external, [...models]]))
    },
    async readTermsLabels(terms) {
      const read = await mapConcurrent(
        terms,
        MOST_REQUESTS,
        async (id) => labels.get(id) ?? readLabel(client, id, moment),
      )
      return new Map(terms.flatMap((id, index) => entryOf(id, read[index])))
    },
    async readAgreements(credentials) {
      const read = await mapConcurrent(
        credentials,
        MOST_REQUESTS,
        async (id) => (await client.query('Credential', { id, ...moment })).credential?.agreement,
      )
      return new Map(credentials.flatMap((id, index) => (read[index] ? [[id, parseDigest(read[index])]] : [])))
    },
    async readAuditors(publishers) {
      const read = await mapConcurrent(
        publishers,
        MOST_REQUESTS,
        async (address) => (await client.query('Publisher', { address, first: 1, ...moment })).publisher,
      )
      const auditors = (index: number): Address[] =>
        (read[index]?.operators ?? []).flatMap(({ account, scopes }) =>
          scopes.includes('audit') ? [parseAddress(account)] : [],
        )
      return new Map(publishers.map((publisher, index) => [publisher, auditors(index)]))
    },
    async readUsage(credentials, operators) {
      const filters = credentials.flatMap((asked) =>
        chunksOf(operators, MOST_ASKED).map((some) => ({
          asked,
          filter: { credential: asked.credential, operators: some },
        })),
      )
      const found = await mapConcurrent(filters, MOST_REQUESTS, async ({ asked, filter }) => {
        const logs = await allOf(
          async (page) => (await client.query('UsageLogs', { filter, ...page, ...moment })).usageLogs,
        )
        return logs.map((log) => usageOf(log, asked, client.url))
      })
      return found.flat()
    },
    async findByWeights(weights) {
      const filter = { weights }
      const models = await allOf(async (page) => (await client.query('Models', { filter, ...page, ...moment })).models)
      return models.map(({ id }) => parseModelId(id)).toReversed()
    },
    async readVerifications(publishers) {
      const read = await mapConcurrent(
        publishers,
        MOST_REQUESTS,
        async (address) => (await client.query('Publisher', { address, ...moment })).publisher,
      )
      return new Map(
        read.flatMap((each, index) =>
          each?.verifiedUntil
            ? [[publishers[index]!, { from: each.verifiedFrom ?? 0, until: each.verifiedUntil }] as const]
            : [],
        ),
      )
    },
    async readPublishers(publishers, block) {
      const read = await mapConcurrent(
        publishers,
        MOST_REQUESTS,
        async (address) => (await client.query('Publisher', { address, at: { block } })).publisher,
      )
      return new Map(publishers.flatMap((publisher, index) => entryOf(publisher, read[index] && recordOf(read[index]))))
    },
    async readPendingClaims(subjects) {
      const filters = subjects.flatMap((subject) => PENDING.map((state) => ({ subject, state })))
      const lists = await mapConcurrent(filters, MOST_REQUESTS, (filter) =>
        allOf(async (page) => (await client.query('Claims', { filter, ...page, ...moment })).claims),
      )
      return lists
        .flat()
        .toSorted((a, b) => a.filed.number - b.filed.number)
        .map(pendingClaimOf)
    },
  }
}

function recordOf({
  profile,
  verifier,
  verifiedFrom,
  verifiedUntil,
}: Pick<
  NonNullable<LedgerOf<'Publisher'>['publisher']>,
  'profile' | 'verifier' | 'verifiedFrom' | 'verifiedUntil'
>): PublisherRecord {
  const verification =
    verifier !== null && verifiedUntil
      ? { verifier: parseAddress(verifier), from: verifiedFrom ?? 0, until: verifiedUntil }
      : null
  return { profile: profile === null ? ZERO_DIGEST : parseDigest(profile), verification }
}

/** The states in which a claim is not decided. */
const PENDING = ['filed', 'contested'] as const

function pendingClaimOf(claim: ClaimFields): PendingClaim {
  const { id, subject, parent, relation, claimant, state, accepted, disclosed, evidence, evidenceUri } = claim
  return {
    claim: parseClaimId(id),
    subject: parseDigest(subject),
    parent: parseModelId(parent.id),
    relation,
    claimant: parseAddress(claimant),
    state: state as PendingClaim['state'],
    accepted,
    evidence: disclosed && evidence !== null ? { digest: parseDigest(evidence), uri: evidenceUri ?? '' } : null,
  }
}

type WirePage<T> = { nodes: readonly T[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

/** All pages of a list. */
async function allOf<T>(read: (page: { first: number; after?: string }) => Promise<WirePage<T>>): Promise<T[]> {
  const found: T[] = []
  for (let after: string | undefined; ;) {
    const { nodes, pageInfo } = await read({ first: 100, ...(after !== undefined && { after }) })
    found.push(...nodes)
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return found
    after = pageInfo.endCursor
  }
}

/** The usage that a log has anchored. It must belong to a requested credential. */
function usageOf(
  { id, operator, credential, epoch, latest }: UsageLogFields,
  asked: CredentialOf,
  url: string,
): AnchoredUsage {
  const log = logIdOf(parseAddress(operator), asked.credential, epoch)
  if (log !== id || credential.tier.id !== asked.tier) {
    throw new IndexerMismatchError(url, `the usage log ${id} is not one of credential ${asked.credential}`)
  }
  const { callQuota, tokenQuota } = credential.tier
  return {
    ...asked,
    operator: parseAddress(operator),
    log,
    epoch,
    calls: BigInt(latest?.calls ?? 0),
    callQuota: BigInt(callQuota),
    tokens: BigInt(latest?.tokens ?? 0),
    tokenQuota: BigInt(tokenQuota),
  }
}

async function readRegistration(
  client: QueryClient,
  id: ModelId,
  moment: { at?: Moment },
): Promise<Registration | undefined> {
  const { lineage } = await client.query('Lineage', { id, ...moment })
  return lineage ? registrationsOf(lineage).get(id) : undefined
}

/** What terms are called by themselves, outside any lineage. The parts of a set are not known then. */
async function readLabel(client: QueryClient, id: TermsId, moment: { at?: Moment }): Promise<TermsLabel | undefined> {
  const { terms } = await client.query('Terms', { id, ...moment })
  return terms ? { ...labelOf(terms), parts: [] } : undefined
}

/** What the terms of a lineage are called. Their ids were checked. */
function labelsOf(terms: readonly WireTerms[]): [TermsId, TermsLabel][] {
  const byId = new Map(terms.map((wire) => [wire.id, wire]))
  return terms.map((wire) => {
    const ids = wire.components ? [...new Set([wire.components.weights, wire.components.outputs])] : []
    const parts = ids.flatMap((id): TermsPart[] => {
      const part = byId.get(id)
      return part ? [{ ...labelOf(part), id: parseTermsId(id), body: bodyOf(part) }] : []
    })
    return [parseTermsId(wire.id), { ...labelOf(wire), parts }]
  })
}

function labelOf({
  name,
  uri,
  text,
}: Pick<WireTerms, 'name' | 'uri'> & { text: string | null }): Omit<TermsLabel, 'parts'> {
  return { name: name ?? undefined, uri: uri ?? '', text: text === null ? ZERO_DIGEST : parseDigest(text) }
}

/** The external parents of a lineage of which a name is known that gives their id. */
function externalsOf({ externals }: WireLineage): Map<ModelId, ExternalParent> {
  const found = new Map<ModelId, ExternalParent>()
  for (const { id, name, registered } of externals) {
    if (name === null) continue
    const known = parseExternalName(name)
    if (externalIdOf(known) === id) found.set(id as ModelId, { name: known, registered: registered.map(parseModelId) })
  }
  return found
}

function entryOf<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]]
}

function chunksOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}

function forget(known: Map<ModelId, unknown>): void {
  if (known.size > MOST_KNOWN) known.clear()
}

/** A parent of a registration, as an answer has it. @internal */
export function parentOf({ model, relation, part, external }: WireParent): Parent {
  return {
    model: parseModelId(model),
    relation,
    ...(part !== 'whole' && { part }),
    ...(external && { external: true as const }),
  }
}

/** The registrations of a lineage that hash to their ids. */
function registrationsOf({ models }: WireLineage): Map<ModelId, Registration> {
  const found = new Map<ModelId, Registration>()
  for (const { registration } of models) {
    const { publisher, weights, tensors, annex, datasets, method, terms, parents, uri } = registration
    const parsed: Registration = {
      publisher: parseAddress(publisher),
      weights: parseDigest(weights),
      tensors: parseDigest(tensors),
      annex: parseDigest(annex),
      datasets: parseDigest(datasets),
      method: parseDigest(method),
      terms: parseTermsId(terms),
      parents: parents.map(parentOf),
      uri,
    }
    const id = parseModelId(registration.id)
    if (modelIdOf(parsed) === id) found.set(id, parsed)
  }
  return found
}

function lineageOf({ models, externals, terms }: WireLineage, url: string): Lineage {
  const bodies = checkedBodies(terms, url)
  const unregistered = externals.map(({ id, boundTo }) => externalModel(parseModelId(id), boundTo.map(parseModelId)))
  return { models: nearestFirst([...models.map(modelOf), ...unregistered]), terms: bodies }
}

/** The terms of a lineage, each checked against its id. @throws {@link IndexerMismatchError} */
function checkedBodies(terms: readonly WireTerms[], url: string): Map<TermsId, TermsBody> {
  const bodies = new Map<TermsId, TermsBody>()
  for (const wire of terms.filter(({ components }) => components === null)) {
    const stated = describeBody(bodyOf(wire))
    const id = parseTermsId(wire.id)
    const hashed = termsIdOf({ name: wire.name ?? '', uri: wire.uri ?? '', text: parseDigest(wire.text), ...stated })
    if (hashed !== id) throw new IndexerMismatchError(url, `what it says of terms ${id} does not hash to their id`)
    bodies.set(id, bodyOf(wire))
  }
  for (const { id: text, components } of terms) {
    if (components === null) continue
    const set = {
      weights: parseTermsId(components.weights),
      code: parseTermsId(components.code),
      outputs: parseTermsId(components.outputs),
    }
    const id = parseTermsId(text)
    const isWhole = [set.weights, set.outputs].every((part) => part === NO_TERMS || bodies.has(part))
    if (termsSetIdOf(set) !== id || !isWhole) {
      throw new IndexerMismatchError(url, `what it says of the set of terms ${id} does not hash to its id`)
    }
    bodies.set(id, bodyOfSet(bodies.get(set.weights), bodies.get(set.outputs)))
  }
  return bodies
}

const NO_TERMS = ZERO_DIGEST as string as TermsId

function modelOf({
  registration,
  registeredAt,
  verifiedFrom,
  verifiedUntil,
  status,
  recalled,
  parents,
  credentials,
}: WireLineage['models'][number]): LineageModel {
  return {
    model: parseModelId(registration.id),
    publisher: parseAddress(registration.publisher),
    registeredAt,
    verifiedFrom,
    verifiedUntil,
    status,
    recalled,
    terms: parseTermsId(registration.terms),
    parents: parents.map(({ model, ...edge }) => ({ model: parseModelId(model), ...edge })),
    credentials: credentials.map(heldOf),
  }
}

function heldOf(held: WireLineage['models'][number]['credentials'][number]): HeldCredential {
  const { validFrom, validUntil, gapFrom, gapUntil, state, lifts } = held
  const publisher: Address = parseAddress(held.publisher)
  return {
    tier: parseTierId(held.tier),
    holder: parseAddress(held.holder),
    terms: parseTermsId(held.terms),
    passThrough: held.passThrough,
    credential: { publisher, validFrom, validUntil, gapFrom, gapUntil, state, lifts },
  }
}

function bodyOf({ rights, unstated, flags, family, outbound, duties, thresholds }: WireTerms): TermsBody {
  return {
    rights,
    unstated,
    flags,
    family,
    outbound: BigInt(outbound),
    duties: BigInt(duties),
    thresholds: thresholds.map(({ limit, param, ...threshold }) => ({
      ...threshold,
      limit: BigInt(limit),
      param: Number(param),
    })),
  }
}

/** Thrown when an indexer does not know a model. */
export class NotIndexedError extends StemmaError {
  override name = 'NotIndexedError'
  override readonly kind = 'undecided'
  constructor(model: ModelId, url: string, block: number) {
    super(
      'MODEL_NOT_REGISTERED',
      `The indexer at ${url} does not know model ${model} as of block ${block}. Check the id, or ask a node.`,
    )
  }
}

/** Thrown when an indexer's answer contradicts itself, the request or a node: it lies, lags or is broken. */
export class IndexerMismatchError extends StemmaError {
  override name = 'IndexerMismatchError'
  override readonly kind = 'undecided'
  constructor(url: string, what: string) {
    super(
      'INDEXER_MISMATCH',
      `The answer of the indexer at ${url} cannot be believed: ${what}. Ask a node, or another indexer.`,
    )
  }
}
