import { expect } from 'chai'
import fc from 'fast-check'

import type { Api } from '../../../packages/server/src/api/api.ts'
import type { Operations } from '../../../src/query/operations.ts'
import { MAX_MAP_NODES } from '../../../src/map/graph.ts'
import { syntheticId } from '../../../bench/lineage/rows.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { KINDS, KINDS_IN_DEPTH, open, type Kind } from '../indexer/stores.ts'
import {
  apiOver,
  append,
  ask,
  DATASETS,
  externalIdOf,
  idOf,
  IDENTITY,
  post,
  type TestEdge,
  type TestExternal,
  type TestLedger,
} from './world.ts'

type LineageMap = NonNullable<Operations['Map']['result']['ledger']['map']>
type RadiusMap = Operations['BlastRadiusMap']['result']['ledger']['blastRadiusMap']
type Radius = Operations['BlastRadius']['result']['ledger']['blastRadius']

const MODELS = 24
const BLOCKS = MODELS + 6

const named: fc.Arbitrary<TestExternal> = fc.oneof(
  fc.record({ external: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ model: fc.integer({ min: 1, max: MODELS }) }),
)

/** Ledgers with merges, cycles of attested edges, and external parents, of which some are bound or registered later. */
const ledgers: fc.Arbitrary<TestLedger> = fc
  .record({
    declared: fc.array(fc.tuple(fc.integer({ min: 2, max: MODELS }), fc.integer({ min: 1, max: MODELS })), {
      maxLength: 50,
    }),
    attested: fc.array(fc.tuple(fc.integer({ min: 1, max: MODELS }), fc.integer({ min: 1, max: MODELS })), {
      maxLength: 8,
    }),
    externals: fc.array(fc.tuple(fc.integer({ min: 1, max: MODELS }), named), { maxLength: 8 }),
    bindings: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: MODELS })), { maxLength: 3 }),
  })
  .map(({ declared, attested, externals, bindings }) => {
    const edges: TestEdge[] = []
    const add = (edge: TestEdge): void => {
      const isKnown = edges.some(({ child, parent }) => child === edge.child && parent === edge.parent)
      if (edge.child !== edge.parent && !isKnown) edges.push(edge)
    }
    for (const [child, parent] of declared) if (parent < child) add({ child, parent, block: child, attested: false })
    for (const [child, parent] of attested) add({ child, parent, block: Math.max(child, parent) + 1, attested: true })
    const pairs = new Set<string>()
    const isNew = (pair: string): boolean => !pairs.has(pair) && !!pairs.add(pair)
    return {
      models: MODELS,
      blocks: BLOCKS,
      edges,
      externals: externals
        .filter(([child, parent]) => 'external' in parent || parent.model > child)
        .filter(([child, parent]) => isNew(`${child} ${externalIdOf(parent)}`))
        .map(([child, parent]) => ({ child, parent })),
      bindings: bindings
        .filter(([external, model]) => isNew(`bound ${external} ${model}`))
        .map(([external, model]) => ({ block: MODELS + 1, of: { external }, to: { model }, bound: true })),
    }
  })

/** The whole map by REST. */
async function mapOf(api: Api, model: string, query = ''): Promise<LineageMap> {
  const response = await api.fetch(new Request(`http://api.test/v1/models/${model}/map?${query}`))
  const answer = (await response.json()) as { map: LineageMap }
  expect(response.status, JSON.stringify(answer)).to.equal(200)
  return answer.map
}

async function refusalOf(api: Api, path: string): Promise<string> {
  const response = await api.fetch(new Request(`http://api.test${path}`))
  const { error } = (await response.json()) as { error: { code: string } }
  return `${response.status} ${error.code}`
}

type Page = { nodes: { model: { id: string } }[]; totalCount: number }

