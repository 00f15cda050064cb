import { expect } from 'chai'

import { SequentialSource } from '../../src/subjects/sequentialSource.ts'
import { rejection } from '../artifacts/folder.ts'

describe('SequentialSource', function () {
  /** The source of bytes that come in pieces of some length. */
  const sourceOf = (bytes: Buffer, piece: number): SequentialSource => {
    let at = 0
    const next = async (): Promise<Uint8Array | undefined> => {
      if (at >= bytes.length) return undefined
      at += piece
      return bytes.subarray(at - piece, at)
    }
    return new SequentialSource('a.bin', bytes.length, next)
  }
  const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))

  it('reads what passes by, keeps what was asked for, and then gives all of it once', async function () {
    for (const piece of [1, 7, 64, 1000]) {
      const source = sourceOf(BYTES, piece)
      const first = await source.read(3, 10)
      for (const [offset, length] of [
        [0, 1],
        [100, 57],
        [99, 2],
        [400, 0],
      ] as const)
        expect(Buffer.from(await source.read(offset, length))).to.deep.equal(BYTES.subarray(offset, offset + length))
      expect(Buffer.from(first)).to.deep.equal(BYTES.subarray(3, 13))
      const head = source.head()
      expect(head.length).to.be.within(400, 1000)
      expect(head.buffer.byteLength).to.equal(head.length)
      const parts: Uint8Array[] = []
      for await (const part of source.bytes()) parts.push(part)
      expect(Buffer.concat(parts)).to.deep.equal(BYTES)
    }
  })

  it('refuses to read past the end', async function () {
    expect(await rejection(sourceOf(BYTES, 64).read(990, 11))).to.have.property('name', 'FileTruncatedError')
  })

  it('does not copy a long header for each of its pieces', async function () {
    const bytes = Buffer.alloc(4_000_000, 'header')
    const source = sourceOf(bytes, 16)
    // A copy for each piece would be of 500 GB.
    for (let at = 0; at < bytes.length; at += 16) await source.read(at, 16)
    expect(Buffer.compare(source.head(), bytes)).to.equal(0)
  }).timeout(20_000)
})
