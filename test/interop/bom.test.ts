import { expect } from 'chai'

import { ZERO_DIGEST, type ModelId } from '../../src/core/hex.ts'
import { externalIdOf, externalNameOnHub } from '../../src/core/external.ts'
import { bodyOf, termsIdOf } from '../../src/core/terms.ts'
import type { DraftDataset } from '../../src/documents/draft.ts'
import { termsOfLicense } from '../../src/documents/license.ts'
import { cyclonedxBom, CYCLONEDX_VERSIONS } from '../../src/interop/cyclonedx.ts'
import { readLineageDocument, type LineageDocument } from '../../src/interop/lineageDocument.ts'
import { NO_ASSERTION_LICENSE, spdxDocument, type SpdxElement } from '../../src/interop/spdx.ts'
import { isSpdxLicenseId } from '../../src/interop/spdxLicenseIds.ts'
import { answerAbout, LEDGER, tunedModel } from '../fixtures/answers.ts'
import { cyclonedxLicenseIds, cyclonedxValidator, spdxValidator } from '../fixtures/bomSchemas.ts'
import { exampleLineages, type ExampleLineages } from '../fixtures/exampleLineages.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

type Read = { ledger: MemoryLedger; model: ModelId; licenses?: ExampleLineages['licenses'] } & Partial<
  Pick<LineageDocument, 'datasets' | 'endpoints' | 'reports' | 'policy'>
>

function documentOf({ ledger, model, licenses = [], ...more }: Read): Promise<LineageDocument> {
  return readLineageDocument(ledger.reader(), { model, version: '1.2.3', ledger: LEDGER, licenses, ...more })
}

/** JSON as it is read back. */
const json = (value: unknown): any => JSON.parse(JSON.stringify(value))

const DATASETS: DraftDataset[] = [
  { digest: digestNumber(5), license: 'CC-BY-4.0', source: 'public', share: 4000, name: 'acme/books', named: false },
  { digest: digestNumber(6), license: 'house rules', source: 'user', share: 0, name: null, named: false },
]

