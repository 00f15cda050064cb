import type { ReactNode } from 'react'
import type { Obligation, Right } from 'stemma/core'
import type { LicenseEntry } from 'stemma/documents'
import { factWords } from 'stemma/verify'

import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { Mark, type Tone } from '../../ui/Mark.tsx'
import { Name } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import {
  isSameRow,
  matrixOf,
  paired,
  thresholdKey,
  type Paired,
  type Stance,
  type Terms,
  type Threshold,
} from './compare.ts'
import { licenseWords } from './words.ts'

export type Entry = LicenseEntry

type Compared = {
  terms: Terms
  other: Terms | undefined
  /** The entries of both in the license library, with their clauses. */
  entry: Entry | undefined
  entryOfOther: Entry | undefined
}

const TONES: Readonly<Record<Stance, Tone>> = {
  gives: 'good',
  withholds: 'bad',
  open: 'open',
  depends: 'care',
  doubtful: 'care',
}

/** What terms do with each right, under which conditions, and by which clause. */
export function RightsMatrix({ terms, other, entry, entryOfOther }: Compared) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  const others = other && matrixOf(other)
  const known = [[terms, entry] as const, [other, entryOfOther] as const].filter(
    (each): each is [Terms, Entry] => each[0] !== undefined && each[1] !== undefined,
  )
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">{own.matrix}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="matrix">
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">{own.right}</th>
              <th scope="col">{nameIn(terms)}</th>
              {other && <th scope="col">{nameIn(other)}</th>}
              {other && <th scope="col">{own.compared}</th>}
              <th scope="col">{own.conditions}</th>
              {known.length > 0 && <th scope="col">{own.clause}</th>}
            </tr>
          </thead>
          <tbody>
            {matrixOf(terms).map((row, index) => {
              const beside = others?.[index]
              const isSame = !beside || isSameRow(row, beside)
              return (
                <tr key={row.right} data-right={row.right} data-stance={row.stance}>
                  <th scope="row">{words.uses[row.right]}</th>
                  <td>
                    <Mark tone={TONES[row.stance]}>{own[row.stance]}</Mark>
                  </td>
                  {beside && (
                    <td data-beside={beside.stance}>
                      <Mark tone={TONES[beside.stance]}>{own[beside.stance]}</Mark>
                    </td>
                  )}
                  {beside && <td className={isSame ? 'muted' : 'differs'}>{isSame ? own.same : own.differs}</td>}
                  <td className="conditions">
                    <Conditions thresholds={row.thresholds} duties={row.duties} of={beside && terms} />
                    {beside && !isSame && (
                      <Conditions thresholds={beside.thresholds} duties={beside.duties} of={other} />
                    )}
                  </td>
                  {known.length > 0 && (
                    <td className="clause" lang="en">
                      {known.map(([of, { rights }], at) => (
                        <p key={at}>
                          {other && <strong>{nameIn(of)}</strong>} {plain(rights[row.right].clause, 500)}
                        </p>
                      ))}
                    </td>
                  )}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <p className="hint">{own.matrixHint}</p>
    </section>
  )
}

function Conditions({
  thresholds,
  duties,
  of,
}: {
  thresholds: readonly Threshold[]
  duties: readonly Obligation[]
  /** The terms, where those of two stand in one cell. */
  of: Terms | undefined
}) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  if (thresholds.length + duties.length === 0) return null
  return (
    <>
      {of && <strong>{nameIn(of)}</strong>}
      <ul>
        {thresholds.map((threshold) => (
          <li key={thresholdKey(threshold)}>
            {threshold.doubtful ? own.uncertain : own.lost} <Beyond threshold={threshold} />
          </li>
        ))}
        {duties.map((duty) => (
          <li key={duty}>
            {own.raises} {words.obligations[duty]}
          </li>
        ))}
      </ul>
    </>
  )
}

/** What terms demand, and which uses raise it. */
export function DutyTable({ terms, other, entry, entryOfOther }: Compared) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  const hasClauses = entry !== undefined || entryOfOther !== undefined
  const rows = paired(terms.duties, other?.duties, ({ obligation, uses }) => `${obligation} ${[...uses].toSorted()}`)
  return (
    <Section id="duties" title={own.duties} empty={rows.length === 0 ? own.noDuties : undefined}>
      <thead>
        <tr>
          <th scope="col">{own.duty}</th>
          <th scope="col">{own.when}</th>
          {other && <th scope="col">{own.compared}</th>}
          {hasClauses && <th scope="col">{own.words}</th>}
          {hasClauses && <th scope="col">{own.clause}</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const { obligation, uses } = row.item
          const known = row.place === 'other' ? entryOfOther : entry
          const clause = known?.obligations.find((each) => each.obligation === obligation)
          return (
            <tr key={`${obligation} ${row.place}`} data-duty={obligation}>
              <th scope="row">{words.obligations[obligation]}</th>
              <td>{listOf(words.uses, uses)}</td>
              {other && <Place of={row} terms={terms} other={other} />}
              {hasClauses && <td lang="en">{plain(clause?.display ?? clause?.prefix ?? clause?.detail ?? '', 500)}</td>}
              {hasClauses && <Clause text={clause?.clause ?? ''} />}
            </tr>
          )
        })}
      </tbody>
    </Section>
  )
}

