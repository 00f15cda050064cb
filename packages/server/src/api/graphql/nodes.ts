import { type Address, type Hex, metricName, type ModelId, obligationsOf, rightsOf } from 'stemma/core'
import { EVENT_KINDS, type EventKind } from '../../indexer/codes.ts'
import type { PageArguments } from '../cursor.ts'
import { registrationOf } from '../evaluation.ts'
import { listClaims } from '../claims.ts'
import { listChildren, listRelatives, type RelativeRecord } from '../family.ts'
import { credentialNow, isValidNow, type LedgerView } from '../ledgerView.ts'
import { listCredentials, listEvents, listModels } from '../lists.ts'
import { loadAll } from '../loaders.ts'
import type { Listing } from '../paging.ts'
import { publisherState } from '../publishers.ts'
import type {
  CredentialRecord,
  CredentialStateRecord,
  EdgeRecord,
  EventRecord,
  ModelRecord,
  StatusRecord,
  TermsRecord,
  ThresholdRecord,
  TierRecord,
} from '../records.ts'
import { listUsageLogs } from '../usage.ts'
import { claimNode, reviewNode, usageLogNode } from './evidenceNodes.ts'

// Each type of the schema is an object whose fields are values, or functions that read when the field is asked for.

type DeepPage = PageArguments & { maxDepth?: number | null }

/** A list as a connection of the schema. */
export function connection<T, N>(listing: Listing<T> | Promise<Listing<T>>, node: (item: T) => N) {
  let page: ReturnType<Listing<T>['page']> | undefined
  const read = async () => (page ??= (await listing).page())
  return {
    nodes: async () => (await read()).nodes.map(node),
    totalCount: async () => (await listing).count(),
    pageInfo: async () => {
      const { hasNextPage, endCursor } = await read()
      return { hasNextPage, endCursor }
    },
  }
}

export function modelNode(view: LedgerView, record: ModelRecord) {
  const { loaders } = view
  const relatives = (direction: 'up' | 'down' | 'both') => (page: DeepPage) =>
    connection(listRelatives(view, record.n, direction, page), (relative) => relativeNode(view, relative))
  return {
    id: record.id,
    publisher: async () => publisherNode(view, (await loaders.account.load(record.publisher)).address),
    weights: record.weights,
    datasets: record.datasets,
    method: record.method,
    terms: () => termsOrNull(view, record.terms),
    declared: async () => (await registrationOf(view, record)).parents,
    uri: record.uri,
    name: record.name,
    registered: () => loaders.block.load(record.block),
    async registeredAt() {
      const materialized = await loaders.materialization.load(record.n)
      return materialized?.anchoredAt ?? (await loaders.block.load(record.block)).time
    },
    batch: async () => (await loaders.materialization.load(record.n))?.root ?? null,
    status: async () => (await loaders.statuses.load(record.n)).at(-1)?.status ?? 'active',
    history: async () => (await loaders.statuses.load(record.n)).map((change) => statusNode(view, change)),
    parents: async () => (await loaders.parents.load(record.n)).map((edge) => edgeNode(view, edge)),
    children: (page: PageArguments) => connection(listChildren(view, record.n, page), (edge) => edgeNode(view, edge)),
    ancestors: relatives('up'),
    descendants: relatives('down'),
    family: relatives('both'),
    claims: (page: PageArguments) =>
      connection(listClaims(view, { subject: record.id }, page), (claim) => claimNode(view, claim)),
    review: () => reviewNode(view, record.id),
    tiers: async () => (await loaders.tiersOfModel.load(record.n)).map((tier) => tierNode(view, tier)),
    credentials: (page: PageArguments) => credentialConnection(view, { model: record.id }, page),
    activity: (page: PageArguments) =>
      connection(listEvents(view, { model: record.id }, page), (event) => eventNode(view, event)),
  }
}

/** The node of a model by its key. */
export async function modelByKey(view: LedgerView, key: number) {
  return modelNode(view, await view.loaders.model.load(key))
}

function statusNode(view: LedgerView, record: StatusRecord) {
  return {
    status: record.status,
    block: () => view.loaders.block.load(record.block),
    account: () => addressOf(view, record.account),
    reason: record.reason,
    successor: () => (record.successor === null ? null : modelByKey(view, record.successor)),
  }
}

export function edgeNode(view: LedgerView, record: EdgeRecord) {
  const { relation, grade, undisclosed, block } = record
  return {
    child: () => modelByKey(view, record.child),
    parent: () => modelByKey(view, record.parent),
    relation,
    grade,
    undisclosed,
    block,
  }
}

function relativeNode(view: LedgerView, { model, depth, edges }: RelativeRecord) {
  return { model: () => modelByKey(view, model), depth, edges: edges.map((edge) => edgeNode(view, edge)) }
}

