import { expect } from 'chai'
import fc from 'fast-check'

import type { Digest } from '../../src/core/hex.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { draftFromCard } from '../../src/interop/draftFromCard.ts'
import { parseCard } from '../../src/interop/huggingface.ts'
import {
  parentsOfAdapterConfig,
  parentsOfConfig,
  parentsOfGguf,
  parentsOfMergeConfig,
  type ParentSource,
} from '../../src/interop/parentFiles.ts'

const WEIGHTS = `0x${'ab'.repeat(32)}` as Digest
/** Errors that end a draft because a parent would get lost. */
const REFUSED = ['UNREAD_PARENT', 'SELF_PARENT', 'TOO_MANY_PARENTS']

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,3})?(\.[0-9])?$/)
/** `owner/name`, in lower case, of which "z" begins neither: noise is written with it. */
const hubId = fc.tuple(word, word).map(([owner, name]) => `q${owner}/q${name}`)

/** A spelling of one model, as somebody writes it, with whether the draft must be able to read it. */
const spellings: ((id: string) => string)[] = [
  (id) => id,
  (id) => id.toUpperCase(),
  (id) => ` ${id} `,
  (id) => `${id}/`,
  (id) => `${id}@main`,
  (id) => `${id}@refs/pr/3`,
  (id) => `${id}:Q4_K_M`,
  (id) => `https://huggingface.co/${id}`,
  (id) => `http://www.huggingface.co/${id}/`,
  (id) => `HTTPS://HF.CO/${id}/tree/main`,
  (id) => `https://huggingface.co/${id}/blob/main/README.md?download=true#top`,
  (id) => `https://user:word@huggingface.co:443/${id}.git`,
  (id) => `https://huggingface.co/api/models/${id}`,
  (id) => `https://huggingface.co/${id.replace('/', '%2F')}`,
  (id) => `huggingface.co/${id}#usage`,
  (id) => `hf:${id}`,
  (id) => `hf://${id}@v1.0/model.safetensors`,
  (id) => `pkg:huggingface/${id}@0f3e`,
  (id) => `git@hf.co:${id}.git`,
  (id) => `[the base](https://huggingface.co/${id})`,
  (id) => `<https://huggingface.co/${id}>`,
  (id) => `/root/.cache/huggingface/hub/models--${id.replace('/', '--')}/snapshots/0f3e`,
]
/** Spellings that name a model and cannot be read: the draft must end. */
const unreadable: ((id: string) => string)[] = [
  (id) => `./models/${id}`,
  (id) => `C:\\models\\${id}`,
  (id) => `https://example.org/${id}`,
  (id) => `finetuned from ${id} by hand`,
  (id) => id.replace('/', '/\u200b'),
  (id) => id.replace('/', '\u2215'),
  (id) => `${id}/sub/folder`,
  (id) => `other-hub:${id}`,
]

type Named = { id: string; text: string; isReadable: boolean }
const named: fc.Arbitrary<Named> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(hubId, fc.constantFrom(...spellings))
      .map(([id, spell]) => ({ id, text: spell(id), isReadable: true })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(hubId, fc.constantFrom(...unreadable))
      .map(([id, spell]) => ({ id, text: spell(id), isReadable: false })),
  },
)

/** Lines of a card that decide nothing, or that are wrong. */
const noise = fc.constantFrom(
  'license: mit',
  'license: [zmit, zgpl]',
  'license: !!python/object:os.system [ls]',
  'tags: {za: [zb]}',
  'tags: [za, {zb: 1}]',
  'datasets: [{name: zsquad, type: zsquad}, 2023, null]',
  'library_name: [ztransformers, zpeft]',
  'new_version: [z/b]',
  'base_model_relation: Finetuned',
  'base_model_relation: [merge]',
  'base_model_relation: toString',
  'model-index: [{name: z, results: [{}]}]',
  'zx: &zx {license: cc-by-nc-4.0}\n<<: *zx',
  'zbroken: [',
  'zbroken: "',
  'zcolon: a: b',
  'zat: @z',
  '\tztab: 1',
  'just words',
  '? [za]\n: b',
  'zalias: *nowhere',
  '- zlist',
  'zlong: >\n  folded\n  text',
  'zcontrol: "\\u0007"',
  '# a remark',
  '',
)

