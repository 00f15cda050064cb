import type { ChainId } from '../core/chainId.ts'
import { COUNTRY_FORM, countryHint, isCountry, type Country } from '../core/countries.ts'
import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address } from '../core/hex.ts'
import { hubUri, modelNameKey } from '../core/modelName.ts'
import { quoted } from '../core/text.ts'
import { FieldReader, describeValue } from './fields.ts'

/** The name of the file, at the root of a repository. */
export const PROOF_FILE = 'stemma.json'
/** Its path on a domain. */
export const DOMAIN_PATH = '/.well-known/stemma.json'
/** Longest file, in bytes. */
export const MAX_PROOF_BYTES = 65_536
const MOST_NAMES = 1_000
const MOST_ACCOUNTS = 64

/**
 * A name that can be proved: `hf:owner/name`, a repository on the Hub; `git:github.com/owner/name`, a repository on a git host;
 * `domain:acme.example`, for every URI on exactly that host. In lower case.
 */
export type ProofName = `${'hf' | 'git' | 'domain'}:${string}`

/** The account of a publisher on a ledger. */
export type ProvedAccount = { chainId: ChainId; ledger: Address; publisher: Address }

/**
 * The file by which a publisher proves that it holds some names. The same bytes lie at each name, and their SHA-256 is the publisher's
 * profile on chain: so each name states the account, and the account states each name.
 */
export type NamespaceProof = {
  version: 1
  /** One account for each ledger. */
  accounts: readonly ProvedAccount[]
  names: readonly ProofName[]
  /** Where the publisher says that it is established: a statement, which the names do not prove. */
  country?: Country
}

/** Where the proof of a name lies, and for the Hub where it says which repository has the name. */
export type ProofPlace = { name: ProofName; file: string; repository?: string }

/** Hosts of git repositories, and where they serve a file of the default branch. */
const GIT_HOSTS: Readonly<Record<string, (path: string) => string>> = {
  'github.com': (path) => `https://raw.githubusercontent.com/${path}/HEAD/${PROOF_FILE}`,
  'gitlab.com': (path) => `https://gitlab.com/${path}/-/raw/HEAD/${PROOF_FILE}`,
}

const REPOSITORY = /^[\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95}$/
/** First parts of paths on the Hub that are not owners. */
const NOT_OWNERS = ['api', 'blog', 'collections', 'datasets', 'docs', 'models', 'organizations', 'papers', 'spaces']
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/
/** Ends of names that only a local network resolves. */
const LOCAL = /\.(?:arpa|corp|home|internal|intranet|invalid|lan|local|localdomain|localhost|onion|private)$/

/**
 * Reads the name that covers a text: a name, the URI of a model, `owner/name` on the Hub, or a domain. Undefined where nothing can
 * prove it. A host must have a public name, so that a URI of a stranger leads to no machine of the reader's network.
 *
 * @example
 * proofNameOf('https://huggingface.co/Acme/M30') === 'hf:acme/m30'
 */
export function proofNameOf(text: string): ProofName | undefined {
  const [, kind, name] = /^(git|domain):(.*)$/is.exec(text) ?? []
  if (kind?.toLowerCase() === 'domain') return domainName(name!)
  if (kind?.toLowerCase() === 'git') return gitName(`https://${name}`)
  const key = modelNameKey(text)
  const hub = hubUri('')
  if (key.startsWith(hub)) return hubName(key.slice(hub.length)) ?? domainName(text)
  return gitName(/^(?:github|gitlab)\.com\//i.test(text) ? `https://${text}` : text) ?? domainOfUri(text)
}

/** Where the proof of a name lies: on the default branch of that one repository, or on the domain. */
export function proofPlaceOf(name: ProofName): ProofPlace {
  const [kind, path] = [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)]
  if (kind === 'domain') return { name, file: `https://${path}${DOMAIN_PATH}` }
  if (kind === 'hf') {
    return {
      name,
      file: `${hubUri(path)}/raw/main/${PROOF_FILE}`,
      repository: hubUri(`api/models/${path}?expand=author`),
    }
  }
  const [host, ...parts] = path.split('/')
  return { name, file: GIT_HOSTS[host!]!(parts.join('/')) }
}

/** Makes a proof for one ledger, with each name once, in order. @throws {@link InvalidNamespaceProofError} */
export function namespaceProofOf(
  { chainId, contracts }: { chainId: ChainId; contracts: Pick<Deployment['contracts'], 'ledger'> },
  publisher: Address,
  names: readonly ProofName[],
  country?: Country,
): NamespaceProof {
  const accounts = [{ chainId, ledger: contracts.ledger, publisher }]
  const stated = country === undefined ? {} : { country }
  return parseNamespaceProof({ version: 1, accounts, names: [...new Set(names)].toSorted(), ...stated })
}

