import type { Hex } from 'stemma/core'

import { useLedger } from '../../api/queries.ts'
import { useWords } from '../../app/settings.tsx'
import { nameOf } from '../../ui/names.ts'
import { ModelLink, ShortId } from '../../ui/parts.tsx'

/** Warns where the name of a model may be taken for that of a better-known one. */
export function LookAlikes({ id, at }: { id: Hex; at: number | undefined }) {
  const words = useWords()
  const { data } = useLedger('LookAlikes', { id }, at)
  const others = data?.model?.lookAlikes ?? []
  if (others.length === 0) return null
  return (
    <div className="notice" data-look-alikes>
      <p>{words.lookAlike}</p>
      <ul>
        {others.map((other) => (
          <li key={other.id}>
            <ModelLink id={other.id} name={nameOf(other)} at={at} /> <ShortId value={other.publisher.address} />
          </li>
        ))}
      </ul>
    </div>
  )
}