const key = fc.constantFrom('base_model', '"base_model"', 'base_models', 'Base_Model', 'base-model', 'base_model ')
const quote = (text: string) => JSON.stringify(text)

/** The field of a card that names models, in the forms that YAML has. */
const field = (models: Named[], name: string, form: number): string => {
  const texts = models.map(({ text }) => quote(text))
  if (models.length === 0) return `${name}:`
  const forms = [
    `${name}: [${texts.join(', ')}]`,
    `${name}:\n${texts.map((text) => `- ${text}`).join('\n')}`,
    `${name}:\n${texts.map((text) => `  - name: ${text}\n    revision: main`).join('\n')}`,
    texts.map((text) => `${name}: ${text}`).join('\n'),
    `${name}: [[${texts.join('], [')}]]`,
    `zanchor: &bases [${texts.join(', ')}]\n${name}: *bases`,
    `zmerge: &z {${name.trim()}: [${texts.join(', ')}]}\n<<: *z`,
    `${name}: ${quote(models.map(({ text }) => text).join(', '))}`,
    `${name}: ${quote(models.map(({ text }) => text).join(models.length > 1 ? '+' : ''))}`,
  ]
  return forms[form % forms.length]!
}

const card = fc.record({
  models: fc.array(named, { maxLength: 3 }),
  name: key,
  form: fc.nat(8),
  before: fc.array(noise, { maxLength: 3 }),
  after: fc.array(noise, { maxLength: 3 }),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  start: fc.constantFrom('---\n', '\ufeff---\n', '\n\n--- \n', '# Title\n\n---\n'),
  end: fc.constantFrom('\n---\n# Title\n', '\n---', '\n--- \nText\n', '\n'),
})

function textOfCard({
  models,
  name,
  form,
  before,
  after,
  lineEnd,
  start,
  end,
}: typeof card extends fc.Arbitrary<infer T> ? T : never): string {
  return (start + [...before, field(models, name, form), ...after].join('\n') + end).replaceAll('\n', lineEnd)
}

const sources = fc.record({
  adapter: fc.option(named),
  base: fc.array(named, { maxLength: 2 }),
  source: fc.option(named),
  merge: fc.array(named, { maxLength: 3 }),
  form: fc.nat(4),
  config: fc.option(named),
})
type Sources = typeof sources extends fc.Arbitrary<infer T> ? T : never

function mergeConfig(models: readonly Named[], form: number): string {
  const texts = models.map(({ text }) => quote(text))
  const [first, ...others] = texts
  if (first === undefined) return 'merge_method: linear\n'
  const forms = [
    `models:\n${texts.map((text) => `  - model: ${text}\n    parameters: {weight: 1}`).join('\n')}\nmerge_method: linear\n`,
    `base_model: ${first}\nslices:\n  - sources:\n${[first, ...others].map((text) => `      - {model: ${text}, layer_range: [0, 8]}`).join('\n')}\n`,
    `base_model: ${first}\nexperts:\n${texts.map((text) => `  - source_model: ${text}\n    positive_prompts: [x]`).join('\n')}\n`,
    `base_model:\n  model: {path: ${first}, revision: null}\nmodels:\n${texts.map((text) => `- model:\n    model: {path: ${text}}\n    lora: null`).join('\n')}\n`,
    `name: step\nmodels: [{model: ${first}}]\n---\nmodels:\n- model: step\n${others.map((text) => `- model: ${text}`).join('\n')}\n`,
  ]
  return forms[form % forms.length]!
}

