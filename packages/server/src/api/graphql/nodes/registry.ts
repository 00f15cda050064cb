import type { Address, ExternalParent, ModelId, Parent } from 'stemma/core'
import type { RowOf } from '../../../indexer/rows.ts'
import type { PageArguments } from '../../cursor.ts'
import type { Readers } from '../../readers.ts'
import type { Relative } from '../../registry/family.ts'
import { lookAlikesOf } from '../../registry/lookAlikes.ts'
import type { Direction } from '../../registry/lineageGraph.ts'
import type { ModelRow } from '../../registry/models.ts'
import type { PublisherState } from '../../registry/publishers.ts'
import { connection } from '../connection.ts'
import type { Nodes } from '../nodes.ts'
import type {
  ExternalParentNode,
  ModelNode,
  PublisherNode,
  RegistrationParentNode,
  RelativeConnectionNode,
  RelativeNode,
  StatusChangeNode,
} from '../schemaTypes.ts'

type RegistryNodes = Pick<Nodes, 'batch' | 'bindingStatement' | 'edge' | 'model' | 'modelByKey' | 'publisher'>

/** The nodes of models, edges, publishers and batches. */
export function registryNodes(readers: Readers, nodes: Nodes): RegistryNodes {
  const { accounts, batches, models } = readers
  return {
    model: (row) => modelNode(readers, nodes, row),
    modelByKey: async (key) => nodes.model(await models.byKey.load(key)),
    edge: ({ child, parent, relation, part, grade, undisclosed, block, through = [] }) => ({
      child: () => nodes.modelByKey(child),
      parent: () => nodes.modelByKey(parent),
      relation,
      part,
      grade,
      undisclosed,
      block,
      through,
    }),
    bindingStatement: ({ external, model, publisher, bound, account, evidence, block }) => ({
      external,
      model: () => nodes.modelByKey(model),
      publisher: () => accounts.addressOf(publisher),
      account: () => accounts.addressOf(account),
      bound,
      evidence,
      stated: () => nodes.block(block),
    }),
    publisher: (address) => publisherNode(readers, nodes, address),
    batch: (row) => ({
      publisher: () => accounts.addressOf(row.publisher),
      root: row.root,
      count: row.count,
      uri: row.uri,
      anchored: () => nodes.block(row.block),
      materialized: () => batches.countMaterialized(row),
      async revoked() {
        const block = await batches.revokedIn(row)
        return block === undefined ? null : nodes.block(block)
      },
    }),
  }
}

/** A parent as the registration names it, for an answer. */
export function declaredParent({ model, relation, part, external }: Parent): RegistrationParentNode {
  return { model, relation, part: part ?? 'whole', external: external === true }
}

/** External parents, with what is known of them. */
export function externalParents(
  { accounts, externals }: Readers,
  nodes: Nodes,
  known: ReadonlyMap<ModelId, ExternalParent>,
  ids: readonly ModelId[],
  bindingsOf: (id: ModelId) => Promise<readonly ModelId[]>,
): ExternalParentNode[] {
  return ids.map((id) => ({
    id,
    name: known.get(id)?.name ?? null,
    registered: known.get(id)?.registered ?? [],
    bindings: async () =>
      (await externals.bindingsOf(id)).map(({ model, account, evidence, block }) => ({
        model,
        account: () => accounts.addressOf(account),
        evidence,
        block: () => nodes.block(block),
      })),
    boundTo: () => bindingsOf(id),
  }))
}

function modelNode(readers: Readers, nodes: Nodes, row: ModelRow): ModelNode {
  const { accounts, claims, edges, events, externals, family, lineages, models, tiers } = readers
  const relative = ({ model, depth, edges: found }: Relative): RelativeNode => ({
    model: () => nodes.modelByKey(model),
    depth,
    edges: found.map((edge) => nodes.edge(edge)),
  })
  const relatives =
    (direction: Direction) =>
    (page: PageArguments & { maxDepth?: number | null }): RelativeConnectionNode =>
      connection(family.relatives(row.n, direction, page), relative)
  const change = ({ status, block, account, reason, successor }: RowOf<'model_statuses'>): StatusChangeNode => ({
    status,
    block: () => nodes.block(block),
    account: () => accounts.addressOf(account),
    reason,
    successor: () => (successor === null ? null : nodes.modelByKey(successor)),
  })
  return {
    id: row.id,
    publisher: async () => nodes.publisher(await accounts.addressOf(row.publisher)),
    weights: row.weights,
    tensors: row.tensors,
    annex: row.annex,
    datasets: row.datasets,
    method: row.method,
    terms: () => nodes.termsByKey(row.terms),
    declared: async () => (await lineages.registrationOf(row)).parents.map(declaredParent),
    externals: async () => {
      const ids = (await externals.ofChild.load(row.n)).map(({ external }) => external)
      return externalParents(readers, nodes, await lineages.externals(ids), ids, (id) => externals.boundTo(id))
    },
    replaced: async () =>
      (await externals.replaced.load(row.n)).map(({ external, claim }) => ({
        external,
        claim: async () => nodes.claim(await claims.byKey.load(claim)),
      })),
    uri: row.uri,
    name: row.name,
    registered: () => nodes.block(row.block),
    async registeredAt() {
      const materialized = await models.materializationOf(row.n)
      return materialized?.registeredAt ?? (await readers.blocks.load(row.block)).time
    },
    batch: async () => (await models.materializationOf(row.n))?.root,
    status: () => models.statusOf(row.n),
    recalled: () => models.isRecalled(row),
    lookAlikes: async () => (await lookAlikesOf(readers, row)).map((other) => nodes.model(other)),
    history: async () => (await models.statuses.load(row.n)).map(change),
    parents: async () => (await edges.parents.load(row.n)).map((edge) => nodes.edge(edge)),
    children: (page) => connection(edges.children(row.n, page), (edge) => nodes.edge(edge)),
    ancestors: relatives('up'),
    descendants: relatives('down'),
    family: relatives('both'),
    claims: (page) => connection(claims.list({ subject: row.id }, page), (claim) => nodes.claim(claim)),
    inheritances: (page) => connection(claims.inheritances({ model: row.n }, page), (each) => nodes.inheritance(each)),
    review: () => nodes.review(row.id),
    tiers: async () => (await tiers.ofModel.load(row.n)).map((tier) => nodes.tier(tier)),
    credentials: (page) => nodes.credentials({ model: row.id }, page),
    activity: (page) => connection(events.list({ model: row.id }, page), (event) => nodes.event(event)),
  }
}

function publisherNode({ models, publishers }: Readers, nodes: Nodes, address: Address): PublisherNode {
  let state: Promise<PublisherState> | undefined
  const read = (): Promise<PublisherState> => (state ??= publishers.stateOf(address))
  return {
    address,
    profile: async () => (await read()).profile,
    domain: async () => (await read()).domain,
    verifiedFrom: async () => (await read()).verifiedFrom,
    verifiedUntil: async () => (await read()).verifiedUntil,
    verifier: async () => (await read()).verifier,
    controller: async () => (await read()).controller,
    operators: async () => (await read()).operators,
    models: (page) => connection(models.list({ publisher: address }, page), (model) => nodes.model(model)),
    held: (page) => nodes.credentials({ holder: address }, page),
    granted: (page) => nodes.credentials({ publisher: address }, page),
  }
}
