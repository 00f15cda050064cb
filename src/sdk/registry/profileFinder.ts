import type { Digest } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import { sha256 } from '../../core/sha256.ts'
import { proofNameOf, proofPlaceOf } from '../../documents/namespaceProof.ts'
import type { FindDocuments, FoundBytes, SoughtDocument } from '../../verify/rules/documents.ts'
import { downloadProof, PROOF_SECONDS, refusalOf, type Fetch } from './proofFile.ts'

/** Most profiles that are fetched for one question: each asks hosts of a stranger's choice. */
const MOST_PROFILES = 32
/** Most hosts that are asked at a time. */
const MOST_HOSTS = 8

/**
 * Makes the function by which `verifyModel` and `askVerdict` find the profiles of publishers, for rules of a policy on countries. A profile is
 * looked for where the proof of a name lies: in the repository or on the domain of a model of the publisher. Whatever lies there counts only
 * if its SHA-256 is the profile on chain. Training descriptions it does not find.
 *
 * @example
 * const report = await verifyModel(ledger, { model, use, policy, documents: profileFinder() })
 */
export function profileFinder(options: profileFinder.Options = {}): FindDocuments {
  return async (sought) => {
    const profiles = sought.filter(({ kind }) => kind === 'profile')
    const found = await mapConcurrent(profiles.slice(0, MOST_PROFILES), MOST_HOSTS, (each) =>
      findProfile(each, options),
    )
    const problem = `only ${MOST_PROFILES} profiles are fetched for one answer`
    return new Map(profiles.map(({ digest }, index): [Digest, FoundBytes] => [digest, found[index] ?? { problem }]))
  }
}

export declare namespace profileFinder {
  type Options = {
    /** Asks the host; the platform's `fetch` by default. With `redirect: 'manual'` it must report redirects. */
    fetch?: Fetch
    /** How long the hosts of one profile may take; 10 by default. */
    seconds?: number
    signal?: AbortSignal | undefined
  }
}

async function findProfile(
  { digest, uris }: SoughtDocument,
  { fetch: send = (url, init) => fetch(url, init), seconds = PROOF_SECONDS, signal }: profileFinder.Options,
): Promise<FoundBytes> {
  const names = new Set(uris.flatMap((uri) => proofNameOf(uri) ?? []))
  const problems: string[] = []
  const limit = AbortSignal.timeout(seconds * 1000)
  const either = signal ? AbortSignal.any([limit, signal]) : limit
  for (const name of names) {
    const { file } = proofPlaceOf(name)
    try {
      const bytes = await downloadProof(send, file, either)
      if (sha256(bytes) === digest) return { bytes }
      problems.push(`${file} is another document`)
    } catch (error) {
      if (signal?.aborted) throw error
      problems.push(refusalOf(error, seconds).message)
    }
  }
  return { problem: problems.join('; ') || 'none of its models has a name beside which a profile could lie' }
}
