import type { FormatReader, Judge } from '../../ports.ts'
import { begins, judgeInflated, type Packing } from './inflate.ts'
import { isZero, part, type Source } from './source.ts'

/** What numpy's and joblib's first compressed form begins with: the length in hexadecimal digits, then zlib. */
const JOBLIB_HEAD = 21

/** Judges what streams of zlib and Zstandard hold, and what is behind them. */
export const compressed: FormatReader = (content, judge) => {
  const head = content.read(0, 4)
  const [first = 0, second = 0, third, fourth] = head
  const isZlib = (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0 && (second & 0x20) === 0
  if (isZlib && begins('zlib', content)) return judgeStream('zlib', content, 0, judge)
  if (first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd)
    return judgeStream('zstd', content, 0, judge)
  if (first === 0x5a && second === 0x46 && third === 0x30 && fourth === 0x78)
    return judgeStream('zlib', part(content, JOBLIB_HEAD, content.size - JOBLIB_HEAD), JOBLIB_HEAD, judge)
  return false
}

function judgeStream(packing: Packing, source: Source, offset: number, judge: Judge): boolean {
  const { cut, consumed } = judgeInflated(
    packing,
    source,
    { name: packing, what: 'the stream', offset, isMember: true },
    judge,
  )
  if (cut !== null || consumed >= source.size || isZero(source, consumed, source.size)) return true
  const what = `${source.size - consumed} bytes behind the stream`
  judge.found({ rule: 'format.polyglot', what, offset: offset + consumed })
  judge.within(`bytes at ${offset + consumed}`, part(source, consumed, source.size - consumed))
  return true
}
