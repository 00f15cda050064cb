import { createHash } from 'node:crypto'

import { fileOf as ggufFileOf, info } from './gguf/ggufFile.ts'
import { fileOf as safetensorsFileOf } from './safetensorsFile.ts'

/** A tensor for a test: the slowest dimension first, the bytes in hex. */
export type Sample = { dtype: string; shape: number[]; data: string }

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

/** The leaf of a tensor, written from the text of the format alone. */
export function referenceLeaf({ dtype, shape, data }: Sample): Buffer {
  const dimensions = shape.map((count) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(count))
    return bytes
  })
  return sha256(
    Buffer.concat([
      Buffer.from('stemma-tensor-1\n'),
      Buffer.of(dtype.length),
      Buffer.from(dtype),
      Buffer.of(shape.length),
      ...dimensions,
      sha256(Buffer.from(data, 'hex')),
    ]),
  )
}

/** The tensor list of some tensors, written from the text of the format alone. */
export function referenceList(samples: readonly Sample[]): Buffer {
  const leaves = new Map<string, Buffer>()
  for (const sample of samples) {
    if (sample.shape.includes(0)) continue
    const leaf = referenceLeaf(sample)
    leaves.set(leaf.toString('hex'), leaf)
  }
  return Buffer.concat([Buffer.from('stemma-tensors-1\n'), ...[...leaves.values()].sort(Buffer.compare)])
}

/** The digest of some tensors, written from the text of the format alone. */
export function referenceDigest(samples: readonly Sample[]): string {
  const list = referenceList(samples)
  return list.length === 17 ? `0x${'00'.repeat(32)}` : `0x${sha256(list).toString('hex')}`
}

/** A safetensors file with some tensors, one after the other. */
export function safetensorsOf(samples: readonly Sample[], names = samples.map((_, index) => `t${index}`)): Buffer {
  let at = 0
  const header = Object.fromEntries(
    samples.map(({ dtype, shape, data }, index) => {
      const begin = at
      at += data.length / 2
      return [names[index]!, { dtype, shape, data_offsets: [begin, at] }]
    }),
  )
  return Buffer.concat([safetensorsFileOf(header), ...samples.map(({ data }) => Buffer.from(data, 'hex'))])
}

/** Numbers of the ggml types that tests use. */
const NUMBERS: Record<string, number> = { F32: 0, F16: 1, I8: 24, I16: 25, I32: 26, I64: 27, F64: 28, BF16: 30 }

/** A GGUF file with some tensors, each padded to 32 bytes. */
export function ggufOf(samples: readonly Sample[], version = 3): Buffer {
  let at = 0
  const infos: Buffer[] = []
  const data: Buffer[] = []
  for (const [index, sample] of samples.entries()) {
    const number = NUMBERS[sample.dtype] ?? Number(sample.dtype.replace('GGML_', ''))
    infos.push(info(`t${index}`, sample.shape.toReversed(), number, at))
    const bytes = Buffer.from(sample.data, 'hex')
    const padding = (32 - (bytes.length % 32)) % 32
    // Padding that is not zero: it must not count.
    data.push(bytes, Buffer.alloc(padding, 0xee))
    at += bytes.length + padding
  }
  return Buffer.concat([ggufFileOf({ infos, version }), ...data])
}
