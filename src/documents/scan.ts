import { StemmaError } from '../core/errors.ts'
import { isBytes32, parseAddress, parseDigest, type Address, type Digest, type Hex } from '../core/hex.ts'
import type { ScanReport } from '../core/review.ts'
import { quoted } from '../core/text.ts'
import type { Deployment } from '../core/deployment.ts'

/** A scan report that a scanner has signed, for somebody else to send. Plain data: it can be written to a file. */
export type SignedScan = {
  report: ScanReport
  /** Who signed: an accredited scanner. */
  scanner: Address
  /** Last second at which it can be sent (Unix seconds). */
  deadline: number
  signature: Hex
}

/** A signed scan in a file, with where it holds, so that it is not sent to another ledger. */
export type ScanFile = { version: 1; chainId: number; reviewGate: Address; scan: SignedScan }

/** The file of a scan that was signed for a ledger. */
export function scanFileOf(deployment: Deployment, scan: SignedScan): ScanFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, reviewGate: contracts.reviewGate, scan }
}

/** A signed scan out of a parsed file. @throws {@link InvalidScanError} naming the field */
export function parseScanFile(value: unknown): ScanFile {
  const file = fieldsOf(value, 'the file', ['version', 'chainId', 'reviewGate', 'scan'])
  if (file.version !== 1) throw new InvalidScanError('version', 'the number 1')
  const scan = fieldsOf(file.scan, 'scan', ['report', 'scanner', 'deadline', 'signature'])
  const report = fieldsOf(scan.report, 'report', ['weights', 'ruleset', 'report', 'scannedAt', 'verdict', 'uri'])
  const { verdict, uri } = report
  if (verdict !== 'passed' && verdict !== 'failed') throw new InvalidScanError('verdict', '"passed" or "failed"')
  if (typeof uri !== 'string') throw new InvalidScanError('uri', 'a text')
  const { signature } = scan
  if (typeof signature !== 'string' || !/^0x([0-9a-fA-F]{2}){1,4096}$/.test(signature)) {
    throw new InvalidScanError('signature', '0x and hex digits')
  }
  return {
    version: 1,
    chainId: count(file, 'chainId'),
    reviewGate: account(file, 'reviewGate'),
    scan: {
      report: {
        weights: digest(report, 'weights'),
        ruleset: digest(report, 'ruleset'),
        report: digest(report, 'report'),
        scannedAt: count(report, 'scannedAt'),
        verdict,
        uri,
      },
      scanner: account(scan, 'scanner'),
      deadline: count(scan, 'deadline'),
      signature: signature.toLowerCase() as Hex,
    },
  }
}

/** Checks that a scan was signed for a ledger. @throws {@link InvalidScanError} */
export function checkScanLedger(deployment: Deployment, file: ScanFile): void {
  const { name, chainId, contracts } = deployment
  if (file.chainId !== chainId) throw new InvalidScanError('chainId', `${chainId}, the chain of the ledger "${name}"`)
  if (file.reviewGate !== contracts.reviewGate) {
    throw new InvalidScanError('reviewGate', `${contracts.reviewGate}, as of the ledger "${name}"`)
  }
}

type Fields = Record<string, unknown>

function fieldsOf(value: unknown, where: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidScanError(where, 'an object')
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new InvalidScanError(quoted(unknown), `one of the fields ${names.join(', ')}`)
  return value as Fields
}

function digest(fields: Fields, name: string): Digest {
  const text = fields[name]
  if (typeof text !== 'string' || !isBytes32(text)) throw new InvalidScanError(name, '0x and 64 hex digits')
  return parseDigest(text)
}

function account(fields: Fields, name: string): Address {
  const text = fields[name]
  if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new InvalidScanError(name, 'an address of 0x and 40 hex digits')
  }
  return parseAddress(text)
}

/** A whole number that fits into the contract's smallest word for a time. */
function count(fields: Fields, name: string): number {
  const number = fields[name]
  if (typeof number !== 'number' || !(Number.isSafeInteger(number) && number >= 0 && number < 2 ** 40)) {
    throw new InvalidScanError(name, 'a whole number')
  }
  return number
}

/** Thrown when a file holds no signed scan, or one for another ledger. */
export class InvalidScanError extends StemmaError {
  override name = 'InvalidScanError'
  constructor(field: string, expected: string) {
    super(
      'INVALID_SCAN',
      `The scan cannot be used: ${field} is not ${expected}. Ask the scanner for another file (stemma review scan --sign), or choose its ledger by --deployment.`,
    )
  }
}
