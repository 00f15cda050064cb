import { expect } from 'chai'
import { Interface } from 'ethers'

import * as ledgerItems from '../../src/abi/ledger.ts'
import { deposit, treasury } from '../../src/abi/lineageClaims.ts'
import { minBlocks } from '../../src/abi/reviewGate.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { ContractError } from '../../src/sdk/contractError.ts'
import { explainRevert } from '../../src/sdk/contractErrors.ts'
import { interfaceOf, methodOf } from '../../src/sdk/contracts.ts'
import { explainNodeError, NodeAnswerError } from '../../src/sdk/nodeErrors.ts'
import { networkHelpers } from '../fixtures/ledger.ts'
import { deployLedger, provider } from '../fixtures/sdk.ts'

const { loadFixture } = networkHelpers

describe('contracts', function () {
  it('calls a function at the address of its contract, from its item of the ABI alone', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const ledger = openLedger(provider, deployment)
    expect(await methodOf(ledger, 'reviewGate', minBlocks)()).to.equal(32n)
    expect(await methodOf(ledger, 'lineageClaims', deposit)()).to.equal(10n ** 16n)
    expect(await methodOf(ledger, 'lineageClaims', treasury)()).to.match(/^0x[0-9a-fA-F]{40}$/)
  })

  it('opens a ledger as plain data', async function () {
    const { deployment } = await loadFixture(deployLedger)
    expect(openLedger(provider, deployment)).to.have.all.keys('deployment', 'runner', 'provider')
  })

  it('parses an item once', function () {
    expect(interfaceOf(minBlocks)).to.equal(interfaceOf(minBlocks))
    expect(interfaceOf(minBlocks).fragments.length).to.equal(1)
  })

  it('exports each item of an ABI that it exports as a whole', function () {
    const { ledgerAbi, ...items } = ledgerItems
    expect(Object.values(items)).to.have.members([...ledgerAbi])
  })
})

describe('errors of contracts', function () {
  const errors = new Interface(ledgerItems.ledgerAbi)
  const model = `0x${'ab'.repeat(32)}`

  it('are explained by their sentence, from revert data anywhere in an error of ethers', async function () {
    const data = errors.encodeErrorResult('ModelRegistryUnknownModel', [model])
    const error = await explainNodeError({ info: { error: { data } } })
    expect(error).to.be.instanceOf(ContractError)
    expect(error).to.deep.include({ code: 'MODEL_REGISTRY_UNKNOWN_MODEL', args: { model } })
    expect(error.message).to.include(`Model ${model} is not registered here.`)
  })

  it('have a code of their words', function () {
    const code = (errorName: string) => new ContractError({ errorName, args: {} }, '').code
    expect(code('AccessManagedUnauthorized')).to.equal('ACCESS_MANAGED_UNAUTHORIZED')
    expect(code('LineageClaimsNotAProduct')).to.equal('LINEAGE_CLAIMS_NOT_A_PRODUCT')
    expect(code('ERC721NonexistentToken')).to.equal('ERC721_NONEXISTENT_TOKEN')
  })

  it('that no contract of ours declares are the fault of the node’s answer', async function () {
    expect(explainRevert('0x12345678')).to.equal(undefined)
    expect(await explainNodeError({ data: '0x12345678' })).to.be.instanceOf(NodeAnswerError)
  })
})
