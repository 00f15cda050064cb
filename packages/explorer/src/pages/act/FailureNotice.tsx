import { useEffect, useRef } from 'react'

import { useWordsOf } from '../../app/settings.tsx'
import { FullId } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import { etherOf } from './ether.ts'
import type { Failure, useAction } from './useAction.ts'
import { words } from './words.ts'

/** Why nothing came of it, in our words and in those of the contract, the wallet or the node. */
export function FailureNotice({
  failure,
  resume,
}: {
  failure: Failure
  resume: ReturnType<typeof useAction>['resume']
}) {
  const act = useWordsOf(words)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [failure])
  const isQuiet = failure.kind === 'back' || failure.kind === 'rejected'
  // Nobody knows what was done.
  const isUnsure = failure.kind === 'open' || failure.kind === 'foreign'
  return (
    <div
      className={isQuiet ? 'notice' : 'notice failure'}
      role="alert"
      tabIndex={-1}
      ref={box}
      data-failure={failure.kind}
    >
      {!isQuiet && !isUnsure && <strong>{act.failed.title}</strong>}
      <p>
        {failure.kind === 'funds'
          ? act.failed.funds(failure.account, etherOf(failure.balance), etherOf(failure.needed))
          : act.failed[failure.kind]}
      </p>
      {'text' in failure && failure.text !== '' && (
        <p lang="en" className="cause">
          {plain(failure.text, 1000)} <code className="code">{failure.code}</code>
        </p>
      )}
      {failure.kind === 'foreign' && <FullId value={failure.transaction} />}
      {failure.kind === 'open' && (
        <button type="button" onClick={() => resume(failure.sent)}>
          {act.failed.wait}
        </button>
      )}
    </div>
  )
}
