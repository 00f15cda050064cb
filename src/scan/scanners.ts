import type { Scanner } from './ports.ts'

/** Every scanner, in the order of the report. */
export const SCANNERS: readonly Scanner[] = []
