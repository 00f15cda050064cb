import { expect } from 'chai'
import fc from 'fast-check'

import { MAX_FRONT_MATTER } from '../../src/interop/frontMatter.ts'
import {
  emptyCard,
  MAX_CARD_LIST,
  MAX_CARD_TEXT_BYTES,
  parseCard,
  relationOf,
  type ModelCard,
} from '../../src/interop/huggingface.ts'
import { RELATION_NAMES } from '../../src/core/vocabulary.ts'

const cardOf = (yaml: string, body = '\n# Title\n') => `---\n${yaml}\n---\n${body}`
const parse = (yaml: string) => parseCard(cardOf(yaml))

const EMPTY: ModelCard = emptyCard()

describe('parseCard', function () {
  it('finds the base model in every way in which cards write it', function () {
    const spellings = [
      'https://huggingface.co/acme/base/tree/main',
      'https://huggingface.co/acme/base/blob/main/README.md',
      'https://hf.co/acme/base?library=transformers',
      'https://huggingface.co/acme/base#usage',
      'huggingface.co/acme/base/',
      'hf:acme/base',
      'hf://acme/base@v1.0',
      'acme/base@main',
      'acme/base/',
      'acme/base',
    ]
    for (const spelling of spellings) {
      expect(parse(`license: mit\nbase_model: "${spelling}"`).baseModels, spelling).to.deep.equal(['acme/base'])
    }
    expect(parse('base_model: [acme/base+beta/lora, acme/base]').baseModels).to.deep.equal(['acme/base', 'beta/lora'])
    const local = ['./local/folder', 'a+b', '/mnt/models/x']
    expect(parse(`base_model: [${local.join()}]`)).to.deep.include({ baseModels: [], unreadBaseModels: local })
    expect(parse('base_model: [acme/base, ACME/Base, "hf:acme/BASE"]').baseModels).to.deep.equal(['acme/base'])
  })

  it('reads every field that says where a model comes from', function () {
    const card = parse(`
license: other
license_name: modified-mit
license_link: https://example.org/LICENSE
base_model:
  - acme/base-7b
  - acme/chat-7b
base_model_relation: merge
datasets:
  - acme/books
  - Conversations (not on the Hub)
library_name: transformers
new_version: acme/next-7b
tags: [mergekit, 2024, 7b]
language: [en, de]
model-index:
  - name: x
    results: [{ task: { type: text-generation } }]`)
    expect(card).to.deep.equal({
      baseModels: ['acme/base-7b', 'acme/chat-7b'],
      relation: 'merge',
      licenses: ['other'],
      licenseName: 'modified-mit',
      licenseLink: 'https://example.org/LICENSE',
      datasets: ['acme/books', 'Conversations (not on the Hub)'],
      libraryName: 'transformers',
      tags: ['mergekit', '2024', '7b'],
      newVersion: 'acme/next-7b',
      unreadBaseModels: [],
      warnings: [],
    })
  })

  it('reads single texts where lists may stand, empty fields, and each entry once', function () {
    expect(parse('base_model: gpt2\ndatasets: squad\nlicense:\n- mit\ntags: x')).to.deep.equal({
      ...EMPTY,
      baseModels: ['gpt2'],
      datasets: ['squad'],
      licenses: ['mit'],
      tags: ['x'],
    })
    expect(parse('base_model:\nlicense: ""\ndatasets: [a, null, " a ", ""]')).to.deep.equal({
      ...EMPTY,
      datasets: ['a'],
    })
    expect(parse('')).to.deep.equal(EMPTY)
    expect(parse('# only a remark')).to.deep.equal(EMPTY)
  })

  it('cuts links to the Hub down to the id', function () {
    const card = parse(
      'base_model: https://huggingface.co/acme/base/\ndatasets: [https://hf.co/datasets/acme/books, https://example.org/x]',
    )
    expect(card.baseModels).to.deep.equal(['acme/base'])
    expect(card.datasets).to.deep.equal(['acme/books', 'https://example.org/x'])
  })

  it('reads cards with a byte-order mark, blank lines before, CRLF, and nothing after', function () {
    for (const text of [
      '\ufeff---\nlicense: mit\n---\n',
      '\n\n---\nlicense: mit\n---',
      '---\r\nlicense: mit\r\n---\r\nText',
      '--- \nlicense: mit\n--- \n',
      '---\rlicense: mit\r---\r',
    ]) {
      expect(parseCard(text)).to.deep.equal({ ...EMPTY, licenses: ['mit'] })
    }
  })

  it('reads words that YAML 1.1 took for booleans as words', function () {
    expect(parse('license: no\ntags: [yes, on]'))
      .to.include({})
      .and.to.deep.include({ licenses: ['no'], tags: ['yes', 'on'] })
  })

  it('reads aliases', function () {
    expect(parse('license: &l mit\ndatasets: [*l]').datasets).to.deep.equal(['mit'])
  })

  it('accepts all our relations', function () {
    for (const relation of RELATION_NAMES) expect(parse(`base_model_relation: ${relation}`).relation).to.equal(relation)
  })

  it('reads what a merge key brings in, where the card does not say it itself', function () {
    const merged = 'x: &x {license: cc-by-nc-4.0, base_model: acme/base}\n<<: *x'
    expect(parse(merged)).to.deep.include({ licenses: ['cc-by-nc-4.0'], baseModels: ['acme/base'] })
    expect(parse(`${merged}\nlicense: mit`).licenses).to.deep.equal(['mit'])
    expect(parse('x: &x {license: mit}\ny: &y {base_model: a/b}\n<<: [*x, *y]')).to.deep.include({
      licenses: ['mit'],
      baseModels: ['a/b'],
    })
  })

  describe('reads front matter', function () {
    const warned: [string, string, RegExp, Partial<ModelCard>][] = [
      ['that is not there', '', /has no front matter/, {}],
      ['that begins in the middle of a line', 'x ---\nlicense: mit\n---\n', /has no front matter/, {}],
      ['below the top', '# Title\n---\nlicense: mit\n---\n', /does not stand at its top/, { licenses: ['mit'] }],
      [
        'without its lines, for a base model',
        'Text\n\nbase_model: acme/base\n',
        /does not stand at its top/,
        { baseModels: ['acme/base'] },
      ],
      ['that does not end', '---\nbase_model: a/b\n', /no second line/, { baseModels: ['a/b'] }],
      ['that ends in the middle of a line', '---\nlicense: mit ---\n', /no second line/, { licenses: ['mit ---'] }],
      [
        'that is too long',
        cardOf(`license: mit\na: "${'x'.repeat(MAX_FRONT_MATTER + 5000)}"`),
        /longer than/,
        { licenses: ['mit'] },
      ],
    ]
    for (const [what, text, warning, fields] of warned) {
      it(`${what}, and warns`, function () {
        const card = parseCard(text)
        expect(card.warnings.join()).to.match(warning)
        expect(card).to.deep.equal({ ...EMPTY, ...fields, warnings: card.warnings })
      })
    }
  })

  describe('reads each field by itself where the YAML is', function () {
    const levels = 'bcdefghij'.split('')
    const laughs = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...levels.map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(', ')}]`),
    ].join('\n')
    const cases: [string, string, string][] = [
      ['broken', 'zero: [mit', 'a wrong indentation or an unclosed bracket'],
      ['a map in a value', 'a: b: c', 'a colon, a list or a map inside a value without quotes'],
      ['a reserved character', 'a: @x', 'a value without quotes that starts with a reserved character'],
      ['a tab for indentation', 'a:\n\tb: c', 'a tab as indentation'],
      ['several documents', 'a: 1\n...\nb: 2', 'several YAML documents'],
      ['a laugh a billion times', laughs, 'aliases or levels are too many'],
      ['deep lists', `a: ${'['.repeat(50_000)}`, ''],
      ['a list', '- x', ''],
    ]
    for (const [what, yaml, words] of cases) {
      it(what, function () {
        this.timeout(60_000)
        const card = parse(`license: mit\n${yaml}\nbase_model: acme/base`)
        expect(card).to.deep.include({ licenses: ['mit'], baseModels: ['acme/base'], unreadBaseModels: [] })
        expect(card.warnings[0]).to.include('is not YAML as a whole')
        expect(card.warnings[0]).to.include(words)
        for (const warning of card.warnings) expect(warning).to.match(/^[^\p{Cc}\p{Cf}]*$/u)
      })
    }

    it('but keeps a base model that it cannot read', function () {
      for (const yaml of [
        'base_model: [acme/base',
        'base_model: *nowhere\nx: [',
        '{base_model: acme/base, x: [',
        'x: &x {base_model: acme/base}\n<<: *x\ny: [',
        'x: {y: [base_model: acme/base',
      ]) {
        expect(parse(yaml).unreadBaseModels, yaml).to.have.length(1)
      }
    })

    it('with tens of thousands of names in a moment, and not in minutes', function () {
      this.timeout(60_000)
      const names = Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`).join('\n')
      expect(parse(names)).to.deep.equal(EMPTY)
    })
  })

  it('reads a card with what the Hub does not have, and says nothing about fields that it does not read', function () {
    const card = parse(
      'license: mit\nmodel-index: !!python/object/apply:numpy.core [1]\nx: [a, [b, {c: d}]]\n? [a]\n: b',
    )
    expect(card).to.deep.equal({ ...EMPTY, licenses: ['mit'] })
  })

  describe('reads a field', function () {
    const cases: [string, Partial<ModelCard>, RegExp?][] = [
      ['base_model: 5', { baseModels: ['5'] }],
      ['base_model: {name: acme/base, revision: main}', { baseModels: ['acme/base'] }],
      ['base_model: {acme/base: 0.5, beta/base: 0.5}', { baseModels: ['acme/base', 'beta/base'] }],
      ['base_model: {a: b}', { unreadBaseModels: ['{a: b}'] }],
      ['base_model: [a, [b]]', { baseModels: ['a', 'b'] }],
      ['base_model: none', {}, /base_model of the model card is "none". It was read as none/],
      ['base_model: a/b\nbase_model: c/d', { baseModels: ['a/b', 'c/d'] }, /more than once/],
      ['base-model: a/b', { baseModels: ['a/b'] }, /"base-model" of the card was read as base_model/],
      ['base_model: "acme/base\\u202e"', { unreadBaseModels: ['acme/base\u202e'] }],
      [
        `base_model: ${'x'.repeat(MAX_CARD_TEXT_BYTES + 1)}`,
        { unreadBaseModels: ['x'.repeat(MAX_CARD_TEXT_BYTES + 1)] },
      ],
      ['base_model_relation: Finetuned', { relation: 'finetune' }, /Did you mean "finetune"\?/],
      ['base_model_relation: Continued_Pretraining', { relation: 'continued-pretraining' }, /Did you mean/],
      ['base_model_relation: cousin', {}, /Expected one of: finetune/],
      ['base_model_relation: toString', {}, /Expected one of/],
      ['base_model_relation: [merge]', { relation: 'merge' }],
      ['base_model_relation: [merge, adapter]', {}, /has 2 values/],
      ['license: 1.0', { licenses: ['1.0'] }],
      ['license: !env HOME', { licenses: ['HOME'] }],
      ['license: mit\nlicense: apache-2.0', { licenses: ['mit', 'apache-2.0'] }],
      ['license: "mit\\u200b"', {}, /license of the model card has "mit\\u\{200b\}"/],
      ['license_name: [a]', { licenseName: 'a' }],
      ['license_name: [a, b]', {}, /license_name of the model card has 2 values/],
      ['license_link: "javascript:alert(1)"', {}, /license_link of the model card is "javascript:alert\(1\)"/],
      ['license_link: file:///etc/passwd', {}, /license_link/],
      ['license_link: //example.org/x', {}, /license_link/],
      ['license_link: ../../LICENSE', {}, /license_link/],
      ['license_link: "https://"', {}, /license_link/],
      ['license_link: docs/..LICENSE', { licenseLink: 'docs/..LICENSE' }],
      ['datasets: [{name: squad, type: squad2}, 2023, null]', { datasets: ['squad', '2023'] }],
      ['library_name: [transformers, peft]', {}, /library_name of the model card has 2 values/],
      ['library_name: 2024', { libraryName: '2024' }],
      [`library_name: ${'é'.repeat(MAX_CARD_TEXT_BYTES / 2)}x`, {}, /longer than 2048 bytes/],
      ['new_version: [a/b]', { newVersion: 'a/b' }],
      ['tags: [{a: b}]', { tags: ['b'] }],
    ]
    for (const [yaml, fields, warning] of cases) {
      it(`in ${JSON.stringify(yaml.slice(0, 60))}`, function () {
        const card = parse(yaml)
        expect(card).to.deep.equal({ ...EMPTY, ...fields, warnings: card.warnings })
        expect(card.warnings).to.have.length(warning === undefined ? 0 : 1)
        if (warning !== undefined) expect(card.warnings[0]).to.match(warning)
        for (const each of card.warnings) expect(each).to.match(/^[^\p{Cc}\p{Cf}]*$/u)
      })
    }

    it('up to so many entries, and says that there are more', function () {
      const list = (count: number) => `tags: [${Array.from({ length: count }, (_, index) => `d${index}`).join()}]`
      expect(parse(list(MAX_CARD_LIST)).warnings).to.deep.equal([])
      const card = parse(list(MAX_CARD_LIST + 1))
      expect(card.tags).to.have.length(MAX_CARD_LIST)
      expect(card.warnings).to.deep.equal(['tags of the model card has 1001 entries. Only the first 1000 were read.'])
    })
  })

  it('gives a card, whatever the text', function () {
    const pieces = fc.array(
      fc.constantFrom(
        'license',
        'base_model',
        ': ',
        '- ',
        '\n',
        '  ',
        '[',
        ']',
        '{',
        '}',
        ',',
        '&a',
        '*a',
        '!x',
        '"',
        "'",
        '|',
        '>',
        '---',
        '#',
        'mit',
        '\t',
        '%',
        '?',
        '<<',
        'null',
        '0',
        '\u202e',
      ),
      { maxLength: 25 },
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(parse(parts.join(''))).to.have.all.keys(EMPTY)
      }),
      { numRuns: 500 },
    )
  })
})

