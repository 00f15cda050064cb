import { expect } from 'chai'
import fc from 'fast-check'

import { isRefusal, type Refusal, type RequestFacts } from '../../../packages/server/src/gateway/ports.ts'
import { readRequest } from '../../../packages/server/src/gateway/requests.ts'
import { OUTPUT_BOUNDS, reservedTokens } from '../../../packages/server/src/gateway/reservedTokens.ts'
import { routeOf } from './routes.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const CHAT = routeOf('chat/completions')

function read(body: string | Buffer, route = CHAT, asksUsage = true): RequestFacts | Refusal {
  return readRequest(route, JSON_HEADERS, Buffer.from(body as string), { asksUsage })
}

function factsOf(body: string | Buffer, route = CHAT, asksUsage = true): RequestFacts {
  const facts = read(body, route, asksUsage)
  if (isRefusal(facts)) throw new Error(facts.message)
  return facts
}

function refusalOf(body: string | Buffer, route = CHAT): Refusal {
  const refusal = read(body, route)
  if (!isRefusal(refusal)) throw new Error('not refused')
  return refusal
}

/** How many bytes are the same at the beginning. */
function commonLength(a: Uint8Array, b: Uint8Array): number {
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  return same
}

describe('readRequest', function () {
  const CALLS: readonly (readonly [
    what: string,
    route: string,
    body: object,
    stream: boolean,
    most: number | undefined,
  ])[] = [
    ['a chat', 'chat/completions', { model: 'm', messages: [], max_tokens: 7 }, false, 7],
    [
      'a chat of newer clients',
      'chat/completions',
      { model: 'm', messages: [], max_completion_tokens: 9, stream: true },
      true,
      9,
    ],
    [
      'both bounds',
      'chat/completions',
      { model: 'm', messages: [], max_tokens: 7, max_completion_tokens: 9 },
      false,
      9,
    ],
    ['several choices', 'chat/completions', { model: 'm', messages: [], max_tokens: 7, n: 3 }, false, 21],
    ['several prompts', 'completions', { model: 'm', prompt: ['a', 'b'], max_tokens: 7, best_of: 2 }, false, 28],
    ['a prompt of tokens', 'completions', { model: 'm', prompt: [1, 2, 3], max_tokens: 7 }, false, 7],
    ['a response', 'responses', { model: 'm', input: 'a', max_output_tokens: 5, stream: true }, true, 5],
    ['a message', 'messages', { model: 'm', messages: [], max_tokens: 4, stream: null }, false, 4],
    ['embeddings', 'embeddings', { model: 'm', input: ['a'] }, false, 0],
    ['speech', 'audio/speech', { model: 'm', input: 'a', voice: 'v' }, false, undefined],
    [
      "an engine's own bound",
      'chat/completions',
      { model: 'm', messages: [], max_tokens: 1, n_predict: 500 },
      false,
      500,
    ],
    [
      'a bound that an engine lifts',
      'chat/completions',
      { model: 'm', messages: [], max_tokens: 1, n_predict: -1 },
      false,
      undefined,
    ],
    ['choices as a text', 'chat/completions', { model: 'm', messages: [], max_tokens: 7, n: '3' }, false, 21],
    [
      'choices without a bound',
      'chat/completions',
      { model: 'm', messages: [], n_cmpl: 3 },
      false,
      3 * OUTPUT_BOUNDS.usual,
    ],
    ['a bound without sense', 'chat/completions', { model: 'm', messages: [], max_tokens: -1 }, false, undefined],
  ]
  for (const [what, route, body, stream, maxTokens] of CALLS) {
    it(`reads ${what}`, function () {
      const text = JSON.stringify(body)
      const facts = factsOf(text, routeOf(route), false)
      expect(facts).to.deep.include({ model: 'm', stream, maxTokens, addedUsage: false })
      expect(facts.body.toString()).to.equal(text)
      expect(facts.inputTokens).to.equal(Math.ceil(text.length / 4))
    })
  }

  const REFUSED: readonly (readonly [what: string, body: string | Buffer, code: string])[] = [
    ['a duplicate model', '{"model":"a","messages":[],"model":"b"}', 'duplicate_name'],
    ['a duplicate written with an escape', '{"model":"a","mod\\u0065l":"b"}', 'duplicate_name'],
    ['a duplicate but for its case', '{"model":"a","Model":"b"}', 'duplicate_name'],
    ['a duplicate of any name', '{"model":"a","user":1,"user":2}', 'duplicate_name'],
    ['a duplicate stream', '{"model":"a","stream":false,"stream":true}', 'duplicate_name'],
    ['a known name with capitals', '{"model":"a","Stream":true}', 'duplicate_name'],
    ['a known name with a long s', '{"model":"a","\u017ftream":true}', 'duplicate_name'],
    ['a known name with a Kelvin sign', '{"model":"a","max_to\u212aens":9}', 'duplicate_name'],
    [
      'a duplicate include_usage',
      '{"model":"a","stream":true,"stream_options":{"include_usage":false,"include_usage":true}}',
      'duplicate_name',
    ],
    [
      'an include_usage of words',
      '{"model":"a","stream":true,"stream_options":{"include_usage":"yes"}}',
      'invalid_stream_options',
    ],
    ['__proto__', '{"model":"a","__proto__":{"model":"b"}}', 'reserved_name'],
    ['__proto__ written with an escape', '{"model":"a","\\u005f_proto__":{}}', 'reserved_name'],
    ['invalid UTF-8', Buffer.from([...Buffer.from('{"model":"'), 0xff, ...Buffer.from('"}')]), 'invalid_json'],
    ['UTF-16', Buffer.from('{"model":"a"}', 'utf16le'), 'invalid_json'],
    ['a byte order mark', '\ufeff{"model":"a"}', 'invalid_json'],
    ['a list', '[{"model":"a"}]', 'invalid_json'],
    ['a text', '"model"', 'invalid_json'],
    ['null', 'null', 'invalid_json'],
    ['nothing', '', 'invalid_json'],
    ['half a body', '{"model":"a","messages":[', 'invalid_json'],
    ['comments', '{"model":"a"/* "model":"b" */}', 'invalid_json'],
    ['two objects', '{"model":"a"}{"model":"b"}', 'invalid_json'],
    ['NaN', '{"model":"a","temperature":NaN}', 'invalid_json'],
    ['a string without an end', '{"model":"a\\', 'invalid_json'],
    ['a bomb of lists', `{"model":"a","x":${'['.repeat(100_000)}`, 'json_too_deep'],
    ['a bomb of objects', `{"model":"a","x":${'{"a":'.repeat(129)}1${'}'.repeat(130)}`, 'json_too_deep'],
    ['no model', '{"messages":[]}', 'invalid_model'],
    ['an empty model', '{"model":""}', 'invalid_model'],
    ['a model that is a list', '{"model":["a"]}', 'invalid_model'],
    ['a long model', JSON.stringify({ model: 'a'.repeat(513) }), 'invalid_model'],
    ['a stream of words', '{"model":"a","stream":"true"}', 'invalid_stream'],
    ['a stream of numbers', '{"model":"a","stream":1}', 'invalid_stream'],
    ['other models', '{"model":"a","models":["b"]}', 'other_model'],
    ['a configuration of a proxy', '{"model":"a","user_config":{"model_list":[]}}', 'other_model'],
    ['another server', '{"model":"a","API_Base":"https://x"}', 'duplicate_name'],
    ['an adapter', '{"model":"a","lora":[{"id":0,"scale":1}]}', 'other_model'],
    ['the path of an adapter', '{"model":"a","lora_path":"b"}', 'other_model'],
    ['another model in a tool', '{"model":"a","tools":[{"type":"image_generation","model":"b"}]}', 'other_model'],
    ['a draft model', '{"model":"a","draft_model":"b"}', 'other_model'],
    ['an adapter of another spelling', '{"model":"a","adapter_source":"hub","merged_adapters":{}}', 'other_model'],
    ['what a proxy puts into the body', '{"model":"a","extra_body":{"model":"b"}}', 'other_model'],
    ['a tool whose model stands twice', '{"model":"a","tools":[{"model":"b","model":"a"}]}', 'duplicate_name'],
    ['a tool whose escaped model is another', '{"model":"a","tools":[{"mod\\u0065l":"b"}]}', 'other_model'],
    ['a tool whose model is spelled with capitals', '{"model":"a","tools":[{"Model":"a"}]}', 'other_model'],
    ['work in the background', '{"model":"a","background":true}', 'background_refused'],
  ]
  for (const [what, body, code] of REFUSED) {
    it(`refuses ${what}`, function () {
      const refusal = refusalOf(body)
      expect(refusal.code).to.equal(code)
      expect(refusal.status).to.equal(400)
      expect(refusal.message).to.match(/\. [A-Z].*\.$/s)
    })
  }

  it('quotes no content in a refusal', function () {
    const canary = 'CANARY my password is 1234'
    for (const body of [`{"${canary}":1,"${canary}":2,"model":"a"}`, `{"model":"a","x":"${canary}`, `["${canary}"]`]) {
      expect(refusalOf(body).message).not.to.contain('CANARY')
    }
  })

  it('accepts as many levels as schemas of tools need', function () {
    expect(factsOf(`{"model":"a","x":${'['.repeat(127)}${']'.repeat(127)}}`).model).to.equal('a')
  })

  it('counts names inside of values as what they are', function () {
    const facts = factsOf(
      '{"messages":[{"model":"x","model":"y"}],"metadata":{"model":"z"},"user":"\\"model\\":\\"q\\"","model":"a"}',
    )
    expect(facts.model).to.equal('a')
  })

  it('refuses a body that is not declared as JSON in UTF-8, or is compressed', function () {
    const body = Buffer.from('{"model":"a"}')
    const codes = [
      {},
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'multipart/form-data; boundary=x' },
      { 'content-type': 'application/json; charset=utf-16' },
      { ...JSON_HEADERS, 'content-encoding': 'gzip' },
    ].map((headers) => readRequest(CHAT, headers, body, { asksUsage: true }) as Refusal)
    expect(codes.map(({ status }) => status)).to.deep.equal([415, 415, 415, 415, 415])
    const declared = [
      'application/json',
      'application/json; charset=utf-8',
      'application/json;charset="UTF-8"',
      'application/vnd.api+json',
    ]
    for (const type of declared) {
      expect(isRefusal(readRequest(CHAT, { 'content-type': type }, body, { asksUsage: true })), type).to.equal(false)
    }
  })

  it('counts an image or a sound in base64 up to a bound, and long words as text', function () {
    const around = JSON.stringify({
      model: 'm',
      messages: [{ role: 'user', content: [{ image_url: { url: '' } }] }],
    }).length
    const withUrl = (url: string): number =>
      factsOf(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: [{ image_url: { url } }] }] }))
        .inputTokens
    expect(withUrl(`data:image/png;base64,${'A'.repeat(4_000_000)}`)).to.equal(Math.ceil(around / 4) + 2000)
    expect(withUrl('QUJD'.repeat(1000))).to.equal(Math.ceil(around / 4) + 1000)
    expect(withUrl('word '.repeat(20_000))).to.equal(Math.ceil((around + 100_000) / 4))
    expect(withUrl('A'.repeat(1000))).to.equal(Math.ceil((around + 1000) / 4))
  })

  it('takes a route without a body, and nothing that is sent with it', function () {
    const route = routeOf('responses/:id', 'plain', 'GET')
    expect(factsOf('', route)).to.deep.include({ model: undefined, inputTokens: 0, maxTokens: 0 })
    expect(factsOf('{}', route).model).to.equal(undefined)
    expect(refusalOf('{"model":"a"}', route).code).to.equal('unexpected_body')
  })

  describe('of a batch', function () {
    const route = routeOf('batches', 'plain')
    const body = { input_file_id: 'file-1', endpoint: '/v1/chat/completions', completion_window: '24h' }

    it('takes an endpoint whose answers report tokens', function () {
      expect(factsOf(JSON.stringify(body), route)).to.deep.include({ model: undefined, stream: false, inputTokens: 0 })
    })

    it('refuses other endpoints, and a batch without a file', function () {
      expect(refusalOf(JSON.stringify({ ...body, endpoint: '/v1/images/generations' }), route).code).to.equal(
        'invalid_endpoint',
      )
      expect(refusalOf(JSON.stringify({ ...body, endpoint: undefined }), route).code).to.equal('invalid_endpoint')
      expect(refusalOf(JSON.stringify({ ...body, input_file_id: undefined }), route).code).to.equal('invalid_file')
      expect(refusalOf(JSON.stringify({ ...body, model: 'other' }), route).code).to.equal('other_model')
      expect(
        refusalOf('{"endpoint":"/v1/embeddings","Endpoint":"/v1/videos","input_file_id":"f"}', route).code,
      ).to.equal('duplicate_name')
    })
  })

  describe('of a stream', function () {
    const SPLICES: readonly (readonly [what: string, body: string, sent: string])[] = [
      [
        'no options',
        '{"stream":true,"model":"a"}',
        '{"stream":true,"model":"a","stream_options":{"include_usage":true}}',
      ],
      [
        'white space at the end',
        '{"stream":true,"model":"a" }\n',
        '{"stream":true,"model":"a","stream_options":{"include_usage":true} }\n',
      ],
      [
        'null',
        '{"model":"a","stream_options":null,"stream":true}',
        '{"model":"a","stream_options":{"include_usage":true},"stream":true}',
      ],
      [
        'empty options',
        '{"model":"a","stream_options": { },"stream":true}',
        '{"model":"a","stream_options": {"include_usage":true },"stream":true}',
      ],
      [
        'other options',
        '{"model":"a","stream_options":{"b":{"include_usage":1}},"stream":true}',
        '{"model":"a","stream_options":{"include_usage":true,"b":{"include_usage":1}},"stream":true}',
      ],
      [
        'a no',
        '{"model":"a","stream":true,"stream_options":{"b":1,"include_usage":false}}',
        '{"model":"a","stream":true,"stream_options":{"b":1,"include_usage":true}}',
      ],
      [
        'a no before others',
        '{"model":"a","stream":true,"stream_options":{"include_usage":null,"b":1}}',
        '{"model":"a","stream":true,"stream_options":{"include_usage":true,"b":1}}',
      ],
      [
        'a number that JSON.stringify would change',
        '{"seed":12345678901234567890,"model":"\\u0061","stream":true}',
        '{"seed":12345678901234567890,"model":"\\u0061","stream":true,"stream_options":{"include_usage":true}}',
      ],
    ]
    for (const [what, body, sent] of SPLICES) {
      it(`puts the question for usage in: ${what}`, function () {
        const facts = factsOf(body)
        expect(facts.body.toString()).to.equal(sent)
        expect(facts.addedUsage).to.equal(true)
      })
    }

    it('leaves a body alone whose caller asks, whose options are not an object, or whose route has no options', function () {
      const asked = '{"model":"a","stream":true,"stream_options":{"include_usage" : true}}'
      const odd = '{"model":"a","stream":true,"stream_options":[1]}'
      for (const body of [asked, odd, '{"model":"a","stream":false}']) {
        expect(factsOf(body)).to.deep.include({ addedUsage: false, body: Buffer.from(body) })
      }
      for (const name of ['responses', 'messages', 'audio/speech']) {
        expect(factsOf('{"model":"a","stream":true}', routeOf(name)).addedUsage).to.equal(false)
      }
    })

    it('asks for nothing where the upstream refuses the question', function () {
      expect(factsOf('{"model":"a","stream":true}', CHAT, false).addedUsage).to.equal(false)
    })
  })

  it('changes nothing of any JSON object but the option', function () {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 })
    const options = fc.option(
      fc.dictionary(fc.constantFrom('a', 'include_usage', 'c'), fc.constantFrom(true, false, null)),
    )
    fc.assert(
      fc.property(object, options, fc.constantFrom(0, 1, '\t'), (others, given, space) => {
        const ordinary = Object.fromEntries(
          Object.entries(others).filter(([name]) => /^[a-z ]*$/.test(name) && name !== 'n'),
        )
        const sent = { ...ordinary, model: 'm', stream: true, ...(given !== null && { stream_options: given }) }
        const body = Buffer.from(JSON.stringify(sent, null, space))
        const facts = read(body)
        if (isRefusal(facts)) return facts.code === 'other_model' || facts.code === 'background_refused'
        expect(JSON.parse(facts.body.toString())).to.deep.equal({
          ...sent,
          stream_options: { ...given, include_usage: true },
        })
        expect(facts.addedUsage).to.equal(given?.include_usage !== true)
        if (!facts.addedUsage) return facts.body.equals(body)
        // What was replaced is at most ` false`.
        return (
          commonLength(body, facts.body) + commonLength(body.toReversed(), facts.body.toReversed()) >= body.length - 6
        )
      }),
    )
  })

  it('ends on any bytes, with facts or a refusal in words', function () {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'model', '1', ' '), maxLength: 60 })
        .map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(bytes, (given) => {
        const facts = read(Buffer.from(given))
        return isRefusal(facts) ? facts.message.length > 0 : facts.model !== undefined
      }),
    )
  })
})

describe('reservedTokens', function () {
  const facts = { inputTokens: 10, maxTokens: undefined }

  it('reserves the input and what the caller asks for', function () {
    expect(reservedTokens(CHAT, { inputTokens: 10, maxTokens: 50 })).to.equal(60)
    expect(reservedTokens(CHAT, { inputTokens: 10, maxTokens: 0 })).to.equal(10)
  })

  it('bounds the output that a caller asks for, or leaves open', function () {
    expect(reservedTokens(CHAT, { inputTokens: 10, maxTokens: 999_999_999 })).to.equal(10 + OUTPUT_BOUNDS.most)
    expect(reservedTokens(CHAT, facts)).to.equal(10 + OUTPUT_BOUNDS.usual)
    expect(reservedTokens(CHAT, facts, { usual: 1, most: 2 })).to.equal(11)
  })

  it('reserves nothing where a call takes no tokens', function () {
    expect(reservedTokens(routeOf('messages/count_tokens', 'count'), facts)).to.equal(0)
    expect(reservedTokens(routeOf('batches', 'plain'), facts)).to.equal(0)
  })
})
