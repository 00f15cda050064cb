import { expect } from 'chai'

import { createApi } from '../../../packages/server/src/api/api.ts'
import { withSnapshot } from '../../../packages/server/src/api/ledgerView.ts'
import { createReaders } from '../../../packages/server/src/api/readers.ts'
import { GraphCache } from '../../../packages/server/src/api/registry/graphCache.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { externalIdOf, externalNameOnHub, type ExternalName } from '../../../src/core/external.ts'
import {
  parseAddress,
  ZERO_ADDRESS,
  ZERO_DIGEST,
  type Address,
  type Digest,
  type ModelId,
  type TermsId,
} from '../../../src/core/hex.ts'
import { encodeRelation, modelIdOf, type Parent, type Registration } from '../../../src/core/registration.ts'
import { createQueryClient } from '../../../src/query/client.ts'
import { indexerReader } from '../../../src/query/indexerReader.ts'
import { nodeReader } from '../../../src/sdk/compliance/nodeReader.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { verify } from '../../../src/verify/verify.ts'
import { startChain } from '../../server/indexer/chain.ts'
import { bindAndReplace } from '../../server/indexer/play/externals.ts'
import { KINDS, open } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'

describe('external parents by node and index', function () {
  this.timeout(120_000)
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

  for (const kind of KINDS) {
    it(`show the names that anybody gave which their ids prove, and the bindings that hold (${kind.name})`, async function () {
      const chain = await startChain()
      const { ethers } = chain.connection
      const { admin } = chain
      const [stranger] = chain.accounts as [Address]
      // The second is the name of nothing, and the third is not the spelling that gives its id.
      const names = ['hf:acme/hidden', 'foo \u0000', 'hf:Acme/Upper'] as ExternalName[]
      const [hidden, foo, upper] = names.map(externalIdOf) as [ModelId, ModelId, ModelId]
      const unnamed = externalIdOf(externalNameOnHub('acme/unnamed'))
      const registration: Registration = {
        publisher: stranger,
        weights: digestOf(1),
        tensors: ZERO_DIGEST,
        annex: ZERO_DIGEST,
        datasets: ZERO_DIGEST,
        method: ZERO_DIGEST,
        terms: ZERO_DIGEST as string as TermsId,
        parents: [hidden, foo, upper, unnamed].map((model) => ({ model, relation: 'merge', external: true })),
        uri: '',
      }
      const parents = registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) }))
      await chain.mine([chain.ledger(stranger, 'register', [{ ...registration, parents }])])
      for (const name of [...names, names[0]]) await chain.mine([chain.recalls(stranger, 'nameExternal', [name])])
      const model = modelIdOf(registration)
      const [other, third] = [digestOf(2), digestOf(3)]
      for (const [method, ...args] of [
        ['bindExternal', hidden, other, digestOf(9)],
        ['bindExternal', hidden, third, ZERO_DIGEST],
        ['bindExternal', foo, other, ZERO_DIGEST],
        ['unbindExternal', foo, other],
        ['ruleExternal', hidden, model, true, digestOf(8)],
        ['unbindExternal', hidden, other],
        ['bindExternal', hidden, other, digestOf(7)],
      ] as const) {
        await chain.mine([chain.recalls(admin, method, args)])
      }

      const { store, read } = await open(kind)
      await indexOnce(chain.deployment, chain.rpc, store)
      const database = read()
      const api = createApi({ database })
      const client = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
      const { externals } = (await client.query('Model', { id: model })).model!
      expect(externals.map(({ id, name }) => [id, name])).to.deep.equal([
        [hidden, 'hf:acme/hidden'],
        [foo, null],
        [upper, null],
        [unnamed, null],
      ])
      const stated = externals[0]!.bindings
      expect(stated.map((bound) => [bound.model, bound.account, bound.evidence])).to.deep.equal([
        [third, admin, null],
        [model, admin, digestOf(8)],
        [other, admin, digestOf(7)],
      ])
      const recalls = await ethers.getContractAt('Recalls', chain.deployment.contracts.recalls)
      for (const { id, bindings } of externals) {
        expect(bindings.map((bound) => bound.model)).to.have.members([...(await recalls.bindingsOf(id))])
      }
      const before = stated[0]!.block.number
      const { model: then } = await client.query('Model', { id: model, at: { block: before } })
      expect(then!.externals[0]!.bindings.map((bound) => bound.model)).to.deep.equal([other, third])
      // Nothing that a stranger gave as a name breaks a reader.
      const index = indexerReader(client)
      // The model, its parents, and what one of them is bound to.
      expect((await index.readLineage(model, ZERO_ADDRESS)).lineage.models.length).to.equal(7)
      await database.close()
      await store.close()
    })

    it(`that are bound, replaced and stated give the same answers, ${kind.name}`, async function () {
      const chain = await startChain()
      const models = await bindAndReplace(chain)
      const { ethers } = chain.connection
      const where = await kind.where()
      const store = createStore(where)
      await indexOnce(chain.deployment, chain.rpc, store)
      const database = openDatabase(where)
      const api = createApi({ database })
      const client = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
      const [node, index] = [nodeReader(openLedger(ethers.provider as never, chain.deployment)), indexerReader(client)]
      const publisher = chain.accounts[0]!
      const found = new Set<string>()
      for (const model of models) {
        const { lineage } = await node.readLineage(model, ZERO_ADDRESS)
        expect((await index.readLineage(model, ZERO_ADDRESS)).lineage.models).to.deep.equal(lineage.models)
        for (const trustedPublishers of [[], [chain.accounts[1]!], [publisher, chain.accounts[1]!]]) {
          const question = { model, use: 'research' as const, policy: { trustedPublishers } }
          const [one, other] = [await verify(node, question), await verify(index, question)]
          const { verdict, findings } = one
          expect([other.verdict, JSON.stringify(other.findings)]).to.deep.equal([verdict, JSON.stringify(findings)])
          for (const { code } of findings) found.add(code)
        }
      }
      expect([...found]).to.include.members(['parent-external', 'external-replaced'])
      const [, , , replaced, acknowledged] = models
      const four = externalIdOf(externalNameOnHub('bases/4'))
      const answer = (await client.query('Model', { id: replaced! })).model!
      expect(answer.replaced.map(({ external }) => external)).to.deep.equal([four])
      const claim = (await client.query('Claim', { id: answer.replaced[0]!.claim.id })).claim!
      expect([claim.replaces, claim.state]).to.deep.equal([four, 'upheld'])
      const open = (await client.query('Model', { id: acknowledged! })).model!
      expect([open.replaced, open.externals.map(({ boundTo }) => boundTo)]).to.deep.equal([[], [[]]])
      // The name that somebody gave, which nobody registered.
      expect(await node.readExternals!([four])).to.deep.equal(new Map([[four, { name: 'hf:bases/4', registered: [] }]]))
      await index.readLineage(acknowledged!, ZERO_ADDRESS)
      expect(await index.readExternals!([four])).to.deep.equal(await node.readExternals!([four]))

      const { block } = await node.readLineage(acknowledged!, ZERO_ADDRESS)
      for (const publishers of [[publisher], [chain.accounts[2]!], []]) {
        const stated = await node.readStatedBindings!([four], publishers, block)
        expect(await index.readStatedBindings!([four], publishers, block)).to.deep.equal(stated)
        expect(stated.size).to.equal(publishers[0] === publisher ? 1 : 0)
      }
      // However many publishers are asked about, one query reads their statements, and few requests run at a time.
      const strangers = Array.from({ length: 640 }, (_, n) => `0x${(n + 1).toString(16).padStart(40, '0')}` as Address)
      const queries: string[] = []
      await withSnapshot(database, new GraphCache(), async ({ view }) => {
        const at = await view()
        const counted = {
          ...at.queries,
          all: (sql: string, ...values: never[]) => (queries.push(sql), at.queries.all(sql, ...values)),
        }
        const { externals, models: rows } = createReaders({ ...at, queries: counted })
        const [base] = (await node.readStatedBindings!([four], [publisher], block)).get(four)!
        const row = await rows.byId.load(base!)
        const stated = await externals.stated(
          [four, externalIdOf(externalNameOnHub('bases/1'))],
          [publisher, ...strangers],
        )
        expect([...stated.values()]).to.deep.equal([[row!.n], []])
      })
      expect(queries.filter((sql) => sql.includes('binding_statements'))).to.have.length(1)
      let [running, most, requests] = [0, 0, 0]
      const watched = createQueryClient({
        url: 'http://api.test',
        async fetch(request) {
          most = Math.max(most, ++running)
          requests += 1
          const response = await api.fetch(request)
          running -= 1
          return response
        },
      })
      const asked = await indexerReader(watched).readStatedBindings!([four], [publisher, ...strangers], block)
      expect(asked).to.deep.equal(await node.readStatedBindings!([four], [publisher], block))
      // 64 publishers each.
      expect([requests, most]).to.deep.equal([11, 8])
      // Three statements, of which the last takes back the second.
      const { bindingStatements } = await client.query('BindingStatements', { filter: { external: four } })
      expect(bindingStatements.nodes.map(({ bound }) => bound)).to.deep.equal([false, true, true])
      await database.close()
      await store.close()
    })
  }

  it('ignores names that are not those of the id that they are given for', async function () {
    const chain = await startChain()
    const { ethers } = chain.connection
    const recalls = await ethers.getContractAt('Recalls', chain.deployment.contracts.recalls)
    for (const name of ['hf:Nobody/Base', 'nobody/base', 'hf:nobody/base@main']) {
      await recalls.nameExternal(name, { gasLimit: 1_000_000 })
      await chain.request('evm_mine')
    }
    const node = nodeReader(openLedger(ethers.provider as never, chain.deployment))
    const ids = [externalIdOf('hf:Nobody/Base' as ExternalName), externalIdOf(externalNameOnHub('nobody/base'))]
    expect((await node.readExternals!(ids)).size).to.equal(0)
  })
})

function digestOf(number: number): Digest {
  return `0x${number.toString(16).padStart(64, '0')}` as Digest
}
