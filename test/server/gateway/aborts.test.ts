import { connect } from 'node:net'

import { expect } from 'chai'

import { Random } from '../../fixtures/random.ts'
import { startHostileUpstream, type Behaviour, type HostileUpstream } from '../../fixtures/hostileUpstream.ts'
import { chat, startBareGateway, type BareGateway } from './standIns.ts'

const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
/** How many calls: 200, and 100,000 in the deep run. */
const CALLS = Number(process.env.STEMMA_FUZZ_CASES ?? 2) * 100
const AT_A_TIME = 20

describe(`calls that end at random moments (STEMMA_FUZZ_SEED=${SEED})`, function () {
  this.timeout(process.env.STEMMA_DEEP === undefined ? 60_000 : 3_600_000)
  let upstream: HostileUpstream
  let bare: BareGateway

  before(async function () {
    upstream = await startHostileUpstream()
    bare = await startBareGateway(upstream.url)
  })

  after(async function () {
    await bare.close()
    await upstream.close()
  })

  it('leaves one record each, nothing reserved, and no connection in use', async function () {
    const random = new Random(SEED)
    let next = 0
    const caller = async (): Promise<void> => {
      while (next < CALLS) {
        next += 1
        await oneCall(random)
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, caller))
    // The gateway has met the last ends when it has no call open.
    await bare.gateway.stop(20)
    expect(bare.gateway.open).to.equal(0)
    expect(bare.open.size).to.equal(0)
    expect(new Set(bare.ends.map(({ call }) => call)).size).to.equal(bare.ends.length)
    expect(bare.settled).to.have.length(bare.ends.length)
    expect(bare.failures).to.deep.equal([])
    expect(bare.storeFailures).to.deep.equal([])
    const outcomes = new Set(bare.ends.map(({ outcome }) => outcome))
    expect([...outcomes].toSorted()).to.deep.equal(['failed', 'served'])
  })

  /** Makes a call, and leaves after so many bytes of the answer: none, some, or all. */
  async function oneCall(random: Random): Promise<void> {
    const behaviour: Behaviour = random.pick([
      { chunks: 5, pace: 1 },
      { chunks: 30 },
      { headersAfter: 3 },
      { bytes: 200_000 },
      { cut: 'mid-chunk', chunks: 5 },
      { closesIdle: true },
    ])
    const body = chat({ stream: random.chance(0.7) })
    const sent = random.chance(0.1) ? random.integer(0, body.length - 1) : body.length
    const leavesAfter = random.pick([0, 1, 300, 2000, Infinity])
    const socket = connect(Number(new URL(bare.url).port), '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    let got = 0
    socket.on('error', () => undefined)
    socket.on('data', (part) => {
      got += part.length
      if (got >= leavesAfter) socket.destroy()
    })
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer one\r\ncontent-type: application/json\r\nx-behaviour: ${JSON.stringify(behaviour)}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, sent)}`,
    )
    if (sent < body.length) socket.end()
    if (leavesAfter === 0) setImmediate(() => socket.destroy())
    await closed
  }
})
