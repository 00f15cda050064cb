import type { Rule } from './ports.ts'

/** Rules of the engine itself, for what no scanner could judge. */
export const ENGINE_RULES: readonly Rule[] = [
  {
    id: 'scan.interrupted',
    level: 'unknown',
    finds: 'a file on which a scanner crashed, ran out of memory or took too long',
    remedy: 'Do not load the file. Report it as a fault of the scanner, and have it scanned elsewhere.',
  },
  {
    id: 'scan.unjudged',
    level: 'unknown',
    finds: 'a file that may hold weights or code, and that no scanner could judge',
    remedy: 'Use a format that is judged, such as safetensors, or leave the file out of the model.',
  },
]

/** A rule of the engine. */
export function engineRule(id: 'scan.interrupted' | 'scan.unjudged'): Rule {
  return ENGINE_RULES.find((rule) => rule.id === id)!
}

/** Limits of the process that judges, beyond which a file is not judged; part of the digest of the ruleset. */
export const ENGINE_LIMITS = {
  /** Megabytes of JavaScript's heap. */
  heapMegabytes: 256,
  /** Bytes of memory of the process as a whole, where the system shows them. */
  memory: 671_088_640,
  /** Milliseconds that a file may take, and one more for so many of its bytes. */
  fileMilliseconds: 60_000,
  bytesPerMillisecond: 20_000,
  /** Most processes that may end early before the files that are left are given up. */
  deaths: 100,
  /** Most findings that are kept of one rule in one file; one more says that there are others. */
  findingsOfRule: 100,
} as const

/**
 * Names of files that are data without weights or code: texts, tables and pictures. All others that nobody judged are unknown, because
 * a loader may take any name.
 */
export const DATA =
  /(^|\/)(readme|license|licence|notice|copying|\.gitattributes|\.gitignore)$|\.(md|txt|json|jsonl|csv|tsv|vocab|merges|png|jpe?g|gif|webp|pdf|html)$/i
