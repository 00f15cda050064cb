import { EVIDENCE_GRADES } from '../core/claim.ts'
import { StemmaError } from '../core/errors.ts'
import {
  ZERO_ADDRESS,
  ZERO_DIGEST,
  type Address,
  type CredentialId,
  type Hex,
  type ModelId,
  type TermsId,
  type TierId,
} from '../core/hex.ts'
import {
  CREDENTIAL_STATES,
  externalModel,
  limitedTo,
  type Credential,
  type HeldCredential,
  type Lineage,
  type LineageEdge,
  type LineageModel,
} from '../core/lineage.ts'
import { bitsOf, unpackModelRecord } from '../core/packed.ts'
import type { RecallKeys, Verification } from '../core/ports.ts'
import { componentsOf, provedBody, type PublishedBody } from '../core/publishedTerms.ts'
import { RECALL_KINDS, RECALL_STATES } from '../core/recall.ts'
import type { Registration } from '../core/registration.ts'
import { UNSTATED_BODY } from '../core/termsBody.ts'
import { wordOf, type StoragePlace } from '../core/storagePlace.ts'
import { credentialIdOf, MAX_TIERS } from '../core/tier.ts'
import { logIdOf, type AnchoredUsage, type CredentialOf } from '../core/usage.ts'
import { relationName, RELATIONS, rightsMask } from '../core/vocabulary.ts'
import {
  anchoredPlace,
  attestedParentPlace,
  attestedPlace,
  bindingPlace,
  credentialPlace,
  detailPlace,
  epochPlace,
  parentCredentialPlace,
  recallPlace,
  recordPlace,
  statedPlace,
  tierPlace,
  verifiedPlace,
} from './statePlaces.ts'
import { numberOf, valueOf, type StateSource } from './stateSource.ts'

const NO_TERMS = ZERO_DIGEST as string as TermsId
/** Most models that an external parent can be bound to. */
const MAX_BINDINGS = 4
/** Most attested parents of a model. */
const MAX_ATTESTED = 32
/** Flags of the record of a credential. */
const DETAILS_FLAGS = 0b11
const SUB_FLAG = 0b100

/** A model of a lineage, and whether tiers were ever offered for it. */
type ReadModel = LineageModel & { hasTiers: boolean }

/**
 * Reads a lineage word by word, as the contracts' `ComplianceLens` gives it: a model (the first), all its ancestors, nearest first, and
 * the credentials of the licensee and of the publishers among them. What a registration commits to (publisher, terms, parents) comes from
 * the registration, which its id proves; the state says that it is registered, and all that came later. Undefined when the model is not
 * registered.
 *
 * @throws {@link LedgerStateError} when the state is one that the contracts never leave
 */
export async function readState(source: StateSource, model: ModelId, licensee: Address): Promise<Lineage | undefined> {
  if ((await valueOf(source, recordPlace(model))) === 0n) return undefined
  const ids = new Set([model])
  const models: ReadModel[] = []
  for (let level = [model]; level.length > 0;) {
    const read = await Promise.all(level.map((id) => readModel(source, id)))
    models.push(...read)
    const parents = read.flatMap((each) => each.parents.map((parent) => parent.model))
    level = [...new Set(parents)].filter((id) => !ids.has(id))
    for (const id of level) ids.add(id)
  }
  const credentials = await readCredentials(source, models, licensee)
  const whole = models.map(({ hasTiers: _, ...each }, index) => ({ ...each, credentials: credentials[index]! }))
  const used = [...whole.map(({ terms }) => terms), ...credentials.flat().map(({ terms }) => terms)]
  return { models: whole, terms: await readBodies(source, new Set(used)) }
}

/** Which of some models the authority has recalled: by their ids, their weights or their tensors. */
export async function readRecalls(source: StateSource, models: readonly RecallKeys[]): Promise<Set<ModelId>> {
  const recalled = await Promise.all(
    models.map(async (keys) => {
      // Nobody can recall the digest zero.
      const stated = RECALL_KINDS.filter((kind) => BigInt(keys[kind]) !== 0n)
      const codes = await Promise.all(stated.map((kind) => numberOf(source, recallPlace(kind, keys[kind]))))
      const states = codes.map((code) => RECALL_STATES[code])
      return states.some((state) => state === 'recalled' || state === 'final') ? [keys.model] : []
    }),
  )
  return new Set(recalled.flat())
}

/** When accredited verifiers vouch for a publisher; undefined without a verification. */
export async function readVerification(source: StateSource, publisher: Address): Promise<Verification | undefined> {
  const until = await numberOf(source, verifiedPlace(publisher, 'verifiedUntil'))
  return until === 0 ? undefined : { from: await numberOf(source, verifiedPlace(publisher, 'verifiedFrom')), until }
}

