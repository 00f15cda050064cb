/**
 * Compares hashing and scanning a model with hashing it alone, in the same run: a folder of safetensors, an archive of torch, a GGUF file,
 * and many small files. The large ones are sparse, so that the disk does not decide; they are removed afterwards. Runs take turns.
 *
 *     npm run bench:scan -- [--safetensors 2GiB] [--torch 512MiB] [--gguf 512MiB] [--files 10000] [--runs 3] [--folder /tmp] [--json]
 *
 * The sizes of the goals are `--safetensors 10GiB --torch 1GiB`. Exits with 1 when a goal is missed, and with 2 for wrong usage.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { hashModel } from '../src/artifacts/modelDigest.ts'
import { scanModel } from '../src/scan/run/scanModel.ts'
import { writeGguf, writeSafetensors, writeSmall, writeTorch } from './scan/models.ts'

/** Goals: a share of the rate of hashing alone, or seconds more than it; seconds for the small files in all. */
const GOALS = { share: 0.9, more: 0.5, small: 3 }

type Row = {
  model: string
  bytes: number
  files: number
  /** Seconds of hashing alone, and of hashing and scanning: the best of the runs. */
  hash: number
  scan: number
  /** `hash` over `scan`. */
  share: number
  verdict: string
  ok: boolean
}

const { values } = readOptions({
  safetensors: { type: 'string', default: '2GiB' },
  torch: { type: 'string', default: '512MiB' },
  gguf: { type: 'string', default: '512MiB' },
  files: { type: 'string', default: '10000' },
  runs: { type: 'string', default: '3' },
  folder: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
})
const [files, runs] = [Number(values.files), Number(values.runs)]
if (![files, runs].every((number) => Number.isInteger(number) && number > 0 && number <= 100_000))
  exitForUsage('--files and --runs are whole numbers from 1 on.')

const folder = mkdtempSync(join(values.folder, 'stemma-bench-'))
const clean = () => rmSync(folder, { recursive: true, force: true })
process.once('SIGINT', () => {
  clean()
  process.exit(130)
})
try {
  writeSafetensors(join(folder, 'safetensors'), bytesOf(values.safetensors))
  writeTorch(join(folder, 'torch'), bytesOf(values.torch))
  writeGguf(join(folder, 'gguf'), bytesOf(values.gguf))
  writeSmall(join(folder, 'small'), files)
  const rows: Row[] = []
  for (const model of ['safetensors', 'torch', 'gguf', 'small']) rows.push(await measure(model))
  const ok = rows.every((row) => row.ok)
  const result = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, runs, goals: GOALS, ok, rows }
  if (values.json) console.log(JSON.stringify(result))
  else print(rows)
  process.exitCode = ok ? 0 : 1
} finally {
  clean()
}

async function measure(model: string): Promise<Row> {
  const path = join(folder, model)
  // One run that is not measured brings the files into the page cache.
  const { bytes, files: count } = await hashModel(path, { cache: false })
  const best = { hash: Infinity, scan: Infinity }
  let verdict = ''
  for (let run = 0; run < runs; run++) {
    best.hash = Math.min(best.hash, await secondsOf(() => hashModel(path, { cache: false })))
    best.scan = Math.min(
      best.scan,
      await secondsOf(async () => ({ verdict } = await scanModel(path, { cache: false }))),
    )
  }
  const share = best.hash / best.scan
  const isFastEnough =
    model === 'small' ? best.scan <= GOALS.small : share >= GOALS.share && best.scan - best.hash <= GOALS.more
  return { model, bytes, files: count, ...best, share, verdict, ok: isFastEnough }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1000
}

function bytesOf(size: string): number {
  const match = /^(\d+)(MiB|GiB)$/.exec(size)
  if (match === null) return exitForUsage('--safetensors, --torch and --gguf are sizes such as 512MiB or 2GiB.')
  return Number(match[1]) * (match[2] === 'GiB' ? 1024 : 1) * 1024 * 1024
}

function print(rows: readonly Row[]): void {
  console.log(`Hashing and scanning against hashing alone, best of ${runs}`)
  const cells = [
    ['model', 'MB', 'files', 'hash', 'with scan', 'more', 'of the rate', 'verdict', 'goal'],
    ...rows.map(({ model, bytes, files: count, hash, scan, share, verdict, ok }) => [
      model,
      (bytes / 1e6).toFixed(0),
      String(count),
      `${hash.toFixed(2)} s`,
      `${scan.toFixed(2)} s`,
      `${(scan - hash).toFixed(2)} s`,
      share.toFixed(2),
      verdict,
      ok ? 'met' : 'missed',
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  for (const row of cells) console.log(row.map((cell, column) => cell.padStart(widths[column]!)).join('  '))
}
