import { clean, note, type Context } from '../console/context.ts'
import type { Address } from '../core/hex.ts'
import { isSameHolder, NamePins } from '../deployments/namePins.ts'
import { proofNameOf, type ProofName } from '../documents/namespaceProof.ts'
import type { Ledger } from '../sdk/connect.ts'
import { checkNamespaceProof, type Fetch } from '../sdk/registry/checkNamespaceProof.ts'
import { readPublisher } from '../sdk/registry/readPublisher.ts'
import { MAX_AGE } from '../verify/freshness.ts'
import type { ProveNames } from '../verify/standing.ts'

/** Asks hosts as the surroundings do; without theirs, as the platform does. */
export function fetchOf({ fetch: send }: Context): Fetch {
  return send ?? ((url, init) => fetch(url, init))
}

/**
 * Checks which publisher proves a name, and remembers in the user's configuration whom it meant first. A name that comes to mean
 * somebody else, or another repository, proves nothing until the user forgets the first: it ends, and never moves. A proof is asked for
 * again once it is older than `maxAge`, and its profile on chain each time.
 *
 * @param maxAge seconds; one hour when left out or 0
 * @param pins where it is remembered whom names meant; the user's configuration when left out
 */
export function pinnedProver(
  context: Context,
  ledger: Ledger,
  maxAge = 0,
  pins: Pick<NamePins, 'read' | 'note'> = new NamePins(ledger.deployment, context),
): ProveNames {
  const { signal } = context
  const now = Math.floor(context.now() / 1000)
  const holderOf = async (name: ProofName): Promise<Address | undefined> => {
    const pin = await pins.read(name)
    const age = pin && now - pin.checkedAt
    if (pin && age! >= 0 && age! < (maxAge || MAX_AGE)) {
      const { profile } = await readPublisher(ledger, { publisher: pin.publisher })
      if (profile === pin.profile) return pin.publisher
    }
    const found = await checkNamespaceProof(ledger, { name, fetch: fetchOf(context), signal })
    const { state, reason, publisher, profile, repository } = found
    if (state !== 'proved' || publisher === null || profile === null) {
      note(context, `name-unproved: no publisher proves ${name}: ${clean(reason)}.`)
      return undefined
    }
    const proved = { publisher, profile, repository }
    const first = await pins.note(name, proved, now)
    if (isSameHolder(first, proved)) return publisher
    const day = new Date(first.firstSeen * 1000).toISOString().slice(0, 10)
    const [since, remedy] =
      first.firstSeen === 0
        ? ['When it was locked', 'remove its line from the lock file, and run stemma lock update']
        : [`When you first saw it, on ${day}`, `stemma publisher prove ${name} --forget`]
    note(
      context,
      `name-changed: ${name} is proved by ${publisher} now. ${since}, it was ${first.publisher}${first.repository === repository ? '' : ', and another repository'}. It proves nothing until you know why; then: ${remedy}.`,
    )
    return undefined
  }
  return async (uris) => {
    const proved = await Promise.all(
      uris.map(async (uri): Promise<[string, Address][]> => {
        const name = proofNameOf(uri)
        const publisher = name && (await holderOf(name))
        return publisher ? [[uri, publisher]] : []
      }),
    )
    return new Map(proved.flat())
  }
}
