import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import type { Address, Digest, Hex } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { batchBytes, receiptKeyTypedData, type ReceiptKeyBinding, type SignedBatch } from '../core/receipt.ts'

/** Signs the typed data that binds a receipt key to the operator's account: 65 bytes. */
export type SignReceiptKey = (typedData: ReturnType<typeof receiptKeyTypedData>) => Promise<string>

/** The key that signs an instance's batches, and the operator's word for it. */
export type ReceiptKey = ReceiptKeyBinding & {
  /** The Ed25519 signature of a batch. */
  sign(batch: SignedBatch): Hex
}

/**
 * The receipt key of a store. At the first start it is made, the operator signs for it, and both are kept in the store's folder.
 *
 * @throws {@link ReceiptKeyError} when the file is not one, or is of another operator
 */
export async function openReceiptKey(
  folder: string,
  { operator, now, signReceiptKey }: { operator: Address; now: number; signReceiptKey: SignReceiptKey },
): Promise<ReceiptKey> {
  const kept = await readReceiptKey(folder)
  if (kept) {
    if (kept.operator !== operator) {
      throw new ReceiptKeyError(pathOf(folder), `it is of operator ${kept.operator}, and this one is ${operator}`)
    }
    return kept
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  const unsigned = { operator, key: publicBytesOf(privateKey), from: now }
  const binding = (await signReceiptKey(receiptKeyTypedData(unsigned))).toLowerCase() as Hex
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const path = pathOf(folder)
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ receiptKey: 1, ...unsigned, binding, private: pem }, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  return keyOf({ ...unsigned, binding }, privateKey)
}

/** The receipt key that a store's folder has; undefined when it has none. @throws {@link ReceiptKeyError} */
export async function readReceiptKey(folder: string): Promise<ReceiptKey | undefined> {
  let text: string
  try {
    text = await readFile(pathOf(folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ReceiptKeyError(pathOf(folder), 'it cannot be read', error)
  }
  try {
    const { operator, key, from, binding, private: pem } = JSON.parse(text) as ReceiptKeyBinding & { private: string }
    const privateKey = createPrivateKey(pem)
    if (publicBytesOf(privateKey) === key) return keyOf({ operator, key, from, binding }, privateKey)
  } catch {
    // An error of the parser may quote the file: not to be shown.
  }
  throw new ReceiptKeyError(pathOf(folder), 'its content is not a receipt key')
}

function keyOf(binding: ReceiptKeyBinding, privateKey: KeyObject): ReceiptKey {
  return { ...binding, sign: (batch) => `0x${sign(null, batchBytes(batch), privateKey).toString('hex')}` }
}

/** The 32 bytes of the public key, which end its SPKI form. */
function publicBytesOf(privateKey: KeyObject): Digest {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return `0x${spki.subarray(-32).toString('hex')}` as Digest
}

function pathOf(folder: string): string {
  return join(folder, 'receipt-key.json')
}

/** Thrown when a store's receipt key cannot be used. */
export class ReceiptKeyError extends StemmaError {
  override name = 'ReceiptKeyError'
  constructor(path: string, reason: string, cause?: unknown) {
    super(
      'RECEIPT_KEY',
      `The receipt key ${quoted(path)} cannot be used: ${reason}. Restore it from a copy, or move it away: a new one is made at the next start, and receipts by the old one still hold.`,
      { cause },
    )
  }
}
