import { expect } from 'chai'

import { wrap } from '../../src/console/wrap.ts'

describe('wrap', function () {
  it('wraps at spaces, and leaves a long word whole', function () {
    expect(wrap('aa bb cc', '- ', '  ', 7)).to.equal('- aa bb\n  cc')
    expect(wrap('a'.repeat(9), '- ', '  ', 7)).to.equal(`- ${'a'.repeat(9)}`)
  })
})
