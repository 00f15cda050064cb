import {
  keccakText,
  keccakWords,
  type Address,
  type CredentialId,
  type ModelId,
  type TermsId,
  type TierId,
} from './hex.ts'
import { rightsMask, type Right } from './vocabulary.ts'

/** Most tiers that may ever be offered for one model. */
export const MAX_TIERS = 16

/** Terms that a publisher offers for a model. Its EIP-712 struct hash is the tier's id. */
export type Tier = {
  model: ModelId
  /** What the holder of a credential may do. */
  terms: TermsId
  /** Which of these rights the holder may pass on to users of models that it derives. */
  passThrough: readonly Right[]
  /** Whether anybody may obtain a credential without asking. */
  open: boolean
  /** Whether the holder of a credential may issue others under its own. */
  subCredentials: boolean
  /** Longest validity of a credential in seconds, 0 for no bound. */
  maxDuration: number
  /** Most calls under one credential in all, 0 for no bound. */
  callQuota: bigint
  /** Most tokens under one credential in all, 0 for no bound. */
  tokenQuota: bigint
  /** Such as "Commercial Fine-Tuning". 1 to 64 bytes of UTF-8. */
  name: string
  /** Where the tier is described. At most 2,048 bytes. */
  uri: string
}

const TIER_TYPEHASH = keccakText(
  'Tier(bytes32 model,bytes32 terms,uint32 passThrough,bool open,bool subCredentials,uint40 maxDuration,uint64 callQuota,uint64 tokenQuota,string name,string uri)',
)

/** The id of a tier: its EIP-712 struct hash, the same on every chain. */
export function tierIdOf(tier: Tier): TierId {
  return keccakWords([
    TIER_TYPEHASH,
    tier.model,
    tier.terms,
    rightsMask(tier.passThrough),
    tier.open,
    tier.subCredentials,
    tier.maxDuration,
    tier.callQuota,
    tier.tokenQuota,
    keccakText(tier.name),
    keccakText(tier.uri),
  ]) as TierId
}

/** The id, which is the ERC-721 token id too, that the grant of a tier of a model to a holder has or would have. */
export function credentialIdOf(model: ModelId, tier: TierId, holder: Address): CredentialId {
  return keccakWords([model, tier, holder]) as CredentialId
}
