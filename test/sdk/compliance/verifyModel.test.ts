import { expect } from 'chai'
import hre from 'hardhat'

import { parseAddress, ZERO_ADDRESS, ZERO_DIGEST, type Digest, type ModelId } from '../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../src/core/registration.ts'
import type { Deployment } from '../../../src/core/deployment.ts'
import { connect, openLedger, StaleDeploymentError, type Ledger } from '../../../src/sdk/connect.ts'
import { WrongChainError } from '../../../src/sdk/wrongChain.ts'
import { NodeAnswerError } from '../../../src/sdk/nodeErrors.ts'
import { NodeGasError, NodeUnreachableError } from '../../../src/sdk/nodeFailures.ts'
import { nodeProvider } from '../../../src/sdk/nodeProvider.ts'
import { nodeReader } from '../../../src/sdk/compliance/nodeReader.ts'
import { publishTerms } from '../../../src/sdk/licensing/publishTerms.ts'
import { UnregisteredModelError } from '../../../src/sdk/registry/readLineage.ts'
import { recallModel } from '../../../src/sdk/registry/recallModel.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { registerModels } from '../../../src/sdk/registry/registerModels.ts'
import { verifyModel } from '../../../src/sdk/compliance/verifyModel.ts'
import { accredit } from '../../../scripts/local/accredit.ts'
import { verify } from '../../../src/verify/verify.ts'
import { countedNode } from '../../fixtures/countedNode.ts'
import { startHttpNode, type HttpNode } from '../../fixtures/httpNode.ts'

/** A lineage whose registrations fill two filters. */
const ANCESTORS = 600

