import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { openUsageStore } from '../../../src/audit/openUsageStore.ts'
import type { UsageStore } from '../../../src/audit/usageStore.ts'
import type { CallId } from '../../../src/core/callRecord.ts'
import type { Address, CredentialId } from '../../../src/core/hex.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import type { Finding } from '../../../src/core/report.ts'
import type { Right } from '../../../src/core/vocabulary.ts'
import { LogBehindChainError, startAnchoring } from '../../../packages/server/src/gateway/anchor.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const [beta, gamma, third] = (['beta', 'gamma', 'operator'] as const).map((name) =>
  KEYS[name].address.toLowerCase(),
) as [Address, Address, Address]

/** What `usage replay` prints of a log. */
type Replayed = { path: string; unanchored: number; violations: { record: number; code: string; reason: string }[] }

describe('stemma usage replay, of what gateways kept and anchored', function () {
  let world: World
  let provider: JsonRpcProvider
  let credential: CredentialId
  let stores: Map<Address, UsageStore>
  let number = 0

  const headOf = async () => (await provider.getBlock('latest'))!
  const pass = async (seconds: number): Promise<void> => {
    await provider.send('evm_increaseTime', [seconds])
    await provider.send('hardhat_mine', ['0x1'])
  }

  const open = async (name: string, key: 'gamma' | 'operator'): Promise<UsageStore> => {
    const operator = KEYS[key].address.toLowerCase() as Address
    const store = await openUsageStore({
      folder: join(world.cwd, name),
      operator,
      signReceiptKey: ({ domain, types, message }) => KEYS[key].signTypedData(domain, types, message),
      clock: () => 0,
      sealEvery: 0.01,
    })
    return store
  }

  /** A call that was admitted at the head, or at another block, and is sealed. */
  const call = async (store: UsageStore, use: Right = 'commercial', at?: number): Promise<CallId> => {
    const { number: head, timestamp } = await headOf()
    const hex = (timestamp * 1000).toString(16).padStart(12, '0')
    const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${(++number).toString(16).padStart(12, '0')}`
    await store.begin({ call: id, credential, epoch: 0, time: timestamp, block: at ?? head, use, reserved: 100 })
    await store.end({
      call: id,
      request: sha256Text(`request ${number}`),
      response: sha256Text(`response ${number}`),
      outcome: 'served',
      inputTokens: 60,
      outputTokens: 40,
      counted: 'reported',
    })
    for (;;) {
      const sealing = new Promise<void>((resolve) => {
        const off = store.onSealed(() => (off(), resolve()))
      })
      if ((await store.find(id))?.place) return id
      await sealing
    }
  }

  const anchoringOf = (store: UsageStore, key: 'gamma' | 'operator') =>
    startAnchoring({
      store,
      ledger: openLedger(KEYS[key].connect(provider), world.deployment),
      credentials: [credential],
      // Nothing is anchored by time here: each test says when.
      sleep: (_seconds, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      onError: (error) => {
        throw error
      },
    })

  const anchor = async (store: UsageStore, key: 'gamma' | 'operator'): Promise<void> => {
    const anchoring = await anchoringOf(store, key)
    await anchoring.close()
  }

  const replay = async (path: string): Promise<[number, Replayed[]]> => {
    const { code, json } = await world.run(`usage replay ${path} --json`, { as: null })
    return [code, json().logs]
  }

  before(async function () {
    world = await startWorld()
    provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 10 })
    await world.ok('terms publish research-only stemma-commercial-use')
    await world.folder('acme__base', 'license: other\nlicense_name: research-only')
    await world.ok('register acme__base')
    const tier = ['tier', 'offer', 'acme/base', '--terms', 'stemma-commercial-use', '--name', '=Metered, "by call"']
    await world.ok([...tier, '--call-quota', '10', '--token-quota', '100000'])
    const grant = ['credential', 'grant', 'acme/base', '=Metered, "by call"', beta, '--until', '365d']
    credential = (await world.ok(grant)).credential
    await world.ok('review certify acme/base --use commercial --until 300d')
    for (const account of [gamma, third]) {
      await world.ok(`publisher operators add ${account} --scopes audit --until 365d`)
    }
    stores = new Map([
      [gamma, await open('one', 'gamma')],
      [third, await open('two', 'operator')],
    ])
    for (const store of stores.values()) for (let made = 0; made < 9; made++) await call(store)
  })

  after(async function () {
    for (const store of stores.values()) await store.close()
    provider.destroy()
    await world.stop()
  })

  it('decides nothing while nothing is anchored, and then finds every call permitted', async function () {
    expect((await world.fails('usage replay one', { as: null }))[1]).to.equal('CHECKPOINT_NOT_FOUND')
    await anchor(stores.get(gamma)!, 'gamma')
    const [code, logs] = await replay('one')
    expect([code, logs.map(({ unanchored, violations }) => [unanchored, violations])]).to.deep.equal([0, [[0, []]]])
  })

  it('sums what authorised instances anchored: 9 calls each exceed a quota of 10', async function () {
    const ask = async (): Promise<Finding[]> => {
      const { json } = await world.run(`verify acme/base --use commercial --licensee ${beta} --json`, { as: null })
      return json().findings.filter(({ code }: Finding) => code === 'quota-exceeded')
    }
    expect(await ask()).to.deep.equal([])
    await anchor(stores.get(third)!, 'operator')
    const operators = [gamma, third].toSorted()
    expect((await ask()).map(({ usage }) => usage)).to.deep.equal([
      { operators, credential, kind: 'calls', used: '18', quota: '10' },
    ])
    const { code, json } = await world.run(`usage report ${credential} --json`, { as: null })
    expect([code, json().counts[0].operators]).to.deep.equal([1, operators])

    await world.ok(`publisher operators remove ${third}`)
    expect(await ask()).to.deep.equal([])
  })

  it('anchors a size once, by records and at the end, and gives the checkpoint of a call', async function () {
    const store = stores.get(gamma)!
    const sizes: bigint[] = []
    let [onAnchored, onError] = [(): void => {}, (_error: unknown): void => {}]
    const anchored = new Promise<void>((resolve, reject) => ([onAnchored, onError] = [resolve, reject]))
    const anchoring = await startAnchoring({
      store,
      ledger: openLedger(KEYS.gamma.connect(provider), world.deployment),
      everyRecords: 2,
      sleep: (_seconds, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      onAnchored: ({ checkpoint }) => {
        sizes.push(checkpoint.size)
        onAnchored()
      },
      onError: (error) => onError(error),
    })
    const owner = { operator: gamma, credential, epoch: 0 }
    expect(await anchoring.checkpointOf(owner, 9)).to.equal(undefined)
    await call(store)
    await call(store)
    await anchored
    await anchoring.anchorNow()
    expect((await anchoring.checkpointOf(owner, 9))!.size).to.equal(sizes[0])
    expect((await anchoring.checkpointOf(owner, 8))!.size).to.equal(9n)
    await call(store)
    await anchoring.close()
    expect(sizes.at(-1)).to.equal(12n)
    expect(new Set(sizes).size).to.equal(sizes.length)
  })

  it('refuses to run behind the chain: on an empty folder, and on one with other calls', async function () {
    const empty = await open('empty', 'gamma')
    const refused = async (): Promise<unknown> => anchoringOf(empty, 'gamma').catch((error: unknown) => error)
    try {
      const behind = await refused()
      expect(behind).to.be.instanceOf(LogBehindChainError).and.to.have.property('code', 'LOG_BEHIND_CHAIN')
      expect((behind as Error).message).to.contain('the chain has 12 records, and this folder has 0')
      for (let made = 0; made < 12; made++) await call(empty)
      expect(((await refused()) as Error).message).to.contain('the first 12 records differ')
    } finally {
      await empty.close()
    }
  })

  it('convicts calls after a suspension and a revocation and of a use that was not licensed, and none before and between', async function () {
    const store = stores.get(gamma)!
    const before = (await headOf()).number
    await world.ok(`credential suspend ${credential} --reason unpaid`)
    await call(store)
    await world.ok(`credential reinstate ${credential}`)
    await call(store)
    await call(store, 'redistribute')
    await world.ok(`credential revoke ${credential} --reason unpaid`)
    await call(store)
    // It claims the block before the revocation, which is not old yet; an hour later, it would be.
    await call(store, 'commercial', before)
    await pass(3600)
    await call(store, 'commercial', before)
    await anchor(store, 'gamma')
    const [code, [log]] = await replay('one')
    expect([code, log!.violations.map(({ record, code: found }) => [record, found])]).to.deep.equal([
      1,
      [
        [12, 'not-permitted'],
        [14, 'not-permitted'],
        [15, 'not-permitted'],
        [17, 'block-too-old'],
      ],
    ])
    expect(log!.violations[0]!.reason).to.contain('suspended')
    const anyAge = { ...world.deployment, maxAge: 0 }
    await world.file('any-age.json', anyAge)
    const patient = await world.run('usage replay one --json --deployment any-age.json', { as: null })
    const old = (patient.json().logs as Replayed[])[0]!.violations.map(({ record }) => record)
    expect(old).to.deep.equal([12, 14, 15])
    expect(log!.violations[2]!.reason).to.match(/revoked|not in force/)
    const { stdout } = await world.run('usage replay one', { as: null })
    expect(stdout).to.contain('This convicts its operator.').and.to.contain('record 12: not-permitted')
  })

  it('holds logs against a receipt, which convicts an operator that left the call out', async function () {
    const store = stores.get(gamma)!
    const id = await call(store)
    await world.file('receipt.json', await store.receiptOf(id))
    const alone = await world.ok('usage replay receipt.json', { as: null })
    expect(alone.receipt).to.deep.equal({ fault: null, convicts: null })
    const held = await world.run('usage replay one --receipt receipt.json --json', { as: null })
    expect(held.json().receipt).to.deep.equal({ fault: null, convicts: null })

    const path = (await readdir(join(world.cwd, 'one'), { recursive: true })).find((name) => name.endsWith('.log'))!
    const text = await readFile(join(world.cwd, 'one', path), 'utf8')
    await writeFile(join(world.cwd, 'left-out.log'), text.replace(/[^\n]+\n$/, ''))
    const left = await world.run('usage replay left-out.log --receipt receipt.json --json', { as: null })
    expect([left.code, left.json().receipt.fault]).to.deep.equal([1, null])
    expect(left.json().receipt.convicts).to.contain(id)
    const receipt = JSON.parse(await readFile(join(world.cwd, 'receipt.json'), 'utf8'))
    await world.file('forged.json', { ...receipt, signature: `0x${'1'.repeat(128)}` })
    const forged = await world.run('usage replay forged.json --json', { as: null })
    expect([forged.code, forged.json().valid]).to.deep.equal([1, false])
  })

  it('finds a log whose first line was altered, and one that is missing or empty, where a gateway kept it', async function () {
    const folder = join(world.cwd, 'kept', 'logs')
    await cp(join(world.cwd, 'two', 'logs'), folder, { recursive: true })
    const [id] = (await readdir(folder)) as [string]
    const path = join(folder, id, 'usage.log')
    const text = await readFile(path, 'utf8')
    const codes = async (): Promise<[number, string[]]> => {
      const [code, logs] = await replay('kept')
      return [code, logs.flatMap(({ violations }) => violations.map((each) => each.code))]
    }
    expect(await codes()).to.deep.equal([0, []])
    for (const [altered, found] of [
      [text.replace('"epoch":0', '"epoch":1'), 'damaged'],
      [text.replace('"usageLog":2', '"usage":2'), 'damaged'],
      [text.replace('"usageLog":2', '"usageLog": 2'), 'damaged'],
      ['', 'not-anchored-so'],
    ]) {
      await writeFile(path, altered!)
      expect(await codes()).to.deep.equal([1, [found]])
    }
    await rm(path)
    expect(await codes()).to.deep.equal([1, ['not-anchored-so']])
  })

  it('reports usage by licensee, tier and day, from the logs and from what was anchored', async function () {
    type Row = Record<'day' | 'licensee' | 'tier' | 'operator' | 'calls' | 'tokens' | 'source', string>
    const rows = (await world.ok('usage report --from 2020-01-01 --log one two', { as: null })) as Row[]
    const calls = (operator: Address, list: Row[]): number =>
      list.filter((row) => row.operator === operator).reduce((sum, row) => sum + Number(row.calls), 0)
    expect([calls(gamma, rows), calls(third, rows)]).to.deep.equal([19, 9])
    expect(new Set(rows.map(({ licensee, tier, source }) => `${licensee} ${tier} ${source}`))).to.deep.equal(
      new Set([`${beta} =Metered, "by call" log`]),
    )
    const anchored = (await world.ok('usage report --model acme/base --from 2020-01-01', { as: null })) as Row[]
    expect([calls(gamma, anchored), calls(third, anchored)]).to.deep.equal([18, 0])
    expect(anchored.every(({ source }) => source === 'anchored')).to.equal(true)
    const published = `usage report --publisher ${KEYS.acme.address} --from 2020-01-01 --operator ${third}`
    expect(calls(third, (await world.ok(published, { as: null })) as Row[])).to.equal(9)

    const { stdout } = await world.run('usage report --from 2020-01-01 --log two --csv', { as: null })
    const [head, first] = stdout.split('\r\n')
    expect(head).to.equal('day,licensee,tier,model,credential,operator,calls,tokens,source')
    expect(first)
      .to.contain(`,"'=Metered, ""by call""",`)
      .and.to.match(/,9,900,log$/)
    const text = await world.run('usage report --from 2020-01-01 --log two', { as: null })
    expect(text.stdout).to.contain('9 calls, 900 tokens')
    expect((await world.run('usage report --from 2040-01-01 --log two', { as: null })).stdout).to.contain('Nothing')
    for (const wrong of [
      'usage report',
      'usage report --from 2020-01-01',
      'usage report --log two',
      'usage report --from 2020-01-01 --to 2019-01-01 --log two',
      'usage report --from 2020-01-01 --log acme__base',
      `usage report ${credential} --from 2020-01-01`,
    ]) {
      expect(await world.fails(wrong, { as: null }), wrong).to.deep.equal([2, 'USAGE'])
    }
  })
})
