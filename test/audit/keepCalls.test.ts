import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import OpenAI from 'openai'

import type { CallRecord } from '../../src/core/callRecord.ts'
import { compareCalls, type ComparedCalls } from '../../src/audit/compareCalls.ts'
import { keepCalls, type OwnCall } from '../../src/audit/keepCalls.ts'
import { createUsageLog, openUsageLog, type UsageLogWriter } from '../../src/audit/usageLog.ts'
import { ZERO_DIGEST, type Address, type CredentialId, type Digest } from '../../src/core/hex.ts'

const CANARY = 'canary-7c1f'
const KEY = 'sk-secret-9d2e'
const OWNER = {
  operator: `0x${'ab'.repeat(20)}` as Address,
  credential: `0x${'c'.repeat(64)}` as CredentialId,
  epoch: 0,
}

/** What the server answers to a request. */
function answerTo(
  path: string,
  body: string,
): { status: number; type: string; chunks: string[]; usage: [number, number] } {
  const asked = body.startsWith('{') ? JSON.parse(body) : {}
  if (asked.model === 'busy') {
    return { status: 429, type: 'application/json', chunks: ['{"error":{"message":"later"}}'], usage: [0, 0] }
  }
  const events = (list: unknown[]): string[] => list.map((each) => `data: ${JSON.stringify(each)}\n\n`)
  if (path.endsWith('/messages')) {
    const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', stop_reason: null, stop_sequence: null }
    const start = { ...message, content: [], usage: { input_tokens: 7, output_tokens: 1, cache_read_input_tokens: 5 } }
    const chunks = events([
      { type: 'message_start', message: start },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: CANARY } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
      { type: 'message_stop' },
    ]).map((event) => `event: ${JSON.parse(event.slice(6)).type}\n${event}`)
    return { status: 200, type: 'text/event-stream', chunks, usage: [12, 9] }
  }
  const frame = { id: 'c', created: 1, model: 'm' }
  const usage = { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 }
  if (!asked.stream) {
    const message = { role: 'assistant', content: CANARY }
    const whole = {
      ...frame,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage,
    }
    return { status: 200, type: 'application/json', chunks: [JSON.stringify(whole)], usage: [11, 3] }
  }
  const chunk = { ...frame, object: 'chat.completion.chunk' }
  const words = ['a ', CANARY, ' é'].map((content) => ({
    ...chunk,
    choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }],
  }))
  const end = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
  const chunks = [...events([...words, end, { ...chunk, choices: [], usage }]), 'data: [DONE]\n\n']
  return { status: 200, type: 'text/event-stream', chunks, usage: [11, 3] }
}

