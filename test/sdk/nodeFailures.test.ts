import { expect } from 'chai'
import { makeError } from 'ethers'

import type { StemmaError } from '../../src/core/errors.ts'
import { explainNodeError } from '../../src/sdk/nodeErrors.ts'
import { nodeWordsOf, smallerRange } from '../../src/sdk/nodeFailures.ts'
import { ownWords } from '../../src/sdk/nodeWords.ts'

/** As ethers has an error that a node or a wallet answers. */
function answered(error: object): Error {
  return makeError('could not coalesce error', 'UNKNOWN_ERROR', { error } as never)
}

/** As ethers has a status of HTTP that is a failure. */
function refused(responseStatus: string, responseBody: string | null): Error {
  const info = { responseStatus, responseBody }
  return makeError(`server response ${responseStatus}`, 'SERVER_ERROR', { request: 'x', info } as never)
}

describe('explainNodeError, of what nodes say', function () {
  const codeOf = async (error: unknown): Promise<string> => ((await explainNodeError(error)) as StemmaError).code

  it('reads the words of a wallet’s own node, which the wallet wraps', async function () {
    const message = 'missing trie node 6a0f'
    for (const error of [
      { code: -32_603, message: 'Internal JSON-RPC error.', data: { code: -32_000, message } },
      { code: -32_603, message: 'x', data: { originalError: { code: -32_000, message } } },
      { code: -32_603, message: 'x', data: { cause: { message } } },
    ]) {
      expect(nodeWordsOf(answered(error)).message).to.contain(message)
      expect(await codeOf(answered(error))).to.equal('NODE_NO_HISTORY')
    }
  })

  it('reads the body of an answer whose status is a failure, and takes no page for words', async function () {
    const error = { code: -32_005, message: 'daily request count exceeded' }
    expect(await codeOf(refused('403 Forbidden', JSON.stringify({ error })))).to.equal('NODE_BUSY')
    expect(await codeOf(refused('403 Forbidden', JSON.stringify([{ error }])))).to.equal('NODE_BUSY')
    expect(await codeOf(refused('403 Forbidden', '<html>too many requests</html>'))).to.equal('NODE_FORBIDDEN')
    expect(await codeOf(refused('401 Unauthorized', null))).to.equal('NODE_FORBIDDEN')
    expect(await codeOf(refused('429 Too Many Requests', null))).to.equal('NODE_BUSY')
    expect(await codeOf(refused('500 Internal Server Error', null))).to.equal('NODE_UNREACHABLE')
    expect(await codeOf(refused('503 Service Unavailable', null))).to.equal('NODE_UNREACHABLE')
  })

  it('takes the words of ethers for nobody’s', async function () {
    const own = makeError('response body is not valid JSON', 'UNSUPPORTED_OPERATION', { operation: 'bodyJson' })
    expect(await codeOf(own)).to.equal('NODE_ANSWER')
  })

  it('knows a call that ran out of gas in each node’s words', async function () {
    for (const message of ['out of gas', 'gas required exceeds allowance (50000000)', 'exceeds block gas limit']) {
      const error = { code: -32_000, message }
      const failed = makeError('missing revert data', 'CALL_EXCEPTION', { info: { error } } as never)
      expect(await codeOf(failed)).to.equal('NODE_GAS')
    }
  })

  it('leaves an error of the program as it is', async function () {
    const error = new TypeError('x is not a function')
    expect(await explainNodeError(error)).to.equal(error)
  })

  it('shows words in one line of at most 200 characters, without controls and without keys', function () {
    expect(ownWords(answered({ message: `no\u202e\u001b[2J\n${'x'.repeat(300)}` })))
      .to.match(/^no\ufffd\ufffd\[2J x+…$/)
      .and.to.have.lengthOf(200)
    for (const [message, expected] of [
      ['at https://u:p@a.example:8545/v3/0123456789abcdef?k=1 no', 'at https://a.example:8545 no'],
      ['"wss://a.example/0123456789abcdef" failed', '"wss://a.example" failed'],
      ['invalid api key: 0123456789abcdef', 'invalid api key: …'],
      ['project id "0123456789abcdef" unknown', 'project id "…" unknown'],
    ] as const) {
      expect(ownWords(answered({ message }))).to.equal(expected)
    }
  })

  it('offers fewer blocks where that helps, as many as the words allow', function () {
    const range = (message: string, code = -32_000) => smallerRange(answered({ code, message }), 1000)
    expect(range('block range is too large, max is 128 blocks')).to.equal(128)
    expect(range('query returned more than 10000 results')).to.equal(500)
    expect(range('limit exceeded', -32_005)).to.equal(500)
    expect(smallerRange(makeError('timeout', 'TIMEOUT', {} as never), 7)).to.equal(4)
    expect(range('missing trie node')).to.equal(undefined)
    expect(smallerRange(answered({ code: -32_005, message: 'limit exceeded' }), 1)).to.equal(undefined)
  })
})
