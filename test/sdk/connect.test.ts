import { expect } from 'chai'
import { Wallet } from 'ethers'

import { InvalidDeploymentError } from '../../src/core/deployment.ts'
import {
  connect,
  MissingProviderError,
  openLedger,
  StaleDeploymentError,
  WrongChainError,
} from '../../src/sdk/connect.ts'
import { NodeUnreachableError } from '../../src/sdk/nodeErrors.ts'
import { nodeProvider } from '../../src/sdk/nodeProvider.ts'
import { networkHelpers } from '../fixtures/ledger.ts'
import { deployLedger, expectError, provider } from '../fixtures/sdk.ts'

const { loadFixture } = networkHelpers

describe('connect', function () {
  it('connects by a provider or by a signer, to the contracts of the deployment', async function () {
    const { deployment } = await loadFixture(deployLedger)
    for (const runner of [provider, await provider.getSigner(1)]) {
      const ledger = await connect(runner, deployment)
      expect([ledger.runner, ledger.provider, ledger.deployment]).to.deep.equal([runner, provider, deployment])
    }
  })

  it('refuses a signer without a provider', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const signer = Wallet.createRandom()
    await expectError(connect(signer, deployment), MissingProviderError, 'signer.connect(provider)')
    expect(() => openLedger(signer, deployment)).to.throw(MissingProviderError)
  })

  it('refuses a node of another chain', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const other = { ...deployment, chainId: 4242 }
    await expectError(connect(provider, other), WrongChainError, 'on chain 4242', 'on chain 31337')
  })

  it('names the contract that is not where the deployment has it', async function () {
    const { deployment } = await loadFixture(deployLedger)
    for (const name of Object.keys(deployment.contracts)) {
      const address = `0x${'99'.repeat(20)}`
      const stale = { ...deployment, contracts: { ...deployment.contracts, [name]: address } }
      await expectError(connect(provider, stale), StaleDeploymentError, `its ${name} at ${address}`)
    }
  })

  it('names the field of a deployment that is malformed', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const malformed = { ...deployment, contracts: { ...deployment.contracts, ledger: undefined } }
    await expectError(connect(provider, malformed as never), InvalidDeploymentError, '"contracts.ledger" is nothing')
    await expectError(connect(provider, { ...deployment, chainId: -1 }), InvalidDeploymentError, '"chainId" is -1')
  })

  it('says that there is no node', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const nobody = nodeProvider('http://127.0.0.1:1', deployment)
    await expectError(connect(nobody, deployment), NodeUnreachableError, 'ECONNREFUSED')
    nobody.destroy()
  })
})
