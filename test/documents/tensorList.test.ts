import { createHash } from 'node:crypto'

import { expect } from 'chai'

import { hexOf, type Digest } from '../../src/core/hex.ts'
import { tensorListBytes, tensorsDigest } from '../../src/core/tensors.ts'
import { parseTensorList, sharedTensors } from '../../src/documents/tensorList.ts'

const leaf = (byte: number) => hexOf(new Uint8Array(32).fill(byte)) as Digest
const PREFIX = Buffer.from('stemma-tensors-1\n')

describe('parseTensorList', function () {
  it('reads what tensorListBytes writes, whose SHA-256 is the digest', function () {
    const bytes = tensorListBytes([leaf(9), leaf(1), leaf(9), leaf(255)])
    expect(parseTensorList(bytes)).to.deep.equal([leaf(1), leaf(9), leaf(255)])
    const digest = `0x${createHash('sha256').update(bytes).digest('hex')}`
    expect(tensorsDigest([leaf(1), leaf(9), leaf(255)])).to.equal(digest)
  })

  const refused: [string, Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['another version', Buffer.concat([Buffer.from('stemma-tensors-2\n'), Buffer.alloc(32)])],
    ['a prefix with CRLF', Buffer.concat([Buffer.from('stemma-tensors-1\r\n'), Buffer.alloc(32)])],
    ['no leaf', PREFIX],
    ['half a leaf', Buffer.concat([PREFIX, Buffer.alloc(48)])],
    ['a line feed at the end', Buffer.concat([PREFIX, Buffer.alloc(32), Buffer.from('\n')])],
    ['a leaf twice', Buffer.concat([PREFIX, Buffer.alloc(64)])],
    ['leaves in the wrong order', Buffer.concat([PREFIX, Buffer.alloc(32, 2), Buffer.alloc(32, 1)])],
  ]
  for (const [what, bytes] of refused) {
    it(`refuses ${what}`, function () {
      expect(() => parseTensorList(bytes))
        .to.throw()
        .with.property('code', 'TENSOR_LIST')
    })
  }

  it('counts the tensors that two lists share', function () {
    expect(sharedTensors([leaf(1), leaf(2), leaf(3)], [leaf(2), leaf(3), leaf(4)])).to.equal(2)
  })
})
