/**
 * Runs the mocha tests that need a chain. They run apart from the others, because Hardhat's matchers for chai change what
 * `.throw()` hands on. Usage: node scripts/test-chain.ts   (after `hardhat build`)
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

const files = globSync('test/{contracts,sdk,cli,e2e,docs,indexer,server}/**/*.test.ts').toSorted()
const { status } = spawnSync('hardhat', ['test', 'mocha', '--no-compile', ...files], { stdio: 'inherit' })
process.exitCode = status ?? 1
