import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { LOCK_EVENTS, OTHER_EVENTS } from '../../../src/sdk/lockEvents.ts'
import { ledgerAbi } from '../../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../../src/abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../../../src/abi/lineageClaims.ts'
import { recallsAbi } from '../../../src/abi/recalls.ts'
import { reviewGateAbi } from '../../../src/abi/reviewGate.ts'
import { usageAuditAbi } from '../../../src/abi/usageAudit.ts'
import { startFaultyNode } from '../../fixtures/faultyNode.ts'
import { runCli } from '../../../src/cli/run.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const SECRET = { STEMMA_WEBHOOK_SECRET: 'a secret that nobody guesses' }

const EVIDENCE = {
  version: 1,
  summary: 'It answers with the same words.',
  items: [{ kind: 'served-id', text: 'x-model: other-1', uri: 'https://archive.example/1' }],
}

describe('watch --lock', function () {
  let world: World
  let [chat, base, other, stray] = ['', '', '', '']
  let begin = 0

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    await world.folder('acme__base', 'license: mit')
    ;({ model: base } = await world.ok('register acme__base'))
    await world.folder('acme__chat', 'license: mit\nbase_model: acme/base\nbase_model_relation: finetune')
    ;({ model: chat } = await world.ok('register acme__chat'))
    await world.folder('beta__other', 'license: mit')
    ;({ model: other } = await world.ok('register beta__other', { as: 'beta' }))
    await world.folder('beta__stray', 'license: mit')
    ;({ model: stray } = await world.ok('register beta__stray', { as: 'beta' }))
    await world.ok('lock add acme/chat --use commercial')
    begin = await head()
  })

  after(() => world.stop())

  const head = async (): Promise<number> => {
    const response = await fetch(world.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] }),
    })
    return Number(((await response.json()) as { result: string }).result)
  }
  const changes = async (args: string, env: NodeJS.ProcessEnv = {}) => {
    const { code, stdout, stderr } = await world.run(`watch --lock --json ${args}`, {
      env: { HOME: world.cwd, ...env },
      fetch,
    })
    expect(code, stderr).to.equal(0)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }

  it('reads every event of the contracts as a change, or says that it is none', function () {
    const contracts = {
      ledger: ledgerAbi,
      recalls: recallsAbi,
      licenseCredential: licenseCredentialAbi,
      lineageClaims: lineageClaimsAbi,
      usageAudit: usageAuditAbi,
      reviewGate: reviewGateAbi,
    } as const
    for (const [contract, abi] of Object.entries(contracts)) {
      for (const item of abi) {
        if (item.type !== 'event') continue
        const rule = LOCK_EVENTS[item.name]
        const isOther = OTHER_EVENTS[contract as keyof typeof OTHER_EVENTS].includes(item.name)
        expect(rule !== undefined, `${contract} ${item.name}`).to.not.equal(isOther)
        const names: string[] = item.inputs.map(({ name }) => name)
        for (const name of [...(rule?.about ?? []), ...(rule?.by ? [rule.by] : [])])
          expect(names, item.name).to.include(name)
      }
    }
  })

  it('says what changed of a model, its ancestors and their publishers, and nothing about others', async function () {
    await world.ok(`model retire ${stray}`, { as: 'beta' })
    await world.ok(`model retire ${base}`)
    await world.ok(`model attest ${chat} ${other} --relation merge`)
    // From here on it is an ancestor.
    await world.ok(`model recall ${other} --reason broken`, { as: 'beta' })
    const found = await changes(`--from-block ${begin + 1} --count 3`)
    expect(found.map(({ change, about, entries }) => [change, about, entries])).to.deep.equal([
      ['retired', base, ['acme/chat']],
      ['lineage-changed', chat, ['acme/chat']],
      ['recalled', other, ['acme/chat']],
    ])
    expect(new Set(found.map(({ id }) => id)).size).to.equal(3)
    expect(await changes(`--from-block ${begin + 1} --count 3`)).to.deep.equal(found)
    const text = await world.run(`watch --lock --from-block ${begin + 1} --count 1`)
    expect(text.stdout).to.match(new RegExp(`^block \\d+: retired: ${base} \\(acme/chat\\): ModelRetired `))
  })

  it('goes on after answers that cannot be used and says so, with the same changes', async function () {
    const args = `--from-block ${begin + 1} --count 3`
    const expected = await changes(args)
    let odd = 0
    const node = await startFaultyNode(world.rpcUrl, {
      edit: (call, answer) =>
        call.method === 'eth_getLogs' && odd++ < 2 ? { ...answer, result: [{ blockNumber: '0x1' }] } : answer,
    })
    try {
      const env = { HOME: world.cwd }
      const { code, stdout, stderr } = await world.run(`watch --lock --json ${args} --rpc ${node.url}`, { env })
      expect(code, stderr).to.equal(0)
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).to.deep.equal(expected)
      expect(stderr).to.match(/^Note: NODE_ANSWER: .* Watching goes on\.$/m)
    } finally {
      await node.close()
    }
  })

  it('says that a claim was filed, disclosed and withdrawn, though all but the first event name the claim alone', async function () {
    const from = (await head()) + 1
    await world.file('evidence.json', EVIDENCE)
    const filed = await world.run(
      'claim file acme/chat --parent beta/other --relation copy --evidence evidence.json --out c.json --json',
      { as: 'beta' },
    )
    expect(filed.code, filed.stderr).to.equal(0)
    const { claim } = JSON.parse(filed.stdout)
    await world.ok(`claim withdraw ${claim}`, { as: 'beta' })
    const found = await changes(`--from-block ${from} --count 3`)
    expect(found.map(({ change, about }) => [change, about])).to.deep.equal([
      ['claim-filed', chat],
      ['claim-changed', claim],
      ['claim-ruled', claim],
    ])
  })

  it('says when a credential ends by time alone, and when the verification of a publisher is withdrawn', async function () {
    await world.ok('terms publish stemma-research')
    await world.ok('tier offer acme/base --terms stemma-research --name Short')
    const { credential } = await world.ok(`credential grant acme/base Short ${KEYS.gamma.address} --until 1d`)
    const from = (await head()) + 1
    await send('evm_increaseTime', [2 * 86_400])
    await send('evm_mine', [])
    const [expired] = await changes(`--from-block ${from} --count 1 --licensee ${KEYS.gamma.address}`)
    expect(expired).to.deep.include({
      change: 'credential-expired',
      about: credential,
      event: null,
      entries: ['acme/chat'],
    })
    // Without the licensee nobody relies on it.
    await world.ok('model endpoint state acme/chat https://api.example.org tiny --until 1d')
    await world.file('profile.json', { name: 'Acme' })
    await world.ok('publisher profile set profile.json')
    const found = await changes(`--from-block ${from} --count 1`)
    expect(found.map(({ change, about }) => [change, about])).to.deep.equal([
      ['verification-changed', KEYS.acme.address.toLowerCase()],
    ])
  })

  it('posts each change, signed, and goes on where its state says, once each', async function () {
    const got: { id: string; body: any }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        got.push({ id: request.headers['webhook-id'] as string, body: JSON.parse(body) })
        response.writeHead(request.headers['webhook-signature']?.toString().startsWith('v1,') ? 200 : 401).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const state = join(world.cwd, 'watch.json')
    const { chainId, contracts } = world.deployment
    const start = await head()
    await writeFile(state, JSON.stringify({ version: 1, chainId, ledger: contracts.ledger, block: start }))
    await world.ok(`model attest acme/base ${other} --relation merge`)
    const printed = await changes(`--webhook ${url} --state watch.json --count 1`, SECRET)
    expect(got).to.have.length(1)
    expect(got[0]!.id).to.equal(printed[0].id)
    expect(got[0]!.body).to.deep.equal({ version: 1, chainId, ledger: contracts.ledger, ...printed[0] })

    // A watcher that was stopped by Ctrl-C has kept how far it came.
    const abort = new AbortController()
    const stopped = world.run('watch --lock --state watch.json', { signal: abort.signal })
    await until(async () => JSON.parse(await readFile(state, 'utf8')).block === (await head()))
    abort.abort()
    expect((await stopped).code).to.equal(0)
    await world.ok(`model detach acme/base ${other}`)
    const [next] = await changes(`--webhook ${url} --state watch.json --count 1`, SECRET)
    expect(next).to.deep.include({ change: 'lineage-changed', about: base })
    expect(next.event.name).to.equal('ParentDetached')
    expect(got.map(({ id }) => id)).to.deep.equal([printed[0].id, next.id])
    server.closeAllConnections()
    server.close()
  })

  it('knows by its state that the chain was restarted, and that the node is behind', async function () {
    const { chainId, contracts } = world.deployment
    const block = (await head()) + 1000
    const path = join(world.cwd, 'kept.json')
    const state = { version: 1, chainId, ledger: contracts.ledger, block }
    await world.file('kept.json', { ...state, block: await head() })
    await world.ok(`model attest acme/base ${other} --relation merge`)
    await changes('--state kept.json --count 1')
    const { origin } = JSON.parse(await readFile(path, 'utf8'))
    expect(origin).to.match(/^0x[0-9a-f]{64}$/)
    await world.ok(`model detach acme/base ${other}`)
    expect(await changes('--state kept.json --count 1')).to.have.length(1)

    await world.file('kept.json', { ...state, origin: `0x${'11'.repeat(32)}` })
    expect(await world.fails('watch --lock --state kept.json')).to.deep.equal([3, 'CHAIN_REPLACED'])
    expect(JSON.parse(await readFile(path, 'utf8')).block).to.equal(block)

    await world.file('kept.json', { ...state, origin })
    const stop = new AbortController()
    const notes: string[] = []
    const code = await runCli(['watch', '--lock', '--state', 'kept.json'], {
      stdout: () => {},
      stderr: (text) => {
        notes.push(text)
        if (text.includes('NODE_BEHIND')) stop.abort()
      },
      env: { HOME: world.cwd, XDG_CACHE_HOME: world.cwd },
      cwd: world.cwd,
      now: Date.now,
      fetch,
      terminal: undefined,
      signal: stop.signal,
    })
    expect([code, notes.join('')]).to.satisfy(
      ([exit, text]: [number, string]) => exit === 0 && text.includes(`block ${block} was seen before`),
    )
  })

  it('does not pass over what no host took: the state stays before it', async function () {
    const state = join(world.cwd, 'refused.json')
    const { chainId, contracts } = world.deployment
    const start = await head()
    await writeFile(state, JSON.stringify({ version: 1, chainId, ledger: contracts.ledger, block: start }))
    await world.ok(`model attest acme/base ${other} --relation merge`)
    const server = createServer((_, response) => response.writeHead(400).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const { stderr } = await world.run(`watch --lock --webhook ${url} --state refused.json --count 1`, {
      env: { HOME: world.cwd, ...SECRET },
      fetch,
    })
    expect(stderr).to.contain('was not delivered: the host answered 400')
    expect(JSON.parse(await readFile(state, 'utf8')).block).to.equal(start)
    server.closeAllConnections()
    server.close()
  })

  it('refuses options that do not go together, and a state that is not one', async function () {
    const wrong = [
      'watch --webhook https://ci.example/',
      'watch --state s.json',
      `watch --licensee ${KEYS.acme.address}`,
      'watch --lock --webhook https://ci.example/',
      'watch --lock --state s.json --from-block 1',
      'watch --lock --count 0',
    ]
    for (const args of wrong) expect(await world.fails(args), args).to.deep.equal([2, 'USAGE'])
    const env = { HOME: world.cwd, ...SECRET }
    expect(await world.fails('watch --lock --webhook http://ci.example/', { env })).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('watch --lock none.json')).to.deep.equal([2, 'LOCK_NOT_FOUND'])
    const { chainId, contracts } = world.deployment
    const good = { version: 1, chainId, ledger: contracts.ledger, block: 1 }
    const states = [
      [],
      {},
      { ...good, block: -1 },
      { ...good, chainId: 1 },
      { ...good, ledger: KEYS.acme.address },
      { ...good, more: 1 },
      { ...good, origin: '0x12' },
      { ...good, origin: null },
    ]
    for (const state of states) {
      await world.file('bad.json', state)
      expect(await world.fails('watch --lock --state bad.json'), JSON.stringify(state)).to.deep.equal([
        2,
        'WATCH_STATE',
      ])
    }
  })

  const send = async (method: string, params: unknown[]): Promise<void> => {
    await fetch(world.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
  }

  /** Looks again and again until something holds. */
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
  }
})
