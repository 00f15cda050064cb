import { expect } from 'chai'
import { Interface } from 'ethers'

import { licenseCredentialAbi } from '../../../src/abi/licenseCredential.ts'
import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { ZERO_DIGEST, type Address, type Digest, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { encodeRelation, modelIdOf, type Parent, type Registration } from '../../../src/core/registration.ts'
import { bodyOf, termsIdOf, type Terms } from '../../../src/core/terms.ts'
import { credentialIdOf, tierIdOf } from '../../../src/core/tier.ts'
import { createQueryClient } from '../../../src/query/client.ts'
import { nodeReader } from '../../../src/sdk/compliance/nodeReader.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { listAncestors } from '../../../src/sdk/registry/listAncestors.ts'
import { startChain, type Action, type Chain } from '../indexer/chain.ts'
import { KINDS_IN_DEPTH, open } from '../indexer/stores.ts'
import { indexOnce } from '../indexer/world.ts'
import { apiOver } from './world.ts'

const CREDENTIAL = new Interface(licenseCredentialAbi)
const TERMS: Terms = { name: 'Under', uri: '', text: ZERO_DIGEST, rights: ['research'], duties: {}, thresholds: [] }
const EXTERNAL = externalIdOf(externalNameOnHub('acme/base'))

/** A model with a credential, one issued under it, and models that their holders and a stranger made from it. */
async function play(chain: Chain) {
  const [publisher, licensee, holder, stranger] = chain.accounts as [Address, Address, Address, Address]
  let count = 0
  const register = async (by: Address, parents: readonly Parent[] = []): Promise<ModelId> => {
    const registration: Registration = {
      publisher: by,
      weights: digest(++count),
      tensors: ZERO_DIGEST,
      annex: ZERO_DIGEST,
      datasets: ZERO_DIGEST,
      method: ZERO_DIGEST,
      terms: ZERO_DIGEST as string as TermsId,
      parents,
      uri: '',
    }
    const encoded = parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) }))
    await chain.mine([chain.ledger(by, 'register', [{ ...registration, parents: encoded }])])
    return modelIdOf(registration)
  }
  const credential = (from: Address, method: string, args: readonly unknown[]): Action => ({
    from,
    to: chain.deployment.contracts.licenseCredential,
    data: CREDENTIAL.encodeFunctionData(method, args),
  })
  const model = await register(publisher)
  const offered = {
    model,
    terms: termsIdOf(TERMS),
    passThrough: 0,
    open: false,
    subCredentials: true,
    maxDuration: 0,
    callQuota: 0n,
    tokenQuota: 0n,
    name: 'Under',
    uri: '',
  }
  const tier = tierIdOf({ ...offered, passThrough: [] })
  const stated = { validFrom: 0, validUntil: FOREVER, payment: ZERO_DIGEST, agreement: ZERO_DIGEST, lifts: 0 }
  await chain.mine([chain.ledger(publisher, 'publishTerms', [{ ...TERMS, ...bodyOf(TERMS) }])])
  await chain.mine([chain.ledger(publisher, 'offerTier', [offered])])
  await chain.mine([credential(publisher, 'grant', [{ model, tier, holder: licensee, ...stated }])])
  await chain.mine([credential(licensee, 'grantUnder', [model, tier, licensee, holder, 0, FOREVER])])
  const from = (parent: ModelId): Parent[] => [{ model: parent, relation: 'finetune' }]
  const ofLicensee = await register(licensee, from(model))
  const ofHolder = await register(holder, from(model))
  const ofStranger = await register(stranger, from(model))
  const below = await register(stranger, from(ofHolder))
  const overExternal = await register(holder, [{ model: EXTERNAL, relation: 'merge', part: 'encoder', external: true }])
  await chain.mine([chain.recalls(chain.admin, 'bindExternal', [EXTERNAL, model, ZERO_DIGEST])])
  const [id, sub] = [licensee, holder].map((each) => credentialIdOf(model, tier, each))
  await chain.mine([credential(publisher, 'revoke', [id, 'breach'])])
  return { model, id: id!, sub: sub!, ofLicensee, ofHolder, ofStranger, below, overExternal }
}

describe('query API: what a revoked credential affects', function () {
  this.timeout(300_000)
  for (const kind of KINDS_IN_DEPTH) {
    it(`is what its holder made, and what holders of credentials under it made, in ${kind.name}`, async function () {
      const chain = await startChain()
      const made = await play(chain)
      const { store, read } = await open(kind)
      await indexOnce(chain.deployment, chain.rpc, store)
      const database = read()
      const api = apiOver(database)
      const client = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
      const affected = async (credential: string) => {
        const { blastRadius } = await client.query('BlastRadius', { cause: { credential: credential as Digest } })
        const models = blastRadius.models.nodes.map(({ model, depth }) => [model.id, depth])
        return { origins: blastRadius.origins.map(({ id }) => id), models }
      }
      const { ofLicensee, ofHolder, below, overExternal } = made
      expect(await affected(made.id)).to.deep.equal({
        origins: [ofLicensee, ofHolder, overExternal],
        models: [
          [ofLicensee, 0],
          [ofHolder, 0],
          [overExternal, 0],
          [below, 1],
        ],
      })
      expect((await affected(made.sub)).origins).to.deep.equal([ofHolder, overExternal])
      const { blastRadiusMap: map } = await client.query('BlastRadiusMap', { cause: { credential: made.id } })
      expect(new Map(map.nodes.map((node) => [node.id, node.level]))).to.deep.equal(
        new Map([...[ofLicensee, ofHolder, overExternal].map((id) => [id, 0] as const), [below, 1]]),
      )
      expect(map.edges.map((edge) => [edge.child, edge.parent])).to.deep.equal([[below, ofHolder]])

      // By node and index: what is made from the external parent has the model as an ancestor.
      const { ethers } = chain.connection
      const ledger = openLedger(ethers.provider as never, chain.deployment)
      expect((await nodeReader(ledger).readLineage(overExternal, chain.admin)).lineage.models).to.have.length(3)
      const byNode = await listAncestors(ledger, { model: overExternal })
      expect(byNode.map(({ model, path }) => [model, path.length - 1])).to.deep.equal([
        [EXTERNAL, 1],
        [made.model, 2],
      ])
      const { model: found } = await client.query('Ancestors', { id: overExternal })
      const [ancestor] = found!.ancestors.nodes
      expect([found!.ancestors.totalCount, ancestor!.model.id, ancestor!.depth]).to.deep.equal([1, made.model, 2])
      const [edge] = ancestor!.edges
      expect([edge!.grade, edge!.relation, edge!.part, edge!.through]).to.deep.equal([
        'bound',
        'merge',
        'encoder',
        [EXTERNAL],
      ])
      await database.close()
      await store.close()
    })
  }
})

function digest(number: number): Digest {
  return `0x${number.toString(16).padStart(64, '0')}` as Digest
}
