import { readChainId, type ChainId } from '../core/chainId.ts'
import type { Deployment } from '../core/deployment.ts'
import {
  isBytes32,
  parseAddress,
  parseDigest,
  parseModelId,
  parseTermsId,
  parseTierId,
  type Address,
  type Digest,
  type Hex,
  type ModelId,
  type TermsId,
  type TierId,
} from '../core/hex.ts'
import { didYouMean, hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { MAX_URI_BYTES } from '../core/registration.ts'

/** The fields of an untrusted object. */
export type Fields = Readonly<Record<string, unknown>>

/** Makes the error of a format: which field has which value, what was expected, and a hint for the end of the message. */
export type FieldError = (field: string, value: unknown, expected: string, hint: string) => Error

/**
 * Reads the values of a document that others wrote. Every method takes a value and the name of its field, and returns the value with
 * its type, or throws the error of the format.
 */
export class FieldReader {
  readonly #error: FieldError

  constructor(error: FieldError) {
    this.#error = error
  }

  /** Refuses a value. */
  fail(field: string, value: unknown, expected: string, hint = ''): never {
    throw this.#error(field, value, expected, hint)
  }

  /** An object. With `names`, one that has a field of another name is refused. */
  object(value: unknown, field: string, names?: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail(field, value, 'an object')
    const fields = value as Fields
    const unknown = names && Object.keys(fields).find((name) => !names.includes(name))
    if (unknown === undefined) return fields
    return this.fail(unknown, fields[unknown], `one of the fields ${names!.join(', ')}`, didYouMean(unknown, names!))
  }

  /** A list of at most `most` items. */
  list(value: unknown, field: string, most: number): readonly unknown[] {
    if (!Array.isArray(value) || value.length > most) return this.fail(field, value, `a list of at most ${most}`)
    return value
  }

  /** The number that states the version of the format. */
  version<V extends number>(value: unknown, version: V, field = 'version'): V {
    return value === version ? version : this.fail(field, value, `the number ${version}`)
  }

  /** A whole number below 2^48, as the contracts keep times. */
  count(value: unknown, field: string, below = 2 ** 48): number {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < below) return value
    return this.fail(field, value, `a whole number below ${below}`)
  }

  /** The id of a chain: a number up to 2^53 - 1, a string of decimal digits beyond. */
  chainId(value: unknown, field: string): ChainId {
    const expected = 'a whole number, beyond 2^53 - 1 as a string of decimal digits'
    return readChainId(value) ?? this.fail(field, value, expected)
  }

  boolean(value: unknown, field: string): boolean {
    return typeof value === 'boolean' ? value : this.fail(field, value, 'true or false')
  }

  text(value: unknown, field: string): string {
    return typeof value === 'string' ? value : this.fail(field, value, 'text')
  }

  /** A URI that a registration may have. */
  uri(value: unknown, field: string): string {
    if (typeof value === 'string' && !hasUnsafeCharacters(value) && utf8Length(value) <= MAX_URI_BYTES) return value
    return this.fail(field, value, `text of at most ${MAX_URI_BYTES} bytes without control characters`)
  }

  /** One of some words. */
  word<Word extends string>(value: unknown, field: string, words: readonly Word[]): Word {
    const found = words.find((word) => word === value)
    if (found !== undefined) return found
    const hint = typeof value === 'string' ? didYouMean(value, words) : ''
    return this.fail(field, value, `one of: ${words.join(', ')}`, hint)
  }

  bytes32(value: unknown, field: string): Hex {
    if (typeof value === 'string' && isBytes32(value)) return parseDigest(value)
    return this.fail(field, value, '0x and 64 hex digits')
  }

  digest(value: unknown, field: string): Digest {
    return parseDigest(this.bytes32(value, field))
  }

  modelId(value: unknown, field: string): ModelId {
    return parseModelId(this.bytes32(value, field))
  }

  termsId(value: unknown, field: string): TermsId {
    return parseTermsId(this.bytes32(value, field))
  }

  tierId(value: unknown, field: string): TierId {
    return parseTierId(this.bytes32(value, field))
  }

  account(value: unknown, field: string): Address {
    if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)) return parseAddress(value)
    return this.fail(field, value, 'an address of 0x and 40 hex digits')
  }

  /** A signature of at most 4,096 bytes, as contracts that sign by ERC-1271 may need. */
  signature(value: unknown, field: string): Hex {
    if (typeof value === 'string' && /^0x([0-9a-fA-F]{2}){1,4096}$/.test(value)) return value.toLowerCase() as Hex
    return this.fail(field, value, '0x and hex digits')
  }

  /** Checks that a document belongs to a ledger: to its chain, and to one of its contracts. */
  ledger<Contract extends keyof Deployment['contracts']>(
    { name, chainId, contracts }: Deployment,
    contract: Contract,
    file: { chainId: ChainId } & Record<Contract, Address>,
  ): void {
    if (file.chainId !== chainId) this.fail('chainId', file.chainId, `${chainId}, the chain of the ledger "${name}"`)
    if (file[contract] !== contracts[contract]) {
      this.fail(contract, file[contract], `${contracts[contract]}, as of the ledger "${name}"`)
    }
  }
}

/** A value in an error message: cut, and safe to print. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (value === undefined) return 'missing'
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch {
    // Not from JSON: a bigint, or an object that holds itself.
  }
  if (json === undefined) return `a ${typeof value}`
  return /^(\d+|true|false|null)$/.test(json) ? json : quoted(json)
}
