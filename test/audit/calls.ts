import { UsageLog } from '../../src/audit/usageLog.ts'
import { openReceiptKey, type SignReceiptKey } from '../../src/audit/receiptKey.ts'
import { MerkleLog } from '../../src/core/merkleLog.ts'
import { headLeafOf, type UsageReceipt } from '../../src/core/receipt.ts'
import { recordProofOf } from '../../src/core/usageProof.ts'
import type { CallEnd, CallIntent } from '../../src/audit/usageStore.ts'
import type { CallId } from '../../src/core/callRecord.ts'
import type { Address, CredentialId, LogId } from '../../src/core/hex.ts'
import { sha256Text } from '../../src/core/sha256.ts'

const OPERATOR_KEY = `0x${'ab'.repeat(32)}`
/** The operator of test stores. */
export const OPERATOR = '0xe239cdc5fbe977a8a141b72194d3cf8c41bc5bc6' as Address
export const signReceiptKey: SignReceiptKey = async ({ domain, types, message }) => {
  const { Wallet } = await import('ethers')
  return new Wallet(OPERATOR_KEY).signTypedData(domain, types, message)
}

/** A time of tests, in Unix seconds. */
export const NOW = 1_800_000_000

/** The id of a call by its number. */
export function callId(number: number): CallId {
  const hex = number.toString(16).padStart(12, '0')
  return `01920000-0000-7000-8000-${hex}`
}

export function credentialOf(number: number): CredentialId {
  return `0x${number.toString(16).padStart(64, '0')}` as CredentialId
}

/** What is known of a call when it begins. */
export function intentOf(number: number, overrides: Partial<CallIntent> = {}): CallIntent {
  const call = callId(number)
  const base = { call, credential: credentialOf(1 + (number % 3)), epoch: 0, time: NOW + Math.floor(number / 10) }
  return { ...base, block: 100 + number, use: 'commercial', reserved: 500, ...overrides }
}

/** What is known of a call when it has ended. */
export function endOf(number: number, overrides: Partial<CallEnd> = {}): CallEnd {
  return {
    call: callId(number),
    request: sha256Text(`request ${number}`),
    response: sha256Text(`response ${number}`),
    outcome: (['served', 'served', 'failed', 'refused'] as const)[number % 4]!,
    inputTokens: 100 + number,
    outputTokens: number % 7,
    counted: number % 2 === 0 ? 'reported' : 'estimated',
    ...overrides,
  }
}

const OTHER_LOG = `0x${'7'.repeat(64)}` as LogId

/** A log of five calls, and the receipt of its fourth in a batch of three logs. */
export async function receiptFixture(folder: string): Promise<{ receipt: UsageReceipt; log: UsageLog }> {
  const { sign, ...binding } = await openReceiptKey(folder, { operator: OPERATOR, now: NOW, signReceiptKey })
  const { credential } = intentOf(0)
  const log = new UsageLog({ operator: OPERATOR, credential, epoch: 0 })
  const records = Array.from({ length: 5 }, (_, index) => {
    const { call, time, block, use } = intentOf(index)
    return { index, time, block, use, ...endOf(index), call }
  })
  log.add(records)
  const call = recordProofOf(log, records[3]!, 5)
  const heads = [{ ...call, log: OTHER_LOG }, call, { ...call, size: 9 }]
  const tree = new MerkleLog()
  for (const head of heads) tree.append(headLeafOf(head))
  const batch = { operator: OPERATOR, batch: 19, time: NOW + 60, heads: 3, headsRoot: tree.root() }
  const proof = { place: 1, headProof: tree.proveInclusion(1), signature: sign(batch), call }
  return { receipt: { usageReceipt: 1, ...binding, ...batch, ...proof }, log }
}
