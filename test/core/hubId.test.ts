import { expect } from 'chai'

import { isHubId } from '../../src/core/hubId.ts'

describe('isHubId', function () {
  it('knows the ids of repositories', function () {
    for (const id of ['gpt2', 'meta-llama/Llama-3.1-8B', 'a/b.c_d-e', `${'a'.repeat(96)}/${'b'.repeat(96)}`])
      expect(isHubId(id)).to.equal(true)
    for (const id of [
      '',
      '/',
      'a/',
      '/b',
      'a/b/c',
      './a',
      'a/..',
      'a b',
      'a/b\n',
      'a..b',
      '../x',
      'é/x',
      'a'.repeat(97),
      'a/.b',
    ]) {
      expect(isHubId(id)).to.equal(false)
    }
  })
})
