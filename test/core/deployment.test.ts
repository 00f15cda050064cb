import { expect } from 'chai'

import { InvalidDeploymentError, parseDeployment } from '../../src/core/deployment.ts'

const NAMES = [
  'manager',
  'ledger',
  'recalls',
  'licenseCredential',
  'lineageClaims',
  'complianceLens',
  'usageAudit',
  'reviewGate',
  'loadCheck',
]
const DEPLOYMENT = {
  name: 'test',
  chainId: 10,
  firstBlock: 7,
  contracts: Object.fromEntries(NAMES.map((name, index) => [name, `0x${String(index + 1).repeat(40)}`])),
}

describe('parseDeployment', function () {
  it('keeps what a file states, and leaves out what it does not', function () {
    expect(parseDeployment(DEPLOYMENT)).to.deep.equal(DEPLOYMENT)
    const whole = {
      ...DEPLOYMENT,
      codeHashes: Object.fromEntries(NAMES.map((name) => [name, `0x${'ab'.repeat(32)}`])),
      maxAge: 0,
      rpcUrl: 'wss://node.example',
      verification: { ledger: 'exact_match', recalls: 'not verified: it was not asked for' },
    }
    expect(parseDeployment(whole)).to.deep.equal(whole)
    expect(parseDeployment({ ...whole, extra: 1 })).to.deep.equal(whole)
  })

  it('keeps of a verification only what is about its contracts', function () {
    const verification = { ledger: 'match', owner: 'exact_match', __proto__: null, constructor: 'match' }
    expect(parseDeployment({ ...DEPLOYMENT, verification }).verification).to.deep.equal({ ledger: 'match' })
    expect(parseDeployment({ ...DEPLOYMENT, verification: {} }).verification).to.deep.equal({})
  })

  for (const [field, value, expected] of [
    ['verification', 'exact_match', 'an object'],
    ['verification', ['exact_match'], 'an object'],
    ['verification', null, 'an object'],
    ['verification', 0, 'an object'],
    ['verification.ledger', { ledger: true }, 'a string'],
    ['verification.loadCheck', { loadCheck: null }, 'a string'],
    ['verification.manager', { ledger: 'match', manager: ['exact_match'] }, 'a string'],
    ['verification.recalls', { recalls: { match: 'exact_match' } }, 'a string'],
  ] as const) {
    it(`refuses the verification ${JSON.stringify(value)}, and names ${field}`, function () {
      const parse = (): unknown => parseDeployment({ ...DEPLOYMENT, verification: value })
      expect(parse).to.throw(InvalidDeploymentError, `The deployment's field "${field}" is `)
      expect(parse).to.throw(InvalidDeploymentError, `Expected ${expected}. Deploy again, or correct the file.`)
    })
  }

  for (const [field, change] of [
    ['the deployment', undefined],
    ['contracts', { contracts: [] }],
    ['contracts.recalls', { contracts: { ...DEPLOYMENT.contracts, recalls: undefined } }],
    ['name', { name: '../etc' }],
    ['name', { name: '' }],
    ['rpcUrl', { rpcUrl: 'file:///etc/passwd' }],
    ['chainId', { chainId: -1 }],
    ['firstBlock', { firstBlock: 1.5 }],
    ['maxAge', { maxAge: '1h' }],
    ['codeHashes', { codeHashes: [] }],
    ['codeHashes.manager', { codeHashes: {} }],
  ] as const) {
    it(`refuses ${JSON.stringify(change) ?? 'what is not an object'}, and names ${field}`, function () {
      const value = change === undefined ? 'local' : { ...DEPLOYMENT, ...change }
      expect(() => parseDeployment(value)).to.throw(InvalidDeploymentError, `"${field}"`)
    })
  }
})
