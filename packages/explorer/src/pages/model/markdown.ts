import { ZERO_ADDRESS, type ModelId } from 'stemma/core'
import { markdownCode, markdownReport, markdownTable, markdownText } from 'stemma/interop'

import { answer } from '../../api/verdict.ts'
import { api, momentOf, type At } from '../../api/queries.ts'
import type { Question } from '../../app/address.ts'
import { nameOf } from '../../ui/names.ts'
import type { Model } from './ModelPage.tsx'

/** The digests of a registration, by the names that people give them. */
const DIGESTS = ['weights', 'tensors', 'annex', 'datasets', 'method'] as const

/** What the page of a model says, as GitHub-flavored Markdown, in English. The words of strangers in it cannot become markup. */
export async function markdownOf(model: Model, question: Question, at: At): Promise<string> {
  const { report, chain } = await answer(model.id as ModelId, question, at)
  const { licensee, block, blockTime, chainId, verdict } = report
  const { contract } = await api.query('Status', momentOf(at))
  const name = nameOf(model) || model.id
  const subject = {
    subject: name,
    place: { file: model.id },
    ledger: contract,
    passed: verdict === 'permitted' || verdict === 'conditional',
    reports: [report],
  }
  const stated = DIGESTS.flatMap((each) => (model[each] === null ? [] : [[each, markdownCode(model[each])]]))
  return [
    `# ${markdownText(name)}`,
    markdownTable(
      ['record', ''],
      [
        ['id', markdownCode(model.id)],
        ['publisher', markdownCode(model.publisher.address)],
        ['registered', `block ${model.registered.number}, ${dateOf(model.registeredAt)}`],
        [
          'terms',
          model.terms === null
            ? 'not stated'
            : `${markdownText(model.terms.name ?? '')} ${markdownCode(model.terms.id)}`,
        ],
        ...stated,
        ['asked for', licensee === ZERO_ADDRESS ? 'anybody' : markdownCode(licensee)],
        ['as of', `block ${block}, ${dateOf(blockTime)}`],
        ['ledger', `${markdownCode(contract)} on chain ${chainId}`],
      ],
    ),
    markdownReport({ version: 'explorer', subjects: [subject] }).trimEnd(),
    '## Chain of rights',
    markdownTable(
      ['model', 'id', 'license', question.use],
      chain.map((each) => [
        markdownText(each.name),
        markdownCode(each.id),
        markdownText(each.license || 'not stated'),
        each.gives === 'gives' ? 'gives' : each.gives === 'withholds' ? 'withholds' : 'leaves open',
      ]),
    ),
    `From ${markdownCode(location.href)}. Computed in a browser from what the index answers, with every id hashed again; the chain itself was not asked.`,
  ]
    .join('\n\n')
    .concat('\n')
}

function dateOf(time: number): string {
  return new Date(time * 1000).toISOString().replace('.000Z', 'Z')
}
