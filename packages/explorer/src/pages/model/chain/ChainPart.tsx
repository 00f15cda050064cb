import { useMutation } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import type { ModelId } from 'stemma/core'

import { useDeployment } from '../../../api/deployment.ts'
import type { At } from '../../../api/queries.ts'
import type { Question } from '../../../app/address.ts'
import { useWordsOf } from '../../../app/settings.tsx'
import { Failure, FullId, VerdictMark } from '../../../ui/parts.tsx'
import { useFormats } from '../../../ui/formats.ts'
import { plain } from '../../../ui/plain.ts'
import { askNode, type Asked, type Outcome } from './askNode.ts'
import { useWallets } from '../../../wallets/wallets.ts'
import { chainWords } from './words.ts'

/** Where this browser keeps the address of the reader's node. */
const KEPT = 'stemma-node'

/** Asks a node of the reader what the index answered, and says whether both answer the same. */
export function ChainPart({ model, question, at }: { model: ModelId; question: Question; at: At }) {
  const words = useWordsOf(chainWords)
  const id = useId()
  const wallets = useWallets()
  const [url, setUrl] = useState(kept)
  const [isInvalid, setInvalid] = useState(false)
  const deployment = useDeployment()
  const running = useRef<AbortController | undefined>(undefined)
  const asking = useMutation({
    mutationFn: (source: Asked) => {
      running.current = new AbortController()
      return askNode(model, question, at, source, running.current.signal)
    },
  })
  const { reset } = asking
  const asked = JSON.stringify([model, question, at ?? null])
  // An answer is of one question, and for a page that is still there.
  useEffect(() => {
    reset()
    return () => running.current?.abort()
  }, [asked, reset])
  const offered = url ?? deployment.data?.rpcUrl ?? ''
  const ask = (): void => {
    const typed = offered.trim()
    const isUrl = /^(https?|wss?):\/\/[^\s/]/i.test(typed) && URL.canParse(typed)
    setInvalid(!isUrl)
    if (!isUrl) return
    keep(typed)
    asking.mutate({ url: typed })
  }
  return (
    <section className="chain-check" aria-labelledby="chain-check" aria-busy={asking.isPending}>
      <h2 id="chain-check">{words.title}</h2>
      <p>{words.lead}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          ask()
        }}
      >
        <div className="field">
          <label htmlFor={id}>{words.url}</label>
          <input
            id={id}
            value={offered}
            maxLength={2000}
            placeholder="https://…"
            spellCheck={false}
            autoComplete="off"
            aria-describedby={`${id}-hint`}
            onChange={({ target }) => setUrl(target.value)}
          />
          <p id={`${id}-hint`} className="hint">
            {words.urlHint}
          </p>
        </div>
        {isInvalid && (
          <p className="invalid" role="alert">
            {words.invalid}
          </p>
        )}
        <p className="actions">
          <button type="submit" className="primary" disabled={asking.isPending}>
            {words.button}
          </button>
          {wallets.map((wallet) => (
            <button
              key={wallet.rdns}
              type="button"
              disabled={asking.isPending}
              onClick={() => asking.mutate({ wallet })}
            >
              {words.wallet(wallet.name)}
            </button>
          ))}
        </p>
      </form>
      {asking.isPending && <p role="status">{words.asking}…</p>}
      {asking.error && <Failure error={asking.error} />}
      {asking.isSuccess &&
        (asking.data ? (
          <Result {...asking.data} />
        ) : (
          <div className="notice" role="status">
            <p>{words.noDeployment}</p>
            <code>stemma verify {model} --source both</code>
          </div>
        ))}
    </section>
  )
}

function Result({ node, index, newest, deployment }: Outcome) {
  const words = useWordsOf(chainWords)
  const { number } = useFormats()
  if (node.kind === 'failed') {
    return (
      <div className="notice failure" role="alert" data-chain={node.code}>
        <strong>{words.failed}</strong>
        <p lang="en">{plain(node.message, 600)}</p>
        {/^NODE_(UNREACHABLE|TIMEOUT|ANSWER)$/.test(node.code) && <p>{words.unreachable}</p>}
      </div>
    )
  }
  if (node.kind === 'behind') {
    return (
      <p className="notice failure" role="alert" data-chain="behind">
        {words.behind(number(node.head), number(index.block))}
      </p>
    )
  }
  if (node.kind === 'other-block') {
    return (
      <div className="notice failure" role="alert" data-chain="other-block">
        <p>{words.otherBlock}</p>
        <FullId value={node.hash} />
      </div>
    )
  }
  const { report, isSame } = node
  return (
    <div className={isSame ? 'notice fine' : 'notice failure'} role="status" data-chain={isSame ? 'same' : 'different'}>
      <strong>{isSame ? words.same : words.other}</strong>
      <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col">{words.verdict}</th>
              <th scope="col">{words.findings}</th>
            </tr>
          </thead>
          <tbody>
            {[[words.node, report] as const, [words.index, index] as const].map(([name, each]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <VerdictMark verdict={each.verdict} />
                </td>
                <td>{[...new Set(each.findings.map(({ code }) => code))].join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <dl className="record">
        <div>
          <dt>
            {words.block} {number(newest.number)}
          </dt>
          <dd>
            <FullId value={newest.hash} />
          </dd>
        </div>
        <div>
          <dt>{words.ledger}</dt>
          <dd>
            <FullId value={deployment.contracts.ledger} /> · {words.chain} {String(deployment.chainId)}
          </dd>
        </div>
      </dl>
      <p className="hint">{words.addresses}</p>
    </div>
  )
}

function kept(): string | undefined {
  try {
    return localStorage.getItem(KEPT)?.slice(0, 2000) ?? undefined
  } catch {
    return undefined
  }
}

function keep(url: string): void {
  try {
    localStorage.setItem(KEPT, url)
  } catch {
    // A browser without storage forgets it.
  }
}
