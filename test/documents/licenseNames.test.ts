import { expect } from 'chai'

import type { LicenseEntry } from '../../src/documents/license.ts'
import { findLicense, licenseOfDraft, matchLicense, type LicenseCard } from '../../src/documents/licenseNames.ts'

type Named = Pick<LicenseEntry, 'id'> & Partial<LicenseEntry>

/** An entry of which only the names count here. */
const entry = (fields: Named): LicenseEntry =>
  ({ aliases: [], uri: `https://example.org/${fields.id}`, ...fields }) as unknown as LicenseEntry

const mit = entry({ id: 'MIT', aliases: ['expat'] })
const kimi = entry({
  id: 'kimi',
  shared: ['modified-mit'],
  links: ['https://hub.example/moonshotai/Kimi-K2/', 'https://hub.example/moonshotai/Kimi-K2-'],
  models: ['moonshotai/Kimi-K2', 'moonshotai/Kimi-K2-*'],
})
const minimax = entry({
  id: 'minimax',
  shared: ['modified-mit'],
  links: ['https://hub.example/MiniMaxAI/'],
  models: ['MiniMaxAI/MiniMax-M2*'],
})
const llama = entry({ id: 'llama3.2' })
const text = entry({ id: 'llama3.2-text', shared: ['llama3.2'], models: ['meta-llama/Llama-3.2-1B*'] })
const vision = entry({ id: 'llama3.2-vision', shared: ['llama3.2'], models: ['meta-llama/Llama-3.2-11B*'] })
const old = entry({ id: 'exaone', shared: ['exaone'], models: ['LGAI-EXAONE/EXAONE-3.5-*'] })
const recent = entry({ id: 'exaone-1.2', shared: ['exaone'], models: ['LGAI-EXAONE/EXAONE-4.0-*'] })
const entries = [mit, kimi, minimax, llama, text, vision, old, recent]

const found = (card: LicenseCard) => findLicense(entries, card)?.id
const candidates = (card: LicenseCard) => matchLicense(entries, card).candidates.map(({ id }) => id)
const modified = (card: LicenseCard) => found({ license: 'other', licenseName: 'modified-mit', ...card })

