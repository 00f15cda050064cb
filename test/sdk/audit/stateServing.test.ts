import { expect } from 'chai'

import { ZERO_DIGEST, type ModelId } from '../../../src/core/hex.ts'
import { endpointOf, servingHashOf } from '../../../src/core/serving.ts'
import { stateServing } from '../../../src/sdk/audit/stateServing.ts'
import { setOperator } from '../../../src/sdk/registry/setOperator.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { digestOf, ethers, networkHelpers } from '../../fixtures/ledger.ts'
import { deployLedger, expectRefusal } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers

describe('stateServing', function () {
  it('states which model answers at an endpoint, for an operator in the scope deploy alone', async function () {
    const { publisher, operator, deployment } = await loadFixture(deployLedger)
    const model = digestOf('model') as string as ModelId
    const origin = 'https://api.example.com'
    const word = { grade: 'stated', evidence: ZERO_DIGEST } as const
    const statement = { publisher: publisher.address, model, origin, name: 'kimi-k2p5', from: 1, until: 2, ...word }
    const refused = { operator: publisher.address, account: operator.address }
    const named = { publisher: publisher.address, operator: operator.address, until: FOREVER }
    await setOperator(publisher.ledger, { ...named, scopes: ['audit'] })
    await expectRefusal(stateServing(operator.ledger, { statement }), 'UsageAuditUnauthorized', refused)
    await setOperator(publisher.ledger, { ...named, scopes: ['audit', 'deploy'] })
    const { statement: hash, block } = await stateServing(operator.ledger, { statement })
    expect(hash).to.equal(servingHashOf(statement))
    const audit = await ethers.getContractAt('UsageAudit', deployment.contracts.usageAudit)
    const found = await audit.queryFilter(
      audit.filters.ServingStated(undefined, undefined, endpointOf(origin, 'kimi-k2p5')),
    )
    expect(found.map(({ args, blockNumber }) => [args.statement, args.model, blockNumber])).to.deep.equal([
      [hash, model, block],
    ])
    await expectRefusal(
      stateServing(publisher.ledger, { statement: { ...statement, from: 2 } }),
      'UsageAuditEmptyStatement',
      { from: 2n, until: 2n },
    )
    await expectRefusal(
      stateServing(publisher.ledger, { statement: { ...statement, name: '' } }),
      'UsageAuditTextLength',
      {
        length: 0n,
      },
    )
  })
})
