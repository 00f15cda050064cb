import type { FormatReader } from '../../ports.ts'
import { judgeInflated } from './inflate.ts'
import { isZero, part } from './source.ts'

/** Judges what a gzip file holds, and what is behind it. */
export const gzip: FormatReader = (content, judge) => {
  const head = content.read(0, 3)
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) return false
  const { cut, consumed } = judgeInflated(
    'gzip',
    content,
    { name: 'gzip', what: 'the stream', offset: 0, isMember: true },
    judge,
  )
  if (cut !== null || consumed >= content.size || isZero(content, consumed, content.size)) return true
  judge.found({ rule: 'format.polyglot', what: `${content.size - consumed} bytes behind the stream`, offset: consumed })
  judge.within(`bytes at ${consumed}`, part(content, consumed, content.size - consumed))
  return true
}
