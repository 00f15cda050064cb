import { ZERO_DIGEST } from '../core/hex.ts'
import { ALL_FAMILIES, bodyOf, describeBody, MAX_THRESHOLDS, type Terms } from '../core/terms.ts'
import type { TermsBody } from '../core/termsBody.ts'
import { compareCodePoints, utf8Length } from '../core/text.ts'
import { TERMS_FLAGS } from '../core/vocabulary.ts'
import { termsOfLicense, type LicenseEntry } from './license.ts'

/** Longest name of terms, in bytes of UTF-8. */
const MAX_NAME_BYTES = 64
const AUTOMATIC_GRANT = 1 << TERMS_FLAGS['automatic-grant']

/** Terms of several licenses that all apply, or why no one set of terms can be all of them. */
export type Conjunction = { terms: Terms } | { refused: string }

/**
 * The terms of several licenses that all apply (`A AND B`): what is granted is what each of them grants, with the duties, the thresholds and the
 * restrictions of all. Their order does not matter. See `docs/licenses.md`.
 *
 * A derivative may be passed on under the families that all of them allow. The terms themselves belong to a family only if all licenses do, or
 * if of their families one alone is allowed by all, as GPL 3.0 is of GPL 3.0 and MIT; else they state none, which permits no label that a
 * family has to decide.
 *
 * @param entries licenses of the library; at least one
 */
export function conjunctionOf(entries: readonly LicenseEntry[]): Conjunction {
  const parts = [...new Set(entries)].toSorted((a, b) => compareCodePoints(a.id, b.id))
  const bodies: TermsBody[] = []
  for (const part of parts) {
    const terms = termsOfLicense(part)
    if (terms === null) return { refused: `what ${part.id} grants is not known` }
    bodies.push(bodyOf(terms))
  }
  const name = parts.map(({ id }) => id).join(' AND ')
  if (utf8Length(name) > MAX_NAME_BYTES)
    return { refused: `the name of the terms, ${name}, is longer than ${MAX_NAME_BYTES} bytes` }
  const outbounds = bodies.map(({ outbound }) => (outbound === 0n ? ALL_FAMILIES : outbound & ALL_FAMILIES))
  const outbound = outbounds.reduce((all, one) => all & one)
  if (outbound === 0n)
    return { refused: 'there is not a family of licenses under which all of them let a derivative be passed on' }
  const rights = bodies.reduce((all, body) => all & body.rights, bodies[0]!.rights)
  const thresholds = bodies
    .flatMap((body) => body.thresholds)
    .map((threshold) => ({ ...threshold, withdraws: threshold.withdraws & rights }))
    .filter(({ withdraws, adds }) => withdraws !== 0 || adds !== 0)
  const distinct = [...new Map(thresholds.map((each) => [Object.values(each).join(), each])).values()]
  if (distinct.length > MAX_THRESHOLDS)
    return { refused: `together they have ${distinct.length} limits, and terms hold ${MAX_THRESHOLDS}` }
  const families = [...new Set(bodies.map(({ family }) => family))]
  const allowed = families.filter((family) => family !== 0 && (outbound >> BigInt(family)) & 1n)
  const [family] = families.length === 1 ? families : allowed.length === 1 ? allowed : []
  const body: TermsBody = {
    rights,
    unstated: 0,
    flags: bodies.reduce(
      (all, { flags }) => (all & flags & AUTOMATIC_GRANT) | ((all | flags) & ~AUTOMATIC_GRANT),
      bodies[0]!.flags,
    ),
    family: family ?? 0,
    outbound: outbound === ALL_FAMILIES ? 0n : outbound,
    duties: bodies.reduce((all, { duties }) => all | duties, 0n),
    thresholds: distinct,
  }
  return { terms: { name, uri: '', text: ZERO_DIGEST, ...describeBody(body) } }
}
