import { expect } from 'chai'

import { wordsOf } from '../../../packages/server/src/gateway/log.ts'

describe('what the log of a gateway says of a failure', function () {
  it('is where it happened, and nothing of its words, though they have lines that look like places', function () {
    const failure = new SyntaxError('Unexpected token in "\n    at canary-1\n  at canary-2"')
    expect(JSON.stringify(wordsOf(failure))).not.to.contain('canary')
    expect(wordsOf(failure)).to.have.property('code', 'SyntaxError')
    expect(wordsOf(failure).at![0]).to.contain('log.test.ts')
  })
})
