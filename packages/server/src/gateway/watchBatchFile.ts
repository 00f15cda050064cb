import { isObject, readJsonObject, refused } from './jsonObject.ts'
import { isRefusal, type Refusal } from './ports.ts'
import { BATCH_ENDPOINTS, batchRoute, CALL_NAMES, factsOfCall } from './requests.ts'

/** Reads the input file of a batch while it streams upstream. */
export type BatchFileWatch = {
  /** Takes the next bytes of the file. */
  push(bytes: Buffer): Refusal | undefined
  /** The file has ended. */
  end(): Refusal | undefined
}

/** Longest line, in bytes: one is kept at a time. */
const LONGEST_LINE = 8 * 1024 * 1024
const NAMES: ReadonlySet<string> = new Set(['custom_id', 'method', 'url', 'body'])
const LINE_FEED = 0x0a
/** What some readers take for the end of a line, as UTF-8 in Latin-1: a carriage return, NEL, and the two separators. */
const OTHER_ENDS = /\r(?!$)|\u00c2\u0085|\u00e2\u0080[\u00a8\u00a9]/

/**
 * Watches the input file of a batch: each line has to be a request to one of the routes whose answers report tokens, and to name a model.
 *
 * @param onModel called with each model name, once; what it returns ends the upload
 * @param onRequest called with the body of each request, which is known to be JSON; what it returns ends the upload
 */
export function watchBatchFile(
  onModel: (name: string) => Refusal | undefined,
  onRequest: (body: Buffer) => Refusal | undefined,
): BatchFileWatch {
  const models = new Set<string>()
  let pieces: Buffer[] = []
  let kept = 0
  let line = 0

  function keep(bytes: Buffer): Refusal | undefined {
    if (bytes.length === 0) return undefined
    kept += bytes.length
    if (kept > LONGEST_LINE) {
      const remedy = 'Send fewer or smaller images with one request.'
      return invalid(line + 1, `is longer than ${LONGEST_LINE} bytes`, remedy)
    }
    pieces.push(bytes)
    if (pieces.length >= 64) pieces = [Buffer.concat(pieces)]
    return undefined
  }

  function read(): Refusal | undefined {
    line += 1
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    pieces = []
    kept = 0
    const text = bytes.toString('latin1')
    if (text.trim() === '') return undefined
    if (OTHER_ENDS.test(text)) {
      return invalid(line, 'has characters that some readers take for its end', 'Escape them, such as \\u2028.')
    }
    const request = requestIn(bytes, line)
    if (isRefusal(request)) return request
    const { model, body } = request
    if (models.has(model)) return onRequest(body)
    models.add(model)
    return onModel(model) ?? onRequest(body)
  }

  return {
    push(bytes) {
      let from = 0
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
        const fault = keep(bytes.subarray(from, end)) ?? read()
        if (fault !== undefined) return fault
        from = end + 1
      }
      return keep(bytes.subarray(from))
    },
    end() {
      const fault = read()
      if (fault !== undefined) return fault
      return models.size === 0 ? refused('invalid_batch_file', 'The input file has no requests. Send some.') : undefined
    },
  }
}

/** The request that a line holds. */
function requestIn(bytes: Buffer, line: number): { model: string; body: Buffer } | Refusal {
  const what = `Line ${line} of the input file`
  const object = readJsonObject(bytes, what, NAMES)
  if (isRefusal(object)) return object
  const { method, url, body } = object.value
  const route = batchRoute(url)
  if (method !== 'POST' || route === undefined) {
    return invalid(line, 'asks for another method or URL', `Send POST and one of ${[...BATCH_ENDPOINTS].join(', ')}.`)
  }
  const member = object.members.find(({ name }) => name === 'body')
  if (member === undefined || !isObject(body)) return invalid(line, 'has no body', 'Send the request as an object.')
  const bodyBytes = bytes.subarray(member.start, member.end)
  const call = readJsonObject(bodyBytes, `The body in line ${line}`, CALL_NAMES)
  if (isRefusal(call)) return call
  const facts = factsOfCall(call, bodyBytes, route)
  if (isRefusal(facts)) return { ...facts, message: `Line ${line}: ${facts.message}` }
  return { model: facts.model!, body: bodyBytes }
}

function invalid(line: number, fault: string, remedy: string): Refusal {
  return refused('invalid_batch_file', `Line ${line} of the input file ${fault}. ${remedy}`)
}
