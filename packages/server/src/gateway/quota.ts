import type { QuotaStore } from './ports.ts'

/** Quotas in the memory of one gateway: enough where one instance alone serves a credential. */
export declare function createMemoryQuotas(): QuotaStore

export declare namespace openQuotaStore {
  type Parameters = {
    /** A PostgreSQL URL, where several instances share the quotas; without one, they are this instance's own. */
    database?: string
    /** The clock, in milliseconds since 1970. */
    now?: () => number
    onFailure?: (failure: Error | undefined) => void
  }
}
/** Opens where the quotas are kept. */
export declare function openQuotaStore(parameters: openQuotaStore.Parameters): Promise<QuotaStore>
