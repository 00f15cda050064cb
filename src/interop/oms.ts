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
 * Paths from a model's folder that are left out by default. Git's four are those of the specification, section 6.2, which
 * allows more. `.cache/huggingface` is what `hf download --local-dir` writes, with times in it. `model.sig` is where the
 * reference program writes a signature.
 */
export const DEFAULT_IGNORED_PATHS: readonly string[] = [
  '.cache/huggingface',
  '.git',
  '.gitattributes',
  '.github',
  '.gitignore',
  'model.sig',
]

/** Where the reference program, and `stemma weights sign`, write a signature: at the top of the model's folder. */
export const SIGNATURE_NAME = 'model.sig'

/** How the reference program names the one resource of a model that is a file. The specification wants the file's name. */
const REFERENCE_FILE_NAME = '.'

/**
 * An order of resources. `code-points` is that of the specification: whole names by their code points. `path-parts` is that
 * of the reference program, which sorts Python's `PurePosixPath`: part by part, each part by its code points. They differ
 * where a folder's name begins the name of a sibling: `tokenizer.json` comes before `tokenizer/vocab.txt` in the first
 * and after it in the second.
 */
export type ManifestOrder = 'code-points' | 'path-parts'

/** Longest name of a resource, in bytes of UTF-8. */
export const MAX_RESOURCE_NAME_BYTES = 4096

/** A file of a model. */
export type Resource = {
  /** Path from the model's folder, its parts joined by `/`. For a model that is one file, the file's name. */
  name: string
  algorithm: 'sha256'
  /** SHA-256 of the contents: 64 lower-case hex digits without 0x, as in the standard. */
  digest: string
}

/** The predicate of an OpenSSF Model Signing 1.0 statement, serialized by files with SHA-256. */
export type Manifest = {
  serialization: {
    method: 'files'
    hash_type: 'sha256'
    /** Whether symbolic links were followed. */
    allow_symlinks: boolean
    /** Paths from the model's folder that were left out, with all that is below them. */
    ignore_paths: readonly string[]
  }
  /** Sorted by the code points of their names. */
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

/** Compares the names of two resources in an order. Returns a number as `Array.prototype.sort` expects it. */
export function compareResourceNames(a: string, b: string, order: ManifestOrder = 'code-points'): number {
  if (order === 'code-points') return compareCodePoints(a, b)
  const left = a.split('/')
  const right = b.split('/')
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = compareCodePoints(left[index]!, right[index]!)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/**
 * Makes the manifest of some files.
 *
 * @param files name and SHA-256 (64 lower-case hex digits) of each
 * @throws {@link NoResourcesError} {@link InvalidResourceError} {@link DuplicateResourceError}
 */
export function manifestOf(
  files: Iterable<{ name: string; digest: string }>,
  options: { ignoredPaths?: readonly string[]; allowSymlinks?: boolean } = {},
): Manifest {
  const { ignoredPaths = DEFAULT_IGNORED_PATHS, allowSymlinks = false } = options
  const resources = Array.from(files, ({ name, digest }): Resource => ({ name, algorithm: 'sha256', digest }))
  checkResources(resources)
  return {
    serialization: {
      method: 'files',
      hash_type: 'sha256',
      allow_symlinks: allowSymlinks,
      ignore_paths: [...ignoredPaths],
    },
    resources: sorted(resources, 'code-points'),
  }
}

/**
 * Computes the digest of a manifest: SHA-256 of the resources' 32-byte digests, one after the other, in an order. In the order
 * of the specification, the default, it is the model digest: the `weights` of a registration. Names take part by the
 * order only.
 */
export function manifestDigest(manifest: Manifest, order: ManifestOrder = 'code-points'): Digest {
  return digestOf(sorted(manifest.resources, order))
}

/** Makes the in-toto statement to sign for a manifest. @param name the model's name; it informs and is not part of the digest */
export function statementOf(manifest: Manifest, name: string): ManifestStatement {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256: manifestDigest(manifest).slice(2) } }],
    predicateType: MANIFEST_PREDICATE_TYPE,
    predicate: manifest,
  }
}

