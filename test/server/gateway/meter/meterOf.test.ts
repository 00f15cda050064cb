import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

import { expect } from 'chai'
import fc from 'fast-check'

import { meterOf, type MeteredRequest } from '../../../../packages/server/src/gateway/meter/meterOf.ts'
import type { Meter, Route, Usage } from '../../../../packages/server/src/gateway/ports.ts'
import { routeOf } from '../routes.ts'
import { ANSWERS, ESTIMATED_INPUT, type Answer } from './answers.ts'

const NONE: Usage = { inputTokens: 0, outputTokens: 0, counted: 'reported' }
const CASES = Number(process.env.STEMMA_FUZZ_CASES ?? 150)
const SEED = process.env.STEMMA_FUZZ_SEED
const CHAT = routeOf('chat/completions')

/** What a caller gets of an answer, and what of it only after the record is kept. */
type Metered = { bytes: Buffer; held: Buffer; usage: Usage }

function meter(chunks: readonly Buffer[], meterOfAnswer: Meter): Metered {
  const passed: Buffer[] = []
  const held: Buffer[] = []
  for (const chunk of chunks) {
    const { pass, hold } = meterOfAnswer.push(chunk)
    expect(held.length === 0 || pass.length === 0, 'passed after it was held').to.equal(true)
    passed.push(...pass)
    held.push(...hold)
  }
  held.push(...meterOfAnswer.end())
  return { bytes: Buffer.concat([...passed, ...held]), held: Buffer.concat(held), usage: meterOfAnswer.usage() }
}

function meterFor({ route, type, addedUsage = false }: Answer, headers: Record<string, string> = {}): Meter {
  const facts = { stream: type === 'text/event-stream', inputTokens: ESTIMATED_INPUT, addedUsage }
  return meterOf(routeOf(route), facts, 200, { 'content-type': type, ...headers })
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.toSorted((a, b) => a - b), bytes.length]
  return sorted.slice(1).map((place, index) => bytes.subarray(sorted[index], place))
}

function expected({ body, dropped = '', held, usage }: Answer): {
  bytes: string
  usage: Usage
  held: string | undefined
} {
  const bytes = body.replace(dropped, '')
  return { bytes, usage, held: held === undefined ? undefined : bytes.slice(bytes.indexOf(held)) }
}

function check(answer: Answer, chunks: readonly Buffer[], where: string): void {
  const { bytes, held, usage } = meter(chunks, meterFor(answer))
  const { bytes: whole, held: last, usage: counted } = expected(answer)
  expect(bytes.toString(), where).to.equal(whole)
  expect(usage, where).to.deep.equal(counted)
  if (last !== undefined) expect(held.toString(), where).to.equal(last)
  else if (answer.type !== 'text/event-stream') expect(held.length, where).to.be.at.least(Math.min(32, whole.length))
}

function answerOf(what: string): Answer {
  return ANSWERS.find((answer) => answer.what === what)!
}

