import { expect } from 'chai'
import fc from 'fast-check'

import type { Api } from '../../../packages/server/src/api/api.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { KINDS, open } from '../indexer/stores.ts'
import { apiOver, append, ask, checkpointOf, idOf, IDENTITY, timeOf, type TestEdge, type TestLedger } from './world.ts'

const MODELS = 14
const BLOCKS = MODELS + 6

/** Ledgers whose registrations form a DAG; attested edges may close cycles. */
const ledgers: fc.Arbitrary<TestLedger> = fc
  .record({
    declared: fc.array(fc.tuple(fc.integer({ min: 2, max: MODELS }), fc.integer({ min: 1, max: MODELS })), {
      maxLength: 24,
    }),
    attested: fc.array(
      fc.tuple(
        fc.integer({ min: 1, max: MODELS }),
        fc.integer({ min: 1, max: MODELS }),
        fc.integer({ min: 0, max: 5 }),
      ),
      { maxLength: 8 },
    ),
  })
  .map(({ declared, attested }) => {
    const edges: TestEdge[] = []
    const add = (edge: TestEdge): void => {
      const isKnown = edges.some(({ child, parent }) => child === edge.child && parent === edge.parent)
      if (edge.child !== edge.parent && !isKnown) edges.push(edge)
    }
    for (const [child, parent] of declared) {
      if (parent < child) add({ child, parent, block: child, attested: false })
    }
    for (const [child, parent, later] of attested) {
      add({ child, parent, block: Math.max(child, parent) + later, attested: true })
    }
    return { models: MODELS, edges, blocks: BLOCKS }
  })

type Direction = 'ancestors' | 'descendants' | 'family'

/** Distances, found by relaxing edges until nothing changes. */
function naive(edges: readonly TestEdge[], from: number, direction: Direction): Map<string, number> {
  const known = new Map([[from, 0]])
  for (let depth = 0; depth <= MODELS; depth++) {
    for (const { child, parent } of edges) {
      if (direction !== 'descendants' && known.get(child) === depth && !known.has(parent)) known.set(parent, depth + 1)
      if (direction !== 'ancestors' && known.get(parent) === depth && !known.has(child)) known.set(child, depth + 1)
    }
  }
  known.delete(from)
  return new Map([...known].map(([model, depth]) => [idOf(model), depth]))
}

