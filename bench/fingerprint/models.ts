import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { FileContent } from '../../src/fingerprint/readers/content.ts'
import { openSketchSource, type OpenedSource } from '../../src/fingerprint/readers/openSketchSource.ts'
import { safetensorsTensors, type Tensors } from '../../src/fingerprint/readers/openTensors.ts'

/** A model of the bench: what sketches read of it, and all of its tensors, which some baselines read. */
export type BenchModel = OpenedSource & { tensors: Tensors }

/** A model that was made from bases. */
export type Suspect = {
  name: string
  /** How it was made. */
  kind: string
  /** Bases that it must be found to be not independent of. */
  parents: readonly string[]
  /** Bases that it must not be found with, though it is not independent of them in every sense: see `docs/fingerprint.md`. */
  apart: readonly string[]
}

const FILES = ['model.safetensors', 'tokenizer.json', 'config.json']

/** Reads a model of the bench into memory. */
export async function openModel(work: string, name: string): Promise<BenchModel> {
  const files = FILES.map((file) => contentOf(file, readFileSync(join(work, name, file))))
  const [opened, tensors] = await Promise.all([openSketchSource(files), safetensorsTensors(files.slice(0, 1))])
  return { ...opened, tensors }
}

/** The largest difference of outputs that the disguises of a model had, in standard deviations; null for one without a disguise. */
export function differenceOf(work: string, name: string): number | null {
  const { differences = [] } = JSON.parse(readFileSync(join(work, name, 'config.json'), 'utf8')) as {
    differences?: number[]
  }
  return differences.length === 0 ? null : Math.max(...differences)
}

function contentOf(name: string, bytes: Uint8Array): FileContent {
  return { name, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}
