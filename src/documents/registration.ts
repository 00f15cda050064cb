import { StemmaError } from '../core/errors.ts'
import {
  isBytes32,
  parseAddress,
  parseDigest,
  parseModelId,
  parseTermsId,
  type Address,
  type Hex,
} from '../core/hex.ts'
import { MAX_PARENTS, type Parent, type Registration } from '../core/registration.ts'
import { quoted } from '../core/text.ts'
import { RELATIONS, type Relation } from '../core/vocabulary.ts'
import type { Deployment } from '../core/deployment.ts'

/** A registration that its publisher has signed, for somebody else to send. Plain data: it can be written to a file. */
export type SignedRegistration = {
  registration: Registration
  /** Who signed: the controller or an operator of the publisher. */
  signer: Address
  /** Last second at which it can be sent (Unix seconds). */
  deadline: number
  signature: Hex
}

/** A signed registration in a file, with where it holds, so that it is not sent to another ledger. */
export type RegistrationFile = { version: 1; chainId: number; ledger: Address; signed: SignedRegistration }

/** The file of a registration that was signed for a ledger. */
export function registrationFileOf(deployment: Deployment, signed: SignedRegistration): RegistrationFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, ledger: contracts.ledger, signed }
}

/** A signed registration out of a parsed file. @throws {@link InvalidSignedRegistrationError} naming the field */
export function parseRegistrationFile(value: unknown): RegistrationFile {
  const file = fieldsOf(value, 'the file', ['version', 'chainId', 'ledger', 'signed'])
  if (file.version !== 1) throw new InvalidSignedRegistrationError('version', 'the number 1')
  const signed = fieldsOf(file.signed, 'signed', ['registration', 'signer', 'deadline', 'signature'])
  const { signature } = signed
  if (typeof signature !== 'string' || !/^0x([0-9a-fA-F]{2}){1,4096}$/.test(signature)) {
    throw new InvalidSignedRegistrationError('signature', '0x and hex digits')
  }
  return {
    version: 1,
    chainId: countOf(file.chainId, 'chainId'),
    ledger: accountOf(file.ledger, 'ledger'),
    signed: {
      registration: registrationOf(signed.registration),
      signer: accountOf(signed.signer, 'signer'),
      deadline: countOf(signed.deadline, 'deadline'),
      signature: signature.toLowerCase() as Hex,
    },
  }
}

/** Checks that a registration was signed for a ledger. @throws {@link InvalidSignedRegistrationError} */
export function checkRegistrationLedger(deployment: Deployment, file: RegistrationFile): void {
  const { name, chainId, contracts } = deployment
  if (file.chainId !== chainId) {
    throw new InvalidSignedRegistrationError('chainId', `${chainId}, the chain of the ledger "${name}"`)
  }
  if (file.ledger !== contracts.ledger) {
    throw new InvalidSignedRegistrationError('ledger', `${contracts.ledger}, the address of the ledger "${name}"`)
  }
}

function registrationOf(value: unknown): Registration {
  const names = ['publisher', 'weights', 'datasets', 'method', 'terms', 'parents', 'uri']
  const fields = fieldsOf(value, 'registration', names)
  if (typeof fields.uri !== 'string') throw new InvalidSignedRegistrationError('uri', 'text')
  if (!Array.isArray(fields.parents) || fields.parents.length > MAX_PARENTS) {
    throw new InvalidSignedRegistrationError('parents', `a list of at most ${MAX_PARENTS}`)
  }
  return {
    publisher: accountOf(fields.publisher, 'publisher'),
    weights: parseDigest(wordOf(fields.weights, 'weights')),
    datasets: parseDigest(wordOf(fields.datasets, 'datasets')),
    method: parseDigest(wordOf(fields.method, 'method')),
    terms: parseTermsId(wordOf(fields.terms, 'terms')),
    parents: fields.parents.map(parentOf),
    uri: fields.uri,
  }
}

function parentOf(value: unknown): Parent {
  const { model, relation } = fieldsOf(value, 'a parent', ['model', 'relation'])
  if (typeof relation !== 'string' || !Object.hasOwn(RELATIONS, relation)) {
    throw new InvalidSignedRegistrationError('relation', `one of ${Object.keys(RELATIONS).join(', ')}`)
  }
  return { model: parseModelId(wordOf(model, 'model')), relation: relation as Relation }
}

function wordOf(value: unknown, field: string): string {
  if (typeof value === 'string' && isBytes32(value)) return value
  throw new InvalidSignedRegistrationError(field, '0x and 64 hex digits')
}

function accountOf(value: unknown, field: string): Address {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)) return parseAddress(value)
  throw new InvalidSignedRegistrationError(field, 'an address of 0x and 40 hex digits')
}

function countOf(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 48) return value
  throw new InvalidSignedRegistrationError(field, 'a whole number')
}

function fieldsOf(value: unknown, where: string, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidSignedRegistrationError(where, 'an object')
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new InvalidSignedRegistrationError(quoted(unknown), `one of the fields ${names.join(', ')}`)
  }
  return value as Record<string, unknown>
}

/** Thrown when a file holds no signed registration, or one for another ledger. */
export class InvalidSignedRegistrationError extends StemmaError {
  override name = 'InvalidSignedRegistrationError'
  constructor(field: string, expected: string) {
    super(
      'INVALID_SIGNED_REGISTRATION',
      `The signed registration cannot be used: ${field} is not ${expected}. Ask its publisher for another file (stemma register --sign-only), or choose its ledger by --deployment.`,
    )
  }
}
