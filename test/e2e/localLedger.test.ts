import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'

import { expect } from 'chai'

import { readAccounts } from '../../scripts/local/accounts.ts'
import { drawLineage } from '../../scripts/local/lineageTree.ts'
import { publishExamples } from '../../scripts/local/publishExamples.ts'
import { publishLicenses } from '../../scripts/local/publishLicenses.ts'
import { modelDigest } from '../../src/artifacts/modelDigest.ts'
import { runCli } from '../../src/cli/run.ts'
import type { Address, ModelId, TermsId } from '../../src/core/hex.ts'
import { openLedger, type Ledger } from '../../src/sdk/connect.ts'
import { listAttestedParents } from '../../src/sdk/claims/listAttestedParents.ts'
import { grantCredential } from '../../src/sdk/licensing/grantCredential.ts'
import { listTerms } from '../../src/sdk/licensing/listTerms.ts'
import { offerTier } from '../../src/sdk/licensing/offerTier.ts'
import { revokeCredential } from '../../src/sdk/licensing/revokeCredential.ts'
import { findModels } from '../../src/sdk/registry/findModels.ts'
import { startLedgerInFolder, type LedgerInFolder } from '../fixtures/localLedger.ts'

const root = join(import.meta.dirname, '../..')
const examples = join(root, 'examples/models')

