import { expect } from 'chai'

import { withoutMetadataHash } from '../../scripts/metadata.ts'

describe('tools/metadata', function () {
  const bytecode = (hash: string, code = '6080') => `0x${code}a2646970667358221220${hash}64736f6c63430008250033`

  it('leaves out the hash of the metadata, and nothing else', function () {
    const [one, other] = ['ab'.repeat(32), 'cd'.repeat(32)]
    expect(withoutMetadataHash(bytecode(one))).to.equal(withoutMetadataHash(bytecode(other)))
    expect(withoutMetadataHash(bytecode(one))).to.not.equal(withoutMetadataHash(bytecode(one, '6081')))
    expect(withoutMetadataHash(one)).to.equal(one)
  })
})