describe('verifyModel, over HTTP', function () {
  let node: HttpNode
  let writer: Ledger
  let ledger: Ledger
  let take: ReturnType<typeof countedNode>['take']
  /** Each made from the one before. */
  let models: ModelId[]
  let first: Registration
  const open: (() => unknown)[] = []

  before(async function () {
    node = await startHttpNode()
    const counted = countedNode(node.url)
    take = counted.take
    const provider = nodeProvider(counted.request, node.deployment, { pollingInterval: 10 })
    open.push(() => provider.destroy())
    writer = openLedger(await provider.getSigner(0), node.deployment)
    ledger = openLedger(provider, node.deployment)
    const { terms } = await publishTerms(writer, {
      terms: { name: 'Free', uri: '', text: ZERO_DIGEST, rights: ['host'], duties: {}, thresholds: [] },
    })
    const publisher = parseAddress((await provider.getSigner(0)).address)
    await accredit(provider, node.deployment, [publisher])
    const registrations: Registration[] = []
    models = []
    for (let index = 0; index <= ANCESTORS; ++index) {
      const weights = `0x${(index + 1).toString(16).padStart(64, '0')}` as Digest
      const parents = models.slice(-1).map((model) => ({ model, relation: 'finetune' as const }))
      registrations.push({
        publisher,
        weights,
        tensors: ZERO_DIGEST,
        annex: ZERO_DIGEST,
        datasets: ZERO_DIGEST,
        method: ZERO_DIGEST,
        terms,
        parents,
        uri: '',
      })
      models.push(modelIdOf(registrations.at(-1)!))
    }
    first = registrations[0]!
    await registerModels(writer, { registrations })
  })

  after(async function () {
    for (const close of open) await close()
    await node.close()
  })

  const logs = (count: number): string[] => Array<string>(count).fill('eth_getLogs')
  const at = (ancestors: number) => ({ model: models[ancestors]!, use: 'host' as const })

  it('takes three round trips: one call for the state, one batch for the events, one for the recalls', async function () {
    take()
    const report = await verifyModel(ledger, at(10))
    expect(take()).to.deep.equal({ requests: 3, methods: ['eth_call', ...logs(5)] })
    expect([report.verdict, report.findings]).to.deep.equal(['permitted', []])
  })

  it('takes three round trips for more ancestors than a filter takes ids', async function () {
    const report = await verifyModel(ledger, at(ANCESTORS))
    expect(take()).to.deep.equal({ requests: 3, methods: ['eth_call', ...logs(10)] })
    expect(report.verdict).to.equal('permitted')
  })

  it('asks only for the state and for the recalls, by a reader that has seen the lineage', async function () {
    const reader = nodeReader(ledger)
    const first = await verify(reader, at(20))
    expect(take().requests).to.equal(3)
    expect(await verify(reader, at(20))).to.deep.equal(first)
    expect(take()).to.deep.equal({ requests: 2, methods: ['eth_call', ...logs(2)] })
    await verify(reader, at(21))
    expect(take()).to.deep.equal({ requests: 3, methods: ['eth_call', ...logs(3)] })
  })

  it('sees at once what has changed, by a reader that has seen the lineage', async function () {
    const registration = { ...first, parents: [{ model: models[5]!, relation: 'merge' as const }] }
    const { model } = await registerModel(writer, { registration })
    const reader = nodeReader(ledger)
    expect((await verify(reader, { model, use: 'host' })).verdict).to.equal('permitted')
    await recallModel(writer, { model, reason: '' })
    take()
    expect((await verify(reader, { model, use: 'host' })).verdict).to.equal('not-permitted')
    expect(take().methods).to.deep.equal(['eth_call', ...logs(2)])
  })

  it('asks again for registrations that the node did not show', async function () {
    const firstBlock = (await ledger.provider.getBlockNumber()) + 1
    const reader = nodeReader(openLedger(ledger.provider, { ...node.deployment, firstBlock }))
    for (let turn = 0; turn < 2; ++turn) {
      take()
      const { verdict, findings } = await verify(reader, at(1))
      expect(take()).to.deep.equal({ requests: 2, methods: ['eth_call', ...logs(3)] })
      expect([verdict, findings.map(({ code }) => code)]).to.deep.equal([
        'unknown',
        ['registration-unproved', 'terms-unproved', 'registration-unproved', 'terms-unproved'],
      ])
    }
  })

  it('needs no more for a connection than one round trip', async function () {
    take()
    await connect(ledger.provider, node.deployment)
    const { requests, methods } = take()
    const codes = Object.keys(node.deployment.contracts).map(() => 'eth_getCode')
    expect([requests, methods.toSorted()]).to.deep.equal([1, ['eth_chainId', ...codes]])
  })

  describe('on a node that is not the right one', function () {
    const asking = (url: string, deployment: Deployment): Promise<unknown> => {
      const provider = nodeProvider(url, deployment)
      open.push(() => provider.destroy())
      return verifyModel(openLedger(provider, deployment), at(1)).then(
        () => undefined,
        (error: unknown) => error,
      )
    }
    const otherNode = async (override: object): Promise<string> => {
      const server = await hre.network.createServer({ network: 'default', override }, '127.0.0.1', 0)
      open.push(() => server.close())
      return `http://127.0.0.1:${(await server.listen()).port}`
    }

    it('says that the chain is another, which the answer shows', async function () {
      const error = await asking(node.url, { ...node.deployment, chainId: 4242 })
      expect(error).to.be.instanceOf(WrongChainError)
      expect((error as Error).message)
        .to.contain('on chain 4242')
        .and.to.contain('on chain 31337')
    })

    it('says that the chain is another, where there is no lens', async function () {
      expect(await asking(await otherNode({ chainId: 4242 }), node.deployment)).to.be.instanceOf(WrongChainError)
    })

    it('says that the deployment is stale, and which contract is missing', async function () {
      const error = await asking(await otherNode({}), node.deployment)
      expect(error).to.be.instanceOf(StaleDeploymentError)
      const complianceLens = `0x${'99'.repeat(20)}` as typeof ZERO_ADDRESS
      const moved = { ...node.deployment, contracts: { ...node.deployment.contracts, complianceLens } }
      const missing = await asking(node.url, moved)
      expect(missing).to.be.instanceOf(StaleDeploymentError)
      expect((missing as Error).message).to.contain(`complianceLens at ${complianceLens}`)
    })

    it('says that the answer cannot be used, where the lens is another contract', async function () {
      const { contracts } = node.deployment
      const mixed = { ...node.deployment, contracts: { ...contracts, complianceLens: contracts.licenseCredential } }
      expect(await asking(node.url, mixed)).to.be.instanceOf(NodeAnswerError)
    })

    it('says that there is no node', async function () {
      expect(await asking('http://127.0.0.1:1', node.deployment)).to.be.instanceOf(NodeUnreachableError)
    })

    it('says that the node lends a call too little gas', async function () {
      const poor = openLedger(ledger.provider, node.deployment)
      const { provider } = poor
      // The gas ends in the lens, or in a call within it, which the node does not say.
      for (let gasLimit = 2_000_000; gasLimit < 6_000_000; gasLimit += 271_000) {
        const limited = new Proxy(provider, {
          get: (target, name) => {
            if (name === 'call') return (tx: object) => target.call({ ...tx, gasLimit })
            const value: unknown = Reflect.get(target, name)
            return typeof value === 'function' ? value.bind(target) : value
          },
        })
        const error = await verifyModel({ ...poor, provider: limited }, at(ANCESTORS)).catch(
          (caught: unknown) => caught,
        )
        expect(error, String(gasLimit)).to.be.instanceOf(NodeGasError)
      }
    })
  })

  it('says that a model is not registered', async function () {
    const unknown = `0x${'77'.repeat(32)}` as ModelId
    const error = await verifyModel(ledger, { model: unknown, use: 'host' }).catch((caught: unknown) => caught)
    expect(error).to.be.instanceOf(UnregisteredModelError)
    expect((error as Error).message).to.contain(unknown)
  })
})
