import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { parseStrictJson } from '../core/json.ts'
import { STATEMENT_PAYLOAD_TYPE } from '../interop/oms.ts'
import { MAX_SIGNATURE_BYTES } from '../interop/sigstore.ts'
import { UnreadableSignatureError, type SigningMethod } from './errors.ts'

/** Most certificates of a bundle. */
const MAX_CERTIFICATES = 16
/** Longest certificate, in bytes of DER. */
const MAX_CERTIFICATE_BYTES = 64 * 1024

/** Most entries of the transparency log, and most signed times. Each is compared with every other. */
const MAX_PROOFS = 16

/** By what a bundle can be verified: what its method needs, not checked yet. */
export type VerificationMaterial =
  | {
      method: Extract<SigningMethod, 'key'>
      /** The fingerprint of the key, or its PEM in older bundles. It helps to explain a failure and decides nothing. */
      hint: string
    }
  /** The signer's certificate first, in DER. */
  | { method: Extract<SigningMethod, 'certificate'>; certificates: readonly Uint8Array[] }
  | { method: Extract<SigningMethod, 'sigstore'> }

/** A bundle whose form is right. Nobody has checked its signature yet. */
export type SignedBundle = {
  material: VerificationMaterial
  /** The statement's JSON in UTF-8, as it was signed. */
  payload: Uint8Array
  signature: Uint8Array
  /** The bundle as it was parsed from JSON. */
  json: Record<string, unknown>
}

/** Media types of Sigstore bundles, as versions 0.1 to 0.3 write them. */
const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.[1-3]\+json|\+json;version=0\.[1-3])$/

/**
 * Reads a bundle of OpenSSF Model Signing strictly: as its schema of version 1.0 has it, and with the fields that older versions wrote.
 * An unknown field of the bundle, the envelope or a signature is refused. One signature is expected, as Sigstore's format demands.
 *
 * @throws {@link UnreadableSignatureError}
 */
export function parseSignedBundle(bytes: Uint8Array): SignedBundle {
  if (bytes.length > MAX_SIGNATURE_BYTES) {
    throw new UnreadableSignatureError('the bundle', `has ${bytes.length} bytes, more than ${MAX_SIGNATURE_BYTES}`)
  }
  const json = record(parse(bytes), 'the bundle')
  refuseUnknown(json, ['mediaType', 'verificationMaterial', 'dsseEnvelope'], 'the bundle')
  const mediaType = text(json.mediaType, 'mediaType')
  if (!MEDIA_TYPE.test(mediaType)) {
    throw new UnreadableSignatureError(
      'mediaType',
      `is ${quoted(mediaType)}, which is not a Sigstore bundle of 0.1 to 0.3`,
    )
  }
  const { payload, signature } = envelopeOf(json.dsseEnvelope)
  return { material: materialOf(json.verificationMaterial), payload, signature, json }
}

function parse(bytes: Uint8Array): unknown {
  let json: string
  try {
    json = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return parseStrictJson(json, 'The bundle')
  } catch (cause) {
    // For bytes that are not UTF-8, the decoder throws an error of its own.
    const what = cause instanceof StemmaError ? cause.message.replace(/^The bundle |\.$/g, '') : 'is not UTF-8'
    throw new UnreadableSignatureError('the bundle', what, { cause })
  }
}

function envelopeOf(value: unknown): Pick<SignedBundle, 'payload' | 'signature'> {
  const envelope = record(value, 'dsseEnvelope')
  refuseUnknown(envelope, ['payload', 'payloadType', 'signatures'], 'dsseEnvelope')
  const payloadType = text(envelope.payloadType, 'dsseEnvelope.payloadType')
  if (payloadType !== STATEMENT_PAYLOAD_TYPE) {
    throw new UnreadableSignatureError(
      'dsseEnvelope.payloadType',
      `is ${quoted(payloadType)} and not ${quoted(STATEMENT_PAYLOAD_TYPE)}`,
    )
  }
  const signatures = list(envelope.signatures, 'dsseEnvelope.signatures')
  if (signatures.length !== 1) {
    throw new UnreadableSignatureError('dsseEnvelope.signatures', `has ${signatures.length} entries and not one`)
  }
  const entry = record(signatures[0], 'dsseEnvelope.signatures[0]')
  refuseUnknown(entry, ['sig', 'keyid'], 'dsseEnvelope.signatures[0]')
  if (entry.keyid !== undefined && entry.keyid !== null) text(entry.keyid, 'dsseEnvelope.signatures[0].keyid')
  return {
    payload: base64(envelope.payload, 'dsseEnvelope.payload'),
    signature: base64(entry.sig, 'dsseEnvelope.signatures[0].sig'),
  }
}

