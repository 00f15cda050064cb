import {
  keccak,
  keccakText,
  keccakWords,
  type Address,
  type Digest,
  type Hex,
  type ModelId,
  type TermsId,
} from './hex.ts'
import { hexToBytes, concatBytes } from '@noble/hashes/utils.js'
import { PART_NAMES, PARTS, RELATIONS, relationName, type Part, type Relation } from './vocabulary.ts'

/** Most parents that one registration may name: what fits beside the publisher in the model's storage word. */
export const MAX_PARENTS = 8
/** Longest `uri` of a registration, of terms or of a tier, in bytes of UTF-8. */
export const MAX_URI_BYTES = 2048

/** How a model was made from a parent: what the relation's byte of a registration says. See {@link encodeRelation}. */
export type ParentUse = {
  relation: Relation
  /** What of the parent was used; left out for the whole. */
  part?: Exclude<Part, 'whole'>
  /** Whether nobody registered the parent, so that it is named by `externalIdOf` its name. */
  external?: true
}

/** A model that another was made from, and how. */
export type Parent = ParentUse & { model: ModelId }

/** The statement by which a publisher puts a model on the ledger. Its EIP-712 struct hash is the model's id. */
export type Registration = {
  /** The account that publishes the model; it stays the publisher's id through every change of keys. */
  publisher: Address
  /** SHA-256 model digest of the weights, by the OpenSSF Model Signing manifest. */
  weights: Digest
  /**
   * SHA-256 of the tensor list, version 1: which tensors the model has, without names, shards or cards. Zero when not stated. A
   * stated word until somebody computes it from the bytes.
   */
  tensors: Digest
  /** SHA-256 of a map of named digests in canonical JSON, such as sketches; zero when there is none. */
  annex: Digest
  /** Root of the Merkle tree of dataset entries (Keccak-256), zero when not stated. */
  datasets: Digest
  /** SHA-256 of the training description in canonical JSON (RFC 8785), zero when not stated. */
  method: Digest
  /** Terms, or a set of terms, that are offered to everybody; zero when the license is not known. */
  terms: TermsId
  /** At most {@link MAX_PARENTS}, each model once. */
  parents: readonly Parent[]
  /** Where the documents behind the digests are. At most {@link MAX_URI_BYTES} bytes. */
  uri: string
}

/** The EIP-712 types of a registration and of the wrapper that a publisher signs when somebody else sends it. */
export const REGISTRATION_TYPES = {
  Parent: [
    { name: 'model', type: 'bytes32' },
    { name: 'relation', type: 'uint8' },
  ],
  Registration: [
    { name: 'publisher', type: 'address' },
    { name: 'weights', type: 'bytes32' },
    { name: 'tensors', type: 'bytes32' },
    { name: 'annex', type: 'bytes32' },
    { name: 'datasets', type: 'bytes32' },
    { name: 'method', type: 'bytes32' },
    { name: 'terms', type: 'bytes32' },
    { name: 'parents', type: 'Parent[]' },
    { name: 'uri', type: 'string' },
  ],
}

const PARENT_TYPE = 'Parent(bytes32 model,uint8 relation)'
const PARENT_TYPEHASH = keccakText(PARENT_TYPE)
const REGISTRATION_TYPEHASH = keccakText(
  'Registration(address publisher,bytes32 weights,bytes32 tensors,bytes32 annex,bytes32 datasets,bytes32 method,bytes32 terms,Parent[] parents,string uri)' +
    PARENT_TYPE,
)

/**
 * The id of the model that a registration puts on the ledger: the EIP-712 struct hash of the registration. It commits to
 * the parents' ids and so to the whole ancestry, and is the same on every chain.
 */
export function modelIdOf(registration: Registration): ModelId {
  const parents = registration.parents.map((parent) =>
    keccakWords([PARENT_TYPEHASH, parent.model, encodeRelation(parent)]),
  )
  return keccakWords([
    REGISTRATION_TYPEHASH,
    registration.publisher,
    registration.weights,
    registration.tensors,
    registration.annex,
    registration.datasets,
    registration.method,
    registration.terms,
    keccakJoined(parents),
    keccakText(registration.uri),
  ]) as ModelId
}

const EXTERNAL_BIT = 0x80

/** The byte that a registration carries: the relation in bits 0-3, the part in 4-6, and whether the parent is external in 7. */
export function encodeRelation({ relation, part, external }: ParentUse): number {
  return RELATIONS[relation] | (PARTS[part ?? 'whole'] << 4) | (external ? EXTERNAL_BIT : 0)
}

/** Reads the byte that {@link encodeRelation} makes; undefined when its relation or part is not defined. */
export function decodeRelation(byte: number): ParentUse | undefined {
  const relation = relationName(byte & 0xf)
  const part = PART_NAMES[(byte >> 4) & 0x7]
  if (relation === undefined || part === undefined || byte > 0xff) return undefined
  return { relation, ...(part !== 'whole' && { part }), ...(byte & EXTERNAL_BIT && { external: true as const }) }
}

/** A relation for people, with the part that was used: `finetune`, `merge of the encoder`. */
export function describeUse({ relation, part }: Pick<ParentUse, 'relation' | 'part'>): string {
  if (part === undefined) return relation
  return part === 'other' ? `${relation} of a part` : `${relation} of the ${part}`
}

/** Keccak-256 of 32-byte hashes set end to end: how EIP-712 hashes an array of structs. */
export function keccakJoined(hashes: readonly Hex[]): Hex {
  return keccak(concatBytes(...hashes.map((hash) => hexToBytes(hash.slice(2)))))
}
