/**
 * Writes the ABIs of the deployed contracts to `src/abi/`, for code that must not carry bytecode.
 * Usage: node scripts/generate-abi.ts [--check]   (after `hardhat build`; `--check` writes nothing and fails when one is stale)
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const CONTRACTS = {
  ledger: 'contracts/Ledger.sol/Ledger.json',
  licenseCredential: 'contracts/licensing/LicenseCredential.sol/LicenseCredential.json',
  lineageClaims: 'contracts/claims/LineageClaims.sol/LineageClaims.json',
  complianceLens: 'contracts/compliance/ComplianceLens.sol/ComplianceLens.json',
  usageAudit: 'contracts/audit/UsageAudit.sol/UsageAudit.json',
  accessManager: '@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json',
  reviewGate: 'contracts/gate/ReviewGate.sol/ReviewGate.json',
}

const root = join(import.meta.dirname, '..')
mkdirSync(join(root, 'src/abi'), { recursive: true })
for (const [name, artifact] of Object.entries(CONTRACTS)) {
  const { abi, contractName } = JSON.parse(readFileSync(join(root, 'artifacts', artifact), 'utf8'))
  const text = [
    `// Generated from ${contractName} by scripts/generate-abi.ts. Do not edit.`,
    `/** ABI of the ${contractName} contract. */`,
    `export const ${name}Abi = ${JSON.stringify(abi, null, 2)} as const`,
    '',
  ].join('\n')
  const path = join(root, 'src/abi', `${name}.ts`)
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.log(`src/abi/${name}.ts is stale.`)
    process.exitCode = 1
  }
}
