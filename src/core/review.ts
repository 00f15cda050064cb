import { parseBytes32, type Address, type Digest, type Hex, type ModelId } from './hex.ts'
import type { Right } from './vocabulary.ts'

/** Where a review stands, in the order of the contract's enum. */
export const REVIEW_STATES = ['none', 'frozen', 'cleared', 'quarantined'] as const
/** A name of {@link REVIEW_STATES}. */
export type ReviewState = (typeof REVIEW_STATES)[number]

/** The orders in which reviews are listed. */
export const REVIEW_ORDERS = ['newest', 'deadline'] as const
/** An order in which reviews are listed. */
export type ReviewOrder = (typeof REVIEW_ORDERS)[number]

/** What a scanner found, in the order of the contract's enum. */
export const SCAN_VERDICTS = ['none', 'passed', 'failed'] as const
/** A name of {@link SCAN_VERDICTS}; a report has one of the last two. */
export type ScanVerdict = (typeof SCAN_VERDICTS)[number]

/** How far the verdict of a scan reaches, in the order of the contract's enum: the folder, or every folder with its tensors too. */
export const SCAN_SCOPES = ['none', 'files', 'tensors'] as const
/** A name of {@link SCAN_SCOPES}; a report has one of the last two. */
export type ScanScope = (typeof SCAN_SCOPES)[number]

declare const brand: unique symbol

/** What a review is about: the id of a registered model, or the digest of weights that nobody registered. 32 bytes. */
export type Subject = (Hex & { readonly [brand]: 'Subject' }) | ModelId | Digest

/** A review as the chain keeps it. Times are Unix seconds. */
export type Review = {
  /** SHA-256 model digest of what is reviewed; zero when the chain does not know it. */
  weights: Digest
  /** Zero when nobody requested a review. */
  requestedAt: number
  /** The review is decided at this second at the earliest. Pauses since the request are in it. */
  readyAt: number
  /** The review is decided in this block at the earliest. */
  readyBlock: number
  /** Seconds of all pauses before the request. */
  pausedBefore: number
  /** How many organizations had to pass it at the time of the request; a greater quorum of today counts instead. */
  quorum: number
  state: ReviewState
  /** Whether the subject is the id of a model. */
  ofModel: boolean
  /** Who requested it; the zero address when nobody did. */
  requester: Address
}

/** A certifier's word that a subject may be loaded at once. */
export type Certification = {
  certifier: Address
  /** Unix seconds, exclusive. */
  until: number
  /** Empty for an artefact. */
  uses: readonly Right[]
  /** Whether it holds now: it has not ended, and its certifier is accredited. */
  valid: boolean
}

/** The last word of a scanner on some weights. */
export type Scan = {
  scanner: Address
  /** Unix seconds. */
  scannedAt: number
  verdict: ScanVerdict
}

/** What a review has and lacks to be cleared. */
export type ReviewConditions = {
  clockRunning: boolean
  /** Organizations that have passed the weights since the request. */
  passed: number
  /** Organizations that fail the weights, whatever the time of their scans. One holds the review, a quorum quarantines it. */
  failed: number
  /** The quorum that counts now. */
  quorum: number
  /** Claims that are accepted for ruling. */
  acceptedClaims: number
}

/** What a scanner says of a folder, which it scanned as a whole. */
export type ScanReport = {
  /** SHA-256 model digest of what was scanned, computed by the scanner. */
  weights: Digest
  /** SHA-256 of its tensor list, computed by the scanner; zero when no reader knows the format. */
  tensors: Digest
  /** How far the verdict reaches. With `tensors`, a failure counts for every folder with these tensors. */
  scope: Exclude<ScanScope, 'none'>
  /** SHA-256 of the rules that were applied. */
  ruleset: Digest
  /** SHA-256 of the report. */
  report: Digest
  /** When the scan ended, in Unix seconds. */
  scannedAt: number
  verdict: Exclude<ScanVerdict, 'none'>
  /** Where the report is; at most 2,048 bytes. */
  uri: string
}

/** Parses a subject's id. @throws {@link InvalidHexError} */
export function parseSubject(value: string): Subject {
  return parseBytes32(value, 'subject') as Subject
}

/** The EIP-712 types of a scan report that a scanner signs. */
export const SCAN_TYPES = {
  AttestScan: [
    { name: 'report', type: 'ScanReport' },
    { name: 'deadline', type: 'uint48' },
  ],
  ScanReport: [
    { name: 'weights', type: 'bytes32' },
    { name: 'tensors', type: 'bytes32' },
    { name: 'scope', type: 'uint8' },
    { name: 'ruleset', type: 'bytes32' },
    { name: 'report', type: 'bytes32' },
    { name: 'scannedAt', type: 'uint40' },
    { name: 'verdict', type: 'uint8' },
    { name: 'uri', type: 'string' },
  ],
}
