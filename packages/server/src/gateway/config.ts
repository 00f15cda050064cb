import {
  factsOf,
  isBytes32,
  parseAddress,
  parseModelId,
  quoted,
  RIGHT_NAMES,
  shortText,
  StemmaError,
  type Address,
  type ModelId,
  type Right,
} from 'stemma/core'

import type { OnLeave, OnRevoke } from './exchange.ts'
import { UPSTREAM_TIMES, type UpstreamTimes } from './forward.ts'
import { isHttpUrl } from './httpUrl.ts'
import type { Words } from './keyStanding.ts'
import type { ApiDialect } from './ports.ts'

/** What a gateway is set to, from its configuration file. `docs/gateway-config.schema.json` describes the file. */
export type GatewayConfig = {
  /** Name or path of the deployment. */
  deployment?: string
  /** Nodes to ask; those of the deployment when left out. */
  rpc?: readonly string[]
  /** How many nodes have to agree; one when left out. */
  agree: number
  /** Where keys, journal and logs are kept. */
  folder: string
  upstream: {
    url: string
    dialects: readonly ApiDialect[]
    /** Environment variable that holds the upstream's key. */
    keyEnv?: string
    /** File that holds it. */
    keyFile?: string
    /** Whether it answers `stream_options.include_usage`. */
    asksUsage: boolean
    /** Whether it is a gateway too, whose duties are passed on. */
    isGateway: boolean
    times: UpstreamTimes
  }
  models: readonly { name: string; model: string; use: Right }[]
  onLeave: OnLeave
  onRevoke: OnRevoke
  /** Seconds; by the chain's block time when left out. */
  maxHeadAge?: number
  /** Most bytes of a JSON body. */
  bodyLimit: number
  /** Seconds that running calls have when the gateway is stopped. */
  stopWithin: number
  /** Seconds that a caller may leave an answer unread. */
  stall: number
  /** Seconds that a call may take as a whole. */
  longest: number
  /** Environment variable with the PostgreSQL URL of the quotas that several instances share. */
  quotaDatabaseEnv?: string
  /** Whose words count in what a license says, which publishers need no review, and what is known of holders. */
  words: Words
  anchor: { everySeconds: number; everyRecords: number }
  /** Where the gateway answers, as the statements about it name it, and who states it. */
  statements?: { origin: string; publisher: Address }
}

const DIALECTS: readonly ApiDialect[] = ['openai', 'anthropic']

/**
 * Reads a configuration out of its JSON.
 *
 * @throws {@link InvalidGatewayConfigError} naming the field, its value and what is expected
 */
export function parseGatewayConfig(value: unknown): GatewayConfig {
  const top = fieldsOf(value, 'the file', [
    '$schema',
    'deployment',
    'rpc',
    'agree',
    'folder',
    'upstream',
    'models',
    'onLeave',
    'onRevoke',
    'maxHeadAge',
    'bodyLimit',
    'stopWithin',
    'stall',
    'longest',
    'quota',
    'anchor',
    'statements',
    'trust',
    'facts',
  ])
  const rpc = top.rpc === undefined ? undefined : list(top.rpc, 'rpc', (each, where) => httpUrl(each, where))
  const agree = optional(top.agree, (each) => whole(each, 'agree', 1, 16)) ?? 1
  if (agree > 1 && new Set(rpc).size < agree) {
    throw new InvalidGatewayConfigError('agree', agree, `at most as many as "rpc" names different nodes`)
  }
  const anchor = fieldsOf(top.anchor === undefined ? {} : top.anchor, 'anchor', ['everySeconds', 'everyRecords'])
  const quota = fieldsOf(top.quota === undefined ? {} : top.quota, 'quota', ['databaseEnv'])
  return {
    ...given(
      'deployment',
      optional(top.deployment, (each) => text(each, 'deployment')),
    ),
    ...given('rpc', rpc),
    agree,
    folder: optional(top.folder, (each) => text(each, 'folder')) ?? '.stemma/gateway',
    upstream: upstreamOf(top.upstream),
    models: modelsOf(top.models),
    onLeave: onLeaveOf(top.onLeave),
    onRevoke: onRevokeOf(top.onRevoke),
    ...given(
      'maxHeadAge',
      optional(top.maxHeadAge, (each) => whole(each, 'maxHeadAge', 1, 86_400)),
    ),
    bodyLimit: optional(top.bodyLimit, (each) => whole(each, 'bodyLimit', 1024, 2 ** 30)) ?? 32 * 1024 * 1024,
    stopWithin: optional(top.stopWithin, (each) => whole(each, 'stopWithin', 0, 3600)) ?? 30,
    stall: optional(top.stall, (each) => whole(each, 'stall', 1, 3600)) ?? 120,
    // A replay convicts of records that came more than 900 s after their calls, unless it is asked to allow more.
    longest: optional(top.longest, (each) => whole(each, 'longest', 1, 86_400)) ?? 840,
    ...given(
      'quotaDatabaseEnv',
      optional(quota.databaseEnv, (each) => variable(each, 'quota.databaseEnv')),
    ),
    words: wordsOf(top.trust === undefined ? {} : top.trust, top.facts === undefined ? {} : top.facts),
    anchor: {
      everySeconds: optional(anchor.everySeconds, (each) => whole(each, 'anchor.everySeconds', 1, 86_400)) ?? 600,
      everyRecords: optional(anchor.everyRecords, (each) => whole(each, 'anchor.everyRecords', 1, 1e9)) ?? 10_000,
    },
    ...given('statements', optional(top.statements, statementsOf)),
  }
}

