import { expect } from 'chai'

import { ZERO_DIGEST, type ModelId } from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { endpointOf, servingHashOf, type ServingStatement } from '../../../src/core/serving.ts'
import { parseServingFile, servingFileOf } from '../../../src/documents/serving.ts'
import { anchorServing } from '../../../src/sdk/audit/anchorServing.ts'
import { listServing } from '../../../src/sdk/audit/listServing.ts'
import { readServing } from '../../../src/sdk/audit/readServing.ts'
import { revokeServing } from '../../../src/sdk/audit/revokeServing.ts'
import { signServing } from '../../../src/sdk/audit/signServing.ts'
import { setOperator } from '../../../src/sdk/registry/setOperator.ts'
import { digestOf, networkHelpers } from '../../fixtures/ledger.ts'
import { deployLedger, expectRefusal } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const ENDPOINT = { origin: 'https://api.example.com', name: 'kimi-k2p5' }
const MODEL = digestOf('model') as string as ModelId

describe('anchorServing', function () {
  it('anchors what an operator in the scope deploy signed, for anybody, through a file', async function () {
    const { publisher, operator, stranger, reader, deployment } = await loadFixture(deployLedger)
    const named = { publisher: publisher.address, operator: operator.address, until: FOREVER }
    await setOperator(publisher.ledger, { ...named, scopes: ['deploy'] })
    const statement: ServingStatement = {
      publisher: publisher.address,
      model: MODEL,
      ...ENDPOINT,
      from: 1,
      until: 2,
      grade: 'attested',
      evidence: digestOf('quote'),
    }
    const signed = await signServing(operator.ledger, { statement, deadline: 2 ** 40 })
    expect([signed.signer, signed.epoch, signed.revision]).to.deep.equal([operator.address, 0, 1])
    const file = JSON.parse(JSON.stringify(servingFileOf(deployment, signed)))
    const { serving } = parseServingFile(file)
    expect(serving).to.deep.equal(signed)
    const { statement: hash, block } = await anchorServing(stranger.ledger, serving)
    expect(hash).to.equal(servingHashOf(statement))
    const word = { publisher: publisher.address, revision: 1, stated: { statement: hash, served: statement }, block }
    expect(await listServing(reader, ENDPOINT)).to.deep.equal([word])
    expect(await readServing(reader, { publisher: publisher.address, ...ENDPOINT })).to.deep.equal(word)
  })

  it('is void once the publisher has revoked what it says about the endpoint', async function () {
    const { publisher, stranger, reader } = await loadFixture(deployLedger)
    const { address } = publisher
    const word = { grade: 'stated', evidence: ZERO_DIGEST } as const
    const statement = { publisher: address, model: MODEL, ...ENDPOINT, from: 1, until: 2, ...word }
    const signed = await signServing(publisher.ledger, { statement, deadline: 2 ** 40 })
    await expectRefusal(revokeServing(stranger.ledger, { publisher: address, ...ENDPOINT }), 'UsageAuditUnauthorized', {
      operator: address,
      account: stranger.address,
    })
    const { block } = await revokeServing(publisher.ledger, { publisher: address, ...ENDPOINT })
    const endpoint = endpointOf(ENDPOINT.origin, ENDPOINT.name)
    const refusal = { publisher: address, endpoint, revision: 1n, next: 2n }
    await expectRefusal(anchorServing(stranger.ledger, signed), 'UsageAuditOtherRevision', refusal)
    expect(await readServing(reader, { publisher: address, ...ENDPOINT })).to.deep.equal({
      publisher: address,
      revision: 1,
      stated: null,
      block,
    })
    expect(await readServing(reader, { publisher: stranger.address, ...ENDPOINT })).to.equal(null)
  })
})
