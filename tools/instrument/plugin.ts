/** The Hardhat plugin that compiles instrumented contracts and collects what they report. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'

import { task } from 'hardhat/config'
import { ArgumentType } from 'hardhat/types/arguments'
import type { HardhatPlugin } from 'hardhat/types/plugins'
import type { ChainType, NetworkConnection } from 'hardhat/types/network'

import { instrumentForCoverage } from './coveragePoints.ts'
import { folderOf, hitsOf, listOf, root, type Mode } from './files.ts'
import { collected, liveMutant, type Chain } from './live.ts'
import { declarationsOf, mutate } from './mutants.ts'
import { PROBE_LIBRARY, PROBE_SOURCE } from './probe.ts'
import { readSourceTrees } from './syntaxTree.ts'

/**
 * The instrumentation that a configuration is for.
 *
 * @throws Error when STEMMA_INSTRUMENT names none
 */
export function modeOfEnvironment(): Mode {
  const mode = process.env.STEMMA_INSTRUMENT
  if (mode === 'coverage' || mode === 'mutation') return mode
  throw new Error('Set STEMMA_INSTRUMENT to coverage or mutation, or use npm run coverage or npm run mutate.')
}

/** Instruments every source below contracts/ when it is compiled, and listens to all chains. */
export function instrumentation(mode: Mode): HardhatPlugin {
  let sources: Map<string, string> | undefined
  return {
    id: 'stemma-instrumentation',
    tasks: [
      task('mutate', 'Tries the mutants of the contracts')
        .addOption({ name: 'only', description: 'Only mutants with this in their key', defaultValue: '' })
        .addOption({
          name: 'sample',
          description: 'So many of them; 0 for all',
          type: ArgumentType.INT,
          defaultValue: 0,
        })
        .addOption({ name: 'seed', description: 'Which sample', defaultValue: '1' })
        .addOption({ name: 'part', description: 'Which part of how many', defaultValue: '0/1' })
        .addFlag({ name: 'update', description: 'Keep which test killed which mutant' })
        .setAction(() => import('./mutationTask.ts'))
        .build(),
    ],
    hookHandlers: {
      solidity: async () => ({
        default: async () => ({
          async preprocessProjectFileBeforeBuilding(context, name, path, content, version, next) {
            sources ??= instrumentAll(mode)
            return next(context, name, path, sources.get(relative(root, path)) ?? content, version)
          },
          async preprocessSolcInputBeforeBuilding(context, input, next) {
            input.sources[PROBE_SOURCE] = { content: PROBE_LIBRARY }
            return next(context, input)
          },
        }),
      }),
      test: async () => ({
        default: async () => ({
          async onTestRunDone(context, id, next) {
            await next(context, id)
            writeFileSync(hitsOf(mode), JSON.stringify([...collected.hits]))
          },
        }),
      }),
      network: async () => ({
        default: async () => ({
          async newConnection(context, next) {
            const connection = await next(context)
            if (mode === 'mutation') await follow(connection)
            return connection
          },
          async onCoverageData(_context, tags) {
            for (const tag of tags) collected.hits.add(Number(`0x${tag}`))
          },
        }),
      }),
    },
  }
}

/** Adds a chain to those of the run, with the run's coinbase. */
async function follow(connection: NetworkConnection<ChainType | string>): Promise<void> {
  const request = (method: string, params: readonly unknown[]) =>
    connection.provider.request({ method, params: [...params] })
  const chain: Chain = {
    request,
    setCoinbase: async (coinbase) => {
      await request('hardhat_setCoinbase', [`0x${coinbase.toString(16).padStart(40, '0')}`])
    },
    forgetFixtures: () => connection.networkHelpers.clearSnapshots(),
    close: async () => {
      collected.chains.delete(chain)
      await connection.close()
    },
  }
  collected.chains.add(chain)
  if (!liveMutant.loaded) collected.lasting.push(chain)
  await chain.setCoinbase(liveMutant.coinbase)
}

function instrumentAll(mode: Mode): Map<string, string> {
  const sources = new Map<string, string>()
  const points: { id: number }[] = []
  const trees = readSourceTrees(root)
  const declarations = declarationsOf(trees.map((tree) => tree.root))
  for (const tree of trees) {
    const firstId = firstIdOf(tree.path)
    const instrumented =
      mode === 'coverage' ? instrumentForCoverage(tree, firstId) : mutate(tree, firstId, declarations)
    points.push(...instrumented.points)
    sources.set(tree.path, Buffer.from(instrumented.source, 'latin1').toString())
  }
  mkdirSync(folderOf(mode), { recursive: true })
  writeFileSync(listOf(mode), JSON.stringify(points))
  return sources
}

/** The numbers of one file do not depend on other files, which may keep numbers from an earlier compilation. */
function firstIdOf(path: string): number {
  return createHash('sha256').update(path).digest().readUInt32BE() * 2 ** 16 + 1
}
