import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { HDNodeWallet, recoverAddress, Wallet } from 'ethers'

import { serveApi } from '../../packages/server/src/api/serve.ts'
import { indexLedger } from '../../packages/server/src/indexer/indexLedger.ts'
import { deploy } from '../../scripts/deploy.ts'
import { parseCheckpoint, trustedBlockOf } from '../../src/bundle/checkpoint.ts'
import type { ChainId } from '../../src/core/chainId.ts'
import { parseDeployment } from '../../src/core/deployment.ts'
import { parseAddress } from '../../src/core/hex.ts'
import { DEPLOYMENTS_FOLDER } from '../../src/deployments/deploymentFiles.ts'
import { createQueryClient } from '../../src/query/client.ts'
import { parseRegistrationFile, registrationFileOf } from '../../src/documents/registration.ts'
import { signCheckpoint } from '../../src/sdk/compliance/signCheckpoint.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { connect } from '../../src/sdk/connect.ts'
import { nodeProvider } from '../../src/sdk/nodeProvider.ts'
import { registerSigned } from '../../src/sdk/registry/registerSigned.ts'
import { signRegistration } from '../../src/sdk/registry/signRegistration.ts'
import { startAnvil } from '../fixtures/anvil.ts'
import { registrationOf } from '../fixtures/ledger.ts'
import { inDepth } from '../fixtures/inDepth.ts'

const PHRASE = 'test test test test test test test test test test test junk'
const wallet = HDNodeWallet.fromPhrase(PHRASE, '', "m/44'/60'/0'/0/0")

describe('a chain with large numbers', function () {
  this.timeout(180_000)

  const cases: readonly (readonly [chainId: ChainId, start: number])[] = [
    [11_297_108_109, 3_000_000_000],
    // The contracts keep block numbers below 2^48.
    ['9007199254740993', 2 ** 48 - 1_000],
  ]
  for (const [chainId, start] of cases.slice(inDepth(1, 0))) {
    it(`has id ${chainId} and block ${start}, in SDK, index, API, signatures and files`, async function () {
      const folder = await mkdtemp(join(tmpdir(), 'stemma-large-'))
      const anvil = await startAnvil(['--chain-id', String(chainId), '--number', String(start)])
      const closing: (() => unknown)[] = [() => anvil.stop(), () => rm(folder, { recursive: true, force: true })]
      try {
        // Hardhat signs for no chain id beyond 2^53, so the node's first account deploys. It is the same.
        const signer = new Wallet(wallet.privateKey)
        await deploy({ rpcUrl: anvil.url, name: 'large', journal: false, folder, delays: false })
        const text = await readFile(join(folder, DEPLOYMENTS_FOLDER, 'large.json'), 'utf8')
        const deployment = parseDeployment(JSON.parse(text))
        expect(deployment).to.include({ chainId, firstBlock: start })
        const provider = nodeProvider(anvil.url, deployment)
        closing.unshift(() => provider.destroy())
        const ledger = await connect(signer.connect(provider), deployment)

        const registration = registrationOf(wallet.address, { uri: 'https://huggingface.co/acme/large' })
        const signed = await signRegistration(ledger, { registration, deadline: 2 ** 40 - 1 })
        const file = parseRegistrationFile(JSON.parse(JSON.stringify(registrationFileOf(deployment, signed))))
        expect(file.chainId).to.equal(chainId)
        const { model, block = 0 } = await registerSigned(ledger, file.signed)
        expect(block).to.be.greaterThan(start)

        const database = join(folder, 'large.sqlite')
        await indexLedger({ deployment, database, rpc: { url: anvil.url }, once: true, depth: 1 })
        const api = await serveApi({ database, port: 0, host: '127.0.0.1' })
        closing.unshift(() => api.close(100))
        const read = async (path: string) => (await (await fetch(`${api.url}${path}`)).json()) as never
        expect(await read('/v1/status')).to.deep.include({ chainId })
        expect(await read(`/v1/models/${model}?block=${block}`)).to.have.nested.property(
          'model.registered.number',
          block,
        )
        const graphql = { query: `{ ledger(at: { block: ${block} }) { chainId block { number } } }` }
        const answer = await fetch(`${api.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(graphql),
        })
        const { data } = (await answer.json()) as { data: unknown }
        expect(data).to.deep.equal({ ledger: { chainId, block: { number: block } } })

        const report = await verifyModel(ledger, {
          model,
          use: 'research',
          source: 'both',
          indexer: createQueryClient({ url: api.url }),
        })
        expect(report).to.include({ chainId, model })
        expect(report.block).to.be.greaterThan(start)

        const { signature, ...vouched } = await signCheckpoint(ledger, { block })
        const vouching = { version: 1, ...vouched, signatures: [{ scheme: 'eip712', signature }] }
        const checkpoint = parseCheckpoint(JSON.parse(JSON.stringify(vouching)))
        const quorum = { signers: [parseAddress(wallet.address)], threshold: 1 }
        expect(trustedBlockOf(checkpoint, chainId, quorum, recoverAddress)).to.equal(checkpoint.hash)
      } finally {
        for (const close of closing) await close()
      }
    })
  }
})
