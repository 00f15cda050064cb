import { quoted, StemmaError } from 'stemma/core'

/** Most items of one page. */
export const MAX_PAGE = 100

/** A page of a list: the part that was asked for, and where the next begins. */
export type Page<T> = { nodes: T[]; endCursor: string | null; hasNextPage: boolean }

/** Which part of a list is wanted. */
export type PageArguments = { first: number; after?: string | null | undefined }

/**
 * Where a page ended, as whole numbers that only the list itself understands. What kind of list it is stands in the cursor, so
 * that one of another list is refused.
 */
export function encodeCursor(kind: string, numbers: readonly number[]): string {
  return Buffer.from([kind, ...numbers].join(':')).toString('base64url')
}

/** @throws {@link InvalidCursorError} when it is no cursor of this kind of list */
export function decodeCursor(kind: string, cursor: string | null | undefined, count: number): number[] | undefined {
  if (cursor === null || cursor === undefined) return undefined
  const [found, ...parts] = Buffer.from(cursor, 'base64url').toString('utf8').split(':')
  const numbers = parts.map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : NaN))
  if (found !== kind || numbers.length !== count || numbers.some(Number.isNaN)) throw new InvalidCursorError(cursor)
  return numbers
}

/** @throws {@link InvalidPageError} when a page is not of 0 to {@link MAX_PAGE} items */
export function checkFirst(first: number): number {
  if (!Number.isInteger(first) || first < 0 || first > MAX_PAGE) throw new InvalidPageError(first)
  return first
}

/** Thrown when a cursor did not come from the list that it is used with. */
export class InvalidCursorError extends StemmaError {
  override name = 'InvalidCursorError'
  constructor(cursor: string) {
    super('INVALID_CURSOR', `${quoted(cursor)} is no cursor of this list. Use the endCursor of its last page, or none.`)
  }
}

/** Thrown when the chain has replaced the block by which a cursor knows its place. */
export class StaleCursorError extends StemmaError {
  override name = 'StaleCursorError'
  constructor(cursor: string, block: number) {
    super(
      'STALE_CURSOR',
      `The cursor ${quoted(cursor)} in "after" was made before the chain replaced block ${block}, so nobody can say what comes after it. Begin the list again, without "after".`,
    )
  }
}

/** Thrown when a page has an impossible size. */
export class InvalidPageError extends StemmaError {
  override name = 'InvalidPageError'
  constructor(first: number) {
    super('INVALID_PAGE', `A page of ${first} items is not possible. Ask for 0 to ${MAX_PAGE}.`)
  }
}
