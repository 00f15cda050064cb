import { expect } from 'chai'

import { isRefusal, type KeyRate, type Refusal } from '../../../packages/server/src/gateway/ports.ts'
import { createRates } from '../../../packages/server/src/gateway/rate.ts'

function setUp(rate: KeyRate) {
  const clock = { ms: 0 }
  const rates = createRates(() => clock.ms)
  return { clock, rates, take: (tokens = 0) => rates.take('key', rate, tokens) }
}

function codeOf(value: object): string {
  return isRefusal(value) ? (value as Refusal).code : 'taken'
}

describe('gateway: rates', function () {
  it('allow a minute of calls at once, and say to the second when the next may come', function () {
    const { clock, take } = setUp({ callsPerMinute: 6 })
    for (let call = 0; call < 6; call++) expect(codeOf(take())).to.equal('taken')
    expect(take()).to.deep.include({ status: 429, code: 'rate_calls', retryAfter: 10 })
    clock.ms = 9_999
    expect(take()).to.deep.include({ retryAfter: 1 })
    clock.ms = 10_000
    expect(codeOf(take())).to.equal('taken')
    expect(codeOf(take())).to.equal('rate_calls')
  })

  it('do not send away again who comes when it was said, at any rate, also after calls in between', function () {
    for (let perMinute = 1; perMinute <= 60; perMinute++) {
      const { clock, take } = setUp({ callsPerMinute: perMinute })
      // A clock as it is: large numbers leave fractions less room.
      clock.ms = 1_700_000_000_000
      for (let call = 0; call < perMinute; call++) expect(codeOf(take())).to.equal('taken')
      const { retryAfter } = take() as { retryAfter: number }
      const at = clock.ms + retryAfter * 1000
      for (; clock.ms < at - 137; clock.ms += 137) {
        const early = take()
        if (!isRefusal(early)) early.cancel()
      }
      clock.ms = at
      expect(codeOf(take()), `${perMinute} a minute`).to.equal('taken')
    }
  })

  it('take the tokens that a call may need, and give back what it did not use', function () {
    const { clock, take } = setUp({ tokensPerMinute: 600 })
    const first = take(500)
    expect(take(200)).to.deep.include({ code: 'rate_tokens', retryAfter: 10 })
    if (isRefusal(first)) throw new Error(first.code)
    first.release(100)
    expect(codeOf(take(500))).to.equal('taken')
    clock.ms = 60_000
    expect(codeOf(take(600))).to.equal('taken')
  })

  it('let a call of more tokens than a minute has wait for a full bucket, and owe the others', function () {
    const { clock, take } = setUp({ tokensPerMinute: 600 })
    expect(codeOf(take(1200))).to.equal('taken')
    expect(take(1)).to.deep.include({ code: 'rate_tokens', retryAfter: 61 })
    clock.ms = 61_000
    expect(codeOf(take(10))).to.equal('taken')
  })

  it('count the calls that are open, each once', function () {
    const { rates, take } = setUp({ parallelCalls: 2 })
    const [one, two] = [take(), take()]
    expect(take()).to.deep.include({ status: 429, code: 'rate_parallel', retryAfter: 1 })
    for (const each of [one, one, two]) if (!isRefusal(each)) each.release(0)
    expect(rates.parallelOf('key')).to.equal(0)
  })

  it('give everything back of a call that is not made', function () {
    const { take } = setUp({ callsPerMinute: 1, tokensPerMinute: 10, parallelCalls: 1 })
    for (let time = 0; time < 5; time++) {
      const taken = take(10)
      if (isRefusal(taken)) throw new Error(taken.code)
      taken.cancel()
    }
    expect(codeOf(take(10))).to.equal('taken')
  })

  it('fill nothing by a clock that is set back, and bound nothing that is left out', function () {
    const { clock, take } = setUp({ callsPerMinute: 1 })
    clock.ms = 100_000
    expect(codeOf(take(1e9))).to.equal('taken')
    clock.ms = 0
    expect(codeOf(take())).to.equal('rate_calls')
  })

  it('know the open calls of a key whose rate was changed', function () {
    const { rates, take } = setUp({ parallelCalls: 5 })
    take()
    expect(codeOf(rates.take('key', { parallelCalls: 1 }, 0))).to.equal('rate_parallel')
    rates.keep(new Set())
    expect(rates.parallelOf('key')).to.equal(1)
  })
})
