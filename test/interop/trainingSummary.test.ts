import { expect } from 'chai'

import type { DraftDataset } from '../../src/documents/draft.ts'
import { g7Elements, G7_CLUSTERS, type BomStandard } from '../../src/interop/g7Elements.ts'
import { readLineageDocument, type LineageDocument } from '../../src/interop/lineageDocument.ts'
import { NOT_STATED, trainingSummary, trainingSummaryPage } from '../../src/interop/trainingSummary.ts'
import { LEDGER, tunedModel } from '../fixtures/answers.ts'
import { digestNumber } from '../fixtures/memoryLedger.ts'

const dataset = (n: number, given: Partial<DraftDataset>): DraftDataset => ({
  digest: digestNumber(n),
  license: '',
  source: 'unstated',
  share: 0,
  name: null,
  named: false,
  ...given,
})

async function documentOf(more: Partial<LineageDocument> = {}): Promise<LineageDocument> {
  const { ledger, tuned } = tunedModel()
  const read = { model: tuned, version: '1', ledger: LEDGER, licenses: [] }
  return { ...(await readLineageDocument(ledger.reader(), read)), ...more }
}

describe('trainingSummary', function () {
  const answersOf = (document: LineageDocument): Record<string, string> =>
    Object.fromEntries(
      trainingSummary(document).sections.flatMap(({ number, fields }) =>
        fields.map(({ question, answer }) => [`${number} ${question}`, answer]),
      ),
    )

  it('has all sections of the template, and "not stated" where nothing is known', async function () {
    const { sections } = trainingSummary(await documentOf())
    expect(sections.map(({ number }) => number)).to.deep.equal([
      '1.1',
      '1.2',
      '1.3',
      '2.1',
      '2.2.1',
      '2.2.2',
      '2.3',
      '2.4',
      '2.5',
      '2.6',
      '3.1',
      '3.2',
      '3.3',
    ])
    const stated = Object.entries(answersOf(await documentOf())).filter(([, answer]) => answer !== NOT_STATED)
    expect(stated.map(([question]) => question)).to.deep.equal([
      '1.1 Provider name and contact details',
      '1.2 Versioned model name(s)',
      '1.2 Model dependencies',
    ])
  })

  it('answers by the list of datasets: yes for what it has, none only where it is whole', async function () {
    const used = '2.1 Whether publicly available datasets were used, and which'
    const user = '2.4 Whether data of users was used'
    const open = [dataset(1, { source: 'public', share: 4000 }), dataset(2, { source: 'crawled', share: 1000 })]
    const some = answersOf(await documentOf({ datasets: open }))
    expect([some[used], some[user]]).to.deep.equal(['yes', NOT_STATED])
    expect(some['1.3 Other relevant characteristics of the overall training data']).to.equal(
      'stated shares by source: public 40 %, crawled 10 %',
    )
    const whole = answersOf(await documentOf({ datasets: [...open, dataset(3, { source: 'synthetic', share: 5000 })] }))
    expect(whole[user]).to.match(/^none in the list of datasets, /)
    const unknown = answersOf(await documentOf({ datasets: [...open, dataset(3, { share: 5000 })] }))
    expect(unknown[user]).to.equal(NOT_STATED)
  })

  it('calls nobody the provider, and no teacher a source of data, whom nobody called so', async function () {
    const [first, ...ancestors] = (await documentOf()).models
    const parents = first.parents.map((edge) => ({ ...edge, relation: 'distillation' as const }))
    const answers = answersOf(await documentOf({ models: [{ ...first, parents }, ...ancestors] }))
    expect(answers['1.1 Provider name and contact details']).to.match(/^not stated; the model was registered by/)
    expect(answers['2.5 Models that generated it']).to.match(/^not stated; its lineage has these teachers: .+ \(/)
  })

  it('lists datasets with license and share, and writes a page in which no name is markup', async function () {
    const datasets = [dataset(1, { source: 'public', name: '<b>|evil|</b> [x](y)', license: 'MIT', share: 150 })]
    const page = trainingSummaryPage(trainingSummary(await documentOf({ datasets })))
    expect(page).to.contain('### 2.1. Publicly available datasets').and.to.contain('| MIT | 1.5 % |')
    expect(page).not.to.match(/<b>|\[x\]\(y\)/)
    expect(page).to.equal(trainingSummaryPage(trainingSummary(await documentOf({ datasets }))))
  })
})

describe('g7Elements', function () {
  const statesOf = (document: LineageDocument, standard: BomStandard = 'cyclonedx'): Record<string, string> =>
    Object.fromEntries(g7Elements(document, standard).map(({ element, state }) => [element, state]))

  it('lists each element once, in seven clusters', async function () {
    const elements = g7Elements(await documentOf(), 'cyclonedx')
    expect(new Set(elements.map(({ element }) => element)).size)
      .to.equal(50)
      .and.to.equal(elements.length)
    expect([...new Set(elements.map(({ cluster }) => cluster))]).to.deep.equal([...G7_CLUSTERS])
  })

  it('says filled, in part and missing by what the bill has', async function () {
    const bare = statesOf(await documentOf())
    expect(bare).to.include({
      'SBOM author': 'missing',
      'SBOM version': 'filled',
      'SBOM author signature': 'missing',
      'Model hash value': 'filled',
      'Model training properties': 'partly',
      'Dataset name': 'missing',
      'System name': 'missing',
    })
    const datasets = [dataset(1, { name: 'a/b', license: 'MIT' }), dataset(2, {})]
    const full = statesOf(
      await documentOf({ author: 'Acme', datasets, method: { version: 1, steps: [{ kind: 'pretraining' }] } }),
      'spdx',
    )
    expect(full).to.include({
      'SBOM author': 'filled',
      'SBOM version': 'missing',
      'Dataset name': 'partly',
      'Dataset hash': 'filled',
      'Dataset provenance': 'missing',
      'Model training properties': 'filled',
    })
  })
})
