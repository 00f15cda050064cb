import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import {
  countUsage,
  isExceeded,
  mapConcurrent,
  type Address,
  type AnchoredUsage,
  type CredentialId,
  type LogId,
  type ModelId,
  type TierId,
} from 'stemma/core'
import type { LedgerOf, UsageFilter } from 'stemma/query'

import { useLedgerPages } from '../../api/pages.ts'
import { api, momentOf, type At } from '../../api/queries.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { CredentialLink } from '../../ui/links.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { More } from '../../ui/More.tsx'
import { nameOf } from '../../ui/names.ts'
import { Loaded, ModelLink, ShortId, When } from '../../ui/parts.tsx'
import { useDuration } from '../../ui/useDuration.ts'
import { Quota } from './Quota.tsx'
import { usageWords } from './words.ts'
import '../../style/stacks.css'
import './usage.css'

export type Log = LedgerOf<'UsageLogs'>['usageLogs']['nodes'][number]

type Level = 'h2' | 'h3'

/** Requests for operators at once. */
const AT_ONCE = 4
const HOUR = 3600

/** Usage logs that meet a filter, and what counts under each credential. */
export function UsageLogs({
  filter,
  gap,
  at,
  level,
}: {
  filter: UsageFilter
  gap: number
  at: At
  /** Of its headings: a page has them below its own, a tab below those of the page. */
  level: Level
}) {
  const Heading = level
  const own = useWordsOf(usageWords)
  const { dateTime } = useFormats()
  const found = useLedgerPages('UsageLogs', { filter, first: 50 }, at, ({ usageLogs }) => usageLogs)
  const logs = found.data?.nodes ?? []
  const publishers = [...new Set(logs.map(({ credential }) => credential.publisher))]
  const auditors = useQuery({
    queryKey: ['ledger', at ?? 'now', 'auditors', publishers],
    queryFn: () => readAuditors(publishers, at),
    enabled: publishers.length > 0,
  })
  return (
    <>
      <Loaded of={found} lines={6}>
        {({ first: { now }, nodes }) =>
          nodes.length === 0 ? (
            <p className="notice">{own.empty}</p>
          ) : (
            <>
              {auditors.data && (
                <Counted logs={nodes} auditors={auditors.data} isPart={found.hasMore} at={at} level={level} />
              )}
              <section aria-labelledby="logs">
                <Heading id="logs">{own.logs}</Heading>
                <p className="hint">{own.clock(dateTime(now))}</p>
                <LogTable logs={nodes} auditors={auditors.data} now={now} gap={gap} at={at} />
              </section>
            </>
          )
        }
      </Loaded>
      <More of={found} />
    </>
  )
}

type Auditors = ReadonlyMap<string, ReadonlySet<string>>

/** The operators that publishers have authorised to anchor usage logs. */
async function readAuditors(publishers: readonly Address[], at: At): Promise<Auditors> {
  const read = await mapConcurrent(publishers, AT_ONCE, async (address) => {
    const { publisher } = await api.query('Publisher', { address, first: 0, ...momentOf(at) })
    return publisher.operators.filter(({ scopes }) => scopes.includes('audit')).map(({ account }) => account)
  })
  return new Map(publishers.map((publisher, index) => [publisher, new Set<string>([publisher, ...read[index]!])]))
}

/** A log as what was anchored in it, beside the quotas of its tier. */
function anchoredOf({ id, operator, epoch, credential, latest }: Log): AnchoredUsage {
  return {
    operator,
    log: id as LogId,
    epoch,
    credential: credential.id as CredentialId,
    model: credential.model.id as ModelId,
    tier: credential.tier.id as TierId,
    holder: credential.holder,
    calls: BigInt(latest?.calls ?? 0),
    tokens: BigInt(latest?.tokens ?? 0),
    callQuota: BigInt(credential.tier.callQuota),
    tokenQuota: BigInt(credential.tier.tokenQuota),
  }
}