describe('documents/licenseNames', function () {
  it('matches ids and aliases in any case', function () {
    expect(found({ license: 'mit' })).to.equal('MIT')
    expect(found({ license: ' Expat ' })).to.equal('MIT')
    expect(found({ license: 'gpl-3.0' })).to.equal(undefined)
    expect(found({})).to.equal(undefined)
  })

  it('gives the word to license_name only where license is other or missing', function () {
    expect(found({ licenseName: 'mit' })).to.equal('MIT')
    expect(found({ license: 'other', licenseName: 'MIT' })).to.equal('MIT')
    expect(found({ license: 'apache-2.0', licenseName: 'mit' })).to.equal(undefined)
  })

  it('follows a link alone, where there is no name', function () {
    expect(found({ license: 'other', licenseLink: 'https://EXAMPLE.org/mit/' })).to.equal('MIT')
    expect(found({ license: 'other', licenseLink: 'https://hub.example/MiniMaxAI/M2/LICENSE' })).to.equal('minimax')
    expect(found({ license: 'other', licenseLink: 'LICENSE' })).to.equal(undefined)
    expect(found({ license: 'other', licenseLink: 'https://example.org/elsewhere' })).to.equal(undefined)
    expect(found({ license: 'other' })).to.equal(undefined)
  })

  describe('a name that several entries share', function () {
    it('leads nowhere alone, and names the candidates', function () {
      expect(modified({})).to.equal(undefined)
      expect(modified({ licenseLink: 'LICENSE' })).to.equal(undefined)
      expect(candidates({ license: 'other', licenseName: 'modified-mit' })).to.deep.equal(['kimi', 'minimax'])
      expect(found({ license: 'exaone' }), 'an id that is shared').to.equal(undefined)
    })

    it('is decided by the host and the beginning of the path of a link', function () {
      const kimiLinks = [
        'https://hub.example/moonshotai/Kimi-K2/blob/main/LICENSE',
        'http://www.hub.example/MOONSHOTAI/kimi-k2-instruct/LICENSE?download=true#top',
        'https://hub.example/moonshotai/Kimi-K2',
        'https://hub.example/x/../moonshotai/Kimi-K2/LICENSE',
      ]
      for (const licenseLink of kimiLinks) expect(modified({ licenseLink }), licenseLink).to.equal('kimi')
    })

    it('is not decided by pieces of an address, nor by a link to another vendor, whatever the base model', function () {
      const others = [
        'https://other.example/moonshotai/Kimi-K2/LICENSE',
        'https://hub.example.other.example/moonshotai/Kimi-K2/LICENSE',
        'https://hub.example@other.example/moonshotai/Kimi-K2/LICENSE',
        'https://hub.example:8443/moonshotai/Kimi-K2/LICENSE',
        'https://hub.example/me/moonshotai/Kimi-K2/LICENSE',
        'https://hub.example/moonshotai/Kimi-K25/LICENSE',
        'https://hub.example/moonshotai/Kimi-K2/../../other/LICENSE',
        'https://other.example/?u=https://hub.example/moonshotai/Kimi-K2/LICENSE',
      ]
      for (const licenseLink of others)
        expect(modified({ licenseLink, baseModels: ['moonshotai/Kimi-K2'] }), licenseLink).to.equal(undefined)
    })

    it("is decided by the model's own name, else by its base models, where there is no link away from it", function () {
      expect(modified({ model: 'moonshotai/kimi-k2-instruct' })).to.equal('kimi')
      expect(modified({ model: 'me/tuned', baseModels: ['MiniMaxAI/MiniMax-M2.1'] })).to.equal('minimax')
      expect(modified({ model: 'moonshotai/Kimi-K2', baseModels: ['MiniMaxAI/MiniMax-M2'] })).to.equal('kimi')
      expect(modified({ baseModels: ['hf:moonshotai/Kimi-K2', 'me/else'], licenseLink: 'LICENSE' })).to.equal('kimi')
      expect(modified({ baseModels: ['moonshotai/Kimi-K25', 'me/moonshotai/Kimi-K2'] })).to.equal(undefined)
      const licenseLink = 'https://huggingface.co/me/tuned/blob/main/LICENSE'
      expect(modified({ model: 'me/tuned', licenseLink, baseModels: ['moonshotai/Kimi-K2'] })).to.equal('kimi')
      expect(modified({ model: 'me/other', licenseLink, baseModels: ['moonshotai/Kimi-K2'] })).to.equal(undefined)
    })

    it('is not decided by base models of two vendors', function () {
      const baseModels = ['moonshotai/Kimi-K2', 'MiniMaxAI/MiniMax-M2']
      expect(modified({ baseModels })).to.equal(undefined)
      expect(candidates({ licenseName: 'modified-mit', baseModels })).to.deep.equal(['kimi', 'minimax'])
    })

    it('leads to the entry that bears it alone where neither decides', function () {
      expect(found({ license: 'llama3.2', baseModels: ['meta-llama/Llama-3.2-1B-Instruct'] })).to.equal('llama3.2-text')
      expect(found({ license: 'llama3.2', model: 'meta-llama/Llama-3.2-11B-Vision' })).to.equal('llama3.2-vision')
      expect(found({ license: 'llama3.2', baseModels: ['me/unnamed'] })).to.equal('llama3.2')
      expect(found({ license: 'llama3.2', licenseLink: 'https://example.org/use-policy' })).to.equal('llama3.2')
      expect(found({ license: 'llama3.2-text' })).to.equal('llama3.2-text')
    })
  })

  it('reads a draft by its license, its own name and its parents', function () {
    const parent = { model: 'LGAI-EXAONE/EXAONE-4.0-32B', relation: 'finetune' as const, inferred: null }
    const terms = { license: 'other', licenseName: 'exaone', licenseLink: null }
    expect(licenseOfDraft(entries, { name: 'me/tuned', parents: [parent], terms })).to.equal(recent)
    expect(licenseOfDraft(entries, { name: 'me/tuned', parents: [], terms })).to.equal(undefined)
    expect(licenseOfDraft(entries, { name: 'LGAI-EXAONE/EXAONE-3.5-8B', parents: [], terms })).to.equal(old)
  })
})
