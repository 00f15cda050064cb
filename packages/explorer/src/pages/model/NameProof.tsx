import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { FOREVER, parseStrictJson, sha256 } from 'stemma/core'
import { accountOn, MAX_PROOF_BYTES, parseNamespaceProof, proofNameOf, proofPlaceOf } from 'stemma/documents'
import type { LedgerOf } from 'stemma/query'

import { useLedger, useStatus } from '../../api/queries.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { FileButton } from '../../ui/FileButton.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Rows } from '../../ui/Row.tsx'
import { FullId, Loaded, Name } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import type { Model } from './ModelPage.tsx'
import { modelWords } from './words.ts'

type Publisher = LedgerOf<'Publisher'>['publisher']

/** How the publisher of a model is known: its profile, who vouches for it, and what would prove the model's name. */
export function NameProof({ model, at }: { model: Model; at: number | undefined }) {
  const { name: own } = useWordsOf(modelWords)
  const found = useLedger('Publisher', { address: model.publisher.address, first: 0 }, at)
  return (
    <section aria-labelledby="name-proof">
      <h3 id="name-proof">{own.title}</h3>
      <Loaded of={found} lines={4}>
        {({ publisher }) => (
          <>
            <Facts publisher={publisher} />
            <Proof publisher={publisher} uri={model.uri} />
          </>
        )}
      </Loaded>
    </section>
  )
}

function Facts({ publisher }: { publisher: Publisher }) {
  const { name: own } = useWordsOf(modelWords)
  const { dateTime } = useFormats()
  const { verifiedFrom, verifiedUntil } = publisher
  const rows: readonly (readonly [string, ReactNode])[] = [
    ...(publisher.domain ? [[own.domain, <Name text={publisher.domain} />] as const] : []),
    ...(publisher.profile ? [[own.profile, <FullId value={publisher.profile} />] as const] : []),
    [
      own.window,
      verifiedUntil === null
        ? own.never
        : verifiedUntil >= FOREVER
          ? own.open(verifiedFrom ? dateTime(verifiedFrom) : undefined)
          : own.span(dateTime(verifiedFrom ?? 0), dateTime(verifiedUntil)),
    ],
    ...(publisher.verifier ? [[own.verifier, <FullId value={publisher.verifier} />] as const] : []),
    ...(publisher.controller === publisher.address
      ? []
      : [[own.controller, <FullId value={publisher.controller} />] as const]),
    [
      own.operators,
      publisher.operators.length === 0
        ? own.noOperators
        : publisher.operators.map(({ account, scopes }) => (
            <span key={account} className="operator">
              <FullId value={account} />{' '}
              <span className="muted" lang="en">
                {scopes.join(', ')}
              </span>
            </span>
          )),
    ],
  ]
  return <Rows rows={rows} />
}

/** Where the proof of the model's name lies, and a check of that file in the browser: the page asks no host but the index. */
function Proof({ publisher, uri }: { publisher: Publisher; uri: string }) {
  const { name: own } = useWordsOf(modelWords)
  const status = useStatus()
  const name = proofNameOf(uri)
  const checked = useMutation({
    mutationFn: async (file: File) => {
      const bytes = new Uint8Array(await file.slice(0, MAX_PROOF_BYTES + 1).arrayBuffer())
      const { chainId, contract } = status.data!
      return faultOf(bytes, publisher, name!, { chainId, contracts: { ledger: contract } })
    },
  })
  if (name === undefined) return <p className="muted">{own.none}</p>
  if (publisher.profile === null) return <p className="muted">{own.unset}</p>
  return (
    <>
      <h4>{own.proof}</h4>
      <p>
        <code>{name}</code> · {own.lies} <span className="uri">{plain(proofPlaceOf(name).file, 300)}</span>
      </p>
      <p className="hint">
        {own.how} <code>stemma publisher prove {name}</code>
      </p>
      <p className="actions">
        <FileButton
          text={own.choose}
          accept=".json,application/json"
          isDisabled={!status.data}
          onFile={(file) => checked.mutate(file)}
        />
      </p>
      <div role="status">
        {checked.data === 'none' && (
          <p>
            <Mark tone="good">{own.holds}</Mark> <span className="muted">{own.covers}</span>
          </p>
        )}
        {checked.data && checked.data !== 'none' && (
          <p>
            <Mark tone="bad">{own[checked.data]}</Mark>
          </p>
        )}
      </div>
    </>
  )
}

type Fault = 'none' | 'notProof' | 'otherAccount' | 'otherDigest' | 'otherName'

function faultOf(
  bytes: Uint8Array,
  publisher: Publisher,
  name: NonNullable<ReturnType<typeof proofNameOf>>,
  ledger: Parameters<typeof accountOn>[1],
): Fault {
  try {
    if (bytes.length > MAX_PROOF_BYTES) return 'notProof'
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const proof = parseNamespaceProof(parseStrictJson(text, 'the file'))
    if (sha256(bytes) !== publisher.profile) return 'otherDigest'
    if (accountOn(proof, ledger) !== publisher.address) return 'otherAccount'
    return proof.names.includes(name) ? 'none' : 'otherName'
  } catch {
    return 'notProof'
  }
}
