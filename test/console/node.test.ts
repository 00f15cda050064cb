import { expect } from 'chai'

import { nodeUrls } from '../../src/console/node.ts'
import type { Deployment } from '../../src/core/deployment.ts'

const deployment = { name: 'test', rpcUrl: 'http://c.example' } as Deployment
const [A, B] = ['http://a.example', 'https://b.example/v1,key']

describe('addresses of nodes', function () {
  it('come from the options, then the environment, then the deployment', function () {
    const env = { STEMMA_RPC_URL: B }
    expect(nodeUrls({ env }, { rpc: [A] }, deployment)).to.deep.equal([A])
    expect(nodeUrls({ env }, {}, deployment)).to.deep.equal([B])
    expect(nodeUrls({ env: {} }, {}, deployment)).to.deep.equal(['http://c.example'])
  })

  it('may be several, each once, in their order', function () {
    expect(nodeUrls({ env: { STEMMA_RPC_URL: `${B}, ${A},${B}` } }, {}, deployment)).to.deep.equal([B, A])
    expect(nodeUrls({ env: {} }, { rpc: [`${A},${B}`, A] }, deployment)).to.deep.equal([A, B])
    expect(nodeUrls({ env: { STEMMA_RPC_URL: `${B} ${A}` } }, {}, deployment)).to.deep.equal([B, A])
  })

  it('are one node in two spellings', function () {
    const rpc = ['http://a.example', 'http://b.example', 'HTTP://A.example/', 'http://b.example:80']
    expect(nodeUrls({ env: {} }, { rpc }, deployment)).to.deep.equal(rpc.slice(0, 2))
  })

  it('are not shown with their passwords when they are wrong', function () {
    for (const url of ['htp://user:secret@a.example', 'http://us@er:secret@a example'])
      expect(() => nodeUrls({ env: {} }, { rpc: [url] }, deployment))
        .to.throw('Invalid node address')
        .with.property('message')
        .that.does.not.contain('secret')
  })

  it('must each be an address of http or https', function () {
    for (const url of ['ws://a.example', `${A},nothing`, `${A} ,https://`, 'a.example']) {
      const failed = (): unknown => nodeUrls({ env: {} }, { rpc: [A, url] }, deployment)
      expect(failed, url).to.throw('use an http or https URL').with.property('code', 'USAGE')
    }
  })

  it('may be of sockets where those are served', function () {
    const both = { rpc: ['wss://a.example', A] }
    expect(nodeUrls({ env: {} }, both, deployment, { sockets: true })).to.deep.equal(both.rpc)
    expect(() => nodeUrls({ env: {} }, { rpc: ['ftp://a'] }, deployment, { sockets: true })).to.throw('ws or wss URL')
  })

  it('must be named somewhere', function () {
    const { rpcUrl: _, ...none } = deployment
    for (const rpc of [undefined, [''], ['', ' ']]) {
      expect(() => nodeUrls({ env: {} }, { ...(rpc && { rpc }) }, none)).to.throw('has no node')
    }
  })
})
