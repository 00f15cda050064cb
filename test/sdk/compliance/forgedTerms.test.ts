import { expect } from 'chai'

import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../../../src/core/hex.ts'
import type { HeldCredential, Lineage } from '../../../src/core/lineage.ts'
import type { LedgerReader } from '../../../src/core/ports.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { UNSTATED_BODY, type TermsBody, type ThresholdBody } from '../../../src/core/termsBody.ts'
import { ALL_RIGHTS } from '../../../src/core/vocabulary.ts'
import { nodeReader } from '../../../src/sdk/compliance/nodeReader.ts'
import { publishTerms } from '../../../src/sdk/licensing/publishTerms.ts'
import { publishTermsSet } from '../../../src/sdk/licensing/publishTermsSet.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { verify } from '../../../src/verify/verify.ts'
import { registrationOf } from '../../fixtures/ledger.ts'
import { termsFor } from '../../fixtures/memoryLedger.ts'
import { deployCredential, deployLedger, rejectionOf } from '../../fixtures/sdk.ts'

const EVERYTHING: TermsBody = { ...UNSTATED_BODY, rights: ALL_RIGHTS, unstated: 0 }
const PLAIN: ThresholdBody = {
  metric: 1,
  subject: 0,
  limit: 1n,
  withdraws: 1,
  adds: 0,
  uses: 0,
  param: 0,
  flags: 0,
}

/** A reader whose node changes a lineage, and nothing else. */
function lying(reader: LedgerReader, change: (lineage: Lineage) => Lineage): LedgerReader {
  return {
    ...reader,
    readLineage: async (model, licensee) => {
      const read = await reader.readLineage(model, licensee)
      return { ...read, lineage: change(read.lineage) }
    },
  }
}

/** The same lineage, in which some terms mean something else. */
function withBody(id: TermsId, body: TermsBody): (lineage: Lineage) => Lineage {
  return (lineage) => ({ ...lineage, terms: new Map([...lineage.terms, [id, body]]) })
}

describe('a node that changes what terms mean', function () {
  const research = termsFor('Research', { rights: ['research'] })
  const metered = termsFor('Metered', {
    rights: ['research', 'host'],
    thresholds: [{ measure: 'monthlyActiveUsers', limit: 7n, withdraws: ['host'], adds: ['notice'], uses: ['host'] }],
  })
  let reader: LedgerReader
  let count = 0
  let account: Address
  let registered: (terms: TermsId) => Promise<ModelId>
  let ids: Record<'research' | 'metered' | 'set', TermsId>

  before(async function () {
    const { publisher, reader: ledger } = await deployLedger()
    reader = nodeReader(ledger)
    account = publisher.address
    const [one, other] = [
      (await publishTerms(publisher.ledger, { terms: research })).terms,
      (await publishTerms(publisher.ledger, { terms: metered })).terms,
    ]
    const none = ZERO_DIGEST as string as TermsId
    const set = (await publishTermsSet(publisher.ledger, { set: { weights: one, code: none, outputs: other } })).terms
    ids = { research: one, metered: other, set }
    registered = async (terms) => {
      const registration = registrationOf(publisher.address, { terms, uri: `https://example.org/${++count}` })
      await registerModel(publisher.ledger, { registration })
      return modelIdOf(registration)
    }
  })

  for (const name of ['research', 'metered', 'set'] as const) {
    it(`is refused where the terms are ${name}, whatever it changes`, async function () {
      const model = await registered(ids[name])
      const { lineage } = await reader.readLineage(model, ZERO_ADDRESS)
      const real = lineage.terms.get(ids[name])!
      await verify(reader, { model, use: 'commercial' })
      const forgeries: TermsBody[] = [
        EVERYTHING,
        { ...real, rights: real.rights | ALL_RIGHTS },
        { ...real, unstated: ALL_RIGHTS },
        { ...real, duties: real.duties ^ 1n },
        { ...real, flags: real.flags ^ 2 },
        { ...real, family: real.family ^ 1 },
        { ...real, outbound: real.outbound ^ 1n },
        { ...real, thresholds: [...real.thresholds, PLAIN] },
        ...(real.thresholds.length > 0
          ? [
              { ...real, thresholds: [] },
              { ...real, thresholds: real.thresholds.map((each) => ({ ...each, limit: 8n })) },
              { ...real, thresholds: real.thresholds.map((each) => ({ ...each, subject: 1 })) },
              { ...real, thresholds: real.thresholds.map((each) => ({ ...each, param: 1 })) },
              { ...real, thresholds: real.thresholds.map((each) => ({ ...each, uses: each.uses ^ 1 })) },
              { ...real, thresholds: real.thresholds.map((each) => ({ ...each, flags: 1 })) },
            ]
          : []),
      ]
      for (const body of forgeries) {
        const error = await rejectionOf(verify(lying(reader, withBody(ids[name], body)), { model, use: 'commercial' }))
        expect(error).to.include({ code: 'TERMS_MISMATCH', kind: 'undecided' })
      }
    })
  }

  it('is refused where no terms are stated', async function () {
    const none = ZERO_DIGEST as string as TermsId
    const model = await registered(none)
    const forged = lying(reader, withBody(none, EVERYTHING))
    expect(await rejectionOf(verify(forged, { model, use: 'host' }))).to.include({ code: 'TERMS_MISMATCH' })
    const kept = lying(reader, withBody(none, UNSTATED_BODY))
    expect((await verify(kept, { model, use: 'host' })).verdict).to.equal('unknown')
  })

  it('leaves the answer open where it does not show the terms', async function () {
    for (const name of ['research', 'set'] as const) {
      const silent = { ...lying(reader, withBody(ids[name], EVERYTHING)), readTerms: async () => new Map() }
      const { verdict, findings } = await verify(silent, {
        model: await registered(ids[name]),
        use: 'commercial',
        trusted: [account],
      })
      expect([verdict, findings.map(({ code }) => code)]).to.deep.equal(['unknown', ['terms-unproved']])
    }
  })

  it('is refused where it changes the terms of a credential, what it passes on, its model, or its tier', async function () {
    const { publisher, holder, base, reader: ledger, terms } = await deployCredential()
    const node = nodeReader(ledger)
    const policy = { licensee: holder.address }
    const { terms: other } = await publishTerms(publisher.ledger, {
      terms: termsFor('All', { rights: ['research', 'commercial'] }),
    })
    const { body } = (await node.readTerms!([other])).get(other)!
    const forged = (change: (held: HeldCredential) => HeldCredential): LedgerReader =>
      lying(node, ({ models, ...read }) => ({
        models: models.map((model) => ({ ...model, credentials: model.credentials.map(change) })),
        terms: new Map([...read.terms, [other, body]]),
      }))
    const ask = (asked: LedgerReader) => verify(asked, { model: base, use: 'commercial', policy })
    await ask(forged((held) => held))
    for (const change of [{ terms: other }, { passThrough: ALL_RIGHTS }]) {
      const error = await rejectionOf(ask(forged((held) => ({ ...held, ...change }))))
      expect(error).to.include({ code: 'TERMS_MISMATCH' })
    }
    const { findings } = await ask(forged((held) => ({ ...held, tier: terms as string as HeldCredential['tier'] })))
    expect(findings.map(({ code }) => code)).to.include('terms-unproved')
  })
})
