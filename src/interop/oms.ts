import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { sha256Joined } from '../core/sha256.ts'
import { compareCodePoints, hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { parseStrictJson } from '../core/json.ts'

/** The predicate type of OpenSSF Model Signing 1.0. */
export const MANIFEST_PREDICATE_TYPE = 'https://model_signing/signature/v1.0'
/** The in-toto statement type that carries it. */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
/** The payload type of the DSSE envelope around the statement. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/**
 * What the reference implementation leaves out of a folder when nothing else is said, at the folder's root only: git's own
 * files, and the file that its command line writes the signature to.
 */
export const DEFAULT_IGNORED_PATHS: readonly string[] = ['.git', '.gitattributes', '.github', '.gitignore', 'model.sig']

/** The name of the one resource of a model that is a single file and not a folder. */
export const SINGLE_FILE_NAME = './'

/** Longest name of a resource, in bytes of UTF-8. */
export const MAX_RESOURCE_NAME_BYTES = 4096

/** A file of a model. */
export type Resource = {
  /** Path from the model's folder, parts joined by `/`; {@link SINGLE_FILE_NAME} for a model that is one file. */
  name: string
  algorithm: 'sha256'
  /** SHA-256 of the contents: 64 lower-case hex digits without 0x, as in the standard. */
  digest: string
}

/** The predicate of an OpenSSF Model Signing 1.0 statement, serialised by files with SHA-256. */
export type Manifest = {
  serialization: {
    method: 'files'
    hash_type: 'sha256'
    allow_symlinks: boolean
    /** Paths from the model's folder that were left out, with all that is below them. */
    ignore_paths: readonly string[]
  }
  /** In the order of {@link compareResourceNames}. */
  resources: readonly Resource[]
}

/** An in-toto statement about a model, not signed yet. */
export type ManifestStatement = {
  _type: typeof STATEMENT_TYPE
  /** One subject: the model's name, which only informs, and its digest in hex without 0x. */
  subject: readonly [{ name: string; digest: { sha256: string } }]
  predicateType: typeof MANIFEST_PREDICATE_TYPE
  predicate: Manifest
}

/**
 * The order of resources: part by part, each part by its code points, a path before those that go on below it. It is how
 * Python orders `PurePosixPath`, which the reference implementation sorts by, and differs from the order of the plain
 * strings: `a/b` comes before `a.b`, because the part `a` comes before the part `a.b`.
 */
export function compareResourceNames(a: string, b: string): number {
  const left = a.split('/')
  const right = b.split('/')
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = compareCodePoints(left[index]!, right[index]!)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/**
 * The manifest of some files, in order.
 *
 * @param files name and SHA-256 (64 lower-case hex digits) of each
 * @param ignoredPaths what was left out, to be recorded
 * @throws {@link NoResourcesError} {@link InvalidResourceError} {@link DuplicateResourceError}
 */
export function manifestOf(
  files: Iterable<{ name: string; digest: string }>,
  ignoredPaths: readonly string[] = DEFAULT_IGNORED_PATHS,
): Manifest {
  const resources = Array.from(files, ({ name, digest }): Resource => ({ name, algorithm: 'sha256', digest })).sort(
    (a, b) => compareResourceNames(a.name, b.name),
  )
  checkResources(resources)
  return {
    serialization: {
      method: 'files',
      hash_type: 'sha256',
      allow_symlinks: false,
      ignore_paths: [...ignoredPaths],
    },
    resources,
  }
}

/**
 * The model digest: SHA-256 of the resources' 32-byte digests, one after the other, in order. It is the digest of the
 * statement's subject, and the `weights` of a registration. Names take part by the order only.
 */
export function manifestDigest(manifest: Manifest): Digest {
  return sha256Joined(manifest.resources.map(({ digest }) => `0x${digest}` as const))
}

/** The in-toto statement to sign for a manifest. @param name the model's name; it informs and is not part of the digest */
export function statementOf(manifest: Manifest, name: string): ManifestStatement {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256: manifestDigest(manifest).slice(2) } }],
    predicateType: MANIFEST_PREDICATE_TYPE,
    predicate: manifest,
  }
}

