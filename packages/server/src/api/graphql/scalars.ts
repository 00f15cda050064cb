import { GraphQLScalarType, Kind, valueFromASTUntyped, type ValueNode } from 'graphql'

import {
  CLAIM_STATES,
  CREDENTIAL_STATES,
  type ChainId,
  EVIDENCE_GRADES,
  INHERITANCE_STATES,
  MODEL_ORDERS,
  MODEL_STATUSES,
  OBLIGATION_NAMES,
  parseAddress,
  parseDigest,
  PART_NAMES,
  quoted,
  readChainId,
  RELATION_NAMES,
  REVIEW_ORDERS,
  REVIEW_STATES,
  RIGHT_NAMES,
  SCAN_SCOPES,
  SCAN_VERDICTS,
  SCOPE_NAMES,
  SERVING_GRADES,
  StemmaError,
  TERMS_FLAG_NAMES,
  VERDICTS,
} from 'stemma/core'
import { CHANGE_KINDS, THEMES } from 'stemma/map'
import { EVENT_KINDS } from '../../indexer/codes.ts'

/** The words that each scalar of words allows. */
export const WORDS: Readonly<Record<string, readonly string[]>> = {
  Relation: RELATION_NAMES,
  Part: PART_NAMES,
  Grade: EVIDENCE_GRADES,
  ModelStatus: MODEL_STATUSES,
  ModelOrder: MODEL_ORDERS,
  CredentialState: CREDENTIAL_STATES.slice(1),
  Right: RIGHT_NAMES,
  Scope: SCOPE_NAMES,
  Obligation: OBLIGATION_NAMES,
  TermsFlag: TERMS_FLAG_NAMES,
  Verdict: VERDICTS,
  ClaimState: CLAIM_STATES.slice(1),
  InheritanceState: INHERITANCE_STATES.slice(1),
  ReviewState: REVIEW_STATES,
  ReviewOrder: REVIEW_ORDERS,
  ScanVerdict: SCAN_VERDICTS.slice(1),
  ScanScope: SCAN_SCOPES.slice(1),
  ServingGrade: SERVING_GRADES,
  EventName: Object.keys(EVENT_KINDS),
  MapTheme: THEMES,
  ChangeKind: CHANGE_KINDS,
}

/** Parsers and serializers of the schema's scalars. */
export const SCALARS: Readonly<Record<string, GraphQLScalarType>> = {
  Bytes32: scalar('Bytes32', (value) => parseDigest(textOf(value, '0x and 64 hex digits'))),
  Address: scalar('Address', (value) => parseAddress(textOf(value, '0x and 40 hex digits'))),
  Seconds: scalar('Seconds', (value) => wholeNumber(value, 'whole Unix seconds, 0 or more')),
  BlockNumber: scalar('BlockNumber', (value) => wholeNumber(value, 'the number of a block, 0 to 2^53 - 1')),
  ChainId: scalar('ChainId', chainId),
  Whole: scalar('Whole', whole, String),
  ...Object.fromEntries(
    Object.entries(WORDS).map(([name, words]) => [name, scalar(name, (value) => wordOf(value, words))]),
  ),
}

function scalar(
  name: string,
  parse: (value: unknown) => unknown,
  serialize: (value: unknown) => unknown = (value) => value,
): GraphQLScalarType {
  return new GraphQLScalarType({
    name,
    serialize,
    parseValue: parse,
    // A query may hold integers that are larger than an Int.
    parseLiteral: (node: ValueNode, variables) =>
      parse(node.kind === Kind.INT ? integer(node.value) : valueFromASTUntyped(node, variables)),
  })
}

function integer(digits: string): number | string {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : digits
}

function textOf(value: unknown, expected: string): string {
  if (typeof value !== 'string') throw new InvalidScalarError(value, expected)
  return value
}

function wholeNumber(value: unknown, expected: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidScalarError(value, expected)
  }
  return value
}

function chainId(value: unknown): ChainId {
  const id = readChainId(value)
  if (id !== undefined) return id
  throw new InvalidScalarError(value, 'the id of a chain: a whole number, beyond 2^53 - 1 as a string')
}

function whole(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^\d{1,39}$/.test(value)) return BigInt(value)
  throw new InvalidScalarError(value, 'a whole number of at most 39 digits, 0 or more, as a string')
}

function wordOf(value: unknown, words: readonly string[]): string {
  if (typeof value !== 'string' || !words.includes(value))
    throw new InvalidScalarError(value, `one of: ${words.join(', ')}`)
  return value
}

/** Thrown when an argument is not a value of its scalar. */
export class InvalidScalarError extends StemmaError {
  override name = 'InvalidScalarError'
  constructor(value: unknown, expected: string) {
    const given = typeof value === 'string' ? quoted(value) : (JSON.stringify(value) ?? 'undefined').slice(0, 100)
    super('INVALID_ARGUMENT', `Invalid argument ${given}: expected ${expected}.`)
  }
}
