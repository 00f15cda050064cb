import type { Address, Digest, ModelId } from 'stemma/core'
import type { Ledger } from 'stemma/sdk'

import type { KeyEntry, Standing } from './ports.ts'

export declare namespace openStanding {
  type Parameters = {
    /** Its provider may stand for several nodes: `nodeProvider(urls, deployment, { agree: 2 })`. */
    ledger: Ledger
    /** The account under which this gateway anchors: the epochs are those of its logs. */
    operator: Address
    /** The keys at the start. Later ones come by `include`. */
    keys: readonly KeyEntry[]
    /** How old the head may be, in seconds; by default three block times as seen, and at least 30 s. */
    maxHeadAge?: number
    /** Milliseconds between two looks at the head; 1,000 when left out. */
    interval?: number
    /** Whose words count, as in `checkLoad`. */
    words?: { everybody?: boolean; trusted?: readonly Address[]; named?: readonly ModelId[] }
    /** The clock, in milliseconds since 1970. */
    now?: () => number
    /** Called when the head cannot be followed, and with undefined when it can again. */
    onFailure?: (failure: Error | undefined) => void
  }
}
/** Follows the head of the chain, and keeps what it permits to each key. Resolves when the first head is read. */
export declare function openStanding(parameters: openStanding.Parameters): Promise<Standing>
