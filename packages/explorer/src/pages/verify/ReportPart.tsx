import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { Report } from 'stemma/verify'

import { useStatus, type At } from '../../api/queries.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { Failure, FullId, Loaded, ModelLink, Name, ShortId, VerdictMark } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { plain } from '../../ui/plain.ts'
import { Checked } from './Checked.tsx'
import { compareReports } from './compare.ts'
import { readReport, reportInFragment, type GivenFinding, type GivenReport } from './report.ts'
import { verifyWords } from './words.ts'

/** A report in the fragment of the address, which no server received. */
export function SharedReport({ fragment }: { fragment: string }) {
  const words = useWordsOf(verifyWords).report
  const read = useQuery({
    queryKey: ['shared', fragment],
    queryFn: () => reportInFragment(fragment),
    retry: false,
    staleTime: Infinity,
  })
  if (read.error) return <Unreadable title={words.link} error={read.error} />
  return <Loaded of={read}>{(value) => <ReportPart value={value} />}</Loaded>
}

/** A report that somebody gave, against what the ledger answers as of its block and now. */
export function ReportPart({ value }: { value: unknown }) {
  const words = useWordsOf(verifyWords)
  let reports: readonly GivenReport[]
  try {
    reports = readReport(value)
  } catch (error) {
    return <Unreadable title={words.report.invalid} error={error} />
  }
  return (
    <section aria-labelledby="report">
      <h2 id="report">{words.report.title}</h2>
      <p className="hint">{words.report.unsigned}</p>
      {reports.map((given, index) => (
        <OneReport key={index} given={given} />
      ))}
      <Checked
        checked={[words.report.checked, words.checked.verdict]}
        unchecked={[words.report.unchecked, words.report.noWriter, words.unchecked.chain]}
      />
    </section>
  )
}

function Unreadable({ title, error }: { title: string; error: unknown }) {
  return (
    <div className="notice failure" role="alert">
      <strong>{title}</strong>
      <p lang="en">{plain(error instanceof Error ? error.message : String(error), 500)}</p>
    </div>
  )
}

function useAnswer({ model, use, licensee, trusted }: GivenReport, at: At, enabled: boolean): UseQueryResult<Report> {
  const question = {
    use,
    ...(!/^0x0+$/.test(licensee) && { licensee }),
    ...(trusted.length > 0 && { trust: trusted }),
  }
  return useQuery({
    queryKey: ['ledger', at ?? 'now', 'report', model, question],
    queryFn: async () => (await (await import('../../api/verdict.ts')).answer(model, question, at)).report,
    enabled,
  })
}

function OneReport({ given }: { given: GivenReport }) {
  const words = useWordsOf(verifyWords).report
  const { uses, everybody } = useWords()
  const status = useStatus()
  const isOurs = status.data !== undefined && String(status.data.chainId) === String(given.chainId)
  const then = useAnswer(given, given.block, isOurs)
  const now = useAnswer(given, undefined, isOurs)
  const { number } = useFormats()
  if (status.data && !isOurs) return <p className="notice failure">{words.otherChain(String(given.chainId))}</p>
  return (
    <article className="given">
      <h3>
        <ModelLink id={given.model} name={given.name} at={undefined} />
      </h3>
      <FullId value={given.model} />
      <p>
        {uses[given.use]} · {words.who} {/^0x0+$/.test(given.licensee) ? everybody : <ShortId value={given.licensee} />}
      </p>
      <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
        <table>
          <thead>
            <tr>
              <td />
              {words.source.map((each) => (
                <th key={each} scope="col">
                  {each}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{words.verdict}</th>
              <td data-said={given.verdict}>
                <VerdictMark verdict={given.verdict} />
              </td>
              <td data-then={then.data?.verdict}>{then.data && <VerdictMark verdict={then.data.verdict} />}</td>
              <td data-now={now.data?.verdict}>{now.data && <VerdictMark verdict={now.data.verdict} />}</td>
            </tr>
            <tr>
              <th scope="row">{words.block}</th>
              <td>{number(given.block)}</td>
              <td>{then.data && number(then.data.block)}</td>
              <td>{now.data && number(now.data.block)}</td>
            </tr>
          </tbody>
        </table>
      </div>
      {then.error ? <Failure error={then.error} retry={() => void then.refetch()} /> : null}
      {now.error ? <Failure error={now.error} retry={() => void now.refetch()} /> : null}
      {then.data && now.data && <Comparison given={given} then={then.data} now={now.data} />}
    </article>
  )
}

function Comparison({ given, then, now }: { given: GivenReport; then: Report; now: Report }) {
  const words = useWordsOf(verifyWords).report
  const before = compareReports(given, then)
  const today = compareReports(given, now)
  const outcome = before.isSame
    ? today.isSame
      ? words.same
      : `${words.sameThen} ${words.otherNow}`
    : `${words.otherThen} ${today.isSame ? words.sameNow : ''}`
  return (
    <>
      <p
        className={before.isSame ? 'notice' : 'notice failure'}
        role="status"
        data-outcome={before.isSame && today.isSame ? 'same' : 'other'}
      >
        {outcome}
      </p>
      <Findings title={words.only[0]!} findings={before.gone} />
      <Findings title={words.only[1]!} findings={before.fresh} />
      {!today.isSame && (
        <Findings title={words.only[2]!} findings={today.fresh.filter((each) => !isIn(before.fresh, each))} />
      )}
    </>
  )
}

function isIn(findings: readonly GivenFinding[], { code, model, right }: GivenFinding): boolean {
  return findings.some((each) => each.code === code && each.model === model && each.right === right)
}

/** Most findings of a kind that are listed. */
const MOST = 20

function Findings({ title, findings }: { title: string; findings: readonly GivenFinding[] }) {
  const { more } = useWords()
  if (findings.length === 0) return null
  return (
    <>
      <h4>{title}</h4>
      <ul className="cards">
        {findings.slice(0, MOST).map(({ code, reason, model }, index) => (
          <li key={index} lang="en">
            <code>{plain(code, 60)}</code> {plain(reason, 600)} {model !== '' && <ShortId value={model} />}
          </li>
        ))}
      </ul>
      {findings.length > MOST && (
        <p className="muted">
          {more}: {findings.length - MOST} <Name text={title} />
        </p>
      )}
    </>
  )
}
