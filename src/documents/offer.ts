import { StemmaError } from '../core/errors.ts'
import {
  isBytes32,
  parseAddress,
  parseModelId,
  parseTierId,
  type Address,
  type Hex,
  type ModelId,
  type TierId,
} from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { Deployment } from '../core/deployment.ts'

/** An offer of a credential that a publisher has signed for one holder. Plain data: it can be written to a file. */
export type SignedOffer = {
  model: ModelId
  tier: TierId
  holder: Address
  /** Unix seconds. */
  validFrom: number
  /** Unix seconds, exclusive. */
  validUntil: number
  /** Last second at which it can be accepted (Unix seconds). */
  deadline: number
  /** Who signed: the controller or an operator of the model's publisher. */
  signer: Address
  signature: Hex
}

/** A signed offer in a file, with where it holds, so that it is not sent to another ledger. */
export type OfferFile = { version: 1; chainId: number; licenseCredential: Address; offer: SignedOffer }

/** The file of an offer that was signed for a ledger. */
export function offerFileOf(deployment: Deployment, offer: SignedOffer): OfferFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, licenseCredential: contracts.licenseCredential, offer }
}

/** An offer out of a parsed file, for a ledger. @throws {@link InvalidOfferError} naming the field */
export function parseOfferFile(value: unknown): OfferFile {
  const file = fieldsOf(value, 'the file', ['version', 'chainId', 'licenseCredential', 'offer'])
  if (file.version !== 1) throw new InvalidOfferError('version', 'the number 1')
  const names = ['model', 'tier', 'holder', 'validFrom', 'validUntil', 'deadline', 'signer', 'signature']
  const offer = fieldsOf(file.offer, 'offer', names)
  const id = (name: string): string => {
    const text = offer[name]
    if (typeof text !== 'string' || !isBytes32(text)) throw new InvalidOfferError(name, '0x and 64 hex digits')
    return text
  }
  const account = (fields: Record<string, unknown>, name: string): Address => {
    const text = fields[name]
    if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(text)) {
      throw new InvalidOfferError(name, 'an address of 0x and 40 hex digits')
    }
    return parseAddress(text)
  }
  const count = (fields: Record<string, unknown>, name: string): number => {
    const number = fields[name]
    if (typeof number !== 'number' || !(Number.isSafeInteger(number) && number >= 0 && number < 2 ** 48)) {
      throw new InvalidOfferError(name, 'a whole number')
    }
    return number
  }
  const { signature } = offer
  if (typeof signature !== 'string' || !/^0x([0-9a-fA-F]{2}){1,4096}$/.test(signature)) {
    throw new InvalidOfferError('signature', '0x and hex digits')
  }
  return {
    version: 1,
    chainId: count(file, 'chainId'),
    licenseCredential: account(file, 'licenseCredential'),
    offer: {
      model: parseModelId(id('model')),
      tier: parseTierId(id('tier')),
      holder: account(offer, 'holder'),
      validFrom: count(offer, 'validFrom'),
      validUntil: count(offer, 'validUntil'),
      deadline: count(offer, 'deadline'),
      signer: account(offer, 'signer'),
      signature: signature.toLowerCase() as Hex,
    },
  }
}

/** Checks that an offer was signed for a ledger. @throws {@link InvalidOfferError} */
export function checkOfferLedger(deployment: Deployment, file: OfferFile): void {
  const { name, chainId, contracts } = deployment
  if (file.chainId !== chainId) throw new InvalidOfferError('chainId', `${chainId}, the chain of the ledger "${name}"`)
  if (file.licenseCredential !== contracts.licenseCredential) {
    throw new InvalidOfferError('licenseCredential', `${contracts.licenseCredential}, as of the ledger "${name}"`)
  }
}

function fieldsOf(value: unknown, where: string, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidOfferError(where, 'an object')
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new InvalidOfferError(quoted(unknown), `one of the fields ${names.join(', ')}`)
  return value as Record<string, unknown>
}

/** Thrown when a file holds no signed offer, or one for another ledger. */
export class InvalidOfferError extends StemmaError {
  override name = 'InvalidOfferError'
  constructor(field: string, expected: string) {
    super(
      'INVALID_OFFER',
      `The offer cannot be used: ${field} is not ${expected}. Ask the publisher for another file (stemma credential offer), or choose its ledger by --deployment.`,
    )
  }
}