/**
 * Reads a statement of the outside world and recomputes its digest. Fields that version 1.0 does not define are ignored, as
 * it asks.
 *
 * @param value the statement, parsed from JSON
 * @throws {@link UnsupportedManifestError} for another type, another serialisation than by files, or another hash
 * @throws {@link InvalidManifestError} when a field is missing or of another type
 * @throws {@link NoResourcesError} {@link InvalidResourceError} {@link DuplicateResourceError}
 * @throws {@link ResourceOrderError} when the resources are not in order
 * @throws {@link ManifestDigestError} when the subject's digest is not that of the resources
 */
export function parseStatement(value: unknown): { name: string; digest: Digest; manifest: Manifest } {
  const statement = record(value, 'the statement')
  expectText(statement._type, STATEMENT_TYPE, '_type')
  expectText(statement.predicateType, MANIFEST_PREDICATE_TYPE, 'predicateType')

  const subjects = list(statement.subject, 'subject')
  if (subjects.length !== 1) throw new InvalidManifestError('subject', `has ${subjects.length} entries`, 'exactly one')
  const subject = record(subjects[0], 'subject[0]')
  const name = text(subject.name, 'subject[0].name')
  const stated = text(record(subject.digest, 'subject[0].digest').sha256, 'subject[0].digest.sha256')

  const predicate = record(statement.predicate, 'predicate')
  const serialization = record(predicate.serialization, 'predicate.serialization')
  expectText(serialization.method, 'files', 'predicate.serialization.method')
  expectText(serialization.hash_type, 'sha256', 'predicate.serialization.hash_type')
  const allowSymlinks = serialization.allow_symlinks
  if (typeof allowSymlinks !== 'boolean') {
    throw new InvalidManifestError('predicate.serialization.allow_symlinks', 'is not a boolean', 'true or false')
  }
  // Releases before 1.1 of the reference implementation did not record what they left out.
  const ignorePaths = list(serialization.ignore_paths ?? [], 'predicate.serialization.ignore_paths').map(
    (path, index) => text(path, `predicate.serialization.ignore_paths[${index}]`),
  )

  const resources = list(predicate.resources, 'predicate.resources').map((each, index): Resource => {
    const path = `predicate.resources[${index}]`
    const resource = record(each, path)
    expectText(resource.algorithm, 'sha256', `${path}.algorithm`)
    return {
      name: text(resource.name, `${path}.name`),
      algorithm: 'sha256',
      digest: text(resource.digest, `${path}.digest`),
    }
  })
  checkResources(resources)

  const manifest: Manifest = {
    serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: allowSymlinks, ignore_paths: ignorePaths },
    resources,
  }
  const digest = manifestDigest(manifest)
  if (digest !== `0x${stated}`) throw new ManifestDigestError(stated, digest)
  return { name, digest, manifest }
}

/**
 * Takes the statement out of a Sigstore bundle (DSSE envelope) and reads it with {@link parseStatement}. It does NOT check
 * the bundle's signature: what it returns is what the bundle says, not what anybody is known to have signed.
 *
 * @param value the bundle, parsed from JSON
 * @throws what {@link parseStatement} and `parseStrictJson` throw
 */
export function parseUnverifiedBundle(value: unknown): ReturnType<typeof parseStatement> {
  const envelope = record(record(value, 'the bundle').dsseEnvelope, 'dsseEnvelope')
  expectText(envelope.payloadType, STATEMENT_PAYLOAD_TYPE, 'dsseEnvelope.payloadType')
  const payload = text(envelope.payload, 'dsseEnvelope.payload')
  let json: string
  try {
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0))
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new InvalidManifestError('dsseEnvelope.payload', 'is not UTF-8 in base64', 'a statement in base64', { cause })
  }
  return parseStatement(parseStrictJson(json, 'The payload of the bundle'))
}

/**
 * Checks that a resource's name is a path that stays below the model's folder and that a terminal shows as it is.
 *
 * @throws {@link InvalidResourceError}
 */
export function checkResourceName(name: string): void {
  if (name === SINGLE_FILE_NAME) return
  const parts = name.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new InvalidResourceError(name, 'is not a plain path below the folder', 'no empty part, no "." and no ".."')
  }
  if (hasUnsafeCharacters(name)) {
    throw new InvalidResourceError(name, 'has control, zero-width or bidirectional characters', 'a name without them')
  }
  if (utf8Length(name) > MAX_RESOURCE_NAME_BYTES) {
    throw new InvalidResourceError(name, 'is too long', `at most ${MAX_RESOURCE_NAME_BYTES} bytes`)
  }
}

