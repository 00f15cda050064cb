import { useNavigate, useSearch } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { LedgerOf } from 'stemma/query'

import { useLedgerPages, type Pages } from '../../api/pages.ts'
import { idOf } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { CredentialLink } from '../../ui/links.tsx'
import { More } from '../../ui/More.tsx'
import { nameOf } from '../../ui/names.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { FullId, Loaded, ModelLink, Name, ShortId } from '../../ui/parts.tsx'
import { ImpactMap } from './ImpactMap.tsx'
import { SaveButtons } from './SaveButtons.tsx'
import { CAUSES, causeOf, type Cause, type ImpactSearch } from './search.ts'
import { impactWords } from './words.ts'
import '../../style/stacks.css'
import './impact.css'

export type Radius = LedgerOf<'BlastRadius'>['blastRadius']
export type Affected = Radius['models']['nodes'][number]

/** What falls when something is taken back: counts, models, who answers for them, and a map. */
export function ImpactPage() {
  const words = useWordsOf(impactWords)
  const search = useSearch({ from: '/impact' })
  const kind = CAUSES.find((each) => search[each] !== undefined)
  const cause: Cause | undefined = kind && { kind, id: search[kind]! }
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <CauseForm cause={cause} key={`${cause?.kind} ${cause?.id}`} />
      {cause && <Found cause={cause} search={search} />}
    </>
  )
}

function CauseForm({ cause }: { cause: Cause | undefined }) {
  const words = useWordsOf(impactWords)
  const navigate = useNavigate({ from: '/impact' })
  const id = useId()
  const [kind, setKind] = useState<Cause['kind']>(cause?.kind ?? 'credential')
  const [typed, setTyped] = useState<string>(cause?.id ?? '')
  const [isWrong, setWrong] = useState(false)
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        const found = idOf(typed.trim())
        setWrong(!found)
        if (found) void navigate({ search: ({ at }) => ({ at, [kind]: found }) })
      }}
    >
      <div className="field">
        <label htmlFor={`${id}-kind`}>{words.kind}</label>
        <select id={`${id}-kind`} value={kind} onChange={(event) => setKind(event.target.value as Cause['kind'])}>
          {CAUSES.map((each) => (
            <option key={each} value={each}>
              {words.kinds[each]}
            </option>
          ))}
        </select>
      </div>
      <div className="field wide">
        <label htmlFor={`${id}-id`}>{words.ids[kind]}</label>
        <input
          id={`${id}-id`}
          value={typed}
          maxLength={100}
          spellCheck={false}
          placeholder="0x…"
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <button type="submit" className="primary">
        {words.ask}
      </button>
      {isWrong && (
        <p className="invalid" role="alert">
          {words.invalid}
        </p>
      )}
    </form>
  )
}

function Found({ cause, search }: { cause: Cause; search: ImpactSearch }) {
  const words = useWordsOf(impactWords)
  const { number } = useFormats()
  const { at } = search
  const found = useLedgerPages(
    'BlastRadius',
    { cause: causeOf(cause), first: 50 },
    at,
    ({ blastRadius }) => blastRadius.models,
  )
  return (
    <Loaded of={found} lines={10}>
      {({ first: { blastRadius: radius }, nodes, total = nodes.length }) => {
        const publishers = radius.publishers.totalCount
        return (
          <>
            <section aria-labelledby="falls">
              <h2 id="falls">{words.questions[cause.kind]}</h2>
              <FullId value={cause.id} />
              {total === 0 ? (
                <p className="notice">{words.nothing}</p>
              ) : (
                <>
                  <p className="sentence">
                    {words.sentence(
                      words.models(total, number(total)),
                      words.publishersOf(publishers, number(publishers)),
                    )}
                  </p>
                  <Counts radius={radius} total={total} />
                </>
              )}
            </section>
            {total > 0 && (
              <>
                <Models found={found} nodes={nodes} at={at} />
                <SaveButtons cause={cause} at={at} total={total} />
                <ImpactMap cause={cause} search={search} />
                <Publishers radius={radius} />
                <Credentials radius={radius} at={at} />
              </>
            )}
          </>
        )
      }}
    </Loaded>
  )
}

