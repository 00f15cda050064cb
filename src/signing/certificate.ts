import { X509Certificate, type KeyObject } from 'node:crypto'

import { DER_TAG, derContent, derElement, derElements, derOid, type DerElement } from './der.ts'

/** A certificate, with what Node does not tell of it. */
export type Certificate = {
  x509: X509Certificate
  publicKey: KeyObject
  /** The subject on one line. */
  subject: string
  /** SHA-256 of its DER, 64 lower-case hex digits. */
  fingerprint: string
  /** The identifier of the algorithm by which it is signed; for RSA with PSS, ` with ` and that of its hash behind it. */
  signatureAlgorithm: string
  basicConstraints: { isAuthority: boolean; pathLength: number | undefined } | undefined
  /** Which of its uses it is restricted to; undefined for all. */
  keyUsage: { digitalSignature: boolean; keyCertSign: boolean } | undefined
  /** Identifiers of what its key may be used for; undefined for anything. */
  extendedKeyUsage: readonly string[] | undefined
  /** An extension that is not heeded here and forbids to rely on the certificate: a critical one, or name constraints, critical or not. */
  unheeded: string | undefined
}

const OID = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const
/** RSA with PSS, whose parameters name the hash, and the hash where they name none. */
const PSS = '1.2.840.113549.1.1.10'
const SHA1 = '1.3.14.3.2.26'

/** Extensions that may be critical without a rule of ours: names of the subject, key identifiers, policies (none is demanded). */
const HARMLESS = new Set(['2.5.29.14', '2.5.29.17', '2.5.29.18', '2.5.29.32', '2.5.29.35'])

/** Reads a certificate of X.509 version 3 in DER. @throws when it is not one */
export function parseCertificate(bytes: Uint8Array): Certificate {
  const x509 = new X509Certificate(bytes)
  if (!x509.raw.equals(bytes)) throw new RangeError('The bytes are more than a certificate')
  const [tbs, algorithm] = derElements(derContent(derElement(bytes), DER_TAG.sequence))
  const extensions = extensionsOf(derElements(derContent(tbs, DER_TAG.sequence)))
  const known = new Set<string>([OID.keyUsage, OID.basicConstraints, OID.extendedKeyUsage])
  return {
    x509,
    publicKey: x509.publicKey,
    subject: (x509.subject || x509.subjectAltName || `number ${x509.serialNumber}`).replaceAll('\n', ', '),
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    signatureAlgorithm: signatureAlgorithmOf(derElements(derContent(algorithm, DER_TAG.sequence))),
    basicConstraints: read(extensions, OID.basicConstraints, basicConstraintsOf),
    keyUsage: read(extensions, OID.keyUsage, keyUsageOf),
    extendedKeyUsage: read(extensions, OID.extendedKeyUsage, (value) =>
      derElements(derContent(derElement(value), DER_TAG.sequence)).map((each) => derOid(each)),
    ),
    unheeded: [...extensions].find(
      ([oid, { critical }]) => (critical || oid === OID.nameConstraints) && !known.has(oid) && !HARMLESS.has(oid),
    )?.[0],
  }
}

function signatureAlgorithmOf([algorithm, parameters]: readonly DerElement[]): string {
  const oid = derOid(algorithm)
  if (oid !== PSS) return oid
  const fields = parameters === undefined ? [] : derElements(derContent(parameters, DER_TAG.sequence))
  const hash = fields.find(({ tag }) => tag === DER_TAG.first)
  const named = hash && derElements(derContent(derElement(hash.content), DER_TAG.sequence))[0]
  return `${oid} with ${hash === undefined ? SHA1 : derOid(named)}`
}

type Extension = { critical: boolean; value: Uint8Array }

function extensionsOf(fields: readonly DerElement[]): Map<string, Extension> {
  const extensions = new Map<string, Extension>()
  const wrapped = fields.find(({ tag }) => tag === DER_TAG.extensions)
  if (wrapped === undefined) return extensions
  for (const each of derElements(derContent(derElement(wrapped.content), DER_TAG.sequence))) {
    const parts = derElements(derContent(each, DER_TAG.sequence))
    const oid = derOid(parts[0])
    const critical = parts.length === 3 && derContent(parts[1], DER_TAG.boolean)[0] !== 0
    if (extensions.has(oid)) throw new RangeError('An extension is there twice')
    extensions.set(oid, { critical, value: derContent(parts.at(-1), DER_TAG.octetString) })
  }
  return extensions
}

function read<T>(extensions: Map<string, Extension>, oid: string, reader: (value: Uint8Array) => T): T | undefined {
  const extension = extensions.get(oid)
  return extension && reader(extension.value)
}

function basicConstraintsOf(value: Uint8Array): Certificate['basicConstraints'] {
  const parts = derElements(derContent(derElement(value), DER_TAG.sequence))
  const isAuthority = parts[0]?.tag === DER_TAG.boolean && parts[0].content[0] !== 0
  const length = parts.find(({ tag }) => tag === DER_TAG.integer)?.content
  if (length !== undefined && length.length !== 1) throw new RangeError('The path length is too large')
  return { isAuthority, pathLength: length?.[0] }
}

/** Bits of the extension, the first of which is the highest of the first byte. */
function keyUsageOf(value: Uint8Array): Certificate['keyUsage'] {
  const [, bits = 0] = derContent(derElement(value), DER_TAG.bitString)
  return { digitalSignature: (bits & 0x80) !== 0, keyCertSign: (bits & 0x04) !== 0 }
}
