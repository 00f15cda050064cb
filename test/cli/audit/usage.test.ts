import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import type { CallRecord } from '../../../src/core/callRecord.ts'
import { openUsageLog, readUsageLog } from '../../../src/audit/usageLog.ts'
import type { LogOwner } from '../../../src/core/usage.ts'
import { canonicalJson } from '../../../src/core/canonicalJson.ts'
import type { Address, CredentialId } from '../../../src/core/hex.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { readCheckpoint } from '../../../src/sdk/audit/readCheckpoint.ts'
import { readCredential } from '../../../src/sdk/licensing/readCredential.ts'
import { usageFindings } from '../../../src/sdk/audit/usageFindings.ts'
import type { Finding } from '../../../src/core/report.ts'
import { callOf } from '../../fixtures/calls.ts'
import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

const [acme, beta, gamma] = (['acme', 'beta', 'gamma'] as const).map((name) => KEYS[name].address.toLowerCase()) as [
  Address,
  Address,
  Address,
]

/** What was anchored of the calls under a credential, as the command prints it. */
type Usage = {
  counts: { kind: string; used: string; quota: string; operators: string[]; exceeded: boolean }[]
  logs: Record<'operator' | 'log' | 'calls' | 'tokens', string>[]
}

/** Some calls, of 100 tokens each, in format 1. */
function calls(count: number, start = 0): Omit<CallRecord, 'index'>[] {
  return Array.from({ length: count }, (_, index) => {
    const { call, block, counted, ...record } = callOf(start + index, { inputTokens: 60, outputTokens: 40 })
    return record
  })
}

