import type { KeyEntry } from './ports.ts'

/** The keys of a gateway, from its file `keys.json`: by their hashes, and reloaded when the file changes. */
export type Keys = {
  /** The entry of a key, ended or not; undefined for an unknown key. The secret is not kept. */
  find(secret: string): KeyRecord | undefined
  /** The keys that have not ended. */
  active(): readonly KeyEntry[]
  /** Calls `listener` after the file changed. Returns what ends that. */
  onChange(listener: () => void): () => void
  close(): void
}

/** A key, and when it ended, in Unix seconds. */
export type KeyRecord = KeyEntry & { ended?: number }

export declare namespace openKeys {
  type Parameters = {
    /** The file `keys.json`. One that is missing holds no keys. */
    path: string
    /** Called when the file cannot be read: what was read before stays. */
    onFailure?: (failure: Error) => void
  }
}
/** Opens the keys of a gateway. */
export declare function openKeys(parameters: openKeys.Parameters): Promise<Keys>
