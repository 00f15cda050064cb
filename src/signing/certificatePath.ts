import { quoted } from '../core/text.ts'
import { parseCertificate, type Certificate } from './certificate.ts'
import { CertificateRefusedError, InvalidTrustError, UnreadableSignatureError } from './errors.ts'
import { checkCanVerify } from './publicKeys.ts'

/** Most certificates from the signer's to one that is trusted, both included. */
const MAX_PATH = 8
/** Most issuers that are tried. Certificates that issue each other would lead to more. */
const MAX_TRIED = 256
/** Most authorities that a reader may name. */
const MAX_AUTHORITIES = 1000

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'

/** Algorithms that certificates may be signed by: RSA (PKCS #1 or PSS) and ECDSA with SHA-2, Ed25519. */
const ALGORITHMS = new Set([
  '1.2.840.113549.1.1.10 with 2.16.840.1.101.3.4.2.1',
  '1.2.840.113549.1.1.10 with 2.16.840.1.101.3.4.2.2',
  '1.2.840.113549.1.1.10 with 2.16.840.1.101.3.4.2.3',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
])

/**
 * Reads the certificates of a file in PEM, or the one of a file in DER, as authorities to trust.
 *
 * @param what names the file in messages
 * @throws {@link InvalidTrustError}
 */
export function parseAuthorities(bytes: Uint8Array, what = 'The file of authorities'): Certificate[] {
  const text = Buffer.from(bytes).toString('latin1')
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)
  if (blocks !== null && blocks.length > MAX_AUTHORITIES) {
    throw new InvalidTrustError(what, `a file of at most ${MAX_AUTHORITIES} certificates`)
  }
  try {
    const ders = blocks?.map((block) => Buffer.from(block.replaceAll(/-----[^-]*-----|\s/g, ''), 'base64')) ?? [bytes]
    return ders.map((der) => parseCertificate(der))
  } catch (cause) {
    throw new InvalidTrustError(what, 'certificates in PEM ("BEGIN CERTIFICATE"), or one in DER', { cause })
  }
}

/** A certificate that may sign, and the authority of the reader that it leads to. */
export type CertificatePath = { signer: Certificate; authority: Certificate }

/**
 * Checks that a signer's certificate leads to an authority that the reader trusts, each step signed and within its limits: validity,
 * basic constraints, path length, key usage, extended key usage. Certificates of the bundle only lead the way; none is trusted for being there.
 * Revocation is not looked up, as that needs a network.
 *
 * @param chain DER of the signer's certificate, then of others that may lead on, in any order
 * @param at the time at which all must be valid, in milliseconds since 1970
 * @throws {@link UnreadableSignatureError} when one of them is not a certificate
 * @throws {@link CertificateRefusedError}
 */
export function checkCertificatePath(
  chain: readonly Uint8Array[],
  authorities: readonly Certificate[],
  at: number,
): CertificatePath {
  const [signer, ...others] = chain.map((der, index) => readCertificate(der, index)) as [Certificate, ...Certificate[]]
  const problem = problemOfSigner(signer) ?? problemOfAny(signer, at)
  if (problem !== undefined) throw new CertificateRefusedError(signer.subject, problem)
  return { signer, authority: new PathSearch(authorities, others, at).find(signer) }
}

function readCertificate(der: Uint8Array, index: number): Certificate {
  try {
    return parseCertificate(der)
  } catch (cause) {
    const place = `verificationMaterial.x509CertificateChain.certificates[${index}]`
    throw new UnreadableSignatureError(place, 'is not a certificate of X.509 in DER', { cause })
  }
}

class PathSearch {
  readonly #authorities: readonly Certificate[]
  readonly #others: readonly Certificate[]
  readonly #at: number
  #tried = 0
  /** The first authority on the way that could not be one, and why. */
  #refused: CertificateRefusedError | undefined

  constructor(authorities: readonly Certificate[], others: readonly Certificate[], at: number) {
    this.#authorities = authorities
    this.#others = others
    this.#at = at
  }

  find(signer: Certificate): Certificate {
    const found = this.#above([signer])
    if (found !== undefined) return found
    throw (
      this.#refused ??
      new CertificateRefusedError(
        signer.subject,
        `was issued by ${quoted(oneLine(signer.x509.issuer))}, which does not lead to any authority that you trust`,
      )
    )
  }

  /** The authority of the reader that a path leads to; the issuers that the reader trusts come first. */
  #above(path: readonly Certificate[]): Certificate | undefined {
    const last = path.at(-1)!
    for (const issuer of [...this.#authorities, ...this.#others]) {
      if (issuer.x509.subject !== last.x509.issuer || path.some((each) => each.fingerprint === issuer.fingerprint))
        continue
      if (++this.#tried > MAX_TRIED) return undefined
      if (!last.x509.verify(issuer.publicKey)) continue
      const problem = problemOfAuthority(issuer, path) ?? problemOfAny(issuer, this.#at)
      if (problem !== undefined) {
        this.#refused ??= new CertificateRefusedError(issuer.subject, problem)
        continue
      }
      if (this.#authorities.includes(issuer)) return issuer
      const found = path.length + 1 < MAX_PATH ? this.#above([...path, issuer]) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** The reference program makes certificates of signers that are authorities too, so one of those may sign where its usage says so. */
function problemOfSigner({ keyUsage, extendedKeyUsage }: Certificate): string | undefined {
  if (keyUsage === undefined && extendedKeyUsage === undefined) return 'does not say that its key may sign'
  if (keyUsage?.digitalSignature === false) return 'does not allow digital signatures (key usage)'
  if (extendedKeyUsage?.includes(CODE_SIGNING) === false) return 'does not allow code signing (extended key usage)'
  return undefined
}

/** @param below the certificates from the signer's to the one that this one issued */
function problemOfAuthority(
  { basicConstraints, keyUsage, extendedKeyUsage }: Certificate,
  below: readonly Certificate[],
): string | undefined {
  if (!basicConstraints?.isAuthority) return 'issued another one and is not one of an authority (basic constraints)'
  if (keyUsage?.keyCertSign === false) return 'may not issue certificates (key usage)'
  if (extendedKeyUsage?.includes(CODE_SIGNING) === false) return 'does not allow code signing (extended key usage)'
  // Those that an authority issues to itself, as for a new key, do not count (RFC 5280, section 4.2.1.9).
  const between = below.slice(1).filter(({ x509 }) => x509.subject !== x509.issuer).length
  const { pathLength } = basicConstraints
  if (pathLength !== undefined && between > pathLength) {
    return `allows ${pathLength} authorities below it, and there are ${between} (path length)`
  }
  return undefined
}

function problemOfAny(certificate: Certificate, at: number): string | undefined {
  const { x509, publicKey, signatureAlgorithm, unheeded, subject } = certificate
  const { validFromDate: from, validToDate: to } = x509
  if (at < from.getTime()) return `is valid from ${from.toISOString()} only`
  if (at > to.getTime()) return `expired at ${to.toISOString()}`
  if (!ALGORITHMS.has(signatureAlgorithm)) return `is signed by a weak or unknown algorithm (${signatureAlgorithm})`
  if (unheeded !== undefined) return `has the extension ${unheeded}, which restricts it and is not known here`
  try {
    checkCanVerify(publicKey, quoted(subject))
    return undefined
  } catch (error) {
    return `has a key that does not count: ${(error as Error).message}`
  }
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ')
}
