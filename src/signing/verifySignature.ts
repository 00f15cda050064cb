import type { KeyObject } from 'node:crypto'

import { parseStrictJson } from '../core/json.ts'
import { parseStatement, STATEMENT_PAYLOAD_TYPE, type ParsedStatement } from '../interop/oms.ts'
import type { Certificate } from './certificate.ts'
import { checkCertificatePath } from './certificatePath.ts'
import { signedBytes } from './dsse.ts'
import { SignatureMethodError, SignatureMismatchError, UnreadableSignatureError, type SigningMethod } from './errors.ts'
import { fingerprintOf, isSignedBy } from './publicKeys.ts'
import { parseSignedBundle, refuseUnknown, type SignedBundle } from './signedBundle.ts'
import { verifySigstore, type SigstoreSigner, type SigstoreTrust } from './sigstoreSignature.ts'

/** Whose signature counts: who holds a key, whom an authority vouches for, or an identity that Sigstore vouches for. */
export type SignatureTrust =
  | { method: 'key'; key: KeyObject }
  | { method: 'certificate'; authorities: readonly Certificate[] }
  | ({ method: 'sigstore' } & SigstoreTrust)

/** Who signed. Fingerprints are 64 lower-case hex digits of SHA-256: over the PEM of a key, over the DER of a certificate. */
export type Signer =
  | { method: 'key'; fingerprint: string }
  | { method: 'certificate'; subject: string; fingerprint: string; authority: string; authorityFingerprint: string }
  | SigstoreSigner

/** A statement of OpenSSF Model Signing whose signature holds, and who signed it. */
export type VerifiedSignature = { statement: ParsedStatement; signer: Signer }

/**
 * Verifies a bundle of OpenSSF Model Signing 1.0, or of the versions before it from 0.3.1 on. Reads the bundle strictly, checks the signature by what
 * the reader trusts, and only then reads the statement. Uses no network. Whether the statement is about some files, `checkSigned` tells.
 *
 * @param bytes the bundle (`model.sig`)
 * @param at when the certificates have to be valid, in milliseconds since 1970; Sigstore's certificates count at the time that it proves
 *
 * @example
 * const { signer, statement } = await verifySignature(bytes, { method: 'key', key: parsePublicKey(pem) }, Date.now())
 *
 * @throws {@link UnreadableSignatureError} when the bundle is not one that can be checked
 * @throws {@link SignatureMethodError} {@link SignatureMismatchError} `CertificateRefusedError` `SigstoreRefusedError` `SignerIdentityError` when
 * the signature is not the one that was asked for
 * @throws `SigstoreMissingError` `InvalidTrustError`, and what `parseStatement` throws
 */
export async function verifySignature(
  bytes: Uint8Array,
  trust: SignatureTrust,
  at: number,
): Promise<VerifiedSignature> {
  const bundle = parseSignedBundle(bytes)
  const signer = await signerOf(bundle, trust, at)
  return { signer, statement: parseSignedStatement(bundle.payload) }
}

async function signerOf(bundle: SignedBundle, trust: SignatureTrust, at: number): Promise<Signer> {
  const { material } = bundle
  switch (trust.method) {
    case 'key': {
      const { hint } = materialFor(material, 'key')
      checkSignature(bundle, trust.key, hint)
      return { method: 'key', fingerprint: fingerprintOf(trust.key) }
    }
    case 'certificate': {
      const { certificates } = materialFor(material, 'certificate')
      const { signer, authority } = checkCertificatePath(certificates, trust.authorities, at)
      checkSignature(bundle, signer.publicKey)
      return {
        method: 'certificate',
        subject: signer.subject,
        fingerprint: signer.fingerprint,
        authority: authority.subject,
        authorityFingerprint: authority.fingerprint,
      }
    }
    case 'sigstore':
      materialFor(material, 'sigstore')
      return verifySigstore(bundle.json, trust)
  }
}

type MaterialOf<Method extends SigningMethod> = Extract<SignedBundle['material'], { method: Method }>

function materialFor<Method extends SigningMethod>(
  material: SignedBundle['material'],
  method: Method,
): MaterialOf<Method> {
  if (material.method !== method) throw new SignatureMethodError(material.method, method)
  return material as MaterialOf<Method>
}

function checkSignature({ payload, signature }: SignedBundle, key: KeyObject, hint?: string): void {
  if (isSignedBy(key, signedBytes(STATEMENT_PAYLOAD_TYPE, payload), signature)) return
  throw new SignatureMismatchError(fingerprintOf(key), hint)
}

/** Reads a statement whose signature holds. Fields that the standard's schemas do not have are refused, as it says. */
function parseSignedStatement(payload: Uint8Array): ParsedStatement {
  let json: string
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
  } catch (cause) {
    throw new UnreadableSignatureError('dsseEnvelope.payload', 'is not UTF-8', { cause })
  }
  const value = parseStrictJson(json, 'The payload of the bundle')
  const statement = parseStatement(value)
  const { predicate, ...fields } = value as Record<string, unknown> & { predicate: Record<string, unknown> }
  refuseUnknown(fields, ['_type', 'subject', 'predicateType'], 'the statement')
  refuseUnknown(predicate, ['resources', 'serialization'], 'predicate')
  refuseUnknown(
    predicate.serialization as Record<string, unknown>,
    ['method', 'hash_type', 'allow_symlinks', 'ignore_paths'],
    'predicate.serialization',
  )
  return statement
}