describe('keepCalls', function () {
  let folder: string
  let server: Server
  let base: string
  let log: string
  let writer: UsageLogWriter
  let number = 0
  /** Chunks of a stream after which the server waits for the caller to leave. */
  let hold: number | undefined

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'stemma-own-'))
    log = join(folder, 'operator.log')
    await createUsageLog(log, OWNER)
    writer = await openUsageLog(log)
    // Serves as a gateway does: salts in headers, and the record on the disk before the last byte.
    server = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      const body = Buffer.concat(parts)
      if (request.url === '/plain') return void response.end('no gateway')
      const call = `01890a5d-ac96-774b-bcce-${(++number).toString(16).padStart(12, '0')}`
      const salts = [randomBytes(32), randomBytes(32)] as const
      const [asked, sent] = salts.map((salt) => createHash('sha256').update(salt))
      const { status, type, chunks, usage } = answerTo(request.url!, body.toString())
      response.writeHead(status, {
        'content-type': type,
        'stemma-call': call,
        'stemma-block': '77',
        'stemma-request-salt': `0x${salts[0].toString('hex')}`,
        'stemma-response-salt': `0x${salts[1].toString('hex')}`,
      })
      let isCut = false
      for (const chunk of chunks.slice(0, hold ?? Infinity)) {
        sent!.update(chunk)
        if (chunk !== chunks.at(-1)) response.write(chunk)
      }
      if (hold !== undefined) {
        isCut = true
        await once(response, 'close')
      }
      const record: Omit<CallRecord, 'index'> = {
        call,
        time: 1_800_000_000 + number,
        block: 77,
        request: `0x${asked!.update(body).digest('hex')}` as Digest,
        response: `0x${sent!.digest('hex')}` as Digest,
        use: 'commercial',
        outcome: isCut || status !== 200 ? 'failed' : 'served',
        inputTokens: usage[0],
        outputTokens: usage[1],
        counted: isCut ? 'estimated' : 'reported',
      }
      await writer.append([record])
      if (!isCut) response.end(chunks.at(-1))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  after(async function () {
    server.closeAllConnections()
    server.close()
    await writer.close()
    await rm(folder, { recursive: true })
  })

  const compare = (own: string, logs = [log], origin?: string): Promise<ComparedCalls> =>
    compareCalls({ own, logs, ...(origin !== undefined && { origin }) })

  it('keeps the calls of openai, ai and the SDK of Anthropic, streams untouched, as the operator recorded them', async function () {
    const own = join(folder, 'own.jsonl')
    const fetch = keepCalls(globalThis.fetch, own)
    const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: KEY, fetch, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: `${CANARY} é` }]
    const whole = await openai.chat.completions.create({ model: 'm', messages })
    expect(whole.choices[0]!.message.content).to.equal(CANARY)
    let text = ''
    for await (const chunk of await openai.chat.completions.create({ model: 'm', messages, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).to.equal(`a ${CANARY} é`)
    const busy = await openai.chat.completions.create({ model: 'busy', messages }).catch((error: unknown) => error)
    expect(busy).to.have.property('status', 429)

    const caller = [join(import.meta.dirname, 'aiCaller.ts'), `${base}/v1`, own, CANARY]
    const { stdout } = await promisify(execFile)(process.execPath, caller, { env: {} })
    expect(JSON.parse(stdout)).to.deep.equal([CANARY, `a ${CANARY} é`])
    const anthropic = new Anthropic({ baseURL: base, apiKey: KEY, fetch })
    const message = await anthropic.messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage()
    expect(message.usage.output_tokens).to.equal(9)
    // What does not come from a gateway is not a call.
    expect(await (await fetch(`${base}/plain`, { method: 'POST', body: 'x' })).text()).to.equal('no gateway')

    const content = await readFile(own, 'utf8')
    const calls = content
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as OwnCall)
    expect(calls.map(({ status, inputTokens, outputTokens }) => [status, inputTokens, outputTokens])).to.deep.equal([
      ...[200, 200].map((status) => [status, 11, 3]),
      [429, null, null],
      ...[200, 200].map((status) => [status, 11, 3]),
      [200, 12, 9],
    ])
    for (const secret of [CANARY, KEY]) expect(content).to.not.contain(secret)
    expect((await stat(own)).mode & 0o777).to.equal(0o600)
    const { found, own: kept, records, differences } = await compare(own)
    expect([found, kept, records], JSON.stringify(differences)).to.deep.equal([0, 6, 6])
    expect((await compare(own, [log], base)).found).to.equal(0)
    expect((await compare(own, [log], 'https://other.example')).found).to.equal(6)
  })

  it('keeps a call that the caller left, without a digest of the answer', async function () {
    const kept: OwnCall[] = []
    const left = new Promise<void>((resolve) => {
      const fetch = keepCalls(globalThis.fetch, (call) => {
        kept.push(call)
        resolve()
      })
      const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: KEY, fetch, maxRetries: 0 })
      hold = 2
      const messages = [{ role: 'user' as const, content: CANARY }]
      void openai.chat.completions.create({ model: 'm', messages, stream: true }).then(async (stream) => {
        for await (const _chunk of stream) break
      })
    })
    await left
    hold = undefined
    expect(kept.map(({ status, response }) => [status, response])).to.deep.equal([[200, null]])
    expect(kept[0]!.request).to.match(/^0x[0-9a-f]{64}$/)
  })

  it('leaves out the digest of a request that is a stream or a form, and reads no body twice', async function () {
    const kept: OwnCall[] = []
    const fetch = keepCalls(globalThis.fetch, (call) => void kept.push(call))
    const body = new Blob([JSON.stringify({ model: 'm' })]).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    const response = await fetch(`${base}/v1/chat/completions`, init)
    expect([response.url, response.ok]).to.deep.equal([`${base}/v1/chat/completions`, true])
    expect((await response.json()).usage.total_tokens).to.equal(14)
    const form = new FormData()
    form.set('model', 'm')
    await (await fetch(`${base}/v1/messages`, { method: 'POST', body: '{"model":"m"}' })).text()
    await (await fetch(new Request(`${base}/v1/messages`, { method: 'POST', body: '{"model":"m"}' }))).text()
    await (await fetch(new URL(`${base}/form`), { method: 'POST', body: form })).text()
    expect(kept.map(({ request, origin }) => [request === null, origin])).to.deep.equal(
      [true, false, false, true].map((isNull) => [isNull, base]),
    )
    expect(kept.map(({ response }) => response)).to.not.include(null)
    const logged = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-3, -1)
    expect(logged.map((line) => (JSON.parse(line) as CallRecord).request)).to.deep.equal(
      kept.slice(1, 3).map(({ request }) => request),
    )
  })

  it('shows what either side left out, and where digests, tokens and outcomes differ', async function () {
    const own = join(folder, 'compared.jsonl')
    const fetch = keepCalls(globalThis.fetch, own)
    for (let made = 0; made < 5; made++) {
      await (await fetch(`${base}/v1/chat/completions`, { method: 'POST', body: '{"model":"m"}' })).text()
    }
    const lines = (await readFile(own, 'utf8')).trimEnd().split('\n')
    const calls = lines.map((line) => JSON.parse(line) as OwnCall)
    const text = await readFile(log, 'utf8')
    const [head, ...records] = text.trimEnd().split('\n')
    const logged = records.slice(-5).map((line) => JSON.parse(line) as CallRecord)
    const written = async (list: readonly CallRecord[]): Promise<string> => {
      const path = join(folder, 'compared.log')
      await rm(path, { force: true })
      await writeFile(path, `${head}\n`)
      const copy = await openUsageLog(path)
      await copy.append(list.map(({ index: _index, ...record }) => record))
      await copy.close()
      return path
    }
    const changed = (place: number, change: Partial<CallRecord>): CallRecord[] =>
      logged.with(place, { ...logged[place]!, ...change })
    const cases: [string[], CallRecord[]][] = [
      [[], logged],
      [['not-in-log'], logged.toSpliced(2, 1)],
      [['not-in-own'], [...logged, { ...logged[4]!, call: calls[0]!.call.replace('0189', '0190') }]],
      [['request-differs'], changed(1, { request: ZERO_DIGEST })],
      [['response-differs'], changed(1, { response: logged[2]!.response })],
      [['tokens-differ'], changed(3, { outputTokens: 4 })],
      [[], changed(3, { outputTokens: 4, counted: 'estimated' })],
      [['outcome-differs'], changed(0, { outcome: 'refused' })],
      // A count of a batch has no half at the caller.
      [
        [],
        [
          ...logged,
          { ...logged[4]!, call: calls[0]!.call.replace('0189', '0190'), request: ZERO_DIGEST, response: ZERO_DIGEST },
        ],
      ],
    ]
    for (const [codes, list] of cases) {
      const { differences, found } = await compare(own, [await written(list)])
      expect([differences.map(({ code }) => code), found]).to.deep.equal([codes, codes.length])
    }
    // A line that was cut off at the end is left out, and one in the middle is named.
    const path = await written(logged.slice(0, 4))
    await writeFile(own, `${lines.slice(0, 4).join('\n')}\n${lines[4]!.slice(0, 40)}`)
    const cut = await compare(own, [path])
    expect([cut.found, cut.isCut, cut.own]).to.deep.equal([0, true, 4])
    await writeFile(own, `${lines[0]}\n{"ownCall":2}\n${lines[1]}\n`)
    const error = await compare(own, [path]).catch((each: unknown) => each)
    expect(error).to.have.property('code', 'INVALID_OWN_CALL')
    expect((error as Error).message).to.contain('Line 2')
  })
})
