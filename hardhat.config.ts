import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import toolbox from '@nomicfoundation/hardhat-toolbox-mocha-ethers'
import { HDNodeWallet, Mnemonic } from 'ethers'
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

/**
 * Lets the simulated chain start without what the compiler said about the contracts, 80 MB that it would read for Solidity stack traces:
 * seconds of each process that starts a chain, of `npm start` too, and a tenth of each transaction. The names and arguments of errors come
 * from the ABIs. STEMMA_STACK_TRACES=1 gives the traces back.
 */
const withoutStackTraces: HardhatPlugin = {
  id: 'without-stack-traces',
  hookHandlers: {
    hre: async () => ({
      default: async () => ({
        async created(_context, hre) {
          if (process.env.STEMMA_STACK_TRACES === undefined) hre.artifacts.getAllBuildInfoIds = async () => new Set()
        },
      }),
    }),
  },
}

/** Of solc, about the sizes of code and of code that deploys. */
const SIZE_WARNINGS = new Set(['5574', '3860'])
/**
 * Compiles the Solidity tests that deploy the contracts from their artifacts in seconds, not minutes: without optimizer, by the older
 * code generator. Tests of libraries, whose code is in the tests, are compiled as the contracts are. All share one
 * configuration, because Hardhat compiles files together only then.
 */
const quickTests: HardhatPlugin = {
  id: 'quick-tests',
  hookHandlers: {
    config: async () => ({
      default: async () => ({
        async resolveUserConfig(userConfig, resolveVariable, next) {
          const resolved = await next(userConfig, resolveVariable)
          const { compilers, overrides } = resolved.solidity.profiles.default!
          const { settings, ...compiler } = compilers[0]!
          const quick = { ...compiler, settings: { ...settings, viaIR: false, optimizer: { enabled: false } } }
          const tests = globSync('test/contracts/**/*.t.sol', { cwd: import.meta.dirname })
          for (const path of tests) {
            const source = readFileSync(join(import.meta.dirname, path), 'utf8')
            if (/\/base\/(Deploy|LedgerTest)\.sol"/.test(source)) overrides[path.replaceAll('\\', '/')] = quick
          }
          return resolved
        },
      }),
    }),
    // The contracts that a test imports are compiled beside it and deployed by nobody, so their sizes do not matter.
    solidity: async () => ({
      default: async () => ({
        async getCompilationJobErrors(context, job, output, next) {
          const errors = await next(context, job, output)
          const isQuick = job.solcConfig.settings.optimizer?.enabled === false
          return isQuick ? errors.filter(({ errorCode }) => !SIZE_WARNINGS.has(errorCode ?? '')) : errors
        },
      }),
    }),
  },
}

/**
 * Hardhat's own accounts, more of them than it makes. By their keys, because Hardhat would derive the seed of their mnemonic again for
 * each, in JavaScript, which takes seconds.
 */
const parent = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(`${'test '.repeat(11)}junk`), "m/44'/60'/0'/0")
const accounts = Array.from({ length: 60 }, (_, index) => ({
  privateKey: parent.deriveChild(index).privateKey,
  balance: String(10_000n * 10n ** 18n),
}))
const simulated = { type: 'edr-simulated', chainType: 'l1', hardfork: 'osaka', accounts } as const

export default defineConfig({
  plugins: [sortedArtifacts, quickTests, withoutStackTraces, toolbox],
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
          fuzz: { runs: 128, seed: '0x5374656d6d61' },
          invariant: { runs: 6, depth: 128, failOnRevert: true },
        },
        deep: {
          fuzz: { runs: 20_000, seed: deepSeed },
          invariant: { runs: 512, depth: 512, failOnRevert: true },
        },
      },
    },
  },
})
