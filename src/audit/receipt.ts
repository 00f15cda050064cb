import { createPublicKey, verify } from 'node:crypto'

import { batchBytes, faultOfSignedReceipt, type RecoverAddress, type UsageReceipt } from '../core/receipt.ts'

/** What stands before the 32 bytes of an Ed25519 public key in its SPKI form (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * What keeps a receipt from holding by itself, as a sentence; undefined when nothing does: the operator bound the key, the key signed
 * the batch, the log is in the batch and the record in the log. No chain is asked.
 */
export function faultOfReceipt(receipt: UsageReceipt, recover: RecoverAddress): string | undefined {
  return faultOfSignedReceipt(receipt, { recover, isSigned })
}

/** Whether a receipt holds by itself. {@link faultOfReceipt} says what is at fault. */
export function verifyReceipt(receipt: UsageReceipt, recover: RecoverAddress): boolean {
  return faultOfReceipt(receipt, recover) === undefined
}

function isSigned(receipt: UsageReceipt): boolean {
  const spki = Buffer.concat([SPKI_PREFIX, Buffer.from(receipt.key.slice(2), 'hex')])
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return verify(null, batchBytes(receipt), key, Buffer.from(receipt.signature.slice(2), 'hex'))
}
