import { Link, Navigate, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { FOREVER, type Hex, type ModelId } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

import { useLedger, type At } from '../../api/queries.ts'
import { isId, TABS, type Question } from '../../app/address.ts'
import { useWords } from '../../app/settings.tsx'
import { SearchBox } from '../../ui/SearchBox.tsx'
import { nameOf } from '../../ui/names.ts'
import { FullId, Loaded, Name, Skeleton, Title } from '../../ui/parts.tsx'
import { JsonLink } from '../../ui/JsonLink.tsx'
import { plain } from '../../ui/plain.ts'
import { saveFile } from '../../ui/saveFile.ts'
import { useFormats } from '../../ui/formats.ts'
import { EndpointsTab } from './EndpointsTab.tsx'
import { HistoryTab } from './HistoryTab.tsx'
import { LicensesTab } from './LicensesTab.tsx'
import { LookAlikes } from './LookAlikes.tsx'
import { LineageTab } from './LineageTab.tsx'
import { RecordTab } from './RecordTab.tsx'
import { ReviewsTab } from './ReviewsTab.tsx'
import { UsageTab } from './UsageTab.tsx'
import { VerdictPart } from './VerdictPart.tsx'
import './model.css'

const ChainPart = lazy(async () => ({ default: (await import('./chain/ChainPart.tsx')).ChainPart }))

/** Saves what the page says as Markdown. */
async function saveMarkdown(model: Model, question: Question, at: At): Promise<void> {
  const { markdownOf } = await import('./markdown.ts')
  const text = await markdownOf(model, question, at)
  saveFile(`stemma-${model.id.slice(2, 10)}.md`, 'text/markdown', text)
}

export type Model = NonNullable<LedgerOf<'Model'>['model']>

export function ModelPage() {
  const { id } = useParams({ from: '/m/$id' })
  const { at } = useSearch({ from: '/m/$id' })
  // A name in the place of an id is searched for.
  if (!isId(id)) return <Navigate to="/search" search={{ q: id, at }} replace />
  return <Found id={id.toLowerCase() as Hex} key={id} />
}

function Found({ id }: { id: Hex }) {
  const words = useWords()
  const { at } = useSearch({ from: '/m/$id' })
  const found = useLedger('Model', { id }, at)
  return (
    <Loaded of={found} lines={10}>
      {({ model }) =>
        model ? (
          <Page model={model} />
        ) : (
          <section>
            <Title text={words.notFound.title} />
            <h1>{words.notFound.title}</h1>
            <div className="notice">
              <p>{words.search.nothingDigest}</p>
              <FullId value={id} />
            </div>
            <SearchBox at={at} />
          </section>
        )
      }
    </Loaded>
  )
}

function Page({ model }: { model: Model }) {
  const words = useWords()
  const { tab, ...kept } = useSearch({ from: '/m/$id' })
  const { at, ...question } = kept
  const name = nameOf(model)
  const status = model.recalled ? 'recalled' : model.status
  const [isChecking, setChecking] = useState(false)
  return (
    <>
      <Title text={plain(name || model.id, 80)} />
      <header className="page-head">
        <p className="eyebrow">{words.model.eyebrow}</p>
        <h1>
          <Name text={name} id={model.id} />
        </h1>
        {status !== 'active' && <p className={`status ${status}`}>{words.model.status[status]}</p>}
        {model.recalled && <p className="notice failure">{words.model.recalledNote}</p>}
        <LookAlikes id={model.id} at={at} />
        <FullId value={model.id} />
        <RegisteredBy address={model.publisher.address} at={at} />
        <p className="actions">
          <Link to="/m/$id/map" params={{ id: model.id }} search={kept} className="button primary">
            {words.model.map}
          </Link>
          <Link to="/impact" search={{ at, model: model.id }} className="button">
            {words.pages.impact}
          </Link>
          <JsonLink path={`/v1/models/${model.id}`} at={at} />
          <button type="button" onClick={() => void saveMarkdown(model, question, at)}>
            {words.markdown}
          </button>
          <button type="button" onClick={() => window.print()}>
            {words.print}
          </button>
          {!isChecking && (
            <button type="button" onClick={() => setChecking(true)}>
              {words.model.checkChain}
            </button>
          )}
        </p>
      </header>
      <VerdictPart model={model.id as ModelId} name={name} question={question} at={at} />
      {isChecking && (
        <Suspense fallback={<Skeleton lines={3} />}>
          <ChainPart model={model.id as ModelId} question={question} at={at} />
        </Suspense>
      )}
      <section>
        <Tabs />
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`} className="panel">
          {tab === 'record' && <RecordTab model={model} at={at} />}
          {tab === 'lineage' && <LineageTab model={model} at={at} kept={kept} />}
          {tab === 'licenses' && <LicensesTab model={model} at={at} />}
          {tab === 'reviews' && <ReviewsTab model={model} at={at} />}
          {tab === 'usage' && <UsageTab model={model} at={at} />}
          {tab === 'endpoints' && <EndpointsTab model={model} at={at} />}
          {tab === 'history' && <HistoryTab model={model} at={at} />}
        </div>
      </section>
    </>
  )
}

function RegisteredBy({ address, at }: { address: Model['publisher']['address']; at: number | undefined }) {
  const words = useWords()
  const { dateTime } = useFormats()
  const found = useLedger('Publisher', { address, first: 0 }, at)
  const publisher = found.data?.publisher
  const now = found.data?.now ?? 0
  const standing =
    publisher === undefined
      ? ''
      : publisher.verifiedUntil === null
        ? words.model.unverified
        : publisher.verifiedUntil >= FOREVER
          ? words.model.verifiedForever
          : publisher.verifiedUntil > now
            ? words.model.verified(dateTime(publisher.verifiedUntil))
            : words.model.expired(dateTime(publisher.verifiedUntil))
  return (
    <p>
      {words.model.registeredBy} {publisher?.domain && <Name text={publisher.domain} />} <FullId value={address} />
      {standing && <span className="muted"> · {standing}</span>}
    </p>
  )
}

function Tabs() {
  const words = useWords()
  const { tab } = useSearch({ from: '/m/$id' })
  const navigate = useNavigate({ from: '/m/$id' })
  const open = (next: (typeof TABS)[number]): void => {
    void navigate({ search: (before) => ({ ...before, tab: next }), resetScroll: false })
    document.getElementById(`tab-${next}`)?.focus()
  }
  const step = (by: number): void => open(TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length]!)
  return (
    <div
      role="tablist"
      className="tabs"
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') step(1)
        else if (event.key === 'ArrowLeft') step(-1)
      }}
    >
      {TABS.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          id={`tab-${each}`}
          aria-selected={each === tab}
          aria-controls="panel"
          tabIndex={each === tab ? 0 : -1}
          onClick={() => open(each)}
        >
          {words.model.tabs[each]}
        </button>
      ))}
    </div>
  )
}
