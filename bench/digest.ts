/**
 * Compares the speed of the model digest with `sha256sum` (coreutils) in the same run, with 1 and 2 workers. Each
 * worker hashes one file. With two workers, the second file is another name of the first, and two `sha256sum` run side
 * by side. The file is created for the run and removed afterwards.
 *
 * `openssl dgst -sha256` is shown where it is installed, because some builds of coreutils do not use the processor's SHA
 * instructions and are easy to beat.
 *
 *     node bench/digest.ts [--size 2GiB] [--runs 3] [--folder /tmp] [--min 0.95] [--json]
 *
 * Exits with 1 when a worker is slower than `--min` times `sha256sum`, and with 2 for wrong usage.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, linkSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { modelDigest } from '../src/artifacts/modelDigest.ts'

type Row = {
  workers: number
  /** Bytes hashed. */
  bytes: number
  /** Best of the runs, in 10^9 bytes per second for all workers together. */
  stemma: number
  sha256sum: number
  openssl: number | null
  /** `stemma` over `sha256sum`: with as many processes as workers, so it is the ratio for each worker. */
  ratio: number
}

const { values } = readOptions({
  size: { type: 'string', default: '2GiB' },
  runs: { type: 'string', default: '3' },
  folder: { type: 'string', default: tmpdir() },
  min: { type: 'string', default: '0.95' },
  json: { type: 'boolean', default: false },
})
const size = bytesOf(values.size)
const runs = Number(values.runs)
const min = Number(values.min)
if (size === undefined || !Number.isInteger(runs) || runs < 1 || !Number.isFinite(min)) {
  exitForUsage('--size is a number with or without a unit, --runs a whole number from 1 on, --min a number.')
}

const folder = mkdtempSync(join(values.folder, 'stemma-bench-'))
const clean = () => rmSync(folder, { recursive: true, force: true })
process.once('SIGINT', () => {
  clean()
  process.exit(130)
})
try {
  const files = [join(folder, 'a'), join(folder, 'b')] as const
  writeRandom(files[0], size)
  const rows = [await measure(1, [files[0]])]
  linkSync(files[0], files[1])
  rows.push(await measure(2, files))
  const isFastEnough = rows.every(({ ratio }) => ratio >= min)
  if (values.json)
    console.log(
      JSON.stringify({
        cpu: cpus()[0]?.model.trim() ?? '',
        node: process.version,
        size,
        runs,
        min,
        ok: isFastEnough,
        rows,
      }),
    )
  else print(rows, size, isFastEnough)
  process.exitCode = isFastEnough ? 0 : 1
} finally {
  clean()
}

/** The best of the runs. The tools take turns, so that a slow moment of the machine does not affect only one. */
async function measure(workers: number, files: readonly string[]): Promise<Row> {
  const bytes = size! * files.length
  const best = { stemma: Infinity, sha256sum: Infinity, openssl: Infinity }
  // One unmeasured run brings the file into the page cache.
  await modelDigest(folder, { cache: false, tensors: false, workers })
  for (let run = 0; run < runs; run++) {
    best.stemma = Math.min(
      best.stemma,
      await secondsOf(() => modelDigest(folder, { cache: false, tensors: false, workers })),
    )
    best.sha256sum = Math.min(best.sha256sum, await secondsOf(() => runAll('sha256sum', [], files)))
    best.openssl = Math.min(
      best.openssl,
      await secondsOf(() => runAll('openssl', ['dgst', '-sha256'], files)).catch(() => Infinity),
    )
  }
  const speed = (seconds: number) => bytes / seconds / 1e9
  return {
    workers,
    bytes,
    stemma: speed(best.stemma),
    sha256sum: speed(best.sha256sum),
    openssl: Number.isFinite(best.openssl) ? speed(best.openssl) : null,
    ratio: best.sha256sum / best.stemma,
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Runs a command once for each file, at the same time. */
async function runAll(command: string, args: readonly string[], files: readonly string[]): Promise<void> {
  await Promise.all(
    files.map(
      (file) =>
        new Promise<void>((succeed, fail) => {
          const child = spawn(command, [...args, file], { stdio: 'ignore' })
          child.once('error', fail)
          child.once('exit', (code) => (code === 0 ? succeed() : fail(new Error(`${command} ended with ${code}`))))
        }),
    ),
  )
}

function writeRandom(path: string, length: number): void {
  const block = randomBytes(Math.min(length, 16 * 1024 * 1024))
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    for (let left = length; left > 0;) left -= writeSync(descriptor, block, 0, Math.min(left, block.length))
  } finally {
    closeSync(descriptor)
  }
}

function bytesOf(text: string): number | undefined {
  const match = /^(\d+)\s*(B|KiB|MiB|GiB)?$/.exec(text)
  if (match === null) return
  const bytes = Number(match[1]) * 1024 ** ['B', 'KiB', 'MiB', 'GiB'].indexOf(match[2] ?? 'B')
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}

function print(rows: Row[], length: number, isFastEnough: boolean): void {
  console.log(`Model digest of files of ${length} bytes, best of ${runs}, GB/s (10^9 bytes) of all workers together`)
  const cells = [
    ['workers', 'stemma', 'sha256sum', 'openssl', 'per worker, of sha256sum'],
    ...rows.map(({ workers, stemma, sha256sum, openssl, ratio }) => [
      String(workers),
      stemma.toFixed(2),
      sha256sum.toFixed(2),
      openssl?.toFixed(2) ?? '-',
      `${ratio.toFixed(2)} x`,
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  for (const row of cells) console.log(row.map((cell, column) => cell.padStart(widths[column]!)).join('  '))
  console.log(isFastEnough ? `Every worker is at least ${min} x as fast.` : `A worker is slower than ${min} x.`)
}
