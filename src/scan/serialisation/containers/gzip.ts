import type { FormatReader } from '../../ports.ts'
import { LIMITS } from '../limits.ts'
import { inflate, inMemory } from './inflate.ts'

/** Judges what a gzip file holds. */
export const gzip: FormatReader = (content, judge) => {
  const head = content.read(0, 3)
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) return false
  if (content.size > LIMITS.bytes) {
    judge.found({ rule: 'archive.unopened', what: 'too large to inflate', offset: 0 })
    return true
  }
  const inflated = inflate('gzip', content.read(0, content.size), judge)
  if (inflated === 'bomb') judge.found({ rule: 'archive.limits', what: 'inflates beyond the limits', offset: 0 })
  else if (inflated === 'broken') judge.found({ rule: 'archive.unopened', what: 'the stream is broken', offset: 0 })
  else judge.within('gzip', inMemory(inflated))
  return true
}
