import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useId } from 'react'
import { RIGHT_NAMES, type Digest, type Right } from 'stemma/core'

import type { At } from '../../api/queries.ts'
import type { Question } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { Loaded, ModelLink } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { nameOf } from '../../ui/names.ts'
import { ReportCard } from './ReportCard.tsx'
import type { Known } from './lookups.ts'
import { verifyWords } from './words.ts'

/** Most models under one digest that the page lists. */
const MOST = 20

type Asked = {
  /** Digests of the whole, in the orders that there are. */
  digests: readonly Digest[]
  /** What may be the digest of tensors, or the root of datasets. */
  tensors: Digest | undefined
  known: UseQueryResult<Known>
  at: At
  use: Right
}

/** What the ledger says of digests: the models that have them, the answer, and the way to it. */
export function DigestAnswer({ digests, tensors, known, at, use }: Asked) {
  const words = useWordsOf(verifyWords)
  const { number } = useFormats()
  return (
    <Loaded of={known} lines={3}>
      {({ models }) => {
        const weights = digests.find((digest) => models.some((hit) => hit.by === 'weights' && hit.digest === digest))
        const hits = models.filter(({ by, digest }) =>
          by === 'weights' ? digest === weights : digest === tensors || digests.includes(digest as Digest),
        )
        if (hits.length === 0) {
          return (
            <div className="notice nothing">
              <p>
                <strong>{words.nothing}</strong>
              </p>
              <p>{words.nothingText}</p>
            </div>
          )
        }
        const registrations = hits.filter(({ by }) => by === 'weights').length
        return (
          <section className="found">
            <h3>{words.answer}</h3>
            {weights && <Answer weights={weights} at={at} use={use} />}
            {registrations > 1 && <p className="hint">{words.several(number(registrations))}</p>}
            <p className="muted">{words.knownAs}</p>
            <ul className="cards">
              {hits.slice(0, MOST).map(({ model, by }) => (
                <li key={`${model.id} ${by}`} data-model={model.id}>
                  {words.by[by] ?? by} <ModelLink id={model.id} name={nameOf(model)} at={at} />
                </li>
              ))}
            </ul>
            {hits.length > MOST && <p className="muted">{words.moreFiles(number(hits.length - MOST))}</p>}
          </section>
        )
      }}
    </Loaded>
  )
}

/** The answer for weights, for a use that the reader chooses. */
function Answer({ weights, at, use }: { weights: Digest; at: At; use: Right }) {
  const answered = useQuery({
    queryKey: ['ledger', at ?? 'now', 'weights', weights, use],
    queryFn: async () => (await import('../../api/verdict.ts')).answerWeights(weights, { use }, at),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <UseField use={use} />
      <Loaded of={answered} lines={3}>
        {({ reports }) => <ReportCard report={reports[0]!} at={at} />}
      </Loaded>
    </>
  )
}

function UseField({ use }: { use: Right }) {
  const words = useWords()
  const change = useChange<Question>()
  const id = useId()
  return (
    <div className="field use">
      <label htmlFor={id}>{words.model.use}</label>
      <select id={id} value={use} onChange={({ target }) => change({ use: target.value as Right }, { replace: true })}>
        {RIGHT_NAMES.map((right) => (
          <option key={right} value={right}>
            {words.uses[right]}
          </option>
        ))}
      </select>
    </div>
  )
}