/** A statement that was read and checked. */
export type ParsedStatement = {
  /** The model's name, which informs only. */
  name: string
  /** The model digest, in the order of the specification. */
  digest: Digest
  /** The subject's digest. It differs from `digest` only when `order` is `path-parts`. */
  statedDigest: Digest
  /** In which order the statement lists the resources; `code-points` when both orders are the same. */
  order: ManifestOrder
  manifest: Manifest
}

/**
 * Reads an untrusted statement and recomputes its digest. Accepts resources in the order of the specification or of the
 * reference program. Ignores fields that version 1.0 does not define, as the specification demands.
 *
 * @param value the statement, parsed from JSON
 * @throws {@link UnsupportedManifestError} for another type, another serialization than by files, or another hash
 * @throws {@link InvalidManifestError} when a field is missing or of another type
 * @throws {@link NoResourcesError} {@link InvalidResourceError} {@link DuplicateResourceError}
 * @throws {@link ResourceOrderError} when the resources are in neither order
 * @throws {@link ManifestDigestError} when the subject's digest is not that of the resources
 */
export function parseStatement(value: unknown): ParsedStatement {
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
  // Releases of the reference implementation before 1.1 did not record ignored paths.
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
  const order = orderOf(resources)
  const statedDigest = digestOf(resources)
  if (statedDigest !== `0x${stated}`) throw new ManifestDigestError(stated, statedDigest)

  const manifest: Manifest = {
    serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: allowSymlinks, ignore_paths: ignorePaths },
    resources: sorted(resources, 'code-points'),
  }
  return { name, digest: manifestDigest(manifest), statedDigest, order, manifest }
}

/**
 * Takes the statement out of a Sigstore bundle (DSSE envelope) and reads it with {@link parseStatement}. Does NOT check the
 * bundle's signature, so anybody may have written what it returns.
 *
 * @param value the bundle, parsed from JSON
 * @throws what {@link parseStatement} and `parseStrictJson` throw
 */
