import { readFileSync } from 'node:fs'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'

import { ZERO_DIGEST } from '../../src/core/hex.ts'
import type { Right } from '../../src/core/vocabulary.ts'
import { manifestOf, statementOf } from '../../src/interop/oms.ts'
import { summaryStatement, SummarySubjectError, type SummaryStatement } from '../../src/interop/vsa.ts'
import { lineageRules } from '../../src/verify/policy.ts'
import { questionDigest } from '../../src/verify/questionDigest.ts'
import { answerAbout, LEDGER, tunedModel } from '../fixtures/answers.ts'
import { accountNumber, digestNumber } from '../fixtures/memoryLedger.ts'

const schema = JSON.parse(readFileSync(new URL('../../docs/verification-summary.schema.json', import.meta.url), 'utf8'))
const validate = new Ajv2020({ strict: true }).compile(schema)
const { ledger, tuned } = tunedModel()
const options = { version: '1.2.3', policy: digestNumber(9) }
const PAGE = 'https://github.com/stemma-ledger/stemma/blob/main/docs/formats/reports.md'

async function checked(uses: readonly Right[]): Promise<SummaryStatement> {
  const statement = summaryStatement(await answerAbout(ledger, tuned, uses), options)
  expect(validate(statement), JSON.stringify(validate.errors)).to.equal(true)
  return statement
}

describe('summaryStatement', function () {
  it('says of the weights that a use passed, by its own level for each use', async function () {
    const { weights } = ledger.registrations.get(tuned)!
    expect(await checked(['research', 'redistribute'])).to.deep.equal({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'acme/tuned', digest: { sha256: weights.slice(2) } }],
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        verifier: { id: 'https://github.com/stemma-ledger/stemma', version: { stemma: '1.2.3' } },
        timeVerified: '2027-01-15T08:00:00.000Z',
        resourceUri: `eip155:31337:${LEDGER}/${tuned}`,
        policy: { uri: `${PAGE}#policy`, digest: { sha256: digestNumber(9).slice(2) } },
        verificationResult: 'PASSED',
        verifiedLevels: ['STEMMA_RESEARCH_PERMITTED', 'STEMMA_REDISTRIBUTE_CONDITIONAL'],
        [`${PAGE}#answer`]: {
          verdicts: { research: 'permitted', redistribute: 'conditional' },
          licensee: accountNumber(0),
          chainId: 31337,
          ledger: LEDGER,
          model: tuned,
          block: 7,
          at: 1_800_000_000,
        },
      },
    })
  })

  it('fails as a whole when one use does', async function () {
    const { predicate } = await checked(['research', 'commercial'])
    expect([predicate.verificationResult, predicate.verifiedLevels]).to.deep.equal(['FAILED', ['FAILED']])
    expect(
      validate({ ...(await checked(['research'])), predicate: { ...predicate, verificationResult: 'PASSED' } }),
    ).to.equal(false)
  })

  it('names the weights as the statement of a model signature does', async function () {
    const manifest = manifestOf([{ name: 'weights.bin', digest: 'ab'.repeat(32) }])
    const [signed] = statementOf(manifest, 'acme/tuned').subject
    const { subject } = await checked(['research'])
    expect(Object.keys(subject[0].digest)).to.deep.equal(Object.keys(signed!.digest))
  })

  it('refuses a model whose weights are not known', async function () {
    const answer = await answerAbout(ledger, tuned, ['research'])
    const reports = answer.reports.map((report) => ({
      ...report,
      models: report.models.map((each) => ({ ...each, weights: ZERO_DIGEST })),
    }))
    expect(() => summaryStatement({ ...answer, reports }, options)).to.throw(SummarySubjectError, '"acme/tuned"')
  })

  it('gives the same bytes for the same answer', async function () {
    expect(JSON.stringify(await checked(['host']))).to.equal(JSON.stringify(await checked(['host'])))
  })
})

describe('questionDigest', function () {
  const question = {
    uses: ['host', 'commercial'],
    policy: { facts: { monthlyRevenueUsd: 5n }, fulfilled: ['notice', 'attribution'] },
    facts: {},
    trusted: [accountNumber(2), accountNumber(1)],
    countsNames: true,
    strict: false,
  } as const satisfies questionDigest.Parameters

  it('is the same for the same question in another order', function () {
    const other: questionDigest.Parameters = {
      ...question,
      uses: ['commercial', 'host'],
      policy: { fulfilled: ['attribution', 'notice'] },
      facts: { monthlyRevenueUsd: 5n },
      trusted: [accountNumber(1), accountNumber(2)],
    }
    expect(questionDigest(other)).to.equal(questionDigest(question))
  })

  it('differs with everything that an answer rests on', function () {
    const others: questionDigest.Parameters[] = [
      { ...question, uses: ['host'] },
      { ...question, facts: { monthlyRevenueUsd: 6n } },
      { ...question, trusted: [] },
      { ...question, countsNames: false },
      { ...question, strict: true },
      { ...question, at: 5 },
      { ...question, policy: { ...question.policy, licensee: accountNumber(3) } },
      { ...question, policy: { ...question.policy, deniedPublishers: [accountNumber(3)] } },
      { ...question, policy: { ...question.policy, trustedOperators: [accountNumber(3)] } },
      { ...question, policy: { ...question.policy, fulfilled: ['notice'] } },
      { ...question, policy: { ...question.policy, lineage: lineageRules([{ unknownParents: 'deny' }]) } },
      { ...question, policy: { ...question.policy, lineage: lineageRules([{ denyModels: ['acme/*'], why: 'x' }]) } },
    ]
    expect(new Set([question, ...others].map(questionDigest)).size).to.equal(others.length + 1)
  })
})
