import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { termsOfDraft } from '../../src/cli/names.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { externalNameOnHub } from '../../src/core/external.ts'
import { parseStrictJson } from '../../src/core/json.ts'
import type { DraftDataset } from '../../src/documents/draft.ts'
import { cyclonedxBom } from '../../src/interop/cyclonedx.ts'
import { draftFromBom, MAX_BOM_DEPTH, readBom } from '../../src/interop/draftFromBom.ts'
import { readLineageDocument } from '../../src/interop/lineageDocument.ts'
import { spdxDocument } from '../../src/interop/spdx.ts'
import { LEDGER } from '../fixtures/answers.ts'
import { exampleLineages, type ExampleLineages } from '../fixtures/exampleLineages.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { digestNumber } from '../fixtures/memoryLedger.ts'
import { Random } from '../fixtures/random.ts'
import { standardsFolder } from '../fixtures/standards.ts'

const json = (value: unknown): any => JSON.parse(JSON.stringify(value))

/** The code of the error that reading gives; undefined when it gives none. Any other error fails the test. */
function codeOf(value: unknown): string | undefined {
  try {
    draftFromBom(value, { name: 'acme/drafted', weights: digestNumber(1) })
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    expect(error.message.length).to.be.lessThan(2500)
    return error.code
  }
  return undefined
}

const minimal = (component: object, more: object = {}): any => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  metadata: { component: { type: 'machine-learning-model', name: 'm', ...component } },
  ...more,
})