/** The whole map of a change by REST. */
async function radiusMapOf(api: Api, query: string): Promise<RadiusMap> {
  const response = await api.fetch(new Request(`http://api.test/v1/blast-radius/map?${query}`))
  const answer = (await response.json()) as { blastRadiusMap: RadiusMap }
  expect(response.status, JSON.stringify(answer)).to.equal(200)
  return answer.blastRadiusMap
}

/** All ids of a list of relatives, and its count. */
async function relatives(
  api: Api,
  model: string,
  which: string,
  block: number,
): Promise<{ ids: string[]; count: number }> {
  // So few fields are read without starting the thread of large requests.
  const query = `query ($id: Bytes32!, $at: Moment) { ledger(at: $at) { model(id: $id) { page: ${which}(first: 30) {
    nodes { model { id } } totalCount } } } }`
  const { data } = await ask(api, query, { id: model, at: { block } })
  const { nodes, totalCount } = (data as unknown as { ledger: { model: { page: Page } } }).ledger.model.page
  return { ids: nodes.map((node) => node.model.id), count: totalCount }
}

/** What holds of every map: it is small, its numbers add up, its edges have ends, and nothing is on it twice. */
function expectSound(map: LineageMap): void {
  const { nodes, edges, more, ancestors, descendants, externals, inCycle } = map
  const ids = new Set(nodes.map(({ id }) => id))
  expect(ids.size).to.equal(nodes.length)
  expect(nodes.length + more.length).to.be.at.most(MAX_MAP_NODES)
  expect([nodes[0]!.id, nodes[0]!.level]).to.deep.equal([map.model, 0])
  const counting = nodes.filter(({ claimed }) => !claimed)
  const sum = (up: boolean, what: 'models' | 'externals'): number =>
    more.filter((each) => each.up === up).reduce((all, each) => all + each[what], 0)
  expect(counting.filter((node) => node.level < 0 && !node.external).length + sum(true, 'models')).to.equal(ancestors)
  expect(counting.filter(({ external }) => external).length + sum(true, 'externals')).to.equal(externals)
  expect(counting.filter(({ level }) => level > 0).length + sum(false, 'models')).to.equal(descendants - inCycle)
  for (const { child, parent } of edges) expect(ids.has(child) && ids.has(parent)).to.equal(true)
  expect(new Set(edges.map(({ child, parent }) => `${child} ${parent}`)).size).to.equal(edges.length)
  for (const { of, next, models, externals: others } of more) {
    expect(ids.has(of!) && next > 0 && next <= models + others).to.equal(true)
  }
  // Whatever is on the map, an edge leads to it.
  for (const { id, level } of nodes) {
    if (level !== 0) expect(edges.some(({ child, parent }) => child === id || parent === id)).to.equal(true)
  }
}

/** What holds of every map of a change. */
function expectRadiusSound({ nodes, edges, more, models, change }: RadiusMap): void {
  const ids = new Set(nodes.map(({ id }) => id))
  expect(ids.size).to.equal(nodes.length)
  expect(nodes.length + more.length + (change.kind === 'model' ? 0 : 1)).to.be.at.most(MAX_MAP_NODES)
  expect(nodes.length + more.reduce((sum, each) => sum + each.models, 0)).to.equal(models)
  const levels = nodes.map(({ level }) => level)
  expect(levels).to.deep.equal(levels.toSorted((one, other) => one - other))
  for (const { id, level } of nodes) {
    if (level > 0) expect(edges.some(({ child }) => child === id)).to.equal(true)
  }
  for (const { child, parent, claim } of edges)
    expect([ids.has(child), ids.has(parent), claim]).to.deep.equal([true, true, null])
  for (const { of, up, next, models: all } of more) {
    expect((of === null ? change.kind !== 'model' : ids.has(of)) && !up && next > 0 && next <= all).to.equal(true)
  }
}

/** How far each model is from the nearest of some, by repeating until nothing changes. */
function naiveLevels(edges: readonly TestEdge[], from: readonly number[]): Map<number, number> {
  const known = new Map(from.map((model) => [model, 0]))
  for (let level = 0; level <= MODELS; level++) {
    for (const { child, parent } of edges)
      if (known.get(parent) === level && !known.has(child)) known.set(child, level + 1)
  }
  return known
}

