/**
 * Prints which lines and branches of the contracts the mocha tests reach, and exits with 1 if one is missed. A branch
 * is an outcome of a condition: of each operand of `&&` and `||` in an `if`, a loop, `?:` or `require`. docs/testing.md
 * explains how it works. Usage: npm run coverage [-- FILE...] (test files; without, all of test/contracts)
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { CoveragePoint } from './instrument/coveragePoints.ts'
import { hitsOf, listOf } from './instrument/files.ts'
import { buildInstrumented, hardhatOver } from './instrument/run.ts'
import { readOptions } from '../scripts/options.ts'

/** Lines and branches of one source, and what no test reached. */
export type FileCoverage = {
  path: string
  lines: readonly [reached: number, all: number]
  branches: readonly [reached: number, all: number]
  missed: readonly CoveragePoint[]
}

/** Counts the reached lines and branches by file. A line counts if everything that begins on it was reached. */
export function coverageOf(points: readonly CoveragePoint[], hits: ReadonlySet<number>): FileCoverage[] {
  return Array.from(
    grouped(points, ({ path }) => path),
    ([path, inFile]) => {
      const lines = [...grouped(inFile, ({ line }) => line).values()]
      const branches = inFile.filter(({ kind }) => kind !== 'statement')
      return {
        path,
        lines: [lines.filter((line) => line.every(({ id }) => hits.has(id))).length, lines.length],
        branches: [branches.filter(({ id }) => hits.has(id)).length, branches.length],
        missed: inFile.filter(({ id }) => !hits.has(id)),
      }
    },
  )
}

function grouped<Key>(
  points: readonly CoveragePoint[],
  keyOf: (point: CoveragePoint) => Key,
): Map<Key, CoveragePoint[]> {
  const groups = new Map<Key, CoveragePoint[]>()
  for (const point of points) groups.set(keyOf(point), [...(groups.get(keyOf(point)) ?? []), point])
  return groups
}

/** A table of the coverage, and a line for each missed point. */
export function coverageTable(files: readonly FileCoverage[]): string {
  const sum = (of: (file: FileCoverage) => readonly [number, number]): [number, number] => [
    files.reduce((total, file) => total + of(file)[0], 0),
    files.reduce((total, file) => total + of(file)[1], 0),
  ]
  const share = ([reached, all]: readonly [number, number]) =>
    `${all === 0 ? '-' : `${(Math.floor((1000 * reached) / all) / 10).toFixed(1)} %`} ${reached}/${all}`.padStart(18)
  const width = Math.max(...files.map(({ path }) => path.length), 5)
  const row = (name: string, lines: string, branches: string) =>
    `${name.padEnd(width)} ${lines.padStart(18)} ${branches.padStart(18)}`
  return [
    row('source', 'lines', 'branches'),
    ...files.map(({ path, lines, branches }) => row(path, share(lines), share(branches))),
    row('all', share(sum(({ lines }) => lines)), share(sum(({ branches }) => branches))),
    ...files.flatMap(({ missed }) =>
      missed.map(({ path, line, place, kind, code }) => {
        return `not reached: ${path}:${line} ${place}: ${kind === 'statement' ? code : `${code} is ${kind}`}`
      }),
    ),
  ].join('\n')
}

function main(files: readonly string[]): void {
  const root = join(import.meta.dirname, '..')
  const tests = files.length > 0 ? files : globSync('test/contracts/**/*.test.ts', { cwd: root }).toSorted()
  const unbuilt = buildInstrumented('coverage')
  if (unbuilt !== 0) {
    process.exitCode = unbuilt
    return
  }
  const failed = hardhatOver('coverage', ['test', 'mocha', '--no-compile', ...tests])
  const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
  const coverage = coverageOf(
    read(listOf('coverage')) as CoveragePoint[],
    new Set(read(hitsOf('coverage')) as number[]),
  )
  console.log(coverageTable(coverage))
  process.exitCode = failed || (coverage.some(({ missed }) => missed.length > 0) ? 1 : 0)
}

if (import.meta.main) main(readOptions({}, true).positionals)
