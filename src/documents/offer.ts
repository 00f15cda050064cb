import type { ChainId } from '../core/chainId.ts'
import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import type { Grant } from '../core/grant.ts'
import type { Address, Hex } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { RIGHT_NAMES } from '../core/vocabulary.ts'
import { FieldReader, describeValue } from './fields.ts'

/** An offer of a credential that a publisher has signed for one holder. Plain data: it can be written to a file. */
export type SignedOffer = Required<Grant> & {
  /** The publisher's epoch when it was signed: a change of its controller ends the offer. */
  epoch: number
  /** Last second at which it can be accepted (Unix seconds). */
  deadline: number
  /** Who signed: the controller or an operator of the model's publisher. */
  signer: Address
  signature: Hex
}

/** A signed offer in a file, with the ledger that it is for, so that it is not sent to another one. */
export type OfferFile = { version: 1; chainId: ChainId; licenseCredential: Address; offer: SignedOffer }

/** Makes the file of an offer that was signed for a ledger. */
export function offerFileOf(deployment: Deployment, offer: SignedOffer): OfferFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, licenseCredential: contracts.licenseCredential, offer }
}

/** Reads the parsed JSON of an offer's file. @throws {@link InvalidOfferError} naming the field */
export function parseOfferFile(value: unknown): OfferFile {
  const file = read.object(value, 'the file', ['version', 'chainId', 'licenseCredential', 'offer'])
  const granted = ['model', 'tier', 'holder', 'validFrom', 'validUntil', 'payment', 'agreement', 'lifts']
  const names = [...granted, 'epoch', 'deadline', 'signer', 'signature']
  const version = read.version(file.version, 1)
  const offer = read.object(file.offer, 'offer', names)
  return {
    version,
    chainId: read.chainId(file.chainId, 'chainId'),
    licenseCredential: read.account(file.licenseCredential, 'licenseCredential'),
    offer: {
      model: read.modelId(offer.model, 'model'),
      tier: read.tierId(offer.tier, 'tier'),
      holder: read.account(offer.holder, 'holder'),
      validFrom: read.count(offer.validFrom, 'validFrom'),
      validUntil: read.count(offer.validUntil, 'validUntil'),
      payment: read.digest(offer.payment, 'payment'),
      agreement: read.digest(offer.agreement, 'agreement'),
      lifts: read.list(offer.lifts, 'lifts', RIGHT_NAMES.length).map((right) => read.word(right, 'lifts', RIGHT_NAMES)),
      epoch: read.count(offer.epoch, 'epoch'),
      deadline: read.count(offer.deadline, 'deadline'),
      signer: read.account(offer.signer, 'signer'),
      signature: read.signature(offer.signature, 'signature'),
    },
  }
}

/** Checks that an offer was signed for a ledger. @throws {@link InvalidOfferError} */
export function checkOfferLedger(deployment: Deployment, file: OfferFile): void {
  read.ledger(deployment, 'licenseCredential', file)
}

/** Thrown when a file does not hold a signed offer, or holds one for another ledger. */
export class InvalidOfferError extends StemmaError {
  override name = 'InvalidOfferError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_OFFER',
      `Invalid offer: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Ask the publisher for another file, or choose the offer's ledger by --deployment.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidOfferError(...fault))
