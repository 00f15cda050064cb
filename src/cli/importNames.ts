import { isHubId } from '../core/hubId.ts'
import { quoted } from '../core/text.ts'
import { UsageError, type Context } from '../console/context.ts'
import { readTextFile } from '../console/files.ts'
import { parseHubReference } from '../subjects/hub/hubReference.ts'
import { uniqueByKey, type NamedModel } from '../sdk/registry/walkLineage.ts'

/** Longest list, in bytes, and most models of it. */
const MOST_BYTES = 16 * 1024 * 1024
const MOST_MODELS = 100_000

/**
 * The models that arguments and a list name, each once. A list has one name a line; empty lines and what follows `#` are left out.
 *
 * @throws {@link UsageError} for a line that does not name a model on the Hub, before anything is read
 */
export async function importNames(
  context: Context,
  references: readonly string[],
  list: string | undefined,
): Promise<NamedModel[]> {
  const named = references.map((reference) => namedModel(context, reference, 'The argument'))
  if (list !== undefined) {
    const text = await readTextFile(context, list, MOST_BYTES)
    for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
      const name = line.replace(/(?:^|\s)#.*$/, '').trim()
      if (name !== '') named.push(namedModel(context, name, `Line ${index + 1} of ${quoted(list)}`))
    }
  }
  const unique = uniqueByKey(named)
  if (unique.length === 0)
    throw new UsageError(
      'Nothing says what to import. Name a model, such as hf:owner/name, or a list of them by --file.',
    )
  if (unique.length > MOST_MODELS)
    throw new UsageError(`The list has ${unique.length} models; at most ${MOST_MODELS} are imported. Split it.`)
  return unique
}

function namedModel({ env }: Context, text: string, where: string): NamedModel {
  const reference = isHubId(text) ? `hf:${text}` : text
  try {
    const { id, revision, path } = parseHubReference(reference, env)
    const main = revision === 'main' && path === undefined
    const key = main ? id.toLowerCase() : `${id.toLowerCase()}@${revision}${path === undefined ? '' : `/${path}`}`
    return { key, reference }
  } catch {
    throw new UsageError(
      `${where} is ${quoted(text)}, which does not name a model on the Hub. Write owner/name, hf:owner/name@revision, or the URL of the model's page.`,
    )
  }
}
