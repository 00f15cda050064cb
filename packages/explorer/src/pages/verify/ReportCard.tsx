import { useState } from 'react'
import type { Report } from 'stemma/verify'

import type { At } from '../../api/queries.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { ModelLink, VerdictMark } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import { saveFile } from '../../ui/saveFile.ts'
import { fragmentOf } from './report.ts'
import { verifyWords } from './words.ts'

/** Most reasons that are shown here: the page of the model has all. */
const MOST = 3

/** An answer: the verdict for a use, why, and the report itself to keep or to share. */
export function ReportCard({ report, at }: { report: Report; at: At }) {
  const words = useWordsOf(verifyWords)
  const { uses } = useWords()
  const [link, setLink] = useState('')
  const [note, setNote] = useState('')
  const share = async (): Promise<void> => {
    const fragment = await fragmentOf(report)
    if (fragment === undefined) return setNote(words.tooLongToShare)
    const shared = `${location.origin}/verify#${fragment}`
    setLink(shared)
    setNote(words.shared)
    await navigator.clipboard?.writeText(shared).catch(() => setNote(words.sharedHere))
  }
  const reasons = report.findings.filter(({ severity }) => severity === 'blocking' || severity === 'unknown')
  const name = report.models.find(({ model }) => model === report.model)?.name ?? ''
  return (
    <div className={`answer ${report.verdict}`} data-verdict={report.verdict}>
      <p className="sentence">
        <ModelLink id={report.model} name={name} at={at} /> · {uses[report.use]}:{' '}
        <VerdictMark verdict={report.verdict} />
      </p>
      {reasons.slice(0, MOST).map((finding, index) => (
        <p key={index} lang="en">
          {plain(finding.reason, 600)} <code>{finding.code}</code>
        </p>
      ))}
      <p className="actions">
        <button type="button" onClick={() => void share()}>
          {words.shareAnswer}
        </button>
        <button type="button" onClick={() => save(report)}>
          {words.saveReport}
        </button>
      </p>
      {link !== '' && (
        <div className="field">
          <input readOnly value={link} aria-label={words.shareAnswer} onFocus={({ target }) => target.select()} />
        </div>
      )}
      {note !== '' && (
        <p className="hint" role="status">
          {note}
        </p>
      )}
    </div>
  )
}

function save(report: Report): void {
  const json = `${JSON.stringify(report, null, 2)}\n`
  const name = `stemma-${report.model.slice(2, 10)}-${report.use}.json`
  saveFile(name, 'application/json', json)
}
