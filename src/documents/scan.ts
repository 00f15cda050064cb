import type { ChainId } from '../core/chainId.ts'
import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address, Hex } from '../core/hex.ts'
import type { ScanReport } from '../core/review.ts'
import { quoted } from '../core/text.ts'
import { FieldReader, describeValue } from './fields.ts'

/** A scan report that a scanner has signed, for somebody else to send. Plain data: it can be written to a file. */
export type SignedScan = {
  report: ScanReport
  /** Who signed: an accredited scanner. */
  scanner: Address
  /** Last second at which it can be sent (Unix seconds). */
  deadline: number
  signature: Hex
}

/** A signed scan in a file, with the ledger that it is for, so that it is not sent to another one. */
export type ScanFile = { version: 1; chainId: ChainId; reviewGate: Address; scan: SignedScan }

/** Makes the file of a scan that was signed for a ledger. */
export function scanFileOf(deployment: Deployment, scan: SignedScan): ScanFile {
  const { chainId, contracts } = deployment
  return { version: 1, chainId, reviewGate: contracts.reviewGate, scan }
}

/** Reads the parsed JSON of a signed scan's file. @throws {@link InvalidScanError} naming the field */
export function parseScanFile(value: unknown): ScanFile {
  const file = read.object(value, 'the file', ['version', 'chainId', 'reviewGate', 'scan'])
  const version = read.version(file.version, 1)
  const scan = read.object(file.scan, 'scan', ['report', 'scanner', 'deadline', 'signature'])
  const report = read.object(scan.report, 'report', [
    'weights',
    'tensors',
    'scope',
    'ruleset',
    'report',
    'scannedAt',
    'verdict',
    'uri',
  ])
  return {
    version,
    chainId: read.chainId(file.chainId, 'chainId'),
    reviewGate: read.account(file.reviewGate, 'reviewGate'),
    scan: {
      report: {
        weights: read.digest(report.weights, 'weights'),
        tensors: read.digest(report.tensors, 'tensors'),
        scope: read.word(report.scope, 'scope', ['files', 'tensors']),
        ruleset: read.digest(report.ruleset, 'ruleset'),
        report: read.digest(report.report, 'report'),
        scannedAt: read.count(report.scannedAt, 'scannedAt', MOST_TIME),
        verdict: read.word(report.verdict, 'verdict', ['passed', 'failed']),
        uri: read.uri(report.uri, 'uri'),
      },
      scanner: read.account(scan.scanner, 'scanner'),
      deadline: read.count(scan.deadline, 'deadline', MOST_TIME),
      signature: read.signature(scan.signature, 'signature'),
    },
  }
}

/** The contract keeps the time of a scan in 40 bits. */
const MOST_TIME = 2 ** 40

/** Checks that a scan was signed for a ledger. @throws {@link InvalidScanError} */
export function checkScanLedger(deployment: Deployment, file: ScanFile): void {
  read.ledger(deployment, 'reviewGate', file)
}

/** Thrown when a file does not hold a signed scan, or holds one for another ledger. */
export class InvalidScanError extends StemmaError {
  override name = 'InvalidScanError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_SCAN',
      `Invalid scan: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Ask the scanner for another file, or choose the scan's ledger by --deployment.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidScanError(...fault))
