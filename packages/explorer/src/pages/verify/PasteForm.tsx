import { useId, useState, type FormEvent } from 'react'
import { parseStrictJson, type Digest } from 'stemma/core'

import { useWordsOf } from '../../app/settings.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { plain } from '../../ui/plain.ts'
import { digestsIn } from './lookups.ts'
import { looksLikeReport, MAX_REPORT_TEXT, reportInFragment } from './report.ts'
import { verifyWords } from './words.ts'

/** What a text or a small file holds. */
export type Pasted = { hashes: Digest[] } | { report: unknown } | { bundle: Uint8Array<ArrayBuffer>; turn: number }

/** Largest file that is read as a report or a bundle, in bytes; `stemma/bundle` reads none that is larger. */
const MAX_FILE = 64 * 1024 * 1024
let turns = 0

/** A field for a hash, a report or a link to one, and a button for the file of a report or a bundle. */
export function PasteForm({ onPasted }: { onPasted: (pasted: Pasted) => void }) {
  const words = useWordsOf(verifyWords).paste
  const id = useId()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  const take = async (read: () => Promise<Pasted | undefined>): Promise<void> => {
    try {
      const pasted = await read()
      setProblem(pasted ? '' : words.nothing)
      if (pasted) onPasted(pasted)
    } catch (error) {
      setProblem(plain(error instanceof Error ? error.message : String(error), 500))
    }
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (text.length > MAX_REPORT_TEXT) setProblem(words.tooLong)
    else void take(() => readText(text))
  }
  return (
    <form className="paste" onSubmit={submit}>
      <h2>{words.title}</h2>
      <div className="field">
        <label htmlFor={id}>{words.label}</label>
        <textarea
          id={id}
          rows={3}
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {problem !== '' && (
        <p className="invalid" role="alert">
          {problem}
        </p>
      )}
      <p className="actions">
        <button type="submit" className="primary">
          {words.button}
        </button>
        <FileButton
          text={words.file}
          onFile={(file) =>
            void take(() => (file.size > MAX_FILE ? Promise.reject(new Error(words.tooLong)) : readFile(file)))
          }
        />
      </p>
    </form>
  )
}

async function readText(text: string): Promise<Pasted | undefined> {
  const trimmed = text.trim()
  const link = /#(r=\S*)$/.exec(trimmed)
  if (link) return { report: await reportInFragment(link[1]!) }
  if (/^[{[]/.test(trimmed)) {
    const value = parseStrictJson(trimmed, 'The text')
    if (isBundle(value)) return bundleOf(new TextEncoder().encode(trimmed))
    return looksLikeReport(value) ? { report: value } : undefined
  }
  const hashes = digestsIn(trimmed)
  return hashes.length > 0 ? { hashes } : undefined
}

async function readFile(file: File): Promise<Pasted | undefined> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  // The file of a bundle is packed by gzip.
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return bundleOf(bytes)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  if (text.length <= MAX_REPORT_TEXT) return readText(text)
  return text.trimStart().startsWith('{') ? bundleOf(bytes) : undefined
}

function bundleOf(bundle: Uint8Array<ArrayBuffer>): Pasted {
  turns += 1
  return { bundle, turn: turns }
}

function isBundle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'header' in value && 'nodes' in value && 'question' in value
}
