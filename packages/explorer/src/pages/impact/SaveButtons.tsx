import { useState } from 'react'
import type { LedgerOf } from 'stemma/query'

import { api, momentOf, type At } from '../../api/queries.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { nameOf } from '../../ui/names.ts'
import { plain } from '../../ui/plain.ts'
import { csvOf, saveFile } from '../../ui/saveFile.ts'
import type { Affected } from './ImpactPage.tsx'
import { causeOf, type Cause } from './search.ts'
import { impactWords } from './words.ts'

/** Most models of one file: 200 requests. */
const MOST = 20_000
const PAGE = 100
const KINDS = ['CSV', 'JSON'] as const

/** Saves the whole list, all of it as of one block. */
export function SaveButtons({ cause, at, total }: { cause: Cause; at: At; total: number }) {
  const words = useWordsOf(impactWords)
  const { number } = useFormats()
  const [note, setNote] = useState('')
  const [isBusy, setBusy] = useState(false)
  const save = async (kind: (typeof KINDS)[number]): Promise<void> => {
    setBusy(true)
    try {
      const all = Math.min(total, MOST)
      const found = await readAll(cause, at, (count) => setNote(words.saving(number(count), number(all))))
      const name = `blast-radius-${cause.id.slice(2, 10)}`
      if (kind === 'CSV') saveFile(`${name}.csv`, 'text/csv', csvOf(tableOf(found.models)))
      else saveFile(`${name}.json`, 'application/json', `${JSON.stringify({ cause, ...found }, null, 2)}\n`)
      setNote(found.models.length < found.totalCount ? words.cut(number(found.models.length)) : '')
    } catch {
      setNote(words.failed)
    } finally {
      setBusy(false)
    }
  }
  return (
    <p className="actions">
      {KINDS.map((kind) => (
        <button key={kind} type="button" disabled={isBusy} onClick={() => void save(kind)}>
          {words.save} {kind}
        </button>
      ))}
      <span className="muted" role="status">
        {note}
      </span>
    </p>
  )
}

type Whole = { block: unknown; chainId: unknown; totalCount: number; models: Affected[] }

async function readAll(cause: Cause, at: At, onRead: (count: number) => void): Promise<Whole> {
  const models: Affected[] = []
  let first: Omit<Whole, 'models'> | undefined
  for (let after: string | null = null; ;) {
    const ledger: LedgerOf<'BlastRadius'> = await api.query('BlastRadius', {
      cause: causeOf(cause),
      first: PAGE,
      ...(after !== null && { after }),
      ...momentOf(at),
    })
    const { nodes, totalCount, pageInfo } = ledger.blastRadius.models
    first ??= { block: ledger.block, chainId: ledger.chainId, totalCount }
    models.push(...nodes)
    onRead(models.length)
    if (!pageInfo.hasNextPage || models.length >= MOST) return { ...first, models }
    after = pageInfo.endCursor
  }
}

function tableOf(models: readonly Affected[]): string[][] {
  const head = ['id', 'name', 'steps', 'license', 'status', 'publisher', 'weights', 'registered']
  const rows = models.map(({ model, depth }) => [
    model.id,
    plain(nameOf(model)),
    String(depth),
    plain(model.terms?.name ?? ''),
    model.recalled ? 'recalled' : model.status,
    model.publisher.address,
    model.weights,
    new Date(model.registered.time * 1000).toISOString(),
  ])
  return [head, ...rows]
}
