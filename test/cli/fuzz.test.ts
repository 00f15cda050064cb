import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import fc from 'fast-check'

import { runCli } from '../../src/cli/run.ts'
import { parseAddress } from '../../src/core/hex.ts'
import { writeDeployment } from '../../src/deployments/deploymentFiles.ts'
import { trustDeployment } from '../../src/deployments/trust.ts'
import { commands } from './reference.ts'
import { inDepth } from '../fixtures/inDepth.ts'

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const VALUES = [
  '',
  '0',
  '-1',
  '1',
  'x',
  'host',
  'MIT',
  'none',
  'forever',
  '30d',
  '2027-01-31',
  'a/b',
  'a b',
  'a/b=',
  'a=b',
  'none.json',
  'ipfs://x',
  '__proto__',
  '--',
  '\u202e\u001b',
  '0x',
  '0x12',
  `0x${'12'.repeat(32)}`,
  `a/b=0x${'12'.repeat(32)}`,
  `0x${'12'.repeat(20)}`,
]

describe('stemma: any arguments at all', function () {
  let cwd: string

  before(async function () {
    cwd = await mkdtemp(join(tmpdir(), 'stemma-fuzz-'))
    const at = (digit: string) => parseAddress(`0x${digit.repeat(40)}`)
    const contracts = {
      manager: at('1'),
      ledger: at('2'),
      licenseCredential: at('3'),
      lineageClaims: at('4'),
      complianceLens: at('5'),
      usageAudit: at('6'),
      reviewGate: at('7'),
      loadCheck: at('9'),
      recalls: at('8'),
    }
    const deployment = { name: 'local', chainId: 1, firstBlock: 0, contracts, rpcUrl: 'http://127.0.0.1:1' }
    await trustDeployment(await writeDeployment(deployment, cwd), { env: { HOME: cwd } })
  })

  after(() => rm(cwd, { recursive: true, force: true }))

  it('end in an exit code and an error that has a code, without a node', async function () {
    const word = fc.constantFrom(...VALUES)
    // As the command wants them, most of the time, so that more is reached than the parser.
    const argv = fc.constantFrom(...(await commands())).chain(([name, command]) => {
      const options = command.options.map((option) => {
        const given = fc.tuple(fc.constant(option.long!), ...(option.required ? [word] : []))
        return option.mandatory ? given : fc.option(given, { nil: [], freq: 1 })
      })
      const args = command.registeredArguments.map(() => word)
      const extra = fc.array(word, { maxLength: 1 })
      return fc
        .tuple(fc.tuple(...args), fc.tuple(...options), fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, extra))
        .map(([first, given, last]) => [...name.split(' '), ...first, ...given.flat(), ...last])
    })
    const codes = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(argv, async (args) => {
        let [stdout, stderr] = ['', '']
        const code = await runCli(args, {
          stdout: (text) => void (stdout += text),
          stderr: (text) => void (stderr += text),
          env: { HOME: cwd, XDG_CACHE_HOME: cwd, STEMMA_PRIVATE_KEY: KEY },
          cwd,
          now: () => 0,
          // Some commands go on until they are stopped, such as those that wait for a node to come back.
          signal: AbortSignal.timeout(500),
        })
        expect(code).to.be.within(0, 3)
        const label = /^([A-Z_]+): /m.exec(stderr)?.[1] ?? 'none'
        codes.set(label, (codes.get(label) ?? 0) + 1)
        if (code !== 0) expect(stderr).to.match(/^[A-Z_]+: |\n[A-Z_]+: /)
        expect(stderr).to.not.contain('UNEXPECTED')
        expect(stdout + stderr).to.not.contain(KEY.slice(2))
        expect(stdout + stderr).to.not.match(/(?!\n|\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: inDepth(250, 800), seed: 7 },
    )
    // Many came through to the node.
    expect(codes.get('NODE_UNREACHABLE')).to.be.greaterThan(30)
  })
})
