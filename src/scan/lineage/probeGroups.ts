import type { SketchSource } from '../../fingerprint/ports.ts'
import { POOL_ROWS, publicAnchors, type Anchored } from '../../fingerprint/probe.ts'
import { MOST_PROBES, PROBE_BYTES } from './rules.ts'

/** Sketches that are compared with one probe of the suspect, and those that are left. */
export type ProbeGroups<T> = { groups: readonly (readonly T[])[]; left: readonly T[] }

/**
 * Shares sketches among probes, so that the projections of each fit into memory: sketches of one tokenizer have the same anchors and need one probe,
 * and those that were made to have no anchor in common cannot fill the memory.
 */
export function probeGroups<T extends Anchored>(
  source: SketchSource,
  sketches: readonly T[],
  bytes: number = PROBE_BYTES,
): ProbeGroups<T> {
  const known = publicAnchors(source, sketches)
  const rows = source.layers.reduce((sum, { gate }) => sum + Math.min(gate.rows, POOL_ROWS), 0)
  // Two tables of 32-bit floats: of gates and of ups.
  const most = Math.max(128, Math.floor(bytes / Math.max(1, 8 * rows)))
  const groups: T[][] = []
  const left: T[] = []
  let tokens = new Set<number>()
  for (const sketch of sketches.toSorted((a, b) => compareAnchors(a.anchors, b.anchors))) {
    const own = [...sketch.anchors].flatMap((hash) => known.get(hash) ?? [])
    const together = new Set([...tokens, ...own])
    if (groups.length > 0 && together.size <= most) {
      tokens = together
      groups.at(-1)!.push(sketch)
    } else if (groups.length < MOST_PROBES) {
      tokens = new Set(own)
      groups.push([sketch])
    } else left.push(sketch)
  }
  return { groups, left }
}

function compareAnchors(a: Uint32Array, b: Uint32Array): number {
  for (const [index, hash] of a.entries()) if (hash !== b[index]) return hash - (b[index] ?? -1)
  return a.length - b.length
}
