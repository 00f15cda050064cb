import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { parseModelId } from '../../../src/core/hex.ts'
import type { LedgerFacts } from '../../../src/scan/facts.ts'
import { provenanceScanner } from '../../../src/scan/provenance/provenanceScanner.ts'
import { entry, fileOf, text } from '../../interop/gguf/ggufFile.ts'
import { scanFiles } from '../scanFiles.ts'

const MODEL = parseModelId(`0x${'ab'.repeat(32)}`)

const facts: { ledger: LedgerFacts } = {
  ledger: {
    block: 1,
    registrations: [
      {
        model: MODEL,
        name: 'acme/m',
        terms: [],
        lineage: {
          uris: ['https://huggingface.co/acme/m', 'https://huggingface.co/acme/base'],
          ids: [MODEL, externalIdOf(externalNameOnHub('elder/base'))],
        },
        conflicts: [],
      },
    ],
  },
}
const rulesOf = async (files: Record<string, string | Uint8Array>, given: object = facts): Promise<string[]> =>
  (await scanFiles(provenanceScanner, files, given)).map(({ rule, what }) => `${rule}: ${what.split(',')[0]}`)

describe('the provenance scanner', function () {
  it('finds a parent that a card, an adapter, a merge or a header names, and the registration does not', async function () {
    const files = {
      'README.md': '---\nbase_model: other/one\n---\n',
      'adapter_config.json': '{"base_model_name_or_path":"other/two"}',
      'mergekit_config.yml': 'models: [{model: other/three}]\nmerge_method: linear\n',
      'w.gguf': fileOf({
        entries: [entry('general.base_model.0.repo_url', 8, text('https://huggingface.co/other/four'))],
      }),
    }
    expect(await rulesOf(files)).to.have.members([
      'provenance.undeclared-parent: base_model of the card names other/one',
      'provenance.undeclared-parent: adapter_config.json names other/two',
      'provenance.undeclared-parent: mergekit_config.yml names other/three',
      'provenance.undeclared-parent: general.base_model of "w.gguf" names other/four',
    ])
  })

  it('warns of what a configuration was saved from', async function () {
    expect(await rulesOf({ 'config.json': '{"_name_or_path":"other/one"}' })).to.deep.equal([
      'provenance.loaded-from: _name_or_path of config.json names other/one',
    ])
  })

  it('finds nothing where the lineage has the model, by its name, its address or as an external parent', async function () {
    for (const name of ['acme/base', 'https://hf.co/ACME/base/', 'elder/base', MODEL])
      expect(await rulesOf({ 'README.md': `---\nbase_model: ${name}\n---\n` }), name).to.deep.equal([])
  })

  it('notes parents of a model that nobody registered, and says nothing without a ledger', async function () {
    const files = { 'README.md': '---\nbase_model: other/one\n---\n' }
    expect(await rulesOf(files, { ledger: { block: 1, registrations: [] } })).to.deep.equal([
      'provenance.unregistered: base_model of the card names other/one',
    ])
    expect(await rulesOf(files, {})).to.deep.equal([])
  })
})
