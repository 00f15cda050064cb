import { readFile } from 'node:fs/promises'

import { expect } from 'chai'

import { readFileStatements } from '../../src/artifacts/fileStatements.ts'
import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import { hashModel } from '../../src/artifacts/modelDigest.ts'
import { entry, fileOf, text } from '../interop/gguf/ggufFile.ts'
import { createFolder, rejection, removeFolders, writeFile } from './folder.ts'

describe('readFileStatements', function () {
  after(removeFolders)

  const read = async (folder: string, change: () => void = () => {}) => {
    const model = await hashModel(folder, { cache: false })
    change()
    return readFileStatements(model, await loadLicenses())
  }

  it('reads the card, one source for each license of a list, license files and GGUF headers', async function () {
    const folder = createFolder({
      'README.md': '---\nlicense: [mit, other]\nlicense_name: own\nlicense_link: LICENSE\nbase_model: acme/base\n---\n',
      LICENSE: await readFile(new URL('../../LICENSE', import.meta.url), 'utf8'),
      'w.gguf': fileOf({ entries: [entry('general.license', 8, text('gpl-3.0'))] }),
    })
    const own = { licenseName: 'own', licenseLink: 'LICENSE' }
    expect(await read(folder)).to.deep.equal({
      baseModels: ['acme/base'],
      parents: [{ origin: 'base_model of the card', names: ['acme/base'] }],
      licenses: [
        { origin: 'The card', named: { license: 'mit', ...own } },
        { origin: 'The card', named: { license: 'other', ...own } },
        { origin: '"LICENSE"', text: { kind: 'equal', names: ['Apache-2.0'] } },
        {
          origin: 'general.license of "w.gguf"',
          named: { license: 'gpl-3.0', licenseName: null, licenseLink: null },
        },
      ],
    })
  })

  it('reads the parents that configurations name, but no hints', async function () {
    const folder = createFolder({
      'w.bin': '1',
      'adapter_config.json': '{"base_model_name_or_path":"acme/adapted"}',
      'config.json': '{"_name_or_path":"acme/once"}',
    })
    expect((await read(folder)).parents.flatMap(({ names }) => names)).to.deep.equal(['acme/adapted'])
  })

  it('finds nothing where nothing is said, also in a card that cannot be understood', async function () {
    for (const readme of ['---\n[x: {\n', '', '---\ntags: [x]\n---\n'])
      expect(await read(createFolder({ 'w.bin': '1', 'README.md': readme }))).to.deep.equal({
        licenses: [],
        parents: [{ origin: 'base_model of the card', names: [] }],
        baseModels: [],
      })
  })

  it('refuses a card that is not the one that was hashed', async function () {
    const folder = createFolder({ 'w.bin': '1', 'README.md': '---\nlicense: mit\n---\n' })
    const error = await rejection(
      read(folder, () => void writeFile(folder, 'README.md', '---\nlicense: apache-2.0\n---\n')),
    )
    expect(error).to.have.property('code', 'FILE_CHANGED')
  })
})
