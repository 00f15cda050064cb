import type {
  Address,
  ClaimId,
  CredentialId,
  Digest,
  Evidence,
  ExternalName,
  Grant,
  Hex,
  ModelId,
  Relation,
  ScanReport,
  Terms,
  TermsId,
  Tier,
  TierId,
} from 'stemma/core'
import type { ClaimFile, OfferFile, RegistrationDraft } from 'stemma/documents'

/** What a form asks for, checked and complete: plain data, so that the form needs no part of what signs. */
export type Intent =
  | {
      act: 'register'
      draft: RegistrationDraft
      publisher: Address
      terms: TermsId
      parents: Readonly<Record<string, ModelId | ExternalName>>
    }
  | { act: 'terms'; terms: Terms }
  | { act: 'offer'; tier: Tier }
  | { act: 'request'; model: ModelId; tier: TierId; details?: Digest; uri: string }
  | { act: 'obtain'; model: ModelId; tier: TierId }
  | { act: 'grant'; grant: Grant }
  | { act: 'sign'; grant: Grant; deadline: number }
  | { act: 'revoke'; credential: CredentialId; reason: string }
  | { act: 'accept'; file: OfferFile }
  | {
      act: 'claim'
      subject: Hex
      product: boolean
      parent: ModelId
      relation: Relation
      replaces?: ModelId
      evidence: Evidence
      uri: string
      /** In wei. */
      maxDeposit: bigint
    }
  | { act: 'acknowledge' | 'withdraw'; claim: ClaimId }
  | { act: 'contest'; claim: ClaimId; uri: string }
  | { act: 'disclose'; file: ClaimFile; uri: string }
  | { act: 'review'; model: ModelId; uri: string }
  | { act: 'scan'; report: ScanReport }

/** A value of what is to be signed: text, or parts with names. `meaning` says what a number stands for. */
export type Part = {
  name: string
  type: string
  value: string | readonly Part[]
  meaning?: { words: string } | { time: number } | { days: number } | { is: 'forever' | 'unlimited' }
}

/** A file that the reader has to keep. */
export type Kept = { name: string; text: string }

/** What a wallet is about to be asked for, decoded from exactly what it gets. */
export type Asked =
  | {
      kind: 'transaction'
      contract: string
      address: Address
      chainId: bigint
      from: Address
      /** Name of the function. */
      method: string
      parts: readonly Part[]
      /** In wei. */
      value: bigint
      /** What the network may take at today's price, in wei. */
      fee: bigint
      /** What the account has, in wei. */
      balance: bigint
      data: Hex
      keep?: Kept
    }
  | { kind: 'typed-data'; primaryType: string; domain: readonly Part[]; parts: readonly Part[]; from: Address }

/** What became of an intent. A signature alone has no transaction. */
export type Outcome = {
  transaction?: Hex
  /** The transaction that another one took the place of, with the same call. */
  replaced?: Hex
  block?: number
  model?: ModelId
  credential?: CredentialId
  tier?: TierId
  claim?: ClaimId
  terms?: TermsId
  keep?: Kept
}
