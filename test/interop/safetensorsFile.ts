/** A safetensors file with a header, given as bytes, as text or as JSON, and some zero bytes of data. */
export function fileOf(header: string | object | Uint8Array, data = 0, length?: bigint): Buffer {
  const text =
    header instanceof Uint8Array
      ? Buffer.from(header)
      : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(length ?? BigInt(text.length))
  return Buffer.concat([prefix, text, Buffer.alloc(data)])
}

/** The description of a tensor in a header. */
export const tensor = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})
