/** Where contracts store what, as the compiler says it. Compiles without making code, which takes a second. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** A variable or a struct's member. */
export type Place = { label: string; slot: string; offset: number; type: string }

/** The compiler's `storageLayout` of a contract. `types` is null when it stores nothing. */
export type StorageLayout = {
  storage: readonly Place[]
  types: Readonly<Record<string, StorageType>> | null
}

/** A type in a layout. `value` is that of a mapping, `base` that of an array. */
export type StorageType = {
  encoding: string
  label: string
  numberOfBytes: string
  members?: readonly Place[]
  key?: string
  value?: string
  base?: string
}

type Solc = { compile: (input: string, callbacks: { import: (path: string) => object }) => string }
type Output = {
  errors?: readonly { severity: string; formattedMessage: string }[]
  contracts: Readonly<Record<string, Readonly<Record<string, { storageLayout: StorageLayout }>>>>
}

const root = join(import.meta.dirname, '..')

/** The layouts of some contracts, in their order. @throws when they do not compile */
export function storageLayouts(
  contracts: readonly (readonly [sourceName: string, contractName: string])[],
): StorageLayout[] {
  const solc = createRequire(import.meta.url)('solc') as Solc
  const { settings } = JSON.parse(readFileSync(join(root, 'contracts/compiler.json'), 'utf8')) as { settings: object }
  const read = (path: string) => readFileSync(join(root, path.startsWith('@') ? `node_modules/${path}` : path), 'utf8')
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(contracts.map(([sourceName]) => [sourceName, { content: read(sourceName) }])),
    settings: { ...settings, outputSelection: { '*': { '*': ['storageLayout'] } } },
  }
  const callbacks = { import: (path: string) => ({ contents: read(path) }) }
  const output = JSON.parse(solc.compile(JSON.stringify(input), callbacks)) as Output
  const error = output.errors?.find(({ severity }) => severity === 'error')
  if (error) throw new Error(error.formattedMessage)
  return contracts.map(([sourceName, contractName]) => output.contracts[sourceName]![contractName]!.storageLayout)
}
