import { expect } from 'chai'

import { ZERO_ADDRESS, ZERO_DIGEST, type Digest, type ModelId } from '../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../src/core/registration.ts'
import { RELATIONS } from '../../../src/core/vocabulary.ts'
import { createApi } from '../../../packages/server/src/api/api.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { createQueryClient } from '../../../src/query/client.ts'
import { queryIndexer } from '../../../src/sdk/compliance/queryIndexer.ts'
import { verifyModel } from '../../../src/sdk/compliance/verifyModel.ts'
import { openLedger, type Ledger } from '../../../src/sdk/connect.ts'
import { readLineage } from '../../../src/sdk/registry/readLineage.ts'
import { startChain, type Chain } from '../../server/indexer/chain.ts'
import { KINDS } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'

const weights = (digit: string): Digest => `0x${digit.repeat(64)}` as Digest

describe('a recall by the authority, as node, lens and index have it', function () {
  this.timeout(300_000)
  for (const kind of KINDS) {
    describe(`with an index in ${kind.name}`, function () {
      let chain: Chain
      let ledger: Ledger
      /** The honest model, its twin by tensors in another folder, and a model made from the twin. */
      let honest: Registration
      let twin: Registration
      let child: Registration
      let models: ModelId[]

      before(async function () {
        chain = await startChain()
        ledger = openLedger(chain.connection.ethers.provider as never, chain.deployment)
        const [publisher, sybil] = chain.accounts as [typeof chain.admin, typeof chain.admin]
        const terms = ZERO_DIGEST as string as Registration['terms']
        const empty = { datasets: ZERO_DIGEST, method: ZERO_DIGEST, annex: ZERO_DIGEST, terms, parents: [], uri: '' }
        honest = { ...empty, publisher, weights: weights('a'), tensors: weights('7') }
        twin = { ...empty, publisher: sybil, weights: weights('b'), tensors: weights('7') }
        const parents = [{ model: modelIdOf(twin), relation: 'finetune' as const }]
        child = { ...empty, publisher: sybil, weights: weights('c'), tensors: ZERO_DIGEST, parents }
        models = [honest, twin, child].map(modelIdOf)
        await chain.mine([chain.ledger(publisher, 'register', [structOf(honest)])])
        await chain.mine([chain.ledger(sybil, 'registerMany', [[twin, child].map(structOf)])])
      })

      /** Which of the models each source withholds because of a recall, and what the client's answer says of each. */
      async function withheld() {
        const where = await kind.where()
        const store = createStore(where)
        await indexOnce(chain.deployment, chain.rpc, store)
        const database = openDatabase(where)
        const api = createApi({ database })
        const indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
        const answers: Record<'node' | 'lens' | 'index', boolean[]> = { node: [], lens: [], index: [] }
        for (const model of models) {
          const asked = { model, use: 'host', indexer } as const
          for (const [name, source] of [
            ['node', 'both'],
            ['index', 'indexer'],
          ] as const) {
            const { findings } = await verifyModel(ledger, { ...asked, source })
            answers[name].push(findings.some(({ code }) => code === 'model-recalled'))
          }
          const { lineage } = await readLineage(ledger, { model, licensee: ZERO_ADDRESS })
          answers.lens.push(lineage.models.some(({ recalled }) => recalled))
          // The node confirms what the index says of each model.
          await queryIndexer(ledger, { indexer, query: 'Model', variables: { id: model }, source: 'both' })
        }
        await database.close()
        await store.close()
        return answers
      }

      it('is withheld by node and index before anybody marks a model, and by the lens after', async function () {
        const { admin, accounts } = chain
        expect(await withheld()).to.deep.equal({
          node: [false, false, false],
          lens: [false, false, false],
          index: [false, false, false],
        })
        await chain.mine([chain.recalls(admin, 'recall', [2, honest.tensors, 'steals keys'])])
        const all = [true, true, true]
        expect(await withheld()).to.deep.equal({ node: all, lens: [false, false, false], index: all })
        for (const registration of [honest, twin]) {
          await chain.mine([chain.ledger(accounts[3]!, 'syncRecall', [structOf(registration)])])
        }
        expect(await withheld()).to.deep.equal({ node: all, lens: all, index: all })
      })

      it('is withheld no longer by node and index after an undo, and by the lens until the mark is taken back', async function () {
        const { accounts } = chain
        await chain.mine([chain.recalls(accounts[0]!, 'undoRecall', [2, honest.tensors, 'mistaken'])])
        const none = [false, false, false]
        expect(await withheld()).to.deep.equal({ node: none, lens: [true, true, true], index: none })
        for (const registration of [honest, twin]) {
          await chain.mine([chain.ledger(accounts[3]!, 'syncRecall', [structOf(registration)])])
        }
        expect(await withheld()).to.deep.equal({ node: none, lens: none, index: none })
      })

      it('by weights or by id is withheld of exactly the models that it names, and of what is made from them', async function () {
        const { admin } = chain
        await chain.mine([chain.recalls(admin, 'recall', [1, honest.weights, ''])])
        expect(await withheld()).to.deep.include({ node: [true, false, false], index: [true, false, false] })
        await chain.mine([chain.recalls(admin, 'recall', [0, models[1], ''])])
        expect(await withheld()).to.deep.include({ node: [true, true, true], index: [true, true, true] })
      })

      it("of a twin by its own publisher leaves everybody else's model alone", async function () {
        const copy = { ...twin, tensors: ZERO_DIGEST, weights: weights('d'), uri: 'copy' }
        const mine = { ...copy, publisher: chain.accounts[0]! }
        models = [copy, mine].map(modelIdOf)
        await chain.mine([chain.ledger(copy.publisher, 'register', [structOf(copy)])])
        await chain.mine([chain.ledger(mine.publisher, 'register', [structOf(mine)])])
        await chain.mine([chain.ledger(copy.publisher, 'recall', [modelIdOf(copy), 'frames the other'])])
        expect(await withheld()).to.deep.include({ node: [true, false], index: [true, false] })
      })
    })
  }
})

function structOf({ parents, ...registration }: Registration) {
  return { ...registration, parents: parents.map(({ model, relation }) => ({ model, relation: RELATIONS[relation] })) }
}
