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
    expect(warnings.join()).to.contain('depends on "other/model"')
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
      '@graph': [
        model(1),
        model(2),
        edge(1, 2),
        edge(2, 1),
        edge(1, 1),
        { type: 'SpdxDocument', rootElement: 'urn:m:1' },
      ],
    }
    expect(readBom(cyclic).parents.map((each) => each.model)).to.deep.equal(['a/m2', 'a/m1'])
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
