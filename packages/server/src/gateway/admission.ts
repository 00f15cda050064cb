import type { Keys } from './keys.ts'
import type { Admission, KeyEntry, OperatorCounts, Quotas, QuotaStore, ServedModel, Standing } from './ports.ts'

export declare namespace createAdmission {
  type Parameters = {
    keys: Keys
    standing: Standing
    quota: QuotaStore
    models: readonly ServedModel[]
    /** The quotas of a key's credential, and what was used of them: by this gateway (its store) and by other operators (`readQuota`). */
    quotaOf: (entry: KeyEntry) => Promise<{ quotas: Quotas; used: readonly OperatorCounts[] }>
    /** The clock, in milliseconds since 1970. */
    now?: () => number
    /** Called when a key that was added cannot be prepared; it is tried again. */
    onFailure?: (failure: Error) => void
  }
}
/** Decides which calls pass. Keys that are added later are prepared when their file changes. */
export declare function createAdmission(parameters: createAdmission.Parameters): Promise<Admission & { close(): void }>
