/**
 * Writes the ABIs of the deployed contracts to `src/abi/`, for code that must not carry bytecode. Each item is a line and a
 * constant of its own, so that an action brings only the items that it uses. All custom errors are in `errors.ts`.
 * Usage: node tools/generate-abi.ts [--check]   (after `hardhat build`; `--check` writes nothing and fails when one is stale)
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ErrorFragment, Fragment, type JsonFragment } from 'ethers'

const CONTRACTS = {
  ledger: 'contracts/Ledger.sol/Ledger.json',
  licenseCredential: 'contracts/licensing/LicenseCredential.sol/LicenseCredential.json',
  lineageClaims: 'contracts/claims/LineageClaims.sol/LineageClaims.json',
  complianceLens: 'contracts/compliance/ComplianceLens.sol/ComplianceLens.json',
  recalls: 'contracts/registry/Recalls.sol/Recalls.json',
  usageAudit: 'contracts/audit/UsageAudit.sol/UsageAudit.json',
  accessManager: '@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json',
  reviewGate: 'contracts/gate/ReviewGate.sol/ReviewGate.json',
  loadCheck: 'contracts/gate/LoadCheck.sol/LoadCheck.json',
}

type Item = JsonFragment & { type: string }

const root = join(import.meta.dirname, '..')
const errors = new Set<string>()
mkdirSync(join(root, 'src/abi'), { recursive: true })
for (const [name, artifact] of Object.entries(CONTRACTS)) {
  const { abi, contractName } = JSON.parse(readFileSync(join(root, 'artifacts', artifact), 'utf8')) as {
    abi: Item[]
    contractName: string
  }
  for (const item of abi) if (item.type === 'error') errors.add(ErrorFragment.from(item).format('full'))
  publish(`${name}.ts`, moduleOf(name, contractName, abi))
}
publish(
  'errors.ts',
  [
    '// Generated from all contracts by tools/generate-abi.ts. Do not edit.',
    '/** Every custom error of the deployed contracts, as Solidity writes it. */',
    'export const contractErrors: readonly string[] = [',
    ...[...errors].toSorted().map((error) => `  ${JSON.stringify(error)},`),
    ']',
    '',
  ].join('\n'),
)

function moduleOf(name: string, contractName: string, abi: readonly Item[]): string {
  const items = abi
    .map((item) => [constantOf(item, abi), item] as const)
    .toSorted(([a, { type }], [b, { type: other }]) => compare(type, other) || compare(a, b))
  const constants = items.map(([constant]) => constant)
  return [
    `// Generated from ${contractName} by tools/generate-abi.ts. Do not edit.`,
    ...items.map(([constant, item]) => `export const ${constant} = ${literalOf(item)} as const`),
    `/** ABI of the ${contractName} contract. Internal types are left out but for ids; \`stemma/contract-json\` has them all. */`,
    `export const ${name}Abi: readonly [${constants.map((constant) => `typeof ${constant}`).join(', ')}] = [${constants.join(', ')}]`,
    '',
  ].join('\n')
}

/** The constant's name: the item's own; of an overload, with the number of its arguments. */
function constantOf(item: Item, abi: readonly Item[]): string {
  if (item.type === 'constructor') return 'constructor_'
  const isOverloaded = abi.filter(({ name }) => name === item.name).length > 1
  return isOverloaded ? `${item.name}${Fragment.from(item).inputs.length}` : item.name!
}

/** An item in JavaScript. Of the internal types it keeps those that name our ids; `stemma/contract-json` has them all. */
function literalOf(item: Item): string {
  const json = JSON.stringify(item, (key, value: unknown) =>
    key === 'internalType' && !/^[A-Z]\w*Id$/.test(String(value)) ? undefined : value,
  )
  return json.replaceAll(/"(\w+)":/g, '$1:')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function publish(file: string, text: string): void {
  const path = join(root, 'src/abi', file)
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.log(`src/abi/${file} is stale.`)
    process.exitCode = 1
  }
}
