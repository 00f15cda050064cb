import type { Command } from 'commander'

import { nameOfUri } from '../../../core/modelName.ts'
import { parseClaimId } from '../../../core/claim.ts'
import {
  isBytes32,
  parseBytes32,
  parseCredentialId,
  parseModelId,
  parseTermsId,
  type ModelId,
} from '../../../core/hex.ts'
import type { ExternalParent } from '../../../core/ports.ts'
import { quoted, shortText } from '../../../core/text.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { findModels, NearNames } from '../../../sdk/registry/findModels.ts'
import { listAttestedParents, type AttestedParent } from '../../../sdk/claims/listAttestedParents.ts'
import { listExternalParents, type NamedExternal } from '../../../sdk/claims/listExternalParents.ts'
import { listClaims, type Claim } from '../../../sdk/claims/listClaims.ts'
import { isCredentialValid } from '../../../sdk/licensing/isCredentialValid.ts'
import { listTerms, type PublishedTerms } from '../../../sdk/licensing/listTerms.ts'
import { listTiers, type OfferedTier } from '../../../sdk/licensing/listTiers.ts'
import {
  CredentialNotFoundError,
  readCredential,
  type IssuedCredential,
} from '../../../sdk/licensing/readCredential.ts'
import { UnregisteredModelError } from '../../../sdk/registry/readLineage.ts'
import { readExternals } from '../../../sdk/registry/readExternals.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { readSuccessor } from '../../../sdk/registry/readSuccessor.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { checkModelName } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { fields, formatTime, formatUse } from '../../format.ts'
import { formatTerms } from '../../formatTerms.ts'
import { formatClaim, formatPendingClaim, PENDING } from '../../formatClaim.ts'
import { withInheritances, type ClaimWithInheritances } from '../../withInheritances.ts'
import { formatCredential } from '../../formatCredential.ts'
import { formatTier } from '../../formatTier.ts'

type FoundModel = readModel.ReturnType & {
  match: 'id' | 'weights' | 'uri'
  /** The model that replaces it, by its publisher's word. */
  successor: ModelId | null
  /** Null of terms that are a set, or that nobody stated. */
  termsName: string | null
  tiers: OfferedTier[]
  /** Parents that the registration does not name. */
  attestedParents: AttestedParent[]
  /** What became of the parents that its registration names as external. */
  externalParents: NamedExternal[]
  /** Claims about the model or its weights that are not decided. */
  pendingClaims: Claim[]
}
type FoundCredential = IssuedCredential & { valid: boolean }

/** `stemma show`: shows what an id, a digest, a URI or a name stands for on the ledger. */
export function show(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma show acme/base\n$ stemma show $(stemma digest ./acme__tiny-chat --no-tensors)',
    json: '{ models: [{ model, match, registration, registeredAt, status, recalled, block, transaction,\n  successor, termsName, tiers,\n  attestedParents: [{ model, relation, grade, undisclosed, attestedAt }],\n  externalParents: [{ external, boundTo, replaced }], pendingClaims }],\n  terms: [as of terms show], credentials: [{ id, model, tier, holder,\n  publisher, validFrom, validUntil, gapFrom, gapUntil, state, valid }], claims: [as of claim show] }',
  }).action(async (query: string, options: LedgerOptions) => {
    if (/^0x[0-9a-fA-F]{40}$/.test(query)) {
      throw new UsageError(
        `${quoted(query)} is an account. See it as a publisher: stemma publisher profile show ${query}.`,
      )
    }
    checkModelName(query)
    const { found, names } = await read(context, options, async (ledger) => {
      const looked = await lookUp(ledger, query)
      const parents = looked.models.flatMap(({ registration }) =>
        registration.parents.filter(({ external }) => external),
      )
      const ids = parents.map(({ model }) => model)
      return { found: looked, names: options.json ? new Map() : await readExternals(ledger, { ids }) }
    })
    print(context, options.json, found, () =>
      [
        ...found.models.map((model) => formatModel(model, names)),
        ...found.terms.map(formatTerms),
        ...found.credentials.map(formatCredential),
        ...found.claims.map(formatClaim),
      ].join('\n\n'),
    )
  })
}

