import { appendFileSync, chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { defaultCachePath, openDigestCache } from '../../src/artifacts/digestCache.ts'
import { UntrustedCacheError } from '../../src/artifacts/lineFile.ts'
import type { Digest } from '../../src/core/hex.ts'
import type { FileState } from '../../src/artifacts/listFiles.ts'
import { createFolder, removeFolders } from './folder.ts'

const DIGEST = 'ab'.repeat(32)
const state: FileState = { size: 5n, mtimeNs: 10n ** 18n, ctimeNs: 10n ** 18n, inode: 2n ** 63n, device: 7n }
const changedAt = 10 ** 12

describe('openDigestCache', function () {
  after(removeFolders)

  it('gives a digest back for the same path and state, in this run and the next', function () {
    const path = join(createFolder(), 'deep/er/digests.jsonl')
    const cache = openDigestCache(path)
    expect(cache.get('/a', state)).to.equal(undefined)
    cache.set('/a', state, { digest: DIGEST }, changedAt + 2000)
    expect(cache.get('/a', state)).to.deep.include({ digest: DIGEST })
    cache.close()
    const again = openDigestCache(path)
    expect(again.get('/a', state)).to.deep.include({ digest: DIGEST })
    expect(again.get('/b', state)).to.equal(undefined)
    for (const key of Object.keys(state) as (keyof FileState)[]) {
      expect(again.get('/a', { ...state, [key]: state[key] + 1n })).to.equal(undefined)
    }
    again.close()
  })

  it('remembers a file that changed two seconds before and not one that changed a millisecond later', function () {
    const cache = openDigestCache(join(createFolder(), 'c'))
    cache.set('/a', state, { digest: DIGEST }, changedAt + 1999)
    expect(cache.get('/a', state)).to.equal(undefined)
    cache.set('/a', state, { digest: DIGEST }, changedAt + 2000)
    expect(cache.get('/a', state)).to.deep.include({ digest: DIGEST })
    cache.close()
  })

  it('keeps the leaves of tensors, and none of a damaged line or of a file with too many', function () {
    const path = join(createFolder(), 'c')
    const leaf = (index: number) => `0x${index.toString(16).padStart(64, '0')}` as Digest
    const tensors = { format: 'gguf' as const, leaves: [leaf(1), leaf(2)] }
    const many = { ...tensors, leaves: Array.from({ length: 16_385 }, (_, index) => leaf(index)) }
    const cache = openDigestCache(path)
    cache.set('/a', state, { digest: DIGEST, tensors }, changedAt + 2000)
    cache.set('/none', state, { digest: DIGEST, tensors: { ...tensors, leaves: [] } }, changedAt + 2000)
    cache.set('/many', state, { digest: DIGEST, tensors: many }, changedAt + 2000)
    cache.close()
    const [line] = readFileSync(path, 'utf8').split('\n')
    const [, value] = JSON.parse(line!) as [string, string]
    for (const text of ['onnx AAAA', 'gguf AAAA', 'gguf AA', `gguf ${'A'.repeat(42)}B=`, 'gguf', 7]) {
      appendFileSync(path, `${JSON.stringify([`/${text}`, value, text])}\n`)
    }
    const again = openDigestCache(path)
    expect(again.get('/a', state)).to.deep.equal({ digest: DIGEST, tensors })
    expect(again.get('/none', state)).to.deep.equal({ digest: DIGEST, tensors: { ...tensors, leaves: [] } })
    for (const name of ['/many', '/onnx AAAA', '/gguf AAAA', '/gguf AA', `/gguf ${'A'.repeat(42)}B=`, '/gguf', '/7']) {
      expect(again.get(name, state), name).to.deep.equal({ digest: DIGEST, tensors: undefined })
    }
    again.close()
  })

  it('makes a file that only its user can read', function () {
    const path = join(createFolder(), 'x/c')
    openDigestCache(path).close()
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(statSync(join(path, '..')).mode & 0o777).to.equal(0o700)
  })

  it('refuses a file that others may write to, a link, and what is not a file', function () {
    const folder = createFolder({ open: '', target: '' })
    chmodSync(join(folder, 'open'), 0o620)
    symlinkSync('target', join(folder, 'link'))
    for (const path of [join(folder, 'open'), join(folder, 'link'), '/dev/null']) {
      expect(() => openDigestCache(path))
        .to.throw(UntrustedCacheError)
        .with.property('code', 'UNTRUSTED_CACHE')
    }
  })

  it('rewrites a file that became too large with only the newest entry of each path', function () {
    const path = join(createFolder(), 'c')
    const line = (file: string, digest: string) =>
      `${JSON.stringify([file, `5 ${state.mtimeNs} ${state.ctimeNs} ${state.inode} 7 ${digest}`])}\n`
    const old = line('/a', '00'.repeat(32))
    writeFileSync(
      path,
      line('/z', DIGEST) + old.repeat(Math.ceil((16 * 1024 * 1024) / old.length)) + line('/a', DIGEST),
      { mode: 0o600 },
    )
    const cache = openDigestCache(path)
    expect(cache.get('/a', state)).to.deep.include({ digest: DIGEST })
    expect(cache.get('/z', state)).to.deep.include({ digest: DIGEST })
    cache.set('/b', state, { digest: DIGEST }, changedAt + 5000)
    cache.close()
    expect(readFileSync(path, 'utf8')).to.equal(line('/z', DIGEST) + line('/a', DIGEST) + line('/b', DIGEST))
  })
})

describe('defaultCachePath', function () {
  it('is below XDG_CACHE_HOME when that is absolute, else below ~/.cache', function () {
    expect(defaultCachePath({ XDG_CACHE_HOME: '/x' })).to.equal('/x/stemma/digests.jsonl')
    for (const env of [{}, { XDG_CACHE_HOME: '' }, { XDG_CACHE_HOME: 'relative' }]) {
      expect(defaultCachePath(env)).to.equal(join(homedir(), '.cache/stemma/digests.jsonl'))
    }
  })
})