function Counts({ radius, total }: { radius: Radius; total: number }) {
  const words = useWordsOf(impactWords)
  const { number } = useFormats()
  const origins = radius.origins.length
  const counts = {
    models: number(total),
    // The API lists at most 100 of them.
    origins: origins < 100 ? number(origins) : `${number(origins)}+`,
    publishers: number(radius.publishers.totalCount),
    credentials: number(radius.credentials.totalCount),
  }
  return (
    <dl className="counts">
      {(Object.keys(counts) as (keyof typeof counts)[]).map((each) => (
        <div key={each} data-count={each}>
          <dt>{words.counts[each]}</dt>
          <dd>{counts[each]}</dd>
        </div>
      ))}
    </dl>
  )
}

function Models({
  found,
  nodes,
  at,
}: {
  found: Pages<'BlastRadius', Affected>
  nodes: readonly Affected[]
  at: number | undefined
}) {
  const words = useWords()
  const own = useWordsOf(impactWords)
  const { number } = useFormats()
  return (
    <section aria-labelledby="models">
      <h2 id="models">{own.listed}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="models">
        <table className="stacks">
          <thead>
            <tr>
              <th scope="col">{own.steps}</th>
              <th scope="col">{own.model}</th>
              <th scope="col">{own.license}</th>
              <th scope="col">{own.status}</th>
              <th scope="col">{own.publisher}</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map(({ model, depth }) => (
              <tr key={model.id} data-model={model.id}>
                <td data-label={own.steps}>{depth === 0 ? own.direct : number(depth)}</td>
                <td data-label={own.model}>
                  <ModelLink id={model.id} name={nameOf(model)} at={at} />
                </td>
                <td data-label={own.license}>
                  <Name text={model.terms?.name ?? words.notStated} />
                </td>
                <td data-label={own.status}>{words.model.status[model.recalled ? 'recalled' : model.status]}</td>
                <td data-label={own.publisher}>
                  <ShortId value={model.publisher.address} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More of={found} />
    </section>
  )
}

function Publishers({ radius }: { radius: Radius }) {
  const own = useWordsOf(impactWords)
  const { number } = useFormats()
  const { nodes, totalCount } = radius.publishers
  return (
    <section aria-labelledby="publishers">
      <h2 id="publishers">{own.publishers}</h2>
      <ul className="cards">
        {nodes.map(({ publisher, models }) => (
          <li key={publisher.address} data-publisher={publisher.address}>
            {publisher.domain && (
              <strong>
                <Name text={publisher.domain} />{' '}
              </strong>
            )}
            <FullId value={publisher.address} /> <span className="muted">· {own.models(models, number(models))}</span>
          </li>
        ))}
      </ul>
      {nodes.length < totalCount && <p className="muted">{own.publishersMore(number(nodes.length))}</p>}
    </section>
  )
}

function Credentials({ radius, at }: { radius: Radius; at: number | undefined }) {
  const words = useWords()
  const own = useWordsOf(impactWords)
  const { number } = useFormats()
  const { nodes, totalCount } = radius.credentials
  return (
    <section aria-labelledby="credentials">
      <h2 id="credentials">{own.credentials}</h2>
      {nodes.length === 0 ? (
        <p className="muted">{words.none}</p>
      ) : (
        <ul className="cards">
          {nodes.map((credential) => (
            <li key={credential.id}>
              <CredentialLink id={credential.id} name={credential.tier.name} at={at} /> ·{' '}
              <ModelLink id={credential.model.id} name={credential.model.name} at={at} />
              <p className="muted">
                {own.holder} <FullId value={credential.holder} />
              </p>
            </li>
          ))}
        </ul>
      )}
      {nodes.length < totalCount && <p className="muted">{own.publishersMore(number(nodes.length))}</p>}
    </section>
  )
}