/** What operators have anchored in their logs for credentials, open and closed; those that have anchored nothing are left out. */
export async function readAnchored(
  source: StateSource,
  credentials: readonly CredentialOf[],
  operators: readonly Address[],
): Promise<AnchoredUsage[]> {
  const logs: AnchoredUsage[] = []
  const read = async (asked: CredentialOf, operator: Address): Promise<void> => {
    for (let epoch = await numberOf(source, epochPlace(operator, asked.credential)); epoch >= 0; epoch--) {
      const log = logIdOf(operator, asked.credential, epoch)
      if ((await valueOf(source, anchoredPlace(log, 'size'))) === 0n) continue
      const calls = await valueOf(source, anchoredPlace(log, 'calls'))
      const tokens = await valueOf(source, anchoredPlace(log, 'tokens'))
      const { callQuota, tokenQuota } = await source.tier(asked.tier)
      logs.push({ ...asked, operator, epoch, log, calls, callQuota, tokens, tokenQuota })
    }
  }
  await Promise.all(credentials.flatMap((asked) => operators.map((operator) => read(asked, operator))))
  return logs
}

async function readModel(source: StateSource, model: ModelId): Promise<ReadModel> {
  const word = await valueOf(source, recordPlace(model))
  if (word === 0n) return { ...externalModel(model, await readBindings(source, model)), hasTiers: false }
  const registration = await source.registration(model)
  const record = unpackModelRecord(word)
  requireSameRecord(model, word, registration)
  const [verification, parents] = await Promise.all([
    readVerification(source, record.publisher),
    readParents(source, model, registration),
  ])
  return {
    model,
    ...record,
    verifiedFrom: verification?.from ?? 0,
    verifiedUntil: verification?.until ?? 0,
    terms: registration.terms,
    parents,
    credentials: [],
    hasTiers: bitsOf(word, 252, 1) === 1,
  }
}

/** The record repeats what the id proves. Where both differ, it is not the record of a ledger. */
function requireSameRecord(model: ModelId, word: bigint, { publisher, parents }: Registration): void {
  const relations = parents.map(({ relation }) => RELATIONS[relation])
  const stated = Array.from({ length: 8 }, (_, place) => bitsOf(word, 200 + 4 * place, 4))
  const isSame = stated.every((relation, place) => relation === (relations[place] ?? 0))
  if (!isSame || unpackModelRecord(word).publisher !== publisher) {
    throw new LedgerStateError(`the record of model ${model} contradicts its registration`)
  }
}

/** The declared parents in their order, without those that a ruling replaced and nothing is known of, and then the attested ones. */
async function readParents(source: StateSource, model: ModelId, { parents }: Registration): Promise<LineageEdge[]> {
  const attested = await readAttested(source, model)
  const hasRuling = attested.some(({ grade }) => grade === 'adjudicated')
  const replaced = hasRuling ? await numberOf(source, attestedPlace(model, 'replaced')) : 0
  const declared = await Promise.all(
    parents.map(async (parent, place): Promise<LineageEdge[]> => {
      if ((replaced >> place) & 1 && (await isOpen(source, parent.model))) return []
      return [{ model: parent.model, relation: parent.relation, grade: 'declared', undisclosed: false }]
    }),
  )
  return [...declared.flat(), ...attested]
}

async function readAttested(source: StateSource, model: ModelId): Promise<LineageEdge[]> {
  const count = await numberOf(source, attestedPlace(model, 'count'))
  if (count > MAX_ATTESTED) throw new LedgerStateError(`model ${model} has ${count} attested parents`)
  return Promise.all(
    Array.from({ length: count }, async (_, index): Promise<LineageEdge> => {
      const [parent, stated] = await Promise.all([
        valueOf(source, attestedParentPlace(model, index)),
        valueOf(source, statedPlace(model, index)),
      ])
      const relation = relationName(bitsOf(stated, 0, 8))
      const grade = EVIDENCE_GRADES[bitsOf(stated, 8, 8)]
      if (relation === undefined || grade === undefined) {
        throw new LedgerStateError(`an attested parent of model ${model} has an unknown relation or grade`)
      }
      return { model: wordOf(parent) as ModelId, relation, grade, undisclosed: bitsOf(stated, 16, 8) !== 0 }
    }),
  )
}

/** Whether nothing says what an external parent is: it is neither registered nor bound. */
async function isOpen(source: StateSource, model: ModelId): Promise<boolean> {
  if ((await valueOf(source, recordPlace(model))) !== 0n) return false
  return (await readBindings(source, model)).length === 0
}

function readBindings(source: StateSource, external: ModelId): Promise<ModelId[]> {
  return readList(source, MAX_BINDINGS, (index) => bindingPlace(external, index)) as Promise<ModelId[]>
}

/** The words of a list that the first zero ends. */
async function readList(source: StateSource, most: number, placeAt: (index: number) => StoragePlace): Promise<Hex[]> {
  const found: Hex[] = []
  while (found.length < most) {
    const word = await valueOf(source, placeAt(found.length))
    if (word === 0n) break
    found.push(wordOf(word))
  }
  return found
}

