import type { ChainId } from '../core/chainId.ts'
import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address, Digest, Hex } from '../core/hex.ts'
import type { Registration } from '../core/registration.ts'
import { quoted } from '../core/text.ts'
import { FieldReader, describeValue } from './fields.ts'
import { parentsOf } from './parents.ts'

/** A registration that its publisher has signed, for somebody else to send. Plain data: it can be written to a file. */
export type SignedRegistration = {
  registration: Registration
  /** Who signed: the controller or an operator of the publisher. */
  signer: Address
  /** The publisher's epoch when it was signed: a change of its controller ends the signature. */
  epoch: number
  /** Last second at which it can be sent (Unix seconds). */
  deadline: number
  signature: Hex
}

/** A signed registration in a file, with the ledger that it is for, so that it is not sent to another one. */
export type RegistrationFile = { version: 1; chainId: ChainId; ledger: Address; signed: SignedRegistration }

/** Makes the file of a registration that was signed for a ledger. */
export function registrationFileOf(deployment: Deployment, signed: SignedRegistration): RegistrationFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, ledger: contracts.ledger, signed }
}

/** Reads the parsed JSON of a signed registration's file. @throws {@link InvalidSignedRegistrationError} naming the field */
export function parseRegistrationFile(value: unknown): RegistrationFile {
  const file = read.object(value, 'the file', ['version', 'chainId', 'ledger', 'signed'])
  const version = read.version(file.version, 1)
  const signed = read.object(file.signed, 'signed', ['registration', 'signer', 'epoch', 'deadline', 'signature'])
  return {
    version,
    chainId: read.chainId(file.chainId, 'chainId'),
    ledger: read.account(file.ledger, 'ledger'),
    signed: {
      registration: registrationOf(signed.registration),
      signer: read.account(signed.signer, 'signer'),
      epoch: read.count(signed.epoch, 'epoch'),
      deadline: read.count(signed.deadline, 'deadline'),
      signature: read.signature(signed.signature, 'signature'),
    },
  }
}

/** Checks that a registration was signed for a ledger. @throws {@link InvalidSignedRegistrationError} */
export function checkRegistrationLedger(deployment: Deployment, file: RegistrationFile): void {
  read.ledger(deployment, 'ledger', file)
}

function registrationOf(value: unknown): Registration {
  const names = ['publisher', 'weights', 'tensors', 'annex', 'datasets', 'method', 'terms', 'parents', 'uri']
  const fields = read.object(value, 'registration', names)
  return {
    publisher: read.account(fields.publisher, 'publisher'),
    weights: weightsOf(fields.weights),
    tensors: read.digest(fields.tensors, 'tensors'),
    annex: read.digest(fields.annex, 'annex'),
    datasets: read.digest(fields.datasets, 'datasets'),
    method: read.digest(fields.method, 'method'),
    terms: read.termsId(fields.terms, 'terms'),
    parents: parentsOf(read, fields.parents),
    uri: read.uri(fields.uri, 'uri'),
  }
}

function weightsOf(value: unknown): Digest {
  const weights = read.digest(value, 'weights')
  return BigInt(weights) === 0n ? read.fail('weights', weights, 'a digest that is not zero') : weights
}

/** Thrown when a file does not hold a signed registration, or holds one for another ledger. */
export class InvalidSignedRegistrationError extends StemmaError {
  override name = 'InvalidSignedRegistrationError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_SIGNED_REGISTRATION',
      `Invalid signed registration: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Ask the publisher for another file, or choose the registration's ledger by --deployment.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidSignedRegistrationError(...fault))
