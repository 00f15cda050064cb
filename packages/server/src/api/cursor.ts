import { quoted, StemmaError } from 'stemma/core'

/** Most items of one page. */
export const MAX_PAGE = 100

/** A page of a list: its items, and where the next page begins. */
export type Page<T> = { nodes: T[]; endCursor: string | null; hasNextPage: boolean }

/** The part of a list that is requested. */
export type PageArguments = { first: number; after?: string | null | undefined }

/**
 * Encodes where a page ended, as whole numbers that only the list itself understands. The cursor names the kind of its list, so
 * that another list refuses it.
 */
export function encodeCursor(kind: string, numbers: readonly number[]): string {
  return Buffer.from([kind, ...numbers].join(':')).toString('base64url')
}

/** Decodes a cursor. @throws {@link InvalidCursorError} when it belongs to another kind of list */
export function decodeCursor(kind: string, cursor: string | null | undefined, count: number): number[] | undefined {
  if (cursor === null || cursor === undefined) return undefined
  const [found, ...parts] = Buffer.from(cursor, 'base64url').toString('utf8').split(':')
  const numbers = parts.map((part) => (/^\d{1,16}$/.test(part) ? Number(part) : NaN))
  if (found !== kind || numbers.length !== count || !numbers.every(Number.isSafeInteger))
    throw new InvalidCursorError(cursor)
  return numbers
}

/** Checks the size of a page. @throws {@link InvalidPageError} unless it is 0 to {@link MAX_PAGE} */
export function checkFirst(first: number): number {
  if (!Number.isInteger(first) || first < 0 || first > MAX_PAGE) throw new InvalidPageError(first)
  return first
}

/** Thrown when a cursor did not come from the list that it is used with. */
export class InvalidCursorError extends StemmaError {
  override name = 'InvalidCursorError'
  constructor(cursor: string) {
    super(
      'INVALID_CURSOR',
      `Invalid cursor ${quoted(cursor)} in "after": it does not belong to this list. Use the endCursor of the list's last page, or leave it out.`,
    )
  }
}

/** Thrown when the chain has replaced the block of a cursor. */
export class StaleCursorError extends StemmaError {
  override name = 'StaleCursorError'
  constructor(cursor: string, block: number) {
    super(
      'STALE_CURSOR',
      `The cursor ${quoted(cursor)} in "after" is stale: the chain has replaced block ${block} since. Read the list from the start, without "after".`,
    )
  }
}

/** Thrown when a page has an impossible size. */
export class InvalidPageError extends StemmaError {
  override name = 'InvalidPageError'
  constructor(first: number) {
    super('INVALID_PAGE', `Invalid page size ${first} in "first": use 0 to ${MAX_PAGE}.`)
  }
}
