import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId, useState, type FormEvent } from 'react'
import { RIGHT_NAMES, wordsToShow, type ModelId, type Right } from 'stemma/core'
import { factWords } from 'stemma/verify'

import type { At } from '../../api/queries.ts'
import type { Answered } from '../../api/verdict.ts'
import { accountOf, type Question } from '../../app/address.ts'
import { useSettings, useWords } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { DecidingFacts } from './DecidingFacts.tsx'
import { draftOf, factsIn, PolicyFields, policyIn } from './PolicyFields.tsx'
import { RuleAnswers } from './RuleAnswers.tsx'
import { Advice } from '../../ui/Advice.tsx'
import { ModelLink, Loaded, Name, ShortId, VerdictMark, When } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'

/** Most models of a chain of rights that the page lists; the map has all. */
const MOST = 12
const SIGNS = { gives: '✓', withholds: '✗', silent: '?', doubtful: '~' } as const

type Asked = { model: ModelId; name: string; question: Question; at: At }

/** The answer in one sentence, why, what to do, the chain of rights, and the duties. */
export function VerdictPart(asked: Asked) {
  const words = useWords()
  const { model, question, at } = asked
  const answered = useQuery({
    queryKey: ['ledger', at ?? 'now', 'verdict', model, question],
    queryFn: async () => (await import('../../api/verdict.ts')).answer(model, question, at),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <section aria-labelledby="verdict" className="verdict-part" aria-busy={answered.isFetching}>
        <h2 id="verdict" className="visually-hidden">
          {words.map.answer}
        </h2>
        <Loaded of={answered} lines={5}>
          {(data) => <Sentence {...data} />}
        </Loaded>
        <QuestionForm question={question} deciding={answered.data?.report.deciding.map(({ fact }) => fact) ?? []} />
      </section>
      {answered.data && <Rights {...answered.data} at={at} />}
      {answered.data && <Duties {...answered.data} />}
    </>
  )
}

function Sentence({ report, names }: Answered) {
  const { words, language } = useSettings()
  const { verdict, findings, licensee } = report
  const decisive = findings.filter(({ severity }) => severity === 'blocking' || severity === 'unknown')
  const others = findings.filter(({ severity }) => severity === 'warning')
  const [first, ...more] = decisive
  const who = /^0x0+$/.test(licensee) ? words.everybody : licensee
  const use = words.uses[report.use]
  return (
    <div className={`answer ${verdict}`}>
      <p className="sentence">
        {language === 'en' ? `${use.charAt(0).toUpperCase()}${use.slice(1)} by ` : ''}
        {who.startsWith('0x') ? <ShortId value={who} /> : who}
        {language === 'en' ? ': ' : `${use}：`}
        <VerdictMark verdict={verdict} />
      </p>
      {first && <Reason finding={first} names={names} />}
      {more.length > 0 && (
        <details>
          <summary>
            {words.more} ({more.length})
          </summary>
          {more.map((finding, index) => (
            <Reason key={index} finding={finding} names={names} />
          ))}
        </details>
      )}
      {others.length > 0 && (
        <details>
          <summary>
            {words.model.otherFindings} ({others.length})
          </summary>
          {others.map((finding, index) => (
            <Reason key={index} finding={finding} names={names} />
          ))}
        </details>
      )}
      <DecidingFacts deciding={report.deciding} />
      <RuleAnswers rules={report.rules ?? []} />
      <p className="hint">
        {words.model.checked} {words.activity.when} {report.block} · <When time={report.at} />
      </p>
    </div>
  )
}

function Reason({ finding, names }: { finding: Answered['report']['findings'][number]; names: Answered['names'] }) {
  const words = useWords()
  return (
    <div className="reason" lang="en">
      <p>
        {plain(finding.reason, 1000)}{' '}
        <a href={finding.docs} className="code" rel="noreferrer">
          {finding.code}
        </a>
      </p>
      {finding.path.length > 1 && (
        <p className="path">
          {finding.path.map((id, index) => (
            <span key={id}>
              {index > 0 && ' ← '}
              <Name text={names.get(id) ?? ''} id={id} />
            </span>
          ))}
        </p>
      )}
      <Advice text={finding.remedy} label={words.model.remedy} />
    </div>
  )
}

/** The question, which is kept in the address. */
function QuestionForm({ question, deciding }: { question: Question; deciding: readonly string[] }) {
  const words = useWords()
  const ask = useChange<Question>()
  const id = useId()
  const [licensee, setLicensee] = useState(question.licensee ?? '')
  const [policy, setPolicy] = useState(() => draftOf(question))
  const [facts, setFacts] = useState<Readonly<Record<string, string>>>(question.facts ?? {})
  const names = [...new Set([...deciding, ...Object.keys(question.facts ?? {})])]
  const stated = policyIn(policy)
  const all = { ...factsIn(policy.facts), ...facts }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
  const wrong =
    (licensee.trim() !== '' && !accountOf(licensee.trim())) ||
    stated === undefined ||
    !Object.values(given).every((value) => /^\d{1,30}$/.test(value))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (wrong) return
    ask({
      licensee: accountOf(licensee.trim()),
      ...stated,
      facts: Object.keys(given).length === 0 ? undefined : given,
    })
  }
  return (
    <form className="question" onSubmit={submit}>
      <div className="field">
        <label htmlFor={`${id}-use`}>{words.model.use}</label>
        <select id={`${id}-use`} value={question.use} onChange={(event) => ask({ use: event.target.value as Right })}>
          {RIGHT_NAMES.map((right) => (
            <option key={right} value={right}>
              {words.uses[right]}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-licensee`}>{words.model.licensee}</label>
        <input
          id={`${id}-licensee`}
          value={licensee}
          placeholder={words.model.licenseeHint}
          spellCheck={false}
          onChange={(event) => setLicensee(event.target.value)}
        />
      </div>
      {names.length > 0 && (
        <fieldset>
          <legend>{words.model.dependsOn}</legend>
          {names.map((name) => (
            <FactField
              key={name}
              name={name}
              value={facts[name] ?? ''}
              set={(value) => setFacts({ ...facts, [name]: value })}
            />
          ))}
        </fieldset>
      )}
      <PolicyFields policy={policy} set={setPolicy} />
      {wrong && (
        <p className="invalid" role="alert">
          {words.model.invalidAddress}
        </p>
      )}
      <button type="submit" className="primary">
        {words.model.ask}
      </button>
    </form>
  )
}

/** An address may name a fact that does not exist: then the answer says so, and the form stays to mend it. */
function wordsOf(name: string): Pick<ReturnType<typeof factWords>, 'words' | 'isYesOrNo'> {
  try {
    return factWords(name)
  } catch {
    return { words: plain(name, 100), isYesOrNo: false }
  }
}

function FactField({ name, value, set }: { name: string; value: string; set: (value: string) => void }) {
  const words = useWords()
  const id = useId()
  const fact = wordsOf(name)
  const label = `${fact.words.charAt(0).toUpperCase()}${fact.words.slice(1)}`
  return (
    <div className="field">
      <label htmlFor={id} lang="en">
        {label}
      </label>
      {fact.isYesOrNo ? (
        <select id={id} value={value} onChange={(event) => set(event.target.value)}>
          <option value="">{words.model.yesNo.any}</option>
          <option value="1">{words.model.yesNo.yes}</option>
          <option value="0">{words.model.yesNo.no}</option>
        </select>
      ) : (
        <input
          id={id}
          inputMode="numeric"
          pattern="\d{1,30}"
          title={words.model.invalidFact}
          value={value}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </div>
  )
}

function Rights({ report, chain, at }: Answered & { at: At }) {
  const words = useWords()
  // The model, and what is nearest to the roots and to it.
  const listed = chain.length <= MOST ? chain : [...chain.slice(0, MOST / 2), ...chain.slice(-MOST / 2)]
  return (
    <section aria-labelledby="rights">
      <h2 id="rights">{words.model.rights}</h2>
      <p className="hint">{words.model.rightsHint}</p>
      <ol className="chain">
        {listed.map((each) => (
          <li key={each.id} className={each.gives} aria-current={each.id === report.model ? 'true' : undefined}>
            <span className="gives">
              <span aria-hidden="true">{SIGNS[each.gives]}</span> {words.model[each.gives]}: {words.uses[each.right]}
            </span>
            <span className="who">
              {each.external ? (
                <Name text={each.name} id={each.id} />
              ) : (
                <ModelLink id={each.id} name={each.name} at={at} />
              )}
              <span className="muted">
                {' '}
                · {each.external ? words.model.external : <Name text={each.license || words.notStated} />}
              </span>
            </span>
            {each.rights.length > 0 && (
              <details>
                <summary>{words.model.allRights}</summary>
                {each.rights.map((right) => words.uses[right]).join(', ')}
              </details>
            )}
          </li>
        ))}
      </ol>
      {listed.length < chain.length && (
        <p className="muted">{words.model.ancestorsMore(String(chain.length - listed.length))}</p>
      )}
    </section>
  )
}

function Duties({ report, names }: Answered) {
  const words = useWords()
  return (
    <section aria-labelledby="duties">
      <h2 id="duties">{words.model.duties}</h2>
      {report.obligations.length === 0 ? (
        <p className="muted">{words.model.noDuties}</p>
      ) : (
        <ul className="duties">
          {report.obligations.map((duty, index) => (
            <li key={index}>
              <p>
                <strong>{words.obligations[duty.obligation]}</strong>{' '}
                <span className="tag">
                  {duty.fulfilled ? words.model.fulfilled : duty.certain ? words.model.certain : words.model.uncertain}
                </span>
              </p>
              {wordsToShow(duty).map((line) => (
                <p key={line} lang="en" className="to-show">
                  {plain(line, 1000)}
                </p>
              ))}
              <p className="muted">
                {words.model.dutyOf(
                  plain(duty.license || words.notStated, 80),
                  plain(names.get(duty.model) ?? duty.model, 80),
                )}
                {duty.clause && <span lang="en"> · {plain(duty.clause, 300)}</span>}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
