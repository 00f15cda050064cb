import { nameOf } from './source.ts'

/** What records of pax say of the next member, or of all that follow. */
export type Pax = Map<string, string>

/** Reads records of the form `length key=value`; undefined where their lengths are wrong. */
export function paxRecords(bytes: Uint8Array): Pax | undefined {
  const records: Pax = new Map()
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const space = bytes.indexOf(0x20, at)
    if (space < 0 || space - at > 12) return undefined
    const length = Number(nameOf(bytes.subarray(at, space)))
    const end = at + length
    if (!Number.isSafeInteger(length) || end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a)
      return undefined
    const record = bytes.subarray(space + 1, end - 1)
    const equals = record.indexOf(0x3d)
    if (equals < 1) return undefined
    records.set(nameOf(record.subarray(0, equals)), nameOf(record.subarray(equals + 1)))
    at = end
  }
  return records
}
