import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto'

import { canonicalJson } from '../core/canonicalJson.ts'
import { CREDENTIAL_MEDIA_TYPE, checkWebDid, type LicenseCredentialDocument } from '../interop/licenseCredential.ts'
import { UnsupportedKeyError } from './errors.ts'
import { describeKey } from './publicKeys.ts'

/** A public key as a JSON Web Key. */
export type PublicJwk = { kty: string; crv: string; x: string; y?: string }

/**
 * Signs a credential as a compact JWS, as W3C's "Securing Verifiable Credentials using JOSE and COSE" has it: type `vc+jwt`, and the
 * credential itself as the payload.
 *
 * @param key a private key: Ed25519 (EdDSA) or ECDSA on P-256 (ES256)
 * @throws {@link UnsupportedKeyError} for another key
 * @throws `InvalidDidError` when the issuer is not a DID of a host, whose document can hold the key
 */
export function signCredential(credential: LicenseCredentialDocument, key: KeyObject): string {
  checkWebDid(credential.issuer)
  const alg = algorithmOf(key)
  const kid = `${credential.issuer}#${thumbprintOf(jwkOf(key))}`
  const header = { alg, typ: 'vc+jwt', cty: CREDENTIAL_MEDIA_TYPE, kid }
  const signed = [header, credential].map((part) => encoded(JSON.stringify(part))).join('.')
  // JOSE has the two numbers of ECDSA side by side, where others wrap them in DER.
  const signature =
    alg === 'EdDSA'
      ? sign(null, Buffer.from(signed), key)
      : sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** The public key of a private one that credentials are signed by. @throws {@link UnsupportedKeyError} */
export function jwkOf(key: KeyObject): PublicJwk {
  algorithmOf(key)
  const { kty, crv, x, y } = createPublicKey(key).export({ format: 'jwk' })
  return { kty: kty!, crv: crv!, x: x!, ...(y !== undefined && { y }) }
}

/** The thumbprint of a key (RFC 7638): SHA-256 in base64url. A publisher's profile names its keys by it. */
export function thumbprintOf(jwk: PublicJwk): string {
  return createHash('sha256').update(canonicalJson(jwk)).digest('base64url')
}

/** The document that has to lie at the host of a `did:web`, so that others find the keys. */
export function didDocument(did: string, keys: readonly PublicJwk[]): object {
  checkWebDid(did)
  const methods = keys.map((publicKeyJwk) => ({
    id: `${did}#${thumbprintOf(publicKeyJwk)}`,
    type: 'JsonWebKey',
    controller: did,
    publicKeyJwk,
  }))
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
    id: did,
    verificationMethod: methods,
    assertionMethod: methods.map(({ id }) => id),
  }
}

function algorithmOf(key: KeyObject): 'EdDSA' | 'ES256' {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  throw new UnsupportedKeyError('The key', describeKey(key), 'Ed25519, or ECDSA on P-256')
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}
