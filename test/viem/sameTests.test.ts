import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')

/** Of each kind of use a file: connecting, errors, watching, writing, signing, histories. All files run in `npm run deep`. */
const FILES = process.env.STEMMA_DEEP
  ? globSync('test/sdk/**/*.test.ts', { cwd: root }).toSorted()
  : [
      'test/sdk/connect.test.ts',
      'test/sdk/transact.test.ts',
      'test/sdk/watchEvents.test.ts',
      'test/sdk/licensing/credentials.test.ts',
      'test/sdk/registry/registerModel.test.ts',
      'test/sdk/registry/registerSigned.test.ts',
      'test/sdk/registry/lineage.test.ts',
    ]

describe('the tests of the SDK', function () {
  it('pass with the clients of viem as with ethers', async function () {
    this.timeout(600_000)
    const { code, printed } = await run(['test', 'mocha', '--no-compile', ...FILES])
    expect(code, printed).to.equal(0)
    const passed = Number(/^ {2}(\d+) passing/m.exec(printed)?.[1])
    expect(passed, printed).to.be.at.least(FILES.length * 3)
  })
})

/** Runs Hardhat in a process of its own, because a chain's fixtures are made once for a process. */
async function run(args: readonly string[]): Promise<{ code: number | null; printed: string }> {
  const hardhat = spawn(join(root, 'node_modules/.bin/hardhat'), args, {
    cwd: root,
    env: { ...process.env, STEMMA_RUNNER: 'viem' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [hardhat.stdout, hardhat.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => void (printed += part))
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    hardhat.once('error', reject)
    hardhat.once('close', resolve)
  })
  return { code, printed }
}
