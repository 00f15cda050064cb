import { quoted, StemmaError } from 'stemma/core'

/**
 * Reads the body of a request, which is JSON. One that is too long is refused by its stated length at once, else as soon as so
 * many bytes have come, so that it is never held.
 *
 * @throws {@link BodyTooLargeError}, {@link UnsupportedBodyError}, {@link InvalidBodyError}
 */
export async function readJsonText(request: Request, most: number): Promise<string> {
  checkType(request.headers)
  if (Number(request.headers.get('content-length') ?? 0) > most) throw new BodyTooLargeError(most)
  const parts: Uint8Array[] = []
  let length = 0
  if (request.body) {
    const reader = request.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.byteLength
      if (length > most) {
        await reader.cancel()
        throw new BodyTooLargeError(most)
      }
      parts.push(value)
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch (error) {
    throw new InvalidBodyError('it is not UTF-8', error)
  }
}

/** A body without a type counts as JSON, because no other is taken. */
function checkType(headers: Headers): void {
  const type = headers.get('content-type')
  const [media = '', ...parameters] = (type ?? 'application/json').split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  if (!/^application\/(json|[\w.-]+\+json)$/.test(media) || (charset !== undefined && !/^utf-?8$/.test(charset))) {
    throw new UnsupportedBodyError(`content-type ${quoted(type!)}`, 'send application/json')
  }
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new UnsupportedBodyError(`content-encoding ${quoted(encoding)}`, 'send the body as it is')
  }
}

/** Thrown when the body of a request is invalid. */
export class InvalidBodyError extends StemmaError {
  override name = 'InvalidBodyError'
  constructor(what: string, cause?: unknown) {
    super('INVALID_BODY', `Invalid body: ${what}. See /openapi.json.`, { cause })
  }
}

/** Thrown when the body of a request is too large. */
export class BodyTooLargeError extends StemmaError {
  override name = 'BodyTooLargeError'
  constructor(most: number) {
    super('BODY_TOO_LARGE', `The body is longer than ${most} bytes. Send a shorter one.`)
  }
}

/** Thrown when the body of a request is of a type or an encoding that the server does not read. */
export class UnsupportedBodyError extends StemmaError {
  override name = 'UnsupportedBodyError'
  constructor(what: string, remedy: string) {
    super('UNSUPPORTED_BODY', `Unsupported ${what}: ${remedy}.`)
  }
}
