import {
  externalNameOnHub,
  isBytes32,
  isExternalName,
  modelNameKey,
  nameOfUri,
  type Address,
  type Digest,
  type ExternalName,
  type ModelId,
} from 'stemma/core'
import { parseDraft, type RegistrationDraft } from 'stemma/documents'
import { draftFromCard, emptyCard, parseCard } from 'stemma/interop'

import { api, queries } from '../../api/queries.ts'
import { LICENSES } from '../../api/library.ts'
import { termsNamed, termsOfDraft } from './licenses.ts'
import { parentField, Reader, type Values } from './reader.ts'
import type { ActWords } from './words.ts'

/** A parent that a draft names, and the registrations that may be meant. */
export type NamedParent = {
  name: string
  relation: string
  /** The registrations under this name; undefined for one that is named by its id, or as an external parent. */
  found: readonly { id: ModelId; name: string; publisher: Address }[] | undefined
}

/** What becomes of a card and the fields beside it, as far as they can be read. */
export type Drafted = { draft: RegistrationDraft; parents: readonly NamedParent[] }

/** What tells a draft in YAML from the header of a card: no card states a version of ours. */
const YAML_DRAFT = /^version:\s*1\s*$/m

/** Drafts the registration of a card, or reads the draft that stands in its place. What the fields say comes first. */
export async function draftIn(reader: Reader): Promise<RegistrationDraft | undefined> {
  const text = reader.text('card')
  const stated = { name: reader.text('name'), weights: reader.text('weights'), uri: reader.uri('uri') ?? '' }
  const tensors = reader.optionalId<Digest>('tensors')
  if (text.startsWith('{') || YAML_DRAFT.test(text)) {
    return reader.document('card', (value) => {
      const given = Object.entries({ ...stated, weights: hexOf(stated.weights), tensors }).filter(([, each]) => each)
      return parseDraft({ ...(value as object), ...Object.fromEntries(given) })
    })
  }
  const [name, weights] = [reader.required('name'), reader.id<Digest>('weights')]
  if (reader.errors.size > 0) return undefined
  const card = text === '' ? emptyCard() : parseCard(withFences(text))
  return reader.attempt('card', () =>
    draftFromCard(card, { name, weights, uri: stated.uri, licenses: LICENSES, ...(tensors && { tensors }) }),
  )
}

/** A header of a card may be pasted without the lines around it. */
function withFences(text: string): string {
  return /^[\w-]+:/.test(text) ? `---\n${text}\n---\n` : text
}

function hexOf(text: string): string {
  return text.replace(/^sha256:/i, '0x')
}

/** Finds what the names of a draft's parents mean, by the index. */
export async function findParents({ parents }: RegistrationDraft): Promise<readonly NamedParent[]> {
  return Promise.all(
    parents.map(async ({ model: name, relation }) => {
      if (isBytes32(name) || isExternalName(name)) return { name, relation, found: undefined }
      return { name, relation, found: await findNamed(name) }
    }),
  )
}

async function findNamed(name: string): Promise<NamedParent['found']> {
  const { search } = await queries.fetchQuery({
    queryKey: ['ledger', 'now', 'Search', { text: name, first: 50 }],
    queryFn: ({ signal }) => api.query('Search', { text: name, first: 50 }, { signal }),
  })
  return search.hits
    .filter(({ model }) => modelNameKey(model.uri) === modelNameKey(name))
    .map(({ model }) => ({ id: model.id as ModelId, name: nameOfUri(model.uri), publisher: model.publisher.address }))
}

/** What a form holds so far, to show what it becomes. Undefined while it cannot be read. */
export async function draftOf(values: Values, words: ActWords['errors']): Promise<Drafted | null> {
  const draft = await draftIn(new Reader(values, words))
  return draft ? { draft, parents: await findParents(draft) } : null
}

/** Everything that registering needs, by what the form holds. */
export async function registrationIn(reader: Reader, account: Address | undefined) {
  const publisher = reader.text('publisher') === '' ? account : reader.account('publisher')
  const draft = await draftIn(reader)
  if (!draft) return undefined
  const parents: Record<string, ModelId | ExternalName> = {}
  for (const { name, found } of await findParents(draft)) {
    if (!found) continue
    const chosen = reader.text(parentField(name))
    const [first, ...others] = found
    if (chosen === 'external' || (chosen === '' && !first)) parents[name] = externalNameOnHub(name)
    else if (chosen !== '') parents[name] = reader.id<ModelId>(parentField(name))
    else if (others.length > 0) reader.fail(parentField(name), reader.words.ambiguous(name, found.length))
    else parents[name] = first!.id
  }
  const terms = reader.text('licenseOfModel') === '' ? termsOfDraft(draft) : termsNamed(reader, 'licenseOfModel')
  return { draft, publisher: publisher!, terms, parents }
}
