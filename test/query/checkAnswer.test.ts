import { expect } from 'chai'

import { ZERO_DIGEST, type TermsId } from '../../src/core/hex.ts'
import { modelIdOf, type Parent } from '../../src/core/registration.ts'
import { checkAnswer } from '../../src/query/checkAnswer.ts'
import { IndexerMismatchError } from '../../src/query/indexerReader.ts'
import { accountNumber, digestNumber } from '../fixtures/memoryLedger.ts'

const URL = 'http://indexer.example'

/** A model as an answer has it, with the id of its registration. */
function modelFields(weights: number, declared: Parent[] = []) {
  const registration = {
    publisher: accountNumber(1),
    weights: digestNumber(weights),
    tensors: ZERO_DIGEST,
    annex: ZERO_DIGEST,
    datasets: ZERO_DIGEST,
    method: ZERO_DIGEST,
    terms: ZERO_DIGEST as string as TermsId,
    parents: declared,
    uri: 'https://example.org',
  }
  const id = modelIdOf(registration)
  const { publisher, uri } = registration
  return {
    id,
    name: 'a',
    uri,
    publisher: { address: publisher },
    weights: registration.weights,
    tensors: null,
    annex: null,
    datasets: null,
    method: null,
    terms: null,
    declared,
    status: 'active',
  }
}

describe('checkAnswer', function () {
  const parent = modelFields(1)
  const child = modelFields(2, [{ model: parent.id, relation: 'finetune' }])
  const refusal = (variables: object, answer: object, message: string) =>
    expect(() => checkAnswer(URL, variables, answer)).to.throw(IndexerMismatchError, message)

  it('finds the models of an answer at any depth', function () {
    const answer = { model: { ...child, parents: [{ grade: 'declared', relation: 'finetune', parent }] } }
    const { models } = checkAnswer(URL, { id: child.id }, answer)
    expect(models.map(({ id }) => id)).to.deep.equal([child.id, parent.id])
  })

  it('refuses an answer about another model than was asked for', function () {
    refusal({ id: parent.id }, { model: child }, `it is of ${child.id}, and not of ${parent.id}`)
  })

  it('refuses a model whose registration has another id', function () {
    refusal(
      {},
      { models: { nodes: [{ ...parent, uri: 'https://lie.example' }] } },
      `model ${parent.id} does not hash to its id`,
    )
  })

  it('refuses a declared parent that the registration does not name', function () {
    const stranger = modelFields(3)
    const edge = { grade: 'declared', relation: 'finetune', parent: stranger }
    refusal({ id: child.id }, { model: { ...child, parents: [edge] } }, `does not name ${stranger.id} as finetune`)
    const attested = { ...edge, grade: 'adjudicated' }
    checkAnswer(URL, { id: child.id }, { model: { ...child, parents: [attested] } })
  })

  it('refuses a credential whose id is not that of its model, tier and holder', function () {
    const credential = {
      id: digestNumber(9),
      model: { id: parent.id, name: 'a' },
      tier: { id: digestNumber(5), name: 't' },
      holder: accountNumber(2),
      validFrom: 0,
    }
    refusal(
      {},
      { credentials: [credential] },
      `credential ${digestNumber(9)} is not that of its model, tier and holder`,
    )
  })
})
