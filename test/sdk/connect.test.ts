import { expect } from 'chai'
import { keccak256, Wallet } from 'ethers'

import { InvalidDeploymentError } from '../../src/core/deployment.ts'
import {
  CodeMismatchError,
  connect,
  MissingProviderError,
  openLedger,
  StaleDeploymentError,
} from '../../src/sdk/connect.ts'
import { WrongChainError } from '../../src/sdk/wrongChain.ts'
import { NodeUnreachableError } from '../../src/sdk/nodeFailures.ts'
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

  it('refuses another contract at the address of any of the deployment, by the hash of its code', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const names = Object.keys(deployment.contracts) as (keyof typeof deployment.contracts)[]
    const codes = await Promise.all(names.map((name) => provider.getCode(deployment.contracts[name])))
    const hashes = names.map((name, index) => [name, keccak256(codes[index]!)])
    const pinned = { ...deployment, codeHashes: Object.fromEntries(hashes) }
    expect((await connect(provider, pinned)).deployment).to.deep.equal(pinned)
    for (const name of names) {
      const other = deployment.contracts[name === 'ledger' ? 'manager' : 'ledger']
      const replaced = { ...pinned, contracts: { ...deployment.contracts, [name]: other } }
      await expectError(
        connect(provider, replaced),
        CodeMismatchError,
        `its ${name} at ${other}`,
        pinned.codeHashes[name],
      )
    }
    const { ledger: _, ...lacking } = pinned.codeHashes
    await expectError(
      connect(provider, { ...pinned, codeHashes: lacking as never }),
      InvalidDeploymentError,
      '"codeHashes.ledger" is nothing',
    )
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
