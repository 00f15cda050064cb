import { StemmaError } from '../../core/errors.ts'
import type { Address, Digest } from '../../core/hex.ts'
import { parseStrictJson } from '../../core/json.ts'
import { sha256 } from '../../core/sha256.ts'
import { quoted, shortText } from '../../core/text.ts'
import {
  accountOn,
  parseNamespaceProof,
  proofNameOf,
  proofPlaceOf,
  type ProofName,
} from '../../documents/namespaceProof.ts'
import type { ProveNames } from '../../verify/standing.ts'
import type { Ledger } from '../connect.ts'
import { downloadProof, PROOF_SECONDS, ProofRefusal, refusalOf, type Fetch } from './proofFile.ts'
import { readPublisher } from './readPublisher.ts'

export type { Fetch } from './proofFile.ts'

/** What a check of a name found. */
export type NamespaceCheck = {
  name: ProofName
  /**
   * `proved`: name and account state each other. `missing`: nothing lies at the name. `refused`: what lies there does not prove it.
   * `unreachable`: the host did not answer, so nothing is known.
   */
  state: 'proved' | 'missing' | 'refused' | 'unreachable'
  /** Why it is not proved; empty when it is. */
  reason: string
  /** The publisher that the name states for this ledger, once that is read. */
  publisher: Address | null
  /** The SHA-256 of what lies at the name. */
  profile: Digest | null
  /** The host's own id of the repository, where it has one: it changes when a name comes to mean another repository. */
  repository: string | null
}

/**
 * Checks that a publisher holds a name, both ways and now: the file at the name states the publisher's account on this ledger, and that
 * account's profile on chain is the SHA-256 of the file, which lists the name. The file is read from the default branch of that one
 * repository, or from the domain; an answer from elsewhere, a large or slow one, or one of another kind is refused.
 *
 * @example
 * const { state, publisher } = await checkNamespaceProof(ledger, { name: 'hf:acme/tiny-chat' })
 *
 * @throws {@link InvalidProofNameError} when nothing can prove the name
 */
export async function checkNamespaceProof(
  ledger: Ledger,
  parameters: checkNamespaceProof.Parameters,
): Promise<NamespaceCheck> {
  const { fetch: send = (url, init) => fetch(url, init), seconds = PROOF_SECONDS } = parameters
  const name = proofNameOf(parameters.name)
  if (name === undefined) throw new InvalidProofNameError(parameters.name)
  const found: NamespaceCheck = { name, state: 'proved', reason: '', publisher: null, profile: null, repository: null }
  const finished = new AbortController()
  const signals = [AbortSignal.timeout(seconds * 1000), finished.signal]
  const signal = AbortSignal.any(parameters.signal ? [...signals, parameters.signal] : signals)
  const { file, repository } = proofPlaceOf(name)
  try {
    const [bytes, stated] = await Promise.all([
      downloadProof(send, file, signal),
      repository === undefined ? undefined : downloadProof(send, repository, signal),
    ])
    found.profile = sha256(bytes)
    if (stated) found.repository = repositoryOf(name, stated)
    const proof = parseNamespaceProof(jsonOf(bytes))
    const publisher = accountOn(proof, ledger.deployment)
    if (publisher === undefined) throw new ProofRefusal('refused', 'the file states no account on this ledger')
    found.publisher = publisher
    if (!proof.names.includes(name)) throw new ProofRefusal('refused', 'the file does not list the name')
  } catch (error) {
    if (parameters.signal?.aborted) throw error
    const { state, message } = refusalOf(error, seconds)
    return { ...found, state, reason: message }
  } finally {
    finished.abort()
  }
  const { profile } = await readPublisher(ledger, { publisher: found.publisher })
  if (profile === found.profile) return found
  return {
    ...found,
    state: 'refused',
    reason: `the profile of ${found.publisher} on chain is ${profile}, and not the file`,
  }
}

export declare namespace checkNamespaceProof {
  type Parameters = {
    /** The name, or the URI of a model that it covers. */
    name: string
    /** Asks the host; the platform's `fetch` by default. With `redirect: 'manual'` it must report redirects. */
    fetch?: Fetch
    /** How long the host may take; 10 by default. */
    seconds?: number
    signal?: AbortSignal | undefined
  }
}

/**
 * Makes the function by which `verifyModel`, `askVerdict` and {@link resolveModel} count publishers for the names that they prove. It
 * keeps nothing: a name that changes hands counts for its new holder. Programs that ask again should remember whom a name meant first,
 * as the `stemma` program does.
 */
export function nameProver(ledger: Ledger, options: Omit<checkNamespaceProof.Parameters, 'name'> = {}): ProveNames {
  return async (uris) => {
    const checks = await Promise.all(
      uris.map(async (uri): Promise<[string, Address][]> => {
        if (proofNameOf(uri) === undefined) return []
        const { state, publisher } = await checkNamespaceProof(ledger, { ...options, name: uri })
        return state === 'proved' && publisher !== null ? [[uri, publisher]] : []
      }),
    )
    return new Map(checks.flat())
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'The proof')
}

/** The id that the Hub gives to a repository, which must have the name itself, and not one that the name leads to. */
function repositoryOf(name: ProofName, bytes: Uint8Array): string {
  const stated = jsonOf(bytes) as { _id?: unknown; id?: unknown } | null
  const id = stated?.id
  if (typeof id !== 'string' || `hf:${id.toLowerCase()}` !== name) {
    throw new ProofRefusal('refused', `the host says that the repository is ${quoted(shortText(String(id), 100))}`)
  }
  if (typeof stated?._id !== 'string' || !/^[\w-]{1,64}$/.test(stated._id)) {
    throw new ProofRefusal('refused', 'the host states no id of the repository')
  }
  return stated._id
}

/** Thrown when nothing can prove a name. */
export class InvalidProofNameError extends StemmaError {
  override name = 'InvalidProofNameError'
  constructor(name: string) {
    super(
      'INVALID_PROOF_NAME',
      `Nothing can prove the name ${quoted(name)}: use owner/name on the Hub, https://github.com/owner/name, https://gitlab.com/owner/name, or a domain such as acme.example.`,
    )
  }
}
