import { watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

import type { Digest } from 'stemma/core'

import { hashOfKey, InvalidKeysError, readKeyFile, type KeyRecord } from './keyFile.ts'

/** The keys of a running gateway, from a file that `stemma-server gateway key` changes meanwhile. */
export type Keys = {
  /**
   * The record of a key, ended or not; undefined for an unknown key. The secret is not kept. It is looked up by its hash, so that how long
   * that takes says nothing of other keys.
   */
  find(secret: string): KeyRecord | undefined
  /** The record of a key by its public name. */
  get(id: string): KeyRecord | undefined
  /** All keys, also those that have ended. */
  all(): readonly KeyRecord[]
  /** Calls `listener` after other keys were read. Returns what ends that. */
  onChange(listener: () => void): () => void
  /** Looks at the file now, and reads it if it changed. */
  reload(): Promise<void>
  /** Looks at the file no more. */
  close(): void
}

/**
 * Opens the keys of a gateway, and reads them again whenever the file changes. A file that cannot be used never replaces what was read
 * before: `onFailure` says so, once for each change.
 *
 * @throws {@link InvalidKeysError} when the file cannot be used at the start
 *
 * @example
 * const keys = await openKeys({ path: 'gateway/keys.json', onFailure: (failure) => log.warn(failure.message) })
 */
export async function openKeys(parameters: openKeys.Parameters): Promise<Keys> {
  const { path, onFailure, interval = 1000, read = readKeyFile } = parameters
  let version = await versionOf(path)
  let { byHash, byId } = indexed(await read(path))
  /** The last failure to read what the file has now, where trying again may help. */
  let failed: string | undefined
  const listeners = new Set<() => void>()
  let turn: Promise<void> = Promise.resolve()

  const look = async (): Promise<void> => {
    const now = await versionOf(path)
    if (now === version && failed === undefined) return
    const isNew = now !== version
    version = now
    try {
      // A folder without its file is one that somebody is repairing.
      if (now === MISSING) throw new InvalidKeysError(path, 'it is gone')
      ;({ byHash, byId } = indexed(await read(path)))
      failed = undefined
    } catch (error) {
      const { message, cause } = error as Error
      if (isNew || message !== failed) onFailure?.(error as Error)
      // What the system could not do it may do the next time; what stands in the file stays.
      failed = (cause as NodeJS.ErrnoException | undefined)?.syscall === undefined ? undefined : message
      return
    }
    for (const listener of listeners) listener()
  }
  const reload = (): Promise<void> => (turn = turn.then(look))
  // Events of the file system come at once where there are any; looking comes to the same where there are none.
  const timer = setInterval(() => void reload(), interval).unref()
  const watcher = watchFolder(path, () => void reload())

  return {
    find(secret) {
      const hash = hashOfKey(secret)
      return hash && byHash.get(hash)
    },
    get: (id) => byId.get(id),
    all: () => [...byId.values()],
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    reload,
    close() {
      clearInterval(timer)
      watcher?.close()
      listeners.clear()
    },
  }
}

export declare namespace openKeys {
  type Parameters = {
    /** The file `keys.json`. One that is missing holds no keys. */
    path: string
    /** Called when the file has changed and cannot be used; what was read before stays. */
    onFailure?: (failure: Error) => void
    /** Milliseconds between two looks at the file, beside the events of the file system; 1,000 when left out. */
    interval?: number
    /** Reads the file; {@link readKeyFile} when left out. */
    read?: (path: string) => Promise<KeyRecord[]>
  }
}

const MISSING = 'missing'

/** What changes whenever a file is written or replaced. */
async function versionOf(path: string): Promise<string> {
  try {
    const { ino, size, mode, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [ino, size, mode, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? MISSING : 'unreadable'
  }
}

function watchFolder(path: string, onEvent: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) onEvent()
    })
    return watcher.on('error', () => watcher.close())
  } catch {
    return undefined
  }
}

function indexed(records: readonly KeyRecord[]): { byHash: Map<Digest, KeyRecord>; byId: Map<string, KeyRecord> } {
  return {
    byHash: new Map(records.map((record) => [record.hash, record])),
    byId: new Map(records.map((record) => [record.id, record])),
  }
}