/** The credentials that count, by the place of their model: the licensee's for each, and each publisher's for its models' parents. */
async function readCredentials(
  source: StateSource,
  models: readonly ReadModel[],
  licensee: Address,
): Promise<HeldCredential[][]> {
  const places = new Map(models.map(({ model }, place) => [model, place]))
  const holders = models.map(() => new Set<Address>())
  const add = (place: number, holder: Address): void => {
    const { hasTiers, publisher } = models[place]!
    if (hasTiers && holder !== ZERO_ADDRESS && holder !== publisher) holders[place]!.add(holder)
  }
  for (const [place, { parents, publisher }] of models.entries()) {
    add(place, licensee)
    for (const parent of parents) add(places.get(parent.model)!, publisher)
  }
  return Promise.all(models.map(({ model }, place) => readHeld(source, model, [...holders[place]!])))
}

async function readHeld(source: StateSource, model: ModelId, holders: readonly Address[]): Promise<HeldCredential[]> {
  if (holders.length === 0) return []
  const tiers = (await readList(source, MAX_TIERS, (index) => tierPlace(model, index))) as TierId[]
  const pairs = holders.flatMap((holder) => tiers.map((tier) => ({ holder, tier })))
  const held = await Promise.all(
    pairs.map(async ({ holder, tier }): Promise<HeldCredential[]> => {
      const credential = await readCredential(source, credentialIdOf(model, tier, holder))
      if (!credential) return []
      const { model: of, terms, passThrough } = await source.tier(tier)
      if (of !== model) throw new LedgerStateError(`tier ${tier} stands in the list of model ${model}, not its own`)
      return [{ tier, holder, terms, passThrough: rightsMask(passThrough), credential }]
    }),
  )
  return held.flat()
}

/** A credential as its parent leaves it; undefined when it was never issued, also where its offer was canceled. */
async function readCredential(source: StateSource, id: CredentialId): Promise<Credential | undefined> {
  const word = await valueOf(source, credentialPlace(id))
  const credential = await storedCredential(source, id, word)
  if (credential.validUntil === 0) return undefined
  if (!(bitsOf(word, 248, 8) & SUB_FLAG)) return credential
  const parent = wordOf(await valueOf(source, parentCredentialPlace(id))) as CredentialId
  const limit = await storedCredential(source, parent, await valueOf(source, credentialPlace(parent)))
  const limited = limitedTo(credential, limit)
  return limited.validUntil === 0 ? undefined : limited
}

async function storedCredential(source: StateSource, id: CredentialId, word: bigint): Promise<Credential> {
  const hasDetails = (bitsOf(word, 248, 8) & DETAILS_FLAGS) !== 0
  const detail = async (name: 'gapFrom' | 'gapUntil' | 'lifts'): Promise<number> =>
    hasDetails ? numberOf(source, detailPlace(id, name)) : 0
  return {
    publisher: addressIn(word),
    validFrom: bitsOf(word, 160, 40),
    validUntil: bitsOf(word, 200, 40),
    gapFrom: await detail('gapFrom'),
    gapUntil: await detail('gapUntil'),
    state: CREDENTIAL_STATES[bitsOf(word, 240, 8)] ?? 'none',
    lifts: await detail('lifts'),
  }
}

/** What some terms mean, from their published form, which their ids prove. */
async function readBodies(source: StateSource, ids: ReadonlySet<TermsId>): Promise<Lineage['terms']> {
  const stated = [...ids].filter((id) => id !== NO_TERMS)
  const templates = await readPublished(source, stated)
  return new Map(
    Array.from(ids, (id) => {
      const body = id === NO_TERMS ? UNSTATED_BODY : provedBody(id, templates)
      if (!body) throw new LedgerStateError(`a part of the terms ${id} is not published`)
      return [id, body]
    }),
  )
}

/** Terms as they were published, with the parts of sets. */
export async function readPublished(
  source: StateSource,
  ids: readonly TermsId[],
): Promise<Map<TermsId, PublishedBody>> {
  const found = await Promise.all(ids.map((id) => source.terms(id)))
  const parts = await Promise.all([...new Set(found.flatMap(componentsOf))].map((id) => source.terms(id)))
  return new Map([...found, ...parts].map((entry) => [entry.id, entry]))
}

function addressIn(word: bigint): Address {
  return `0x${wordOf(word).slice(26)}` as Address
}

/** Thrown when the state of a ledger is one that its contracts never leave. */
export class LedgerStateError extends StemmaError {
  override name = 'LedgerStateError'
  override readonly kind = 'undecided'
  constructor(fault: string) {
    super(
      'LEDGER_STATE',
      `The state is not one of Stemma's contracts: ${fault}. Check the deployment's addresses, or take another bundle.`,
    )
  }
}
