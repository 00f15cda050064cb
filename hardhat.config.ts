import { fileURLToPath } from 'node:url'

import toolbox from '@nomicfoundation/hardhat-toolbox-mocha-ethers'
import { defineConfig } from 'hardhat/config'
import type { HardhatPlugin } from 'hardhat/types/plugins'

import settings from './contracts/compiler.json' with { type: 'json' }

// Hardhat downloads no compiler: npm's solc compiles, so that the lockfile pins it.
const compiler = { ...settings, path: fileURLToPath(import.meta.resolve('solc/soljson.js')) }

// `npm run deep` chooses a fresh one.
const deepSeed = `0x${Number(process.env.STEMMA_FUZZ_SEED ?? 0x5374656d6d61).toString(16)}`
/**
 * Sorts the artifacts of a build in place before the TypeChain plugin reads the same list, so that `typechain-types` does not
 * come in the order in which files happened to be read. It has to stand before the toolbox.
 */
const sortedArtifacts: HardhatPlugin = {
  id: 'sorted-artifacts',
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        processArtifactsAfterSuccessfulBuild: async (_context, artifactPaths) => {
          ;(artifactPaths as string[]).sort()
        },
      }),
    }),
  },
}

const simulated = { type: 'edr-simulated', chainType: 'l1', hardfork: 'osaka', accounts: { count: 60 } } as const

export default defineConfig({
  plugins: [sortedArtifacts, toolbox],
  solidity: {
    profiles: { default: compiler },
    npmFilesToBuild: ['@openzeppelin/contracts/access/manager/AccessManager.sol'],
  },
  typechain: { outDir: 'typechain-types' },
  networks: {
    default: simulated,
    // The node of npm start. Hardhat holds a call to the gas cap of a transaction (EIP-7825, 16,777,216 gas); other clients grant
    // a call more (geth 50 million), which a lineage of a thousand models needs. A block a minute, and blocks of one second, keep
    // the clock of the ledger at the real time.
    node: {
      ...simulated,
      transactionGasCap: false,
      mining: { auto: true, interval: 60_000 },
      allowBlocksWithSameTimestamp: true,
    },
    // The node of the play, which moves its clock itself.
    play: { ...simulated, transactionGasCap: false },
    // The chain that scripts/deploy.ts is given, with the key that it is given.
    remote: {
      type: 'http',
      url: 'http://127.0.0.1:8545',
      accounts: 'remote',
    },
  },
  test: {
    mocha: { timeout: 120_000 },
    solidity: {
      profiles: {
        default: {
          fuzz: { runs: 256, seed: '0x5374656d6d61' },
          invariant: { runs: 16, depth: 256, failOnRevert: true },
        },
        deep: {
          fuzz: { runs: 20_000, seed: deepSeed },
          invariant: { runs: 512, depth: 512, failOnRevert: true },
        },
      },
    },
  },
})