/** What changes when the licensee is large, or is somewhere, or has no agreement. */
export function ThresholdTable({ terms, other, entry, entryOfOther }: Compared) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  const hasClauses = entry !== undefined || entryOfOther !== undefined
  const rows = paired(terms.thresholds, other?.thresholds, thresholdKey)
  return (
    <Section id="thresholds" title={own.thresholds} empty={rows.length === 0 ? own.noThresholds : undefined}>
      <thead>
        <tr>
          <th scope="col">{own.threshold}</th>
          <th scope="col">{own.withdraws}</th>
          <th scope="col">{own.adds}</th>
          {other && <th scope="col">{own.compared}</th>}
          {hasClauses && <th scope="col">{own.clause}</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const { item } = row
          const known = (row.place === 'other' ? entryOfOther : entry)?.thresholds.find(
            ({ measure, limit, withdraws }) =>
              measure === item.fact && String(limit) === item.limit && withdraws.join() === item.withdraws.join(),
          )
          return (
            <tr key={`${thresholdKey(item)} ${row.place}`} data-threshold={item.fact}>
              <th scope="row">
                <Beyond threshold={item} />
              </th>
              <td>
                {item.doubtful && `${own.uncertain} `}
                {listOf(words.uses, item.withdraws)}
              </td>
              <td>
                {item.adds.map((each) => words.obligations[each]).join(', ')}
                {item.adds.length > 0 && item.uses.length > 0 && (
                  <span className="muted"> ({listOf(words.uses, item.uses)})</span>
                )}
              </td>
              {other && <Place of={row} terms={terms} other={other} />}
              {hasClauses && <Clause text={known?.clause ?? ''} />}
            </tr>
          )
        })}
      </tbody>
    </Section>
  )
}

function Section({
  id,
  title,
  empty,
  children,
}: {
  id: string
  title: string
  empty: string | undefined
  children: ReactNode
}) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {empty !== undefined ? (
        <p className="muted">{empty}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-labelledby={id}>
          <table className="matrix">{children}</table>
        </div>
      )}
    </section>
  )
}

function Beyond({ threshold: { fact, limit } }: { threshold: Pick<Threshold, 'fact' | 'limit'> }) {
  const { terms: own } = useWordsOf(licenseWords)
  const { number } = useFormats()
  const { words, isYesOrNo } = factWords(fact)
  if (isYesOrNo) return <span lang="en">{plain(words, 200)}</span>
  return <span lang="en">{own.above(plain(words, 200), number(BigInt(limit)))}</span>
}

function Place({ of, terms, other }: { of: Paired<unknown>; terms: Terms; other: Terms }) {
  const { terms: own } = useWordsOf(licenseWords)
  if (of.place === 'both') return <td className="muted">{own.both}</td>
  return (
    <td className="differs">
      <Name text={own.onlyHere(nameIn(of.place === 'one' ? terms : other))} />
    </td>
  )
}

function Clause({ text }: { text: string }) {
  return (
    <td className="clause" lang="en">
      {plain(text, 500)}
    </td>
  )
}

function listOf(words: Readonly<Record<Right, string>>, uses: readonly Right[]): string {
  return uses.map((use) => words[use]).join(', ')
}

function nameIn({ name, id }: Terms): string {
  return plain(name ?? '', 60) || id.slice(0, 10)
}
