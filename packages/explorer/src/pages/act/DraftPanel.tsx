import { useQuery } from '@tanstack/react-query'

import { useWords, useWordsOf } from '../../app/settings.tsx'
import { Name, ShortId } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import type { NamedParent } from './draft.ts'
import { controlOf } from './Fields.tsx'
import { parentField, type Values } from './reader.ts'
import { words } from './words.ts'

/** What a card and the fields beside it become: parents as the ledger knows them, and what to check. */
export function DraftPanel({
  values,
  errors,
  set,
}: {
  values: Values
  errors: ReadonlyMap<string, string>
  set: (name: string, value: string) => void
}) {
  const act = useWordsOf(words)
  const { card, name, weights, uri, tensors } = values
  const { data: drafted } = useQuery({
    queryKey: ['act', 'draft', card, name, weights, uri, tensors],
    queryFn: async () => (await import('./draft.ts')).draftOf(values, act.errors),
    placeholderData: (before) => before,
  })
  if (!drafted) return null
  const { draft, parents } = drafted
  const { license, licenseName } = draft.terms
  return (
    <section className="draft" aria-labelledby="draft">
      <h2 id="draft">{act.draft.title}</h2>
      <dl className="record">
        <div>
          <dt>{act.draft.license}</dt>
          <dd>
            <Name text={licenseName ?? license ?? '–'} />
          </dd>
        </div>
        <div>
          <dt>{act.draft.parents}</dt>
          <dd>
            {parents.length === 0 && <span className="muted">{act.draft.noParents}</span>}
            <ul className="plain-list">
              {parents.map((parent) => (
                <li key={parent.name}>
                  <ParentChoice
                    parent={parent}
                    values={values}
                    error={errors.get(parentField(parent.name))}
                    set={set}
                  />
                </li>
              ))}
            </ul>
          </dd>
        </div>
      </dl>
      {draft.warnings.length > 0 && (
        <details open>
          <summary>{act.draft.warnings}</summary>
          <ul lang="en">
            {draft.warnings.map((warning) => (
              <li key={warning}>{plain(warning, 500)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function ParentChoice({
  parent: { name, relation, found },
  values,
  error,
  set,
}: {
  parent: NamedParent
  values: Values
  error: string | undefined
  set: (name: string, value: string) => void
}) {
  const act = useWordsOf(words)
  const { relations } = useWords()
  const field = parentField(name)
  const id = controlOf(field)
  return (
    <>
      <Name text={name} /> <span className="muted">· {relations[relation] ?? relation}</span>
      {found === undefined ? (
        <span className="muted"> · {act.draft.byId}</span>
      ) : found.length === 0 ? (
        <span className="muted"> · {act.draft.external}</span>
      ) : (
        <div className="field">
          <label htmlFor={id}>{act.draft.meant(plain(name, 100))}</label>
          <select
            id={id}
            value={values[field] ?? (found.length === 1 ? found[0]!.id : '')}
            onChange={(event) => set(field, event.target.value)}
            {...(error && { 'aria-invalid': true, 'aria-describedby': `${id}-error` })}
          >
            {found.length > 1 && <option value="">…</option>}
            {found.map((each) => (
              <option key={each.id} value={each.id}>
                {plain(each.name, 80)} · {each.id} · {act.draft.by(each.publisher)}
              </option>
            ))}
            <option value="external">{act.draft.none}</option>
          </select>
          {found.length === 1 && values[field] === undefined && (
            <p className="hint">
              <ShortId value={found[0]!.id} /> {act.draft.by(found[0]!.publisher)}
            </p>
          )}
          {error && (
            <p className="invalid" id={`${id}-error`}>
              {error}
            </p>
          )}
        </div>
      )}
    </>
  )
}
