import * as dagre from '@dagrejs/dagre'

import {
  type Address,
  type Facts,
  isExternal,
  measureName,
  type ModelId,
  parseMeasure,
  type TermsId,
  ZERO_ADDRESS,
  ZERO_DIGEST,
} from 'stemma/core'
import { layout, type MapGraph, type MapNode, toSvg } from 'stemma/map'
import type { Cause, FactInput, TrustPolicy as GivenPolicy } from 'stemma/query'
import { type Finding, type TrustPolicy, verify } from 'stemma/verify'
import type { Budget } from '../../budget.ts'
import { blastRadius } from '../../compliance/blastRadius.ts'
import { blastRadiusMap } from '../../compliance/blastRadiusMap.ts'
import { indexReader } from '../../compliance/indexReader.ts'
import { lineageMapOf } from '../../compliance/lineageMap.ts'
import { thresholdOf } from '../../licensing/terms.ts'
import { createReaders, type Readers } from '../../readers.ts'
import { loadAll } from '../../tableLoaders.ts'
import { connection } from '../connection.ts'
import type { Nodes } from '../nodes.ts'
import { declaredParent, externalParents } from './registry.ts'
import type {
  BlastRadiusNode,
  FindingNode,
  LedgerNode,
  LineageMapNode,
  LineageNode,
  LineageTermsNode,
  MapNodeNode,
  RegistrationNode,
  ReportNode,
} from '../schemaTypes.ts'

/** Most origins of a blast radius that are listed beside everything that is affected. */
const MAX_ORIGINS = 100

/** The fields of the ledger that evaluate a use or a change. */
export function complianceFields(
  readers: Readers,
  nodes: Nodes,
): Pick<LedgerNode, 'blastRadius' | 'blastRadiusMap' | 'findings' | 'lineage' | 'map'> {
  const { models, view } = readers
  return {
    async lineage({ model, licensee }) {
      if (!(await models.byId.load(model))) return null
      return lineageNode(readers, nodes, model as ModelId, licensee ?? ZERO_ADDRESS)
    },
    async findings({ model, use, licensee, facts, policy }): Promise<ReportNode | null> {
      if (!(await models.byId.load(model))) return null
      const report = await verify(indexReader(view, readers), {
        model: model as ModelId,
        use,
        at: view.now,
        facts: factsOf(facts ?? []),
        policy: { ...policyOf(policy ?? {}), ...(licensee && { licensee }) },
      })
      return { ...report, findings: report.findings.map((found) => findingNode(view.budget, found)) }
    },
    async map({ model, facts, policy, ...asked }): Promise<LineageMapNode | null> {
      const row = await models.byId.load(model)
      if (!row) return null
      const given = { facts: factsOf(facts ?? []), policy: policyOf(policy ?? {}) }
      const map = await lineageMapOf(readers, row, { ...asked, ...given })
      return { ...map, ...mapNode(readers, nodes, map) }
    },
    blastRadius: ({ cause }) => blastRadiusNode(readers, nodes, cause),
    async blastRadiusMap({ cause, ...asked }) {
      const map = await blastRadiusMap(readers, cause, asked)
      return { ...map, ...mapNode(readers, nodes, map) }
    },
  }
}

/** What of a map is read on request: its models, and its image. */
function mapNode(
  { models, view }: Readers,
  nodes: Nodes,
  map: MapGraph,
): { nodes: MapNodeNode[]; svg: LineageMapNode['svg'] } {
  return {
    nodes: map.nodes.map((node: MapNode) => ({
      ...node,
      model: async () => {
        const found = node.external ? undefined : await models.byId.load(node.id)
        return found && nodes.model(found)
      },
    })),
    svg: async ({ theme }) => {
      await view.budget.claim('drawn', map.nodes.length + map.more.length, 'nodes of a map to draw')
      return toSvg(layout(map, { dagre }), { ...(theme && { theme }) })
    },
  }
}

/** Characters of an id. */
const ID = 66

/** A finding whose path and words are made for a query that asks for them: all of a long row hold the square of its length. */
function findingNode(budget: Budget, found: Finding): FindingNode {
  const paid = <T extends string | readonly unknown[]>(value: T, models: number): T => {
    budget.take('named', models, 'models in the paths and the words of findings')
    return value
  }
  const { code, severity, right, obligation, fact, model } = found
  return {
    code,
    severity,
    right,
    obligation,
    fact,
    model,
    path: () => paid(found.path, found.path.length),
    reason: () => paid(found.reason, found.reason.length / ID),
    remedy: () => paid(found.remedy, found.remedy.length / ID),
  }
}

