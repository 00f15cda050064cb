import { existsSync } from 'node:fs'

/** Where the packages keep what they ship, seen from here. */
const PLACES = ['../../packages/server/dist/', '../../dist/src/']

/** A module as its package ships it: compiled, so that what is measured does not compile it each time. */
export async function built<Module>(path: string): Promise<Module> {
  const found = PLACES.map((place) => new URL(`${place}${path}.js`, import.meta.url)).find((url) => existsSync(url))
  if (!found) throw new Error(`${path} is not built. Run \`npm run build\`.`)
  return (await import(found.href)) as Module
}
