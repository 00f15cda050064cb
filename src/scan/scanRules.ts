import type { Rule } from './ports.ts'

/** Rules of the scan itself, for what no scanner could judge. */
export const SCAN_RULES: readonly Rule[] = [
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

/** A rule of the scan. */
export function scanRule(id: 'scan.interrupted' | 'scan.unjudged'): Rule {
  return SCAN_RULES.find((rule) => rule.id === id)!
}