/** Reads the parsed JSON of a proof. @throws {@link InvalidNamespaceProofError} naming the field */
export function parseNamespaceProof(value: unknown): NamespaceProof {
  const file = read.object(value, 'the file', ['version', 'accounts', 'names', 'country'])
  const version = read.version(file.version, 1)
  const accounts = read.list(file.accounts, 'accounts', MOST_ACCOUNTS).map((item, index): ProvedAccount => {
    const field = `accounts[${index}]`
    const account = read.object(item, field, ['chainId', 'ledger', 'publisher'])
    return {
      chainId: read.chainId(account.chainId, `${field}.chainId`),
      ledger: read.account(account.ledger, `${field}.ledger`),
      publisher: read.account(account.publisher, `${field}.publisher`),
    }
  })
  const names = read.list(file.names, 'names', MOST_NAMES).map((item, index): ProofName => {
    const name = typeof item === 'string' ? proofNameOf(item) : undefined
    if (name === undefined || name !== item) return read.fail(`names[${index}]`, item, NAME_FORMS)
    return name
  })
  if (names.length === 0) read.fail('names', file.names, 'at least one name')
  const ledgers = accounts.map(({ chainId, ledger }) => `${chainId} ${ledger}`)
  const twice = ledgers.findIndex((ledger, index) => ledgers.indexOf(ledger) !== index)
  if (twice >= 0) read.fail(`accounts[${twice}].ledger`, accounts[twice]!.ledger, 'one account for each ledger')
  const { country } = file
  if (country !== undefined && !isCountry(country)) {
    return read.fail('country', country, COUNTRY_FORM, countryHint(country))
  }
  return { version, accounts, names, ...(country !== undefined && { country }) }
}

/** The bytes of a proof: what lies at each name, and has the profile's digest. */
export function namespaceProofText(proof: NamespaceProof): string {
  return `${JSON.stringify(proof, null, 2)}\n`
}

/** The account that a proof states on a ledger. */
export function accountOn(
  { accounts }: NamespaceProof,
  { chainId, contracts }: { chainId: ChainId; contracts: Pick<Deployment['contracts'], 'ledger'> },
): Address | undefined {
  return accounts.find((each) => each.chainId === chainId && each.ledger === contracts.ledger)?.publisher
}

const NAME_FORMS =
  'hf:owner/name, git:github.com/owner/name, git:gitlab.com/owner/name or domain:<public domain>, in lower case'

function hubName(path: string): ProofName | undefined {
  const owner = path.slice(0, path.indexOf('/'))
  return REPOSITORY.test(path) && !NOT_OWNERS.includes(owner) ? `hf:${path}` : undefined
}

function gitName(uri: string): ProofName | undefined {
  const url = publicUrl(uri)
  if (!url || !Object.hasOwn(GIT_HOSTS, url.host)) return undefined
  const [owner = '', name = ''] = url.pathname.slice(1).split('/')
  const path = `${owner}/${name.replace(/\.git$/i, '')}`.toLowerCase()
  return REPOSITORY.test(path) && !path.includes('..') ? `git:${url.host}/${path}` : undefined
}

function domainOfUri(uri: string): ProofName | undefined {
  const url = publicUrl(uri)
  if (!url) return undefined
  // A tenant of these does not hold the domain; its repository has a name of its own.
  if (Object.hasOwn(GIT_HOSTS, url.host) || /^(?:www\.)?(?:huggingface|hf)\.co$/.test(url.host)) return undefined
  return domainName(url.host)
}

function domainName(host: string): ProofName | undefined {
  const domain = host.toLowerCase()
  return DOMAIN.test(domain) && !LOCAL.test(domain) ? `domain:${domain}` : undefined
}

/** A URL by https, on the usual port, without a name and a password. */
function publicUrl(uri: string): URL | undefined {
  if (!/^https:\/\//i.test(uri) || !URL.canParse(uri)) return undefined
  const url = new URL(uri)
  return url.port === '' && url.username === '' && url.password === '' ? url : undefined
}

/** Thrown when a file is not a proof of names. */
export class InvalidNamespaceProofError extends StemmaError {
  override name = 'InvalidNamespaceProofError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_NAMESPACE_PROOF',
      `Invalid proof of names: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Write the file by stemma publisher prove.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidNamespaceProofError(...fault))
