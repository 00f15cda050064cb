/**
 * Fails when the committed `typechain-types/` are not what TypeChain makes of the contracts. `hardhat build` has just written them
 * in a fresh checkout, so what differs from the commit is stale; in a work tree where the build came from its cache, the
 * bytecode of the artifacts is compared too. The two lists of all contracts are left out: their order is the compiler's.
 * Usage: node tools/check-typechain.ts   (after `hardhat build`)
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

const factories = {
  'typechain-types/factories/contracts/Ledger__factory.ts': 'contracts/Ledger.sol/Ledger.json',
  'typechain-types/factories/contracts/licensing/LicenseCredential__factory.ts':
    'contracts/licensing/LicenseCredential.sol/LicenseCredential.json',
  'typechain-types/factories/contracts/claims/LineageClaims__factory.ts':
    'contracts/claims/LineageClaims.sol/LineageClaims.json',
  'typechain-types/factories/contracts/compliance/ComplianceLens__factory.ts':
    'contracts/compliance/ComplianceLens.sol/ComplianceLens.json',
  'typechain-types/factories/contracts/audit/UsageAudit__factory.ts': 'contracts/audit/UsageAudit.sol/UsageAudit.json',
  'typechain-types/factories/contracts/gate/ReviewGate__factory.ts': 'contracts/gate/ReviewGate.sol/ReviewGate.json',
}

// What the build wrote differs from what is committed or staged.
const { stdout } = spawnSync('git', ['status', '--porcelain', '--', 'typechain-types'], { cwd: root, encoding: 'utf8' })
const stale = stdout
  .split('\n')
  .filter((line) => line !== '' && !line.endsWith('hardhat.d.ts') && !line.endsWith('/index.ts'))

// The bytecode in the factories is that of the compiled contracts, even where nothing was built in this work tree.
for (const [factory, artifact] of Object.entries(factories)) {
  const { bytecode } = JSON.parse(readFileSync(join(root, 'artifacts', artifact), 'utf8')) as { bytecode: string }
  if (!readFileSync(join(root, factory), 'utf8').includes(bytecode)) stale.push(factory)
}
if (stale.length > 0) {
  console.log(`typechain-types is stale:\n${stale.join('\n')}`)
  process.exitCode = 1
}