function checkResources(resources: readonly Resource[]): void {
  if (resources.length === 0) throw new NoResourcesError()
  // Names first, so that an order that does not matter is not what is complained of.
  const names = new Set<string>()
  for (const { name, digest } of resources) {
    checkResourceName(name)
    if (!/^[0-9a-f]{64}$/.test(digest)) {
      throw new InvalidResourceError(name, `has the digest ${quoted(digest)}`, '64 lower-case hex digits')
    }
    if (names.has(name)) throw new DuplicateResourceError(name)
    names.add(name)
  }
  if (names.has(SINGLE_FILE_NAME) && names.size > 1) {
    throw new InvalidResourceError(SINGLE_FILE_NAME, 'stands beside other resources', 'either one file or a folder')
  }
  for (let index = 1; index < resources.length; index++) {
    const [previous, next] = [resources[index - 1]!.name, resources[index]!.name]
    if (compareResourceNames(previous, next) > 0) throw new ResourceOrderError(previous, next)
  }
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidManifestError(path, 'is not an object', 'an object')
  }
  return value as Record<string, unknown>
}

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new InvalidManifestError(path, 'is not a list', 'a list')
  return value
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new InvalidManifestError(path, 'is not a string', 'a string')
  return value
}

function expectText(value: unknown, expected: string, path: string): void {
  const actual = text(value, path)
  if (actual !== expected) throw new UnsupportedManifestError(path, actual, expected)
}

/** Thrown when a model has no file at all, or none that is not ignored. */
export class NoResourcesError extends StemmaError {
  override name = 'NoResourcesError'
  constructor() {
    super(
      'NO_RESOURCES',
      'The model has no files, or none that is not left out. Give the folder that holds the weights.',
    )
  }
}

/** Thrown when a resource's name or digest is not what the standard, or safety, allows. */
export class InvalidResourceError extends StemmaError {
  override name = 'InvalidResourceError'
  constructor(name: string, what: string, expected: string) {
    super('INVALID_RESOURCE', `The resource ${quoted(name)} ${what}. Expected ${expected}.`)
  }
}

/** Thrown when a manifest has two resources of one name. */
export class DuplicateResourceError extends StemmaError {
  override name = 'DuplicateResourceError'
  constructor(name: string) {
    super('DUPLICATE_RESOURCE', `The manifest has the resource ${quoted(name)} twice. Each file may stand in it once.`)
  }
}

/** Thrown when the resources of a statement are not in the order that the model digest needs. */
export class ResourceOrderError extends StemmaError {
  override name = 'ResourceOrderError'
  constructor(previous: string, next: string) {
    super(
      'RESOURCE_ORDER',
      `The resource ${quoted(next)} comes after ${quoted(previous)}, out of order, so the statement's digest is not the model digest. Sign the model again with resources sorted by the parts of their paths.`,
    )
  }
}

/** Thrown when a statement's subject has another digest than its resources. */
export class ManifestDigestError extends StemmaError {
  override name = 'ManifestDigestError'
  constructor(stated: string, digest: Digest) {
    super(
      'MANIFEST_DIGEST',
      `The statement's subject has the digest ${quoted(stated)} but its resources hash to ${digest.slice(2)}. The statement was altered or badly made; get it again from the signer.`,
    )
  }
}

/** Thrown when a statement is of a type, a serialisation or a hash that gives no model digest of ours. */
export class UnsupportedManifestError extends StemmaError {
  override name = 'UnsupportedManifestError'
  constructor(path: string, value: string, expected: string) {
    super(
      'UNSUPPORTED_MANIFEST',
      `${path} is ${quoted(value)}. Only ${quoted(expected)} is supported; sign the model that way.`,
    )
  }
}

/** Thrown when a field of a statement or bundle is missing or of the wrong type. */
export class InvalidManifestError extends StemmaError {
  override name = 'InvalidManifestError'
  constructor(path: string, what: string, expected: string, options?: { cause?: unknown }) {
    super('INVALID_MANIFEST', `${path} ${what}. Expected ${expected}.`, options)
  }
}
