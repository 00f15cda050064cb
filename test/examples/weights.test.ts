import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { expect } from 'chai'

import { modelDigest } from '../../src/artifacts/modelDigest.ts'

const root = join(import.meta.dirname, '../..')
const folders = globSync('examples/{models,composer-2,other-cases}/*__*', { cwd: root }).toSorted()

describe('examples/weights', function () {
  it('gives every example model a digest of its own', async function () {
    expect(folders).to.have.length.at.least(62)
    const digests = new Set<string>()
    for (const folder of folders) digests.add((await modelDigest(join(root, folder), { cache: false })).digest)
    expect(digests.size).to.equal(folders.length)
  })

  it('names the model in the file that stands for the weights, and says that it only stands for them', function () {
    for (const folder of folders) {
      const file = readFileSync(join(root, folder, 'model.safetensors'))
      const end = 8 + Number(file.readBigUInt64LE(0))
      const { __metadata__: metadata, name } = JSON.parse(file.toString('utf8', 8, end))
      const expected = basename(folder).replace('__', '/')
      expect(metadata.model).to.equal(expected)
      expect(metadata.note).to.match(/stands for the weights/)
      expect(file.toString('utf8', end)).to.equal(expected)
      expect(name).to.deep.equal({ dtype: 'U8', shape: [expected.length], data_offsets: [0, expected.length] })
    }
  })
})
