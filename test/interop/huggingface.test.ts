import { expect } from 'chai'
import fc from 'fast-check'

import {
  CardFieldError,
  CardFrontMatterError,
  CardYamlError,
  MAX_CARD_LIST,
  MAX_CARD_TEXT_BYTES,
  MAX_FRONT_MATTER_BYTES,
  parseCard,
  relationOf,
  type ModelCard,
} from '../../src/interop/huggingface.ts'
import { RELATION_NAMES } from '../../src/core/vocabulary.ts'

const cardOf = (yaml: string, body = '\n# Title\n') => `---\n${yaml}\n---\n${body}`
const parse = (yaml: string) => parseCard(cardOf(yaml))

const EMPTY: ModelCard = {
  baseModels: [],
  relation: null,
  licenses: [],
  licenseName: null,
  licenseLink: null,
  datasets: [],
  libraryName: null,
  tags: [],
  newVersion: null,
}

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
    expect(parse(`base_model: [${local.join()}]`).baseModels).to.deep.equal(local)
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
    ]) {
      expect(parseCard(text).licenses).to.deep.equal(['mit'])
    }
  })

  it('reads words that YAML 1.1 took for booleans as words', function () {
    expect(parse('license: no\ntags: [yes, on]'))
      .to.include({})
      .and.to.deep.include({ licenses: ['no'], tags: ['yes', 'on'] })
  })

  it('allows a few aliases', function () {
    expect(parse('license: &l mit\ndatasets: [*l]').datasets).to.deep.equal(['mit'])
  })

  it('accepts all our relations', function () {
    for (const relation of RELATION_NAMES) expect(parse(`base_model_relation: ${relation}`).relation).to.equal(relation)
  })

  describe('refuses front matter', function () {
    const cases: [string, string][] = [
      ['in no text', ''],
      ['in a text without any', '# Title\n---\nlicense: mit\n---\n'],
      ['that begins in the middle of a line', 'x ---\nlicense: mit\n---\n'],
      ['that does not end', '---\nlicense: mit\n'],
      ['that ends in the middle of a line', '---\nlicense: mit ---\n'],
      ['that is too long', cardOf(`a: "${'x'.repeat(MAX_FRONT_MATTER_BYTES)}"`)],
      ['that is too long in bytes', cardOf(`a: "${'é'.repeat(MAX_FRONT_MATTER_BYTES / 2)}"`)],
      ['that is too long and does not end', `---\n${'a'.repeat(MAX_FRONT_MATTER_BYTES + 100)}`],
    ]
    for (const [what, text] of cases) {
      it(what, function () {
        expect(() => parseCard(text))
          .to.throw(CardFrontMatterError)
          .with.property('code', 'CARD_FRONT_MATTER')
      })
    }
    it('but not one of the longest length', function () {
      expect(parse(`a: "${'x'.repeat(MAX_FRONT_MATTER_BYTES - 6)}"`)).to.deep.equal(EMPTY)
    })
  })

  describe('refuses YAML', function () {
    const levels = 'bcdefghij'.split('')
    const laughs = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...levels.map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(', ')}]`),
    ].join('\n')
    const cases: [string, string][] = [
      ['that is broken', 'license: [mit'],
      ['that is a list', '- license: mit'],
      ['that is one word', 'mit'],
      ['with a name twice', 'license: mit\nlicense: apache-2.0'],
      ['with a name twice, once in quotation marks', 'license: mit\n"license": apache-2.0'],
      ['with a name twice deep inside', 'x: [{ a: 1, a: 2 }]'],
      ['with two merge keys', 'b: &b {x: 1}\nc: {<<: *b, <<: *b}'],
      ['with a tag of its own', 'license: !env HOME'],
      ['with a tag for code', 'license: !!python/object/apply:os.system [ls]'],
      ['with a tag of another schema', 'license: !!binary bWl0'],
      ['with a list for a name', '? [a]\n: b'],
      ['with an alias for a name', 'x: &x a\n*x : b'],
      ['with an alias to nothing', 'license: *nowhere'],
      ['with a laugh a billion times', laughs],
      ['with many aliases', `a: &a 1\nb: [${'*a, '.repeat(101)}]`],
      ['with more than one document', 'license: mit\n...\nlicense: apache-2.0'],
      ['with a document that begins in a line', 'license: mit\n--- {license: apache-2.0}'],
      ['with a control character', 'license: "mit\u0007"'],
      ['with an escape', 'license: mit\u001b[2J'],
      ['with half a surrogate pair', 'license: "mit\ud800"'],
      ['with deep lists', `a: ${'['.repeat(50_000)}`],
      ['with deep lists in lines', '- '.repeat(50_000)],
      ['with tabs for indentation', 'a:\n\tb: c'],
    ]
    for (const [what, yaml] of cases) {
      it(what, function () {
        const error = expect(() => parse(yaml)).to.throw(CardYamlError)
        error.with.property('code', 'CARD_YAML')
        error.with.property('message').that.matches(/^[^\p{Cc}\p{Cf}]*$/u)
      })
    }

    it('with words for what the YAML library only has codes for', function () {
      for (const [yaml, words] of [
        ['a: b: c', 'has a colon, a list or a map inside a value without quotes in line 2.'],
        ['license: !!x mit', 'has a YAML tag (!…) in line 2.'],
        ['\tlicense: mit', 'has a tab as indentation in line 2.'],
        ['? [a]\n: b', 'has a name that is not text in line 2.'],
        ['a: @x', 'has a value without quotes that starts with a reserved character in line 2.'],
      ] as const) {
        expect(() => parse(yaml), yaml).to.throw(words)
      }
    })

    it('with the number of the line in the card', function () {
      expect(() => parse('license: mit\ntags: [a]\nlicense: mit')).to.throw('has "license" twice in line 4')
      expect(() => parse('license: mit\ntags: !x [a]')).to.throw('in line 3')
    })

    it('with tens of thousands of names in a moment, and not in minutes', function () {
      this.timeout(10_000)
      const names = Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join('\n')
      expect(parse(names)).to.deep.equal(EMPTY)
    })
  })

  describe('refuses a field', function () {
    const cases: [string, string][] = [
      ['base_model', 'base_model: 5'],
      ['base_model', 'base_model: {a: b}'],
      ['base_model[1]', 'base_model: [a, [b]]'],
      ['base_model[0]', 'base_model: [true, b]'],
      ['base_model', 'base_model: "acme/base\\u202e"'],
      ['base_model', 'base_model: "acme/\\u200bbase"'],
      ['base_model', 'base_model: "acme/\\x07base"'],
      ['base_model_relation', 'base_model_relation: cousin'],
      ['base_model_relation', 'base_model_relation: [merge]'],
      ['base_model_relation', 'base_model_relation: toString'],
      ['license', 'license: 1.0'],
      ['license_name', 'license_name: [a]'],
      ['license_link', 'license_link: "javascript:alert(1)"'],
      ['license_link', 'license_link: file:///etc/passwd'],
      ['license_link', 'license_link: //example.org/x'],
      ['license_link', 'license_link: ../../LICENSE'],
      ['license_link', 'license_link: "https://"'],
      ['datasets', `datasets: [${'a,'.repeat(MAX_CARD_LIST + 1)}]`],
      ['datasets[1]', 'datasets: [a, {b: c}]'],
      ['library_name', 'library_name: 2024'],
      ['library_name', `library_name: ${'é'.repeat(MAX_CARD_TEXT_BYTES / 2)}x`],
      ['tags', 'tags: {a: b}'],
    ]
    for (const [field, yaml] of cases) {
      it(`in ${JSON.stringify(yaml.slice(0, 50))}`, function () {
        const error = expect(() => parse(yaml)).to.throw(CardFieldError, `${field} of the model card`)
        error.with.property('code', 'CARD_FIELD')
        error.with.property('message').that.matches(/^[^\p{Cc}\p{Cf}]*$/u)
      })
    }
    it('but not a link that is a path, nor a text of the longest length', function () {
      expect(parse('license_link: LICENSE.md').licenseLink).to.equal('LICENSE.md')
      expect(parse('license_link: docs/..LICENSE').licenseLink).to.equal('docs/..LICENSE')
      expect(parse(`library_name: ${'x'.repeat(MAX_CARD_TEXT_BYTES)}`).libraryName).to.have.length(MAX_CARD_TEXT_BYTES)
      expect(
        parse(`datasets: [${Array.from({ length: MAX_CARD_LIST }, (_, i) => `d${i}`).join()}]`).datasets,
      ).to.have.length(MAX_CARD_LIST)
    })
  })

  it('gives a card or throws an error of ours, whatever the text', function () {
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
        try {
          expect(parse(parts.join(''))).to.have.all.keys(EMPTY)
        } catch (error) {
          expect(error)
            .to.have.property('code')
            .that.matches(/^CARD_/)
        }
      }),
      { numRuns: 2000 },
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
