import { UsageError, type Context } from '../console/context.ts'
import { readJsonFile } from '../console/files.ts'
import { isSharedUrl, parseSignedFile, readShared, type SharedKind, type SignedFiles } from '../documents/share.ts'

const COMMANDS: { [Kind in SharedKind]: string } = {
  registration: 'stemma register --signed',
  offer: 'stemma credential accept',
  scan: 'stemma review attest',
  serving: 'stemma model endpoint anchor',
}

/**
 * The signed document of a kind that an argument names: a file, or a URL that holds one (`stemma share`). Nothing is fetched.
 *
 * @throws {@link UsageError} when the URL holds a document of another kind, and what `readShared`, reading and parsing the file throw
 */
export async function readSigned<Kind extends SharedKind>(
  context: Context,
  argument: string,
  kind: Kind,
): Promise<SignedFiles[Kind]> {
  if (!isSharedUrl(argument)) return parseSignedFile(kind, await readJsonFile(context, argument))
  const shared = await readShared(argument)
  if (shared.kind === kind) return shared.file as SignedFiles[Kind]
  throw new UsageError(`The URL holds a signed ${shared.kind}, not a signed ${kind}. Use ${COMMANDS[shared.kind]}.`)
}
