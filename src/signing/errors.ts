import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { ManifestDifference } from '../interop/oms.ts'

/** The ways in which OpenSSF Model Signing signs. */
export type SigningMethod = 'key' | 'certificate' | 'sigstore'

/** The options of `stemma` by which each method is checked. */
const OPTIONS: Readonly<Record<SigningMethod, string>> = {
  key: '--key <file>',
  certificate: '--ca <file>',
  sigstore: '--identity <name> --issuer <url>',
}

/** Thrown when a file is not a bundle of OpenSSF Model Signing that can be checked. */
export class UnreadableSignatureError extends StemmaError {
  override name = 'UnreadableSignatureError'
  constructor(place: string, what: string, options?: { cause?: unknown }) {
    super(
      'UNREADABLE_SIGNATURE',
      `The signature cannot be checked: ${place} ${what}. Get a bundle of OpenSSF Model Signing 1.0 from the signer.`,
      options,
    )
  }
}

/** Thrown when a signature was made in another way than the one that was asked to be checked. */
export class SignatureMethodError extends StemmaError {
  override name = 'SignatureMethodError'
  override readonly kind = 'finding'
  constructor(found: SigningMethod, asked: SigningMethod) {
    super(
      'SIGNATURE_METHOD',
      `The model was signed by the method ${quoted(found)}, and a signature by ${quoted(asked)} was asked for. Check it with ${OPTIONS[found] ?? 'the options of that method'}, if that signer is whom you trust.`,
    )
  }
}

/** Thrown when the bytes of a signature are not made by a key over what the bundle holds. */
export class SignatureMismatchError extends StemmaError {
  override name = 'SignatureMismatchError'
  override readonly kind = 'finding'
  constructor(fingerprint: string, hint?: string) {
    const other =
      hint === undefined || hint === fingerprint ? '' : ` The bundle names the key ${quoted(hint)} as the signer's.`
    super(
      'SIGNATURE_MISMATCH',
      `The signature is not one of the key ${quoted(fingerprint)} over this statement: it was altered, or another key signed it.${other} Do not use the model on its word; ask the signer for the right bundle or key.`,
    )
  }
}

/** Thrown when a certificate does not lead to an authority that the reader trusts, or may not sign. */
export class CertificateRefusedError extends StemmaError {
  override name = 'CertificateRefusedError'
  override readonly kind = 'finding'
  constructor(subject: string, why: string) {
    super(
      'CERTIFICATE_REFUSED',
      `The certificate of ${quoted(subject)} ${why}. Ask the signer for a signature with a valid certificate, or name the authority that you trust with --ca <file>.`,
    )
  }
}

/** Thrown when the proof of a Sigstore bundle does not hold by the trusted root. */
export class SigstoreRefusedError extends StemmaError {
  override name = 'SigstoreRefusedError'
  override readonly kind = 'finding'
  constructor(cause: { code?: unknown; message?: unknown }) {
    super(
      'SIGSTORE_REFUSED',
      `Sigstore's proof of the signature does not hold: ${quoted(String(cause.message))} (${quoted(String(cause.code))}). Get the bundle again from the signer; where another Sigstore than the public one was used, or a newer one, name its root with --trusted-root <file>.`,
      { cause },
    )
  }
}

/** Thrown when somebody else signed than the identity, or by another issuer, than was asked for. */
export class SignerIdentityError extends StemmaError {
  override name = 'SignerIdentityError'
  override readonly kind = 'finding'
  constructor(found: { identity: string; issuer: string }, asked: { identity: string; issuer: string }) {
    super(
      'SIGNER_IDENTITY',
      `The model was signed by ${quoted(found.identity)}, as ${quoted(found.issuer)} vouches, and not by ${quoted(asked.identity)} of ${quoted(asked.issuer)}. Both must be the same, letter by letter; name the signer whom you trust.`,
    )
  }
}

/** Most files that an error names. */
const MOST_NAMES = 8

/** Thrown when what was signed is another model than the one that is asked about. */
export class SignedOtherModelError extends StemmaError {
  override name = 'SignedOtherModelError'
  override readonly kind = 'finding'
  constructor(differences: readonly ManifestDifference[], leftOut: readonly string[]) {
    const named = differences.slice(0, MOST_NAMES).map(({ kind, name }) => `${kind} ${quoted(name)}`)
    const more = differences.length > MOST_NAMES ? ` and ${differences.length - MOST_NAMES} more` : ''
    const hint =
      leftOut.length === 0
        ? ''
        : ` The signer left ${leftOut
            .slice(0, MOST_NAMES)
            .map((path) => quoted(path))
            .join(
              ', ',
            )} out of what is signed. If nothing that you load is there, remove it, or leave it out too with --ignore.`
    super(
      'SIGNED_OTHER_MODEL',
      `The files are not those that were signed: ${named.join(', ')}${more}. Get the model again from its publisher.${hint}`,
    )
  }
}

/** Thrown when a signature states the digest of other weights than those of a registration. */
export class SignedOtherWeightsError extends StemmaError {
  override name = 'SignedOtherWeightsError'
  override readonly kind = 'finding'
  constructor(signed: string, weights: string) {
    super(
      'SIGNED_OTHER_WEIGHTS',
      `The signature is about the model digest ${signed}, and the model that was asked about has the weights ${weights}. Get the bundle of this model, or name the folder that was signed.`,
    )
  }
}

/** Thrown for a key that signatures cannot be checked or made with. */
export class UnsupportedKeyError extends StemmaError {
  override name = 'UnsupportedKeyError'
  constructor(what: string, found: string, supported: string) {
    super('UNSUPPORTED_KEY', `${what} is ${found}. Use ${supported}.`)
  }
}

/** Thrown when a file does not hold what is trusted: a public key, certificates, or a root of Sigstore. */
export class InvalidTrustError extends StemmaError {
  override name = 'InvalidTrustError'
  constructor(what: string, expected: string, options?: { cause?: unknown }) {
    super('INVALID_TRUST', `${what} is not ${expected}. Name another file.`, options)
  }
}

/** Thrown when the packages that check Sigstore's proofs are not installed, or do not run on this Node. */
export class SigstoreMissingError extends StemmaError {
  override name = 'SigstoreMissingError'
  constructor(packages: string, engines: string, node: string, options?: { cause?: unknown }) {
    super(
      'SIGSTORE_MISSING',
      `Signatures by Sigstore are checked by packages that are not installed with stemma, or do not run on this Node (${node}; they need ${engines}). Install them beside it: npm install ${packages}.`,
      options,
    )
  }
}
