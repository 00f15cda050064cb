import type { Content, NewFinding } from '../../ports.ts'
import type { Value } from './values.ts'

/** Where a machine reports. */
export type Report = {
  found(finding: NewFinding): void
  within(name: string, content: Pick<Content, 'read' | 'size'>): void
}

/** Data that joblib's wrapper of an array leaves in the stream behind its state. */
export type ArrayData = { count: number; dtype: string; fieldsOf: boolean; aligned: boolean }

/** Counts that part a stream from bytes that only look like one. `listed`: it imports what a published list names. */
export type Tally = { imports: number; calls: number; listed: boolean }

/** What the judging of calls needs of the machine. */
export type CallHost = {
  readonly report: Report
  readonly tally: Tally
  readonly at: number
  textOf(value: Value | undefined): string | undefined
  numberOf(value: Value | undefined): number | undefined
  bytesOf(value: Value | undefined, encoded?: boolean): Pick<Content, 'read' | 'size'> | undefined
  keep(): boolean
  trackState(): void
  arrayFollows(data: ArrayData): void
}
