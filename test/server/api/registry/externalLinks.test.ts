import { expect } from 'chai'
import fc from 'fast-check'

import { withSnapshot } from '../../../../packages/server/src/api/ledgerView.ts'
import { ExternalLinks, isLive } from '../../../../packages/server/src/api/registry/externalLinks.ts'
import { GraphCache } from '../../../../packages/server/src/api/registry/graphCache.ts'
import type { Api } from '../../../../packages/server/src/api/api.ts'
import { inDepth } from '../../../fixtures/inDepth.ts'
import { KINDS, open } from '../../indexer/stores.ts'
import { memoryDatabase } from '../memory.ts'
import {
  apiOver,
  append,
  ask,
  externalIdOf,
  idOf,
  IDENTITY,
  type TestBinding,
  type TestExternal,
  type TestLedger,
} from '../world.ts'

const MODELS = 7
const BLOCKS = MODELS + 3

/** The numbers of the models by their ids. */
const numbers = new Map<string, number>(Array.from({ length: MODELS }, (_, index) => [idOf(index + 1), index + 1]))

type Whole = TestLedger & Required<Pick<TestLedger, 'externals' | 'bindings'>>

const named: fc.Arbitrary<TestExternal> = fc.oneof(
  fc.record({ external: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ model: fc.integer({ min: 1, max: MODELS + 1 }) }),
)

/** Ledgers in which models name external parents, and ids of models that come later; bindings come and go. */
const ledgers: fc.Arbitrary<Whole> = fc
  .record({
    edges: fc.array(fc.tuple(fc.integer({ min: 2, max: MODELS }), fc.integer({ min: 1, max: MODELS })), {
      maxLength: 6,
    }),
    externals: fc.array(fc.tuple(fc.integer({ min: 1, max: MODELS }), named), { maxLength: 12 }),
    bindings: fc.array(fc.tuple(fc.integer({ min: 1, max: BLOCKS }), named, named), { maxLength: 20 }),
  })
  .map(({ edges, externals, bindings }) => {
    const isLater = (id: TestExternal, block: number): boolean => !('model' in id) || id.model > block
    const pairs = new Set<string>()
    const isNew = (pair: string): boolean => !pairs.has(pair) && !!pairs.add(pair)
    const held = new Set<string>()
    return {
      models: MODELS,
      blocks: BLOCKS,
      edges: edges
        .filter(([child, parent]) => parent < child && isNew(`${child} ${idOf(parent)}`))
        .map(([child, parent]) => ({ child, parent, block: child, attested: false })),
      externals: externals
        .filter(([child, parent]) => isLater(parent, child) && isNew(`${child} ${externalIdOf(parent)}`))
        .map(([child, parent]) => ({ child, parent })),
      bindings: bindings
        .toSorted(([one], [other]) => one - other)
        .filter(([block, of]) => isLater(of, block))
        .map(([block, of, to]): TestBinding => {
          const pair = `${externalIdOf(of)} ${externalIdOf(to)}`
          const bound = !held.delete(pair)
          if (bound) held.add(pair)
          return { block, of, to, bound }
        }),
    }
  })

/** What each id leads to as of a block, found from the ledger's statements alone. */
function parentsAt({ edges, externals, bindings }: Whole, block: number): Map<string, Set<string>> {
  const isRegistered = (id: string): boolean => (numbers.get(id) ?? Infinity) <= block
  const parents = new Map<string, Set<string>>()
  const add = (child: string, parent: string): void => {
    parents.set(child, (parents.get(child) ?? new Set()).add(parent))
  }
  for (const edge of edges) if (edge.block <= block) add(idOf(edge.child), idOf(edge.parent))
  for (const { child, parent } of externals) if (child <= block) add(idOf(child), externalIdOf(parent))
  for (const { block: since, of, to, bound } of bindings) {
    // The bindings of an id that is a model's say nothing any more.
    if (since > block || isRegistered(externalIdOf(of))) continue
    if (bound) add(externalIdOf(of), externalIdOf(to))
    else parents.get(externalIdOf(of))!.delete(externalIdOf(to))
  }
  return parents
}

/** The distances of the registered ids that can be reached. */
function distances(parents: ReadonlyMap<string, ReadonlySet<string>>, from: string): Map<string, number> {
  const found = new Map([[from, 0]])
  for (const [id, depth] of found) {
    for (const parent of parents.get(id) ?? []) if (!found.has(parent)) found.set(parent, depth + 1)
  }
  return found
}

