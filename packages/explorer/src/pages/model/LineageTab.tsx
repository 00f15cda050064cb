import { Link } from '@tanstack/react-router'

import { useLedgerPages } from '../../api/pages.ts'
import type { PageSearch, Question } from '../../app/address.ts'
import { useWords } from '../../app/settings.tsx'
import { More } from '../../ui/More.tsx'
import { nameOf } from '../../ui/names.ts'
import { Loaded, ModelLink, Name, ShortId } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import type { Model } from './ModelPage.tsx'

const FIRST = 20

export function LineageTab({ model, at, kept }: { model: Model; at: number | undefined; kept: Question & PageSearch }) {
  const words = useWords()
  const { number } = useFormats()
  const children = useLedgerPages('Children', { id: model.id, first: FIRST }, at, ({ model: found }) => found?.children)
  return (
    <>
      <p>
        <Link to="/m/$id/map" params={{ id: model.id }} search={kept}>
          {words.model.map}
        </Link>
      </p>
      <h3>{words.model.parents}</h3>
      {model.parents.length === 0 && model.externals.length === 0 && <p className="muted">{words.model.noParents}</p>}
      <ul className="cards">
        {model.parents.map(({ parent, relation, grade, undisclosed }) => (
          <li key={`${parent.id} ${grade}`}>
            <ModelLink id={parent.id} name={nameOf(parent)} at={at} />
            <p className="muted">
              {words.relations[relation] ?? relation} · {words.map.kinds[grade === 'bound' ? 'external' : grade]}
              {undisclosed && ` · ${words.map.undisclosed}`} · <Name text={parent.terms?.name ?? words.notStated} />
            </p>
          </li>
        ))}
        {model.externals.map(({ id, name }) => (
          <li key={id}>
            <Name text={name ?? ''} id={id} />
            <p className="muted">
              {words.model.external} · <ShortId value={id} />
            </p>
          </li>
        ))}
      </ul>
      <h3>{words.model.children}</h3>
      <Loaded of={children}>
        {({ nodes, total }) =>
          nodes.length === 0 ? (
            <p className="muted">{words.none}</p>
          ) : (
            <>
              <p className="muted">{words.map.allLabel(number(total ?? nodes.length))}</p>
              <ul className="cards">
                {nodes.map(({ child, relation, grade }) => (
                  <li key={child.id}>
                    <ModelLink id={child.id} name={nameOf(child)} at={at} />
                    <p className="muted">
                      {words.relations[relation] ?? relation} ·{' '}
                      {words.map.kinds[grade === 'bound' ? 'external' : grade]} ·{' '}
                      <Name text={child.terms?.name ?? words.notStated} />
                    </p>
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      <More of={children} />
    </>
  )
}
