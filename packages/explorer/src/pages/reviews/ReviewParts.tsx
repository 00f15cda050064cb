import { useState } from 'react'
import type { Hex, ReviewState } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

import { useLedgerPages } from '../../api/pages.ts'
import { useLedger } from '../../api/queries.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { ActLinks } from '../../ui/ActLinks.tsx'
import { useFormats } from '../../ui/formats.ts'
import { ForeignLink } from '../../ui/links.tsx'
import { Mark, type Tone } from '../../ui/Mark.tsx'
import { More } from '../../ui/More.tsx'
import { FullId, Loaded, ModelLink, ShortId, When } from '../../ui/parts.tsx'
import { Row } from '../../ui/Row.tsx'
import { useDuration } from '../../ui/useDuration.ts'
import { reviewWords } from './words.ts'
import './reviews.css'

export type Review = NonNullable<LedgerOf<'Review'>['review']>

const TONES: Readonly<Record<ReviewState, Tone>> = {
  none: 'open',
  frozen: 'care',
  cleared: 'good',
  quarantined: 'bad',
}

export function StateMark({ state }: { state: ReviewState }) {
  const own = useWordsOf(reviewWords)
  return <Mark tone={TONES[state]}>{own.states[state]}</Mark>
}

/** Where a review stands, in one sentence, by the time of the block. */
export function ReviewStanding({ review, now }: { review: Review; now: number }) {
  const own = useWordsOf(reviewWords)
  const { number } = useFormats()
  const long = useDuration()
  const { state, request, scans } = review
  const left = request ? request.readyAt - now : 0
  const isLate = state === 'frozen' && request !== null && left <= 0
  const passed = new Set(scans.filter(({ verdict }) => verdict === 'passed').map(({ scanner }) => scanner)).size
  const failed = scans.filter(({ verdict }) => verdict === 'failed').length
  return (
    <div className="review-standing">
      <p className="sentence" data-state={state}>
        <Mark tone={TONES[state]}>{isLate ? own.sentence.frozenLate : own.sentence[state]}</Mark>
      </p>
      {request && (
        <p>
          {state === 'frozen' && (
            <strong className={isLate ? 'late' : undefined}>
              {isLate ? own.passed(long(-left)) : own.left(long(left))}.{' '}
            </strong>
          )}
          {own.needs(number(passed), number(request.quorum))}{' '}
          {failed > 0 && <strong className="late">{own.failedScans(number(failed))}.</strong>}
        </p>
      )}
    </div>
  )
}

export function ReviewRecord({ review }: { review: Review }) {
  const words = useWords()
  const own = useWordsOf(reviewWords)
  const { number } = useFormats()
  const { request, certification } = review
  return (
    <dl className="record">
      {request && (
        <>
          <Row label={own.readyAt}>
            <When time={request.readyAt} />
          </Row>
          <Row label={own.readyBlock}>{number(request.readyBlock)}</Row>
          <Row label={own.quorum}>{number(request.quorum)}</Row>
          <Row label={own.requester}>
            <FullId value={request.requester} />
          </Row>
          <Row label={own.requested}>
            {number(request.block.number)} · <When time={request.block.time} />
          </Row>
          <Row label={own.weights}>
            <FullId value={request.weights} />
          </Row>
          <Row label={own.uri}>
            {request.uri === '' ? (
              <span className="muted">{words.notStated}</span>
            ) : (
              <ForeignLink address={request.uri} />
            )}
          </Row>
        </>
      )}
      <Row label={own.certification}>
        {certification ? (
          <>
            <FullId value={certification.certifier} /> · {own.uses}{' '}
            {certification.uses.map((use) => words.uses[use]).join(', ')} · {own.until}{' '}
            <When time={certification.until} />
          </>
        ) : (
          <span className="muted">{own.noCertification}</span>
        )}
      </Row>
    </dl>
  )
}