function reversed(parents: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const children = new Map<string, Set<string>>()
  for (const [child, all] of parents) {
    for (const parent of all) children.set(parent, (children.get(parent) ?? new Set()).add(child))
  }
  return children
}

type Edge = { child: { id: string }; parent: { id: string }; grade: string; through: string[] }
type Node = { depth: number; model: { id: string }; edges: Edge[] }
type Page<T> = { nodes: T[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
type Answer = {
  model: { ancestors: Page<Node>; descendants: Page<Node> }
  path: { model: { id: string }; edge: Edge | null }[] | null
  blastRadius: { models: Page<{ depth: number; model: { id: string } }> }
}

const RELATIVES =
  '{ nodes { depth model { id } edges { child { id } parent { id } grade through } } totalCount pageInfo { hasNextPage endCursor } }'

async function asked(api: Api, query: string, variables: object): Promise<Answer> {
  const { data, errors } = await ask(api, query, variables)
  expect(errors).to.equal(undefined)
  return (data as unknown as { ledger: Answer }).ledger
}

/** All pages of relatives, two models each. */
async function relativesOf(api: Api, from: number, way: 'ancestors' | 'descendants', block: number): Promise<Node[]> {
  const query = `query ($id: Bytes32!, $at: Moment, $after: String) {
    ledger(at: $at) { model(id: $id) { ${way}(first: 2, after: $after) ${RELATIVES} } } }`
  const nodes: Node[] = []
  for (let after: string | null = null; ;) {
    const page: Page<Node> = (await asked(api, query, { id: idOf(from), at: { block }, after })).model[way]
    nodes.push(...page.nodes)
    if (page.pageInfo.hasNextPage) after = page.pageInfo.endCursor
    else {
      expect(page.totalCount).to.equal(nodes.length)
      return nodes
    }
  }
}

/** Reads a ledger in memory: in parts, each up to a block, and at once. */
async function linksOf(
  ledger: Whole,
  cuts: readonly number[],
): Promise<{ inParts: ExternalLinks; atOnce: ExternalLinks }> {
  const { store, queries } = memoryDatabase()
  const [inParts, atOnce] = [new ExternalLinks(), new ExternalLinks()]
  for (const [index, block] of [...cuts, BLOCKS].entries()) {
    const after = cuts[index - 1] ?? 0
    if (block > after) await append(store, { ...ledger, blocks: block }, after)
    await inParts.read(queries, block, Math.min(block, MODELS))
  }
  await atOnce.read(queries, BLOCKS, MODELS)
  return { inParts, atOnce }
}

/** The nodes by their ids as of a block: models that are registered, and external parents. */
function nodesAt(links: ExternalLinks, block: number): Map<string, number> {
  const externals = Array.from({ length: links.size }, (_, index) => [links.idOf(-index - 1), -index - 1] as const)
  const models = [...numbers].filter(([, model]) => model <= block)
  return new Map([...externals, ...models])
}

/**
 * What a node leads to as of a block, by ids and in order. An external parent whose id is that of a model by then is left out on the way
 * down: what was bound to the model before goes on from there, but nothing leads to it.
 */
function nextOf(links: ExternalLinks, node: number, way: 'up' | 'down', block: number): string[] {
  const isModel = (id: string): boolean => (numbers.get(id) ?? Infinity) <= block
  return links
    .linksOf(node, way)
    .filter((link) => isLive(link, block))
    .map(({ to }) => (to > 0 ? idOf(to) : isModel(links.idOf(to)) ? `former ${links.idOf(to)}` : links.idOf(to)))
    .filter((id) => way === 'up' || !id.startsWith('former'))
}

describe('ExternalLinks', function () {
  this.timeout(300_000)

  it('has the links of the statements at every block, in both ways, read in parts or at once', async function () {
    const cases = fc.tuple(ledgers, fc.uniqueArray(fc.integer({ min: 1, max: BLOCKS - 1 }), { maxLength: 4 }))
    await fc.assert(
      fc.asyncProperty(cases, async ([ledger, cuts]) => {
        const bound = new Set<string>(ledger.bindings.map(({ of }) => externalIdOf(of)))
        const sorted = cuts.toSorted((one, other) => one - other)
        const { inParts, atOnce } = await linksOf(ledger, sorted)
        expect([inParts.models, inParts.size]).to.deep.equal([MODELS + 1, atOnce.size])
        for (let block = 1; block <= BLOCKS; block++) {
          const [nodes, others] = [nodesAt(inParts, block), nodesAt(atOnce, block)]
          const parents = parentsAt({ ...ledger, edges: [] }, block)
          const leads = (id: string): boolean => bound.has(id) || (numbers.get(id) ?? Infinity) <= block
          for (const [way, all] of [
            ['up', parents],
            ['down', reversed(parents)],
          ] as const) {
            for (const [id, node] of nodes) {
              // Children of what was never bound are not kept: the way ends there.
              if (!leads(id)) continue
              const next = nextOf(inParts, node, way, block)
              expect(next, `${way} from ${id} at ${block}`).to.deep.equal(nextOf(atOnce, others.get(id)!, way, block))
              const expected = [...(all.get(id) ?? [])]
              expect(expected, `${way} from ${id} at ${block}`).to.include.members(next)
              expect(next).to.include.members(expected.filter((other) => way === 'down' || leads(other)))
            }
          }
        }
      }),
      { numRuns: 80 },
    )
  })

  it('keeps links in the order of their blocks, models first by number, external parents by id, and none that never holds', async function () {
    const cases = fc.tuple(ledgers, fc.integer({ min: 1, max: BLOCKS - 1 }))
    await fc.assert(
      fc.asyncProperty(cases, async ([ledger, cut]) => {
        const { inParts, atOnce } = await linksOf(ledger, [cut])
        for (const links of [inParts, atOnce]) {
          for (const node of nodesAt(links, BLOCKS).values()) {
            for (const way of ['up', 'down'] as const) {
              expect(links.linksOf(node, way).every(({ block, end }) => end > block)).to.equal(true)
              const keys = links.linksOf(node, way).map(({ to, block }) => {
                const last = to > 0 ? String(to).padStart(3, '0') : links.idOf(to)
                return `${String(block).padStart(3, '0')} ${to > 0 ? 'model' : 'name'} ${last}`
              })
              expect(keys).to.deep.equal(keys.toSorted())
            }
          }
        }
      }),
      { numRuns: 80 },
    )
  })

  it('reaches over external parents alone the models that the statements connect, by steps that they state', async function () {
    await fc.assert(
      fc.asyncProperty(ledgers, async (ledger) => {
        const { inParts: links } = await linksOf(ledger, [])
        for (let block = 1; block <= BLOCKS; block++) {
          const isModel = (id: string): boolean => (numbers.get(id) ?? Infinity) <= block
          const parents = parentsAt({ ...ledger, edges: [] }, block)
          for (const way of ['up', 'down'] as const) {
            const next = way === 'up' ? parents : reversed(parents)
            for (let model = 1; model <= Math.min(block, MODELS); model++) {
              const start = idOf(model)
              const passed = new Set<string>([start])
              for (const id of passed) {
                if (id === start || !isModel(id)) for (const other of next.get(id) ?? []) passed.add(other)
              }
              const found = links.linked(model, way, block)
              const expected = [...passed].filter((id) => id !== start && isModel(id))
              expect(found.map((one) => idOf(one.model) as string)).to.have.members(expected)
              for (const { model: other, named: name, through } of found) {
                const ends = way === 'up' ? [start, idOf(other)] : [idOf(other), start]
                const steps: string[] = [ends[0]!, ...through, ends[1]!]
                expect(name).to.equal(steps[1])
                expect(steps.slice(1).every((step, index) => parents.get(steps[index]!)?.has(step))).to.equal(true)
              }
            }
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('leads to the same models in the same order, whether it is read in parts or at once', async function () {
    await fc.assert(
      fc.asyncProperty(ledgers, fc.integer({ min: 1, max: MODELS }), async (ledger, cut) => {
        const { store, read } = await open(KINDS[0]!)
        await store.start(IDENTITY)
        const database = read()
        const walksOf = (cache: GraphCache) =>
          withSnapshot(database, cache, async ({ view }) => {
            const { graph, progress } = await view()
            return Array.from({ length: progress.block }, (_, before) => {
              const at = graph.asOf(before + 1)
              return (['up', 'down', 'both'] as const).flatMap((direction) =>
                Array.from({ length: Math.min(before + 1, MODELS) }, (__, index) => {
                  const { models, depths } = at.walk(index + 1, { direction })
                  expect(at.count(index + 1, { direction })).to.equal(models.length)
                  return { direction, from: index + 1, models: [...models], depths: [...depths] }
                }),
              )
            })
          })
        const following = new GraphCache()
        for (const [after, block] of [
          [0, cut],
          [cut, cut + 2],
          [cut + 2, BLOCKS],
        ] as const) {
          await append(store, { ...ledger, blocks: block }, after)
          const walks = await walksOf(following)
          if (block < BLOCKS) continue
          expect(walks).to.deep.equal(await walksOf(new GraphCache()))
          for (const [before, all] of walks.entries()) {
            const parents = parentsAt(ledger, before + 1)
            for (const { direction, from, models, depths } of all) {
              if (direction === 'both') continue
              const near = distances(direction === 'up' ? parents : reversed(parents), idOf(from))
              const expected = [...near].filter(
                ([id, depth]) => depth > 0 && (numbers.get(id) ?? Infinity) <= before + 1,
              )
              expect(new Map(models.map((model, index) => [idOf(model) as string, depths[index]]))).to.deep.equal(
                new Map(expected),
              )
            }
          }
        }
        await database.close()
        await store.close()
      }),
      { numRuns: 20 },
    )
  })
})

describe('query API: bound external parents', function () {
  this.timeout(300_000)
  for (const [kind, numRuns] of [[KINDS[0]!, inDepth(6, 75)] as const, [KINDS[1]!, inDepth(2, 25)] as const]) {
    it(`are gone over in ${kind.name} by every walk, as of any block, whether it follows the chain or reads it at once`, async function () {
      const cases = fc.record({
        ledger: ledgers,
        cut: fc.integer({ min: 1, max: BLOCKS - 1 }),
        block: fc.integer({ min: 1, max: BLOCKS }),
        ends: fc.tuple(fc.nat(), fc.nat()),
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ ledger, cut, block, ends }) => {
          const [from, to] = ends.map((end) => 1 + (end % Math.min(block, MODELS))) as [number, number]
          const isModel = (id: string): boolean => numbers.has(id) && numbers.get(id)! <= block
          const { store, read } = await open(kind)
          await store.start(IDENTITY)
          const database = read()
          const following = apiOver(database)
          await append(store, { ...ledger, blocks: cut })
          await relativesOf(following, Math.min(from, cut), 'ancestors', cut)
          await append(store, ledger, cut)
          const parents = parentsAt(ledger, block)
          for (const way of ['ancestors', 'descendants'] as const) {
            const nodes = await relativesOf(following, from, way, block)
            expect(nodes).to.deep.equal(await relativesOf(apiOver(database), from, way, block))
            const near = distances(way === 'ancestors' ? parents : reversed(parents), idOf(from))
            const expected = [...near].filter(([id, depth]) => depth > 0 && isModel(id))
            expect(new Map(nodes.map(({ model, depth }) => [model.id, depth]))).to.deep.equal(new Map(expected))
            const found = nodes.flatMap(({ edges }) => edges)
            for (const { child, parent, grade, through } of found) {
              expect(grade).to.equal(through.length > 0 ? 'bound' : 'declared')
              const steps = [child.id, ...through, parent.id]
              for (const [index, step] of steps.slice(1).entries()) {
                expect([...(parents.get(steps[index]!) ?? [])]).to.include(step)
              }
            }
            const pairs = found.map(({ child, parent }) => `${child.id} ${parent.id}`)
            expect(new Set(pairs).size).to.equal(pairs.length)
            // Each model but the first is connected with an earlier one.
            for (const { edges } of nodes) expect(edges).not.to.have.length(0)
          }
          const query = `query ($from: Bytes32!, $to: Bytes32!, $at: Moment) { ledger(at: $at) {
            path(from: $from, to: $to) { model { id } edge { child { id } parent { id } grade through } }
            blastRadius(cause: { model: $from }) { models(first: 50) { nodes { depth model { id } } } } } }`
          const answer = await asked(following, query, { from: idOf(from), to: idOf(to), at: { block } })
          const far = distances(parents, idOf(from)).get(idOf(to))
          const length = answer.path?.slice(1).reduce((sum, { edge }) => sum + 1 + edge!.through.length, 0)
          expect(length).to.equal(far)
          const below = distances(reversed(parents), idOf(from))
          const radius = answer.blastRadius.models.nodes.map(({ depth, model }) => [model.id, depth] as const)
          expect(radius.every(([id, depth]) => below.get(id) === depth)).to.equal(true)
          expect(radius).to.have.length([...below.keys()].filter(isModel).length)
          await database.close()
          await store.close()
        }),
        { numRuns },
      )
    })
  }
})
