import { dirname, join } from 'node:path'

import { defaultCachePath } from '../../artifacts/digestCache.ts'
import { openLineFile } from '../../artifacts/lineFile.ts'
import { canonicalJson } from '../../core/canonicalJson.ts'
import { sha256Text } from '../../core/sha256.ts'
import type { Finding, Scanner } from '../ports.ts'
import { rulesetDigest } from '../ruleset.ts'
import type { JudgedFile } from './messages.ts'

/** Most files whose findings are kept when the cache is rewritten. */
const COMPACT_FILES = 20_000
/** Longest line that is kept, in characters: a file with more findings is judged again. */
const MOST_CHARACTERS = 16_384
const LEVELS: readonly unknown[] = ['fail', 'warn', 'unknown', 'note'] satisfies Finding['level'][]

/** Findings of files that were judged before, by digest, name and ruleset. */
export type FindingsCache = {
  /** What is known of a file. @param digest SHA-256: 64 lower-case hex digits */
  get(digest: string, name: string): JudgedFile | undefined
  /** Keeps what was found. */
  set(digest: string, name: string, judged: JudgedFile): void
  /** Why nothing is kept: a full disk, a read-only home. */
  readonly problem: string | undefined
  close(): void
}

/** The default path of the cache, beside that of digests. */
export function defaultFindingsPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(dirname(defaultCachePath(env)), 'findings.jsonl')
}

/**
 * Opens a cache of findings, an append-only file of one JSON value a line. A line counts when it was written under the ruleset of the
 * scanners, for a file of that digest and name, and says only what those scanners can find. All others are skipped.
 *
 * @throws `UntrustedCacheError` when the file is a link, or other users may write to it
 */
export function openFindingsCache(path: string, scanners: readonly Scanner[]): FindingsCache {
  const ruleset = rulesetDigest(scanners)
  const ids = new Set(scanners.map(({ id }) => id))
  const rules = new Set(scanners.flatMap((scanner) => scanner.rules.map(({ id }) => id)))
  const known = new Map<string, string>()
  const lines = openLineFile(path, {
    take: (line) => {
      const key = /^\["(0x[0-9a-f]{64})",/.exec(line)?.[1]
      if (key === undefined || line.length > MOST_CHARACTERS) return
      // Deletes first, so that the newest entries come last.
      known.delete(key)
      known.set(key, line)
    },
    kept: () => [...known.values()].slice(-COMPACT_FILES),
  })
  // A file's name decides some findings, and every finding has it.
  const keyOf = (digest: string, name: string): string => sha256Text(canonicalJson([ruleset, digest, name]))

  function isFinding(value: unknown, name: string): value is Finding {
    if (typeof value !== 'object' || value === null) return false
    const { rule, level, file, member, offset, what, library, remedy } = value as Record<keyof Finding, unknown>
    return (
      rules.has(rule as string) &&
      LEVELS.includes(level) &&
      file === name &&
      areTexts(member) &&
      (offset === null || typeof offset === 'number') &&
      typeof what === 'string' &&
      (library === null || typeof library === 'string') &&
      typeof remedy === 'string'
    )
  }

  return {
    get: (digest, name) => {
      try {
        const [, findings, judgedBy] = JSON.parse(known.get(keyOf(digest, name)) ?? '[]') as unknown[]
        const areFindings = Array.isArray(findings) && findings.every((each) => isFinding(each, name))
        if (!areFindings || !areTexts(judgedBy) || !judgedBy.every((id) => ids.has(id))) return undefined
        return { findings: findings as Finding[], judgedBy }
      } catch {
        // A damaged line is skipped; its file is judged again.
        return undefined
      }
    },
    set: (digest, name, { findings, judgedBy }) => {
      const key = keyOf(digest, name)
      const line = JSON.stringify([key, findings, judgedBy])
      if (line.length > MOST_CHARACTERS || known.get(key) === line) return
      known.set(key, line)
      lines.write(line)
    },
    get problem() {
      return lines.problem
    },
    close: lines.close,
  }
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
