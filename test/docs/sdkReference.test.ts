import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { entryPoints, makeReference } from '../../tools/sdk-reference.ts'
import { itInDepth } from '../fixtures/inDepth.ts'

describe('reference of the entry points', function () {
  it('covers those of both packages', function () {
    const folders = entryPoints().map((path) => path.split('/').slice(-3, -1).join('/'))
    expect(folders).to.include.members(['src/sdk', 'src/verify', 'src/interop', 'src/artifacts', 'src/deployments'])
    expect(folders).to.include.members(['src/indexer', 'src/api'])
  })

  itInDepth(
    'names symbols without a comment, broken links, and types that are used but not exported',
    async function () {
      const out = await mkdtemp(join(tmpdir(), 'stemma-reference-'))
      try {
        const faults = await makeReference([join(import.meta.dirname, 'planted/undocumented.ts')], out)
        expect(faults).to.have.lengthOf(5)
        expect(faults).to.include.members([
          'bare has no comment',
          'bareFunction has no comment',
          'Lost.bareMethod has no comment',
        ])
        expect(faults.join('\n')).to.match(/link to "nowhere" in comment for Lost/)
        expect(faults.join('\n')).to.match(/Unexported, .* is referenced by bareFunction/)
      } finally {
        await rm(out, { recursive: true, force: true })
      }
    },
  )
})