describe('stemma usage', function () {
  let world: World
  let credential: CredentialId
  let model: string

  /** Writes a log of the operator with so many calls, and appends to it when it is there. */
  const log = async (name: string, operator: Address, ...records: Omit<CallRecord, 'index'>[]): Promise<string> =>
    logOf(name, { operator, credential, epoch: 0 }, records)

  const logOf = async (name: string, owner: LogOwner, records: Omit<CallRecord, 'index'>[]): Promise<string> => {
    const path = join(world.cwd, name)
    // Records of format 1 name no block: what is checked here is the same for both.
    await writeFile(path, `${canonicalJson({ usageLog: 1, ...owner })}\n`, { flag: 'wx' }).catch(() => {})
    const writer = await openUsageLog(path)
    await writer.append(records)
    await writer.close()
    return name
  }

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish research-only stemma-commercial-use')
    await world.folder('acme__base', 'license: other\nlicense_name: research-only')
    model = (await world.ok('register acme__base')).model
    const tier = ['tier', 'offer', 'acme/base', '--terms', 'stemma-commercial-use', '--name', 'Metered']
    await world.ok([...tier, '--call-quota', '10', '--token-quota', '1500'])
    credential = (await world.ok(`credential grant acme/base Metered ${beta} --until 365d`)).credential
  })

  after(() => world.stop())

  it('anchors checkpoints of a log as it grows, each after the log was held against the last', async function () {
    await log('grow.log', acme, ...calls(3))
    const offline = await world.ok('usage checkpoint grow.log --offline', { as: null, env: {} })
    expect(offline).to.deep.include({ size: '3', calls: '3', tokens: '300' })
    const dry = await world.ok('usage checkpoint grow.log --dry-run')
    expect([dry.dryRun, dry.transaction, dry.root]).to.deep.equal([true, undefined, offline.root])
    expect(await world.fails('usage replay grow.log', { as: null })).to.deep.equal([3, 'CHECKPOINT_NOT_FOUND'])
    const first = await world.ok('usage checkpoint grow.log')
    expect(first.transaction).to.match(/^0x[0-9a-f]{64}$/)
    expect({ ...first, transaction: 0, block: 0, gas: 0 }).to.deep.equal({
      ...offline,
      transaction: 0,
      block: 0,
      gas: 0,
    })
    expect(await world.fails('usage checkpoint grow.log')).to.deep.equal([2, 'USAGE_AUDIT_NOT_LARGER'])
    expect(await world.fails('usage checkpoint grow.log', { as: 'stranger' })).to.deep.equal([
      2,
      'USAGE_AUDIT_UNAUTHORIZED',
    ])
    await log('grow.log', acme, ...calls(4, 3))
    await world.ok('usage checkpoint grow.log')
    const verified = await world.ok('usage replay grow.log', { as: null })
    expect(verified).to.deep.include({ valid: true, size: '7', calls: '7', tokens: '700', log: first.log })
    const checkpoints: { size: string; matches: boolean }[] = verified.checkpoints
    expect(checkpoints.map(({ size, matches }) => [size, matches])).to.deep.equal([
      ['3', true],
      ['7', true],
    ])
  })

  it('proves records and continuation to somebody who has neither log nor key', async function () {
    const record = await world.ok('usage prove grow.log --record 5 --output record.json', { as: null, env: {} })
    expect(record.record).to.deep.equal({ index: 5, ...calls(1, 5)[0] })
    const older = await world.ok('usage prove grow.log --record 1 --size 3 --output older.json', { as: null })
    expect(older.size).to.equal(3)
    await world.ok('usage prove grow.log --since 3 --output since.json', { as: null })
    for (const name of ['record.json', 'older.json', 'since.json']) {
      const { valid, reason, proof } = await world.ok(`usage replay ${name}`, { as: null })
      expect([valid, reason]).to.deep.equal([true, null])
      expect(proof).to.deep.equal(JSON.parse(await readFile(join(world.cwd, name), 'utf8')))
    }
    expect((await world.run('usage replay record.json', { as: null })).stdout).to.equal('Valid.\n')
  })

  it('answers 1 to a proof that holds nothing that was anchored', async function () {
    const record = JSON.parse(await readFile(join(world.cwd, 'record.json'), 'utf8'))
    const since = JSON.parse(await readFile(join(world.cwd, 'since.json'), 'utf8'))
    await log('other.log', acme, ...calls(7, 100))
    const lies: Record<string, [object, RegExp]> = {
      'a record with other tokens': [{ ...record, record: { ...record.record, inputTokens: 1 } }, /own root/],
      'a record at another place': [{ ...record, record: { ...record.record, index: 4 } }, /own root/],
      'a proof that is shorter': [{ ...record, proof: record.proof.slice(1) }, /own root/],
      'a log of another size': [await world.ok('usage prove grow.log --record 0 --size 2'), /no checkpoint of 2/],
      'another log of that size': [await world.ok('usage prove other.log --record 0'), /another root/],
      'continuation of another log': [await world.ok('usage prove other.log --since 3'), /another root/],
      'continuation that is not proved': [{ ...since, proof: [] }, /own root/],
      'continuation of what was not anchored': [await world.ok('usage prove grow.log --since 2'), /no checkpoint of 2/],
    }
    for (const [what, [proof, reason]] of Object.entries(lies)) {
      await world.file('lie.json', proof)
      const { code, json } = await world.run('usage replay lie.json --json', { as: null })
      expect(code, what).to.equal(1)
      expect([json().valid, reason.test(json().reason)], what).to.deep.equal([false, true])
    }
  })

  it('refuses files that are not proofs', async function () {
    const record = JSON.parse(await readFile(join(world.cwd, 'record.json'), 'utf8'))
    const since = JSON.parse(await readFile(join(world.cwd, 'since.json'), 'utf8'))
    const cases: [unknown, string][] = [
      [{ ...record, usageProof: 'anything' }, 'INVALID_USAGE_PROOF'],
      [{ ...record, more: 1 }, 'INVALID_USAGE_PROOF'],
      [{ ...record, size: 0 }, 'INVALID_USAGE_PROOF'],
      [{ ...record, size: '7' }, 'INVALID_USAGE_PROOF'],
      [{ ...record, root: '0x' }, 'INVALID_USAGE_PROOF'],
      [{ ...record, operator: beta }, 'INVALID_USAGE_PROOF'],
      [{ ...record, operator: 'acme' }, 'INVALID_USAGE_PROOF'],
      [{ ...record, epoch: 1 }, 'INVALID_USAGE_PROOF'],
      [{ ...record, epoch: undefined }, 'INVALID_USAGE_PROOF'],
      [{ ...record, epoch: -1 }, 'INVALID_USAGE_PROOF'],
      [{ ...record, log: record.root }, 'INVALID_USAGE_PROOF'],
      [{ ...record, proof: Array(66).fill(record.root) }, 'INVALID_USAGE_PROOF'],
      [{ ...record, proof: ['0x'] }, 'INVALID_USAGE_PROOF'],
      [{ ...record, record: { ...record.record, use: 'anything' } }, 'INVALID_RECORD'],
      [{ ...since, first: -1 }, 'INVALID_USAGE_PROOF'],
      [[], 'INVALID_USAGE_PROOF'],
      ['{', 'INVALID_JSON'],
    ]
    for (const [content, code] of cases) {
      await world.file('bad.json', content)
      expect(await world.fails('usage replay bad.json', { as: null })).to.deep.equal([2, code])
    }
    expect(await world.fails('usage replay nowhere.json')).to.deep.equal([2, 'FILE'])
    await mkdir(join(world.cwd, 'empty'), { recursive: true })
    expect(await world.fails('usage replay empty')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('usage checkpoint nowhere.log')).to.deep.equal([2, 'USAGE_LOG_FILE'])
    expect(await world.fails('usage prove grow.log')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('usage prove grow.log --record 1 --since 2')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('usage prove grow.log --record x')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('usage prove grow.log --record 7')).to.deep.equal([2, 'LOG_RANGE'])
    expect(await world.fails('usage prove grow.log --record 5 --size 5')).to.deep.equal([2, 'LOG_RANGE'])
    expect(await world.fails('usage prove grow.log --since 8')).to.deep.equal([2, 'LOG_RANGE'])
  })

  it('finds a log that was rewritten or is an old copy, and anchors neither', async function () {
    const path = join(world.cwd, 'grow.log')
    const text = await readFile(path, 'utf8')
    const lines = text.split('\n')
    for (const edited of [text.replace('"inputTokens":60', '"inputTokens":61'), `${lines.slice(0, 6).join('\n')}\n`]) {
      await writeFile(path, edited)
      const { code, json } = await world.run('usage replay grow.log --json', { as: null })
      expect([code, json().valid]).to.deep.equal([1, false])
      expect((await world.run('usage replay grow.log', { as: null })).stdout).to.contain('contradicts')
      expect(await world.fails('usage checkpoint grow.log')).to.deep.equal([2, 'LOG_CONTRADICTED'])
    }
    await writeFile(path, text)
  })

  it('leaves out, and says so, what was cut off by a crash', async function () {
    const path = join(world.cwd, 'grow.log')
    const { size } = (await readUsageLog(path)).log.stateAt()
    await appendFile(path, '{"index":7,"inp')
    const { code, stderr } = await world.run('usage replay grow.log', { as: null })
    expect([code, stderr]).to.deep.equal([
      0,
      'Note: The last 15 bytes are not a whole record, as after a crash, and were left out.\n',
    ])
    await log('grow.log', acme, ...calls(1, 7))
    expect((await readUsageLog(path)).log.stateAt().size).to.equal(size + 1n)
  })

  it('shows usage beside the quotas, and a finding of verify when one is exceeded', async function () {
    const ask = async (more = ''): Promise<[number, { verdict: string }, Finding[]]> => {
      const args = `verify acme/base --use commercial --licensee ${beta} --json${more}`
      const { code, json } = await world.run(args, { as: null })
      const report = await checkedReport(json())
      return [code, report, report.findings.filter((finding: Finding) => finding.code === 'quota-exceeded')]
    }
    const usage = async (more = '') => {
      const { code, json } = await world.run(`usage report ${credential} --json${more}`, { as: null })
      const { counts, logs }: Usage = json()
      return [code, counts.map(({ used, exceeded }) => [used, exceeded]), logs.map(({ operator }) => operator)]
    }
    const [before, report, none] = await ask()
    expect([before, report.verdict, none]).to.deep.equal([0, 'permitted', []])
    const own = [
      ['7', false],
      ['700', false],
    ]
    expect(await usage()).to.deep.equal([0, own, [acme]])
    expect((await world.run(`usage report ${credential}`)).stdout)
      .to.contain('7 of 10')
      .and.to.contain('700 of 1500')

    // The log of a stranger does not count; that of the licensee and those that the policy trusts do.
    await log('gamma.log', gamma, ...calls(40))
    await world.ok('usage checkpoint gamma.log', { as: 'gamma' })
    expect((await ask())[2]).to.deep.equal([])
    await world.file('policy.json', { version: 1, licensee: beta, trustedOperators: [gamma] })
    const [, , trusted] = await ask(' --policy policy.json')
    const operators = [acme, gamma].toSorted()
    expect(trusted.map(({ usage }) => usage)).to.deep.equal([
      { operators, credential, kind: 'calls', used: '47', quota: '10' },
      { operators, credential, kind: 'tokens', used: '4700', quota: '1500' },
    ])
    await log('beta.log', beta, ...calls(11))
    await world.ok('usage checkpoint beta.log', { as: 'beta' })
    const [code, after, [finding, ...more]] = await ask()
    expect([code, after.verdict, more]).to.deep.equal([0, 'permitted', []])
    expect(finding).to.deep.include({ severity: 'warning', model, path: [model] })
    expect(finding!.reason).to.contain('11 calls of 10').and.to.not.contain('tokens')

    expect((await usage())[0]).to.equal(1)
    expect(await usage(` --operator ${acme}`)).to.deep.equal([0, own, [acme]])
    const stranger = [
      ['40', true],
      ['4000', true],
    ]
    expect(await usage(` --operator ${gamma}`)).to.deep.equal([1, stranger, [gamma]])
    expect((await world.run(`usage report ${credential}`)).stdout).to.contain(`operator ${gamma}, not counted`)
    expect(await world.fails(`usage report 0x${'1'.repeat(64)}`)).to.deep.equal([2, 'CREDENTIAL_NOT_FOUND'])
    expect(await world.fails('usage report beta')).to.deep.equal([2, 'INVALID_CREDENTIAL_ID'])
  })

  it('gives the same findings by the SDK, and the latest checkpoint of a log', async function () {
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
    try {
      const ledger = openLedger(provider, world.deployment)
      const { model, tier, holder } = await readCredential(ledger, { credential })
      const credentials = [{ credential, model, tier, holder }]
      const summary = async (trusted: Address[]): Promise<unknown[]> =>
        (await usageFindings(ledger, { credentials, trusted })).map(({ code, kind, used, operators }) => [
          code,
          kind,
          used,
          operators,
        ])
      expect(await summary([])).to.deep.equal([['quota-exceeded', 'calls', 11n, [beta]]])
      const both = [acme, gamma].toSorted()
      expect(await summary([gamma])).to.deep.equal([
        ['quota-exceeded', 'calls', 47n, both],
        ['quota-exceeded', 'tokens', 4700n, both],
      ])
      const file = (await readUsageLog(join(world.cwd, 'gamma.log'))).log
      const { log, size, calls, tokens, root } = await readCheckpoint(ledger, { log: file.id })
      expect({ log, size, calls, tokens, root }).to.deep.equal({ log: file.id, ...file.stateAt() })
    } finally {
      provider.destroy()
    }
  })

  it('goes on in a new epoch after a wrong checkpoint, and still proves what the closed log has', async function () {
    await log('wrong.log', gamma, ...calls(50))
    await world.ok('usage checkpoint wrong.log', { as: 'gamma' })
    expect(await world.fails('usage checkpoint gamma.log', { as: 'gamma' })).to.deep.equal([2, 'LOG_CONTRADICTED'])
    const reopen = `usage reopen ${credential}`
    expect(await world.fails(`${reopen} --operator ${gamma}`, { as: 'beta' })).to.deep.equal([
      2,
      'USAGE_AUDIT_NOT_CONTROLLER',
    ])
    expect(await world.fails(reopen, { as: 'stranger' })).to.deep.equal([2, 'USAGE_AUDIT_EMPTY_LOG'])
    expect(await world.fails('usage reopen beta', { as: 'gamma' })).to.deep.equal([2, 'INVALID_CREDENTIAL_ID'])
    expect((await world.ok(`${reopen} --dry-run`, { as: 'gamma' })).epoch).to.equal(1)
    const reopened = await world.ok(reopen, { as: 'gamma' })
    expect(reopened).to.deep.include({ operator: gamma, credential, epoch: 1 })

    // The counts of the closed log stay, and nothing is added to it.
    const report = `usage report ${credential} --operator ${gamma}`
    const reported = async (): Promise<unknown[]> => {
      const { code, json } = await world.run(`${report} --json`, { as: null })
      const logs: { epoch: number; calls: string }[] = json().logs
      return [code, json().counts[0].used, logs.map(({ epoch, calls }) => [epoch, calls])]
    }
    const closedLog = [0, '50']
    expect(await reported()).to.deep.equal([1, '50', [closedLog, [1, '0']]])
    await log('wrong.log', gamma, ...calls(1, 50))
    expect(await world.fails('usage checkpoint wrong.log', { as: 'gamma' })).to.deep.equal([
      2,
      'USAGE_AUDIT_UNEXPECTED_EPOCH',
    ])
    await logOf('next.log', { operator: gamma, credential, epoch: 1 }, calls(2))
    const next = await world.ok('usage checkpoint next.log', { as: 'gamma' })
    expect(next.log).to.equal(reopened.log)
    expect(await reported()).to.deep.equal([1, '52', [closedLog, [1, '2']]])
    expect((await world.run(report, { as: null })).stdout).to.match(/epoch +1/)

    const { valid, closed } = await world.ok('usage replay next.log', { as: null })
    expect([valid, closed]).to.deep.equal([true, false])
    await world.ok('usage prove wrong.log --record 9 --size 50 --output closed.json', { as: null })
    const proven = await world.run('usage replay closed.json', { as: null })
    expect([proven.code, proven.stdout]).to.deep.equal([0, 'Valid.\n'])
    expect(proven.stderr).to.contain('The operator closed this log')
    const old = await world.run('usage replay wrong.log', { as: null })
    expect([old.code, old.stderr.includes('The operator closed this log')]).to.deep.equal([0, true])
  })

  it('anchors, proves and replays a log of format 1', async function () {
    const text = await readFile(join(import.meta.dirname, '../../fixtures/usage-log-v1/calls.jsonl'), 'utf8')
    await writeFile(join(world.cwd, 'old.log'), text.replace(`0x${'2'.repeat(64)}`, credential))
    const { root } = await world.ok('usage checkpoint old.log', { as: 'stranger' })
    expect(root).to.equal('0xe38462f5209cafd27c750db442c24b701af9bca77751938852480daf064d8c7b')
    expect(await world.ok('usage replay old.log', { as: null })).to.deep.include({ valid: true, size: '5', calls: '3' })
    const { record } = await world.ok('usage prove old.log --record 4 --output old.json', { as: null })
    expect(record).to.deep.equal(JSON.parse(text.split('\n')[5]!))
    expect((await world.run('usage replay old.json', { as: null })).stdout).to.equal('Valid.\n')
    const second = {
      ...JSON.parse(await readFile(join(world.cwd, 'old.json'), 'utf8')),
      record: { ...record, block: 1 },
    }
    await world.file('mixed.json', second)
    expect(await world.fails('usage replay mixed.json', { as: null })).to.deep.equal([2, 'INVALID_RECORD'])
  })

  it('says when nothing is anchored under a credential', async function () {
    const { credential: fresh } = await world.ok(`credential grant acme/base Metered ${gamma} --until 365d`)
    expect((await world.ok(`usage report ${fresh}`, { as: null })).logs).to.deep.equal([])
    expect((await world.run(`usage report ${fresh}`)).stdout).to.equal('Nothing is anchored under the credential.\n')
  })
})
