import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'

import { BYTES_A_TOKEN, refused } from './jsonObject.ts'
import { SOUND_BYTES_A_TOKEN } from './meter/bodyUsage.ts'
import { boundaryOf, MultipartScanner, type Part } from './multipartScanner.ts'
import type { Refusal, RequestFacts, Route } from './ports.ts'
import { OTHER_MODELS } from './requests.ts'
import { watchBatchFile } from './watchBatchFile.ts'

/** Reads a multipart body while it streams upstream. */
export type MultipartWatch = {
  /** Takes the next bytes of the caller. They may go upstream unless they are refused. */
  push(chunk: Buffer): Refusal | undefined
  /**
   * The body has ended. Its last bytes may go upstream only when this gives facts: a model name may stand after the file. For `files` the
   * facts have no model; `onModel` was called with each name in the lines.
   */
  end(): Omit<RequestFacts, 'body'> | Refusal
}

/** Fields whose values are read; each may come once. */
const READ: ReadonlySet<string> = new Set(['model', 'stream', 'purpose'])
const ONCE: ReadonlySet<string> = new Set([...READ, 'file'])
const LONGEST_VALUE = 512
const PRINTED = /^[^\p{Cc}]+$/u

/**
 * Watches a multipart body: an upload of sound, or of the input file of a batch, which is the only purpose of files that are passed on.
 *
 * @param onModel called as soon as a model name is known, once for each; what it returns ends the upload
 * @param onRequest called with the JSON body of each request in the input file of a batch; what it returns ends the upload
 */
export function watchMultipart(
  route: Route,
  headers: IncomingHttpHeaders,
  onModel: (name: string) => Refusal | undefined,
  onRequest: (body: Buffer) => Refusal | undefined = () => undefined,
): MultipartWatch | Refusal {
  const boundary = boundaryOf(headers['content-type'])
  const encoding = headers['content-encoding'] ?? 'identity'
  if (boundary === undefined || encoding !== 'identity') {
    const message =
      'The body is not declared as a plain form. Send content-type: multipart/form-data with a boundary alone.'
    return { status: 415, code: 'not_a_form', message }
  }
  const lines = route.name === 'files' ? watchBatchFile(onModel, onRequest) : undefined
  const values = new Map<string, string>()
  const names = new Set<string>()
  let part: Part = { name: '', isFile: false }
  let value: Buffer[] = []
  let length = 0
  let textLength = 0
  let soundLength = 0

  const isLines = (): boolean => lines !== undefined && part.name === 'file'
  const isRead = (): boolean => READ.has(part.name)

  function take(name: string, bytes: Buffer): Refusal | undefined {
    const text = bytes.toString()
    if (!isUtf8(bytes) || !PRINTED.test(text)) {
      return refused('invalid_field', `The field "${name}" is empty, or is not text in UTF-8. Send a value.`)
    }
    values.set(name, text)
    if (name === 'purpose' && text !== 'batch') return PURPOSE
    if (name === 'stream' && text !== 'true' && text !== 'false') {
      return refused('invalid_stream', 'The field "stream" is neither true nor false. Send one of them.')
    }
    return name === 'model' ? onModel(text) : undefined
  }

  const scanner = new MultipartScanner(boundary, {
    begin(next) {
      part = next
      value = []
      length = 0
      // Some readers ignore case, and take `model[]` for a list of models.
      const fold = part.name.toUpperCase().toLowerCase().replace(/\[.*$/, '').trim()
      if (OTHER_MODELS.includes(fold)) {
        return refused(
          'other_model',
          `The form has the field "${fold}", so that another model could answer. Remove it.`,
        )
      }
      if (!ONCE.has(fold)) return undefined
      if (names.has(fold) || (fold !== part.name && (READ.has(fold) || part.name.toLowerCase() === fold))) {
        return refused(
          'duplicate_name',
          `The form has the field "${fold}" twice, or spelled with capitals. Send it once.`,
        )
      }
      names.add(fold)
      return part.isFile && isRead() ? refused('invalid_field', `The field "${fold}" is a file. Send text.`) : undefined
    },
    data(bytes) {
      if (isLines()) return lines!.push(bytes)
      if (!isRead()) {
        if (part.isFile) soundLength += bytes.length
        else textLength += bytes.length
        return undefined
      }
      length += bytes.length
      value.push(bytes)
      return length > LONGEST_VALUE
        ? refused('invalid_field', `The field "${part.name}" has more than ${LONGEST_VALUE} bytes. Send a name.`)
        : undefined
    },
    end() {
      if (isLines()) return lines!.end()
      return isRead() ? take(part.name, Buffer.concat(value)) : undefined
    },
  })

  return {
    push: (chunk) => scanner.push(chunk),
    end() {
      const fault = scanner.end()
      if (fault !== undefined) return fault
      const stream = values.get('stream') === 'true'
      if (lines !== undefined) {
        if (!values.has('purpose')) return PURPOSE
        if (!names.has('file'))
          return refused('invalid_file', 'The form has no field "file". Send the input file of a batch.')
        return { model: undefined, stream: false, inputTokens: 0, maxTokens: 0, addedUsage: false }
      }
      const model = values.get('model')
      if (model === undefined) {
        return refused('invalid_model', 'The form has no field "model". Send the name of a model that is served here.')
      }
      const inputTokens = Math.ceil(textLength / BYTES_A_TOKEN) + Math.ceil(soundLength / SOUND_BYTES_A_TOKEN)
      return { model, stream, inputTokens, maxTokens: undefined, addedUsage: false }
    },
  }
}

const PURPOSE = refused('invalid_purpose', 'Only files with the purpose batch are passed on. Send purpose=batch.')
