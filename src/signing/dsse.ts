/** What a signature of a DSSE envelope is made over: version, lengths, type and payload, so that none can be moved into another. */
export function signedBytes(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8')
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload])
}
