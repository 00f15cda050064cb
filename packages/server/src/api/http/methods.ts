import { quoted, StemmaError } from 'stemma/core'

/** Methods that the server knows. All others are answered with 501 (RFC 9110, 15.6.2). */
const KNOWN = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** The methods of a resource that is only read, and of one that also takes a body. */
export const READ = ['GET', 'HEAD', 'OPTIONS'] as const
export const READ_OR_POST = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const

/**
 * Checks a method against those of a resource.
 *
 * @throws {@link UnknownMethodError}, {@link MethodNotAllowedError}
 */
export function checkMethod(method: string, path: string, allowed: readonly string[]): void {
  checkKnownMethod(method)
  if (!allowed.includes(method)) throw new MethodNotAllowedError(method, path, allowed)
}

/** @throws {@link UnknownMethodError} */
export function checkKnownMethod(method: string): void {
  if (!KNOWN.includes(method)) throw new UnknownMethodError(method)
}

/** Thrown when the server knows no such method. */
export class UnknownMethodError extends StemmaError {
  override name = 'UnknownMethodError'
  constructor(method: string) {
    super('UNKNOWN_METHOD', `Unknown method ${quoted(method)}: use GET, HEAD, POST or OPTIONS.`)
  }
}

/** Thrown when a route does not support a method. */
export class MethodNotAllowedError extends StemmaError {
  override name = 'MethodNotAllowedError'
  readonly allowed: readonly string[]
  constructor(method: string, path: string, allowed: readonly string[]) {
    super(
      'METHOD_NOT_ALLOWED',
      `Unsupported method ${quoted(method)} for ${quoted(path)}: use ${Array.from(allowed).join(', ')}.`,
    )
    this.allowed = allowed
  }
}
