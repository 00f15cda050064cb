import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect } from 'chai'
import { parseEther, recoverAddress, Wallet, type JsonRpcProvider } from 'ethers'

import { faultOfReceipt } from '../../../src/audit/receipt.ts'
import { parseReceipt } from '../../../src/core/receipt.ts'
import { parseAddress } from '../../../src/core/hex.ts'
import { listCheckpoints } from '../../../src/sdk/audit/listCheckpoints.ts'
import { revokeCredential } from '../../../src/sdk/licensing/revokeCredential.ts'
import { behaviour } from '../../fixtures/hostileUpstream.ts'
import { startGatewayWorld, type GatewayWorld } from '../../fixtures/gatewayWorld.ts'
import { ask, chat } from './standIns.ts'

const MAIN = join(import.meta.dirname, '../../../packages/server/src/cli/main.ts')
const CANARY = { prompt: 'canary-prompt-91f3', answer: 'canary-answer-77c2', upstreamKey: 'canary-upstream-key-5d' }

describe('a served gateway', function () {
  this.timeout(120_000)
  let world: GatewayWorld

  before(async function () {
    world = await startGatewayWorld()
  })

  after(() => world.close())

  const bearer = (): Record<string, string> => ({ authorization: `Bearer ${world.key}` })

  it('shows a caller the record, the proof and the receipt of its call, and nobody else', async function () {
    const { url } = world.gateway
    const answer = await ask(`${url}/v1/chat/completions`, { body: chat(), headers: bearer() })
    expect(answer.status).to.equal(200)
    const page = `${url}/stemma/calls/${answer.headers['stemma-call']}`
    const pageOf = async (): Promise<Record<string, unknown>> =>
      JSON.parse((await ask(page, { method: 'GET', headers: bearer() })).body.toString()) as Record<string, unknown>
    // The record is there with the last byte; its place in the log, and the receipt, when it is sealed.
    expect(await pageOf()).to.have.nested.property('record.outcome', 'served')
    let call = await pageOf()
    while (call.sealed !== true) call = await pageOf()
    expect(call).to.have.nested.property('proof.proof')
    const receipt = parseReceipt(call.receipt)
    expect(faultOfReceipt(receipt, recoverAddress)).to.equal(undefined)
    for (const headers of [{ authorization: 'Bearer sk-stemma-other' }, { authorization: '' }]) {
      expect((await ask(page, { method: 'GET', headers })).status).to.equal(401)
    }
    const unknown = await ask(`${url}/stemma/calls/01900000-0000-7000-8000-000000000000`, {
      method: 'GET',
      headers: bearer(),
    })
    expect([unknown.status, unknown.headers['stemma-refusal']]).to.deep.equal([404, 'call_unknown'])
  })

  it('says who operates it, and whether it is well', async function () {
    const { url, operator } = world.gateway
    const page = async (path: string): Promise<{ status: number; value: Record<string, unknown> }> => {
      const { status, body } = await ask(url + path, { method: 'GET' })
      return { status, value: JSON.parse(body.toString()) as Record<string, unknown> }
    }
    expect(await page('/health')).to.deep.equal({ status: 200, value: { ok: true } })
    expect(await page('/ready')).to.deep.equal({ status: 200, value: { ready: true } })
    const { value } = await page('/stemma/gateway')
    expect(value).to.include({ operator })
    expect(value).to.have.nested.property('head.block').that.is.a('number')
    expect(value).to.have.nested.property('models[0].name', world.model)
    expect((await page('/metrics')).status).to.equal(404)
    const list = await ask(`${url}/v1/models`, { method: 'GET', headers: bearer() })
    expect(JSON.parse(list.body.toString())).to.have.nested.property('data[0].id', world.model)
  })

  it('runs as a program: keeps prompts, answers and keys out of all that it writes, and ends well on SIGTERM', async function () {
    const { upstream, folder } = world
    const { provider, deployment } = world.publisher
    const wallet = Wallet.createRandom()
    const admin = await (provider as JsonRpcProvider).getSigner(0)
    await (await admin.sendTransaction({ to: wallet.address, value: parseEther('1') })).wait()
    const home = join(folder, 'second')
    await mkdir(join(home, 'gateway'), { recursive: true, mode: 0o700 })
    await copyFile(join(folder, 'gateway/keys.json'), join(home, 'gateway/keys.json'))
    await writeFile(join(home, 'ledger.json'), JSON.stringify(deployment))
    const config = { ...world.config, upstream: { url: upstream.url, keyEnv: 'UPSTREAM_KEY' } }
    await writeFile(join(home, 'gateway.json'), JSON.stringify(config))
    const child = spawn(
      process.execPath,
      [
        '--conditions=source',
        MAIN,
        'gateway',
        '--config',
        'gateway.json',
        '--deployment',
        './ledger.json',
        '--port',
        '0',
        '--metrics-port',
        '0',
        '--log-level',
        'debug',
        '--json',
      ],
      {
        cwd: home,
        env: {
          PATH: process.env.PATH,
          HOME: home,
          STEMMA_PRIVATE_KEY: wallet.privateKey,
          UPSTREAM_KEY: CANARY.upstreamKey,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    const exited = once(child, 'exit')
    const listening = new Promise<{ url: string; metricsUrl: string }>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        output += `${line}\n`
        const entry = JSON.parse(line) as { kind: string; url: string; metricsUrl: string }
        if (entry.kind === 'listening') resolve(entry)
      })
      void exited.then(() => reject(new Error(`It ended:\n${output}`)))
    })
    const { url, metricsUrl } = await listening
    const body = chat({ messages: [{ role: 'user', content: CANARY.prompt }] })
    const headers = bearer()
    const answers = behaviour({ text: CANARY.answer, chunks: 3 })
    const index = upstream.requests.length
    const whole = await ask(`${url}/v1/chat/completions`, { body, headers: { ...headers, ...answers } })
    expect(whole.body.toString()).to.contain(CANARY.answer)
    expect(upstream.requests[index]!.headers.authorization).to.equal(`Bearer ${CANARY.upstreamKey}`)
    const path = `${url}/v1/chat/completions`
    await ask(path, { body: chat({ model: CANARY.prompt }), headers })
    await ask(path, { body: `{"model": "${CANARY.prompt}", oops`, headers })
    await ask(path, {
      body,
      headers: { ...headers, ...behaviour({ text: CANARY.answer, chunks: 5, cut: 'mid-chunk' }) },
    }).catch(() => undefined)
    await ask(path, { body, headers: { ...headers, ...behaviour({ fails: { status: 500, message: CANARY.answer } }) } })
    await ask(path, { body, headers: { authorization: `Bearer ${CANARY.prompt}` } })
    await ask(`${url}/v1/${CANARY.prompt}?${CANARY.prompt}=1`, { body, headers })
    const metrics = (await ask(`${metricsUrl}/metrics`, { method: 'GET' })).body.toString()
    expect(metrics).to.match(/stemma_gateway_calls_total\{route="chat\/completions",ending="served"\} 1/)

    // A stream that runs when it is stopped comes whole.
    const running = ask(path, {
      body: chat({ stream: true }),
      headers: { ...headers, ...behaviour({ chunks: 40, pace: 10 }) },
      leaves: ({ chunks }) => {
        if (chunks === 1) child.kill('SIGTERM')
        return false
      },
    })
    expect((await running).isWhole).to.equal(true)
    expect(await exited).to.deep.equal([0, null])
    expect(output).to.match(/"kind":"stopped"/)
    const files = await Promise.all((await filesBelow(home)).map((file) => readFile(file, 'latin1')))
    const written = [output, metrics, ...files].join('\n')
    for (const [what, canary] of Object.entries({ ...CANARY, key: world.key })) {
      expect(written.includes(canary), what).to.equal(false)
    }
    // What was served is anchored.
    const operator = parseAddress(wallet.address)
    const checkpoints = await listCheckpoints(world.publisher, { operator: [operator] })
    expect(Number(checkpoints.at(-1)!.calls)).to.equal(2)
  })

  it('ends running streams of a credential, and admits no call, from the block of its revocation', async function () {
    const { url } = world.gateway
    let revoked: Promise<unknown> | undefined
    const running = await ask(`${url}/v1/chat/completions`, {
      body: chat({ stream: true }),
      headers: { ...bearer(), ...behaviour({ chunks: 5000, pace: 5 }) },
      leaves: () => {
        revoked ??= revokeCredential(world.publisher, { credential: world.credential })
        return false
      },
    })
    await revoked
    expect(running.isWhole).to.equal(false)
    const refused = await ask(`${url}/v1/chat/completions`, { body: chat(), headers: bearer() })
    expect([refused.status, refused.headers['stemma-refusal']]).to.deep.equal([403, 'credential_revoked'])
  })
})

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
