import { expect } from 'chai'

import { isRefusal, type Refusal } from '../../../packages/server/src/gateway/ports.ts'
import { watchMultipart, type MultipartWatch } from '../../../packages/server/src/gateway/watchMultipart.ts'
import { routeOf } from './routes.ts'

const AUDIO = routeOf('audio/transcriptions')
const FILES = routeOf('files', 'plain')
const TYPE = 'multipart/form-data; boundary=XyZ'
const NOT_COVERED: Refusal = { status: 404, code: 'model_not_covered', message: 'No.' }

function field(name: string, value: string): string {
  return `--XyZ\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
}

function file(content: string, disposition = 'name="file"; filename="a.wav"'): string {
  return `--XyZ\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: audio/wav\r\n\r\n${content}\r\n`
}

const END = '--XyZ--\r\n'

type Watched = { result: ReturnType<MultipartWatch['end']>; models: string[] }

function watch(chunks: readonly Buffer[], route = AUDIO, contentType = TYPE): Watched {
  const models: string[] = []
  const watched = watchMultipart(route, { 'content-type': contentType }, (name) => {
    models.push(name)
    return name.startsWith('covered') ? undefined : NOT_COVERED
  })
  if (isRefusal(watched)) return { result: watched, models }
  for (const chunk of chunks) {
    const refusal = watched.push(chunk)
    if (refusal !== undefined) return { result: refusal, models }
  }
  return { result: watched.end(), models }
}

/** Watches a form whole, cut in two at each place, and byte by byte: it has to be the same. */
function watchCut(form: string, route = AUDIO, contentType = TYPE): Watched {
  const bytes = Buffer.from(form)
  const whole = watch([bytes], route, contentType)
  for (let at = 1; at < bytes.length; at++) {
    const two = watch([bytes.subarray(0, at), bytes.subarray(at)], route, contentType)
    expect(two, `cut at ${at}`).to.deep.equal(whole)
  }
  const single = watch(
    Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
    route,
    contentType,
  )
  expect(single, 'byte by byte').to.deep.equal(whole)
  return whole
}

function codeOf({ result }: Watched): string | undefined {
  return isRefusal(result) ? result.code : undefined
}

describe('watchMultipart', function () {
  const model = field('model', 'covered-1')

  it('finds the model before and after the file, however the form is cut', function () {
    for (const form of [model + file('RIFF'), file('RIFF\r\n--Xy\r\n-') + model]) {
      const { result, models } = watchCut(form + END)
      expect(models).to.deep.equal(['covered-1'])
      expect(result).to.deep.equal({
        model: 'covered-1',
        stream: false,
        inputTokens: 1,
        maxTokens: undefined,
        addedUsage: false,
      })
    }
  })

  it('estimates the input from text and sound, and reads stream', function () {
    const form = model + field('prompt', 'x'.repeat(40)) + field('stream', 'true') + file('x'.repeat(3200)) + END
    const { result } = watch([Buffer.from(form)])
    expect(result).to.deep.include({ inputTokens: 12, stream: true })
  })

  const DECLARED = ['multipart/form-data; boundary="XyZ"', 'Multipart/Form-Data;boundary=XyZ ']
  for (const type of DECLARED) {
    it(`takes the content type ${type}`, function () {
      expect(codeOf(watch([Buffer.from(model + file('a') + END)], AUDIO, type))).to.equal(undefined)
    })
  }

  const CLIENTS: readonly (readonly [what: string, form: string])[] = [
    ['names without quotes', '--XyZ\r\nContent-Disposition: form-data; name=model\r\n\r\ncovered-1\r\n'],
    [
      'a type of text',
      '--XyZ\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-disposition: form-data; name="model"\r\n\r\ncovered-1\r\n',
    ],
    ['a length', '--XyZ\r\nContent-Disposition: form-data; name="model"\r\nContent-Length: 9\r\n\r\ncovered-1\r\n'],
    [
      'file names in two forms',
      model + file('a', 'name="file"; filename="ä \\"1\\".wav"; filename*=UTF-8\'\'%C3%A4.wav'),
    ],
    ['an empty field and an empty file', model + field('prompt', '') + file('')],
    ['lists', model + field('timestamp_granularities[]', 'word') + field('timestamp_granularities[]', 'segment')],
  ]
  for (const [what, form] of CLIENTS) {
    it(`takes forms of clients that send ${what}`, function () {
      const { result, models } = watchCut(form + END)
      expect(isRefusal(result), JSON.stringify(result)).to.equal(false)
      expect(models).to.deep.equal(['covered-1'])
    })
  }

  it('takes the form that fetch sends', async function () {
    const form = new FormData()
    form.set('file', new File([Buffer.alloc(5000, '\r\n--')], 'ä"1".wav', { type: 'audio/wav' }))
    form.set('model', 'covered-1')
    const request = new Request('http://localhost', { method: 'POST', body: form })
    const bytes = Buffer.from(await request.arrayBuffer())
    const { result, models } = watch(
      [bytes.subarray(0, 300), bytes.subarray(300)],
      AUDIO,
      request.headers.get('content-type')!,
    )
    expect(result).to.deep.include({ model: 'covered-1', inputTokens: 4 })
    expect(models).to.deep.equal(['covered-1'])
  })

  const REFUSED: readonly (readonly [what: string, form: string, code: string])[] = [
    ['a model that is not covered', field('model', 'other') + file('a') + END, 'model_not_covered'],
    ['no model', file('a') + END, 'invalid_model'],
    ['two models', model + model + END, 'duplicate_name'],
    ['a model spelled with capitals', model + field('Model', 'other') + END, 'duplicate_name'],
    ['an empty model', field('model', '') + END, 'invalid_field'],
    ['a model with a line break', field('model', 'covered-1\nother') + END, 'invalid_field'],
    ['a model of more than 512 bytes', field('model', 'a'.repeat(513)) + END, 'invalid_field'],
    ['a model that is a file', file('covered-1', 'name="model"; filename="a"') + END, 'invalid_field'],
    ['an adapter', model + field('lora_path', 'x') + END, 'other_model'],
    ['a model as a list', model + field('model[]', 'x') + END, 'duplicate_name'],
    ['a model with a space', model + field('model ', 'x') + END, 'duplicate_name'],
    ['other models as a list', model + field('models[]', 'x') + END, 'other_model'],
    ['a stream of words', model + field('stream', 'yes') + END, 'invalid_stream'],
    ['text before the first boundary', `x\r\n${model}${END}`, 'invalid_form'],
    ['text after the last boundary', `${model}${END}${model}`, 'invalid_form'],
    ['no last boundary', model, 'invalid_form'],
    ['a form cut in its file', model + file('a').slice(0, -3), 'invalid_form'],
    ['a boundary in the middle of a line', model + file('a--XyZ\r\n') + END, 'invalid_form'],
    ['a boundary after a bare line feed', model + file(`a\n${field('model', 'other')}`) + END, 'invalid_form'],
    ['a boundary with text behind it', model + file(`a\r\n--XyZContent-Type: a\r\n\r\n`) + END, 'invalid_form'],
    ['a boundary that is longer', model + file('a\r\n--XyZZ\r\n') + END, 'invalid_form'],
    ['a boundary with spaces behind it', model + file('a\r\n--XyZ  \r\n') + END, 'invalid_form'],
    [
      'two dispositions',
      model.replace('\r\n\r\n', '\r\nContent-Disposition: form-data; name="x"\r\n\r\n') + END,
      'invalid_form',
    ],
    ['two names in a disposition', model.replace('"model"', '"model"; name="x"') + END, 'invalid_form'],
    ['an extended name', model.replace('name="model"', "name*=UTF-8''model") + END, 'invalid_form'],
    ['an escaped name', model.replace('"model"', '"mod\\el"') + END, 'invalid_form'],
    ['a folded header', model.replace('; name', ';\r\n name') + END, 'invalid_form'],
    [
      'an encoded part',
      model.replace('\r\n\r\n', '\r\nContent-Transfer-Encoding: base64\r\n\r\n') + END,
      'invalid_form',
    ],
    [
      'a part in UTF-16',
      model.replace('\r\n\r\n', '\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n') + END,
      'invalid_form',
    ],
    ['an unknown header', model.replace('\r\n\r\n', '\r\nX-Name: a\r\n\r\n') + END, 'invalid_form'],
    ['a part without headers', '--XyZ\r\n\r\ncovered-1\r\n' + END, 'invalid_form'],
    ['headers without an end', `--XyZ\r\nContent-Type: ${'a'.repeat(5000)}`, 'invalid_form'],
    ['a thousand parts', field('a', 'b').repeat(1000), 'invalid_form'],
    ['nothing', '', 'invalid_form'],
  ]
  for (const [what, form, code] of REFUSED) {
    it(`refuses ${what}`, function () {
      const watched = form.length < 1000 ? watchCut(form) : watch([Buffer.from(form)])
      expect(codeOf(watched)).to.equal(code)
    })
  }

  for (const type of [
    undefined,
    'application/json',
    'multipart/mixed; boundary=XyZ',
    'multipart/form-data',
    `${TYPE}; boundary=b`,
  ]) {
    it(`refuses the content type ${type}`, function () {
      const watched = watchMultipart(AUDIO, type === undefined ? {} : { 'content-type': type }, () => undefined)
      expect(watched).to.include({ status: 415, code: 'not_a_form' })
    })
  }

  it('reads 100 MB of sound in bounded memory', function () {
    const watched = watchMultipart(AUDIO, { 'content-type': TYPE }, () => undefined) as MultipartWatch
    expect(watched.push(Buffer.from(file('').slice(0, -2)))).to.equal(undefined)
    const piece = Buffer.alloc(1024 * 1024, '\r\n--Xy')
    for (let time = 0; time < 100; time++) expect(watched.push(piece)).to.equal(undefined)
    expect(watched.push(Buffer.from(`\r\n${model}${END}`))).to.equal(undefined)
    expect(watched.end()).to.deep.include({ model: 'covered-1', inputTokens: Math.ceil((100 * piece.length) / 1600) })
  })

  describe('of the input file of a batch', function () {
    const line = (more: object = {}, body: object = {}): string =>
      JSON.stringify({
        custom_id: '1',
        method: 'POST',
        url: '/v1/chat/completions',
        body: { model: 'covered-1', ...body },
        ...more,
      })
    const form = (lines: string, purpose = 'batch'): string => field('purpose', purpose) + file(lines) + END

    it('names each model once, however the form is cut', function () {
      const lines = [line(), line(), line({ url: '/v1/embeddings' }, { model: 'covered-2' })]
      for (const text of [lines.join('\n'), `${lines.join('\r\n')}\r\n\r\n`]) {
        const { result, models } = watchCut(form(text), FILES)
        expect(models).to.deep.equal(['covered-1', 'covered-2'])
        expect(result).to.deep.equal({
          model: undefined,
          stream: false,
          inputTokens: 0,
          maxTokens: 0,
          addedUsage: false,
        })
      }
    })

    it('takes a purpose that comes after the file', function () {
      expect(codeOf(watch([Buffer.from(file(line()) + field('purpose', 'batch') + END)], FILES))).to.equal(undefined)
    })

    const BAD: readonly (readonly [what: string, form: string, code: string])[] = [
      [
        'a model that is not covered, in the last line',
        form(`${line()}\n${line({}, { model: 'other' })}`),
        'model_not_covered',
      ],
      ['another purpose', form(line(), 'fine-tune'), 'invalid_purpose'],
      ['no purpose', file(line()) + END, 'invalid_purpose'],
      ['no file', field('purpose', 'batch') + END, 'invalid_file'],
      ['another model in the form', field('model', 'other') + form(line()), 'model_not_covered'],
      ['models in the form', field('target_model_names', 'other') + form(line()), 'other_model'],
      ['two files', field('purpose', 'batch') + file(line()) + file(line()) + END, 'duplicate_name'],
      ['an empty file', form(''), 'invalid_batch_file'],
      ['a file of something else', form('%PDF-1.7'), 'invalid_json'],
      ['another URL', form(line({ url: '/v1/images/generations' })), 'invalid_batch_file'],
      ['a URL with a host', form(line({ url: 'http://a/v1/chat/completions' })), 'invalid_batch_file'],
      ['another method', form(line({ method: 'GET' })), 'invalid_batch_file'],
      ['a line without a body', form(line({ body: undefined })), 'invalid_batch_file'],
      ['a line without a model', form(line({ body: {} })), 'invalid_model'],
      ['an adapter in a line', form(line({}, { lora: [] })), 'other_model'],
      ['a duplicate body', form(line().replace('{', '{"body":{"model":"other"},')), 'duplicate_name'],
      ['a duplicate model', form(line().replace('"model"', '"model":"other","model"')), 'duplicate_name'],
      ['a line that other readers split', form(line({ custom_id: 'a\u2028b' })), 'invalid_batch_file'],
      ['a line with a bare carriage return', form(line().replace('{', '{\r')), 'invalid_batch_file'],
      ['a file in a compressed form', form('\u001f\u008b\u0008'), 'invalid_json'],
    ]
    for (const [what, given, code] of BAD) {
      it(`refuses ${what}`, function () {
        const watched = watchCut(given, FILES)
        expect(codeOf(watched)).to.equal(code)
      })
    }

    it('gives each request on to be checked, and ends with what is said of it', function () {
      const bodies: string[] = []
      const watched = watchMultipart(
        FILES,
        { 'content-type': TYPE },
        () => undefined,
        (body) => {
          bodies.push(body.toString())
          return bodies.length === 2 ? NOT_COVERED : undefined
        },
      ) as MultipartWatch
      const text = [line(), line({}, { user: 'a' }), line()].join('\n')
      expect(watched.push(Buffer.from(form(text)))).to.equal(NOT_COVERED)
      expect(bodies).to.deep.equal(['{"model":"covered-1"}', '{"model":"covered-1","user":"a"}'])
    })

    it('says in which line a fault stands', function () {
      const { result } = watch([Buffer.from(form(`${line()}\n${line({}, { model: 5 })}`))], FILES)
      expect((result as Refusal).message).to.match(/^Line 2: /)
    })

    it('reads many lines in bounded memory, and refuses one that is too long', function () {
      const watched = watchMultipart(FILES, { 'content-type': TYPE }, () => undefined) as MultipartWatch
      watched.push(Buffer.from(field('purpose', 'batch') + file('').slice(0, -2)))
      const lines = Buffer.from(`${line()}\n`.repeat(500))
      for (let time = 0; time < 20; time++) expect(watched.push(lines)).to.equal(undefined)
      const piece = Buffer.alloc(1024 * 1024, 'x')
      const refusals = Array.from({ length: 9 }, () => watched.push(piece))
      expect(refusals.slice(0, 8).every((refusal) => refusal === undefined)).to.equal(true)
      expect(refusals[8]).to.include({ code: 'invalid_batch_file' })
    })
  })
})
