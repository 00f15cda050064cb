import { join } from 'node:path'

import { defineConfig } from 'hardhat/config'

import base from '../../hardhat.config.ts'
import { instrumentation, modeOfEnvironment } from './plugin.ts'

/**
 * The tests' configuration for instrumented contracts: compiled quickly, of any size, and separate from the real ones.
 * STEMMA_INSTRUMENT chooses the instrumentation (see {@link modeOfEnvironment}).
 */
const mode = modeOfEnvironment()
const folder = join(import.meta.dirname, '../../cache', mode)
// The older code generator compiles instrumented contracts in seconds, where the pipeline through Yul takes many minutes.
const settings = { evmVersion: 'osaka', viaIR: false, optimizer: { enabled: false } }

export default defineConfig({
  ...base,
  plugins: [...(base.plugins ?? []), instrumentation(mode)],
  paths: { artifacts: join(folder, 'artifacts'), cache: join(folder, 'cache') },
  typechain: { outDir: join(folder, 'typechain') },
  solidity: {
    profiles: {
      default: { version: '0.8.37', path: join(import.meta.dirname, '../../node_modules/solc/soljson.js'), settings },
    },
    npmFilesToBuild: ['@openzeppelin/contracts/access/manager/AccessManager.sol'],
  },
  networks: {
    default: {
      type: 'edr-simulated',
      chainType: 'l1',
      hardfork: 'osaka',
      accounts: { count: 60 },
      allowUnlimitedContractSize: true,
      transactionGasCap: false,
      blockGasLimit: 1_000_000_000,
    },
  },
})
