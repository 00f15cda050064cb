import type { NewFinding } from '../../ports.ts'
import { quoted } from '../../../core/text.ts'
import { latin1 } from './text.ts'
import type { Stream } from './stream.ts'
import type { Window } from './window.ts'

const MAGIC = '\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19'
/** The same number as the first protocols write it. */
const MAGIC_LINE = '119547037146038801333356L'

/** How many pickles torch's old format has: magic number, version, system, object, keys. */
export const LEGACY_PICKLES = 5

/** Whether a pickle is the magic number that torch's old format begins with. */
export function isTorchMagic(window: Window, { stopped, first, instructions }: Stream): boolean {
  if (!stopped || instructions > 4 || first === undefined) return false
  const text = latin1(window.bytes(first.from, Math.min(first.length, 64)))
  return first.opcode.name === 'LONG1' ? text === MAGIC : first.opcode.name === 'LONG' && text === MAGIC_LINE
}

/** Goes over the raw storages behind the pickles, and returns the offset behind them. */
export function skipStorages(
  window: Window,
  object: Stream,
  keys: Stream,
  found: (finding: NewFinding) => void,
): number {
  let at = keys.end
  for (const key of keys.texts) {
    const storage = object.machine.storages.get(key)
    const stored = window.unsigned(at, 8)
    if (storage === undefined) return at
    const end = at + 8 + storage.numel * storage.itemSize
    if (stored !== storage.numel || end > window.size) {
      found({
        rule: 'pickle.storage',
        what: `storage ${quoted(key)} of ${storage.numel} items, whose data has another length`,
        offset: at,
      })
      return window.size
    }
    at = end
  }
  return at
}
