import { useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { takeDropped } from '../../app/dropped.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { DropField } from '../../ui/DropField.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { BundlePart } from './BundlePart.tsx'
import { FilesPart } from './FilesPart.tsx'
import { HashPart } from './HashPart.tsx'
import { PasteForm, type Pasted } from './PasteForm.tsx'
import { ReportPart, SharedReport } from './ReportPart.tsx'
import { useHashing } from './hashing/useHashing.ts'
import { verifyWords } from './words.ts'
import './verify.css'

/** What somebody gave: files, hashes (which the address keeps), or a report or a bundle (which it does not, unless it is shared). */
export function VerifyPage() {
  const words = useWordsOf(verifyWords)
  const { at, use, sha256 = [] } = useSearch({ from: '/verify' })
  const { hash } = useLocation()
  const navigate = useNavigate()
  const { hashing, start, cancel, clear } = useHashing()
  const [given, setGiven] = useState<Exclude<Pasted, { hashes: unknown }> | null>(null)
  useEffect(() => {
    const dropped = takeDropped()
    if (dropped) start(dropped)
  }, [start])
  const leaveAddress = (): void => {
    if (sha256.length > 0 || hash !== '') void navigate({ to: '/verify', search: { use, at } })
  }
  const isShared = hash.startsWith('r=')
  const hasFiles = hashing.state !== 'none'
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <section>
        <div className="ways">
          <DropField
            onDropped={(dropped) => {
              setGiven(null)
              leaveAddress()
              start(dropped)
            }}
          />
          <PasteForm
            onPasted={(pasted) => {
              clear()
              if ('hashes' in pasted) {
                setGiven(null)
                void navigate({
                  to: '/verify',
                  search: { use, sha256: pasted.hashes, at },
                })
                return
              }
              setGiven(pasted)
              leaveAddress()
            }}
          />
        </div>
        <p className="hint">{words.local}</p>
      </section>
      {hasFiles ? (
        <FilesPart hashing={hashing} cancel={cancel} at={at} use={use} />
      ) : given && 'report' in given ? (
        <ReportPart value={given.report} />
      ) : given ? (
        <BundlePart file={given.bundle} key={given.turn} />
      ) : isShared ? (
        <SharedReport fragment={hash} key={hash} />
      ) : sha256.length > 0 ? (
        <HashPart hashes={sha256} at={at} use={use} />
      ) : null}
    </>
  )
}
