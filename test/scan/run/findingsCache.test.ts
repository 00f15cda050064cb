import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { canonicalJson } from '../../../src/core/canonicalJson.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import type { Scanner } from '../../../src/scan/ports.ts'
import { rulesetDigest } from '../../../src/scan/ruleset.ts'
import { openFindingsCache } from '../../../src/scan/run/findingsCache.ts'
import { hashModel } from '../../../src/artifacts/modelDigest.ts'
import { scanHashed, scanModel } from '../../../src/scan/run/scanModel.ts'
import { createFolder, removeFolders } from '../../artifacts/folder.ts'

const DIGEST = 'ab'.repeat(32)
const scanner: Scanner = {
  id: 'one',
  version: 1,
  rules: [{ id: 'one.rule', level: 'fail', finds: 'something', remedy: 'do not' }],
  settings: {},
}
const finding = {
  rule: 'one.rule',
  level: 'fail' as const,
  file: 'w.bin',
  member: ['a'],
  offset: 3,
  what: 'this',
  library: null,
  remedy: 'do not',
}
const judged = { findings: [finding], judgedBy: ['one'] }
const keyOf = (scanners: readonly Scanner[]): string =>
  sha256Text(canonicalJson([rulesetDigest(scanners), DIGEST, 'w.bin']))

describe('openFindingsCache', function () {
  this.timeout(60_000)
  after(removeFolders)

  it('gives findings back for the same digest, name and ruleset, in this run and the next', function () {
    const path = join(createFolder(), 'deep/er/findings.jsonl')
    const cache = openFindingsCache(path, [scanner])
    cache.set(DIGEST, 'w.bin', judged)
    expect(cache.get(DIGEST, 'w.bin')).to.deep.equal(judged)
    cache.close()
    const next = openFindingsCache(path, [scanner])
    expect(next.get(DIGEST, 'w.bin')).to.deep.equal(judged)
    expect(next.get('cd'.repeat(32), 'w.bin')).to.equal(undefined)
    expect(next.get(DIGEST, 'w.txt')).to.equal(undefined)
    next.close()
    for (const changed of [
      { ...scanner, version: 2 },
      { ...scanner, settings: { most: 1 } },
    ])
      expect(openFindingsCache(path, [changed]).get(DIGEST, 'w.bin')).to.equal(undefined)
  })

  it('counts no line that says what the scanners cannot find, or that is damaged', function () {
    const path = join(createFolder(), 'findings.jsonl')
    const key = keyOf([scanner])
    const lines: unknown[] = [
      [key, [{ ...finding, rule: 'other.rule' }], ['one']],
      [key, [{ ...finding, level: 'fine' }], ['one']],
      [key, [{ ...finding, file: 'other' }], ['one']],
      [key, [{ ...finding, member: [1] }], ['one']],
      [key, [{ ...finding, offset: '3' }], ['one']],
      [key, [null], ['one']],
      [key, [], ['two']],
      [key, [], 'one'],
      [key, {}, ['one']],
      [key],
      key,
      { __proto__: null, 0: key },
    ]
    for (const line of [...lines.map((each) => JSON.stringify(each)), `["${key}",[`, `["${key}",[],["one"]`, '\0']) {
      writeFileSync(path, `${line}\n`, { mode: 0o600 })
      const cache = openFindingsCache(path, [scanner])
      expect(cache.get(DIGEST, 'w.bin'), line).to.equal(undefined)
      cache.close()
    }
  })

  it('does not keep a file with very many findings', function () {
    const path = join(createFolder(), 'findings.jsonl')
    const cache = openFindingsCache(path, [scanner])
    cache.set(DIGEST, 'w.bin', { ...judged, findings: Array.from({ length: 500 }, () => finding) })
    expect(cache.get(DIGEST, 'w.bin')).to.equal(undefined)
    expect(readFileSync(path, 'utf8')).to.equal('')
    cache.close()
  })

  it('refuses a file that is a link', function () {
    const folder = createFolder({ real: '' })
    symlinkSync(join(folder, 'real'), join(folder, 'findings.jsonl'))
    expect(() => openFindingsCache(join(folder, 'findings.jsonl'), [scanner])).to.throw('symbolic link')
  })

  it('gives the same report with what is known, and judges a file again that is known under another ruleset', async function () {
    const folder = createFolder({ 'w.bin': 'cos\nsystem\n(S"x"\ntR.', 'a.json': '{}' })
    const findings = join(createFolder(), 'findings.jsonl')
    // What an attacker would like to be known of the pickle.
    const { contents } = await hashModel(folder, { cache: false })
    const digest = contents.find(({ name }) => name === 'w.bin')!.digest
    const planted = sha256Text(canonicalJson([rulesetDigest([scanner]), digest, 'w.bin']))
    writeFileSync(findings, `${JSON.stringify([planted, [], ['serialisation']])}\n`, { mode: 0o600 })
    const first = await scanHashed(await hashModel(folder, { cache: false }), { findings })
    expect(first.verdict).to.equal('failed')
    expect(readFileSync(findings, 'utf8').split('\n')).to.have.length(4)
    const second = await scanHashed(await hashModel(folder, { cache: false }), { findings })
    expect(second).to.deep.equal(first)
    expect(await scanModel(folder, { cache: false })).to.deep.equal(first)
  })

  it('refuses a file whose findings are known when it is not what was hashed', async function () {
    const folder = createFolder({ 'w.bin': 'cos\nsystem\n(S"x"\ntR.' })
    const findings = join(createFolder(), 'findings.jsonl')
    const model = await hashModel(folder, { cache: false })
    await scanHashed(model, { findings })
    appendFileSync(join(folder, 'w.bin'), 'more')
    const error = await scanHashed(model, { findings }).catch((problem: unknown) => problem)
    expect(error).to.have.property('code', 'FILE_CHANGED')
  })
})