describe('draftFromBom', function () {
  this.timeout(60_000)
  let examples: ExampleLineages
  const bills: any[] = []

  before(async function () {
    examples = await exampleLineages()
  })

  it('reads model, parents, license and datasets of every example lineage back from each format', async function () {
    const { ledger, licenses, models } = examples
    for (const [model, draft] of models) {
      const datasets: DraftDataset[] = [
        ...draft.datasets,
        { digest: digestNumber(5), license: 'CC-BY-4.0', source: 'crawled', share: 4000, name: null, named: false },
      ]
      const registration = ledger.registrations.get(model)!
      const document = await readLineageDocument(ledger.reader(), {
        model,
        version: '1',
        ledger: LEDGER,
        licenses,
        datasets,
        method: { version: 1, parents: draft.parents.map((parent) => ({ model: parent.model })) },
      })
      for (const bom of [cyclonedxBom(document, '1.7'), cyclonedxBom(document, '1.6'), spdxDocument(document)]) {
        const back = draftFromBom(json(bom))
        bills.push(json(bom))
        expect(back.name).to.equal(draft.name)
        expect(back.weights).to.equal(registration.weights)
        expect(back.datasets).to.deep.equal(datasets)
        expect(termsOfDraft(back, licenses).terms).to.equal(registration.terms)
        expect(back.parents).to.deep.equal(
          registration.parents.map(({ model: parent, external, relation }, index) => ({
            model: external ? externalNameOnHub(draft.parents[index]!.model) : parent,
            relation,
            inferred: null,
          })),
        )
      }
    }
  })

  it('reads bills of others: package URLs, expressions, inferred relations, named datasets', function () {
    const { parents, terms, datasets, warnings, name } = readBom(
      minimal(
        {
          'bom-ref': 'm',
          purl: 'pkg:huggingface/Acme/Tiny@0123',
          licenses: [{ expression: 'Apache-2.0 AND MIT' }],
          pedigree: { ancestors: [{ type: 'machine-learning-model', group: 'acme', name: 'base' }] },
          hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }],
          modelCard: {
            modelParameters: { datasets: [{ ref: 'd' }, { type: 'dataset', name: 'Books of ours' }, { ref: 'gone' }] },
          },
        },
        {
          components: [
            { type: 'data', 'bom-ref': 'd', name: 'acme/web', licenses: [{ license: { id: 'CC0-1.0' } }] },
            { type: 'machine-learning-model', 'bom-ref': 'o', name: 'other/model' },
          ],
          dependencies: [{ ref: 'm', dependsOn: ['d', 'o', 'nothing'] }],
        },
      ),
    )
    expect(name).to.equal('Acme/Tiny')
    expect(parents).to.deep.equal([
      { model: 'acme/base', relation: 'finetune', inferred: 'the bill of materials does not state it' },
    ])
    expect(terms.license).to.equal('Apache-2.0 AND MIT')
    expect(datasets.map((each) => [each.name, each.license, each.named])).to.deep.equal([
      ['acme/web', 'CC0-1.0', true],
      ['Books of ours', '', true],
    ])
    expect(warnings.join()).to.contain('depends on "other/model"').and.to.contain('trained on "gone"')
  })

  it('refuses what it cannot take, by a code', function () {
    const ancestors = (count: number): object => ({
      pedigree: { ancestors: Array.from({ length: count }, (_, n) => ({ type: 'data', name: `a/${n}` })) },
    })
    expect([
      codeOf(null),
      codeOf([]),
      codeOf({}),
      codeOf({ bomFormat: 'CycloneDX', specVersion: '1.3' }),
      codeOf({ bomFormat: 'CycloneDX', specVersion: '1.7' }),
      codeOf({ bomFormat: 'CycloneDX', specVersion: { toString: 1, valueOf: 1 } }),
      codeOf({ '@context': { toString: 1, valueOf: 1 } }),
      codeOf({ spdxVersion: 'SPDX-2.3' }),
      codeOf({ '@context': 'https://example.org/else', '@graph': [] }),
      codeOf({ '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': [] }),
      codeOf(minimal({ pedigree: 7 })),
      codeOf(minimal({ properties: [{ name: 'stemma:weights', value: 'no digest' }] })),
      codeOf(minimal({ properties: Array(2).fill({ name: 'stemma:model', value: '' }) })),
      codeOf(minimal(ancestors(9))),
      codeOf(minimal({ pedigree: { ancestors: [{ name: 'a name in words' }] } })),
      codeOf(
        minimal({ pedigree: { ancestors: [{ name: 'a/b', properties: [{ name: 'stemma:relation', value: 'x' }] }] } }),
      ),
    ]).to.deep.equal([
      'INVALID_BOM',
      'INVALID_BOM',
      'UNSUPPORTED_BOM',
      'UNSUPPORTED_BOM',
      'BOM_MODEL',
      'UNSUPPORTED_BOM',
      'UNSUPPORTED_BOM',
      'UNSUPPORTED_BOM',
      'UNSUPPORTED_BOM',
      'BOM_MODEL',
      'INVALID_BOM',
      'INVALID_BOM',
      'INVALID_BOM',
      'TOO_MANY_PARENTS',
      'UNREAD_PARENT',
      'INVALID_BOM',
    ])
    expect(() => draftFromBom(minimal({ name: 'm' })))
      .to.throw()
      .with.property('code', 'BOM_WITHOUT_WEIGHTS')
    const two = { components: ['a/x', 'a/y'].map((name) => ({ type: 'machine-learning-model', name })) }
    const several = { bomFormat: 'CycloneDX', specVersion: '1.5', ...two }
    expect(() => readBom(several))
      .to.throw()
      .with.property('code', 'BOM_MODEL')
    expect(readBom(several, { name: 'a/y' }).name).to.equal('a/y')
  })

  it('refuses a reference that stands for several parts, and names it', function () {
    const model = (ref: string, name: string): object => ({ type: 'machine-learning-model', 'bom-ref': ref, name })
    const data = { type: 'data', 'bom-ref': 'd', name: 'acme/web' }
    for (const [component, more] of [
      [{}, { components: [data, { ...data, name: 'other/web' }] }],
      [{}, { components: [data, data] }],
      [{ 'bom-ref': 'd' }, { components: [data] }],
      [{ components: [data] }, { components: [{ ...model('o', 'o/o'), components: [data] }] }],
      [{}, { components: [data], services: [{ 'bom-ref': 'd', name: 's' }] }],
      [{ pedigree: { ancestors: [model('d', 'acme/base')] } }, { components: [data] }],
      [{ licenses: [{ license: { id: 'MIT', 'bom-ref': 'd' } }] }, { annotations: [{ 'bom-ref': 'd' }] }],
    ] as const) {
      expect(() => readBom(minimal(component, more)))
        .to.throw('"d"')
        .with.property('code', 'DUPLICATE_BOM_REFERENCE')
    }
    const spdx = (...graph: object[]): unknown => ({
      '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
      '@graph': [{ type: 'ai_AIPackage', spdxId: 'urn:m', name: 'acme/m' }, ...graph],
    })
    const base = { type: 'ai_AIPackage', spdxId: 'urn:b', name: 'acme/base' }
    const edge = { type: 'Relationship', relationshipType: 'descendantOf', from: 'urn:m', to: ['urn:b'] }
    for (const other of [
      { ...base, name: 'acme/other' },
      { ...base, spdxId: undefined, '@id': 'urn:b' },
    ])
      expect(() => readBom(json(spdx(edge, base, other))))
        .to.throw('"urn:b"')
        .with.property('code', 'DUPLICATE_BOM_REFERENCE')
    // By JSON-LD the same statements add up to themselves.
    const again = { name: 'acme/base', spdxId: 'urn:b', type: 'ai_AIPackage' }
    expect(readBom(spdx(edge, edge, base, again)).parents.map((each) => each.model)).to.deep.equal(['acme/base'])
    expect(codeOf(spdx(edge, { ...base, '@id': 'urn:other' }))).to.equal('INVALID_BOM')
    const official = 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld'
    const graph = (spdx(base) as { '@graph': object[] })['@graph'].slice(0, 1)
    expect(readBom({ '@context': [official], '@graph': graph }).name).to.equal('acme/m')
    // A context of its own may give a name another meaning.
    for (const more of [{ name: 'https://acme.example/alias' }, 'https://acme.example/context'])
      expect(codeOf({ '@context': [official, more], '@graph': graph })).to.equal('UNSUPPORTED_BOM')
  })

  it('refuses a bill that contradicts itself: two relations, two licenses, two models of one name, a model of itself', function () {
    const ancestor = (name: string, relation?: string): object => ({
      name,
      properties: relation === undefined ? [] : [{ name: 'stemma:relation', value: relation }],
    })
    const made = (...ancestors: object[]): any => minimal({ name: 'acme/m', pedigree: { ancestors } })
    expect(codeOf(made(ancestor('a/b', 'merge'), ancestor('A/B', 'adapter')))).to.equal('INVALID_BOM')
    expect(readBom(made(ancestor('a/b'), ancestor('a/b', 'merge'), ancestor('a/b'))).parents).to.deep.equal([
      { model: 'a/b', relation: 'merge', inferred: null },
    ])
    expect(codeOf(made(ancestor('Acme/M')))).to.equal('INVALID_BOM')
    const datasets = (...licenses: string[]): any =>
      minimal({
        modelCard: {
          modelParameters: {
            datasets: licenses.map((id) => ({ name: 'acme/web', licenses: [{ license: { id } }] })),
          },
        },
      })
    expect(codeOf(datasets('MIT', 'CC0-1.0'))).to.equal('INVALID_BOM')
    expect(readBom(datasets('MIT', 'MIT')).datasets).to.have.length(1)
    const declares = (to: string): object => ({
      type: 'Relationship',
      relationshipType: 'hasDeclaredLicense',
      from: 'urn:m',
      to: [to],
    })
    const spdx = (...graph: object[]): any => ({
      '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
      '@graph': [{ type: 'ai_AIPackage', spdxId: 'urn:m', name: 'acme/m' }, ...graph],
    })
    expect(codeOf(spdx(declares('MIT'), declares('Apache-2.0')))).to.equal('INVALID_BOM')
    expect(readBom(spdx(declares('MIT'), declares('MIT'))).terms.license).to.equal('MIT')
    const made2 = { type: 'Relationship', relationshipType: 'ancestorOf', from: 'urn:m', to: ['urn:m'] }
    expect(codeOf(spdx(made2))).to.equal('INVALID_BOM')
    expect(codeOf(spdx({ ...made2, from: ['urn:a', 'urn:b'] }))).to.equal('INVALID_BOM')
    const twins = {
      components: ['1.0', '2.0'].map((version) => ({ type: 'machine-learning-model', name: 'a/x', version })),
    }
    expect(() => readBom({ bomFormat: 'CycloneDX', specVersion: '1.5', ...twins }, { name: 'a/x' }))
      .to.throw()
      .with.property('code', 'BOM_MODEL')
    // A dependency on itself says nothing of what it was made from.
    const own = minimal({ 'bom-ref': 'm' }, { dependencies: [{ ref: 'm', dependsOn: ['m'] }] })
    expect(readBom(own).warnings.join()).to.not.contain('depends on')
  })

  it('stays bounded with hostile files', function () {
    const deep = `${'{"components":['.repeat(100)}${']}'.repeat(100)}`
    expect(() => parseStrictJson(deep, 'x', { maxDepth: MAX_BOM_DEPTH }))
      .to.throw()
      .with.property('code', 'JSON_TOO_DEEP')
    const huge = 'x'.repeat(10_000_000)
    for (const component of [
      { name: huge },
      { name: 'm', group: huge },
      { name: 'm', purl: `pkg:huggingface/${huge}` },
      { name: 'm', licenses: [{ license: { name: huge } }] },
      { name: 'm', licenses: [{ expression: `${'('.repeat(1_000_000)}MIT` }] },
      { name: 'm', properties: [{ name: `stemma:${huge}`, value: huge }] },
      { name: 'm', properties: [{ name: 'stemma:model', value: huge }] },
      { name: 'm', pedigree: { ancestors: [{ name: huge }] } },
      { name: 'm', components: Array(200_000).fill({ type: 'data', name: 'd' }) },
      { name: 'm', pedigree: { ancestors: Array(200_000).fill({ name: 'a/b' }) } },
      { name: 'm', __proto__: { pedigree: 1 }, constructor: 1, toString: [] },
    ])
      codeOf(minimal(component))
    const proto = JSON.parse(
      '{"bomFormat":"CycloneDX","specVersion":"1.6","__proto__":{"metadata":{"component":{"type":"machine-learning-model","name":"a/b"}}}}',
    ) as unknown
    expect(codeOf(proto)).to.equal('BOM_MODEL')
    const model = (n: number): object => ({ type: 'ai_AIPackage', spdxId: `urn:m:${n}`, name: `a/m${n}` })
    const edge = (from: number, to: number): object => ({
      type: 'Relationship',
      spdxId: `urn:e:${from}-${to}`,
      relationshipType: 'descendantOf',
      from: `urn:m:${from}`,
      to: [`urn:m:${to}`],
    })
    const cyclic = {
      '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
      '@graph': [model(1), model(2), edge(1, 2), edge(2, 1), { type: 'SpdxDocument', rootElement: 'urn:m:1' }],
    }
    expect(codeOf(cyclic)).to.equal('INVALID_BOM')
  })

  it(`parses or refuses every changed bill, and never crashes`, function () {
    const random = new Random(20261130)
    const pick = <T>(values: readonly T[]): T => random.pick(values)
    const words = [
      null,
      true,
      -1,
      1e308,
      '',
      'x',
      '\u202e',
      'stemma:model',
      [],
      {},
      [[]],
      [null],
      { name: {} },
      'a/b',
      {
        license: { id: [] },
      },
    ]
    /** Changes one place of a value. */
    const mutate = (value: any, depth = 0): any => {
      if (typeof value !== 'object' || value === null || random.chance(0.05 * depth)) return pick(words)
      const copy = Array.isArray(value) ? [...value] : { ...value }
      const key = pick(Object.keys(copy))
      if (key === undefined) return pick(words)
      if (random.chance(0.1)) delete copy[key]
      else if (random.chance(0.05) && Array.isArray(copy)) copy.push(...copy)
      else copy[key] = mutate(copy[key], depth + 1)
      return copy
    }
    const codes = new Set<string | undefined>()
    for (let n = 0; n < inDepth(1500, 200_000); n++) {
      let bom = pick(bills)
      for (let changes = random.integer(0, 3); changes >= 0; changes--) bom = mutate(bom)
      codes.add(codeOf(bom))
    }
    expect(codes).to.include(undefined).and.to.include('INVALID_BOM')
  })

  it("parses the standard's own example, or refuses it by a code", function () {
    const folder = standardsFolder('spdx')
    if (folder === undefined) return
    const example: unknown = JSON.parse(readFileSync(join(folder, 'example01.spdx3.json'), 'utf8'))
    expect(codeOf(example)).to.equal('BOM_MODEL')
  })
})
