import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'

import { generateLineage } from '../../../bench/lineage/generate.ts'
import { SYNTHETIC, syntheticId, writeLineage } from '../../../bench/lineage/rows.ts'
import { compareCodePoints } from '../../../src/core/text.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import { operationIds } from '../../../src/query/operations.ts'
import { LIMITS } from '../../../packages/server/src/api/graphql/limits.ts'
import { listen, type Listening } from '../../../packages/server/src/api/listen.ts'
import { openApiDocument } from '../../../packages/server/src/api/rest/openapi.ts'
import { createRoutes } from '../../../packages/server/src/api/rest/routes.ts'
import { KINDS, open } from '../indexer/stores.ts'
import { apiOver, append, IDENTITY, post } from './world.ts'

const MODELS = 2000
const ID = syntheticId('model', MODELS - 3)
const ROOT = syntheticId('model', 2)
const JSON_TYPE = { 'content-type': 'application/json' }
/** Values for required parameters of routes. */
const GIVEN: Readonly<Record<string, string>> = {
  places: '0',
  id: ID,
  to: ROOT,
  use: 'commercial',
  text: 'model-1',
  models: `${ID}&models=${ROOT}`,
  digests: `${syntheticId('weights', 2)}&digests=${ROOT}`,
}
const BY_ROUTE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Terms: { id: syntheticId('terms', 1) },
  Tier: { id: syntheticId('tier', 1) },
  Credential: { id: syntheticId('credential', 1) },
  BlastRadius: { model: ROOT },
  BlastRadiusMap: { model: ROOT },
  BlastRadiusMapImage: { model: ROOT },
}
/** Routes for which the synthetic ledger has no data; tests with a chain cover them. */
const MISSING = ['Claim', 'Inheritances', 'Review', 'UsageLog']

type Schema = { type?: string; pattern?: string; enum?: string[]; items?: Schema }
type Parameter = { name: string; in: 'path' | 'query'; required: boolean; schema: Schema }
type Described = { get: { parameters: Parameter[] } }

/** A value that a parameter allows. */
function sampleOf({ type, pattern, enum: words, items }: Schema): string {
  if (items) return sampleOf(items)
  if (words) return words[0]!
  if (pattern) return `0x${'ab'.repeat(pattern.includes('64') ? 32 : 20)}`
  return type === 'integer' ? '1' : type === 'boolean' ? 'true' : 'a'
}

/** Values that a parameter does not allow, each with the beginning of what it says it has to be. */
function badValues({ type, pattern, enum: words }: Schema): [value: string, shape: string][] {
  if (words) return [['unheard-of', 'one of: ']]
  if (pattern)
    return [['0x11', pattern.includes('64') ? 'an id or a digest: 0x and 64 hex' : 'an address: 0x and 40 hex']]
  if (type === 'integer')
    return [
      ['1.5', 'a whole number from 0 to '],
      ['99999999999999999', 'a whole number from 0 to '],
    ]
  return type === 'boolean' ? [['yes', 'true or false']] : []
}

