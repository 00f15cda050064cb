import { ZERO_DIGEST } from '../core/hex.ts'
import type { Registration } from '../core/registration.ts'
import type { ModelDocuments, StatedOrigin } from './profiles/profile.ts'

/** Where a model comes from, as far as its registration and its description say. */
export function originOf(
  { method }: Pick<Registration, 'method'>,
  parents: number,
  reading: ModelDocuments['method'],
): StatedOrigin {
  if (parents > 0) return { stated: 'parents', field: 'registration.parents' }
  if (reading.state === 'read') {
    return { stated: reading.value.origin ?? 'not-stated', field: 'method.origin' }
  }
  return method === ZERO_DIGEST
    ? { stated: 'not-stated', field: 'registration.parents' }
    : { stated: 'not-read', field: 'method' }
}

/** An origin in one sentence. */
export function originInWords({ stated }: StatedOrigin): string {
  switch (stated) {
    case 'parents':
      return 'Origin: made from the models that its registration or a claim names.'
    case 'from-scratch':
      return 'Origin: from scratch, as its training description says.'
    case 'not-stated':
      return 'Origin: not stated. It names no parent, and does not say that it was made from scratch.'
    case 'not-read':
      return 'Origin: it names no parent; its training description, which may say more, was not read (--method <file>).'
  }
}
