import { StemmaError } from '../core/errors.ts'
import type { Facts } from '../core/evaluate.ts'
import { parseAddress, type Address } from '../core/hex.ts'
import { didYouMean } from '../core/text.ts'
import { METRIC_NAMES, parseObligation, type Metric, type Obligation } from '../core/vocabulary.ts'

/** Whose word counts, and what the licensee says of itself. */
export type TrustPolicy = {
  /** Who wants to use the model; the public when left out. */
  licensee?: Address
  /** Publishers whose registrations count. When given, a model of anybody else makes the answer unknown. */
  trustedPublishers?: readonly Address[]
  /** Publishers whose models may not be used. */
  deniedPublishers?: readonly Address[]
  /** Operators of gateways whose logs count, beside the publisher's own and the licensee's. */
  trustedOperators?: readonly Address[]
  /** Obligations that the licensee already meets, so that they are conditions no longer. */
  fulfilled?: readonly Obligation[]
  /** Facts of the licensee; facts that are passed beside the policy come first. */
  facts?: Facts
}

/**
 * A trust policy out of a parsed JSON file. Unknown fields are refused, so that a misspelt one cannot pass as permission, and
 * so is an empty policy.
 *
 * @throws {@link InvalidPolicyError} naming the field
 */
export function parsePolicy(value: unknown): TrustPolicy {
  const fields = objectOf(value, 'the policy')
  const known = [
    'version',
    'licensee',
    'trustedPublishers',
    'deniedPublishers',
    'trustedOperators',
    'fulfilled',
    'facts',
  ]
  refuseUnknown(fields, known, 'the policy')
  if (fields.version !== 1) throw new InvalidPolicyError('version', fields.version, 'the number 1')
  const accounts = (name: string): Address[] | undefined =>
    optional(fields[name], (list) => listOf(list, name).map((item) => wordOf(item, name, parseAddress)))
  const policy = {
    licensee: optional(fields.licensee, (item) => wordOf(item, 'licensee', parseAddress)),
    trustedPublishers: accounts('trustedPublishers'),
    deniedPublishers: accounts('deniedPublishers'),
    trustedOperators: accounts('trustedOperators'),
    fulfilled: optional(fields.fulfilled, (list) =>
      listOf(list, 'fulfilled').map((item) => wordOf(item, 'fulfilled', parseObligation)),
    ),
    facts: optional(fields.facts, parseFacts),
  }
  const contradiction = policy.trustedPublishers?.find((publisher) => policy.deniedPublishers?.includes(publisher))
  if (contradiction) {
    throw new InvalidPolicyError('deniedPublishers', contradiction, 'no publisher that is trusted too')
  }
  return Object.fromEntries(Object.entries(policy).filter(([, entry]) => entry !== undefined))
}

/**
 * Facts of a licensee out of a parsed JSON file: whole numbers, or true and false for what is a yes or no.
 *
 * @throws {@link InvalidPolicyError} naming the field
 */
export function parseFacts(value: unknown): Facts {
  const fields = objectOf(value, 'facts')
  refuseUnknown(fields, METRIC_NAMES, 'facts')
  const facts: { [metric in Metric]?: bigint } = {}
  for (const [name, given] of Object.entries(fields)) {
    const number = typeof given === 'boolean' ? Number(given) : given
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
      throw new InvalidPolicyError(`facts.${name}`, given, 'a whole number, or true or false')
    }
    facts[name as Metric] = BigInt(number)
  }
  return facts
}

function objectOf(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidPolicyError(field, value, 'an object')
  }
  return value as Record<string, unknown>
}

function listOf(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw new InvalidPolicyError(field, value, 'a list')
  return value
}

function wordOf<T>(value: unknown, field: string, parse: (text: string) => T): T {
  if (typeof value !== 'string') throw new InvalidPolicyError(field, value, 'text')
  try {
    return parse(value)
  } catch (error) {
    throw new InvalidPolicyError(field, value, 'another value', { cause: error, hint: ` ${(error as Error).message}` })
  }
}

function optional<T>(value: unknown, parse: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : parse(value)
}

function refuseUnknown(fields: Record<string, unknown>, known: readonly string[], where: string): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, known)
    throw new InvalidPolicyError(`${where}.${unknown}`, fields[unknown], `one of the fields ${known.join(', ')}`, {
      hint,
    })
  }
}

/** Thrown when a policy or facts are malformed, contradictory or empty. They are never read as permission. */
export class InvalidPolicyError extends StemmaError {
  override name = 'InvalidPolicyError'
  constructor(field: string, value: unknown, expected: string, options: { cause?: unknown; hint?: string } = {}) {
    const { cause, hint = '' } = options
    const start = (JSON.stringify(value) ?? 'missing').slice(0, 100)
    super('INVALID_POLICY', `In the policy or facts, "${field}" is ${start}. Expected ${expected}.${hint}`, { cause })
  }
}
