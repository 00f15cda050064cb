import { expect } from 'chai'

import { isLfsPointer } from '../../src/interop/gitLfs.ts'

describe('isLfsPointer', function () {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 5\n`
  const is = (text: string) => isLfsPointer(Buffer.from(text))

  it('recognizes pointers, with extensions and with the line ends of Windows', function () {
    expect(is(pointer)).to.equal(true)
    expect(is(pointer.replaceAll('\n', '\r\n'))).to.equal(true)
    expect(is(pointer.replace('oid', 'ext-0-foo sha256:00\noid'))).to.equal(true)
    expect(is(`\ufeff${pointer}`)).to.equal(true)
    expect(is(pointer.trimEnd())).to.equal(true)
    for (const version of ['https://hawser.github.com/spec/v1', 'http://git-media.io/v/2'])
      expect(is(pointer.replace('https://git-lfs.github.com/spec/v1', version)), version).to.equal(true)
  })

  it('recognizes nothing else', function () {
    expect(is('')).to.equal(false)
    expect(is('version https://git-lfs.github.com/spec/v1\n')).to.equal(false)
    expect(is(` ${pointer}`)).to.equal(false)
    expect(is(pointer + 'x'.repeat(1024))).to.equal(false)
  })
})
