import { isDataName } from '../dataNames.ts'
import type { Source } from './containers/source.ts'
import { textFile } from './formats/content.ts'

/** Raw numbers in the archives of `torch.export`. */
export const EXPORTED = /^[^/]+\/data\/(weights|constants)\/(weight|tensor)_\d+$/

/** Whether a member that no reader judged is data: text, zeros, or numbers of a format that has a reader of its own outside archives. */
export function isData(name: string, source: Source): boolean {
  return isDataName(name) || EXPORTED.test(name) || isNumbers(source) || textFile(source) || isBlank(source)
}

function isNumbers(source: Source): boolean {
  const head = source.read(0, 9)
  if (head.length < 9) return false
  if (String.fromCharCode(...head.subarray(0, 4)) === 'GGUF') return true
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true)
  return head[8] === 0x7b && length <= BigInt(source.size - 8)
}

function isBlank(source: Source): boolean {
  return source.read(0, Math.min(source.size, 65_536)).every((byte) => byte === 0)
}
