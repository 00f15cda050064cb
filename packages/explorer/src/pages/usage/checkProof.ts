import {
  batchBytes,
  faultOfSignedReceipt,
  holds,
  parseReceipt,
  parseStrictJson,
  parseUsageProof,
  StemmaError,
  type RecordProof,
  type UsageProof,
  type UsageReceipt,
} from 'stemma/core'

/** Longest proof or receipt in UTF-16 units; one of the largest log has some 10,000. */
export const MOST_TEXT = 100_000

/** What was found of a text that should be a proof. Nothing of it leaves the page. */
export type Checked =
  | { kind: 'proof'; proof: UsageProof; holds: boolean }
  | { kind: 'receipt'; receipt: UsageReceipt; proof: RecordProof; fault: string | undefined; isUnsupported: boolean }
  | { kind: 'refused'; why: 'too-long' | 'not-json' | 'neither' | 'invalid'; message: string }

/** Checks a proof or a receipt in this browser. It never throws. */
export async function checkProof(text: string): Promise<Checked> {
  if (text.length > MOST_TEXT) return refused('too-long')
  let value: unknown
  try {
    value = parseStrictJson(text, 'the proof')
  } catch (error) {
    return refused('not-json', error instanceof StemmaError ? error.message : '')
  }
  try {
    if (isObject(value) && 'usageReceipt' in value) return await checkReceipt(parseReceipt(value))
    if (!isObject(value) || !('usageProof' in value)) return refused('neither')
    const proof = parseUsageProof(value)
    return { kind: 'proof', proof, holds: holds(proof) }
  } catch (error) {
    return error instanceof StemmaError ? refused('invalid', error.message) : refused('neither')
  }
}

function refused(why: Extract<Checked, { kind: 'refused' }>['why'], message = ''): Checked {
  return { kind: 'refused', why, message }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function checkReceipt(receipt: UsageReceipt): Promise<Checked> {
  // Recovering an account takes a curve that browsers do not have, and it comes only with a receipt.
  const { recoverAddress } = await import('ethers')
  const signed = await isSignedBy(receipt)
  const fault = faultOfSignedReceipt(receipt, { recover: recoverAddress, isSigned: () => signed ?? true })
  return { kind: 'receipt', receipt, proof: receipt.call, fault, isUnsupported: signed === undefined }
}

/** Whether the receipt key signed the batch; undefined where the browser cannot tell. */
async function isSignedBy(receipt: UsageReceipt): Promise<boolean | undefined> {
  let key: CryptoKey
  try {
    key = await crypto.subtle.importKey('raw', bytesOf(receipt.key), 'Ed25519', false, ['verify'])
  } catch {
    return undefined
  }
  return crypto.subtle.verify('Ed25519', key, bytesOf(receipt.signature), new Uint8Array(batchBytes(receipt)))
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** The roots that a proof speaks of, each of the first `size` records of its log. */
export function rootsOf(proof: UsageProof): { size: number; root: string }[] {
  if (proof.usageProof === 'record') return [{ size: proof.size, root: proof.root }]
  return [
    { size: proof.first, root: proof.firstRoot },
    { size: proof.second, root: proof.secondRoot },
  ]
}