function Counted({
  logs,
  auditors,
  isPart,
  at,
  level: Heading,
}: {
  logs: readonly Log[]
  auditors: Auditors
  isPart: boolean
  at: At
  level: Level
}) {
  const own = useWordsOf(usageWords)
  const publisherOf = new Map(logs.map(({ credential }) => [credential.id as string, credential.publisher]))
  const first = new Map(logs.map((log) => [log.credential.id as string, log.credential]))
  const counted = countUsage(
    logs.map(anchoredOf),
    ({ operator, credential }) => auditors.get(publisherOf.get(credential)!)?.has(operator) ?? false,
  )
  return (
    <section aria-labelledby="counted">
      <Heading id="counted">{own.counted}</Heading>
      <p className="hint">{own.countedHint}</p>
      {isPart && <p className="notice">{own.countedSome}</p>}
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="counted">
        <table className="stacks">
          <thead>
            <tr>
              <th scope="col">{own.credential}</th>
              <th scope="col">{own.model}</th>
              <th scope="col">{own.calls}</th>
              <th scope="col">{own.tokens}</th>
              <th scope="col">{own.operators}</th>
            </tr>
          </thead>
          <tbody>
            {counted.map(({ credential, counts }) => {
              const known = first.get(credential)!
              const operators = [...new Set(counts.flatMap((each) => each.operators))]
              return (
                <tr key={credential} data-counted={credential} data-exceeded={counts.some(isExceeded)}>
                  <td data-label={own.credential}>
                    <CredentialLink id={credential} name={known.tier.name} at={at} /> <ShortId value={credential} />
                  </td>
                  <td data-label={own.model}>
                    <ModelLink id={known.model.id} name={nameOf(known.model)} at={at} />
                  </td>
                  {counts.map(({ kind, used, quota }) => (
                    <td key={kind} data-label={own[kind]} data-used={String(used)}>
                      <Quota used={used} quota={quota} />
                    </td>
                  ))}
                  <td data-label={own.operators}>
                    {operators.map((operator) => (
                      <span key={operator} className="stacked">
                        <ShortId value={operator} />
                      </span>
                    ))}
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

function LogTable({
  logs,
  auditors,
  now,
  gap,
  at,
}: {
  logs: readonly Log[]
  auditors: Auditors | undefined
  now: number
  gap: number
  at: At
}) {
  const own = useWordsOf(usageWords)
  const { number } = useFormats()
  const long = useDuration()
  return (
    <div className="scroll" tabIndex={0} role="region" aria-labelledby="logs">
      <table className="stacks">
        <thead>
          <tr>
            <th scope="col">{own.log}</th>
            <th scope="col">{own.model}</th>
            <th scope="col">{own.operator}</th>
            <th scope="col" className="number">
              {own.calls}
            </th>
            <th scope="col" className="number">
              {own.tokens}
            </th>
            <th scope="col">{own.last}</th>
            <th scope="col">{own.exceptions}</th>
          </tr>
        </thead>
        <tbody>
          {logs.map((log) => {
            const { credential, latest } = log
            const silent = latest ? now - latest.block.time : 0
            return (
              <tr key={log.id} data-log={log.id}>
                <td data-label={own.log}>
                  <Link to="/usage/$log" params={{ log: log.id }} search={{ at, gap }}>
                    <ShortId value={log.id} />
                  </Link>
                </td>
                <td data-label={own.model}>
                  <ModelLink id={credential.model.id} name={nameOf(credential.model)} at={at} />
                  <br />
                  <CredentialLink id={credential.id} name={credential.tier.name} at={at} />
                </td>
                <td data-label={own.operator}>
                  <ShortId value={log.operator} />
                </td>
                <td className="number" data-label={own.calls}>
                  {number(BigInt(latest?.calls ?? 0))}
                </td>
                <td className="number" data-label={own.tokens}>
                  {number(BigInt(latest?.tokens ?? 0))}
                </td>
                <td data-label={own.last}>
                  {latest ? <When time={latest.block.time} /> : <span className="muted">{own.none}</span>}
                  {latest && silent > gap * HOUR && (
                    <>
                      <br />
                      <Mark tone="care">{own.gapNow(long(silent))}</Mark>
                    </>
                  )}
                </td>
                <td className="wrapping" data-label={own.exceptions}>
                  <Exceptions log={log} believed={auditors?.get(credential.publisher)} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** What of a log a reader has to know before relying on it. */
export function Exceptions({ log, believed }: { log: Log; believed: ReadonlySet<string> | undefined }) {
  const own = useWordsOf(usageWords)
  const { number } = useFormats()
  const { credential, latest, epoch, operator } = log
  const notServed = latest ? BigInt(latest.size) - BigInt(latest.calls) : 0n
  const words = [
    ...(believed && !believed.has(operator) ? [operator === credential.holder ? own.ownLog : own.unbelieved] : []),
    ...(notServed > 0n ? [own.notServed(Number(notServed), number(notServed))] : []),
    ...(epoch > 0 ? [own.reopened(number(epoch))] : []),
    ...(credential.valid ? [] : [own.credentialEnded]),
    ...(latest && latest.block.time >= credential.validUntil ? [own.afterEnd] : []),
  ]
  if (words.length === 0) return <span className="muted">{own.noExceptions}</span>
  return (
    <ul className="plain-list">
      {words.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  )
}