describe('query API over HTTP', function () {
  this.timeout(120_000)
  for (const kind of KINDS) {
    describe(`with ${kind.name}`, function () {
      let database: Database
      let server: Listening

      before(async function () {
        const { store, read } = await open(kind)
        await writeLineage(store, generateLineage(MODELS))
        await store.close()
        database = read()
        const api = apiOver(database)
        server = await listen((request) => api.fetch(request), { port: 0, host: '127.0.0.1' })
      })
      after(async function () {
        await server.close(0)
        await database.close()
      })

      it('answers every route as OpenAPI describes it', async function () {
        const document = openApiDocument() as { components: { schemas: object } }
        const ajv = new Ajv2020({ strict: false, validateFormats: false })
        ajv.addSchema({ $id: 'api', ...document })
        const address = (await (await fetch(`${server.url}/v1/publishers?first=1`)).json()) as {
          publishers: { nodes: { address: string }[] }
        }
        const publisher = address.publishers.nodes[0]!.address
        for (const route of createRoutes()) {
          if (route.operation.operation === 'subscription') continue
          const values: Record<string, string> = { ...GIVEN, address: publisher, ...BY_ROUTE[route.name] }
          const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]!)
          const query = route.parameters
            .filter(
              ({ in: place, required, name }) =>
                place === 'query' && (required || name in (BY_ROUTE[route.name] ?? {})),
            )
            .map(({ name }) => `${name}=${values[name]!}`)
          const response = await fetch(`${server.url}${path}?${query.join('&')}`)
          const status = MISSING.includes(route.name) ? 404 : 200
          if (route.image !== undefined) {
            expect(response.headers.get('content-type')).to.contain('image/svg+xml')
            expect(await response.text()).to.match(/^<svg /)
            continue
          }
          const body = (await response.json()) as { block?: { number: number } }
          expect(response.status, `${path} ${JSON.stringify(body)}`).to.equal(status)
          const pointer = `api#/paths/${route.path.replaceAll('/', '~1')}/get/responses/${status}/content/application~1json/schema`
          const check = ajv.getSchema(encodeURI(pointer))!
          expect(check(body), `${path}: ${ajv.errorsText(check.errors)}`).to.equal(true)
          if (status === 200) expect(body.block!.number).to.equal(21)
        }
      })

      it('takes facts and a policy for findings in a body, and refuses unknown fields', async function () {
        const path = `${server.url}/v1/models/${ID}/findings?use=commercial`
        const send = (body: unknown) => fetch(path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) })
        const good = await send({
          facts: [{ name: 'monthlyRevenueUsd', value: '5' }],
          policy: { deniedPublishers: [] },
        })
        expect(good.status).to.equal(200)
        const bad = await send({ fact: {} })
        expect(bad.status).to.equal(400)
        expect(((await bad.json()) as { error: { code: string } }).error.code).to.equal('INVALID_BODY')
      })

      it('finds a model of the Hub in every spelling of its name', async function () {
        const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${server.url}/v1/${path}`)).json()) as T
        const { model } = await ask<{ model: { uri: string; name: string } }>(`models/${ROOT}`)
        const name = model.uri.replace('https://huggingface.co/', '')
        expect(name).to.match(/^publisher-\d+\/model-\d+$/)
        for (const text of [name, name.toUpperCase(), model.uri, `${model.uri}/`, `hf.co/${name}`, `hf:${name}`]) {
          const { search } = await ask<{ search: { hits: { by: string; model: { uri: string } }[] } }>(
            `search?text=${encodeURIComponent(text)}`,
          )
          expect(
            search.hits.map(({ by, model: { uri } }) => [by, uri]),
            text,
          ).to.deep.equal([['uri', model.uri]])
        }
      })

      type Listed = { models: { nodes: { id: string; name: string }[]; pageInfo: { endCursor: string | null } } }
      const listed = async (query: string): Promise<Listed['models']> => {
        const response = await fetch(`${server.url}/v1/models?${query}`)
        expect(response.status, query).to.equal(200)
        return ((await response.json()) as Listed).models
      }

      it('lists models in every order, each once over all pages, also as of a block', async function () {
        const lists: Record<string, { id: string; name: string }[]> = {}
        for (const order of ['newest', 'oldest', 'name', 'name-descending']) {
          const found: { id: string; name: string }[] = []
          for (let after = ''; ;) {
            const { nodes, pageInfo } = await listed(`block=7&first=100&order=${order}${after}`)
            found.push(...nodes)
            if (nodes.length === 0) break
            after = `&after=${pageInfo.endCursor}`
          }
          expect([found.length, new Set(found.map(({ id }) => id)).size], order).to.deep.equal([699, 699])
          lists[order] = found
        }
        expect(lists.oldest).to.deep.equal(lists.newest!.toReversed())
        expect(lists['name-descending']).to.deep.equal(lists.name!.toReversed())
        const names = lists.name!.map(({ name }) => name)
        expect(names)
          .to.deep.equal(names.toSorted(compareCodePoints))
          .and.to.not.deep.equal(lists.oldest!.map(({ name }) => name))
        const begun = await listed('first=100&order=name-descending&name=MODEL-19')
        expect(begun.nodes.map(({ name }) => name)).to.deep.equal(
          begun.nodes.map(({ name }) => name).toSorted((a, b) => compareCodePoints(b, a)),
        )
        expect(begun.nodes.every(({ name }) => name.startsWith('model-19'))).to.equal(true)
      })

      it('refuses a cursor in another order, and an order that does not exist', async function () {
        const orders = ['name', 'name-descending', 'newest']
        for (const order of orders) {
          const { endCursor } = (await listed(`first=2&order=${order}`)).pageInfo
          for (const other of orders.filter((each) => each !== order)) {
            const response = await fetch(`${server.url}/v1/models?order=${other}&after=${endCursor}`)
            expect([response.status, ((await response.json()) as Failure).error.code]).to.deep.equal([
              400,
              'INVALID_CURSOR',
            ])
          }
        }
        const late = (await listed('first=1&order=name-descending')).pageInfo.endCursor
        const early = await fetch(`${server.url}/v1/models?block=1&order=name-descending&after=${late}`)
        expect(early.status).to.equal(400)
        const response = await fetch(`${server.url}/v1/models?order=size`)
        const { error } = (await response.json()) as Failure
        expect([response.status, error.code]).to.deep.equal([400, 'INVALID_PARAMETER'])
        expect(error.message).to.contain(
          '"order" is "size", which is not one of: newest, oldest, name, name-descending',
        )
      })

      it('finds a transaction, and its events', async function () {
        const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${server.url}/v1/${path}`)).json()) as T
        type Events = { activity: { nodes: { transaction: string; block: { number: number } }[] } }
        const [latest] = (await ask<Events>('activity?first=1')).activity.nodes
        const hash = latest!.transaction
        const [found, { activity }] = await Promise.all([
          ask<{ search: { hits: unknown[]; transaction: { hash: string; block: { number: number } } } }>(
            `search?text=${hash.toUpperCase().replace('0X', '0x')}`,
          ),
          ask<Events>(`activity?transaction=${hash}`),
        ])
        expect(found.search.hits).to.deep.equal([])
        expect(found.search.transaction.hash).to.equal(hash)
        expect(activity.nodes.length).to.be.above(0)
        for (const event of activity.nodes) {
          expect([event.transaction, event.block.number]).to.deep.equal([hash, found.search.transaction.block.number])
        }
        const other = await ask<{ search: { transaction: unknown } }>(`search?text=${ROOT}`)
        expect(other.search.transaction).to.equal(null)
        const earlier = await ask<{ search: { transaction: unknown } }>(`search?text=${hash}&block=1`)
        expect(earlier.search.transaction).to.equal(null)
      })

      it('finds what is registered under any of some digests, and takes a hundred at most', async function () {
        const digests = [3, 5].map((n) => syntheticId('weights', n))
        const unknown = syntheticId('nothing', 1)
        const path = (all: readonly string[]): string =>
          `${server.url}/v1/digests?${all.map((each) => `digests=${each}`).join('&')}`
        const { digests: known } = (await (await fetch(path([...digests, unknown]))).json()) as {
          digests: { models: { digest: string; by: string; model: { weights: string } }[]; terms: unknown[] }
        }
        expect(known.models.map(({ digest }) => digest)).to.have.members(digests)
        for (const { digest, by, model } of known.models) expect([by, model.weights]).to.deep.equal(['weights', digest])
        expect(known.terms).to.deep.equal([])
        const refused = await fetch(path(Array.from({ length: 101 }, (_, n) => syntheticId('nothing', n))))
        expect([refused.status, ((await refused.json()) as Failure).error.code]).to.deep.equal([
          400,
          'TOO_MANY_DIGESTS',
        ])
      })

      it('lists terms by the beginning of their names in either case, each once over all pages', async function () {
        type Listed = { termsList: { nodes: { name: string }[]; totalCount: number; pageInfo: { endCursor: string } } }
        const list = async (query: string): Promise<Listed['termsList']> => {
          const response = await fetch(`${server.url}/v1/terms?${query}`)
          return ((await response.json()) as Listed).termsList
        }
        const all = await list('first=100')
        const names = all.nodes.map(({ name }) => name)
        const start = names.at(-1)!.slice(0, -1)
        const expected = names.filter((name) => name.toLowerCase().startsWith(start.toLowerCase()))
        expect(expected.length).to.be.within(1, names.length - 1)
        for (const typed of [start, start.toUpperCase(), start.toLowerCase()]) {
          const found = await list(`first=100&startsWith=${encodeURIComponent(typed)}`)
          expect(found.nodes.map(({ name }) => name)).to.have.members(expected)
          expect(found.totalCount).to.equal(expected.length)
        }
        const [first] = (await list(`first=1&startsWith=${encodeURIComponent(start)}`)).nodes
        expect(expected).to.include(first!.name)
        // A wildcard of SQL is a letter as any other.
        for (const none of ['%', '_', `${start}%`, names[0]!.slice(1)]) {
          expect((await list(`startsWith=${encodeURIComponent(none)}`)).nodes, none).to.deep.equal([])
        }
      })

      it('gives programs the record behind the address of a page, as Markdown and as JSON', async function () {
        const record = (await (await fetch(`${server.url}/v1/models/${ID}`)).json()) as { model: { name: string } }
        const json = await fetch(`${server.url}/m/${ID}.json`)
        expect(await json.json()).to.deep.equal(record)
        const markdown = await fetch(`${server.url}/m/${ID.toUpperCase().replace('0X', '0x')}.md?tab=record&use=host`)
        expect(markdown.headers.get('content-type')).to.equal('text/markdown; charset=utf-8')
        const text = await markdown.text()
        for (const each of [`\`${ID}\``, '## Made from', '## History', 'This is a record, not a clearance.'])
          expect(text).to.contain(each)
        const older = await fetch(`${server.url}/m/${ID}.md?at=1`)
        expect([older.status, (await fetch(`${server.url}/m/${ID}.md?at=x`)).status]).to.deep.equal([404, 400])
        expect((await fetch(`${server.url}/m/${syntheticId('model', MODELS + 9)}.md`)).status).to.equal(404)
        expect((await fetch(`${server.url}/m/model-1.md`)).status).to.equal(404)
        const refusals = await Promise.all(
          ['at=-1', 'at=1&at=2', 'at=1&block=2', 'block=-1'].map(async (query) =>
            (await fetch(`${server.url}/m/${ID}.md?${query}`)).text(),
          ),
        )
        expect(refusals.map((each) => /parameter \\"(\w+)\\"/.exec(each)?.[1])).to.deep.equal([
          'at',
          'at',
          'at',
          'block',
        ])
        // The description names both, and the answers are as it says.
        const { paths, ...document } = openApiDocument() as { paths: Record<string, object> }
        expect(paths).to.include.keys('/m/{id}.md', '/m/{id}.json')
        const ajv = new Ajv2020({ strict: false, validateFormats: false })
        ajv.addSchema({ $id: 'pages', paths, ...document })
        const pointer = 'pages#/paths/~1m~1{id}.json/get/responses/200/content/application~1json/schema'
        const check = ajv.getSchema(encodeURI(pointer))!
        expect(check(await (await fetch(`${server.url}/m/${ID}.json`)).json()), ajv.errorsText(check.errors)).to.equal(
          true,
        )
      })

      it('suggests what was meant when nothing has the name that was searched for', async function () {
        const suggested = async (text: string): Promise<string[]> => {
          const response = await fetch(`${server.url}/v1/search?text=${encodeURIComponent(text)}`)
          expect(response.status, text).to.equal(200)
          return ((await response.json()) as { search: { suggestions: string[] } }).search.suggestions
        }
        const { model } = (await (await fetch(`${server.url}/v1/models/${ROOT}`)).json()) as { model: { uri: string } }
        const uri = model.uri.replace('https://huggingface.co/', '')
        const [owner, name] = uri.split('/') as [string, string]
        const typos = [`${owner}/omdel${name.slice(5)}`, `publihser${owner.slice(9)}/${name}`, `x${owner}/${name}`]
        const spelt = [...typos, `${owner}/${name.replace('-', '_')}`, `https://hf.co/${owner}/x${name}/`, `x${name}`]
        for (const text of [...spelt, ...spelt.map((each) => each.toUpperCase())]) {
          const found = await suggested(text)
          expect(found[0], text).to.equal(uri)
          expect(found.length).to.be.within(1, 5)
        }
        expect(await suggested(uri)).to.deep.equal([])
        expect(await suggested('LICENSE-1')).to.include('License-1')
        for (const text of ['%', '_', '\\', 'zzzzzzzz', '\u{1f600}', '\u202e', 'm'.repeat(2000), 'm/'.repeat(1000)]) {
          expect(await suggested(text), text.slice(0, 20)).to.deep.equal([])
        }
      })

      it('answers as of a block or a time, and says when it cannot', async function () {
        const statusAt = async (
          query: string,
        ): Promise<{ status: number; body: { block: { number: number } } & Failure }> => {
          const response = await fetch(`${server.url}/v1/status?${query}`)
          return { status: response.status, body: (await response.json()) as never }
        }
        expect((await statusAt('block=7')).body.block.number).to.equal(7)
        expect((await statusAt(`time=${1_700_000_000 + 5 * 12 + 3}`)).body.block.number).to.equal(5)
        expect((await statusAt('block=900')).body.error.code).to.equal('MOMENT_NOT_INDEXED')
        expect((await statusAt('block=0')).body.error.code).to.equal('BEFORE_LEDGER')
        const models = await fetch(`${server.url}/v1/models?block=7&first=1`)
        const { models: listed } = (await models.json()) as { models: { totalCount: number } }
        expect(listed.totalCount).to.equal(699)
      })

      it('names the parameter that is wrong', async function () {
        const wrong: [address: string, code: string, message: string][] = [
          ['blast-radius', 'INVALID_CHOICE', 'Give exactly one of the parameters credential, model, datasets: none'],
          [`blast-radius?model=${ID}&datasets=${ID}`, 'INVALID_CHOICE', 'model and datasets are given'],
          ['status?block=1&time=1', 'INVALID_CHOICE', 'block and time are given'],
          ['models?first=1000', 'INVALID_PARAMETER', '"first" is "1000", which is not a whole number from 0 to 100'],
          ['models?first=-1', 'INVALID_PARAMETER', '"first" is "-1", which is not a whole number'],
          ['models?page=2', 'INVALID_PARAMETER', '"page" is not one of this route'],
          ['models?name=a&name=b', 'INVALID_PARAMETER', '"name" is given more than once'],
          ['search', 'INVALID_PARAMETER', '"text" is missing'],
          ['models/0x12', 'INVALID_PARAMETER', '"id" is "0x12", which is not an id or a digest: 0x and 64 hex digits'],
        ]
        for (const [address, code, message] of wrong) {
          const response = await fetch(`${server.url}/v1/${address}`)
          expect(response.status, address).to.equal(400)
          const { error } = (await response.json()) as Failure
          expect(error.code, address).to.equal(code)
          expect(error.message, address).to.contain(message)
        }
      })

      // Before any database is asked, so one is enough.
      if (kind === KINDS[0]) {
        it('answers to a bad value of any parameter of any route with its name, the value and the shape', async function () {
          const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
            paths: Record<string, Described>
          }
          let asked = 0
          for (const [path, { get }] of Object.entries(paths)) {
            for (const { name, in: place, schema } of get.parameters) {
              // Another address is not that of a page, and not found.
              if (place === 'path' && path.startsWith('/m/')) continue
              for (const [value, shape] of badValues(schema.items ?? schema)) {
                const sample = (each: Parameter): string => (each.name === name ? value : sampleOf(each.schema))
                const inPath = get.parameters.filter((each) => each.in === 'path')
                const address = inPath.reduce((at, each) => at.replace(`{${each.name}}`, sample(each)), path)
                const inQuery = get.parameters.filter(
                  (each) => each.in === 'query' && (each.required || each.name === name),
                )
                const query = new URLSearchParams(inQuery.map((each) => [each.name, sample(each)]))
                // Exactly one of some parameters has to be given.
                if (path.includes('/blast-radius') && place === 'query' && !/model|credential|datasets/.test(name))
                  query.set('model', ID)
                const response = await fetch(`${server.url}${address}?${query}`)
                const { error } = (await response.json()) as Failure
                expect([response.status, error.code], `${address}?${query}`).to.deep.equal([400, 'INVALID_PARAMETER'])
                expect(error.message)
                  .to.contain(`The parameter "${name}" is "${value}", which is not ${shape}`)
                  .and.to.not.match(/GraphQL|type|Variable/)
                asked += 1
              }
            }
          }
          expect(asked).to.be.greaterThan(200)
          const page = (await (await fetch(`${server.url}/m/${ID}.md?at=x`)).json()) as Failure
          expect(page.error.message).to.contain('"at" is "x"')
          for (const [body, message] of [
            [{ facts: 1 }, 'Invalid field "facts" of the body: it has to be an object, and is 1.'],
            [{ facts: [{ name: 'x' }] }, '"facts[0]" of the body: it has to include required field "value"'],
            [
              { policy: { trustedPublishers: ['0x1'] } },
              '"policy.trustedPublishers[0]" of the body: "0x1" is not an address',
            ],
          ] as const) {
            const response = await fetch(`${server.url}/v1/models/${ID}/findings?use=host`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(body),
            })
            const { error } = (await response.json()) as Failure
            expect([response.status, error.code, error.message.includes(message)], error.message).to.deep.equal([
              400,
              'INVALID_BODY',
              true,
            ])
          }
        })
      }

      it('treats text as data: injections find nothing and break nothing', async function () {
        for (const text of [
          "' OR 1=1 --",
          '"; DROP TABLE models; --',
          '$1',
          '%',
          '\u0000',
          '\\x00',
          '{{7*7}}',
          '\u{1f600}',
        ]) {
          const response = await fetch(`${server.url}/v1/search?text=${encodeURIComponent(text)}`)
          expect(response.status, text).to.be.oneOf([200, 400])
          if (response.status !== 200) continue
          const { search } = (await response.json()) as { search: { hits: unknown[]; terms: unknown[] } }
          expect([search.hits, search.terms], text).to.deep.equal([[], []])
        }
        const license = encodeURIComponent("License-1' OR '1'='1")
        const found = (await (await fetch(`${server.url}/v1/models?license=${license}`)).json()) as {
          models: { totalCount: number }
        }
        expect(found.models.totalCount).to.equal(0)
        const still = (await (await fetch(`${server.url}/v1/statistics`)).json()) as { statistics: { models: number } }
        expect(still.statistics.models).to.equal(MODELS)
      })
    })
  }

  describe('with any database', function () {
    let database: Database

    before(async function () {
      const { store, read } = await open(KINDS[0]!)
      await writeLineage(store, generateLineage(MODELS))
      await store.close()
      database = read()
    })
    after(() => database.close())

    it('has a valid OpenAPI document', async function () {
      const result = await new Validator().validate(openApiDocument())
      expect(result.errors ?? []).to.deep.equal([])
      expect(result.valid).to.equal(true)
    })

    it('refuses queries that are too deep, too costly or too long, and names the field', async function () {
      const api = apiOver(database)
      const fault = async (query: string): Promise<{ status: number; message: string; code: string | undefined }> => {
        const response = await post(api, { query })
        const { errors } = (await response.json()) as { errors: { message: string; extensions?: { code?: string } }[] }
        return { status: response.status, message: errors[0]!.message, code: errors[0]!.extensions?.code }
      }
      const deep = `{ ledger { terms(id: "${ID}") ${'{ components { weights '.repeat(8)} { id } ${'} }'.repeat(8)} } }`
      expect(await fault(deep)).to.deep.include({ status: 400, code: 'QUERY_TOO_LARGE' })
      expect((await fault(deep)).message).to.match(/field "(components|weights)" is at depth 15, and the limit is 14/)
      const wide = '{ ledger { models(first: 100) { nodes { descendants(first: 100) { nodes { depth } } } } } }'
      expect(await fault(wide)).to.deep.include({ status: 400, code: 'QUERY_TOO_LARGE' })
      expect((await fault(wide)).message).to.contain('field "nodes"')
      const many = `{ ledger { ${Array.from({ length: 1000 }, (_, i) => `a${i}: now`).join(' ')} } }`
      expect((await fault(many)).message).to.contain(`${LIMITS.tokens} tokens`)
      const bombs = Array.from(
        { length: 20 },
        (_, i) => `fragment F${i} on Ledger { ...F${i + 1} ...F${i + 1} a${i}: now }`,
      )
      const bomb = `{ ledger { ...F0 } } ${bombs.join(' ')} fragment F20 on Ledger { now }`
      expect(await fault(bomb)).to.deep.include({ code: 'QUERY_TOO_LARGE' })
      const again = (count: number): string =>
        `{ ledger { ${'block { number } '.repeat(count)} ...F } } fragment F on Ledger { ${'block { hash } '.repeat(count)} }`
      expect(await fault(again(80))).to.deep.include({ status: 400, code: 'QUERY_TOO_LARGE' })
      expect((await fault(again(80))).message).to.contain('repeats fields such as "block"')
      expect((await post(api, { query: again(50) })).status).to.equal(200)
      const page = '{ ledger { models(first: 101) { nodes { id } } } }'
      expect(await fault(page)).to.deep.include({ code: 'INVALID_PAGE' })
      const huge = await post(api, { query: `{ ledger { now } } #${'x'.repeat(LIMITS.body)}` })
      expect(huge.status).to.equal(413)
    })

    it('names the field that a resolver refuses, and hides internal failures', async function () {
      const { errors } = (await (
        await post(apiOver(database), { query: '{ ledger { models(after: "nonsense") { nodes { id } } } }' })
      ).json()) as { errors: { path: string[]; message: string; extensions: { code: string } }[] }
      expect(errors[0]).to.deep.include({ path: ['ledger', 'models', 'nodes'] })
      expect(errors[0]!.extensions.code).to.equal('INVALID_CURSOR')
      const broken: Database = { ...database, snapshot: () => Promise.reject(new Error('secret of the database')) }
      const response = await post(apiOver(broken), { query: '{ ledger { now } }' })
      expect(await response.text()).to.not.contain('secret')
      const overRest = await apiOver(broken).fetch(new Request('http://api.test/v1/status'))
      expect(overRest.status).to.equal(500)
      expect(await overRest.text()).to.not.contain('secret')
    })

    it('serves its own operations by their id, and only them with persistedOnly', async function () {
      const api = apiOver(database, { persistedOnly: true })
      const send = (body: object) => post(api, body)
      const extensions = { persistedQuery: { version: 1, sha256Hash: operationIds.Status } }
      const good = (await (await send({ extensions })).json()) as { data: { ledger: { chainId: number } } }
      expect(good.data.ledger.chainId).to.equal(SYNTHETIC.chainId)
      const other = (await (await send({ query: '{ ledger { now } }' })).json()) as {
        errors: unknown[]
        data?: unknown
      }
      expect(other.errors).to.have.length(1)
      expect(other.data).to.equal(undefined)
    })

    it('lets pages of any origin read, or only of the named ones', async function () {
      const ask = (origins?: string[]) =>
        apiOver(database, origins ? { origins } : {}).fetch(
          new Request('http://api.test/v1/status', { headers: { origin: 'https://a.test' } }),
        )
      expect((await ask()).headers.get('access-control-allow-origin')).to.equal('*')
      expect((await ask(['https://a.test'])).headers.get('access-control-allow-origin')).to.equal('https://a.test')
      expect((await ask(['https://b.test'])).headers.get('access-control-allow-origin')).to.equal(null)
      const preflight = await apiOver(database).fetch(new Request('http://api.test/graphql', { method: 'OPTIONS' }))
      expect(preflight.headers.get('access-control-allow-headers')).to.contain('content-type')
    })

    it('says how to ask at /, /v1 and /graphql, in a page that loads nothing', async function () {
      const api = apiOver(database)
      for (const path of ['/', '/v1', '/graphql']) {
        const page = await api.fetch(new Request(`http://api.test${path}`, { headers: { accept: 'text/html' } }))
        expect([page.status, page.headers.get('content-security-policy')]).to.deep.equal([200, "default-src 'none'"])
        const html = await page.text()
        expect(html).to.contain('curl -s http://api.test/graphql')
        expect(html).to.not.match(/<script|<link|src=|https?:\/\/(?!api\.test)/)
        const answer = await api.fetch(new Request(`http://api.test${path}`))
        const { graphql, example } = (await answer.json()) as { graphql: string; example: string }
        const found = await api.fetch(new Request(`http://api.test${graphql}?query=${encodeURIComponent(example)}`))
        expect(((await found.json()) as { errors?: unknown }).errors).to.equal(undefined)
      }
    })

    it('reports its health, its readiness and its metrics', async function () {
      const api = apiOver(database)
      const read = async (path: string) => {
        const response = await api.fetch(new Request(`http://api.test${path}`))
        return { status: response.status, text: await response.text() }
      }
      expect(await read('/health')).to.deep.equal({ status: 200, text: '{"status":"ok"}' })
      expect((await read('/ready')).status).to.equal(200)
      await read('/v1/status')
      const figures = (await read('/metrics')).text
      expect(figures).to.match(/stemma_api_requests_total\{kind="rest",status="200"\} 1/)
      // The indexer reports them by the same names.
      expect(figures)
        .to.match(/^stemma_index_block \d+$/m)
        .and.match(/^stemma_index_head_block \d+$/m)
      expect((await read('/nothing')).status).to.equal(404)
    })

    it('is not ready while the index is empty or behind', async function () {
      const { store, read } = await open(KINDS[0]!)
      await store.start(IDENTITY)
      const empty = read()
      const api = apiOver(empty, { readyWithin: 3 })
      const ready = () => api.fetch(new Request('http://api.test/ready'))
      expect((await ready()).status).to.equal(503)
      expect((await api.fetch(new Request('http://api.test/v1/status'))).status).to.equal(503)
      await append(store, { models: 3, edges: [], blocks: 3 })
      expect((await ready()).status).to.equal(200)
      await empty.close()
      await store.close()
    })
  })

  describe('live', function () {
    it('streams events as they are indexed, continues after an event, and says what was replaced', async function () {
      const { store, read } = await open(KINDS[0]!)
      await store.start(IDENTITY)
      const ledger = { models: 12, edges: [], blocks: 3 }
      await append(store, ledger)
      const database = read()
      const api = apiOver(database)
      const stop = new AbortController()
      const response = await api.fetch(
        new Request('http://api.test/v1/activity/stream', { headers: { 'last-event-id': '2.1' }, signal: stop.signal }),
      )
      expect(response.headers.get('content-type')).to.equal('text/event-stream')
      const events = eventsOf(response)
      expect(await events.next()).to.deep.equal(['activity', '3.1'])
      await append(store, { ...ledger, blocks: 5 }, 3)
      expect(await events.next()).to.deep.equal(['activity', '4.1'])
      expect(await events.next()).to.deep.equal(['activity', '5.1'])
      const { checkpointOf } = await import('./world.ts')
      await store.undo(checkpointOf(ledger, 4))
      await append(store, { ...ledger, blocks: 6, fork: 'b' }, 4)
      expect(await events.next()).to.deep.equal(['replaced', '4'])
      expect(await events.next()).to.deep.equal(['activity', '5.1'])
      expect(await events.next()).to.deep.equal(['activity', '6.1'])
      stop.abort()
      await events.end()
      await database.close()
      await store.close()
    })
  })
})

type Failure = { error: { code: string; message: string } }

/** The kinds and ids of the events of a stream. */
function eventsOf(response: Response): { next: () => Promise<[string, string]>; end: () => Promise<void> } {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    async next() {
      for (;;) {
        const match = /id: (\S+)\nevent: (\w+)\ndata: .*\n\n/.exec(text)
        if (match) {
          text = text.slice(match.index + match[0].length)
          return [match[2]!, match[1]!]
        }
        const { value, done } = await reader.read()
        if (done) throw new Error('The stream has ended.')
        text += decoder.decode(value, { stream: true })
      }
    },
    end: () => reader.cancel().catch(() => undefined),
  }
}
