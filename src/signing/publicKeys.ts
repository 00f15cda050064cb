import { constants, createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'

import { InvalidTrustError, UnsupportedKeyError } from './errors.ts'

/** The hash that each curve is used with, by Node's name of the curve. */
const CURVE_HASH: Readonly<Record<string, string>> = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' }

/** Shortest RSA key that counts, in bits. */
const MIN_RSA_BITS = 2048

const CHECKED = `ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of ${MIN_RSA_BITS} bits or more`
const SIGNS = 'ECDSA on P-256, P-384 or P-521, or Ed25519'

/**
 * Reads a public key from PEM or DER (SubjectPublicKeyInfo). A certificate is refused: what it says of validity and usage would not count.
 *
 * @throws {@link InvalidTrustError} {@link UnsupportedKeyError}
 */
export function parsePublicKey(bytes: Uint8Array, what = 'The key'): KeyObject {
  const text = Buffer.from(bytes).toString('latin1')
  if (/-----BEGIN (?!PUBLIC KEY)/.test(text)) {
    throw new InvalidTrustError(what, 'a public key in PEM ("BEGIN PUBLIC KEY") or DER')
  }
  let key: KeyObject
  try {
    key = text.includes('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' })
  } catch (cause) {
    throw new InvalidTrustError(what, 'a public key in PEM ("BEGIN PUBLIC KEY") or DER', { cause })
  }
  checkCanVerify(key, what)
  return key
}

/** Checks that signatures of a key can be checked. @throws {@link UnsupportedKeyError} */
export function checkCanVerify(key: KeyObject, what: string): void {
  if (isSigning(key) || isStrongRsa(key)) return
  throw new UnsupportedKeyError(what, describeKey(key), CHECKED)
}

/** Checks that models can be signed by a key. @throws {@link UnsupportedKeyError} */
export function checkCanSign(key: KeyObject, what: string): void {
  if (!isSigning(key)) throw new UnsupportedKeyError(what, describeKey(key), SIGNS)
}

/** Whether a signature is one of a key over some bytes. Never throws for a signature of any bytes. */
export function isSignedBy(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    if (key.asymmetricKeyType === 'rsa') {
      const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants
      return [RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING].some((padding) =>
        verify('sha256', data, { key, padding }, signature),
      )
    }
    return verify(hashOf(key), data, key, signature)
  } catch {
    return false
  }
}

/** Signs bytes with a private key that {@link checkCanSign} accepts. */
export function signBytes(key: KeyObject, data: Uint8Array): Buffer {
  return sign(hashOf(key), data, key)
}

/** The fingerprint by which OpenSSF Model Signing names a key: SHA-256 of its PEM, 64 lower-case hex digits. */
export function fingerprintOf(key: KeyObject): string {
  const pem = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'pem' })
  return createHash('sha256').update(pem).digest('hex')
}

/** The hash of ECDSA by the curve; null for Ed25519, which has its own. */
function hashOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === 'ed25519' ? null : CURVE_HASH[curveOf(key)]!
}

function isSigning(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ed25519' || (key.asymmetricKeyType === 'ec' && curveOf(key) in CURVE_HASH)
}

function isStrongRsa(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS
}

function curveOf(key: KeyObject): string {
  return key.asymmetricKeyDetails?.namedCurve ?? ''
}

/** What kind of key it is, in words: `of the curve secp384r1`. */
export function describeKey(key: KeyObject): string {
  const { modulusLength } = key.asymmetricKeyDetails ?? {}
  const kind = key.asymmetricKeyType ?? key.type
  if (kind === 'ec') return `of the curve ${curveOf(key) || 'unknown'}`
  return modulusLength === undefined ? `of the kind ${kind}` : `of the kind ${kind}, of ${modulusLength} bits`
}
