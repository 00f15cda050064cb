import { createRequire } from 'node:module'

import {
  InvalidTrustError,
  SignerIdentityError,
  SigstoreMissingError,
  SigstoreRefusedError,
  UnreadableSignatureError,
} from './errors.ts'
import { PUBLIC_GOOD_ROOT } from './publicGoodRoot.ts'

/** Who has to have signed, by Sigstore. */
export type SigstoreTrust = {
  /** The name in the certificate, as an address of e-mail or the URL of a workflow: the whole of it, letter by letter. */
  identity: string
  /** The URL of who vouches for that name. */
  issuer: string
  /** A trusted root of Sigstore, parsed from JSON; that of the public Sigstore, as shipped, when left out. */
  trustedRoot?: unknown
}

/** Who signed, by Sigstore, and when at the latest. */
export type SigstoreSigner = { method: 'sigstore'; identity: string; issuer: string; logIndexes: readonly string[] }

const PACKAGES = ['@sigstore/bundle', '@sigstore/verify', '@sigstore/protobuf-specs'] as const

/**
 * Checks a bundle by Sigstore's own packages: certificate, transparency log, times and signature by the trusted root, then the signer.
 * Uses no network, so a key that was withdrawn since the root was written still counts.
 *
 * @param json the bundle, parsed from JSON
 * @throws {@link SigstoreMissingError} when the packages are not installed, or this Node is too old for them
 * @throws {@link SigstoreRefusedError} {@link SignerIdentityError} {@link UnreadableSignatureError} {@link InvalidTrustError}
 */
export async function verifySigstore(json: Record<string, unknown>, trust: SigstoreTrust): Promise<SigstoreSigner> {
  const sigstore = await loadPackages()
  const material = trustMaterialOf(sigstore, trust.trustedRoot === undefined ? PUBLIC_GOOD_ROOT : trust.trustedRoot)
  const bundle = readBundle(sigstore, json)
  let signer
  try {
    signer = new sigstore.Verifier(material).verify(sigstore.toSignedEntity(bundle))
  } catch (cause) {
    throw new SigstoreRefusedError(cause as Error)
  }
  const found = {
    identity: signer.identity?.subjectAlternativeName ?? '',
    issuer: signer.identity?.extensions?.issuer ?? '',
  }
  if (found.identity === '' || found.identity !== trust.identity || found.issuer !== trust.issuer) {
    throw new SignerIdentityError(found, trust)
  }
  const logIndexes = bundle.verificationMaterial.tlogEntries.map(({ logIndex }) => logIndex)
  return { method: 'sigstore', ...found, logIndexes }
}

type Sigstore = Awaited<ReturnType<typeof importPackages>>

async function importPackages() {
  const [{ bundleFromJSON }, { toSignedEntity, toTrustMaterial, Verifier }, { TrustedRoot }] = await Promise.all([
    import('@sigstore/bundle'),
    import('@sigstore/verify'),
    import('@sigstore/protobuf-specs'),
  ])
  return { bundleFromJSON, toSignedEntity, toTrustMaterial, Verifier, TrustedRoot }
}

/** They are optional peers: most who verify never see a signature by Sigstore. */
async function loadPackages(): Promise<Sigstore> {
  try {
    return await importPackages()
  } catch (cause) {
    throw new SigstoreMissingError(
      PACKAGES.join(' '),
      enginesOf() ?? '^22.22.2 || ^24.15.0 || >=26.0.0',
      process.version,
      { cause },
    )
  }
}

/** What Node the installed packages ask for. */
function enginesOf(): string | undefined {
  try {
    const { engines } = createRequire(import.meta.url)('@sigstore/verify/package.json') as {
      engines?: { node?: string }
    }
    return engines?.node
  } catch {
    return undefined
  }
}

function trustMaterialOf(
  { TrustedRoot, toTrustMaterial }: Sigstore,
  root: unknown,
): ReturnType<Sigstore['toTrustMaterial']> {
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(root))
    if (material.certificateAuthorities.length > 0 && material.tlogs.length > 0) return material
  } catch (cause) {
    throw new InvalidTrustError('The trusted root', 'a trusted root of Sigstore (trusted_root.json)', { cause })
  }
  throw new InvalidTrustError('The trusted root', 'a trusted root of Sigstore with authorities and logs')
}

function readBundle(
  { bundleFromJSON }: Sigstore,
  json: Record<string, unknown>,
): ReturnType<Sigstore['bundleFromJSON']> {
  try {
    return bundleFromJSON(json)
  } catch (cause) {
    throw new UnreadableSignatureError(
      'the bundle',
      `is not one of Sigstore: ${(cause as Error).message.replace(/\.$/, '')}`,
      { cause },
    )
  }
}
