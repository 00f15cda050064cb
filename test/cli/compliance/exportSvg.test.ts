import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { createApi } from '../../../packages/server/src/api/api.ts'
import { listen } from '../../../packages/server/src/api/listen.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { createRpc } from '../../../packages/server/src/indexer/rpc.ts'
import type { MapGraph } from '../../../src/map/graph.ts'
import { KINDS } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'
import { startWorld, type World } from '../world.ts'

describe('stemma export svg', function () {
  this.timeout(300_000)
  let world: World

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    for (const [name, card] of [
      ['acme__base', 'license: mit'],
      ['acme__tuned', 'license: mit\nbase_model: [acme/base, Nobody/Other]\nbase_model_relation: merge'],
      ['acme__tiny', 'license: mit\nbase_model: acme/tuned\nbase_model_relation: quantized'],
    ] as const) {
      await world.folder(name, card)
      await world.ok(`register ${name} --terms MIT`)
    }
  })
  after(async function () {
    await world.stop()
  })

  it('draws a model with its ancestors from a node, the same bytes each time', async function () {
    const { code, stdout } = await world.run('export svg acme/tuned')
    expect([code, stdout.startsWith('<svg ')]).to.deep.equal([0, true])
    for (const words of ['acme/tuned', 'acme/base', 'not registered', 'MIT']) expect(stdout).to.contain(words)
    expect((await world.run('export svg acme/tuned')).stdout).to.equal(stdout)
  })

  it('gives the verdicts of verify with --use, and writes a file with --output', async function () {
    const { map, file, block } = (await world.ok('export svg acme/tuned --use commercial --output tuned.svg')) as {
      map: MapGraph
      file: string
      block: number
    }
    expect(file).to.equal('tuned.svg')
    expect(block).to.be.greaterThan(0)
    for (const { id, external, verdict } of map.nodes) {
      if (external) {
        expect(verdict).to.equal(null)
        continue
      }
      const { stdout } = await world.run(['verify', id, '--use', 'commercial', '--no-proofs', '--json'])
      expect(verdict).to.equal((JSON.parse(stdout) as { verdict: string }).verdict)
    }
    const svg = await readFile(join(world.cwd, 'tuned.svg'), 'utf8')
    expect(svg.match(/data-id="/g)).to.have.length(map.nodes.length)
    const { stdout } = await world.run('export svg acme/tuned --output again.svg')
    expect(stdout).to.match(/^Wrote "again.svg": 3 nodes, as of block \d+\.\n$/)
  })

  it('has from an index also what was made from the model, and the same ancestors', async function () {
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(world.deployment, createRpc({ url: world.rpcUrl }), store)
    const database = openDatabase(where)
    const api = createApi({ database })
    const server = await listen((request) => api.fetch(request), { port: 0, host: '127.0.0.1' })
    try {
      const command = 'export svg acme/tuned --use commercial'
      const [indexed, read] = [
        (await world.ok(`${command} --indexer ${server.url}`)) as { map: MapGraph; svg: string },
        (await world.ok(command)) as { map: MapGraph; svg: string },
      ]
      expect(indexed.svg).to.contain('acme/tiny')
      const above = ({ map }: { map: MapGraph }): object[] =>
        map.nodes
          .filter(({ level }) => level <= 0)
          .map(({ id, name, level, verdict, license, external }) => ({ id, name, level, verdict, license, external }))
      expect(above(indexed)).to.deep.equal(above(read))
      const edgesAbove = ({ map }: { map: MapGraph }): object[] =>
        map.edges.filter(({ child }) => map.nodes.find(({ id }) => id === child)!.level <= 0)
      expect(edgesAbove(indexed)).to.have.deep.members(edgesAbove(read))
    } finally {
      await server.close(0)
      await database.close()
      await api.close()
      await store.close()
    }
  })

  it('refuses what it cannot draw', async function () {
    expect(await world.fails('export svg acme/tuned --use world-peace')).to.deep.equal([2, 'UNKNOWN_WORD'])
    expect((await world.fails('export svg acme/nothing'))[0]).to.equal(3)
    expect((await world.fails('export svg acme/tuned --theme neon'))[0]).to.equal(2)
    expect((await world.fails('export svg acme/tuned --indexer http://127.0.0.1:9'))[0]).to.equal(3)
  })
})
