import { StemmaError } from '../../core/errors.ts'
import { isHubId } from '../../core/hubId.ts'
import { hasUnsafeCharacters, quoted } from '../../core/text.ts'

/** The address of the Hub. */
export const HUB_ENDPOINT = 'https://huggingface.co'
/** Names of the Hub's own host. */
const HUB_HOSTS = ['huggingface.co', 'www.huggingface.co', 'hf.co', 'www.hf.co']
/** What begins paths on the Hub that are not those of models. */
const OTHER_PATHS = /^(?:datasets|spaces|kernels|collections|papers|docs|api|models|organizations|settings|blog)$/
/** Longest name of a revision. Git's own limit is that of a file's name. */
const MAX_REVISION = 255

/** A model on the Hub, as a reference names it. */
export type HubReference = {
  /** `owner/name`, or `name` for a model of the Hub's early days. */
  id: string
  /** A branch, a tag or a commit. */
  revision: string
  /** A folder or file in the repository that is the model; undefined for all of it. */
  path?: string | undefined
}

/**
 * The address of the Hub: `HF_ENDPOINT`, which names a mirror, or the Hub itself.
 *
 * @throws {@link HubEndpointError} for what is not the address of a host
 */
export function hubEndpoint(env: NodeJS.ProcessEnv): URL {
  const text = env.HF_ENDPOINT?.trim() || HUB_ENDPOINT
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new HubEndpointError(text)
  url.pathname = url.pathname.replace(/\/+$/, '')
  return url
}

/** Whether a text is a URL of the Hub or of the mirror in `HF_ENDPOINT`. */
export function isHubUrl(text: string, env: NodeJS.ProcessEnv = process.env): boolean {
  return hubPathOf(text, env) !== undefined
}

/**
 * Reads `hf:owner/name`, `hf:owner/name@revision` (`hf://…` too) or a URL of the Hub, which may lead to a tree, a commit or a file.
 *
 * @example
 * parseHubReference('https://huggingface.co/acme/tiny/tree/v1.0') // { id: 'acme/tiny', revision: 'v1.0', path: undefined }
 *
 * @throws {@link HubReferenceError}
 */
export function parseHubReference(text: string, env: NodeJS.ProcessEnv = process.env): HubReference {
  if (hasUnsafeCharacters(text)) throw new HubReferenceError(text)
  const path = hubPathOf(text, env)
  if (path !== undefined) return ofPath(path, text)
  const match = /^hf:(?:\/\/)?([^@]+?)\/?(?:@(.+))?$/.exec(text)
  if (match === null) throw new HubReferenceError(text)
  return checked({ id: match[1]!, revision: match[2] ?? 'main' }, text)
}

/** The parts of a path on the Hub, decoded; undefined for a URL of another host, and for what is not a URL. */
function hubPathOf(text: string, env: NodeJS.ProcessEnv): string[] | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const mirror = mirrorOf(env)
  const isMirror =
    mirror !== undefined &&
    url.host === mirror.host &&
    url.pathname.startsWith(`${mirror.pathname.replace(/\/$/, '')}/`)
  if (url.username || url.password || !(isMirror || (HUB_HOSTS.includes(url.hostname) && url.port === '')))
    return undefined
  const path = isMirror ? url.pathname.slice(mirror.pathname.replace(/\/$/, '').length) : url.pathname
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
  } catch {
    throw new HubReferenceError(text)
  }
}

function mirrorOf(env: NodeJS.ProcessEnv): URL | undefined {
  const text = env.HF_ENDPOINT?.trim()
  return text && URL.canParse(text) ? new URL(text) : undefined
}

function ofPath(parts: readonly string[], text: string): HubReference {
  if (parts.length === 0 || OTHER_PATHS.test(parts[0]!)) throw new HubReferenceError(text)
  const verb = parts.findIndex(
    (part, index) => index > 0 && index < 3 && /^(?:tree|commit|blob|resolve|raw)$/.test(part),
  )
  if (verb < 0) return checked({ id: parts.join('/'), revision: 'main' }, text)
  const id = parts.slice(0, verb).join('/')
  const after = parts.slice(verb + 1)
  // These names of revisions have slashes, which a browser leaves as they are.
  const isLong = after[0] === 'refs' && (after[1] === 'pr' || after[1] === 'convert')
  const revision = after.slice(0, isLong ? 3 : 1).join('/')
  const path = after.slice(isLong ? 3 : 1).join('/')
  const isFile = /^(?:blob|resolve|raw)$/.test(parts[verb]!)
  if (path === '' ? isFile : parts[verb] === 'commit') throw new HubReferenceError(text)
  return checked({ id, revision, path: path === '' ? undefined : path }, text)
}

function checked(reference: HubReference, text: string): HubReference {
  const { id, revision, path = '' } = reference
  const isPlain = (part: string): boolean => part !== '' && part !== '.' && part !== '..'
  const isRevision =
    /^[\w./+@=%,-]+$/.test(revision) && revision.length <= MAX_REVISION && revision.split('/').every(isPlain)
  if (!isHubId(id) || !isRevision || (path !== '' && !path.split('/').every(isPlain)) || hasUnsafeCharacters(path))
    throw new HubReferenceError(text)
  return reference
}

/** An address for a message, without user, password and query: output is often kept where others read it. */
function withoutSecrets(text: string): string {
  if (text.startsWith('hf:')) return text
  return text.replace(/[?#].*$/s, '?…').replace(/^((?:https?:)?[\\/]*)[^/]*@/i, '$1…@')
}

/** Thrown when a text does not name a model on the Hub. */
export class HubReferenceError extends StemmaError {
  override name = 'HubReferenceError'
  constructor(text: string) {
    super(
      'HUB_REFERENCE',
      `${quoted(withoutSecrets(text))} does not name a model on the Hub. Write hf:owner/name, hf:owner/name@revision, or the URL of the model's page; only models are read, not data sets or spaces.`,
    )
  }
}

/** Thrown when HF_ENDPOINT is not the address of a host. */
export class HubEndpointError extends StemmaError {
  override name = 'HubEndpointError'
  constructor(text: string) {
    super(
      'HUB_ENDPOINT',
      `HF_ENDPOINT is ${quoted(withoutSecrets(text))}, which is not the address of a host. Use https://host without a user, a query or a fragment, or unset it.`,
    )
  }
}