export function parseUnverifiedBundle(value: unknown): ParsedStatement {
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
 * Reads a file that holds a statement, either bare or in a Sigstore bundle. Does NOT check a signature.
 *
 * @param value the file, parsed from JSON
 * @throws what {@link parseStatement} and {@link parseUnverifiedBundle} throw
 */
export function parseUnverifiedStatement(value: unknown): ParsedStatement {
  const isBundle = typeof value === 'object' && value !== null && 'dsseEnvelope' in value
  return isBundle ? parseUnverifiedBundle(value) : parseStatement(value)
}

/** A file in which a model differs from a manifest. */
export type ManifestDifference = { name: string; kind: 'missing' | 'changed' | 'added' }

/**
 * Lists the files in which a model differs from what a statement says of it, sorted by name. A model that is one file may
 * have any name.
 */
export function compareManifests(stated: Manifest, actual: Manifest): ManifestDifference[] {
  const [alone, file] = [stated.resources[0]!, actual.resources[0]!]
  if (stated.resources.length === 1 && actual.resources.length === 1 && !`${alone.name}${file.name}`.includes('/'))
    return alone.digest === file.digest ? [] : [{ name: file.name, kind: 'changed' }]
  const found = new Map(actual.resources.map(({ name, digest }) => [name, digest]))
  const differences: ManifestDifference[] = []
  for (const { name, digest } of stated.resources) {
    const actualDigest = found.get(name)
    if (actualDigest === undefined) differences.push({ name, kind: 'missing' })
    else if (actualDigest !== digest) differences.push({ name, kind: 'changed' })
    found.delete(name)
  }
  for (const name of found.keys()) differences.push({ name, kind: 'added' })
  return differences.sort((a, b) => compareCodePoints(a.name, b.name))
}

/**
 * Checks that a resource's name is a path that stays below the model's folder, without characters that a terminal obeys.
 *
 * @throws {@link InvalidResourceError}
 */
export function checkResourceName(name: string): void {
  if (name === REFERENCE_FILE_NAME) return
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
  const names = new Set<string>()
  for (const { name, digest } of resources) {
    checkResourceName(name)
    if (!/^[0-9a-f]{64}$/.test(digest)) {
      throw new InvalidResourceError(name, `has the digest ${quoted(digest)}`, '64 lower-case hex digits')
    }
    if (names.has(name)) throw new DuplicateResourceError(name)
    names.add(name)
  }
  if (names.has(REFERENCE_FILE_NAME) && names.size > 1) {
    throw new InvalidResourceError(REFERENCE_FILE_NAME, 'is listed with other resources', 'either one file or a folder')
  }
}

function orderOf(resources: readonly Resource[]): ManifestOrder {
  const misplaced = (order: ManifestOrder) =>
    resources.findIndex(
      ({ name }, index) => index > 0 && compareResourceNames(resources[index - 1]!.name, name, order) > 0,
    )
  const index = misplaced('code-points')
  if (index < 0) return 'code-points'
  if (misplaced('path-parts') < 0) return 'path-parts'
  throw new ResourceOrderError(resources[index - 1]!.name, resources[index]!.name)
}

function sorted(resources: readonly Resource[], order: ManifestOrder): Resource[] {
  return resources.toSorted((a, b) => compareResourceNames(a.name, b.name, order))
}

function digestOf(resources: readonly Resource[]): Digest {
  return sha256Joined(resources.map(({ digest }) => `0x${digest}` as const))
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

/** Thrown when a model has no files, or only files that are left out. */
export class NoResourcesError extends StemmaError {
  override name = 'NoResourcesError'
  constructor() {
    super(
      'NO_RESOURCES',
      'The model has no files, or only files that are left out. Use the folder that holds the weights.',
    )
  }
}

/** Thrown when a resource has an unsafe name or an invalid digest. */
export class InvalidResourceError extends StemmaError {
  override name = 'InvalidResourceError'
  constructor(name: string, what: string, expected: string) {
    super('INVALID_RESOURCE', `The resource ${quoted(name)} ${what}. Expected ${expected}.`)
  }
}

/** Thrown when a manifest lists a file twice. */
export class DuplicateResourceError extends StemmaError {
  override name = 'DuplicateResourceError'
  constructor(name: string) {
    super('DUPLICATE_RESOURCE', `The manifest lists ${quoted(name)} twice. List each file once.`)
  }
}

/** Thrown when the resources of a statement are in neither order that a model digest is computed in. */
export class ResourceOrderError extends StemmaError {
  override name = 'ResourceOrderError'
  constructor(previous: string, next: string) {
    super(
      'RESOURCE_ORDER',
      `The resource ${quoted(next)} comes after ${quoted(previous)}, so the statement is sorted neither by code points nor by path parts. Sign the model again with resources sorted by the code points of their names.`,
    )
  }
}

/** Thrown when the digest of a statement's subject is not that of its resources. */
export class ManifestDigestError extends StemmaError {
  override name = 'ManifestDigestError'
  constructor(stated: string, digest: Digest) {
    super(
      'MANIFEST_DIGEST',
      `The statement's subject has the digest ${quoted(stated)} but its resources hash to ${digest.slice(2)}. The statement was altered, or made wrongly; get it again from the signer.`,
    )
  }
}

/** Thrown when a statement has another type, serialization or hash than those that give a model digest. */
export class UnsupportedManifestError extends StemmaError {
  override name = 'UnsupportedManifestError'
  constructor(path: string, value: string, expected: string) {
    super(
      'UNSUPPORTED_MANIFEST',
      `${path} is ${quoted(value)}. Only ${quoted(expected)} is supported; sign the model with it.`,
    )
  }
}

/** Thrown when a field of a statement or bundle is missing or has the wrong type. */
export class InvalidManifestError extends StemmaError {
  override name = 'InvalidManifestError'
  constructor(path: string, what: string, expected: string, options?: { cause?: unknown }) {
    super('INVALID_MANIFEST', `${path} ${what}. Expected ${expected}.`, options)
  }
}
