import { useParams, useSearch } from '@tanstack/react-router'
import type { Hex } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

import { useLedgerPages } from '../../api/pages.ts'
import { isId } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { CredentialLink } from '../../ui/links.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { More } from '../../ui/More.tsx'
import { nameOf } from '../../ui/names.ts'
import { FullId, Loaded, ModelLink, ShortId, Title, When } from '../../ui/parts.tsx'
import { NotHere } from '../../ui/NotHere.tsx'
import { JsonLink } from '../../ui/JsonLink.tsx'
import { plain } from '../../ui/plain.ts'
import { useDuration } from '../../ui/useDuration.ts'
import { ProofCheck } from './ProofCheck.tsx'
import { Quota } from './Quota.tsx'
import { UsageChart } from './UsageChart.tsx'
import { Exceptions } from './UsageLogs.tsx'
import { GapField } from './UsagePage.tsx'
import { usageWords } from './words.ts'
import './usage.css'

type Log = NonNullable<LedgerOf<'UsageLog'>['usageLog']>
export type Checkpoint = Log['checkpoints']['nodes'][number]

const HOUR = 3600

/** One log: how far it has come against the quota, its checkpoints, and where there is none. */
export function LogPage() {
  const own = useWordsOf(usageWords)
  const { log: id } = useParams({ from: '/usage/$log' })
  const { at, gap } = useSearch({ from: '/usage/$log' })
  const found = useLedgerPages(
    'UsageLog',
    { id: id.toLowerCase() as Hex, first: 100 },
    at,
    ({ usageLog }) => usageLog?.checkpoints,
    { enabled: isId(id) },
  )
  const missing = <NotHere id={id} text={own.missing} />
  if (!isId(id)) return missing
  return (
    <Loaded of={found} lines={10}>
      {({ first: { usageLog: log, now }, nodes }) =>
        log ? (
          <>
            <Head log={log} now={now} gap={gap} at={at} />
            <UsageChart checkpoints={nodes} quota={BigInt(log.credential.tier.callQuota)} />
            <Checkpoints checkpoints={nodes} gap={gap} isWhole={!found.hasMore} />
            <More of={found} />
            <ProofCheck at={at} />
          </>
        ) : (
          missing
        )
      }
    </Loaded>
  )
}

function Head({ log, now, gap, at }: { log: Log; now: number; gap: number; at: number | undefined }) {
  const own = useWordsOf(usageWords)
  const { number, dateTime } = useFormats()
  const long = useDuration()
  const { credential, latest } = log
  const silent = latest ? now - latest.block.time : now - log.began.time
  const name = nameOf(credential.model)
  return (
    <header className="page-head">
      <Title text={own.logTitle(plain(name, 60))} />
      <p className="eyebrow">{own.eyebrow}</p>
      <h1>
        <ModelLink id={credential.model.id} name={name} at={at} />
      </h1>
      <FullId value={log.id} />
      <p className="actions">
        <JsonLink path={`/v1/audits/${log.id}`} at={at} />
      </p>
      <dl className="record">
        <div>
          <dt>{own.credential}</dt>
          <dd>
            <CredentialLink id={credential.id} name={credential.tier.name} at={at} /> <FullId value={credential.id} />
          </dd>
        </div>
        <div>
          <dt>{own.operator}</dt>
          <dd>
            <FullId value={log.operator} />
          </dd>
        </div>
        <div>
          <dt>{own.holder}</dt>
          <dd>
            <FullId value={credential.holder} />
          </dd>
        </div>
        <div>
          <dt>{own.began}</dt>
          <dd>
            <When time={log.began.time} /> · {own.epoch} {number(log.epoch)}
          </dd>
        </div>
        <div>
          <dt>{own.calls}</dt>
          <dd data-calls={latest?.calls ?? '0'}>
            <Quota used={BigInt(latest?.calls ?? 0)} quota={BigInt(credential.tier.callQuota)} />
          </dd>
        </div>
        <div>
          <dt>{own.tokens}</dt>
          <dd>
            <Quota used={BigInt(latest?.tokens ?? 0)} quota={BigInt(credential.tier.tokenQuota)} />
          </dd>
        </div>
        <div>
          <dt>{own.last}</dt>
          <dd>
            {latest ? <When time={latest.block.time} /> : <span className="muted">{own.none}</span>}{' '}
            {silent > gap * HOUR && <Mark tone="care">{own.gapNow(long(silent))}</Mark>}{' '}
            <span className="muted">{own.clock(dateTime(now))}</span>
          </dd>
        </div>
        <div>
          <dt>{own.exceptions}</dt>
          <dd>
            <Exceptions log={log} believed={undefined} />
          </dd>
        </div>
      </dl>
    </header>
  )
}

function Checkpoints({
  checkpoints,
  gap,
  isWhole,
}: {
  checkpoints: readonly Checkpoint[]
  gap: number
  isWhole: boolean
}) {
  const words = useWords()
  const own = useWordsOf(usageWords)
  const { number } = useFormats()
  const long = useDuration()
  if (checkpoints.length === 0) return <p className="muted">{own.noCheckpoints}</p>
  return (
    <section aria-labelledby="checkpoints">
      <h2 id="checkpoints">{own.checkpoints}</h2>
      <div className="filters">
        <GapField gap={gap} />
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="checkpoints">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.activity.when}</th>
              <th scope="col">{own.since}</th>
              <th scope="col" className="number">
                {own.records}
              </th>
              <th scope="col" className="number">
                {own.calls}
              </th>
              <th scope="col" className="number">
                {own.tokens}
              </th>
              <th scope="col">{own.root}</th>
            </tr>
          </thead>
          <tbody>
            {checkpoints.map((checkpoint, index) => {
              const before = checkpoints[index + 1]
              const since = before && checkpoint.block.time - before.block.time
              return (
                <tr key={checkpoint.size} data-size={checkpoint.size}>
                  <td>
                    {number(checkpoint.block.number)} · <When time={checkpoint.block.time} />
                  </td>
                  <td>
                    {since === undefined ? (
                      isWhole ? (
                        ''
                      ) : (
                        '…'
                      )
                    ) : since > gap * HOUR ? (
                      <Mark tone="care">{own.gapBetween(long(since))}</Mark>
                    ) : (
                      long(since)
                    )}
                  </td>
                  <td className="number">{number(BigInt(checkpoint.size))}</td>
                  <td className="number">{number(BigInt(checkpoint.calls))}</td>
                  <td className="number">{number(BigInt(checkpoint.tokens))}</td>
                  <td>
                    <ShortId value={checkpoint.root} />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}
