import { StemmaError } from '../core/errors.ts'
import type { Address } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { LockedModel, LockedStanding } from '../documents/lock.ts'
import type { ModelLocked } from '../sdk/compliance/lockModels.ts'

/**
 * The entry of a model that was read, with the standing by which its publisher counts from here on.
 *
 * A publisher for whom nobody vouches, and one that takes the place of another, is locked only when the user names it.
 *
 * @param before the entry that it replaces
 * @param accepted the publisher that the user accepts
 * @throws {@link LockPublisherError}
 */
export function lockedEntry(
  { entry, standing }: ModelLocked,
  before: LockedModel | undefined,
  accepted: Address | undefined,
): LockedModel {
  const { name, publisher } = entry
  if (accepted !== undefined && accepted !== publisher) {
    throw new LockPublisherError(`The publisher of ${quoted(name)} is ${publisher}, not ${accepted}`, publisher)
  }
  if (before && before.publisher !== publisher && accepted === undefined) {
    throw new LockPublisherError(
      `${quoted(name)} was locked with the publisher ${before.publisher}, and is of ${publisher} (${standing}) now`,
      publisher,
    )
  }
  if (standing !== 'unverified') return { ...entry, standing }
  if (accepted === undefined) {
    throw new LockPublisherError(`Nobody vouches for the publisher ${publisher} of ${quoted(name)}`, publisher)
  }
  return { ...entry, standing: 'trusted' satisfies LockedStanding }
}

/** Thrown when a publisher would be locked that the user has not accepted. */
export class LockPublisherError extends StemmaError {
  override name = 'LockPublisherError'
  override readonly kind = 'refused'
  constructor(what: string, publisher: Address) {
    super(
      'LOCK_PUBLISHER',
      `${what}. A lock file lets the word of its publishers count. If this is the one that you mean, add --accept-publisher ${publisher}.`,
    )
  }
}