describe('meterOf', function () {
  for (const answer of ANSWERS) {
    it(`counts ${answer.what}, however it is cut`, function () {
      const bytes = Buffer.from(answer.body)
      check(answer, [bytes], 'whole')
      for (let at = 1; at < bytes.length; at++) check(answer, cut(bytes, [at]), `cut at ${at}`)
      check(
        answer,
        cut(
          bytes,
          Array.from({ length: bytes.length - 1 }, (_, at) => at + 1),
        ),
        'byte by byte',
      )
    })
  }

  it('gives whole events on at once, in the buffers that they came in', function () {
    const { body } = answerOf('a stream of a chat whose caller did not ask')
    const chunk = Buffer.from(body.slice(0, body.indexOf('\n\n') + 2))
    const { pass, hold } = meterFor(answerOf('a stream of a chat whose caller did not ask')).push(chunk)
    expect(pass).to.have.length(1)
    expect(pass[0]).to.equal(chunk)
    expect(hold).to.deep.equal([])
  })

  it('counts what was written so far when a stream is cut', function () {
    const usage = meterFor(answerOf('a stream of a chat whose caller asked for usage'))
    expect(usage.usage()).to.deep.equal({ inputTokens: ESTIMATED_INPUT, outputTokens: 0, counted: 'estimated' })
    usage.push(
      Buffer.from('data: {"choices":[{"delta":{"content":"12345678"}}]}\n\ndata: {"choices":[{"delta":{"content":"1'),
    )
    expect(usage.usage()).to.deep.equal({ inputTokens: ESTIMATED_INPUT, outputTokens: 2, counted: 'estimated' })
  })

  it('counts what was written since usage was reported as an estimate', function () {
    const each = meterFor(answerOf('a stream that counts in each chunk'))
    each.push(Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":9}}\n\n'))
    each.push(Buffer.from('data: {"choices":[{"delta":{"content":"12345678"}}]}\n\n'))
    expect(each.usage()).to.deep.equal({ inputTokens: 7, outputTokens: 11, counted: 'estimated' })
  })

  it('counts no more tokens than a record holds', function () {
    const each = meterFor(answerOf('a stream that counts in each chunk'))
    each.push(Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":4294967295}}\n\n'))
    each.push(Buffer.from('data: {"choices":[{"delta":{"content":"12345678"}}]}\n\n'))
    expect(each.usage().outputTokens).to.equal(4_294_967_295)
  })

  it('counts what came of an answer that is cut', function () {
    const cutAnswer = meterFor(answerOf('a chat'))
    cutAnswer.push(Buffer.from('{"choices":[{"message":{"content":"1234567'))
    expect(cutAnswer.usage()).to.deep.equal({ inputTokens: ESTIMATED_INPUT, outputTokens: 2, counted: 'estimated' })
  })

  it('counts nothing of errors, counts of tokens and stored answers, and changes no byte of them', function () {
    const usage = { usage: { prompt_tokens: 20, completion_tokens: 5, input_tokens: 20, output_tokens: 5 } }
    const body = Buffer.from(JSON.stringify({ content: 'x'.repeat(400), input_tokens: 55, ...usage }))
    const stream = Buffer.from(`data: ${JSON.stringify({ ...usage, choices: [] })}\n\ndata: [DONE]\n\n`)
    const facts: MeteredRequest = { stream: true, inputTokens: 9, addedUsage: true }
    const cases: readonly (readonly [Route, number, string, Buffer])[] = [
      ...[400, 401, 429, 500, 503, 304].map((status) => [CHAT, status, 'application/json', body] as const),
      [CHAT, 500, 'text/event-stream', stream],
      [CHAT, 500, 'text/html', body],
      [routeOf('messages/count_tokens', 'count'), 200, 'application/json', body],
      [routeOf('responses/:id', 'plain', 'GET'), 200, 'application/json', body],
      [routeOf('files/:id/content', 'plain', 'GET'), 200, 'application/octet-stream', body],
    ]
    for (const [route, status, type, bytes] of cases) {
      const metered = meter(cut(bytes, [10]), meterOf(route, facts, status, { 'content-type': type }))
      expect(metered.usage, `${route.name} ${status}`).to.deep.equal(NONE)
      expect(metered.bytes.equals(bytes)).to.equal(true)
      expect(metered.held.length).to.be.greaterThan(0)
    }
  })

  it('holds the end of a stored response that is streamed again, and counts nothing', function () {
    const { body, held } = answerOf('a stream of a response')
    const route = routeOf('responses/:id', 'plain', 'GET')
    const facts = { stream: false, inputTokens: 0, addedUsage: false }
    const metered = meter([Buffer.from(body)], meterOf(route, facts, 200, { 'content-type': 'text/event-stream' }))
    expect(metered.usage).to.deep.equal(NONE)
    expect(metered.held.toString()).to.equal(body.slice(body.indexOf(held!)))
  })

  it('counts an answer that is not declared as what the caller asked for', function () {
    const stream = answerOf('a stream of a chat whose caller asked for usage')
    for (const [answer, isStream] of [
      [stream, true],
      [answerOf('a chat'), false],
    ] as const) {
      const facts = { stream: isStream, inputTokens: 1, addedUsage: false }
      const metered = meter([Buffer.from(answer.body)], meterOf(CHAT, facts, 200, {}))
      expect(metered.usage).to.deep.equal(answer.usage)
    }
  })

  describe('of a compressed answer', function () {
    const ENCODINGS: Record<string, (bytes: Buffer) => Buffer> = {
      gzip: (bytes) => gzipSync(bytes),
      'x-gzip': (bytes) => gzipSync(bytes),
      deflate: (bytes) => deflateSync(bytes),
      br: (bytes) => brotliCompressSync(bytes),
      zstd: (bytes) => zstdCompressSync(bytes),
      ' GZIP ': (bytes) => gzipSync(bytes),
    }
    const COMPRESSED = ['a chat', 'a stream of a message with a cache', 'a stream of a chat whose caller did not ask']
    for (const [encoding, compress] of Object.entries(ENCODINGS)) {
      it(`counts what ${encoding.trim()} holds, and changes no byte`, function () {
        for (const answer of COMPRESSED.map(answerOf)) {
          const bytes = compress(Buffer.from(answer.body))
          const metered = meter(
            cut(bytes, [5, 40, bytes.length - 8]),
            meterFor(answer, { 'content-encoding': encoding }),
          )
          expect(metered.usage, answer.what).to.deep.equal(answer.usage)
          expect(metered.bytes.equals(bytes), answer.what).to.equal(true)
          expect(metered.held.length).to.be.at.least(32)
        }
      })
    }

    it('counts what came of one that is cut', function () {
      const text = Array.from({ length: 500 }, (_, index) => `${Math.sin(index)}`).join(' ')
      const bytes = gzipSync(JSON.stringify({ choices: [{ message: { content: text } }] }))
      const { usage } = meter(
        [bytes.subarray(0, bytes.length / 2)],
        meterFor(answerOf('a chat'), { 'content-encoding': 'gzip' }),
      )
      expect(usage.counted).to.equal('estimated')
      expect(usage.outputTokens).to.be.within(text.length / 10, text.length / 6)
    })

    it('estimates from the bytes what it cannot inflate', function () {
      const bytes = Buffer.from('x'.repeat(400))
      const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024))
      for (const [encoding, given] of [
        ['snappy', bytes],
        ['gzip, br', bytes],
        ['gzip', bytes],
        ['gzip', bomb],
      ] as const) {
        const metered = meter([given], meterFor(answerOf('a chat'), { 'content-encoding': encoding }))
        const outputTokens = Math.ceil(given.length / 4)
        expect(metered.usage, encoding).to.deep.equal({
          inputTokens: ESTIMATED_INPUT,
          outputTokens,
          counted: 'estimated',
        })
        expect(metered.bytes.equals(given)).to.equal(true)
      }
    })
  })

  describe('of a large answer', function () {
    const MEGABYTE = 1024 * 1024

    /** Pushes so many bytes, and returns the most that were neither passed nor held at a time. */
    function mostKept(meterOfAnswer: Meter, chunk: Buffer, times: number): number {
      let most = 0
      let given = 0
      for (let time = 0; time < times; time++) {
        const { pass, hold } = meterOfAnswer.push(chunk)
        for (const part of [...pass, ...hold]) given += part.length
        most = Math.max(most, (time + 1) * chunk.length - given)
      }
      return most
    }

    it('passes an event of any length in bounded memory, and reads the next', function () {
      const answer = answerOf('a stream of a chat whose caller asked for usage')
      const long = meterFor(answer)
      long.push(Buffer.from('data: "'))
      expect(mostKept(long, Buffer.alloc(64 * 1024, 'x'), 256)).to.be.at.most(1.2 * MEGABYTE)
      const { usage, held } = meter([Buffer.from('"\n\n'), Buffer.from(answer.body)], long)
      expect(usage).to.deep.equal(answer.usage)
      expect(held.toString()).to.equal(answer.held)
    })

    it('holds a last event that is too long to be read', function () {
      const long = meterFor(answerOf('a stream of a response'))
      const start = Buffer.from('event: response.completed\ndata: {"type":"response.completed","response":{"output":"')
      const chunks = [
        Buffer.from('data: {}\n\n'),
        start,
        ...Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 'x')),
      ]
      const { held, bytes, usage } = meter(chunks, long)
      expect(bytes.length - held.length).to.equal(10)
      expect(usage.counted).to.equal('estimated')
    })

    it('finds usage at the end of embeddings of any size', function () {
      const large = meterFor(answerOf('embeddings'))
      large.push(Buffer.from('{"data":[{"embedding":[0'))
      expect(mostKept(large, Buffer.from(',0.123456789'.repeat(5000)), 200)).to.be.at.most(0.1 * MEGABYTE)
      const { usage } = meter([Buffer.from(']}],"usage":{"prompt_tokens":8,"total_tokens":8}}')], large)
      expect(usage).to.deep.equal({ inputTokens: 8, outputTokens: 0, counted: 'reported' })
    })

    it('counts all bytes of a large answer without usage', function () {
      const large = meterFor(answerOf('a chat'))
      large.push(Buffer.from('{"choices":[{"message":{"content":"'))
      mostKept(large, Buffer.alloc(MEGABYTE, 'x'), 4)
      expect(large.usage().outputTokens).to.be.equal(Math.ceil((4 * MEGABYTE + 35) / 4))
    })

    it('looks for usage among many that pose as it without growing slow', function () {
      const fakes = '{"usage":{"prompt_tokens":1}},'.repeat(30_000)
      const { usage } = meter(
        [Buffer.from(`{"usage":{"prompt_tokens":9,"completion_tokens":9},"content":[${fakes}0]}`)],
        meterFor(answerOf('a chat')),
      )
      expect(usage.counted).to.equal('estimated')
    })
  })

  it('changes no byte of any stream, and counts the same however it is cut', function () {
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}'
    const line = fc.oneof(
      fc.constantFrom(usage, 'data: [DONE]', 'event: message_stop', ': ping', 'data', 'id: 1', '', '', '', '\ufeff'),
      fc.constantFrom(
        'data: {"choices":[{"delta":{"content":"é\\"words"}}]}',
        'data:{"type":"message_stop"}',
        'data: {"usage":{',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    )
    const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n')), { maxLength: 12 })
    const places = fc.array(fc.nat(400), { maxLength: 8 })
    fc.assert(
      fc.property(stream, places, fc.boolean(), (lines, cuts, addedUsage) => {
        const bytes = Buffer.from(lines.flat().join(''))
        const fresh = (): Meter =>
          meterOf(CHAT, { stream: true, inputTokens: 1, addedUsage }, 200, { 'content-type': 'text/event-stream' })
        const whole = meter([bytes], fresh())
        const pieces = meter(
          cut(
            bytes,
            cuts.filter((place) => place <= bytes.length),
          ),
          fresh(),
        )
        expect(pieces.bytes.equals(whole.bytes)).to.equal(true)
        expect(pieces.usage).to.deep.equal(whole.usage)
        expect(addedUsage || whole.bytes.equals(bytes)).to.equal(true)
      }),
      { numRuns: CASES, ...(SEED !== undefined && { seed: Number(SEED) }) },
    )
  })

  it('changes no byte of any other answer', function () {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 50 })),
        fc.constantFrom('', 'application/json', 'audio/mpeg'),
        (chunks, type) => {
          const buffers = chunks.map((chunk) => Buffer.from(chunk))
          const facts = { stream: false, inputTokens: 1, addedUsage: false }
          const { bytes } = meter(buffers, meterOf(CHAT, facts, 200, type === '' ? {} : { 'content-type': type }))
          return bytes.equals(Buffer.concat(buffers))
        },
      ),
    )
  })
})
