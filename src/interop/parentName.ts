import { isExternalName, parseExternalName } from '../core/external.ts'
import { isBytes32 } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'

/** Hosts that serve the repositories of the Hugging Face Hub under the same paths. */
const HUB_HOSTS = ['huggingface.co', 'huggingface.com', 'hf.co', 'hf-mirror.com']
/** First segments of the Hub's paths that lead to something other than a model. */
const OTHER_PLACES = ['datasets', 'spaces', 'papers', 'collections', 'docs', 'blog', 'organizations', 'settings']
/** Segments that follow a repository's id in the path of one of its pages. */
const PAGES = ['tree', 'blob', 'resolve', 'raw', 'commit', 'commits', 'discussions', 'edit', 'upload', 'settings']
/** Words by which a field says that there is nothing to name. */
const NOTHING = ['', '-', 'none', 'null', 'nil', 'n/a', 'na', 'scratch', 'from scratch', '[]']
/** A file of weights, which a repository's id does not name. */
const WEIGHTS_FILE = /\.(gguf|ggml|safetensors|bin|pt|pth|ckpt|onnx|h5)$/i

/** Longest text that is read, in UTF-16 code units. */
const MAX_LENGTH = 2048
/** A link in Markdown: its words and its address. */
const MARKDOWN_LINK = /\[([^\][]{0,200})\]\(\s*<?([^()<>\s]{1,500})>?[^()]{0,200}\)/g

/**
 * The models that a text names, in every way in which cards and tools write it: an id on the Hub, a link to any page of it or a clone URL, a
 * revision (`@main`, `:Q4_K_M`), `hf:` and `hf://`, a package URL, a folder of the Hub's cache, a Markdown link, several by `,` or as
 * `base+adapter`; a model id, or the name of an external parent. Each once, in any case, because the Hub ignores case.
 *
 * @returns the names; empty when the text says that there is none, null when it cannot be read whole
 */
export function readParentNames(text: string): string[] | null {
  if (text.length > MAX_LENGTH) return null
  const bare = unwrap(
    text.replace(MARKDOWN_LINK, (_, words: string, url: string) =>
      /^\S+\/\S+$/.test(words) ? `${words},${url}` : url,
    ),
  )
  if (NOTHING.includes(bare.toLowerCase())) return []
  const whole = namesOf(bare)
  return whole === null ? null : uniqueParents(whole)
}

/** The form in which names of parents are compared. The Hub ignores case, and `hf:` names the same place. */
export function parentKey(name: string): string {
  return name.toLowerCase().replace(/^hf:/, '')
}

/** Names of parents, each once, in the spelling that came first. */
export function uniqueParents(names: Iterable<string>): string[] {
  const found = new Map<string, string>()
  for (const name of names) if (!found.has(parentKey(name))) found.set(parentKey(name), name)
  return [...found.values()]
}

function namesOf(text: string): string[] | null {
  const pieces = text
    .replace(/\s*\+\s*/g, '+')
    .split(/[\s,;|]+/)
    .map(unwrap)
    .filter((piece) => piece !== '' && !['and', 'with', '&'].includes(piece.toLowerCase()))
  if (pieces.length === 0) return null
  const names: string[] = []
  // In prose each word looks like an id without an owner.
  const needsOwner = /[\s+|]/.test(text)
  for (const piece of pieces) {
    const parts = partsOf(piece)
    if (parts === null) return null
    for (const part of parts) {
      const name = nameOf(part)
      if (name === null || (!name.includes('/') && !isExact(name) && (needsOwner || parts.length > 1))) return null
      names.push(name)
    }
  }
  return names
}

