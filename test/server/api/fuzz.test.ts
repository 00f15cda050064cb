import { expect } from 'chai'
import {
  buildSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql'

import { generateLineage } from '../../../bench/lineage/generate.ts'
import { syntheticId, writeLineage } from '../../../bench/lineage/rows.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import { schemaText } from '../../../packages/server/src/api/graphql/schemaText.ts'
import type { Api } from '../../../packages/server/src/api/api.ts'
import { WORDS } from '../../../packages/server/src/api/graphql/scalars.ts'
import { openApiDocument } from '../../../packages/server/src/api/rest/openapi.ts'
import { Random } from '../../fixtures/random.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { KINDS_IN_DEPTH, open } from '../indexer/stores.ts'
import { apiOver, post } from './world.ts'

const MODELS = 500
const schema = buildSchema(schemaText)
/** Error codes of the API's own failures, which no request may cause. */
const OWN_FAULTS = ['INTERNAL', 'INTERNAL_SERVER_ERROR', 'DATABASE']
const STRANGE = [
  '',
  '0x',
  "'",
  '"\\',
  '\u0000',
  '\ud800',
  '-1',
  '1e400',
  '9'.repeat(50),
  'null',
  '../..',
  '{"a":1}',
  'true',
]

/** Makes queries from the schema, with values of which some are valid. */
class Fuzzer {
  readonly #random: Random
  constructor(random: Random) {
    this.#random = random
  }

  query(): string {
    return `{ ledger${this.#chance(0.2) ? `(at: ${this.#value(schema.getType('Moment') as GraphQLInputType)})` : ''} ${this.#selection(schema.getType('Ledger') as GraphQLObjectType, 1)} }`
  }

  /** A value in the syntax of a query. */
  #value(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#chance(0.02) ? 'null' : this.#value(type.ofType as GraphQLInputType)
    if (this.#chance(0.03)) return JSON.stringify(this.#random.pick(STRANGE))
    if (isListType(type)) {
      return `[${Array.from({ length: this.#random.integer(0, 3) }, () => this.#value(type.ofType as GraphQLInputType)).join(', ')}]`
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields())
      const chosen = type.isOneOf ? [this.#random.pick(fields)] : this.#random.some(fields, 0.4)
      return `{${chosen.map((field) => `${field.name}: ${this.#value(field.type)}`).join(', ')}}`
    }
    return JSON.stringify(this.scalar(String(type)))
  }

  /** A value of a scalar, usually a valid one. */
  scalar(name: string): string | number | boolean {
    const words = WORDS[name]
    if (words) return this.#random.pick(words)
    switch (name) {
      case 'Bytes32': {
        const kind = this.#random.pick(['model', 'weights', 'datasets', 'terms', 'tier', 'credential', 'none'])
        return syntheticId(kind, this.#random.integer(1, MODELS))
      }
      case 'Address':
        return `0x${syntheticId('any', this.#random.integer(1, 9)).slice(2, 42)}`
      case 'Int':
        return this.#random.integer(-2, 130)
      case 'Seconds':
        return 1_700_000_000 + this.#random.integer(-10, 100)
      case 'Whole':
        return String(this.#random.integer(0, 1_000_000))
      case 'Boolean':
        return this.#chance(0.5)
      default:
        return this.#chance(0.5) ? `model-${this.#random.integer(1, MODELS)}` : this.#random.pick(STRANGE)
    }
  }

  #selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields())
    const simple = fields.filter((field) => !isObjectType(getNamedType(field.type)))
    const nested = depth < 6 ? fields.filter((field) => isObjectType(getNamedType(field.type))) : []
    const chosen = [...this.#random.some(simple, 0.5), ...this.#random.sample(nested, depth === 1 ? 2 : 1)]
    const parts = chosen.map((field, index) => this.#field(field, depth, index))
    return `{ __typename ${parts.join(' ')} }`
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, index: number): string {
    const given = field.args.filter(({ type }) => isNonNullType(type) || this.#chance(0.4))
    const values = given.map((argument) => {
      // Small pages keep most queries below the limit of cost.
      const value = argument.name === 'first' && this.#chance(0.9) ? '2' : this.#value(argument.type)
      return `${argument.name}: ${value}`
    })
    const named = getNamedType(field.type)
    const inner = isObjectType(named) ? ` ${this.#selection(named, depth + 1)}` : ''
    return `f${index}: ${field.name}${values.length > 0 ? `(${values.join(', ')})` : ''}${inner}`
  }

  #chance(probability: number): boolean {
    return this.#random.chance(probability)
  }

  /** An address from the OpenAPI document. */
  address(path: string, parameters: readonly Parameter[]): string {
    const text = (parameter: Parameter): string => {
      if (this.#chance(0.08)) return encodeURIComponent(this.#random.pick(STRANGE).replaceAll('\ud800', ''))
      return encodeURIComponent(String(this.#fitting(parameter.schema)).replaceAll('\ud800', ''))
    }
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      text(parameters.find((each) => each.name === name)!),
    )
    const query = parameters
      .filter((each) => each.in === 'query' && (each.required ? this.#chance(0.95) : this.#chance(0.25)))
      .map((each) => `${each.name}=${text(each)}`)
    return `${filled || '/'}?${query.join('&')}`
  }

  #fitting(type: ParameterSchema): string | number | boolean {
    if (type.items) return this.#fitting(type.items)
    if (type.enum) return this.#random.pick(type.enum)
    if (type.pattern?.includes('64')) return this.scalar('Bytes32')
    if (type.pattern?.includes('40')) return this.scalar('Address')
    if (type.type === 'integer')
      return this.scalar(type.maximum === 100 ? 'Int' : this.#chance(0.5) ? 'Int' : 'Seconds')
    return this.scalar(type.type === 'boolean' ? 'Boolean' : 'String')
  }
}

type ParameterSchema = {
  type?: string
  enum?: string[]
  pattern?: string
  maximum?: number
  items?: ParameterSchema
}
type Parameter = { name: string; in: string; required: boolean; schema: ParameterSchema }

/** Queries, and as many addresses. */
const CASES = inDepth(300, 600)

describe('query API: random requests', function () {
  this.timeout(300_000)
  for (const kind of KINDS_IN_DEPTH) {
    describe(`with ${kind.name}`, function () {
      let database: Database
      let api: Api

      before(async function () {
        const { store, read } = await open(kind)
        await writeLineage(store, generateLineage(MODELS))
        await store.close()
        database = read()
        api = apiOver(database)
      })
      after(() => database.close())

      it('answers or refuses every query that its schema allows, and never breaks', async function () {
        const fuzzer = new Fuzzer(new Random(11))
        const counts = { answered: 0, refused: 0 }
        for (let i = 0; i < CASES; i++) {
          const query = fuzzer.query()
          const response = await post(api, { query })
          const { data, errors } = (await response.json()) as {
            data?: unknown
            errors?: { message: string; extensions?: { code?: string } }[]
          }
          for (const { message, extensions } of errors ?? []) {
            expect(OWN_FAULTS, `${message}: ${query}`).to.not.include(extensions?.code)
          }
          expect(response.status, query).to.be.below(500)
          if (data && !errors) counts.answered += 1
          else counts.refused += 1
        }
        // Both must be frequent, or the test would prove little.
        expect(counts.answered).to.be.greaterThan(CASES / 5)
        expect(counts.refused).to.be.greaterThan(CASES / 20)
      })

      it('answers or refuses every address that its description allows, and never breaks', async function () {
        const fuzzer = new Fuzzer(new Random(12))
        const paths = Object.entries(
          (openApiDocument() as { paths: Record<string, { get: { parameters: Parameter[] } }> }).paths,
        ).filter(([path]) => !path.endsWith('/stream'))
        const statuses = new Map<number, number>()
        for (let i = 0; i < CASES; i++) {
          const [path, { get }] = paths[i % paths.length]!
          const address = fuzzer.address(path, get.parameters)
          const response = await api.fetch(new Request(`http://api.test${address}`))
          const text = await response.text()
          expect(response.status, `${address}: ${text.slice(0, 300)}`).to.be.oneOf([200, 400, 404])
          const isDrawn = response.headers.get('content-type')?.startsWith('image/svg+xml') === true
          if (isDrawn) expect(text, address).to.match(/^<svg [^]*<\/svg>\s*$/)
          const body = (isDrawn ? {} : JSON.parse(text)) as { error?: { code: string; message: string } }
          expect(response.status === 200, address).to.equal(body.error === undefined)
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        }
        for (const status of [200, 400, 404])
          expect(statuses.get(status) ?? 0, String(status)).to.be.greaterThan(CASES / 50)
      })

      it('refuses bodies that are not a request', async function () {
        for (const body of [
          '',
          '{',
          '[]',
          'null',
          '1',
          '{"query":1}',
          '{"query":"{"}',
          '{"query":"{ ledger { now } }","variables":3}',
          '{"query":"query A { ledger { now } } query B { ledger { now } }"}',
          '{"query":"mutation { a }"}',
        ]) {
          const response = await post(api, body)
          expect(response.status, body).to.be.within(200, 499)
          const { errors, data } = (await response.json()) as { errors?: { message: string }[]; data?: unknown }
          expect(errors?.length, body).to.be.greaterThan(0)
          expect(data ?? null, body).to.equal(null)
          expect(errors![0]!.message, body).to.not.contain('Something went wrong')
        }
      })
    })
  }
})
