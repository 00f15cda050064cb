import {
  parseAddress,
  parseDigest,
  parseModelId,
  parseTermsId,
  parseTierId,
  ZERO_DIGEST,
  type Hex,
} from '../core/hex.ts'
import { modelIdOf } from '../core/registration.ts'
import { credentialIdOf } from '../core/tier.ts'
import type { Part, Relation } from '../core/vocabulary.ts'
import { IndexerMismatchError, parentOf } from './indexerReader.ts'
import type { CredentialFields, ModelSummary } from './operations.ts'

/** The parts of an answer that a node can confirm. */
export type Described = { models: ModelSummary[]; credentials: CredentialFields[] }

type Model = { id: Hex }
type Fields = Readonly<Record<string, unknown>>
type Edge = { child: Hex; parent: Hex; relation: Relation; part: Part | null }

/** Fields of an answer whose ids must be those of the request. */
const ASKED = ['model', 'credential', 'tier', 'terms', 'claim', 'usageLog']

/**
 * Checks the ids in an answer of a query API. It must answer the request. Every model's registration must hash to its id and name
 * its declared parents, and every credential's id must follow from its model, tier and holder. Status, times, validity, attested
 * edges and completeness are taken from the indexer unchecked.
 *
 * @throws {@link IndexerMismatchError}
 */
export function checkAnswer(url: string, variables: object, answer: object): Described {
  const asked = (variables as Fields).id
  for (const field of ASKED) {
    const id = ((answer as Fields)[field] as Fields | null | undefined)?.id
    if (id !== undefined && id !== asked) throw new IndexerMismatchError(url, `it is of ${id}, and not of ${asked}`)
  }
  const { models, credentials, edges } = collect(answer)
  for (const model of models) {
    if (hashOf(model) !== model.id) {
      throw new IndexerMismatchError(url, `what it says of model ${model.id} does not hash to its id`)
    }
  }
  const declared = new Map(models.map((model) => [model.id, model.declared]))
  for (const { child, parent, relation, part } of edges) {
    const named = declared.get(child) ?? [{ model: parent, relation, part }]
    if (!named.some((each) => each.model === parent && each.relation === relation && each.part === part)) {
      const use = `${relation} of part ${part}`
      throw new IndexerMismatchError(url, `the registration of model ${child} does not name ${parent} as ${use}`)
    }
  }
  for (const { id, model, tier, holder } of credentials) {
    if (credentialIdOf(parseModelId(model.id), parseTierId(tier.id), parseAddress(holder)) !== id) {
      throw new IndexerMismatchError(url, `credential ${id} is not that of its model, tier and holder`)
    }
  }
  return { models, credentials }
}

/** The id of the registration of a model. */
function hashOf({ publisher, weights, tensors, annex, datasets, method, terms, declared, uri }: ModelSummary): Hex {
  return modelIdOf({
    publisher: parseAddress(publisher.address),
    weights: parseDigest(weights),
    tensors: parseDigest(tensors ?? ZERO_DIGEST),
    annex: parseDigest(annex ?? ZERO_DIGEST),
    datasets: parseDigest(datasets ?? ZERO_DIGEST),
    method: parseDigest(method ?? ZERO_DIGEST),
    terms: parseTermsId(terms?.id ?? ZERO_DIGEST),
    parents: declared.map(parentOf),
    uri,
  })
}

/** The models, credentials and declared edges anywhere in an answer. */
function collect(answer: object) {
  const models: ModelSummary[] = []
  const credentials: CredentialFields[] = []
  const edges: Edge[] = []
  const visit = (value: unknown, within: Hex): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) return value.forEach((item) => visit(item, within))
    const fields = value as Fields
    const id = typeof fields.id === 'string' ? (fields.id as Hex) : within
    if ('declared' in fields) models.push(value as ModelSummary)
    if ('holder' in fields && 'validFrom' in fields) credentials.push(value as CredentialFields)
    if (fields.grade === 'declared') {
      // An edge that names only one end belongs to the model that holds it.
      const { child, parent, ...use } = value as Pick<Edge, 'relation' | 'part'> &
        Partial<Record<'child' | 'parent', Model>>
      edges.push({ ...use, child: child?.id ?? within, parent: parent?.id ?? within })
    }
    for (const field of Object.values(fields)) visit(field, id)
  }
  visit(answer, ZERO_DIGEST)
  return { models, credentials, edges }
}
