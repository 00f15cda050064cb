import { expect } from 'chai'

import { ZERO_DIGEST, type Address, type ModelId } from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import type { ServingStatement } from '../../../src/core/serving.ts'
import { revokeServing } from '../../../src/sdk/audit/revokeServing.ts'
import { resolveServing } from '../../../src/sdk/audit/resolveServing.ts'
import { stateServing } from '../../../src/sdk/audit/stateServing.ts'
import type { Ledger } from '../../../src/sdk/connect.ts'
import { networkHelpers } from '../../fixtures/ledger.ts'
import { deployModels } from '../../fixtures/sdk.ts'

const { loadFixture, time } = networkHelpers
const ENDPOINT = { origin: 'https://api.example.com', name: 'base-1' }

type Part = { ledger: Ledger; address: Address }

/** States that a model answers at the endpoint. */
async function state({ ledger, address }: Part, model: ModelId, change: Partial<ServingStatement> = {}) {
  const word = { grade: 'stated', evidence: ZERO_DIGEST } as const
  const statement = { publisher: address, model, ...ENDPOINT, from: 1, until: FOREVER, ...word, ...change }
  return stateServing(ledger, { statement })
}

describe('resolveServing', function () {
  it('counts an accredited publisher, one that is trusted, and one that proves the host, and nobody else', async function () {
    const { publisher, stranger, reader, base, tuned } = await loadFixture(deployModels)
    await state(stranger, tuned)
    const refused = await resolveServing(reader, ENDPOINT).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'NOTHING_STATED', kind: 'undecided' })
    expect(refused).to.have.property('message').that.contains('nobody vouches').and.contains(stranger.address)
    const ways = {
      trusted: { trusted: [stranger.address] },
      named: { prove: async (uris: readonly string[]) => new Map(uris.map((uri) => [uri, stranger.address])) },
    }
    for (const [standing, options] of Object.entries(ways)) {
      const [found] = await resolveServing(reader, { ...ENDPOINT, ...options })
      expect([found.standing, found.served.model]).to.deep.equal([standing, tuned])
    }
    const { statement, block } = await state(publisher, base)
    const [found, ...others] = await resolveServing(reader, ENDPOINT)
    expect([found.statement, found.standing, found.block, others]).to.deep.equal([statement, 'accredited', block, []])
  })

  it('names the publishers that contradict each other, and takes those that agree', async function () {
    const { publisher, tuner, reader, base, tuned } = await loadFixture(deployModels)
    await state(publisher, base)
    await state(tuner, tuned)
    const refused = await resolveServing(reader, ENDPOINT).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'CONTRADICTING_STATEMENTS', kind: 'undecided' })
    for (const part of [publisher.address, tuner.address, base, tuned]) {
      expect(refused).to.have.property('message').that.contains(part)
    }
    await state(tuner, base)
    expect((await resolveServing(reader, ENDPOINT)).map(({ served }) => served.publisher)).to.have.members([
      publisher.address,
      tuner.address,
    ])
  })

  it('takes a statement from its first second to its last, until it is replaced or revoked', async function () {
    const { publisher, reader, base } = await loadFixture(deployModels)
    const now = await time.latest()
    await state(publisher, base, { from: now + 100, until: now + 200 })
    const messageAt = async (at: number): Promise<string> =>
      resolveServing(reader, { ...ENDPOINT, at }).then(
        () => 'stated',
        ({ message }: Error) => message,
      )
    expect(await messageAt(now + 99)).to.contain('is for later')
    expect(await messageAt(now + 100)).to.equal('stated')
    expect(await messageAt(now + 199)).to.equal('stated')
    expect(await messageAt(now + 200)).to.contain('has ended')
    await revokeServing(publisher.ledger, { publisher: publisher.address, ...ENDPOINT })
    expect(await messageAt(now + 100)).to.contain('was taken back')
    const other = { ...ENDPOINT, name: 'base-2' }
    await resolveServing(reader, other).then(
      () => expect.fail('stated'),
      ({ message }: Error) => expect(message).to.contain('no publisher has stated'),
    )
  })

  it('finds out a node that leaves out a revocation', async function () {
    const { publisher, reader, base } = await loadFixture(deployModels)
    const { block } = await state(publisher, base)
    await revokeServing(publisher.ledger, { publisher: publisher.address, ...ENDPOINT })
    const { provider } = reader
    const hiding = new Proxy(provider, {
      get(target, key) {
        if (key === 'getLogs') {
          return async (filter: Parameters<typeof provider.getLogs>[0]) =>
            (await provider.getLogs(filter)).filter((log) => log.blockNumber <= block!)
        }
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const refused = await resolveServing({ ...reader, provider: hiding }, ENDPOINT).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'MISSING_SERVING_EVENT', kind: 'unavailable' })
  })
})