function upstreamOf(value: unknown): GatewayConfig['upstream'] {
  const upstream = fieldsOf(value, 'upstream', [
    'url',
    'dialects',
    'keyEnv',
    'keyFile',
    'asksUsage',
    'isGateway',
    'times',
  ])
  const dialect = (each: unknown, where: string): ApiDialect => word(each, where, DIALECTS)
  if (upstream.keyEnv !== undefined && upstream.keyFile !== undefined) {
    throw new InvalidGatewayConfigError('upstream.keyFile', undefined, 'either keyEnv or keyFile, not both')
  }
  const times = fieldsOf(
    upstream.times === undefined ? {} : upstream.times,
    'upstream.times',
    Object.keys(UPSTREAM_TIMES),
  )
  const time = (name: keyof UpstreamTimes): number =>
    optional(times[name], (each) => whole(each, `upstream.times.${name}`, 1, 86_400)) ?? UPSTREAM_TIMES[name]
  return {
    url: httpUrl(upstream.url, 'upstream.url'),
    dialects: upstream.dialects === undefined ? DIALECTS : list(upstream.dialects, 'upstream.dialects', dialect),
    ...given(
      'keyEnv',
      optional(upstream.keyEnv, (each) => variable(each, 'upstream.keyEnv')),
    ),
    ...given(
      'keyFile',
      optional(upstream.keyFile, (each) => text(each, 'upstream.keyFile')),
    ),
    asksUsage: optional(upstream.asksUsage, (each) => flag(each, 'upstream.asksUsage')) ?? true,
    isGateway: optional(upstream.isGateway, (each) => flag(each, 'upstream.isGateway')) ?? false,
    times: { connect: time('connect'), head: time('head'), silence: time('silence'), idle: time('idle') },
  }
}

function modelsOf(value: unknown): GatewayConfig['models'] {
  const models = list(value, 'models', (each, where) => {
    const fields = fieldsOf(each, where, ['name', 'model', 'use'])
    return {
      name: text(fields.name, `${where}.name`),
      model: text(fields.model, `${where}.model`),
      use: fields.use === undefined ? ('commercial' as Right) : word(fields.use, `${where}.use`, RIGHT_NAMES),
    }
  })
  const twice = models.find(({ name }, index) => models.findIndex((each) => each.name === name) !== index)
  if (twice) throw new InvalidGatewayConfigError('models', twice.name, 'each name once')
  return models
}

function onLeaveOf(value: unknown): OnLeave {
  if (value === undefined || value === 'stop') return 'stop'
  const { drain } = fieldsOf(value, 'onLeave', ['drain'], '"stop", or {"drain": {"seconds": 30, "bytes": 1000000}}')
  const { seconds, bytes } = fieldsOf(drain, 'onLeave.drain', ['seconds', 'bytes'])
  return {
    drain: {
      seconds: whole(seconds, 'onLeave.drain.seconds', 1, 3600),
      bytes: whole(bytes, 'onLeave.drain.bytes', 1, 2 ** 30),
    },
  }
}

function onRevokeOf(value: unknown): OnRevoke {
  if (value === undefined || value === 'cut') return 'cut'
  const { finish } = fieldsOf(value, 'onRevoke', ['finish'], '"cut", or {"finish": {"seconds": 30}}')
  const { seconds } = fieldsOf(finish, 'onRevoke.finish', ['seconds'])
  return { finish: { seconds: whole(seconds, 'onRevoke.finish.seconds', 1, 3600) } }
}

function statementsOf(value: unknown): NonNullable<GatewayConfig['statements']> {
  const { origin, publisher } = fieldsOf(value, 'statements', ['origin', 'publisher'])
  const url = httpUrl(origin, 'statements.origin')
  if (new URL(url).origin !== url) {
    throw new InvalidGatewayConfigError(
      'statements.origin',
      origin,
      'scheme and host alone, such as https://api.example',
    )
  }
  return { origin: url, publisher: addressIn(publisher, 'statements.publisher') }
}