function materialOf(value: unknown): VerificationMaterial {
  const material = record(value, 'verificationMaterial')
  const given = ['publicKey', 'x509CertificateChain', 'certificate'].filter((field) => material[field] !== undefined)
  if (given.length !== 1) {
    throw new UnreadableSignatureError(
      'verificationMaterial',
      `has ${given.length === 0 ? 'none' : given.map((field) => quoted(field)).join(' and ')} of "publicKey", "x509CertificateChain" and "certificate", of which one is needed`,
    )
  }
  const entries = proofsOf(material.tlogEntries, 'verificationMaterial.tlogEntries')
  const { timestampVerificationData: times } = material
  if (times !== undefined) {
    const place = 'verificationMaterial.timestampVerificationData'
    proofsOf(record(times, place).rfc3161Timestamps, `${place}.rfc3161Timestamps`)
  }
  switch (given[0]) {
    case 'publicKey':
      return { method: 'key', hint: hintOf(material.publicKey) }
    case 'x509CertificateChain':
      return { method: 'certificate', certificates: chainOf(material.x509CertificateChain) }
    default:
      certificate(material.certificate, 'verificationMaterial.certificate')
      if (entries.length === 0) {
        throw new UnreadableSignatureError(
          'verificationMaterial.tlogEntries',
          'has no entry of the transparency log, which a signature by Sigstore needs',
        )
      }
      return { method: 'sigstore' }
  }
}

/** Proofs of Sigstore, which are optional. */
function proofsOf(value: unknown, place: string): unknown[] {
  const proofs = value === undefined ? [] : list(value, place)
  if (proofs.length <= MAX_PROOFS) return proofs
  throw new UnreadableSignatureError(place, `has ${proofs.length} entries, more than ${MAX_PROOFS}`)
}

function hintOf(value: unknown): string {
  const { hint, rawBytes } = record(value, 'verificationMaterial.publicKey')
  if (hint !== undefined) return text(hint, 'verificationMaterial.publicKey.hint')
  return Buffer.from(base64(rawBytes, 'verificationMaterial.publicKey.rawBytes')).toString('utf8')
}

function chainOf(value: unknown): Uint8Array[] {
  const place = 'verificationMaterial.x509CertificateChain.certificates'
  const certificates = list(record(value, 'verificationMaterial.x509CertificateChain').certificates, place)
  if (certificates.length === 0 || certificates.length > MAX_CERTIFICATES) {
    throw new UnreadableSignatureError(place, `has ${certificates.length} entries and not 1 to ${MAX_CERTIFICATES}`)
  }
  return certificates.map((each, index) => certificate(each, `${place}[${index}]`))
}

function certificate(value: unknown, place: string): Uint8Array {
  const bytes = base64(record(value, place).rawBytes, `${place}.rawBytes`)
  if (bytes.length > MAX_CERTIFICATE_BYTES) {
    throw new UnreadableSignatureError(`${place}.rawBytes`, `has ${bytes.length} bytes, too many for a certificate`)
  }
  return bytes
}

/** Refuses fields that a format does not define. @throws {@link UnreadableSignatureError} */
export function refuseUnknown(value: Record<string, unknown>, fields: readonly string[], place: string): void {
  const unknown = Object.keys(value).find((field) => !fields.includes(field))
  if (unknown !== undefined) throw new UnreadableSignatureError(place, `has the unknown field ${quoted(unknown)}`)
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new UnreadableSignatureError(place, value === undefined ? 'is missing' : 'is not an object')
}

function list(value: unknown, place: string): unknown[] {
  if (Array.isArray(value)) return value
  throw new UnreadableSignatureError(place, value === undefined ? 'is missing' : 'is not a list')
}

function text(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  throw new UnreadableSignatureError(place, value === undefined ? 'is missing' : 'is not a string')
}

/** The bytes of a text in base64. Another spelling of the same bytes is refused. */
function base64(value: unknown, place: string): Uint8Array {
  const encoded = text(value, place)
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length === 0 || bytes.toString('base64') !== encoded) {
    throw new UnreadableSignatureError(place, encoded === '' ? 'is empty' : 'is not base64')
  }
  return bytes
}
