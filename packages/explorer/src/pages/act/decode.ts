import { Interface, type ParamType, type Result } from 'ethers'
import { ledgerAbi, licenseCredentialAbi, lineageClaimsAbi, reviewGateAbi } from 'stemma/abi'
import {
  decodeRelation,
  describeUse,
  dutiesOf,
  familyName,
  FOREVER,
  parseAddress,
  rightsOf,
  SCAN_SCOPES,
  SCAN_VERDICTS,
  type Deployment,
  type Hex,
} from 'stemma/core'

import type { Part } from './intent.ts'

const ABIS = {
  ledger: ledgerAbi,
  licenseCredential: licenseCredentialAbi,
  lineageClaims: lineageClaimsAbi,
  reviewGate: reviewGateAbi,
} as const

/** Decodes a call of one of the ledger's contracts by its ABI. @throws Error for any other call, which nobody could read before signing it */
export function decodeCall(
  { contracts }: Deployment,
  { to, data }: { to: string; data: string },
): { contract: string; method: string; parts: readonly Part[] } {
  const address = parseAddress(to)
  const contract = (Object.keys(ABIS) as (keyof typeof ABIS)[]).find((name) => contracts[name] === address)
  const abi = contract && new Interface(ABIS[contract])
  const call = abi?.parseTransaction({ data })
  if (!abi || !call || abi.encodeFunctionData(call.fragment, call.args) !== data)
    throw new Error(`The call of ${address} cannot be decoded, so it was not sent to the wallet.`)
  const parts = call.fragment.inputs.map((input, index) => partOf(input, call.args[index] as unknown, call.name))
  return { contract: contract!, method: call.name, parts }
}

/** Decodes typed data (EIP-712) as a wallet gets it. */
export function decodeTypedData(text: string): {
  primaryType: string
  domain: readonly Part[]
  parts: readonly Part[]
} {
  const { domain, types, primaryType, message } = JSON.parse(text) as {
    domain: Record<string, unknown>
    types: Record<string, { name: string; type: string }[]>
    primaryType: string
    message: Record<string, unknown>
  }
  const fieldsOf = (type: string, value: Record<string, unknown>): Part[] =>
    (types[type] ?? []).map(({ name, type: of }) =>
      types[of]
        ? { name, type: of, value: fieldsOf(of, value[name] as Record<string, unknown>) }
        : valueOf(name, of, value[name], primaryType),
    )
  return { primaryType, domain: fieldsOf('EIP712Domain', domain), parts: fieldsOf(primaryType, message) }
}

function partOf(type: ParamType, value: unknown, method: string): Part {
  const { name } = type
  if (type.isTuple()) {
    const parts = type.components.map((each, index) => partOf(each, (value as Result)[index], method))
    return { name, type: 'tuple', value: parts }
  }
  if (type.isArray()) {
    const parts = Array.from(value as Result, (each, index) => ({
      ...partOf(type.arrayChildren, each, method),
      name: String(index + 1),
    }))
    return { name, type: type.type, value: parts }
  }
  return valueOf(name, type.type, value, method)
}

function valueOf(name: string, type: string, value: unknown, method: string): Part {
  const meaning = meaningOf(name, value, method)
  return { name, type, value: textOf(type, value), ...(meaning && { meaning }) }
}

/** Ids are numbers to the contract of credentials; people compare them as hex digits. */
function textOf(type: string, value: unknown): string {
  const number = type === 'uint256' ? BigInt(value as string) : 0n
  if (number >= 2n ** 128n) return `0x${number.toString(16).padStart(64, '0')}`
  return type === 'address' ? parseAddress(value as string) : String(value)
}

const DAY = 86_400
const LIMITS = ['maxDuration', 'callQuota', 'tokenQuota']
const TIMES = ['validFrom', 'validUntil', 'deadline', 'scannedAt']

function meaningOf(name: string, value: unknown, method: string): Part['meaning'] {
  const number = Number(value)
  if (name === 'relation') {
    const use = decodeRelation(number)
    return use && { words: `${describeUse(use)}${use.external ? ', external' : ''}` }
  }
  if (['rights', 'withdraws', 'uses', 'passThrough', 'lifts'].includes(name))
    return number === 0 ? undefined : { words: rightsOf(number).join(', ') }
  if (name === 'scope') return { words: SCAN_SCOPES[number] ?? '?' }
  if (name === 'verdict' && method === 'attestScan') return { words: SCAN_VERDICTS[number] ?? '?' }
  if (name === 'duties') return dutiesMeaning(BigInt(value as bigint))
  if (name === 'family' && number !== 0) return { words: familyName(number) ?? '?' }
  if (LIMITS.includes(name) && number === 0) return { is: 'unlimited' }
  if (name === 'maxDuration') return { days: number / DAY }
  if (!TIMES.includes(name) || number === 0) return undefined
  return number >= FOREVER ? { is: 'forever' } : { time: number }
}

function dutiesMeaning(word: bigint): Part['meaning'] {
  const named = Object.keys(dutiesOf(word))
  return named.length === 0 ? undefined : { words: named.join(', ') }
}

/** Hex as it comes from a wallet's request. */
export function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[\da-f]*$/i.test(value)
}
