import { quoted } from '../../../core/text.ts'
import type { Content, Judge } from '../../ports.ts'
import { LIMITS } from '../limits.ts'
import { crc32, judgeInflated } from './inflate.ts'
import { judgeName } from './memberName.ts'
import { part, type Source } from './source.ts'
import { localAt, type Entry, type Local, type Range, type Stated } from './zipRecords.ts'

const SYMBOLIC_LINK = 0xa000
const TYPE_OF_FILE = 0xf000
const ENCRYPTED = 1
const DESCRIPTOR_FOLLOWS = 8

/**
 * Judges one member, and returns where it is.
 *
 * @param storageBytes how many bytes a tensor takes from it; undefined when it is not a storage
 */
export function judgeEntry(content: Content, entry: Entry, storageBytes: number | undefined, judge: Judge): Range {
  judgeStatedName(entry, entry.at, judge)
  const where = { what: `member ${quoted(entry.name.slice(0, 200))}`, offset: entry.at }
  if ((entry.mode & TYPE_OF_FILE) === SYMBOLIC_LINK) judge.found({ rule: 'archive.link', ...where })
  const local = localAt(content, entry.local)
  if (local === undefined) {
    judge.found({ rule: 'archive.differs', ...where, what: `${where.what} has no local header` })
    return { from: entry.at, to: entry.at, isStreamed: false }
  }
  compare(entry, local, where, judge)
  const source = part(content, local.from, entry.packed)
  if (source.size < entry.packed) judge.found({ rule: 'archive.broken', ...where })
  const range = {
    from: entry.local,
    to: local.from + source.size,
    isStreamed: (local.flags & DESCRIPTOR_FOLLOWS) !== 0,
  }
  // Tensors are numbers, whatever they look like, but only as long as nothing reads past them.
  if (storageBytes !== undefined && storageBytes === entry.size && entry.method === 0) return range
  if (storageBytes !== undefined && entry.size < storageBytes)
    judge.found({
      rule: 'pickle.storage',
      what: `${where.what} of ${entry.size} bytes, of which a tensor takes ${storageBytes}`,
      offset: entry.at,
    })
  // Both methods are tried when they differ, and a member that is said to be encrypted is read all the same.
  for (const method of new Set([entry.method, local.method]))
    judgeData(source, { ...entry, method }, local.from, judge, storageBytes === undefined)
  // A reader that goes by the local header takes another length.
  if (local.packed > entry.packed && !range.isStreamed)
    judgeData(part(content, local.from, local.packed), local, local.from, judge)
  return range
}

/** Reports what the directory and the local header say differently. */
function compare(entry: Entry, local: Local, where: { what: string; offset: number }, judge: Judge): void {
  const streamed = (local.flags & DESCRIPTOR_FOLLOWS) !== 0
  const differs = [
    local.name !== entry.name && `its name, ${quoted(local.name.slice(0, 200))}`,
    local.method !== entry.method && 'its method',
    ((local.flags ^ entry.flags) & ENCRYPTED) !== 0 && 'its encryption',
    local.packed !== entry.packed && !(streamed && local.packed === 0) && 'its length',
    local.size !== entry.size && !(streamed && local.size === 0) && 'its length when inflated',
    local.crc !== entry.crc && !(streamed && local.crc === 0) && 'its checksum',
    (entry.lacks || local.lacks) && !streamed && 'its length, of which a part is missing',
  ].filter((each) => each !== false)
  if (differs.length === 0) return
  if (local.name !== entry.name) judgeName(local.name, local.at, judge)
  judge.found({ rule: 'archive.differs', ...where, what: `${where.what}: headers differ in ${differs.join(', ')}` })
}

function judgeStatedName({ name, otherName }: Stated, at: number, judge: Judge): void {
  judgeName(name, at, judge)
  if (otherName === undefined || otherName === name) return
  judgeName(otherName, at, judge)
  // Names in an old code page have another form in Unicode; plain ones have not.
  // eslint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(name))
    judge.found({ rule: 'archive.differs', what: `${quoted(name)} is also ${quoted(otherName)}`, offset: at })
}

/** Judges the data of a member as its method says, and returns how many bytes it takes. */
export function judgeData(source: Source, stated: Stated, offset: number, judge: Judge, isMember = true): number {
  const { name, method, flags } = stated
  const what = `member ${quoted(name.slice(0, 200))}`
  const encrypted = (flags & ENCRYPTED) !== 0
  if (method === 8) {
    const inflated = judgeInflated('raw', source, { name, what, offset, isMember }, judge)
    if (encrypted) judgeEncrypted(inflated.cut === null && sumIs(stated, inflated.bytes, judge), what, offset, judge)
    else if (inflated.cut === null) judgeSums(stated, inflated.bytes, what, offset, judge)
    return inflated.consumed
  }
  if (method !== 0) judge.found({ rule: 'archive.unopened', what: `${what} by method ${method}`, offset })
  judge.within(name, source, isMember && method === 0 && !encrypted)
  if (source.size > LIMITS.memory) return source.size
  if (encrypted) judgeEncrypted(sumIs(stated, source.read(0, source.size), judge), what, offset, judge)
  else if (method === 0) judgeSums(stated, source.read(0, source.size), what, offset, judge)
  return source.size
}

/** What is said to be encrypted, and is not, is hidden from programs that believe it. */
function judgeEncrypted(isPlain: boolean, what: string, offset: number, judge: Judge): void {
  if (isPlain) judge.found({ rule: 'archive.differs', what: `${what} is said to be encrypted, and is not`, offset })
  else judge.found({ rule: 'archive.unopened', what: `${what} is encrypted`, offset })
}

function sumIs({ size, crc }: Stated, bytes: Uint8Array, judge: Judge): boolean {
  return bytes.length === size && crc32(bytes, judge) === crc
}

function judgeSums(stated: Stated, bytes: Uint8Array, what: string, offset: number, judge: Judge): void {
  // A local header of a stream has neither.
  if ((stated.flags & DESCRIPTOR_FOLLOWS) !== 0 && stated.size === 0 && stated.crc === 0) return
  if (bytes.length !== stated.size)
    judge.found({ rule: 'archive.differs', what: `${what} has another length than it says`, offset })
  else if (crc32(bytes, judge) !== stated.crc)
    judge.found({ rule: 'archive.differs', what: `${what} has another checksum than it says`, offset })
}
