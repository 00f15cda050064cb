import fc from 'fast-check'

import { judgeBytes } from '../../judgeBytes.ts'
import { judged, externalTensor, field, graphNode, onnxNode, onnxOf } from './judged.ts'

const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 17)
/** How many changed files of each format are judged. */
const RUNS = Number(process.env.STEMMA_FUZZ_CASES ?? 300)

const keras = JSON.stringify({
  class_name: 'Functional',
  config: { layers: [{ class_name: 'Lambda', config: { function: ['4wAAAAA=', null, null], module: 'os' } }] },
})
const tokenizer = JSON.stringify({
  version: '1.0',
  pre_tokenizer: { type: 'Split', pattern: { Regex: '(?i:[sdmt]|ll)|\\s+(?!\\S)|( \\w+)*' } },
  model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: ['a b'] },
  chat_template: '{% for m in messages %}{{ m.content }}{% endfor %}',
  auto_map: { AutoModel: 'modeling_x.X' },
})
const template =
  "{%- macro a(b) -%}{{ b|upper }}{%- endmacro -%}{% set ns = namespace(x=[]) %}{% for m in messages %}{% if m.role == 'user' and 'word' in m['content'] %}{{ a(m.content) ~ 'and ' + '__cl' ~ 'ass__' }}{% elif loop.first %}{{ ns.x|map('attr', 'y')|join }}{% endif %}{% endfor %}"
const yaml =
  'a: &a {_target_: os.system, x: [1, 2, "b"]}\nb: {<<: *a}\nc: !!python/object:x.Y\n  - *a\n  - |\n    text\n%TAG ! tag:x\n---\nd: &d [*a, *d]\n'
const safetensors = (() => {
  const header = JSON.stringify({
    __metadata__: { format: 'pt' },
    a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
  })
  return Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(header), Buffer.alloc(8)])
})()

/** A file of each format that is read, with something to find in it. */
const FILES: readonly (readonly [name: string, bytes: Uint8Array | string])[] = [
  ['config.json', keras],
  ['tokenizer.json', tokenizer],
  ['chat_template.jinja', template],
  ['conf.yaml', yaml],
  ['m.h5', Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.alloc(32, 1), Buffer.from(keras)])],
  [
    'm.onnx',
    onnxOf([externalTensor({ location: '../x', offset: '0' }), onnxNode('If', 'a', [field(5, [field(6, [])])])]),
  ],
  ['m.pb', Buffer.concat([graphNode('ReadFile', { filename: [field(2, '/etc/x')] }), graphNode('PyFunc')])],
  [
    'm.gguf',
    Buffer.concat([
      Buffer.from(
        'GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\0\0\0\0tokenizer.chat_template\x08\0\0\0',
        'latin1',
      ),
      Buffer.from([template.length & 255, template.length >> 8, 0, 0, 0, 0, 0, 0]),
      Buffer.from(template),
    ]),
  ],
  ['m.tflite', Buffer.concat([Buffer.from('\x1c\0\0\0TFL3', 'latin1'), Buffer.alloc(64, 4)])],
  ['w.safetensors', safetensors],
  ['handler.py', '#!/usr/bin/env python\nimport os\n'],
]

/** Files that would take readers of some kinds very long: each is judged in time. */
const LONG: readonly (readonly [name: string, text: string])[] = [
  ['a.jinja', '{{'.repeat(131_000)],
  ['a.jinja', `{{ ${"'a' ~ ".repeat(30_000)} 'b' }}`],
  ['a.jinja', `{{ a${'.b'.repeat(30_000)} }}`],
  ['a.jinja', `{{ a${'|b'.repeat(20_000)} }}`],
  ['a.jinja', `${'{% if a %}'.repeat(19_000)}`],
  ['a.yaml', `a: &a 1\nb:\n${'- *a\n'.repeat(30_000)}`],
  ['a.yaml', `a: &a [b]\n${Array.from({ length: 40 }, (_, index) => `a${index}: &a [*a, *a]`).join('\n')}`],
  ['a.yaml', `${'- '.repeat(400)}a`],
  ['config.json', `{${'"target":1,'.repeat(60_000)}"b":2}`],
  ['config.json', `${'['.repeat(100_000)}`],
  ['config.json', `"${'\\'.repeat(500_000)}`],
  [
    'tokenizer.json',
    JSON.stringify({ normalizer: { pattern: { Regex: `${'('.repeat(4900)}a+${')'.repeat(4900)}+` } } }),
  ],
  ['m.h5', `\x89HDF\r\n\x1a\n${'{"name"'.repeat(100_000)}`],
]

describe('files of all formats that were changed', function () {
  this.timeout(600_000 + RUNS * 200)

  it('end no scan, and hang none', function () {
    const change = fc.tuple(
      fc.nat(4095),
      fc.constantFrom('set', 'cut', 'wide', 'copy', 'drop'),
      fc.integer({ min: 0, max: 255 }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...FILES),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        ([name, content], changes) => {
          let bytes = Buffer.from(content as string)
          for (const [place, kind, value] of changes) {
            if (bytes.length === 0) break
            const at = place % bytes.length
            if (kind === 'set') bytes[at] = value
            else if (kind === 'wide') bytes.fill(value, at, Math.min(at + 4, bytes.length))
            else if (kind === 'cut') bytes = bytes.subarray(0, at + 1)
            else if (kind === 'drop') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (value % 16))])
            else bytes = Buffer.concat([bytes.subarray(0, at + value), bytes.subarray(at)])
          }
          judgeBytes(bytes, name)
        },
      ),
      { seed: SEED, numRuns: RUNS * FILES.length },
    )
  })

  for (const [index, [name, text]] of LONG.entries())
    it(`judges long file ${index} for ${name}`, function () {
      judged(name, Buffer.from(text, 'latin1'))
    })
})