/** The parts of `base+adapter`. Null when a query or fragment may hide one. */
function partsOf(piece: string): string[] | null {
  const bare = unwrap(piece)
  if (/[?#].*\+/s.test(bare)) return null
  return bare
    .replace(/[?#].*$/s, '')
    .split(/(?<!^git)\+/i)
    .map(unwrap)
}

function isExact(name: string): boolean {
  return isBytes32(name) || name.startsWith('tensors:')
}

function nameOf(part: string): string | null {
  if (isBytes32(part)) return part.toLowerCase()
  if (/^tensors:/i.test(part)) return externalNameOf(part)
  const place = /^(?:git\+)?(?:https?|git|ssh):\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?(\/.*)?$/i.exec(part)
  if (place !== null) return isHubHost(place[1]!) ? idOfPath(place[2] ?? '', true) : null
  const clone = /^[\w.-]+@([\w.-]+):(.*)$/.exec(part)
  if (clone !== null && isHubHost(clone[1]!)) return idOfPath(clone[2]!, true)
  const prefix = /^(?:(?:hf|huggingface):(?:\/\/)?|pkg:huggingface\/)/i.exec(part)
  if (prefix !== null) return idOfPath(part.slice(prefix[0].length), true)
  const [host, ...path] = part.replace(/^\/\//, '').split('/')
  if (isHubHost(host!)) return idOfPath(path.join('/'), true)
  const cached = /(?:^|[/\\])models--([^/\\]+)(?:[/\\]|$)/.exec(part)
  if (cached !== null) return idOf(cached[1]!.replace('--', '/'))
  if (/^[./~\\]|\\|^[a-z]:|:\/\//i.test(part)) return null
  return idOfPath(part, false)
}

/** The id in a path on the Hub. @param isLink whether anything may follow the id, as in a link to one of its pages */
function idOfPath(path: string, isLink: boolean): string | null {
  const segments = decoded(path)
    .split('/')
    .filter((segment) => segment !== '')
  if (isLink && segments[0]?.toLowerCase() === 'api') segments.shift()
  if (isLink && segments.length > 1 && segments[0]!.toLowerCase() === 'models') segments.shift()
  if (isLink && OTHER_PLACES.includes(segments[0]?.toLowerCase() ?? '')) return null
  // Only a name can have a revision: "gpt2@main", but not "other-hub:owner/name".
  if (segments[0]?.includes(':') || (segments[0]?.includes('@') && segments.length > 1 && segments[1] !== 'refs'))
    return null
  const cut = segments.map((segment, index) => (index < 2 ? segment.replace(/[@:].*$/s, '') : segment))
  // The revision may have slashes.
  const revised = segments.findIndex((segment) => /[@:]/.test(segment))
  const named = revised === -1 ? cut : cut.slice(0, revised + 1)
  const [first, second, ...more] = named
  if (first === undefined) return null
  if (second === undefined || (PAGES.includes(second.toLowerCase()) && more.length > 0))
    return idOf(trimmed(first, isLink))
  if (!isLink && more.length > 0 && !PAGES.includes(more[0]!.toLowerCase())) return null
  return idOf(`${first}/${trimmed(second, isLink)}`)
}

function idOf(id: string): string | null {
  return isHubId(id) && !WEIGHTS_FILE.test(id) ? id : null
}

/** A name without what ends a sentence or, in a link, a clone URL. */
function trimmed(name: string, isLink: boolean): string {
  const bare = name.replace(/[.:]+$/, '')
  return isLink ? bare.replace(/\.git$/i, '') : bare
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function isHubHost(host: string): boolean {
  return HUB_HOSTS.includes(host.toLowerCase().replace(/^www\./, ''))
}

function externalNameOf(text: string): string | null {
  try {
    return isExternalName(text.toLowerCase()) ? parseExternalName(text) : null
  } catch {
    return null
  }
}

/** A text without white space, quotation marks and angle brackets around it. */
function unwrap(text: string): string {
  const bare = text.trim()
  const inner = /^(?:<([^<>]*)>|"([^"]*)"|'([^']*)'|`([^`]*)`)$/.exec(bare)
  return inner === null ? bare : unwrap(inner.slice(1).find((each) => each !== undefined)!)
}
