import type { Command } from 'commander'

import { parseClaimId } from '../../../core/claim.ts'
import { isBytes32, parseBytes32, parseCredentialId, parseModelId, parseTermsId } from '../../../core/hex.ts'
import { quoted, shortText } from '../../../core/text.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { findModels } from '../../../sdk/registry/findModels.ts'
import { listAttestedParents, type AttestedParent } from '../../../sdk/claims/listAttestedParents.ts'
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
import { readModel } from '../../../sdk/registry/readModel.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { checkModelName, nameOfUri } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { fields, shownTerms, shownTime } from '../../shown.ts'
import { PENDING, shownClaim, shownPending } from '../../shownClaim.ts'
import { shownCredential } from '../licensing/credential.ts'
import { shownTier } from '../licensing/tier.ts'

type ShownModel = readModel.ReturnType & {
  match: 'id' | 'weights' | 'uri'
  /** Null of terms that are a set, or that nobody stated. */
  termsName: string | null
  tiers: OfferedTier[]
  /** Parents that the registration does not name. */
  attestedParents: AttestedParent[]
  /** Claims about the model or its weights that are not decided. */
  pendingClaims: Claim[]
}
type ShownCredential = IssuedCredential & { valid: boolean }

/** `stemma show`: what an id, a digest, an uri or a name is on the ledger. */
export function addShow(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('show <id|digest|uri>')
      .description(
        'say what it is: a model by id, by digest of weights, by uri or owner/name; terms, a credential or a claim by id',
      ),
    {
      example: '$ stemma show acme/base\n$ stemma show $(stemma digest ./acme__tiny-chat)',
      json: '{ models: [{ model, match, registration, registeredAt, status, block, transaction,\n  termsName, tiers,\n  attestedParents: [{ model, relation, grade, undisclosed, attestedAt }], pendingClaims }],\n  terms: [as of terms show], credentials: [{ id, model, tier, holder,\n  publisher, validFrom, validUntil, gapFrom, gapUntil, state, valid }], claims: [as of claim show] }',
    },
  ).action(async (query: string, options: LedgerOptions) => {
    if (/^0x[0-9a-fA-F]{40}$/.test(query)) {
      throw new UsageError(`${quoted(query)} is an account. See it as a publisher: stemma publisher show ${query}.`)
    }
    checkModelName(query)
    const found = await read(context, options, (ledger) => lookUp(ledger, query))
    print(context, options.json, found, () =>
      [
        ...found.models.map(shownModel),
        ...found.terms.map(shownTerms),
        ...found.credentials.map(shownCredential),
        ...found.claims.map(shownClaim),
      ].join('\n\n'),
    )
  })
}

async function lookUp(
  ledger: Ledger,
  query: string,
): Promise<{ models: ShownModel[]; terms: PublishedTerms[]; credentials: ShownCredential[]; claims: Claim[] }> {
  const isId = isBytes32(query)
  const [found, terms, credentials, claims] = await Promise.all([
    findModels(ledger, { query }),
    isId ? listTerms(ledger, { ids: [parseTermsId(query)] }) : [],
    isId ? credentialsOf(ledger, query) : [],
    isId ? claimsOf(ledger, query) : [],
  ])
  const models = await Promise.all(
    found.map(async ({ model, registration }): Promise<ShownModel> => {
      const [state, tiers, [stated], attestedParents, pendingClaims] = await Promise.all([
        readModel(ledger, { model }),
        listTiers(ledger, { model }),
        listTerms(ledger, { ids: [registration.terms] }),
        listAttestedParents(ledger, { model }),
        listClaims(ledger, { subjects: [model, registration.weights], states: PENDING }),
      ])
      const match = !isId ? 'uri' : model === parseModelId(query) ? 'id' : 'weights'
      const termsName = stated && 'terms' in stated ? stated.terms.name : null
      return { ...state, match, termsName, tiers, attestedParents, pendingClaims }
    }),
  )
  // Claims about a model stand with the model; those about a product that nobody registered stand alone.
  const shown = models.length > 0 ? claims.filter(({ claim }) => claim === query.toLowerCase()) : claims
  if (models.length + terms.length + credentials.length + shown.length === 0) {
    throw new UnregisteredModelError(quoted(query), ledger.deployment.name)
  }
  return { models, terms, credentials, claims: shown }
}

/** The claim of an id, or those about a product by the digest of its weights or of its URL. */
async function claimsOf(ledger: Ledger, query: string): Promise<Claim[]> {
  const [byId, bySubject] = await Promise.all([
    listClaims(ledger, { claims: [parseClaimId(query)] }),
    listClaims(ledger, { subjects: [parseBytes32(query, 'subject')] }),
  ])
  return [...byId, ...bySubject]
}

async function credentialsOf(ledger: Ledger, query: string): Promise<ShownCredential[]> {
  const credential = parseCredentialId(query)
  try {
    const found = await readCredential(ledger, { credential })
    return [{ ...found, valid: await isCredentialValid(ledger, { credential }) }]
  } catch (error) {
    if (error instanceof CredentialNotFoundError) return []
    throw error
  }
}

function shownModel(shown: ShownModel): string {
  const { model, match, registration, status, registeredAt, block, termsName, tiers, attestedParents, pendingClaims } =
    shown
  const { uri, publisher, weights, datasets, method, terms, parents } = registration
  const how = { id: 'by its id', weights: 'by the digest of its weights', uri: 'by its uri' }[match]
  return fields(`model ${model} (${how})`, [
    ['name', nameOfUri(uri)],
    ['uri', shortText(uri, 200)],
    ['publisher', publisher],
    ['status', status],
    ['registered', `${shownTime(registeredAt)}, block ${block}`],
    ['weights', weights],
    ['datasets', statedOr(datasets)],
    ['method', statedOr(method)],
    ['terms', termsName === null ? statedOr(terms) : `${terms} (${shortText(termsName, 64)})`],
    ...parents.map((parent) => ['parent', `${parent.model} (${parent.relation})`] as const),
    ...attestedParents.map((edge) => ['attested parent', shownAttested(edge)] as const),
    ...tiers.map((tier) => ['tier', shownTier(tier)] as const),
    ...pendingClaims.map((claim) => ['pending claim', shownPending(claim)] as const),
  ])
}

/** A parent that came to be known later: how the model was made from it, and who says so. */
function shownAttested({ model, relation, grade, undisclosed }: AttestedParent): string {
  return `${model} (${relation}, ${undisclosed ? 'undisclosed, ' : ''}${grade})`
}

function statedOr(digest: string): string {
  return BigInt(digest) === 0n ? 'not stated' : digest
}