describe('relationOf', function () {
  const infer = (card: Partial<ModelCard>, files: string[] = []) =>
    relationOf({ ...EMPTY, baseModels: ['a/b'], ...card }, files)

  it('takes what the card gives, before everything else', function () {
    expect(infer({ relation: 'distillation', libraryName: 'peft', tags: ['gguf'] })).to.deep.equal({
      relation: 'distillation',
      inferred: null,
    })
  })

  const cases: [string, string, Partial<ModelCard>, string[]?][] = [
    ['adapter', 'library_name is "peft"', { libraryName: 'PEFT' }],
    [
      'adapter',
      'the model has the file "adapter_config.json"',
      { baseModels: ['a/b', 'c/d'] },
      ['adapter_config.json'],
    ],
    ['adapter', 'tags have "lora"', { tags: ['x', 'LoRA'] }],
    ['merge', 'base_model has 2 entries', { baseModels: ['a/b', 'c/d'], tags: ['gguf'] }],
    ['quantized', 'library_name is "gguf"', { libraryName: 'gguf' }],
    ['quantized', 'the model has the file "x-Q4_K_M.GGUF"', { tags: ['mergekit'] }, ['config.json', 'x-Q4_K_M.GGUF']],
    ['quantized', 'tags have "awq"', { tags: ['merge', 'awq'] }],
    ['merge', 'tags have "mergekit"', { tags: ['mergekit'] }],
    [
      'finetune',
      'nothing says that it is an adapter, a merge or quantized',
      { libraryName: 'transformers', tags: ['chat'] },
      ['sub/adapter_config.json'],
    ],
  ]
  for (const [relation, reason, card, files] of cases) {
    it(`infers ${relation} because ${reason}`, function () {
      expect(infer(card, files)).to.deep.equal({ relation, inferred: reason })
    })
  }
})