export function ScanList({ scans }: { scans: Review['scans'] }) {
  const own = useWordsOf(reviewWords)
  if (scans.length === 0) return <p className="muted">{own.noScans}</p>
  return (
    <ul className="cards">
      {scans.map((scan, index) => (
        <li key={index} data-scan={scan.report}>
          <Mark tone={scan.verdict === 'passed' ? 'good' : 'bad'}>
            {own.verdicts[scan.verdict as keyof typeof own.verdicts]}
          </Mark>{' '}
          · {own.scopes[scan.scope as keyof typeof own.scopes]} · {own.scanned} <When time={scan.scannedAt} />
          <dl className="record tight">
            <Row label={own.scanner}>
              <FullId value={scan.scanner} />
            </Row>
            <Row label={own.report}>
              <FullId value={scan.report} />
            </Row>
            <Row label={own.ruleset}>
              <FullId value={scan.ruleset} />
            </Row>
            {scan.tensors && (
              <Row label={own.tensors}>
                <FullId value={scan.tensors} />
              </Row>
            )}
            {scan.uri !== '' && (
              <Row label={own.uri}>
                <ForeignLink address={scan.uri} />
              </Row>
            )}
          </dl>
        </li>
      ))}
    </ul>
  )
}

export function ReviewHistory({ history }: { history: Review['history'] }) {
  const words = useWords()
  const { number } = useFormats()
  if (history.length === 0) return <p className="muted">{words.none}</p>
  return (
    <ul className="cards">
      {history.map((change, index) => (
        <li key={index}>
          <StateMark state={change.state} /> · {words.activity.when} {number(change.block.number)} ·{' '}
          <When time={change.block.time} /> · <ShortId value={change.account} />
        </li>
      ))}
    </ul>
  )
}

/** Claims about a subject, page by page. */
export function ClaimList({ subject, at }: { subject: Hex; at: number | undefined }) {
  const words = useWords()
  const own = useWordsOf(reviewWords)
  const { dateTime } = useFormats()
  const found = useLedgerPages('Claims', { filter: { subject }, first: 20 }, at, ({ claims }) => claims)
  return (
    <>
      <Loaded of={found}>
        {({ nodes }) =>
          nodes.length === 0 ? (
            <p className="muted">{words.model.noClaims}</p>
          ) : (
            <ul className="cards">
              {nodes.map((claim) => (
                <li key={claim.id} data-claim={claim.id}>
                  <strong>{own.claimStates[claim.state as keyof typeof own.claimStates]}</strong> ·{' '}
                  {words.relations[claim.relation] ?? claim.relation} ·{' '}
                  <ModelLink id={claim.parent.id} name={claim.parent.name} at={at} />
                  {claim.state === 'filed' && <p className="muted">{own.contestUntil(dateTime(claim.contestUntil))}</p>}
                  <dl className="record tight">
                    <Row label={own.claimant}>
                      <FullId value={claim.claimant} /> · <When time={claim.filed.time} />
                    </Row>
                    <Row label={own.evidence}>
                      {claim.evidence ? (
                        <FullId value={claim.evidence} />
                      ) : (
                        <span className="muted">{own.undisclosed}</span>
                      )}
                    </Row>
                    <Row label={words.model.id}>
                      <FullId value={claim.id} />
                    </Row>
                  </dl>
                  <ClaimHistory claim={claim.id} at={at} />
                  <ActLinks links={[['answer', { claim: claim.id }]]} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <More of={found} />
    </>
  )
}

/** What became of a claim, and what its parties have written to it; read when somebody opens it. */
function ClaimHistory({ claim: id, at }: { claim: Hex; at: number | undefined }) {
  const own = useWordsOf(reviewWords)
  const [isOpen, setOpen] = useState(false)
  const found = useLedger('Claim', { id }, at, { enabled: isOpen })
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{own.history}</summary>
      {isOpen && (
        <Loaded of={found} lines={2}>
          {({ claim }) => (
            <ul className="plain-list">
              {claim?.history.map(({ state, account, uri, block }) => (
                <li key={`${state} ${block.number}`}>
                  {own.claimStates[state as keyof typeof own.claimStates]} · <When time={block.time} />
                  {account && (
                    <>
                      {' '}
                      · <ShortId value={account} />
                    </>
                  )}
                  {uri && (
                    <>
                      {' '}
                      · <ForeignLink address={uri} />
                    </>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      )}
    </details>
  )
}
