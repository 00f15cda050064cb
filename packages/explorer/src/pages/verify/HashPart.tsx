import { sha256Joined, type Digest, type Right } from 'stemma/core'

import type { At } from '../../api/queries.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { FullId, Name } from '../../ui/parts.tsx'
import { Checked } from './Checked.tsx'
import { DigestAnswer } from './DigestAnswer.tsx'
import { useDigests } from './lookups.ts'
import { verifyWords } from './words.ts'

/** Hashes that somebody pasted: each may be that of a whole, or the SHA-256 of one file, whose digest as a model is another. */
export function HashPart({ hashes, at, use }: { hashes: readonly Digest[]; at: At; use: Right }) {
  const words = useWordsOf(verifyWords)
  const pairs = hashes.map((hash) => [hash, sha256Joined([hash])] as const)
  const known = useDigests(pairs.flat(), at)
  const terms = known.data?.terms ?? []
  return (
    <section aria-labelledby="hashes">
      <h2 id="hashes">{words.sha256}</h2>
      {pairs.map((pair) => (
        <article key={pair[0]} className="hash" data-digest={pair[0]}>
          <FullId value={pair[0]} />
          {terms
            .filter(({ text }) => text === pair[0])
            .map(({ id, name }) => (
              <p key={id}>
                {words.knownAs}: {words.licenseText} <Name text={name ?? ''} id={id} />
              </p>
            ))}
          <DigestAnswer digests={pair} tensors={pair[0]} known={known} at={at} use={use} />
        </article>
      ))}
      <Checked
        checked={[words.checked.hash, ...(known.data && known.data.models.length > 0 ? [words.checked.verdict] : [])]}
        unchecked={[words.unchecked.bytes, words.unchecked.chain, words.unchecked.content, words.unchecked.publisher]}
      />
    </section>
  )
}
