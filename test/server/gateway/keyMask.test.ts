import { expect } from 'chai'

import { createKeyMask } from '../../../packages/server/src/gateway/keyMask.ts'

describe('the key of an upstream in its answers', function () {
  it('is masked however the answer is cut, and nothing else is', function () {
    const key = 'sk-sk-1'
    const text = `{"a":"${key}","b":"sk-sk-","c":"sk-${key}${key}"} sk-sk-`
    const wanted = text.replaceAll(key, '*'.repeat(key.length))
    for (let size = 1; size <= text.length; size++) {
      const mask = createKeyMask(key)
      const parts: Buffer[] = []
      for (let at = 0; at < text.length; at += size) parts.push(mask.push(Buffer.from(text.slice(at, at + size))))
      parts.push(mask.end())
      expect(Buffer.concat(parts).toString()).to.equal(wanted)
    }
  })

  it('delays nothing that cannot be its beginning, and costs no copy', function () {
    const mask = createKeyMask('sk-1')
    const chunk = Buffer.from('data: sk\n\n')
    expect(mask.push(chunk)).to.equal(chunk)
    expect(createKeyMask(undefined).push(chunk)).to.equal(chunk)
  })
})
