import { expect } from 'chai'

import { parseAddress, ZERO_DIGEST, type Digest, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import type { Registration } from '../../../src/core/registration.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { accredit } from '../../../scripts/local/accredit.ts'
import { openLedger, type Ledger } from '../../../src/sdk/connect.ts'
import { askVerdict } from '../../../src/sdk/compliance/askVerdict.ts'
import { verifyModel } from '../../../src/sdk/compliance/verifyModel.ts'
import { publishTerms } from '../../../src/sdk/licensing/publishTerms.ts'
import { nodeProvider } from '../../../src/sdk/nodeProvider.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { UnregisteredWeightsError } from '../../../src/verify/verifyWeights.ts'
import { countedNode } from '../../fixtures/countedNode.ts'
import { startHttpNode, type HttpNode } from '../../fixtures/httpNode.ts'
import { termsFor } from '../../fixtures/memoryLedger.ts'

const weights = `0x${'11'.repeat(32)}` as Digest

describe('askVerdict, over HTTP', function () {
  let node: HttpNode
  let ledger: Ledger
  let take: ReturnType<typeof countedNode>['take']
  let original: ModelId
  let copy: ModelId
  const open: (() => unknown)[] = []

  before(async function () {
    node = await startHttpNode()
    const counted = countedNode(node.url)
    take = counted.take
    const provider = nodeProvider(counted.request, node.deployment, { pollingInterval: 10 })
    open.push(() => provider.destroy())
    ledger = openLedger(provider, node.deployment)
    const register = async (account: number, terms: TermsId, uri: string): Promise<ModelId> => {
      const signer = await provider.getSigner(account)
      const registration: Registration = {
        publisher: parseAddress(signer.address),
        weights,
        tensors: ZERO_DIGEST,
        annex: ZERO_DIGEST,
        datasets: ZERO_DIGEST,
        method: ZERO_DIGEST,
        terms,
        parents: [],
        uri,
      }
      await accredit(provider, node.deployment, [parseAddress(signer.address)])
      return (await registerModel(openLedger(signer, node.deployment), { registration })).model
    }
    const writer = openLedger(await provider.getSigner(0), node.deployment)
    const { terms: free } = await publishTerms(writer, { terms: termsFor('free', { rights: ['host', 'research'] }) })
    const { terms: strict } = await publishTerms(writer, { terms: termsFor('strict', { rights: ['research'] }) })
    original = await register(1, free, 'https://example.org/original')
    copy = await register(2, strict, 'https://example.org/copy')
  })
  after(async function () {
    for (const close of open) await close()
    await node.close()
  })

  it('answers for weights by the worst registration, for each use and for all', async function () {
    const found = await askVerdict(ledger, { asked: { weights }, uses: ['research', 'host'] })
    expect([found.verdict, found.model, found.reports.map(({ verdict }) => verdict)]).to.deep.equal([
      'not-permitted',
      copy,
      ['permitted', 'not-permitted'],
    ])
    expect(found.registrations.map(({ model, verdict }) => [model, verdict])).to.deep.equal([
      [original, 'permitted'],
      [copy, 'not-permitted'],
    ])
    expect([found.publisherVerifiedUntil, found.claims]).to.deep.equal([FOREVER, []])
  })

  it('is the report of verifyModel, which takes weights too', async function () {
    const { reports } = await askVerdict(ledger, { asked: { weights }, uses: ['host'] })
    expect(await verifyModel(ledger, { weights, use: 'host' })).to.deep.equal(reports[0])
    expect(await verifyModel(ledger, { model: copy, use: 'host' })).to.deep.equal(reports[0])
  })

  it('takes three round trips for a model, the third for recalls: what surrounds the report comes meanwhile', async function () {
    take()
    await askVerdict(ledger, { asked: { model: original }, uses: ['host', 'research'] })
    expect(take().requests).to.equal(3)
  })

  it('refuses weights that nobody has registered', async function () {
    const asked = { asked: { weights: `0x${'22'.repeat(32)}` as Digest }, uses: ['host'] } as const
    expect(await askVerdict(ledger, asked).catch((error: unknown) => error)).to.be.instanceOf(UnregisteredWeightsError)
  })
})
