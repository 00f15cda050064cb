import { expect } from 'chai'

import { parseEvidence, type CitedEndpoint } from '../../../src/core/evidence.ts'
import { ZERO_DIGEST, type ModelId } from '../../../src/core/hex.ts'
import { revokeServing } from '../../../src/sdk/audit/revokeServing.ts'
import { stateServing } from '../../../src/sdk/audit/stateServing.ts'
import { checkCitedEndpoints } from '../../../src/sdk/claims/checkCitedEndpoints.ts'
import { digestOf, networkHelpers } from '../../fixtures/ledger.ts'
import { deployLedger } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const ENDPOINT = { origin: 'https://api.example.com', name: 'composer' }

describe('checkCitedEndpoints', function () {
  it('takes a statement, and its absence, as of the block that is named, and nothing else', async function () {
    const { publisher, reader } = await loadFixture(deployLedger)
    const { address } = publisher
    const model = digestOf('model') as string as ModelId
    const word = { grade: 'stated', evidence: ZERO_DIGEST } as const
    const served = { publisher: address, model, ...ENDPOINT, from: 1, until: 2, ...word }
    const { statement, block } = await stateServing(publisher.ledger, { statement: served })
    const { block: revoked } = await revokeServing(publisher.ledger, { publisher: address, ...ENDPOINT })
    const check = (change: Partial<CitedEndpoint>) => {
      const endpoint = { publisher: address, ...ENDPOINT, block: block!, statement, ...change }
      const item = { kind: 'endpoint', text: 'what was stated', endpoint }
      const evidence = parseEvidence({ version: 1, summary: 'a claim', items: [item] })
      return checkCitedEndpoints(reader, { evidence })
    }
    await check({})
    await check({ block: block! - 1, statement: null })
    await check({ block: revoked!, statement: null })
    await check({ name: 'another', statement: null })
    const wrong = [{ statement: null }, { block: block! - 1 }, { block: revoked! }, { statement: digestOf('other') }]
    for (const change of wrong) {
      const refused = await check(change).catch((error: unknown) => error)
      expect(refused, JSON.stringify(change)).to.have.property('code', 'WRONG_CITATION')
    }
  })

  it('is asked only of well-formed citations, which other kinds of evidence do not have', function () {
    const endpoint = { publisher: `0x${'1'.repeat(40)}`, ...ENDPOINT, block: 1, statement: null }
    const wrong: [object, string][] = [
      [{ kind: 'endpoint' }, 'items[0].endpoint is not there'],
      [{ kind: 'document', endpoint }, 'items[0].endpoint is not there'],
      [{ kind: 'endpoint', endpoint: { ...endpoint, origin: 'https://api.example.com/v1' } }, 'endpoint.origin'],
      [{ kind: 'endpoint', endpoint: { ...endpoint, publisher: '0x1' } }, 'endpoint.publisher'],
      [{ kind: 'endpoint', endpoint: { ...endpoint, block: 1.5 } }, 'endpoint.block'],
      [{ kind: 'endpoint', endpoint: { ...endpoint, statement: 'none' } }, 'endpoint.statement'],
      [{ kind: 'endpoint', endpoint: { ...endpoint, more: 1 } }, '"more"'],
    ]
    for (const [item, part] of wrong) {
      const document = { version: 1, summary: 'a claim', items: [{ text: 'seen', ...item }] }
      expect(() => parseEvidence(document), part)
        .to.throw(part)
        .with.property('code', 'INVALID_EVIDENCE')
    }
  })
})