async function lookUp(
  ledger: Ledger,
  query: string,
): Promise<{
  models: FoundModel[]
  terms: PublishedTerms[]
  credentials: FoundCredential[]
  claims: ClaimWithInheritances[]
}> {
  const isId = isBytes32(query)
  const near = new NearNames(query)
  const [found, terms, credentials, claims] = await Promise.all([
    findModels(ledger, { query, near }),
    isId ? listTerms(ledger, { ids: [parseTermsId(query)] }) : [],
    isId ? credentialsOf(ledger, query) : [],
    isId ? claimsOf(ledger, query) : [],
  ])
  const models = await Promise.all(
    found.map(async ({ model, registration }): Promise<FoundModel> => {
      const [state, successor, tiers, [stated], attestedParents, externalParents, pendingClaims] = await Promise.all([
        readModel(ledger, { model }),
        readSuccessor(ledger, { model }),
        listTiers(ledger, { model }),
        listTerms(ledger, { ids: [registration.terms] }),
        listAttestedParents(ledger, { model }),
        listExternalParents(ledger, { model, registration }),
        listClaims(ledger, { subjects: [model, registration.weights], states: PENDING }),
      ])
      const match = !isId ? 'uri' : model === parseModelId(query) ? 'id' : 'weights'
      const termsName = stated && 'terms' in stated ? stated.terms.name : null
      return { ...state, match, successor, termsName, tiers, attestedParents, externalParents, pendingClaims }
    }),
  )
  // Claims about a model are listed with the model; those about an unregistered product stand alone.
  const others = models.length > 0 ? claims.filter(({ claim }) => claim === query.toLowerCase()) : claims
  if (models.length + terms.length + credentials.length + others.length === 0) {
    throw new UnregisteredModelError(query, ledger.deployment.name, { near: near.names })
  }
  return { models, terms, credentials, claims: others }
}

/** The claim of an id, or those about a product by the digest of its weights or of its URL. */
async function claimsOf(ledger: Ledger, query: string): Promise<ClaimWithInheritances[]> {
  const [byId, bySubject] = await Promise.all([
    listClaims(ledger, { claims: [parseClaimId(query)] }),
    listClaims(ledger, { subjects: [parseBytes32(query, 'subject')] }),
  ])
  return withInheritances(ledger, [...byId, ...bySubject])
}

async function credentialsOf(ledger: Ledger, query: string): Promise<FoundCredential[]> {
  const credential = parseCredentialId(query)
  try {
    const found = await readCredential(ledger, { credential })
    return [{ ...found, valid: await isCredentialValid(ledger, { credential }) }]
  } catch (error) {
    if (error instanceof CredentialNotFoundError) return []
    throw error
  }
}

function formatModel(found: FoundModel, externals: ReadonlyMap<ModelId, ExternalParent>): string {
  const { model, match, registration, status, recalled, registeredAt, block, termsName } = found
  const { successor, tiers, attestedParents, externalParents, pendingClaims } = found
  const { uri, publisher, weights, tensors, annex, datasets, method, terms, parents } = registration
  const how = { id: 'by its id', weights: 'by the digest of its weights', uri: 'by its URI' }[match]
  return fields(`model ${model} (${how})`, [
    ['name', nameOfUri(uri)],
    ['uri', shortText(uri, 200)],
    ['publisher', publisher],
    ['status', recalled ? `${status}; recalled by the authority` : status],
    ...(successor === null ? [] : [['successor', successor] as const]),
    ['registered', `${formatTime(registeredAt)}, block ${block}`],
    ['weights', weights],
    ['tensors', statedOr(tensors)],
    ['annex', statedOr(annex)],
    ['datasets', statedOr(datasets)],
    ['method', statedOr(method)],
    ['terms', termsName === null ? statedOr(terms) : `${terms} (${shortText(termsName, 64)})`],
    ...parents.map((parent) => {
      const name = externals.get(parent.model)?.name
      return ['parent', `${name ? `${name} ` : ''}${parent.model} (${formatUse(parent)})`] as const
    }),
    ...externalParents.flatMap(({ external, boundTo, replaced }) => [
      ...boundTo.map((bound) => ['bound', `${external} is ${bound}`] as const),
      ...(replaced ? [['replaced', `${external}, by a ruling`] as const] : []),
    ]),
    ...attestedParents.map((edge) => ['attested parent', formatAttested(edge)] as const),
    ...tiers.map((tier) => ['tier', formatTier(tier)] as const),
    ...pendingClaims.map((claim) => ['pending claim', formatPendingClaim(claim)] as const),
  ])
}

/** A parent that was added after the registration: how the model was made from it, and who confirms it. */
function formatAttested({ model, relation, grade, undisclosed }: AttestedParent): string {
  return `${model} (${relation}, ${undisclosed ? 'undisclosed, ' : ''}${grade})`
}

function statedOr(digest: string): string {
  return BigInt(digest) === 0n ? 'not stated' : digest
}
