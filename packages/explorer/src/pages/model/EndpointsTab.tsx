import type { LedgerOf } from 'stemma/query'

import { useLedgerPages } from '../../api/pages.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { ForeignLink } from '../../ui/links.tsx'
import { Mark, type Tone } from '../../ui/Mark.tsx'
import { More } from '../../ui/More.tsx'
import { FullId, Loaded, Name, ShortId, When } from '../../ui/parts.tsx'
import type { Model } from './ModelPage.tsx'
import { modelWords } from './words.ts'

type Statement = LedgerOf<'ServingStatements'>['servingStatements']['nodes'][number]
type Standing = 'holds' | 'early' | 'over' | 'revoked' | 'replaced'

const TONES: Readonly<Record<Standing, Tone>> = {
  holds: 'good',
  early: 'open',
  over: 'open',
  revoked: 'bad',
  replaced: 'open',
}

/** Where publishers say that a model answers, and what their statements rest on. */
export function EndpointsTab({ model, at }: { model: Model; at: number | undefined }) {
  const { endpoints: own } = useWordsOf(modelWords)
  const found = useLedgerPages(
    'ServingStatements',
    { filter: { model: model.id }, first: 50 },
    at,
    ({ servingStatements }) => servingStatements,
  )
  return (
    <>
      <p className="muted">{own.lead}</p>
      <Loaded of={found} lines={6}>
        {({ first: { now }, nodes }) =>
          nodes.length === 0 ? (
            <p className="notice">{own.none}</p>
          ) : (
            <ul className="cards">
              {nodes.map((each) => (
                <Endpoint
                  key={each.statement}
                  statement={each}
                  standing={standingOf(each, nodes, now)}
                  isForeign={each.publisher !== model.publisher.address}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More of={found} />
    </>
  )
}

/** Of one publisher's statements about one endpoint the newest counts. */
function standingOf(statement: Statement, all: readonly Statement[], now: number): Standing {
  if (statement.revoked !== null) return 'revoked'
  const isNewer = ({ publisher, endpoint, revision }: Statement): boolean =>
    publisher === statement.publisher && endpoint === statement.endpoint && revision > statement.revision
  if (all.some(isNewer)) return 'replaced'
  if (now < statement.from) return 'early'
  return now < statement.until ? 'holds' : 'over'
}

function Endpoint({
  statement,
  standing,
  isForeign,
}: {
  statement: Statement
  standing: Standing
  isForeign: boolean
}) {
  const { endpoints: own } = useWordsOf(modelWords)
  const grade = own.grades[statement.grade as keyof typeof own.grades]
  return (
    <li data-endpoint={statement.statement} data-standing={standing}>
      <Mark tone={TONES[standing]}>{own[standing]}</Mark> · <ForeignLink address={statement.origin} /> · {own.name}{' '}
      <Name text={statement.name} />
      <p>
        {own.grade} <strong>{grade}</strong>
      </p>
      <p className="muted">
        {own.window} <When time={statement.from} /> – <When time={statement.until} />
      </p>
      <p className="muted">
        {own.by} <ShortId value={statement.publisher} />
        {isForeign && <strong> · {own.foreign}</strong>} · {own.stated} <When time={statement.stated.time} />
      </p>
      {statement.evidence && (
        <p>
          {own.evidence} <FullId value={statement.evidence} />
        </p>
      )}
    </li>
  )
}
