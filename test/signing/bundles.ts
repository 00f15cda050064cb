import { sign, type KeyObject } from 'node:crypto'

import { manifestOf, statementOf, STATEMENT_PAYLOAD_TYPE, type Manifest } from '../../src/interop/oms.ts'

/** A manifest of two files whose digests are made up. */
export const MANIFEST: Manifest = manifestOf([
  { name: 'config.json', digest: '01'.repeat(32) },
  { name: 'model.safetensors', digest: '02'.repeat(32) },
])

/** The bytes of a value as JSON. */
export function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** A bundle that signs a statement as the standard has it, each part of which can be replaced. */
export function makeBundle(
  key: KeyObject,
  parts: { statement?: unknown; payload?: Buffer; payloadType?: string; material?: unknown; hash?: string } = {},
): any {
  const payload = parts.payload ?? jsonBytes(parts.statement ?? statementOf(MANIFEST, 'tiny'))
  const { payloadType = STATEMENT_PAYLOAD_TYPE, material = { publicKey: { hint: 'unknown' } }, hash = 'sha256' } = parts
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `
  const signed = Buffer.concat([Buffer.from(head), payload])
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: material,
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [
        { sig: sign(key.asymmetricKeyType === 'ed25519' ? null : hash, signed, key).toString('base64'), keyid: '' },
      ],
    },
  }
}
