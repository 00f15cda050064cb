import { useWordsOf } from '../../app/settings.tsx'
import { FullId, ModelLink, Name } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { nameOf } from '../../ui/names.ts'
import { bytesText } from './bytesText.ts'
import type { Hashing } from './hashing/useHashing.ts'
import type { HashedFile } from './hashing/hashModel.ts'
import type { Known } from './lookups.ts'
import { verifyWords } from './words.ts'

/** Most files that the page lists. */
const MOST = 200

/** Each file with its SHA-256, how far it is, and as what it is known by itself. */
export function FileTable({
  hashing: { collected, read, hashed },
  known,
  asked,
}: {
  hashing: Hashing
  known: Known | undefined
  asked?: ReadonlySet<string>
}) {
  const words = useWordsOf(verifyWords)
  const { number } = useFormats()
  const { files } = collected!
  return (
    <>
      <div className="scroll" tabIndex={0} role="region" aria-label={words.filesOf}>
        <table className="files">
          <thead>
            <tr>
              <th scope="col">{words.file}</th>
              <th scope="col">{words.size}</th>
              <th scope="col">{words.sha256}</th>
              <th scope="col">{words.knownAs}</th>
            </tr>
          </thead>
          <tbody>
            {files.slice(0, MOST).map(({ path, file }, index) => (
              <tr key={path} data-file={hashed[index]?.sha256}>
                <td>
                  <Name text={path} />
                </td>
                <td>{bytesText(file.size)}</td>
                <td>
                  {hashed[index] ? (
                    <FullId value={hashed[index].sha256} />
                  ) : read[index]! > 0 ? (
                    <progress aria-label={words.progress} max={Math.max(1, file.size)} value={read[index]!} />
                  ) : (
                    <span className="muted">{words.waiting}</span>
                  )}
                </td>
                <td>{hashed[index] && <KnownAs file={hashed[index]} known={known} asked={asked} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {files.length > MOST && <p className="muted">{words.moreFiles(number(files.length - MOST))}</p>}
    </>
  )
}

function KnownAs({
  file: { sha256, alone, isSignature },
  known,
  asked,
}: {
  file: HashedFile
  known: Known | undefined
  asked: ReadonlySet<string> | undefined
}) {
  const words = useWordsOf(verifyWords)
  if (isSignature) return <span className="muted">{words.signature}</span>
  if (known === undefined) return null
  if (!asked?.has(sha256)) return <span className="muted">{words.unasked}</span>
  const models = known.models.filter(({ digest }) => digest === sha256 || digest === alone)
  const terms = known.terms.filter(({ text }) => text === sha256)
  if (models.length + terms.length === 0) return <span className="muted">{words.unknownFile}</span>
  return (
    <>
      {models.map(({ model, by }) => (
        <span key={`${model.id} ${by}`} className="known">
          {words.by[by] ?? by} <ModelLink id={model.id} name={nameOf(model)} at={undefined} />
        </span>
      ))}
      {terms.map(({ id, name }) => (
        <span key={id} className="known">
          {words.licenseText} <Name text={name ?? ''} id={id} />
        </span>
      ))}
    </>
  )
}