function readSources({ adapter, base, source, merge, form, config }: Sources): ParentSource[] {
  const metadata = new Map<string, unknown>([['general.architecture', 'llama']])
  if (base.length > 0) metadata.set('general.base_model.count', base.length)
  // Fields may be texts or lists.
  const list = (texts: string[]) => ({ length: texts.length, first: texts })
  const urls = base.map(({ text }) => text)
  if (form % 3 === 0)
    for (const [index, text] of urls.entries()) metadata.set(`general.base_model.${index}.repo_url`, text)
  else if (urls.length > 0)
    metadata.set(form % 3 === 1 ? 'general.base_model.repo_url' : 'general.base_models', list(urls))
  if (source !== null) metadata.set('general.source.repo_url', form % 2 === 0 ? source.text : list(['', source.text]))
  return [
    ...(adapter === null
      ? []
      : [parentsOfAdapterConfig(JSON.stringify({ base_model_name_or_path: adapter.text }), 'adapter_config.json')]),
    ...parentsOfGguf(metadata, '"x.gguf"'),
    parentsOfMergeConfig(mergeConfig(merge, form), 'mergekit_config.yml'),
    ...(config === null ? [] : [parentsOfConfig(JSON.stringify({ _name_or_path: config.text }), 'config.json')]),
  ]
}

const keyOf = (model: string) => model.toLowerCase().replace(/^hf:/, '')

describe('a hostile card', function () {
  this.timeout(300_000)

  it('loses no parent that any source names, unless the draft ends', function () {
    let drafted = 0
    let refused = 0
    fc.assert(
      fc.property(card, sources, (written, others) => {
        const all = [
          ...written.models,
          ...others.base,
          ...others.merge,
          ...[others.adapter, others.source].filter((each) => each !== null),
        ]
        try {
          const draft = draftFromCard(parseCard(textOfCard(written)), {
            name: 'zacme/zmodel',
            weights: WEIGHTS,
            sources: { parents: readSources(others) },
          })
          drafted += 1
          const models = draft.parents.map(({ model }) => keyOf(model))
          for (const { id, text, isReadable } of all) {
            // A path on somebody's disk is left out where another source names a model that is called so.
            expect(isReadable || /^(?:\.\/|C:)/.test(text), `${quote(text)} cannot be read`).to.equal(true)
            expect(models, quote(text)).to.include(id)
          }
          expect(new Set(models).size).to.equal(models.length)
        } catch (error) {
          if (!(error instanceof StemmaError)) throw error
          refused += 1
          expect(REFUSED, error.message).to.include(error.code)
          expect(error.kind).to.equal('input')
          expect(error.message)
            .to.include('--base-model')
            .and.to.match(/^[^\p{Cc}\p{Cf}]*$/u)
        }
      }),
      { numRuns: 600 },
    )
    expect(drafted, 'drafted').to.be.greaterThan(50)
    expect(refused, 'refused').to.be.greaterThan(20)
  })

  it('names only the models that a well-formed card names', function () {
    const readable = named.filter(({ isReadable }) => isReadable)
    fc.assert(
      fc.property(
        fc.uniqueArray(readable, { maxLength: 3, selector: ({ id }) => id }),
        fc.nat(8),
        key,
        (models, form, name) => {
          // A query may hide a further part of "base+adapter", so that is refused.
          fc.pre(form !== 8 || models.length < 2 || models.every(({ text }) => !/[?#]/.test(text)))
          const draft = draftFromCard(parseCard(`---\n${field(models, name, form)}\nlicense: mit\n---\n`), {
            name: 'zacme/zmodel',
            weights: WEIGHTS,
          })
          expect(draft.parents.map(({ model }) => keyOf(model)).sort()).to.deep.equal(models.map(({ id }) => id).sort())
          expect(draft.terms.license).to.equal('mit')
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never stops a draft by what decides nothing, and is read whatever it is', function () {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(fc.oneof(noise, fc.string({ maxLength: 20 })), { maxLength: 8 })
        .map((lines) => `---\n${lines.join('\n')}\n---\n`),
    )
    fc.assert(
      fc.property(text, (written) => {
        fc.pre(!/base.?model|parent|tuned.?from/i.test(written.replaceAll('base_model_relation', '')))
        const draft = draftFromCard(parseCard(written), { name: 'zacme/zmodel', weights: WEIGHTS })
        expect(draft.parents).to.deep.equal([])
        for (const warning of draft.warnings) expect(warning).to.match(/^[^\p{Cc}\p{Cf}]*$/u)
      }),
      { numRuns: 600 },
    )
  })
})
