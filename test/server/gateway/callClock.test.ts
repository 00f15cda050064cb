import { expect } from 'chai'

import { createCallClock } from '../../../packages/server/src/gateway/callClock.ts'
import { createCallIds } from '../../../packages/server/src/gateway/callId.ts'
import { timeOfCall } from '../../../src/audit/replayLog.ts'

describe('the clock of calls', function () {
  it('does not run backwards, and gives ids and times that fit each other', function () {
    let own = 1_800_000_000_000
    const clock = createCallClock(
      () => own,
      () => undefined,
    )
    const nextId = createCallIds(clock)
    const times = [0, 5000, -3_600_000, 60_000].map((by) => {
      own += by
      return [clock(), timeOfCall(nextId())]
    })
    const late = 1_800_000_005
    expect(times).to.deep.equal([
      [1_800_000_000_000, 1_800_000_000],
      [late * 1000, late],
      [late * 1000, late],
      [late * 1000, late],
    ])
  })

  it('is not behind the head, as far as a head can be believed', function () {
    let head: number | undefined
    const clock = createCallClock(
      () => 1_800_000_000_000,
      () => head,
    )
    expect(clock()).to.equal(1_800_000_000_000)
    head = 1_800_000_100
    expect(clock()).to.equal(1_800_000_100_000)
    head = 4_000_000_000
    expect(clock()).to.equal(1_800_000_900_000)
  })
})
