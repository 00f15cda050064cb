import { expect } from 'chai'

import { createApi } from '../../../packages/server/src/api/api.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { parseAddress, ZERO_ADDRESS, ZERO_DIGEST, type Digest, type TermsId } from '../../../src/core/hex.ts'
import { encodeRelation, modelIdOf, type Parent, type Registration } from '../../../src/core/registration.ts'
import { createQueryClient } from '../../../src/query/client.ts'
import { indexerReader } from '../../../src/query/indexerReader.ts'
import { nodeReader } from '../../../src/sdk/compliance/nodeReader.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { startChain } from '../../server/indexer/chain.ts'
import { KINDS, stopServer } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'

describe('external parents by node and index', function () {
  this.timeout(120_000)
  after(stopServer)

  it('are the same, with their names and parts, also when the id of a registration was named before it was registered', async function () {
    const chain = await startChain()
    const { ethers, provider } = chain.connection
    const [signer] = await ethers.getSigners()
    const contract = await ethers.getContractAt('Ledger', chain.deployment.contracts.ledger)
    let count = 0
    const draft = (uri: string, parents: readonly Parent[] = []): Registration => ({
      publisher: parseAddress(signer!.address),
      weights: `0x${(++count).toString(16).padStart(64, '0')}` as Digest,
      tensors: ZERO_DIGEST,
      annex: ZERO_DIGEST,
      datasets: ZERO_DIGEST,
      method: ZERO_DIGEST,
      terms: ZERO_DIGEST as string as TermsId,
      parents,
      uri,
    })
    const register = async (registration: Registration): Promise<void> => {
      const parents = registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) }))
      await contract.connect(signer!).register({ ...registration, parents }, { gasLimit: 1_000_000 })
      await provider.request({ method: 'evm_mine' })
    }
    const [base, hidden] = ['acme/base', 'acme/hidden'].map((name) => externalIdOf(externalNameOnHub(name)))
    const root = draft('root')
    const late = draft('late', [{ model: modelIdOf(root), relation: 'copy' }])
    const child = draft('child', [
      { model: base!, relation: 'finetune', external: true },
      { model: modelIdOf(late), relation: 'merge', part: 'encoder', external: true },
      { model: hidden!, relation: 'merge', part: 'experts', external: true },
    ])
    const mirror = draft('https://huggingface.co/Acme/Base')
    for (const registration of [root, child, late, mirror]) await register(registration)

    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store)
    const database = openDatabase(where)
    const api = createApi({ database })
    const client = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
    const [node, index] = [nodeReader(openLedger(ethers.provider as never, chain.deployment)), indexerReader(client)]
    const model = modelIdOf(child)
    const ids = [base!, hidden!]
    const { lineage } = await node.readLineage(model, ZERO_ADDRESS)
    expect(lineage.models.map((entry) => entry.model)).to.deep.equal([
      model,
      base,
      modelIdOf(late),
      hidden,
      modelIdOf(root),
    ])
    expect((await index.readLineage(model, ZERO_ADDRESS)).lineage.models).to.deep.equal(lineage.models)
    expect((await index.readRegistrations([model])).get(model)).to.deep.equal(child)
    const known = await node.readExternals!(ids)
    expect([...known]).to.deep.equal([[base, { name: 'hf:acme/base', registered: [modelIdOf(mirror)] }]])
    expect(await index.readExternals!(ids)).to.deep.equal(known)

    const answer = (await client.query('Model', { id: model })).model!
    expect(answer.declared.map(({ part, external }) => [part, external])).to.deep.equal([
      ['whole', true],
      ['encoder', true],
      ['experts', true],
    ])
    expect(answer.externals.map(({ id, name }) => [id, name])).to.deep.equal([
      [base, 'hf:acme/base'],
      [modelIdOf(late), null],
      [hidden, null],
    ])
    await database.close()
    await store.close()
  })
})
