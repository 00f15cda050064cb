/** The Hardhat plugin that compiles instrumented contracts and collects what they report. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'

import type { HardhatPlugin } from 'hardhat/types/plugins'
import type { ChainType, NetworkConnection } from 'hardhat/types/network'

import { instrumentForCoverage } from './coveragePoints.ts'
import { folderOf, hitsOf, listOf, root, type Mode } from './files.ts'
import { declarationsOf, mutate } from './mutants.ts'
import { PROBE_LIBRARY, PROBE_SOURCE } from './probe.ts'
import { readSourceTrees } from './syntaxTree.ts'

/** What instrumented contracts reported since it was last emptied, and the chains that they ran on. */
export const collected = { hits: new Set<number>(), connections: new Set<NetworkConnection<ChainType | string>>() }

/**
 * Which instrumentation a configuration is for.
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
            collected.connections.add(connection)
            return connection
          },
          async closeConnection(context, connection, next) {
            collected.connections.delete(connection)
            return next(context, connection)
          },
          async onCoverageData(_context, tags) {
            for (const tag of tags) collected.hits.add(Number(`0x${tag}`))
          },
        }),
      }),
    },
  }
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

/** Numbers of one file do not depend on other files, since these may have been compiled before and keep theirs. */
function firstIdOf(path: string): number {
  return createHash('sha256').update(path).digest().readUInt32BE() * 2 ** 16 + 1
}