describe('the ledger of npm start', function () {
  let local: LedgerInFolder
  let reader: Ledger

  before(async function () {
    local = await startLedgerInFolder()
    reader = openLedger(local.provider, local.deployment)
  })

  after(() => local.close())

  const ledgerOf = async (account: Address) => openLedger(await local.provider.getSigner(account), local.deployment)

  /** Runs a program of scripts/ in the folder of the ledger. */
  const run = (name: string, args: readonly string[]): Promise<{ status: number | null; stdout: string }> =>
    new Promise((resolve, reject) => {
      const argv = ['--conditions=source', join(root, `scripts/${name}.ts`), ...args]
      const env = {
        ...process.env,
        NODE_OPTIONS: '',
        STEMMA_DEPLOYMENT: undefined,
        HOME: local.folder,
        XDG_CONFIG_HOME: '',
      }
      const child = spawn(process.execPath, argv, { cwd: local.folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
      let stdout = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      child.once('error', reject)
      child.once('close', (status) => resolve({ status, stdout }))
    })

  it('has at least 40 licenses and 30 real models, and publishes nothing twice', async function () {
    expect(local.licenses).to.be.at.least(40)
    expect(local.models.size).to.be.at.least(30)
    const again = await publishExamples(local.provider, local.deployment, { folder: examples })
    expect([again.added, again.models]).to.deep.equal([0, local.models])
    const { administrator } = await readAccounts(local.provider)
    expect(await publishLicenses(await ledgerOf(administrator))).to.deep.equal([])
  })

  it('keeps the real time', async function () {
    const { timestamp } = (await local.provider.getBlock('latest'))!
    expect(Math.abs(timestamp - Date.now() / 1000)).to.be.below(30)
  })

  it('finds the model of each example folder by its digest, and that model alone', async function () {
    for (const folder of globSync(join(examples, '*__*'))) {
      const { digest } = await modelDigest(folder, { cache: false })
      const found = (await findModels(reader, { query: digest })).map(({ model }) => model)
      expect(found, folder).to.deep.equal([local.models.get(basename(folder).replace('__', '/'))])
    }
  })

  for (const name of ['mistralai/Mistral-7B-v0.1', 'meta-llama/Llama-3.1-8B']) {
    it(`answers stemma verify of the folder of ${name} about that model`, async function () {
      let stdout = ''
      await runCli(['verify', join(examples, name.replace('/', '__')), '--use', 'commercial', '--json'], {
        stdout: (text) => (stdout += text),
        stderr: () => undefined,
        env: { HOME: local.folder, XDG_CACHE_HOME: local.folder },
        cwd: local.folder,
        now: Date.now,
        signal: AbortSignal.timeout(60_000),
      })
      expect(JSON.parse(stdout).model).to.equal(local.models.get(name))
    })
  }

  it('has the Composer 2 case, with the parent that its publisher acknowledged and that of the parent countersigned', async function () {
    const { composer, forkA, forkB } = local.case
    const [attested, ...more] = await listAttestedParents(reader, { model: composer })
    expect(more).to.deep.equal([])
    expect(attested).to.include({ model: local.models.get('moonshotai/Kimi-K2.5'), grade: 'countersigned' })
    const lines = await drawLineage(reader, [forkA, forkB])
    expect(lines.map(({ label, relation, answer }) => [label, relation, answer.split(',')[0]])).to.deep.equal([
      ['moonshotai/Kimi-K2-Base', '', 'yes'],
      ['└─ moonshotai/Kimi-K2.5', 'continued-pretraining', 'yes'],
      ['   ├─ anysphere/Composer-2', 'reinforcement-learning, undisclosed', 'yes'],
      ['   │  └─ fork-a/composer-2-open', 'finetune', 'NO'],
      ['   └─ fork-b/k2p5-coder-mit', 'finetune', 'yes'],
    ])
  })

  it('leaves some accounts that have sent nothing', async function () {
    const { free } = await readAccounts(local.provider)
    expect(free).to.have.length(5)
    for (const account of free) expect(await local.provider.getTransactionCount(account)).to.equal(0)
  })

  it('takes a registration from scripts/register.ts, and answers scripts/verify.ts about it', async function () {
    const registered = await run('register', [join(root, 'examples/guide/acme__tiny-chat')])
    expect(registered.status).to.equal(0)
    const { model } = JSON.parse(registered.stdout) as { model: ModelId }
    const verified = await run('verify', [model, '--use', 'research'])
    // Nobody vouches for the account yet.
    expect([verified.status, JSON.parse(verified.stdout).model]).to.deep.equal([3, model])
    expect(JSON.parse(verified.stdout).verdict).to.equal('unknown')
    const refused = await run('verify', ['fork-a/composer-2-open', '--use', 'commercial'])
    expect([refused.status, JSON.parse(refused.stdout).verdict]).to.deep.equal([1, 'not-permitted'])
    expect((await run('verify', ['acme/nothing', '--use', 'research'])).status).to.equal(3)
  })

  it('answers scripts/verify.ts about a credential, before and after its revocation', async function () {
    const { case: cast } = await readAccounts(local.provider)
    const publisher = await ledgerOf(cast.forkB)
    const terms = (await listTerms(reader)).find((entry) => 'terms' in entry && entry.terms.name === 'MIT')!
    const { tier } = await offerTier(publisher, {
      tier: {
        model: local.case.forkB,
        terms: terms.id as TermsId,
        passThrough: [],
        open: false,
        subCredentials: false,
        maxDuration: 0,
        callQuota: 0n,
        tokenQuota: 0n,
        name: 'Whole',
        uri: '',
      },
    })
    const { credential } = await grantCredential(publisher, { model: local.case.forkB, tier, holder: cast.user })
    const valid = await run('verify', ['--credential', credential])
    expect(valid.status).to.equal(0)
    expect(JSON.parse(valid.stdout)).to.include({ valid: true, id: credential, holder: cast.user })
    await revokeCredential(publisher, { credential })
    const revoked = await run('verify', ['--credential', credential])
    expect([revoked.status, JSON.parse(revoked.stdout).valid]).to.deep.equal([1, false])
  })

  it('is indexed by scripts/index-events.ts, and read by scripts/roles.ts', async function () {
    const indexed = await run('index-events', ['--once'])
    expect(indexed.status).to.equal(0)
    const block = await local.provider.getBlockNumber()
    expect(indexed.stdout).to.match(/^block \d+: \d+ events, \d+ in all$/m)
    expect(indexed.stdout).to.contain(`Caught up with block ${block}.`)
    const roles = await run('roles', [])
    expect(roles.status).to.equal(0)
    expect(roles.stdout)
      .to.match(/^roles at block /)
      .and.to.contain('administrator')
  })
})
