import { readFile } from 'node:fs/promises'

import { expect } from 'chai'

import { parseModelId } from '../../../src/core/hex.ts'
import type { LedgerFacts, RegistrationFacts } from '../../../src/scan/facts.ts'
import { licenseScanner } from '../../../src/scan/license/licenseScanner.ts'
import { scanFiles } from '../scanFiles.ts'

const MODEL = parseModelId(`0x${'ab'.repeat(32)}`)

const APACHE = await readFile(new URL('../../../LICENSE', import.meta.url), 'utf8')
const registered = (license: string, more: Partial<RegistrationFacts> = {}): { ledger: LedgerFacts } => ({
  ledger: {
    block: 1,
    registrations: [
      {
        model: MODEL,
        name: 'acme/m',
        terms: [{ license, licenseName: null, licenseLink: null }],
        lineage: { uris: [], ids: [] },
        conflicts: [],
        ...more,
      },
    ],
  },
})
const rulesOf = async (files: Record<string, string>, facts = {}): Promise<string[]> =>
  (await scanFiles(licenseScanner, files, facts)).map(({ rule, level }) => `${rule} ${level ?? ''}`.trim())

describe('the license scanner', function () {
  it('finds a card, and a license file, that contradict the registration', async function () {
    expect(await rulesOf({ 'README.md': '---\nlicense: mit\n---\n' }, registered('apache-2.0'))).to.deep.equal([
      'license.contradiction',
    ])
    expect(await rulesOf({ LICENSE: APACHE }, registered('mit'))).to.deep.equal(['license.contradiction'])
    expect(await rulesOf({ LICENSE: APACHE.replaceAll('may', 'must not') }, registered('apache-2.0'))).to.deep.equal([
      'license.changed',
    ])
  })

  it('finds a card and a license file of an unregistered model that contradict each other', async function () {
    expect(await rulesOf({ 'README.md': '---\nlicense: mit\n---\n', LICENSE: APACHE })).to.deep.equal([
      'license.contradiction',
    ])
  })

  it('finds nothing where all agree, in any spelling, also with one part of a set', async function () {
    const files = { 'README.md': '---\nlicense: apache-2.0\n---\n', LICENSE: APACHE }
    expect(await rulesOf(files, registered('Apache-2.0'))).to.deep.equal([])
    expect(await rulesOf(files)).to.deep.equal([])
    expect(await rulesOf({ 'README.md': '---\nlicense: [apache-2.0, mit]\n---\n', LICENSE: APACHE })).to.deep.equal([])
  })

  it('says where terms contradict those of an ancestor, as severe as the ledger says it', async function () {
    const conflicts = (['blocking', 'unknown', 'warning'] as const).map((severity) => ({
      severity,
      reason: 'It states more than its parent allows.',
      remedy: 'Ask.',
    }))
    expect(await rulesOf({ 'w.bin': '1' }, registered('mit', { conflicts }))).to.deep.equal([
      'license.ancestor fail',
      'license.ancestor unknown',
      'license.ancestor warn',
    ])
  })

  it('notes that nobody states a license, and that a text is not known', async function () {
    expect(await rulesOf({ 'w.bin': '1' })).to.deep.equal(['license.missing'])
    expect(await rulesOf({ LICENSE: 'Do as you like, but not on Tuesdays.' }, registered('mit'))).to.deep.equal([
      'license.unrecognized',
    ])
  })

  it('survives hostile cards and licenses', async function () {
    for (const text of ['---\n[x: {\n', '\0'.repeat(1000), '---\nlicense: {a: [b]}\n---\n', '\ufeff---\nlicense: mit'])
      expect(await rulesOf({ 'README.md': text, LICENSE: text }, registered('mit'))).to.be.an('array')
  })
})
