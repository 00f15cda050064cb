import { EVIDENCE_GRADES } from './claim.ts'
import type { Address } from './hex.ts'
import { MODEL_STATUSES, type LineageEdge, type LineageModel } from './lineage.ts'
import { relationName } from './vocabulary.ts'

/**
 * Unpacks a model's publisher, time and status from the word in which the chain keeps them (the contracts' `ModelRecord`: publisher in
 * bits 0-159, time in 160-199, whether it has tiers in 252, whether the authority had recalled it at the last sync in 253, status in
 * 254-255).
 */
export function unpackModelRecord(
  word: bigint,
): Pick<LineageModel, 'publisher' | 'registeredAt' | 'status' | 'recalled'> {
  const status = MODEL_STATUSES[bitsOf(word, 254, 2)]!
  const publisher = `0x${(word & (2n ** 160n - 1n)).toString(16).padStart(40, '0')}` as Address
  return { publisher, registeredAt: bitsOf(word, 160, 40), status, recalled: bitsOf(word, 253, 1) === 1 }
}

/**
 * An edge of a lineage out of its word (the contracts' `LineageEdge`: index of the parent in bits 0-31, relation in 32-39, evidence
 * grade in 40-47, whether it was undisclosed in 48). Undefined when relation or grade is none.
 */
export function unpackLineageEdge(word: bigint): (Omit<LineageEdge, 'model'> & { parent: number }) | undefined {
  const relation = relationName(bitsOf(word, 32, 8))
  const grade = EVIDENCE_GRADES[bitsOf(word, 40, 8)]
  if (relation === undefined || grade === undefined || word >> 49n !== 0n) return undefined
  return { parent: bitsOf(word, 0, 32), relation, grade, undisclosed: bitsOf(word, 48, 1) === 1 }
}

/** Some bits of a word, at most 48 of them. */
export function bitsOf(word: bigint, from: number, count: number): number {
  return Number((word >> BigInt(from)) & (2n ** BigInt(count) - 1n))
}
