/**
 * Writes a `model.safetensors` into each model folder of the examples: a file of the real format that stands for the weights, which
 * are not here, and says so. Its one tensor holds the model's name, so that every example has a digest of its own.
 *
 * Usage: node tools/generate-example-weights.ts [--check]
 *   --check   write nothing, and exit with 1 when a file is missing or stale
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { readOptions } from '../scripts/options.ts'

const root = join(import.meta.dirname, '..')
const { check } = readOptions({ check: { type: 'boolean', default: false } }).values

for (const card of globSync('examples/{models,composer-2,other-cases}/*__*/README.md', { cwd: root }).toSorted()) {
  const folder = dirname(card)
  const path = join(root, folder, 'model.safetensors')
  const bytes = standIn(basename(folder).replace('__', '/'))
  if (existsSync(path) && readFileSync(path).equals(bytes)) continue
  if (check) {
    console.log(`${folder}/model.safetensors is missing or stale.`)
    process.exitCode = 1
  } else writeFileSync(path, bytes)
}

/** A file of safetensors: the length of the header as 64 bits, the header padded to 8 bytes, and the name as the tensor's bytes. */
function standIn(name: string): Buffer {
  const data = Buffer.from(name)
  const header = JSON.stringify({
    __metadata__: { model: name, note: 'This file stands for the weights of the model, which are not here.' },
    name: { dtype: 'U8', shape: [data.length], data_offsets: [0, data.length] },
  })
  const padded = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8, ' '))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  return Buffer.concat([length, padded, data])
}
