import { expect } from 'chai'

import { formatAnswer, formatInFull } from '../../src/cli/report.ts'
import { parseTierId, type ModelId } from '../../src/core/hex.ts'
import { FOREVER } from '../../src/core/lineage.ts'
import { credentialIdOf } from '../../src/core/tier.ts'
import { rightsMask, type Right } from '../../src/core/vocabulary.ts'
import { answer, type Answer } from '../../src/verify/answer.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [licensor, holder, stranger] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const tier = parseTierId(digestNumber(5))

describe('a private agreement', function () {
  let ledger: MemoryLedger
  let model: ModelId

  beforeEach(function () {
    ledger = new MemoryLedger()
    const terms = termsFor('closed', { rights: ['research'] })
    model = ledger.register({ name: 'moon/base', publisher: licensor, terms })
  })

  /** Grants the holder a credential whose confidential terms lift some rights. */
  function grant(lifts: readonly Right[], rights: readonly Right[] = [], validUntil = FOREVER): void {
    const credential = {
      publisher: licensor,
      validFrom: 1,
      validUntil,
      gapFrom: 0,
      gapUntil: 0,
      state: 'active',
      lifts: rightsMask(lifts),
    } as const
    const terms = ledger.publish(termsFor('tier', { rights }))
    ledger.credentials.set(model, [{ tier, holder, terms, passThrough: 0, credential }])
  }

  const ask = (use: Right, licensee = holder): Promise<Answer> =>
    answer(ledger.reader(), { asked: { model }, uses: [use], policy: { licensee } })
  const agreementsIn = ({ reports }: Answer) => reports[0]!.findings.filter(({ code }) => code === 'private-agreement')
  const textOf = (given: Answer): string => formatAnswer(given, []).replaceAll(/\s+/g, ' ')

  it('is what a permission rests on: the text names the licensor, and the JSON whose it is', async function () {
    grant(['commercial'])
    const credential = credentialIdOf(model, tier, holder)
    ledger.agreements.set(credential, digestNumber(77))
    const given = await ask('commercial')
    expect(given.verdict).to.equal('permitted')
    expect(textOf(given)).to.contain(
      `Permitted: commercial use of moon/base. It is permitted by a private agreement of moon (${licensor}).`,
    )
    expect(formatInFull(given)).to.match(/warning: The use rests on a private agreement of/)
    const [found] = (JSON.parse(JSON.stringify(given)) as Answer).reports[0]!.findings
    expect(found).to.deep.include({
      code: 'private-agreement',
      severity: 'warning',
      model,
      path: [model],
      agreement: { licensor, licensorName: 'moon', holder, credential, digest: digestNumber(77) },
    })
    expect(found!.reason)
      .to.contain(`moon (${licensor})`)
      .and.to.contain('the licensee')
      .and.to.contain(`its SHA-256 is ${digestNumber(77)}`)
    expect(found!.remedy).to.contain(`stemma credential show ${credential}`)
  })

  it('is of an address alone where no name or no digest is known, or nobody vouches for the name', async function () {
    for (const name of ['ipfs://moon', 'base']) {
      model = ledger.register({ name, publisher: licensor, terms: termsFor('closed', { rights: ['research'] }) })
      grant(['commercial'])
      const [found] = agreementsIn(await ask('commercial'))
      expect(found!.agreement).to.have.all.keys('licensor', 'holder', 'credential')
      expect(found!.reason)
        .to.contain(`agreement of ${licensor}, the`)
        .and.to.contain('its digest is kept with the credential')
    }
    const { readAgreements: _, ...reader } = ledger.reader()
    const given = await answer(reader, { asked: { model }, uses: ['commercial'], policy: { licensee: holder } })
    expect(agreementsIn(given)).to.have.length(1)
  })

  it('is not named where the terms or the tier grant the use, for others, or once it has ended', async function () {
    grant(['commercial'])
    expect(agreementsIn(await ask('research'))).to.deep.equal([])
    const others = await ask('commercial', stranger)
    expect([others.verdict, agreementsIn(others)]).to.deep.equal(['not-permitted', []])
    grant(['commercial'], ['commercial'])
    const byTier = await ask('commercial')
    expect([byTier.verdict, agreementsIn(byTier)]).to.deep.equal(['permitted', []])
    grant(['commercial'], [], 2)
    const ended = await ask('commercial')
    expect([ended.verdict, agreementsIn(ended)]).to.deep.equal(['not-permitted', []])
    expect(textOf(ended)).to.not.contain('private agreement')
  })

  it('lifts no more than it says', async function () {
    grant(['commercial'])
    const given = await ask('host')
    expect([given.verdict, agreementsIn(given)]).to.deep.equal(['not-permitted', []])
  })
})
