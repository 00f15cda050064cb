import { expect } from 'chai'

import { startGatewayWorld, type GatewayWorld } from '../../fixtures/gatewayWorld.ts'
import { CLIENT_SCENARIOS, type Endpoint } from './clientScenarios.ts'

describe('clients of the gateway', function () {
  this.timeout(120_000)
  let world: GatewayWorld

  before(async function () {
    world = await startGatewayWorld()
  })

  after(() => world.close())

  const straight = (): Endpoint => ({ ...world, url: world.upstream.url, key: 'none' })
  const through = (): Endpoint => ({ ...world, url: world.gateway.url })

  for (const [name, scenario] of Object.entries(CLIENT_SCENARIOS)) {
    it(`get the same as straight from the upstream: ${name}`, async function () {
      const expected = await scenario(straight())
      expect(await scenario(through())).to.deep.equal(expected)
    })
  }

  it('each call ends once, and no key of the gateway reaches the upstream', function () {
    const { upstream, log, key } = world
    // Each scenario ran straight and through the gateway.
    expect(log.filter(({ kind }) => kind === 'ended')).to.have.lengthOf(upstream.requests.length / 2)
    expect(upstream.requests.filter(({ rawHeaders }) => rawHeaders.join().includes(key))).to.deep.equal([])
  })
})