async function blastRadiusNode(readers: Readers, nodes: Nodes, cause: Cause): Promise<BlastRadiusNode> {
  const { accounts, view } = readers
  const radius = await blastRadius(view, (at) => (at === view ? readers : createReaders(at)), cause)
  return {
    origins: () => radius.origins.slice(0, MAX_ORIGINS).map((key) => nodes.modelByKey(key)),
    models: (page) =>
      connection(radius.models(page), ({ model, depth }) => ({ model: () => nodes.modelByKey(model), depth })),
    publishers: (page) =>
      connection(radius.publishers(page), ({ publisher, models }) => ({
        publisher: async () => nodes.publisher(await accounts.addressOf(publisher)),
        models,
      })),
    credentials: (page) => connection(radius.credentials(page), (row) => nodes.credential(row)),
  }
}

/** A lineage for a reader that evaluates it itself, with the registrations, so that it can check the ids. */
async function lineageNode(readers: Readers, nodes: Nodes, model: ModelId, licensee: Address): Promise<LineageNode> {
  const lineage = await readers.lineages.lineageOf(model, licensee)
  const external = lineage.models.filter(isExternal).map((entry) => entry.model)
  const registered = lineage.models.filter((entry) => !isExternal(entry))
  const [registrations, known] = await Promise.all([
    readers.lineages.registrations(registered.map((entry) => entry.model)),
    readers.lineages.externals(external),
  ])
  const bound = new Map(lineage.models.map((entry) => [entry.model, entry.parents.map((parent) => parent.model)]))
  const registrationOf = (id: ModelId): RegistrationNode => {
    const registration = registrations.get(id)!
    return { id, ...registration, parents: registration.parents.map(declaredParent) }
  }
  return {
    externals: externalParents(readers, nodes, known, external, async (id) => bound.get(id)!),
    models: registered.map(({ model: id, parents, credentials, ...entry }) => ({
      registration: registrationOf(id),
      registeredAt: entry.registeredAt,
      verifiedFrom: entry.verifiedFrom,
      verifiedUntil: entry.verifiedUntil,
      status: entry.status,
      recalled: entry.recalled,
      parents,
      credentials: credentials.map(({ credential, ...held }) => ({ ...held, ...credential })),
    })),
    terms: await lineageTerms(readers, [...lineage.terms.keys()]),
  }
}

/** The terms of a lineage, with the components of sets, so that a reader can check their ids. */
async function lineageTerms({ terms }: Readers, ids: readonly TermsId[]): Promise<LineageTermsNode[]> {
  const found = (await loadAll(terms.byId, ids)).filter((row) => row !== undefined)
  const parts = found.flatMap(({ weightsTerms, codeTerms, outputsTerms }) => [weightsTerms, codeTerms, outputsTerms])
  const rows = await loadAll(terms.byKey, new Set([...found.map(({ n }) => n), ...parts.filter((key) => key !== null)]))
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    uri: row.uri,
    text: row.text ?? ZERO_DIGEST,
    rights: row.rights,
    unstated: row.unstated,
    flags: row.flags,
    family: row.family,
    outbound: row.outbound,
    duties: row.duties,
    thresholds: async () =>
      (await terms.thresholds.load(row.n)).map((each) => ({ ...thresholdOf(each), param: BigInt(each.param) })),
    components:
      row.name === null
        ? {
            weights: () => terms.idOf(row.weightsTerms),
            code: () => terms.idOf(row.codeTerms),
            outputs: () => terms.idOf(row.outputsTerms),
          }
        : null,
  }))
}

/** Facts by the names of their measures. @throws {@link InvalidMeasureError} */
function factsOf(facts: readonly FactInput[]): Facts {
  return Object.fromEntries(facts.map(({ name, value }) => [measureName(parseMeasure(name)), BigInt(value)]))
}

/** A policy without the fields that are null. */
function policyOf({ facts, ...policy }: GivenPolicy): TrustPolicy {
  return {
    ...Object.fromEntries(Object.entries(policy).filter(([, value]) => value != null)),
    ...(facts && { facts: factsOf(facts) }),
  }
}
