import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { runCli } from '../../src/cli/run.ts'

const MODEL = `0x${'12'.repeat(32)}`
/** Names of an earlier form, and what the error names in their place. */
const FORMER = [
  ['monthlyActiveUsersAtRelease', 'monthlyActiveUsers/affiliates/2024-07-23'],
  ['inExcludedTerritory', 'inTerritory/domicile/EU'],
  ['withoutLicensorAgreement', 'withoutAgreement/Meta'],
] as const
/** Names that never were any. */
const WRONG = ['monthlyRevenue', 'monthlyRevenueUsd/planet', 'inTerritory', 'monthlyActiveUsers/2024-02-30']

describe('names of facts on the command line', function () {
  let cwd: string

  before(async function () {
    cwd = await mkdtemp(join(tmpdir(), 'stemma-facts-'))
  })
  after(() => rm(cwd, { recursive: true, force: true }))

  /** Runs the program where no ledger is, so that anything but the names would exit with another error. */
  async function verify(...options: string[]): Promise<{ code: number; error: { code: string; message: string } }> {
    let stdout = ''
    const code = await runCli(['verify', MODEL, '--use', 'host', '--json', ...options], {
      stdout: (text) => void (stdout += text),
      stderr: () => {},
      env: { HOME: cwd },
      cwd,
      now: Date.now,
      terminal: undefined,
      signal: AbortSignal.timeout(20_000),
    })
    return { code, error: JSON.parse(stdout).error }
  }

  async function fileOf(content: unknown): Promise<string> {
    await writeFile(join(cwd, 'given.json'), JSON.stringify(content))
    return 'given.json'
  }

  for (const [former, current] of FORMER) {
    it(`exits with 2 and names the new form of ${former}: --fact, --facts and a policy`, async function () {
      const facts = { [former]: 1 }
      for (const options of [
        ['--fact', `${former}=1`],
        ['--facts', await fileOf(facts)],
      ]) {
        const { code, error } = await verify(...options)
        expect([code, error.code]).to.deep.equal([2, 'INVALID_MEASURE'])
        expect(error.message).to.contain(`"${former}"`).and.to.contain(current)
      }
      const { code, error } = await verify('--policy', await fileOf({ version: 1, facts }))
      expect([code, error.code]).to.deep.equal([2, 'INVALID_MEASURE'])
      expect(error.message).to.contain(current)
    })
  }

  it('exits with 2 for a name that never was one, and takes the new names', async function () {
    for (const name of WRONG) {
      const { code, error } = await verify('--fact', `${name}=1`)
      expect([name, code, error.code]).to.deep.equal([name, 2, 'INVALID_MEASURE'])
      expect(error.message).to.contain(`"${name}"`)
    }
    for (const [, current] of FORMER) {
      const { error } = await verify(
        '--fact',
        `${current}=1`,
        '--policy',
        await fileOf({ version: 1, facts: { [current]: 0 } }),
      )
      expect(error.code, current).to.not.be.oneOf(['INVALID_MEASURE', 'USAGE', 'INVALID_POLICY'])
    }
  })
})
