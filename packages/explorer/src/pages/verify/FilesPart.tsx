import type { Right } from 'stemma/core'

import type { At } from '../../api/queries.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { FullId, Name } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { plain } from '../../ui/plain.ts'
import { Checked } from './Checked.tsx'
import { Command } from './Command.tsx'
import { DigestAnswer } from './DigestAnswer.tsx'
import { FileTable } from './FileTable.tsx'
import { bytesText } from './bytesText.ts'
import { MAX_FILES } from './hashing/collect.ts'
import { MAX_BYTES, type Hashing } from './hashing/useHashing.ts'
import { digestsOfModel, useDigests } from './lookups.ts'
import { verifyWords } from './words.ts'

type Asked = { at: At; use: Right }

/** Dropped files: how far they are hashed, what they are together, and what the ledger says of it. */
export function FilesPart({ hashing, cancel, ...asked }: Asked & { hashing: Hashing; cancel: () => void }) {
  const words = useWordsOf(verifyWords)
  const { state, collected, failure } = hashing
  return (
    <section aria-labelledby="files">
      <h2 id="files">{collected?.name ? <Name text={collected.name} /> : words.filesOf}</h2>
      {state === 'listing' && <p role="status">{words.stages.listing}</p>}
      {state === 'hashing' && <Progress hashing={hashing} cancel={cancel} />}
      {state === 'cancelled' && <p role="status">{words.stages.cancelled}</p>}
      {state === 'failed' && (
        <div className="notice failure" role="alert">
          <strong>{words.stages.failed}</strong>
          <p>
            {failure?.path !== undefined && (
              <>
                {words.stages.failedAt} <Name text={failure.path} />:{' '}
              </>
            )}
            {plain(failure?.message ?? '')}
          </p>
        </div>
      )}
      {state === 'too-large' && (
        <div className="notice">
          <p>{words.stages.tooLarge(bytesText(collected!.bytes), bytesText(MAX_BYTES))}</p>
          <Command text={`stemma verify ${shellWord(collected!.name)} --use ${asked.use}`} />
        </div>
      )}
      {state === 'too-many' && <TooMany use={asked.use} />}
      {(state === 'hashing' || state === 'done') && collected!.isLoose && <p className="hint">{words.loose}</p>}
      {state === 'hashing' && <FileTable hashing={hashing} known={undefined} />}
      {state === 'done' && <Result hashing={hashing} {...asked} />}
    </section>
  )
}

function TooMany({ use }: { use: Right }) {
  const words = useWordsOf(verifyWords)
  const { number } = useFormats()
  return (
    <div className="notice">
      <p>{words.stages.tooMany(number(MAX_FILES))}</p>
      <Command text={`stemma verify . --use ${use}`} />
    </div>
  )
}

/** A name as a shell takes it; a placeholder for one that a shell could take for more. */
function shellWord(name: string): string {
  return /^[\w.][\w.-]*$/.test(name) ? `./${name}` : '<folder>'
}

function Progress({ hashing: { collected, read, hashed }, cancel }: { hashing: Hashing; cancel: () => void }) {
  const words = useWordsOf(verifyWords)
  const { number } = useFormats()
  const done = read.reduce((sum, each) => sum + each, 0)
  const all = collected!.bytes
  const files = hashed.filter((each) => each !== undefined).length
  const count = `${number(files)} / ${words.files(number(hashed.length))}`
  return (
    <div className="progress">
      <progress aria-label={words.progress} max={Math.max(1, all)} value={done} />
      <p>
        {words.stages.hashing(bytesText(done), bytesText(all), count)}{' '}
        <button type="button" onClick={cancel}>
          {words.cancel}
        </button>
      </p>
    </div>
  )
}

function Result({ hashing, at, use }: Asked & { hashing: Hashing }) {
  const words = useWordsOf(verifyWords)
  const { number } = useFormats()
  const { collected, hashed } = hashing
  const { digests, tensors } = hashing.model!
  const { files, leftOut } = collected!
  const asked = digestsOfModel(hashing.model!, files, hashed)
  const known = useDigests(asked.digests, at)
  const others = files.length - asked.files
  return (
    <>
      <dl className="record">
        {'refused' in digests ? (
          <div>
            <dt>{words.digest}</dt>
            <dd>
              {words.noDigest}: {plain(digests.refused, 600)}
            </dd>
          </div>
        ) : (
          <>
            <div>
              <dt>{words.digest}</dt>
              <dd data-digest={digests.digest}>
                <FullId value={digests.digest} />
              </dd>
            </div>
            {digests.referenceDigest && (
              <div>
                <dt>{words.referenceDigest}</dt>
                <dd>
                  <FullId value={digests.referenceDigest} />
                </dd>
              </div>
            )}
          </>
        )}
        <div>
          <dt>{words.tensors}</dt>
          <dd>
            {tensors === null ? (
              <span className="muted">{words.noTensors}</span>
            ) : typeof tensors === 'string' ? (
              <FullId value={tensors} />
            ) : (
              <>
                {words.noTensorsDigest}: {plain(tensors.refused, 600)}
              </>
            )}
          </dd>
        </div>
      </dl>
      {!('refused' in digests) && (
        <DigestAnswer
          digests={[digests.digest, ...(digests.referenceDigest ? [digests.referenceDigest] : [])]}
          tensors={typeof tensors === 'string' ? tensors : undefined}
          known={known}
          at={at}
          use={use}
        />
      )}
      <FileTable hashing={hashing} known={known.data} asked={new Set(asked.digests)} />
      <Checked
        checked={[
          words.checked.bytes,
          ...('refused' in digests ? [] : [words.checked.digest]),
          ...(typeof tensors === 'string' ? [words.checked.tensors] : []),
          words.checked.asked(words.files(number(asked.files))),
          ...(known.data && known.data.models.length > 0 ? [words.checked.verdict] : []),
        ]}
        unchecked={[
          words.unchecked.chain,
          words.unchecked.content,
          words.unchecked.signatures,
          ...(leftOut.length > 0 ? [words.unchecked.leftOut(number(leftOut.length))] : []),
          ...(others > 0 ? [words.unchecked.others(words.files(number(others)))] : []),
          words.unchecked.links,
        ]}
      />
    </>
  )
}
