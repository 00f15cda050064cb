import type { ChainId } from '../core/chainId.ts'
import { DOCS, StemmaError } from '../core/errors.ts'
import type { Address, CredentialId, Digest, ModelId, TermsId, TierId } from '../core/hex.ts'
import { quoted } from '../core/text.ts'

/** The media type of a W3C Verifiable Credential, as `cty` of JOSE has it; a secured one is `vc+jwt`. */
export const CREDENTIAL_MEDIA_TYPE = 'vc'

/** The page that defines the words of ours in a credential. They are mapped there by the credential's second context. */
const VOCABULARY = `${DOCS}/formats/credential.md#`

/** What the ledger has of a license credential, as it is stated elsewhere. Times are Unix seconds. */
export type LicenseFacts = {
  chainId: ChainId
  /** The contract that holds the credential. */
  contract: Address
  credential: CredentialId
  publisher: Address
  holder: Address
  model: ModelId
  /** The name by which the model is registered; empty for none. */
  modelName: string
  tier: TierId
  tierName: string
  terms: TermsId
  /** The short name of the license, such as an SPDX id; empty when it is not known. */
  license: string
  validFrom: number
  validUntil: number
}

/** An offline bundle, as evidence of what a credential without a signature states. */
export type BundleEvidence = { block: number; hash: Digest; bundle: Uint8Array }

/** A W3C Verifiable Credential of the Data Model 2.0 that states a license. */
export type LicenseCredentialDocument = {
  '@context': readonly [string, { '@vocab': string }]
  id: string
  type: readonly ['VerifiableCredential', 'StemmaLicenseCredential']
  issuer: string
  validFrom: string
  /** Left out for a credential without an end. */
  validUntil?: string
  credentialSubject: {
    id: string
    license: {
      type: 'StemmaLicense'
      model: ModelId
      modelName?: string
      tier: TierId
      tierName: string
      terms: TermsId
      licenseName?: string
    }
  }
  credentialStatus: {
    id: string
    type: 'StemmaLedgerStatus'
    chainId: string
    contract: Address
    credential: CredentialId
  }
  evidence?: readonly [{ type: 'StemmaOfflineBundle'; block: number; blockHash: Digest; bundle: string }]
}

/**
 * States a license credential of the ledger as a W3C Verifiable Credential. It is a statement, secured by nothing yet. Whether the
 * credential is still valid, only the ledger tells: `credentialStatus` says where.
 *
 * @param issuer the DID of who states it: that of {@link accountDid} for the publisher's account, or a `did:web` that is the publisher's
 * @throws {@link InvalidDidError} when the issuer is neither
 */
export function licenseCredentialDocument(
  facts: LicenseFacts,
  issuer: string,
  evidence?: BundleEvidence,
): LicenseCredentialDocument {
  const { chainId, contract, credential, holder, model, modelName, tier, tierName, terms, license } = facts
  if (issuer !== accountDid(chainId, facts.publisher)) checkWebDid(issuer)
  const id = `urn:stemma:credential:${chainId}:${contract}:${credential}`
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', { '@vocab': VOCABULARY }],
    id,
    type: ['VerifiableCredential', 'StemmaLicenseCredential'],
    issuer,
    validFrom: timeOf(facts.validFrom),
    ...(facts.validUntil <= LATEST && { validUntil: timeOf(facts.validUntil) }),
    credentialSubject: {
      id: accountDid(chainId, holder),
      license: {
        type: 'StemmaLicense',
        model,
        ...(modelName !== '' && { modelName }),
        tier,
        tierName,
        terms,
        ...(license !== '' && { licenseName: license }),
      },
    },
    credentialStatus: {
      id: `${id}:status`,
      type: 'StemmaLedgerStatus',
      chainId: String(chainId),
      contract,
      credential,
    },
    ...(evidence && {
      evidence: [
        {
          type: 'StemmaOfflineBundle',
          block: evidence.block,
          blockHash: evidence.hash,
          bundle: base64Url(evidence.bundle),
        },
      ] as const,
    }),
  }
}

/** The DID of an account on a chain (did:pkh). Nothing has to be published for it, and no key of JOSE belongs to it. */
export function accountDid(chainId: ChainId, account: Address): string {
  return `did:pkh:eip155:${chainId}:${account}`
}

/** A host, `%3A` and a port, then parts of a path, each after a colon and none of dots alone, which would lead out of the path. */
const WEB_DID =
  /^did:web:(?=.{1,500}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*(?:%3A[1-9]\d{0,4})?(?::(?!\.+(?::|$))[A-Za-z0-9._~-]+)*$/

/** Checks a DID of a host (did:web). @throws {@link InvalidDidError} */
export function checkWebDid(did: string): void {
  if (!WEB_DID.test(did)) throw new InvalidDidError(did)
}

/** The end of the year 9999, beyond which times have another form: what is valid until later has no end. */
const LATEST = 253_402_300_799

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

function base64Url(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)))
  return btoa(parts.join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Thrown when an issuer is not a DID of a host. */
export class InvalidDidError extends StemmaError {
  override name = 'InvalidDidError'
  constructor(did: string) {
    super('INVALID_DID', `${quoted(did)} is not a DID of a host. Use did:web and a domain, as in did:web:acme.example.`)
  }
}