async function withLedger(kind: Kind, ledger: TestLedger, run: (api: Api) => Promise<void>): Promise<void> {
  const { store, read } = await open(kind)
  await store.start(IDENTITY)
  await append(store, ledger)
  const database = read()
  try {
    await run(apiOver(database))
  } finally {
    await database.close()
    await store.close()
  }
}

/** A model with children, each with as many children of its own as its place among them. */
const HUB: TestLedger = (() => {
  const edges: TestEdge[] = []
  let next = 2
  const add = (parent: number): number => {
    edges.push({ child: next, parent, block: next, attested: false })
    return next++
  }
  const children = Array.from({ length: 40 }, () => add(1))
  for (const [place, child] of children.entries()) for (let grandchild = 0; grandchild < place; grandchild++) add(child)
  return { models: next - 1, blocks: next - 1, edges }
})()

describe('query API: map', function () {
  this.timeout(300_000)
  for (const [kind, numRuns] of [[KINDS[0]!, inDepth(10, 300)] as const, [KINDS[1]!, inDepth(3, 50)] as const]) {
    it(`has in ${kind.name} what the lists of relatives have, and numbers that add up, as of any block`, async function () {
      const cases = fc.record({
        ledger: ledgers,
        from: fc.integer({ min: 1, max: MODELS }),
        block: fc.constantFrom(MODELS + 2, BLOCKS),
        query: fc.record({
          up: fc.option(fc.integer({ min: 0, max: 3 })),
          down: fc.integer({ min: 0, max: 4 }),
          cap: fc.integer({ min: 0, max: 3 }),
          open: fc.array(fc.integer({ min: 1, max: MODELS + 2 }), { maxLength: 4 }),
        }),
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ ledger, from, block, query: { up, down, cap, open: opened } }) => {
          await withLedger(kind, ledger, async (api) => {
            const model = idOf(from)
            const at = `&block=${block}`
            const all = await mapOf(api, model, `down=100&cap=300${at}`)
            const [above, below] = [
              await relatives(api, model, 'ancestors', block),
              await relatives(api, model, 'descendants', block),
            ]
            expectSound(all)
            expect([all.truncated, all.more]).to.deep.equal([false, []])
            expect([all.ancestors, all.descendants]).to.deep.equal([above.count, below.count])
            const models = all.nodes.filter(({ external }) => !external).map(({ id }) => id)
            expect(new Set(models)).to.deep.equal(new Set([model, ...above.ids, ...below.ids]))

            const bounds = `down=${down}&cap=${cap}${up === null ? '' : `&up=${up}`}${at}`
            const cut = await mapOf(api, model, [bounds, ...opened.map((n) => `open=${idOf(n)}`)].join('&'))
            expectSound(cut)
            const known = new Set(all.edges.map(({ child, parent }) => `${child} ${parent}`))
            for (const { child, parent, through } of cut.edges) {
              expect(known.has(`${child} ${parent}`) || through.length > 0).to.equal(true)
            }
          })
        }),
        { numRuns },
      )
    })
  }

  for (const [kind, numRuns] of [[KINDS[0]!, inDepth(6, 300)] as const, [KINDS[1]!, inDepth(2, 50)] as const]) {
    it(`has of a change in ${kind.name} what its blast radius lists and a naive walk finds, as of any block`, async function () {
      const cases = fc.record({
        ledger: ledgers,
        isPlain: fc.boolean(),
        from: fc.integer({ min: 1, max: MODELS }),
        datasets: fc.uniqueArray(fc.integer({ min: 1, max: MODELS }), { maxLength: 8 }),
        what: fc.constantFrom('model', 'credential', 'datasets'),
        block: fc.constantFrom(MODELS + 2, BLOCKS),
        query: fc.record({
          down: fc.integer({ min: 0, max: 4 }),
          cap: fc.integer({ min: 0, max: 3 }),
          open: fc.array(fc.integer({ min: 0, max: MODELS }), { maxLength: 4 }),
        }),
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ ledger, isPlain, from, datasets, what, block, query }) => {
          const credentials = [{ block: from, validUntil: 2 ** 40 }]
          const plain = isPlain ? { externals: [], bindings: [] } : {}
          const whole = { ...ledger, ...plain, datasets, credentials }
          await withLedger(kind, whole, async (api) => {
            const id = { model: idOf(from), credential: syntheticId('credential', 1), datasets: DATASETS }[what]!
            const asked = `${what}=${id}&block=${block}`
            const radius = await ask(
              api,
              'query ($cause: Cause!, $at: Moment) { ledger(at: $at) { blastRadius(cause: $cause) { origins { id } models(first: 50) { nodes { model { id } } } } } }',
              { cause: { [what]: id }, at: { block } },
            )
            const { blastRadius } = (radius.data as unknown as { ledger: { blastRadius: Radius } }).ledger
            const all = await radiusMapOf(api, `${asked}&down=100&cap=300`)
            expectRadiusSound(all)
            expect([all.truncated, all.more, all.change]).to.deep.equal([false, [], { kind: what, id }])
            expect(all.origins).to.equal(blastRadius.origins.length)
            const levels = new Map(all.nodes.map((node) => [node.id, node.level]))
            const listed = blastRadius.models.nodes
            expect([...levels.keys()]).to.have.members(listed.map(({ model }) => model.id))
            if (isPlain) {
              const live = ledger.edges.filter((edge) => edge.block <= block)
              const origins = {
                model: [from],
                datasets,
                // One account holds everything in these ledgers.
                credential: live.filter(({ parent }) => parent === from).map(({ child }) => child),
              }[what]!
              const naive = naiveLevels(live, origins)
              expect(levels).to.deep.equal(new Map(Array.from(naive, ([model, level]) => [idOf(model), level])))
              expect(all.edges.map(({ child, parent }) => `${child} ${parent}`)).to.have.members(
                live
                  .filter(({ child, parent }) => naive.has(child) && naive.has(parent))
                  .map(({ child, parent }) => `${idOf(child)} ${idOf(parent)}`),
              )
            }
            const opened = query.open.map((n) => `&open=${n === 0 ? id : idOf(n)}`).join('')
            const cut = await radiusMapOf(api, `${asked}&down=${query.down}&cap=${query.cap}${opened}`)
            expectRadiusSound(cut)
            for (const node of cut.nodes) expect(levels.get(node.id)).to.be.at.most(node.level)
            const known = new Set(all.edges.map(({ child, parent }) => `${child} ${parent}`))
            for (const { child, parent } of cut.edges) expect(known.has(`${child} ${parent}`)).to.equal(true)
          })
        }),
        { numRuns },
      )
    })
  }

  it('cuts a change that affects more models directly than a map has room for, and shows more of them on request', async function () {
    const models = Array.from({ length: HUB.models }, (_, index) => index + 1)
    await withLedger(KINDS[0]!, { ...HUB, datasets: models }, async (api) => {
      const asked = `datasets=${DATASETS}`
      const first = await radiusMapOf(api, asked)
      expectRadiusSound(first)
      expect([first.models, first.origins, first.nodes.length]).to.deep.equal([HUB.models, HUB.models, 8])
      expect(first.more).to.deep.equal([
        { of: null, up: false, next: HUB.models - 8, models: HUB.models - 8, externals: 0 },
      ])
      const opened = await radiusMapOf(api, `${asked}&open=${DATASETS}&open=${DATASETS}`)
      expect([opened.nodes.length, opened.truncated]).to.deep.equal([48, false])
      const whole = await radiusMapOf(api, `${asked}&cap=300`)
      expectRadiusSound(whole)
      expect([whole.nodes.length, whole.truncated]).to.deep.equal([MAX_MAP_NODES - 2, true])
      const image = await api.fetch(new Request(`http://api.test/v1/blast-radius/map.svg?${asked}&theme=dark`))
      const svg = await image.text()
      expect([image.status, svg.match(/data-id="/g)?.length, svg.match(/data-of="/g)?.length]).to.deep.equal([
        200, 8, 1,
      ])
      expect(svg).to.contain(`data-change="${DATASETS}"`)
      const none = await radiusMapOf(api, `datasets=${idOf(1)}`)
      expect([none.nodes, none.more, none.models]).to.deep.equal([[], [], 0])
      expect(await refusalOf(api, `/v1/blast-radius/map?${asked}&cap=301`)).to.equal('400 INVALID_MAP')
      expect(await refusalOf(api, `/v1/blast-radius/map?${asked}&up=1`)).to.equal('400 INVALID_PARAMETER')
      expect(await refusalOf(api, '/v1/blast-radius/map')).to.equal('400 INVALID_CHOICE')
      expect(await refusalOf(api, `/v1/blast-radius/map?model=${idOf(99_999)}`)).to.match(/^4\d\d UNKNOWN_CAUSE/)
    })
  })

  for (const kind of KINDS_IN_DEPTH) {
    describe(kind.name, function () {
      it('shows of a hub the children from which most was made, and more of them when it is opened', async function () {
        await withLedger(kind, HUB, async (api) => {
          const first = await mapOf(api, idOf(1), 'down=1&cap=5')
          expectSound(first)
          expect(first.nodes.map(({ descendants }) => descendants)).to.deep.equal([820, 39, 38, 37, 36, 35])
          expect(first.more.find(({ of }) => of === idOf(1))).to.deep.equal({
            of: idOf(1),
            up: false,
            next: 35,
            models: 820 - 5 - 39 - 38 - 37 - 36 - 35,
            externals: 0,
          })
          const opened = await mapOf(api, idOf(1), `down=1&cap=5&open=${idOf(1)}`)
          expect(opened.nodes).to.have.length(1 + 25)
          const twice = await mapOf(api, idOf(1), `down=1&cap=5&open=${idOf(1)}&open=${idOf(1)}`)
          expect(twice.nodes).to.have.length(1 + 40)
          expect(twice.more.some(({ of }) => of === idOf(1))).to.equal(false)
          const deeper = await mapOf(api, idOf(1), `down=1&cap=5&open=${first.nodes[1]!.id}`)
          expect(deeper.nodes.filter(({ level }) => level === 2)).to.have.length(20)
        })
      })

      it('has at most 300 nodes, and says so', async function () {
        await withLedger(kind, HUB, async (api) => {
          const map = await mapOf(api, idOf(1), 'down=9&cap=300')
          expectSound(map)
          expect([map.truncated, map.nodes.length + map.more.length > 290]).to.deep.equal([true, true])
        })
      })

      it('cuts a long row above, and counts what is beyond', async function () {
        const edges = Array.from({ length: 399 }, (_, at) => {
          return { child: at + 2, parent: at + 1, block: at + 2, attested: false }
        })
        await withLedger(kind, { models: 400, blocks: 400, edges }, async (api) => {
          const map = await mapOf(api, idOf(350))
          expectSound(map)
          expect([map.ancestors, map.descendants, map.truncated]).to.deep.equal([349, 50, true])
          const near = await mapOf(api, idOf(350), 'up=2&down=0')
          expect([near.nodes.length, near.truncated]).to.deep.equal([3, false])
          expect(near.more.map(({ up, models }) => [up, models])).to.deep.equal([
            [true, 347],
            [false, 50],
          ])
        })
      })

      it('gives at each node the verdict of the findings there', async function () {
        const [ledger] = fc.sample(ledgers, { numRuns: 1, seed: 7 })
        await withLedger(kind, ledger!, async (api) => {
          const { nodes, unevaluated, use } = await mapOf(api, idOf(12), 'use=commercial&down=9&cap=300')
          expect([unevaluated, use]).to.deep.equal([0, 'commercial'])
          for (const { id, external, verdict, cause } of nodes) {
            if (external) {
              expect([verdict, cause]).to.deep.equal([null, null])
              continue
            }
            const response = await api.fetch(new Request(`http://api.test/v1/models/${id}/findings?use=commercial`))
            const { findings } = (await response.json()) as {
              findings: { verdict: string; findings: { code: string; severity: string }[] }
            }
            expect(verdict).to.equal(findings.verdict)
            const severity = verdict === 'not-permitted' ? 'blocking' : 'unknown'
            expect(cause?.code).to.equal(findings.findings.find((found) => found.severity === severity)?.code)
          }
          const without = await mapOf(api, idOf(12))
          expect(without.nodes.every(({ verdict }) => verdict === null)).to.equal(true)
        })
      })

      it('refuses what no map has, and passes over ids that are not on the map', async function () {
        await withLedger(kind, HUB, async (api) => {
          const at = `/v1/models/${idOf(1)}/map`
          expect(await refusalOf(api, `${at}?up=-1`)).to.equal('400 INVALID_PARAMETER')
          expect(await refusalOf(api, `${at}?cap=301`)).to.equal('400 INVALID_MAP')
          expect(await refusalOf(api, `${at}?down=99999999999`)).to.match(/^400 /)
          expect(await refusalOf(api, `${at}?depth=1`)).to.equal('400 INVALID_PARAMETER')
          expect(await refusalOf(api, `${at}?open=0x12`)).to.match(/^400 /)
          expect(await refusalOf(api, `${at}?use=world-peace`)).to.match(/^400 /)
          expect(await refusalOf(api, `/v1/models/${idOf(99_999)}/map`)).to.equal('404 NOT_FOUND')
          expect(await refusalOf(api, `/v1/models/${idOf(99_999)}/map.svg`)).to.equal('404 NOT_FOUND')
          expect(await refusalOf(api, `/v1/models/${idOf(1)}/mapxsvg`)).to.equal('404 NOT_FOUND')
          const unknown = await mapOf(api, idOf(1), `open=${idOf(99_999)}`)
          expect(unknown).to.deep.equal(await mapOf(api, idOf(1)))
          const query =
            'query ($id: Bytes32!, $open: [Bytes32!], $up: Int) { ledger { map(model: $id, open: $open, up: $up) { model } } }'
          const codeOf = async (variables: object): Promise<string | undefined> =>
            (await ask(api, query, { id: idOf(1), ...variables })).errors?.[0]?.extensions?.code
          expect(await codeOf({ open: Array.from({ length: 1_000 }, (_, n) => idOf(n)) })).to.equal('INVALID_MAP')
          const variables = { id: idOf(1), open: Array.from({ length: 10_000 }, () => idOf(1)) }
          expect((await post(api, { query, variables })).status).to.equal(413)
          expect(await codeOf({ up: -1 })).to.equal('INVALID_MAP')
        })
      })

      it('draws the map as an image that runs nothing', async function () {
        await withLedger(kind, HUB, async (api) => {
          for (const query of ['', '?use=host&theme=dark', '?down=9&cap=300']) {
            const response = await api.fetch(new Request(`http://api.test/v1/models/${idOf(1)}/map.svg${query}`))
            expect([response.status, response.headers.get('content-type')]).to.deep.equal([
              200,
              'image/svg+xml; charset=utf-8',
            ])
            expect(response.headers.get('content-security-policy')).to.contain('sandbox')
            const svg = await response.text()
            const { nodes, more } = await mapOf(api, idOf(1), query.slice(1).replace('&theme=dark', ''))
            expect(svg.match(/data-id="/g)).to.have.length(nodes.length)
            expect(svg.match(/data-of="/g)).to.have.length(more.length)
          }
          expect(await refusalOf(api, `/v1/models/${idOf(1)}/map.svg?theme=neon`)).to.match(/^400 /)
        })
      })
    })
  }
})
