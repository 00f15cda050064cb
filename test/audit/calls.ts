import type { SignReceiptKey } from '../../src/audit/receiptKey.ts'
import type { CallEnd, CallIntent } from '../../src/audit/usageStore.ts'
import type { CallId } from '../../src/core/callRecord.ts'
import type { Address, CredentialId } from '../../src/core/hex.ts'
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
