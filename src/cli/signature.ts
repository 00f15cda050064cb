import { lstat, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'

import type { Command } from 'commander'

import { UsageError, type Context } from '../console/context.ts'
import { pathOf, readBytesFile, readJsonFile } from '../console/files.ts'
import { repeatable } from '../console/options.ts'
import { quoted } from '../core/text.ts'
import { CLAIMS_FILE } from '../interop/lineageClaims.ts'
import type { Manifest } from '../interop/oms.ts'
import { MAX_SIGNATURE_BYTES } from '../interop/sigstore.ts'
import { parseAuthorities } from '../signing/certificatePath.ts'
import { checkSigned } from '../signing/checkSigned.ts'
import { parsePublicKey } from '../signing/publicKeys.ts'
import {
  verifySignature,
  type SignatureTrust,
  type Signer,
  type VerifiedSignature,
} from '../signing/verifySignature.ts'
import { isPlaceReference } from '../subjects/openSubject.ts'

/** The options that name a signature, and whose signature counts. */
export type SignatureOptions = {
  signature?: string
  key?: string
  ca?: string[]
  identity?: string
  issuer?: string
  trustedRoot?: string
}

/** A signature that holds, and the file that holds it. */
export type NamedSignature = VerifiedSignature & { file: string }

/** What an answer says of signatures: who signed, or where one is that nobody looked at. */
export type SignatureStatement =
  | { state: 'verified'; file: string; signer: Signer; limits: readonly string[] }
  | { state: 'unverified'; files: readonly string[] }

/** Longest file of keys or certificates, in bytes. */
const MAX_TRUST_BYTES = 4 * 1024 * 1024

/** Adds the options that verify a signature of OpenSSF Model Signing. */
export function withSignatureOptions(command: Command): Command {
  return command
    .option('--signature <file>', 'demand that this bundle of OpenSSF Model Signing (model.sig) signs the very model')
    .option('--key <file>', 'the public key by which it has to be signed (PEM or DER)')
    .addOption(
      repeatable('--ca <file>', 'an authority that has to vouch for its signer (certificates in PEM); may be repeated'),
    )
    .option('--identity <name>', 'who has to have signed by Sigstore: the whole name in the certificate')
    .option('--issuer <url>', 'who has to vouch for that name')
    .option(
      '--trusted-root <file>',
      "Sigstore's trusted root (JSON); by default that of the public Sigstore, as shipped",
    )
}

/** Checks that the options name a signature with exactly one way to trust it, or nothing of the kind. @throws {@link UsageError} */
export function checkSignatureOptions(options: SignatureOptions): void {
  const { signature, key, ca = [], identity, issuer, trustedRoot } = options
  const ways = [key !== undefined, ca.length > 0, identity !== undefined || issuer !== undefined]
  const count = ways.filter(Boolean).length
  if (signature === undefined) {
    if (count === 0 && trustedRoot === undefined) return
    throw new UsageError(
      '--key, --ca, --identity, --issuer and --trusted-root are about a signature. Name it: --signature <file>.',
    )
  }
  if (count !== 1) {
    throw new UsageError(
      'Say in one way whose signature counts: --key <file>, --ca <file>, or --identity <name> with --issuer <url>.',
    )
  }
  if (ways[2] && !(identity && issuer)) {
    throw new UsageError(
      '--identity and --issuer belong together: a name counts only by who vouches for it. Give both, and none empty.',
    )
  }
  if (trustedRoot !== undefined && !ways[2]) {
    throw new UsageError(
      '--trusted-root is about signatures by Sigstore. Leave it out, or give --identity and --issuer.',
    )
  }
}

/**
 * Verifies the signature that the options name; undefined when they name none.
 *
 * @param at when certificates have to be valid, in Unix seconds
 * @throws what `verifySignature` throws, and `FileError` for files that cannot be read
 */
export async function verifyNamedSignature(
  context: Context,
  options: SignatureOptions,
  at: number,
): Promise<NamedSignature | undefined> {
  const { signature: file } = options
  if (file === undefined) return undefined
  const trust = await trustOf(context, options)
  const bytes = await readBytesFile(context, file, MAX_SIGNATURE_BYTES)
  return { file, ...(await verifySignature(bytes, trust, at * 1000)) }
}

async function trustOf(context: Context, options: SignatureOptions): Promise<SignatureTrust> {
  const { key, ca = [], identity, issuer, trustedRoot } = options
  const read = (file: string): Promise<Uint8Array> => readBytesFile(context, file, MAX_TRUST_BYTES)
  if (key !== undefined) return { method: 'key', key: parsePublicKey(await read(key), `The key ${quoted(key)}`) }
  if (ca.length > 0) {
    const named = await Promise.all(
      ca.map(async (file) => parseAuthorities(await read(file), `The file ${quoted(file)}`)),
    )
    return { method: 'certificate', authorities: named.flat() }
  }
  const root = trustedRoot === undefined ? undefined : await readJsonFile(context, trustedRoot)
  return { method: 'sigstore', identity: identity!, issuer: issuer!, ...(root !== undefined && { trustedRoot: root }) }
}

/**
 * The path of a signature's file in the model's folder, to leave out of the model, where it is below the top of it. At the top, signatures
 * are known by what they hold.
 */
export async function signatureInFolder(
  context: Context,
  reference: string,
  { signature }: SignatureOptions,
): Promise<string[]> {
  if (signature === undefined || isPlaceReference(reference, context.env)) return []
  const root = await realpath(pathOf(context, reference)).catch(() => undefined)
  if (root === undefined || !(await lstat(root)).isDirectory()) return []
  const file = pathOf(context, signature)
  const folder = await realpath(dirname(file)).catch(() => undefined)
  if (folder === undefined) return []
  const path = relative(root, join(folder, file.slice(resolve(dirname(file)).length + 1)))
  return path.startsWith('..') || !path.includes(sep) ? [] : [path.split(sep).join('/')]
}

/** What an answer says of the signatures of a model: the one that was verified, or those in its folder that were not. */
export function signatureStatement(
  verified: NamedSignature | undefined,
  files: readonly string[],
): SignatureStatement | undefined {
  // Claims are statements about the model, with or without signatures: none says that somebody saw exactly these files.
  const unverified = files.filter((file) => file !== CLAIMS_FILE)
  if (verified !== undefined) {
    const { file, signer } = verified
    return { state: 'verified', file, signer, limits: [...LIMITS[signer.method], ...COMMON_LIMITS] }
  }
  return unverified.length === 0 ? undefined : { state: 'unverified', files: unverified }
}

/** Checks that a verified signature is about a model. @throws `SignedOtherModelError` */
export function checkSignedModel({ statement }: NamedSignature, model: { manifest: Manifest }): void {
  checkSigned(statement, model.manifest)
}

const COMMON_LIMITS = [
  'that the signer made the model, has rights to it, or is the publisher of its registration',
  'that what the signer or the registration states of licenses, parents or data is true',
]

/** What a signature by each method cannot show. */
const LIMITS: Readonly<Record<Signer['method'], readonly string[]>> = {
  key: ['who holds the key, and when it was used: where you got the public key decides that'],
  certificate: [
    'when it was signed, and whether the certificate was revoked: no list of revocations was asked',
    'that the authority vouches for this name with reason: you chose to trust it',
  ],
  sigstore: ['whether a key of Sigstore was withdrawn after the trusted root was written: no network was used'],
}

/** Who signed, in a few words. */
export function signerInWords(signer: Signer): string {
  switch (signer.method) {
    case 'key':
      return `the key ${signer.fingerprint}`
    case 'certificate':
      return `${quoted(signer.subject)} (certificate ${signer.fingerprint}), for whom ${quoted(signer.authority)} vouches`
    case 'sigstore':
      return `${quoted(signer.identity)}, as ${quoted(signer.issuer)} vouches, by Sigstore`
  }
}

/** A statement about signatures in one sentence. */
export function signatureSentence(statement: SignatureStatement): string {
  if (statement.state === 'verified')
    return `Exactly this model was signed by ${signerInWords(statement.signer)} (${quoted(statement.file)}).`
  const [first, ...others] = statement.files
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return `A signature is there and was not verified: ${quoted(first!)}${more}. To verify it, name it with --signature, and say whose counts.`
}

/** A statement about signatures for people, with what a signature cannot show. */
export function formatSignature(statement: SignatureStatement): string {
  if (statement.state === 'unverified') return signatureSentence(statement)
  return [`${signatureSentence(statement)} It cannot show:`, ...statement.limits.map((limit) => `  - ${limit}`)].join(
    '\n',
  )
}
