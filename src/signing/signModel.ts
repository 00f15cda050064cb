import type { KeyObject } from 'node:crypto'

import { statementOf, STATEMENT_PAYLOAD_TYPE, type Manifest } from '../interop/oms.ts'
import { signedBytes } from './dsse.ts'
import { checkCanSign, fingerprintOf, signBytes } from './publicKeys.ts'

/** The media type of the bundles that are written. */
const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** A bundle of OpenSSF Model Signing 1.0, signed by a key. */
export type KeySignedBundle = {
  mediaType: string
  verificationMaterial: { publicKey: { hint: string }; tlogEntries: [] }
  dsseEnvelope: { payload: string; payloadType: string; signatures: [{ sig: string; keyid: '' }] }
}

/**
 * Signs the manifest of a model by a key. The statement is the same for the same files; a signature of ECDSA is another each time.
 *
 * @param name the model's name, which only informs
 * @param key a private key: ECDSA on P-256, P-384 or P-521, or Ed25519
 *
 * @example
 * const { manifest } = await modelDigest('./my-model')
 * const bundle = signManifest(manifest, 'my-model', createPrivateKey(pem))
 *
 * @throws `UnsupportedKeyError` for another key
 */
export function signManifest(manifest: Manifest, name: string, key: KeyObject): KeySignedBundle {
  checkCanSign(key, 'The key')
  const payload = Buffer.from(JSON.stringify(statementOf(manifest, name)), 'utf8')
  const sig = signBytes(key, signedBytes(STATEMENT_PAYLOAD_TYPE, payload)).toString('base64')
  return {
    mediaType: MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: fingerprintOf(key) }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: STATEMENT_PAYLOAD_TYPE,
      signatures: [{ sig, keyid: '' }],
    },
  }
}