describe('bills of materials', function () {
  this.timeout(60_000)
  const cyclonedx = Object.fromEntries(CYCLONEDX_VERSIONS.map((version) => [version, cyclonedxValidator(version)]))
  const spdx = spdxValidator()
  let examples: ExampleLineages

  before(async function () {
    examples = await exampleLineages()
  })

  function expectValid(document: LineageDocument): void {
    for (const version of CYCLONEDX_VERSIONS) {
      const check = cyclonedx[version]!
      check(json(cyclonedxBom(document, version)))
      expect(check.errors, `${version} of ${document.models[0].name}`).to.equal(null)
    }
    if (!spdx) return
    spdx(json(spdxDocument(document)))
    expect(spdx.errors?.slice(-3), `SPDX of ${document.models[0].name}`).to.equal(undefined)
  }

  it('are valid by the official schemas for all example lineages, the same bytes each time', async function () {
    const { ledger, licenses, models } = examples
    expect(models.size).to.be.at.least(70)
    for (const [model, { datasets }] of models) {
      const document = await documentOf({ ledger, licenses, model, datasets })
      expectValid(document)
      const again = await documentOf({ ledger, licenses, model, datasets })
      expect(JSON.stringify([cyclonedxBom(document), spdxDocument(document)])).to.equal(
        JSON.stringify([cyclonedxBom(again), spdxDocument(again)]),
      )
    }
  })

  it('have ancestors as pedigree and as dependencies, with relation, part and grade', async function () {
    const { ledger, base, tuned } = tunedModel()
    const hub = externalNameOnHub('Nobody/Other')
    const merged = ledger.register({
      name: 'beta/merged',
      publisher: accountNumber(3),
      parents: [
        { model: tuned, relation: 'merge', part: 'experts' },
        { model: externalIdOf(hub), external: true, relation: 'adapter' },
      ],
    })
    ledger.rulings.push({ model: merged, external: digestNumber(9) as string as ModelId, parent: base })
    const document = await documentOf({ ledger, model: merged })
    expectValid(document)
    const bom = json(cyclonedxBom(document))
    const values = ({ properties }: any): object =>
      Object.fromEntries(properties.map(({ name, value }: any) => [name.slice('stemma:'.length), value]))
    const { ancestors, notes } = bom.metadata.component.pedigree
    expect(ancestors.map(values)).to.deep.equal([
      { model: tuned, relation: 'merge', part: 'experts', grade: 'declared' },
      { model: externalIdOf(hub), relation: 'adapter', grade: 'declared', external: externalIdOf(hub) },
      { model: base, relation: 'finetune', grade: 'adjudicated', undisclosed: 'true' },
    ])
    expect(notes).to.contain('beta/merged is a merge of the experts (declared) of acme/tuned.')
    const dependencies = Object.fromEntries(bom.dependencies.map(({ ref, dependsOn }: any) => [ref, dependsOn]))
    expect(dependencies[merged]).to.deep.equal([tuned, externalIdOf(hub), base])
    expect(dependencies[tuned]).to.deep.equal([base])
    const graph = json(spdxDocument(document))['@graph'] as SpdxElement[]
    const edges = graph.filter(({ relationshipType }) => relationshipType === 'descendantOf')
    expect(edges).to.have.length(4)
    expect(JSON.stringify(edges)).to.contain('"adjudicated"').and.to.contain('"experts"')
  })

  it('give a registered model all that SPDX demands of an AIPackage, and an external parent none of it', async function () {
    const { ledger, licenses, models } = examples
    for (const model of models.keys()) {
      const graph = spdxDocument(await documentOf({ ledger, licenses, model }))['@graph']
      const relations = graph.filter(({ type }) => type === 'Relationship')
      for (const each of graph.filter(({ type }) => type === 'ai_AIPackage')) {
        expect(each).to.include.keys(
          'releaseTime',
          'suppliedBy',
          'software_downloadLocation',
          'software_packageVersion',
          'software_primaryPurpose',
        )
        for (const type of ['hasDeclaredLicense', 'hasConcludedLicense']) {
          const found = relations.filter(
            ({ from, relationshipType }) => from === each.spdxId && relationshipType === type,
          )
          expect(found.length, type).to.equal(1)
          expect(found[0]!.to).to.have.length(1)
          // What has parents is under their terms too, so its own license is not concluded to be all.
          const hasParents = relations.some(
            ({ from, relationshipType: kind }) => from === each.spdxId && kind === 'descendantOf',
          )
          if (hasParents && type === 'hasConcludedLicense') expect(found[0]!.to).to.deep.equal([NO_ASSERTION_LICENSE])
        }
      }
      const ids = graph.flatMap(({ spdxId }) => spdxId ?? [])
      expect(new Set(ids).size).to.equal(ids.length)
      for (const { from, to } of relations)
        for (const end of [from, ...(to as string[])]) if (String(end).startsWith('urn:')) expect(ids).to.include(end)
    }
  })

  it('write an SPDX id only for the terms of the library with exactly that id, else name and URL', async function () {
    const { licenses } = examples
    const { ledger, models } = examples
    const [apache] = [...models].find(([, { name }]) => name === 'mistralai/Mistral-7B-v0.1')!
    const [llama] = [...models].find(([, { name }]) => name === 'meta-llama/Llama-3.1-8B')!
    const licenseOf = async (model: ModelId, from = ledger): Promise<any> =>
      json(cyclonedxBom(await documentOf({ ledger: from, licenses, model }))).metadata.component.licenses?.[0].license
    expect(await licenseOf(apache)).to.include({ id: 'Apache-2.0' })
    expect(await licenseOf(llama))
      .to.include({ name: 'llama3.1' })
      .and.to.have.property('url')
    const own = new MemoryLedger()
    const publisher = accountNumber(1)
    for (const [name, uri] of [
      ['MIT', 'https://acme.example/not-mit'],
      ['unknown', 'no "uri" at all'],
      ['NOASSERTION', ''],
      ['mit', 'javascript:alert(1)'],
    ] as const) {
      const model = own.register({ name: `acme/${name}`, publisher, terms: { ...termsFor(name), uri } })
      expectValid(await documentOf({ ledger: own, licenses, model }))
      expect(await licenseOf(model, own)).to.not.have.property('id')
    }
    const none = own.register({ name: 'acme/none', publisher })
    expect(await licenseOf(none, own)).to.equal(undefined)
    expect(JSON.stringify(cyclonedxBom(await documentOf({ ledger: own, licenses, model: none })))).not.to.contain(
      'NOASSERTION',
    )
  })

  it('write each part of a set of terms, and who answers for the bill', async function () {
    const { licenses } = examples
    const ledger = new MemoryLedger()
    const apache = termsOfLicense(licenses.find(({ id }) => id === 'Apache-2.0')!)!
    const own = { ...termsFor('house terms'), uri: 'https://acme.example/terms' }
    const model = ledger.register({ name: 'acme/two', publisher: accountNumber(1), terms: termsFor('the set') })
    const reader = ledger.reader()
    const { terms } = ledger.registrations.get(model)!
    const parts = [apache, own].map((each) => {
      const { name, uri, text } = each
      return { id: termsIdOf(each), name, uri, text, body: bodyOf(each) }
    })
    const document = await readLineageDocument(
      {
        ...reader,
        readTermsLabels: async () => new Map([[terms, { name: undefined, uri: '', text: ZERO_DIGEST, parts }]]),
      },
      { model, version: '1.2.3', ledger: LEDGER, licenses, author: 'Acme "Legal"' },
    )
    expectValid(document)
    const { metadata } = json(cyclonedxBom(document))
    expect(metadata.authors).to.deep.equal([{ name: 'Acme "Legal"' }])
    expect(metadata.component.licenses.map(({ license }: any) => license.id ?? license.name)).to.deep.equal([
      'Apache-2.0',
      'house terms',
    ])
    expect(JSON.stringify(spdxDocument(document))).to.match(/"Apache-2\.0 AND LicenseRef-house-terms-[0-9a-f]{8}"/)
  })

  it('know only ids that the official schema knows', function () {
    const official = cyclonedxLicenseIds()
    expect([...official].filter(isSpdxLicenseId).length).to.be.greaterThan(700)
    for (const id of ['MIT', 'Apache-2.0', 'CC-BY-4.0', 'AGPL-3.0']) expect(isSpdxLicenseId(id)).to.equal(true)
    for (const id of ['mit', 'unknown', 'llama3', 'Classpath-exception-2.0', '', '__proto__', 'NOASSERTION'])
      expect(isSpdxLicenseId(id), id).to.equal(false)
  })

  it('have datasets, endpoints, verdicts and findings', async function () {
    const { ledger, tuned } = tunedModel()
    const { reports } = await answerAbout(ledger, tuned, ['commercial', 'host'])
    const endpoint = {
      publisher: accountNumber(2),
      model: tuned,
      origin: 'https://api.acme.example',
      name: 'tuned "x"',
      from: 1,
      until: 2_000_000_000,
      grade: 'stated' as const,
      evidence: digestNumber(0),
      statement: digestNumber(77),
    }
    const policy = { digest: digestNumber(8), file: { name: 'house "rules".json', sha256: digestNumber(9) } }
    const document = await documentOf({
      ledger,
      model: tuned,
      reports,
      policy,
      datasets: DATASETS,
      endpoints: [endpoint],
    })
    expectValid(document)
    const bom = json(cyclonedxBom(document))
    expect(bom.services[0]).to.deep.include({ name: 'tuned "x"', endpoints: ['https://api.acme.example'] })
    expect(JSON.stringify(bom.metadata.properties)).to.contain('"stemma:verdict:commercial","value":"not-permitted"')
    // Whom a verdict is for stands beside it: it clears nobody else.
    expect(JSON.stringify(bom.metadata.properties)).to.contain('"stemma:verdict:licensee","value":"the public"')
    const inSpdx = JSON.stringify(spdxDocument(document))
    for (const [name, value] of Object.entries({
      licensee: 'the public',
      chain: 'eip155:31337',
      block: '7',
      policy: digestNumber(8),
      'policy:file': 'house "rules".json',
      'policy:file:sha256': digestNumber(9),
    })) {
      expect(bom.metadata.properties).to.deep.include({ name: `stemma:verdict:${name}`, value })
      expect(inSpdx).to.contain(
        `"extension_cdxPropName":"stemma:verdict:${name}","extension_cdxPropValue":${JSON.stringify(value)}`,
      )
    }
    expect(JSON.stringify(cyclonedxBom(await documentOf({ ledger, model: tuned })))).to.not.contain('stemma:verdict')
    expect(bom.annotations.map(({ text }: any) => text).join()).to.contain('right-withheld (blocking; commercial')
    const data = bom.components.filter(({ type }: any) => type === 'data')
    expect(data.map(({ licenses }: any) => licenses)).to.deep.equal([
      [{ license: { id: 'CC-BY-4.0' } }],
      [{ license: { name: 'house rules' } }],
    ])
    const text = JSON.stringify(spdxDocument(document))
    for (const word of ['trainedOn', 'right-withheld', 'https://api.acme.example', 'LicenseRef-house-rules'])
      expect(text).to.contain(word)
  })

  it('stay valid with the words of strangers, and with long and diamond-shaped lineages', async function () {
    const ledger = new MemoryLedger()
    let model = ledger.register({ name: 'a/0', publisher: accountNumber(1) })
    for (let n = 1; n < 300; n++)
      model = ledger.register({
        name: n % 2 ? `a b"<>{}\u202e%zz/${n}` : `x/${n}`,
        publisher: accountNumber(n),
        terms: termsFor(`evil\u0000 "${n}`),
        parents: [{ model }],
      })
    const document = await documentOf({ ledger, model })
    expectValid(document)
    expect(JSON.stringify(cyclonedxBom(document)).length).to.be.lessThan(1_500_000)
  })
})
