import { isObject, readJsonObject, refused, type JsonObject } from './jsonObject.ts'
import { isRefusal, type Refusal } from './ports.ts'

const OPTION = '"include_usage":true'
const NAMES: ReadonlySet<string> = new Set(['include_usage'])

/**
 * The body of a streamed call with `stream_options.include_usage` put in, all other bytes as they were; undefined when the caller asks
 * for usage itself, or has options that only the upstream can judge.
 */
export function askForUsage(body: Buffer, { value, members }: JsonObject): Buffer | Refusal | undefined {
  const options = value.stream_options
  const member = members.find(({ name }) => name === 'stream_options')
  if (member === undefined) {
    const end = members.at(-1)!.end
    return spliced(body, end, end, `,"stream_options":{${OPTION}}`)
  }
  if (options === null) return spliced(body, member.start, member.end, `{${OPTION}}`)
  if (!isObject(options)) return undefined
  const inner = body.subarray(member.start, member.end)
  const object = readJsonObject(inner, '"stream_options"', NAMES)
  if (isRefusal(object)) return object
  const flag = object.members.find(({ name }) => name === 'include_usage')
  if (flag === undefined) {
    const start = member.start + inner.indexOf('{') + 1
    return spliced(body, start, start, object.members.length === 0 ? OPTION : `${OPTION},`)
  }
  if (options.include_usage === true) return undefined
  if (options.include_usage !== false && options.include_usage !== null) {
    return refused('invalid_stream_options', '"include_usage" is neither true nor false. Send one of them.')
  }
  return spliced(body, member.start + flag.start, member.start + flag.end, 'true')
}

/** A body with other text between two places. */
function spliced(body: Buffer, start: number, end: number, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)])
}
