import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState, type DragEvent, type ReactNode } from 'react'
import type { UsageProof } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

import { api, momentOf, type At } from '../../api/queries.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { FileButton } from '../../ui/FileButton.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Failure, FullId, When } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import { checkProof, MOST_TEXT, rootsOf, type Checked } from './checkProof.ts'
import { usageWords } from './words.ts'

/** A field for a proof or a receipt, which is checked here and goes nowhere. */
export function ProofCheck({ at }: { at: At }) {
  const { proof: own } = useWordsOf(usageWords)
  const id = useId()
  const [text, setText] = useState('')
  const [isOver, setOver] = useState(false)
  const checked = useQuery({
    queryKey: ['proof', text],
    queryFn: () => checkProof(text),
    enabled: text.trim() !== '',
    staleTime: Infinity,
    gcTime: 0,
  })
  const read = async (file: File | undefined): Promise<void> => {
    // A file that is too long is not read whole: its beginning is refused for its length.
    if (file) setText(await file.slice(0, MOST_TEXT + 1).text())
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    void read(event.dataTransfer.files[0])
  }
  return (
    <section aria-labelledby={`${id}-title`} className="proof-check">
      <h2 id={`${id}-title`}>{own.title}</h2>
      <p className="muted">{own.lead}</p>
      <div
        className={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <div className="field">
          <label htmlFor={`${id}-text`}>{own.paste}</label>
          <textarea
            id={`${id}-text`}
            rows={5}
            value={text}
            spellCheck={false}
            onChange={(event) => setText(event.target.value.slice(0, MOST_TEXT + 1))}
          />
        </div>
        <p className="actions">
          <FileButton text={own.file} accept=".json,application/json" onFile={(file) => void read(file)} />
          <span className="muted">{own.drop}</span>
          {text !== '' && (
            <button type="button" onClick={() => setText('')}>
              {own.clear}
            </button>
          )}
        </p>
      </div>
      <div role="status">
        {text.trim() !== '' && checked.data && <Result checked={checked.data} at={at} key={text} />}
        {text.trim() !== '' && checked.error && <Failure error={checked.error} />}
      </div>
    </section>
  )
}

function Result({ checked, at }: { checked: Checked; at: At }) {
  const { proof: own } = useWordsOf(usageWords)
  const { number } = useFormats()
  if (checked.kind === 'refused') {
    const words = {
      'too-long': own.tooLong(number(MOST_TEXT)),
      'not-json': own.notJson,
      neither: own.neither,
      invalid: own.fails,
    }
    return (
      <div className="answer not-permitted" data-proof="refused">
        <p className="sentence">
          <Mark tone="bad">{words[checked.why]}</Mark>
        </p>
        {checked.message !== '' && <p lang="en">{plain(checked.message, 500)}</p>}
      </div>
    )
  }
  const isHolding = checked.kind === 'proof' ? checked.holds : checked.fault === undefined
  return (
    <div className={isHolding ? 'answer permitted' : 'answer not-permitted'} data-proof={isHolding ? 'holds' : 'fails'}>
      <p className="sentence">
        <Mark tone={isHolding ? 'good' : 'bad'}>{isHolding ? own.holds : own.fails}</Mark>
      </p>
      {checked.kind === 'receipt' &&
        (checked.fault === undefined ? <p>{own.receiptHolds}</p> : <p lang="en">{checked.fault}</p>)}
      {checked.kind === 'receipt' && checked.isUnsupported && <p>{own.unsupported}</p>}
      <Statement proof={checked.proof} isHolding={isHolding} />
      <Details checked={checked} />
      {isHolding && <Anchored proof={checked.proof} at={at} />}
      <p className="hint">{own.notChecked}</p>
    </div>
  )
}

function Statement({ proof, isHolding }: { proof: UsageProof; isHolding: boolean }) {
  const { proof: own } = useWordsOf(usageWords)
  const { number } = useFormats()
  if (proof.usageProof === 'record') {
    const parts = [number(proof.record.index), number(proof.size)] as const
    return <p>{isHolding ? own.record(...parts) : own.recordNot(...parts)}</p>
  }
  const parts = [number(proof.second), number(proof.first)] as const
  return <p>{isHolding ? own.consistency(...parts) : own.consistencyNot(...parts)}</p>
}

function Details({ checked }: { checked: Exclude<Checked, { kind: 'refused' }> }) {
  const words = useWords()
  const { proof: own } = useWordsOf(usageWords)
  const { number } = useFormats()
  const { proof } = checked
  const record = proof.usageProof === 'record' ? proof.record : undefined
  const rows: readonly (readonly [string, ReactNode])[] = [
    [own.fields.operator, <FullId value={proof.operator} />],
    [own.fields.credential, <FullId value={proof.credential} />],
    [own.fields.log, <FullId value={proof.log} />],
    ...rootsOf(proof).map(
      ({ size, root }) => [`${own.fields.root} (${number(size)})`, <FullId value={root} />] as const,
    ),
    ...(record
      ? ([
          ...(record.call === undefined ? [] : [[own.fields.call, <code>{record.call}</code>] as const]),
          [own.fields.time, <When time={record.time} />],
          [own.fields.use, words.uses[record.use]],
          [own.fields.outcome, <span lang="en">{record.outcome}</span>],
          [own.fields.tokens, `${number(record.inputTokens)}, ${number(record.outputTokens)}`],
        ] as const)
      : []),
    ...(checked.kind === 'receipt' ? [[own.fields.sealed, <When time={checked.receipt.time} />] as const] : []),
  ]
  return (
    <dl className="record tight">
      {rows.map(([label, value], index) => (
        <div key={index}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Whether the roots are anchored: asked only when the reader says so, because the id of the log leaves the page then. */
function Anchored({ proof, at }: { proof: UsageProof; at: At }) {
  const { proof: own } = useWordsOf(usageWords)
  const { number } = useFormats()
  const asked = useMutation({ mutationFn: () => readRoots(proof, at) })
  if (asked.data) {
    if (asked.data === 'no-log') return <Mark tone="open">{own.noLog}</Mark>
    const found = asked.data
    return (
      <ul className="plain-list">
        {rootsOf(proof).map(({ size, root }) => {
          const anchored = found.get(size)
          const [tone, words] =
            anchored === undefined
              ? (['open', own.notAnchored(number(size))] as const)
              : anchored === root
                ? (['good', own.anchored(number(size))] as const)
                : (['bad', own.otherRoot(number(size))] as const)
          return (
            <li key={size} data-anchored={tone}>
              <Mark tone={tone}>{words}</Mark>
            </li>
          )
        })}
      </ul>
    )
  }
  return (
    <>
      <p>{own.unasked}</p>
      {asked.error && <Failure error={asked.error} />}
      <p className="actions">
        <button type="button" disabled={asked.isPending} onClick={() => asked.mutate()}>
          {asked.isPending ? own.asking : own.ask}
        </button>
        <span className="muted">{own.askHint}</span>
      </p>
    </>
  )
}

/** Most pages of checkpoints that are looked through. */
const MOST_PAGES = 50

/** The anchored roots of a log by their sizes, back to the smallest size that a proof speaks of. */
async function readRoots(proof: UsageProof, at: At): Promise<ReadonlyMap<number, string> | 'no-log'> {
  const roots = new Map<number, string>()
  const least = Math.min(...rootsOf(proof).map(({ size }) => size))
  let after: string | null = null
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const ledger: LedgerOf<'UsageLog'> = await api.query('UsageLog', {
      id: proof.log,
      first: 100,
      ...(after !== null && { after }),
      ...momentOf(at),
    })
    if (!ledger.usageLog) return 'no-log'
    const { nodes, pageInfo } = ledger.usageLog.checkpoints
    for (const { size, root } of nodes) roots.set(Number(size), root)
    if (!pageInfo.hasNextPage || nodes.some(({ size }) => Number(size) <= least)) return roots
    after = pageInfo.endCursor
  }
  return roots
}
