import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { entryPoints, makeReference } from '../../tools/sdk-reference.ts'

describe('reference of the entry points', function () {
  it('is made of those of package.json', function () {
    const names = entryPoints().map((path) => path.split('/').at(-2))
    expect(names).to.include.members(['sdk', 'verify', 'interop', 'artifacts', 'deployments'])
  })

  it('names what has no comment, links that lead nowhere, and types that are used and not exported', async function () {
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
  })
})
