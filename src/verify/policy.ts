import { StemmaError } from '../core/errors.ts'
import type { Address } from '../core/hex.ts'
import type { LedgerReader } from '../core/ports.ts'
import { quoted } from '../core/text.ts'
import { measureName, parseMeasure, type Facts } from '../core/topics.ts'
import { OBLIGATION_NAMES, type Obligation } from '../core/vocabulary.ts'
import { FieldReader, describeValue } from '../documents/fields.ts'
import { readGuardPolicy, type GuardPolicy } from './guardPolicy.ts'
import { answerRules, type RuledAnswer, type RuledLineage } from './rules/answerRules.ts'
import type { FindDocuments } from './rules/documents.ts'
import { readRules, ruleOf, type LineageRule } from './rules/lineageRules.ts'
import { readScanPolicy, type ScanPolicy } from './scanPolicy.ts'

/** Rules on a lineage. Only {@link parsePolicy} and {@link lineageRules} make them, so that each is one that is understood. */
export type LineageRules = {
  rules: readonly LineageRule[]
  /** Answers each rule about a lineage. @param find finds the documents that rules ask for; without it, what rests on these is unknown */
  answer(
    reader: Pick<LedgerReader, 'readPublishers'>,
    subject: RuledLineage,
    find?: FindDocuments,
  ): Promise<RuledAnswer>
}

/** Whose word counts, and what the licensee states about itself. */
export type TrustPolicy = {
  /** Who wants to use the model; the public when left out. */
  licensee?: Address
  /** Publishers whose registrations count. When given, a model of another publisher makes the answer unknown. */
  trustedPublishers?: readonly Address[]
  /** Publishers whose models may not be used. */
  deniedPublishers?: readonly Address[]
  /** Operators of gateways whose logs count, beside the publisher's own and the licensee's. */
  trustedOperators?: readonly Address[]
  /** Obligations that the licensee meets already, so that they are not a condition any more. */
  fulfilled?: readonly Obligation[]
  /** What the model may be made from, and by whom. Each rule is answered; a broken one forbids every use. */
  lineage?: LineageRules
  /** Facts of the licensee; facts that are passed beside the policy come first. */
  facts?: Facts
  /** Accounts whose signatures make a checkpoint of a block count, and how many of them it takes. */
  checkpoints?: { signers: readonly Address[]; threshold: number }
  /** What `stemma guard` starts, and how. */
  guard?: GuardPolicy
  /** Which findings of a scan may be passed over, and by whom. */
  scan?: ScanPolicy
}

const POLICY_FIELDS = [
  'version',
  'licensee',
  'trustedPublishers',
  'deniedPublishers',
  'trustedOperators',
  'fulfilled',
  'lineage',
  'facts',
  'checkpoints',
  'guard',
  'scan',
]

/** Most items of a list of a policy. */
const MOST_ITEMS = 10_000

/**
 * Reads a trust policy from parsed JSON. Unknown fields are refused, so that a misspelled one cannot pass as permission, and so
 * is an empty policy.
 *
 * @throws {@link InvalidPolicyError} naming the field
 */
export function parsePolicy(value: unknown): TrustPolicy {
  const fields = read.object(value, 'the policy', POLICY_FIELDS)
  read.version(fields.version, 1)
  const accounts = (name: 'trustedPublishers' | 'deniedPublishers' | 'trustedOperators'): Address[] | undefined =>
    optional(fields[name], (list) =>
      read.list(list, name, MOST_ITEMS).map((item, index) => read.account(item, `${name}[${index}]`)),
    )
  const policy = {
    licensee: optional(fields.licensee, (item) => read.account(item, 'licensee')),
    trustedPublishers: accounts('trustedPublishers'),
    deniedPublishers: accounts('deniedPublishers'),
    trustedOperators: accounts('trustedOperators'),
    fulfilled: optional(fields.fulfilled, (list) =>
      read
        .list(list, 'fulfilled', MOST_ITEMS)
        .map((item, index) => read.word(item, `fulfilled[${index}]`, OBLIGATION_NAMES)),
    ),
    lineage: optional(fields.lineage, rulesFrom),
    facts: optional(fields.facts, parseFacts),
    checkpoints: optional(fields.checkpoints, parseCheckpoints),
    guard: optional(fields.guard, (value) => readGuardPolicy(read, value)),
    scan: optional(fields.scan, (value) => readScanPolicy(read, value)),
  }
  const contradiction = policy.trustedPublishers?.find((publisher) => policy.deniedPublishers?.includes(publisher))
  if (contradiction) read.fail('deniedPublishers', contradiction, 'publishers that are not trusted too')
  return Object.fromEntries(Object.entries(policy).filter(([, entry]) => entry !== undefined))
}

/**
 * Makes the rules of a policy on the lineage, for a program that states them itself; {@link parsePolicy} reads those of a file. They are what
 * answers them, so that a page without rules does not download how.
 *
 * @example
 * const policy = { lineage: lineageRules([{ denyModels: ['acme/*'] }, { unknownParents: 'deny' }]) }
 *
 * @throws {@link InvalidPolicyError} naming the field
 */
export function lineageRules(rules: readonly LineageRule[]): LineageRules {
  return rulesFrom(rules)
}

function rulesFrom(value: unknown): LineageRules {
  const rules = readRules(read, value)
  return {
    rules: rules.map(ruleOf),
    answer: (reader, subject, find) => answerRules(reader, subject, rules, find),
  }
}

/**
 * Reads facts of a licensee from parsed JSON: whole numbers, or true and false for what is a yes or no, by the names of their measures. Two
 * names of one measure are refused.
 *
 * @throws {@link InvalidPolicyError} naming the field
 * @throws `InvalidMeasureError` when a name is not that of a measure
 */
export function parseFacts(value: unknown): Facts {
  const facts: Record<string, bigint> = {}
  for (const [field, given] of Object.entries(read.object(value, 'facts'))) {
    const name = measureName(parseMeasure(field))
    if (Object.hasOwn(facts, name)) return read.fail(`facts.${field}`, given, `one value of ${name}`)
    const number = typeof given === 'boolean' ? Number(given) : given
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
      return read.fail(`facts.${field}`, given, 'a whole number, or true or false')
    }
    facts[name] = BigInt(number)
  }
  return facts
}

function parseCheckpoints(value: unknown): NonNullable<TrustPolicy['checkpoints']> {
  const fields = read.object(value, 'checkpoints', ['signers', 'threshold'])
  const listed = read.list(fields.signers, 'checkpoints.signers', MOST_ITEMS)
  const signers = listed.map((item, index) => read.account(item, `checkpoints.signers[${index}]`))
  const threshold = read.count(fields.threshold, 'checkpoints.threshold')
  // A threshold that repeated accounts meet is met by fewer people than it says.
  if (new Set(signers).size !== signers.length) read.fail('checkpoints.signers', listed, 'each account once')
  if (threshold < 1 || threshold > signers.length) {
    read.fail('checkpoints.threshold', threshold, `a number from 1 to ${signers.length}, the number of signers`)
  }
  return { signers, threshold }
}

function optional<T>(value: unknown, parse: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : parse(value)
}

/** Thrown when a policy or facts are malformed, contradictory or empty. They are never read as permission. */
export class InvalidPolicyError extends StemmaError {
  override name = 'InvalidPolicyError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_POLICY',
      `Invalid policy or facts: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Correct the file or the option.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidPolicyError(...fault))
