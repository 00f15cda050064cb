import { exitForUsage, readOptions } from '../scripts/options.ts'

/**
 * Reads the options of a benchmark over several sizes: the sizes, by an option of the given name, `--runs` and `--json`. Ends the program
 * for numbers that are not from 1 to 10,000.
 */
export function readSizes(name: string, sizes: string, runs: string): { sizes: number[]; runs: number; json: boolean } {
  const { values } = readOptions({
    [name]: { type: 'string', default: sizes },
    runs: { type: 'string', default: runs },
    json: { type: 'boolean', default: false },
  })
  const read = String(values[name]).split(',').map(Number)
  const times = Number(values.runs)
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 10_000
  if (![...read, times].every(isCount)) {
    exitForUsage(`--${name} are whole numbers from 1 to 10,000 with commas between, --runs is one.`)
  }
  return { sizes: read, runs: times, json: values.json === true }
}