export function publisherNode(view: LedgerView, address: Address) {
  let state: ReturnType<typeof publisherState> | undefined
  const read = () => (state ??= publisherState(view, address))
  return {
    address,
    profile: async () => (await read()).profile,
    domain: async () => (await read()).domain,
    verifiedUntil: async () => (await read()).verifiedUntil,
    verifier: async () => (await read()).verifier,
    controller: async () => (await read()).controller,
    operators: async () => (await read()).operators,
    models: (page: PageArguments) =>
      connection(listModels(view, { publisher: address }, page), (model) => modelNode(view, model)),
    held: (page: PageArguments) => credentialConnection(view, { holder: address }, page),
    granted: (page: PageArguments) => credentialConnection(view, { publisher: address }, page),
  }
}

export function termsNode(view: LedgerView, record: TermsRecord) {
  const { loaders } = view
  const { weightsTerms: weights, codeTerms: code, outputsTerms: outputs } = record
  const isSet = record.name === null
  return {
    id: record.id,
    name: record.name,
    uri: record.uri,
    text: record.text,
    rights: rightsOf(record.rights),
    unstated: rightsOf(record.unstated),
    obligations: obligationsOf(record.obligations),
    thresholds: async () => (await loaders.thresholds.load(record.n)).map(thresholdNode),
    components: isSet
      ? {
          weights: () => termsOrNull(view, weights),
          code: () => termsOrNull(view, code),
          outputs: () => termsOrNull(view, outputs),
        }
      : null,
    account: () => addressOf(view, record.account),
    published: () => loaders.block.load(record.block),
  }
}

function thresholdNode({ metric, limit, withdraws, adds }: ThresholdRecord) {
  return { metric: metricName(metric), limit, withdraws: rightsOf(withdraws), adds: obligationsOf(adds) }
}

/** The node of terms by their key; null when none are stated. */
export async function termsOrNull(view: LedgerView, key: number | null) {
  return key === null ? null : termsNode(view, await view.loaders.terms.load(key))
}

export function tierNode(view: LedgerView, record: TierRecord) {
  const { loaders } = view
  return {
    id: record.id,
    model: () => modelByKey(view, record.model),
    terms: () => termsOrNull(view, record.terms),
    passThrough: rightsOf(record.passThrough),
    open: record.open,
    maxDuration: record.maxDuration,
    callQuota: record.callQuota,
    tokenQuota: record.tokenQuota,
    name: record.name,
    uri: record.uri,
    offered: () => loaders.block.load(record.block),
    async withdrawn() {
      const block = await loaders.withdrawal.load(record.n)
      return block === undefined ? null : loaders.block.load(block)
    },
  }
}

export function credentialNode(view: LedgerView, record: CredentialRecord) {
  const { loaders } = view
  const now = () => credentialNow(view, record)
  return {
    id: record.id,
    model: () => modelByKey(view, record.model),
    tier: async () => tierNode(view, await loaders.tier.load(record.tier)),
    holder: () => addressOf(view, record.holder),
    publisher: () => addressOf(view, record.publisher),
    validFrom: async () => (await now()).validFrom,
    validUntil: async () => (await now()).validUntil,
    gapFrom: async () => (await now()).gapFrom,
    gapUntil: async () => (await now()).gapUntil,
    state: async () => (await now()).state,
    valid: () => isValidNow(view, record),
    issued: () => loaders.block.load(record.block),
    logs: (page: PageArguments) =>
      connection(listUsageLogs(view, { credential: record.id }, page), (log) => usageLogNode(view, log)),
    history: async () =>
      (await loaders.credentialStates.load(record.n)).map((change) => credentialChange(view, change)),
  }
}

function credentialChange(view: LedgerView, { state, validUntil, block, account, reason }: CredentialStateRecord) {
  return {
    state,
    validUntil,
    block: () => view.loaders.block.load(block),
    account: () => addressOf(view, account),
    reason,
  }
}

/** Credentials as a connection. */
export function credentialConnection(
  view: LedgerView,
  filter: Parameters<typeof listCredentials>[1],
  page: PageArguments,
) {
  return connection(listCredentials(view, filter, page), (record) => credentialNode(view, record))
}

const EVENT_NAMES = new Map(Object.entries(EVENT_KINDS).map(([name, code]) => [code as number, name as EventKind]))

export function eventNode(view: LedgerView, record: EventRecord) {
  return {
    id: `${record.block}.${record.log}`,
    name: EVENT_NAMES.get(record.kind)!,
    block: () => view.loaders.block.load(record.block),
    log: record.log,
    transaction: record.transaction,
    model: () => (record.model === null ? null : modelByKey(view, record.model)),
    account: () => (record.account === null ? null : addressOf(view, record.account)),
  }
}

/** The address of an account by its key. */
export async function addressOf(view: LedgerView, key: number): Promise<Address> {
  return (await view.loaders.account.load(key)).address
}

/** The keys of models by their ids. @throws {@link ModelNotIndexedError} for the first that is not registered */
export async function keysOfModels(
  view: LedgerView,
  ids: readonly ModelId[],
  missing: (id: ModelId) => Error,
): Promise<number[]> {
  const records = await loadAll(view.loaders.modelById, ids as readonly Hex[])
  return records.map((record, index) => {
    if (!record) throw missing(ids[index]!)
    return record.n
  })
}
