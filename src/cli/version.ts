import { existsSync, readFileSync } from 'node:fs'

/** The version of the package, whose package.json is above `src/` in a checkout and above `dist/` when installed. */
export function packageVersion(): string {
  const files = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url))
  const file = files.find((url) => existsSync(url))
  return file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