function wordsOf(trust: unknown, facts: unknown): Words {
  const fields = fieldsOf(trust, 'trust', ['everybody', 'publishers', 'models', 'unreviewed'])
  const addresses = (name: 'publishers' | 'unreviewed'): Address[] =>
    fields[name] === undefined ? [] : list(fields[name], `trust.${name}`, addressIn)
  const byHolder = new Map(
    Object.entries(fieldsOf(facts, 'facts', Object.keys(Object(facts) as object))).map(([holder, known]) => {
      const where = `facts.${holder}`
      const counts = fieldsOf(known, where, Object.keys(Object(known) as object))
      const read = Object.entries(counts).map(([name, count]) => [name, amountIn(count, `${where}.${name}`)] as const)
      const stated = Object.fromEntries(read)
      // Names that no license can ask for are refused here, and not with the first key.
      factsOf(stated)
      return [addressIn(holder, where), stated]
    }),
  )
  if (byHolder.size < Object.keys(Object(facts) as object).length) {
    throw new InvalidGatewayConfigError('facts', facts, 'each holder once, in whatever case its address is')
  }
  return {
    everybody: optional(fields.everybody, (each) => flag(each, 'trust.everybody')) ?? false,
    trusted: addresses('publishers'),
    named: fields.models === undefined ? [] : list(fields.models, 'trust.models', modelIn),
    unreviewed: addresses('unreviewed'),
    factsOf: (holder) => byHolder.get(holder) ?? {},
  }
}

function addressIn(value: unknown, where: string): Address {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)) return parseAddress(value)
  throw new InvalidGatewayConfigError(where, value, 'an address')
}

function modelIn(value: unknown, where: string): ModelId {
  if (typeof value === 'string' && isBytes32(value)) return parseModelId(value)
  throw new InvalidGatewayConfigError(where, value, 'the id of a model')
}

/** A whole number, as digits where it is beyond what JSON's numbers tell apart. */
function amountIn(value: unknown, where: string): bigint {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return BigInt(value as number)
  if (typeof value === 'string' && /^\d{1,38}$/.test(value)) return BigInt(value)
  throw new InvalidGatewayConfigError(where, value, 'a whole number from 0, or its digits')
}

type Fields = Record<string, unknown>

function fieldsOf(value: unknown, where: string, names: readonly string[], expected = 'an object'): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidGatewayConfigError(where, value, expected)
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new InvalidGatewayConfigError(`a field of ${where}`, unknown, `only the fields ${names.join(', ')}`)
  }
  return value as Fields
}

function list<T>(value: unknown, where: string, read: (each: unknown, where: string) => T): T[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidGatewayConfigError(where, value, 'a list with at least one entry')
  }
  if (value.length > 1000) throw new InvalidGatewayConfigError(where, value, 'a list with at most 1,000 entries')
  return value.map((each, index) => read(each, `${where}[${index}]`))
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value)
}

/** A field that is left out where there is nothing. */
function given<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V })
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 2048) return value
  throw new InvalidGatewayConfigError(where, value, 'a text that is not empty, of at most 2,048 characters')
}

function variable(value: unknown, where: string): string {
  if (typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(value)) return value
  throw new InvalidGatewayConfigError(where, undefined, 'the name of an environment variable, such as UPSTREAM_KEY')
}

function httpUrl(value: unknown, where: string): string {
  if (typeof value === 'string' && isHttpUrl(value)) return value
  // An address may hold a secret, so it is not repeated.
  throw new InvalidGatewayConfigError(
    where,
    undefined,
    'an http or https URL without user, password, query or fragment',
  )
}

function whole(value: unknown, where: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new InvalidGatewayConfigError(where, value, `a whole number from ${least} to ${most}`)
}

function flag(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidGatewayConfigError(where, value, 'true or false')
}

function word<T extends string>(value: unknown, where: string, words: readonly T[]): T {
  const found = words.find((each) => each === value)
  if (found !== undefined) return found
  throw new InvalidGatewayConfigError(where, value, `one of ${words.join(', ')}`)
}

/** Thrown when the configuration of a gateway cannot be used. */
export class InvalidGatewayConfigError extends StemmaError {
  override name = 'InvalidGatewayConfigError'
  constructor(field: string, value: unknown, expected: string) {
    const found =
      value === undefined
        ? 'missing or not usable'
        : typeof value === 'string'
          ? quoted(value)
          : shortText(JSON.stringify(value) ?? typeof value, 100)
    super(
      'INVALID_GATEWAY_CONFIG',
      `In the configuration of the gateway, ${field} is ${found}. Expected ${expected}. docs/gateway-config.schema.json describes the file.`,
    )
  }
}
