import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { isBytes32, type Digest } from 'stemma/core'

import { useDeployment } from '../../api/deployment.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { FullId, Loaded, When } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { plain } from '../../ui/plain.ts'
import { Checked } from './Checked.tsx'
import { Command } from './Command.tsx'
import { ReportCard } from './ReportCard.tsx'
import { verifyWords } from './words.ts'

/** An offline bundle: proved by the hash of a block that the reader trusts, without asking a server for anything in it. */
export function BundlePart({ file }: { file: Uint8Array<ArrayBuffer> }) {
  const words = useWordsOf(verifyWords)
  const { number } = useFormats()
  const id = useId()
  const [block, setBlock] = useState('')
  const deployment = useDeployment()
  const proof = useMutation({
    mutationFn: async (trustedBlock: Digest) =>
      (await import('./proveBundle.ts')).proveBundle(file, deployment.data!, trustedBlock),
  })
  const typed = block.trim().toLowerCase()
  return (
    <section aria-labelledby="bundle">
      <h2 id="bundle">{words.bundle.title}</h2>
      <Loaded of={deployment} lines={2}>
        {(known) =>
          known === null ? (
            <div className="notice">
              <p>{words.bundle.noAddresses}</p>
              <Command text="stemma verify --bundle <file> --trusted-block <hash> --deployment <file>" />
            </div>
          ) : (
            <form
              className="paste"
              onSubmit={(event) => {
                event.preventDefault()
                if (isBytes32(typed)) proof.mutate(typed as Digest)
              }}
            >
              <p className="hint">{words.bundle.addresses(known.contracts.ledger)}</p>
              <div className="field">
                <label htmlFor={id}>{words.bundle.block}</label>
                <input
                  id={id}
                  value={block}
                  required
                  pattern="\s*0[xX][0-9a-fA-F]{64}\s*"
                  spellCheck={false}
                  autoComplete="off"
                  aria-describedby={`${id}-hint`}
                  onChange={(event) => setBlock(event.target.value)}
                />
                <p id={`${id}-hint`} className="hint">
                  {words.bundle.blockHint}
                </p>
              </div>
              <p className="actions">
                <button type="submit" className="primary" disabled={proof.isPending}>
                  {words.bundle.button}
                </button>
              </p>
            </form>
          )
        }
      </Loaded>
      {proof.error && (
        <div className="notice failure" role="alert">
          <strong>{words.bundle.refused}</strong>
          <p lang="en">{plain(proof.error.message, 600)}</p>
        </div>
      )}
      {proof.data && (
        <>
          <p className="notice" role="status">
            {words.bundle.proved} {words.bundle.ofBlock} {number(proof.data.block.number)},{' '}
            <When time={proof.data.block.timestamp} />.
          </p>
          <FullId value={proof.data.block.hash} />
          {proof.data.reports.map((report) => (
            <ReportCard key={report.use} report={report} at={undefined} />
          ))}
          <Checked checked={[words.bundle.checked]} unchecked={[words.bundle.limits, ...proof.data.limits]} />
        </>
      )}
    </section>
  )
}