type Relatives = {
  nodes: {
    depth: number
    model: { id: string; name: string }
    edges: { child: { id: string }; parent: { id: string } }[]
  }[]
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** All pages of a list of relatives. */
async function pagesOf(
  api: Api,
  from: number,
  direction: Direction,
  first: number,
  at: object | null,
  maxDepth: number | null = null,
): Promise<{ depths: Map<string, number>; names: string[]; edges: string[]; totalCount: number }> {
  const query = `query ($id: Bytes32!, $at: Moment, $first: Int, $after: String, $maxDepth: Int) {
    ledger(at: $at) { model(id: $id) { page: ${direction}(first: $first, after: $after, maxDepth: $maxDepth) {
      nodes { depth model { id name } edges { child { id } parent { id } } } totalCount pageInfo { hasNextPage endCursor }
    } } } }`
  const depths = new Map<string, number>()
  const names: string[] = []
  const edges: string[] = []
  let after: string | null = null
  for (;;) {
    const { data, errors } = await ask(api, query, { id: idOf(from), at, first, after, maxDepth })
    expect(errors).to.equal(undefined)
    const { page } = (data as unknown as { ledger: { model: { page: Relatives } } }).ledger.model
    for (const { depth, model, edges: found } of page.nodes) {
      expect(depths.has(model.id), 'a model is selection once').to.equal(false)
      depths.set(model.id, depth)
      names.push(model.name)
      edges.push(...found.map(({ child, parent }) => `${child.id} ${parent.id}`))
    }
    if (!page.pageInfo.hasNextPage) return { depths, names, edges, totalCount: page.totalCount }
    after = page.pageInfo.endCursor
  }
}

describe('query API: ancestry', function () {
  this.timeout(300_000)
  for (const [kind, numRuns] of [[KINDS[0]!, inDepth(8, 100)] as const, [KINDS[1]!, inDepth(3, 30)] as const]) {
    it(`finds in ${kind.name} what a naive walk finds, page by page, with every edge once, as of any block`, async function () {
      const cases = fc.record({
        ledger: ledgers,
        from: fc.integer({ min: 1, max: MODELS }),
        direction: fc.constantFrom<Direction>('ancestors', 'descendants', 'family'),
        first: fc.integer({ min: 1, max: 4 }),
        block: fc.option(fc.integer({ min: MODELS, max: BLOCKS })),
        maxDepth: fc.option(fc.integer({ min: 0, max: 4 })),
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ ledger, from, direction, first, block, maxDepth }) => {
          const { store, read } = await open(kind)
          await store.start(IDENTITY)
          await append(store, ledger)
          const database = read()
          const at = block === null ? null : { block }
          const found = await pagesOf(apiOver(database), from, direction, first, at, maxDepth)
          await database.close()
          await store.close()

          const edges = ledger.edges.filter((edge) => edge.block <= (block ?? BLOCKS))
          const near = [...naive(edges, from, direction)].filter(([, depth]) => depth <= (maxDepth ?? Infinity))
          expect(found.depths).to.deep.equal(new Map(near))
          expect(found.totalCount).to.equal(near.length)
          const within = new Set([idOf(from), ...near.map(([id]) => id)])
          const expected = edges
            .filter(({ child, parent }) => within.has(idOf(child)) && within.has(idOf(parent)))
            .map(({ child, parent }) => `${idOf(child)} ${idOf(parent)}`)
          expect(found.edges.toSorted()).to.deep.equal(expected.toSorted())
        }),
        { numRuns },
      )
    })

    it(`finds in ${kind.name} shortest paths and common ancestors`, async function () {
      const cases = fc.record({
        ledger: ledgers,
        one: fc.integer({ min: 1, max: MODELS }),
        other: fc.integer({ min: 1, max: MODELS }),
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ ledger, one, other }) => {
          const { store, read } = await open(kind)
          await store.start(IDENTITY)
          await append(store, ledger)
          const database = read()
          const query = `query ($one: Bytes32!, $other: Bytes32!) { ledger {
            path(from: $one, to: $other) { model { id } edge { child { id } parent { id } } }
            commonAncestors(models: [$one, $other], first: 100) { nodes { model { id } depths nearest } totalCount } } }`
          const { data, errors } = await ask(apiOver(database), query, { one: idOf(one), other: idOf(other) })
          await database.close()
          await store.close()
          expect(errors).to.equal(undefined)
          const { path, commonAncestors } = (data as unknown as { ledger: PathAnswer }).ledger

          const up = (from: number) => new Map([[idOf(from), 0], ...naive(ledger.edges, from, 'ancestors')])
          const [first, second] = [up(one), up(other)]
          expect(path?.length).to.equal(first.has(idOf(other)) ? first.get(idOf(other))! + 1 : undefined)
          for (const [index, { model, edge }] of (path ?? []).entries()) {
            const expected =
              index === 0 ? null : { child: { id: path![index - 1]!.model.id }, parent: { id: model.id } }
            expect(edge).to.deep.equal(expected)
          }
          const common = [...first]
            .filter(([id]) => second.has(id))
            .map(([id, depth]) => [id, [depth, second.get(id)!]])
          const listed = commonAncestors.nodes.map(({ model, depths }) => [model.id, depths])
          expect(new Map(listed as never)).to.deep.equal(new Map(common as never))
          for (const { model, nearest } of commonAncestors.nodes) {
            const below = ledger.edges.filter(({ parent }) => idOf(parent) === model.id).map(({ child }) => idOf(child))
            expect(nearest).to.equal(!below.some((id) => common.some(([each]) => each === id)))
          }
        }),
        { numRuns },
      )
    })

    it(`answers from ${kind.name} after reorganizations and new blocks like an API that has just started`, async function () {
      // Model 1 gets children in the blocks that are replaced as well.
      const late = Array.from({ length: BLOCKS - MODELS }, (_, at) => {
        const child = MODELS + 1 + at
        return { child, parent: 1, block: child, attested: false }
      })
      const grown = ledgers.map((ledger) => ({ ...ledger, models: BLOCKS, edges: [...ledger.edges, ...late] }))
      const cases = fc.record({ before: grown, after: grown, cut: fc.integer({ min: BLOCKS - 5, max: BLOCKS }) })
      await fc.assert(
        fc.asyncProperty(cases, async ({ before, after, cut }) => {
          const { store, read } = await open(kind)
          await store.start(IDENTITY)
          // The same up to the cut, and another chain after it.
          const early = before.edges.filter(({ block }) => block <= cut)
          const replaced = after.edges.filter(
            ({ block, child, parent }) =>
              block > cut && !early.some((edge) => edge.child === child && edge.parent === parent),
          )
          const fork = { ...before, edges: [...early, ...replaced], fork: 'b' }
          await append(store, before)
          const database = read()
          const followed = apiOver(database)
          await followed.warm()
          for (const from of [1, 7, MODELS]) await pagesOf(followed, from, 'family', 50, null)
          await store.undo(checkpointOf(before, cut))
          if (cut < BLOCKS) await append(store, fork, cut)
          const fresh = apiOver(database)
          for (const direction of ['ancestors', 'descendants', 'family'] as const) {
            for (const from of [1, 7, MODELS]) {
              const [one, other] = [
                await pagesOf(followed, from, direction, 50, null),
                await pagesOf(fresh, from, direction, 50, null),
              ]
              expect(one).to.deep.equal(other)
              expect(one.depths).to.deep.equal(naive(cut < BLOCKS ? fork.edges : early, from, direction))
            }
          }
          await database.close()
          await store.close()
        }),
        { numRuns: Math.ceil(numRuns / 4) },
      )
    })
  }

  for (const kind of KINDS) {
    it(`continues a list from ${kind.name} as of the block and the time of its first page, while the chain grows`, async function () {
      const { store, read } = await open(kind)
      await store.start(IDENTITY)
      const edges = Array.from({ length: 10 }, (_, at) => ({
        child: at + 2,
        parent: 1,
        block: at + 2,
        attested: false,
      }))
      // Those for the models 2 to 6 are valid until the second page is read, that for 12 from then on.
      const credentials = [2, 3, 4, 5, 6, 12].map((block) => ({ block, validUntil: timeOf(block < 12 ? 12 : 99) }))
      await append(store, { models: 11, edges, credentials, blocks: 11 })
      const database = read()
      const api = apiOver(database)
      const selection = 'totalCount pageInfo { endCursor hasNextPage }'
      const affected = (list: string) => `blastRadius(cause: { model: $id }) { list: ${list} ${selection} } }`
      const lists: [query: string, length: number][] = [
        [`model(id: $id) { list: descendants(first: 2, after: $after) { nodes { model { id } } ${selection} } }`, 10],
        [`model(id: $id) { list: family(first: 2, after: $after) { nodes { model { id } } ${selection} } }`, 10],
        [affected('models(first: 2, after: $after) { nodes { model { id } }'), 11],
        [affected('credentials(first: 2, after: $after) { nodes { id }'), 5],
      ]
      const page = async (query: string, after: string | null) => {
        const text = `query ($id: Bytes32!, $after: String) { ledger { ${query} } }`
        const { data, errors } = await ask(api, text, { id: idOf(1), after })
        expect(errors).to.equal(undefined)
        const [{ list }] = Object.values((data as unknown as { ledger: Record<string, { list: List }> }).ledger) as [
          { list: List },
        ]
        return list
      }
      const begun: List[] = []
      for (const [query] of lists) begun.push(await page(query, null))
      const late = { child: 12, parent: 1, block: 12, attested: false }
      await append(store, { models: 12, edges: [...edges, late], credentials, blocks: 12 }, 11)
      for (const [index, [query, length]] of lists.entries()) {
        let last = begun[index]!
        const nodes = [...last.nodes]
        while (last.pageInfo.hasNextPage) {
          last = await page(query, last.pageInfo.endCursor)
          expect(last.totalCount, query).to.equal(length)
          nodes.push(...last.nodes)
        }
        expect(new Set(nodes.map((node) => JSON.stringify(node))).size, query).to.equal(length)
        expect(nodes, query).to.have.length(length)
        // The new list has what is new, and has lost what expired.
        expect((await page(query, null)).totalCount, query).to.equal(query.includes('credentials') ? 1 : length + 1)
      }
      await database.close()
      await store.close()
    })
  }

  it('refuses a cursor of another model, another direction or another cause', async function () {
    const { store, read } = await open(KINDS[0]!)
    await store.start(IDENTITY)
    const edges = [2, 3, 4].map((child) => ({ child, parent: child - 1, block: child, attested: false }))
    await append(store, { models: 4, edges, blocks: 4 })
    const database = read()
    const api = apiOver(database)
    const page = async (list: string, after: string | null) => {
      const { data, errors } = await ask(api, `query ($after: String) { ledger { ${list} } }`, { after })
      const endCursor = /"endCursor":"([^"]*)"/.exec(JSON.stringify(data))?.[1] ?? null
      return { endCursor, code: errors?.[0]?.extensions?.code }
    }
    const selection = '(first: 1, after: $after) { pageInfo { endCursor } }'
    const relatives = (model: number, direction: Direction) =>
      `model(id: "${idOf(model)}") { ${direction}${selection} }`
    const affected = (model: number) => `blastRadius(cause: { model: "${idOf(model)}" }) { models${selection} }`
    const pairs: [list: string, others: string[]][] = [
      [relatives(1, 'descendants'), [relatives(2, 'descendants'), relatives(1, 'ancestors'), affected(1)]],
      [affected(1), [affected(2), relatives(1, 'descendants')]],
    ]
    for (const [list, others] of pairs) {
      const { endCursor } = await page(list, null)
      expect((await page(list, endCursor)).code, list).to.equal(undefined)
      for (const other of others) expect((await page(other, endCursor)).code, other).to.equal('INVALID_CURSOR')
    }
    await database.close()
    await store.close()
  })

  it('counts again after new events, and after events were replaced', async function () {
    const { store, read } = await open(KINDS[0]!)
    await store.start(IDENTITY)
    const edges = Array.from({ length: 10 }, (_, at) => ({ child: at + 2, parent: 1, block: at + 2, attested: false }))
    const ledger = { models: 12, edges, blocks: 12 }
    await append(store, { ...ledger, blocks: 11 })
    const database = read()
    const api = apiOver(database)
    const counts = async (at?: number) => {
      const query = `{ ledger${at === undefined ? '' : `(at: { block: ${at} })`} { statistics { models edges events publishers relations { edges } } } }`
      const { data } = await ask(api, query)
      return (data as unknown as { ledger: { statistics: object } }).ledger.statistics
    }
    const counted = (models: number, count: number) => {
      const relations = [{ edges: count }]
      return { models, edges: count, events: models, publishers: 1, relations }
    }
    expect(await counts()).to.deep.equal(counted(11, 10))
    await append(store, ledger, 11)
    expect(await counts()).to.deep.equal(counted(12, 10))
    expect(await counts(5)).to.deep.equal(counted(5, 4))
    // Another block 12, with an edge more.
    await store.undo(checkpointOf(ledger, 11))
    const late = { child: 12, parent: 1, block: 12, attested: false }
    await append(store, { ...ledger, edges: [...edges, late], fork: 'b' }, 11)
    expect(await counts()).to.deep.equal(counted(12, 11))
    expect(await counts(5)).to.deep.equal(counted(5, 4))
    await database.close()
    await store.close()
  })

  it('refuses a cursor whose block was replaced, and accepts one from before the reorganization', async function () {
    const { store, read } = await open(KINDS[0]!)
    await store.start(IDENTITY)
    const edges = Array.from({ length: 10 }, (_, at) => ({ child: at + 2, parent: 1, block: at + 2, attested: false }))
    const ledger = { models: 12, edges, blocks: 12 }
    await append(store, ledger)
    const database = read()
    const api = apiOver(database)
    const lists = {
      descendants: 'model(id: $id) { list: descendants(first: 3, after: $after) { pageInfo { endCursor } } }',
      children: 'model(id: $id) { list: children(first: 3, after: $after) { pageInfo { endCursor } } }',
      commonAncestors: 'list: commonAncestors(models: [$id, $id], first: 1, after: $after) { pageInfo { endCursor } }',
      blastRadius:
        'blastRadius(cause: { model: $id }) { list: models(first: 3, after: $after) { pageInfo { endCursor } } }',
      models: 'list: models(first: 2, after: $after) { pageInfo { endCursor } }',
      activity: 'list: activity(first: 2, after: $after) { pageInfo { endCursor } }',
    }
    const next = async (fields: string, after: string | null) => {
      const id = fields.includes('$id') ? '$id: Bytes32!, ' : ''
      const query = `query (${id}$after: String) { ledger { ${fields} } }`
      const { data, errors } = await ask(api, query, { id: idOf(1), after })
      const endCursor = /"endCursor":"([^"]*)"/.exec(JSON.stringify(data))?.[1] ?? null
      return {
        endCursor,
        error: errors?.[0] as { message: string; path: string[]; extensions: { code: string } } | undefined,
      }
    }
    const cursors = new Map<string, string | null>()
    for (const [name, fields] of Object.entries(lists)) cursors.set(name, (await next(fields, null)).endCursor)

    // Blocks 10 to 12 are replaced by others with the same numbers.
    await store.undo(checkpointOf(ledger, 9))
    await append(store, { ...ledger, fork: 'b' }, 9)
    for (const [name, fields] of Object.entries(lists)) {
      const { error } = await next(fields, cursors.get(name)!)
      // The third child is of block 4, which is still there.
      if (name === 'children') {
        expect(error).to.equal(undefined)
        continue
      }
      expect(error?.extensions.code, name).to.equal('STALE_CURSOR')
      expect(error?.path, name).to.include('list')
      expect(error?.message, name).to.contain('Read the list from the start, without "after"')
    }
    await database.close()
    await store.close()
  })
})

type List = { nodes: object[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

type PathAnswer = {
  path: { model: { id: string }; edge: { child: { id: string }; parent: { id: string } } | null }[] | null
  commonAncestors: { nodes: { model: { id: string }; depths: number[]; nearest: boolean }[]; totalCount: number }
}
