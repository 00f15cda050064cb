import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'
import { parse } from 'yaml'

import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import { RELATION_NAMES } from '../../src/core/vocabulary.ts'
import type { LicenseEntry } from '../../src/documents/license.ts'
import { findLicense } from '../../src/documents/licenseNames.ts'

type Card = {
  license?: string
  license_name?: string
  license_link?: string
  base_model?: string | string[]
  base_model_relation?: string
  datasets?: string[]
  library_name?: string
}

const KEYS = 'license license_name license_link base_model base_model_relation datasets library_name'.split(' ')

/** The cards of a folder by model id, and the text below each front matter. */
async function cardsOf(folder: string): Promise<Map<string, { card: Card; below: string }>> {
  const path = fileURLToPath(new URL(`../../examples/${folder}`, import.meta.url))
  const cards = new Map<string, { card: Card; below: string }>()
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const [, front, below] =
      /^---\n(.*?)\n---\n\n(.*)$/s.exec(await readFile(join(path, entry.name, 'README.md'), 'utf8')) ?? []
    if (front === undefined || below === undefined) throw new Error(`${entry.name} has no front matter`)
    cards.set(entry.name.replace('__', '/'), { card: parse(front) as Card, below })
  }
  return cards
}

function licenseOf(licenses: LicenseEntry[], model: string, card: Card): LicenseEntry | undefined {
  return findLicense(licenses, {
    license: card.license,
    licenseName: card.license_name,
    licenseLink: card.license_link,
    model,
    baseModels: [card.base_model ?? []].flat(),
  })
}

describe('examples/cards', function () {
  let licenses: LicenseEntry[]
  let models: Awaited<ReturnType<typeof cardsOf>>
  let composer: Awaited<ReturnType<typeof cardsOf>>
  let others: Awaited<ReturnType<typeof cardsOf>>

  before(async function () {
    licenses = await loadLicenses()
    models = await cardsOf('models')
    composer = await cardsOf('composer-2')
    others = await cardsOf('other-cases')
  })

  it('has at least 30 models, those of the Composer 2 case, and those of three more cases', function () {
    expect(models.size).to.be.at.least(30)
    expect([...composer.keys()]).to.have.members([
      'anysphere/Composer-2',
      'anysphere/Composer-2.5',
      'anysphere/Composer-next',
      'fork-a/composer-2-open',
      'fork-b/k2p5-coder-mit',
      'moonshotai/Kimi-K2.5-research-what-if',
    ])
    expect([...others.keys()]).to.have.members([
      'Qwen/Qwen2.5-VL-32B-Instruct',
      'Rakuten/RakutenAI-3.0',
      'deepseek-ai/DeepSeek-V3-0324',
      'naver-hyperclovax/HyperCLOVAX-SEED-Think-32B',
      'upstage/Solar-Open-100B',
      'zai-org/GLM-4.5-Air',
    ])
  })

  it('names only parents that have a card themselves, and none without a relation', function () {
    const all = new Set([...models.keys(), ...composer.keys(), ...others.keys()])
    for (const [id, { card }] of [...models, ...composer, ...others]) {
      const parents = [card.base_model ?? []].flat()
      for (const parent of parents) expect(all.has(parent), `${id} of ${parent}`).to.equal(true)
      expect(parents.length > 0, id).to.equal(card.base_model_relation !== undefined)
      if (card.base_model_relation) expect(RELATION_NAMES, id).to.include(card.base_model_relation)
      expect(parents, id).not.to.include(id)
    }
  })

  it('names only licenses of the library', function () {
    for (const [id, { card }] of [...models, ...composer]) {
      const found = licenseOf(licenses, id, card)
      expect(found, `${id}: ${card.license} ${card.license_name ?? ''}`).not.to.equal(undefined)
    }
  })

  it('has nothing but the known front matter and one line below it', function () {
    for (const [id, { card, below }] of [...models, ...composer, ...others]) {
      expect(KEYS, id).to.include.members(Object.keys(card))
      expect(below, id).to.match(/^[^\n]+\n$/)
      for (const dataset of card.datasets ?? []) expect(dataset, id).to.match(/^[\w.-]+\/[\w.-]+$/)
    }
  })

  it('tells the Composer 2 case', function () {
    const license = (folder: typeof models, id: string) => licenseOf(licenses, id, folder.get(id)!.card)?.id
    expect(license(models, 'moonshotai/Kimi-K2.5')).to.equal('modified-mit-kimi-k2.5')
    expect(license(composer, 'moonshotai/Kimi-K2.5-research-what-if')).to.equal('research-only')
    const sold = composer.get('anysphere/Composer-2')
    expect(sold?.card, 'its publisher named no base model').not.to.have.property('base_model')
    expect(license(composer, 'anysphere/Composer-2')).to.equal('proprietary')
    expect(sold?.below).to.include('kimi-k2p5-rl-0317-s515-fast')
    expect(composer.get('anysphere/Composer-2.5')?.card).to.include({ base_model: 'moonshotai/Kimi-K2.5' })
    expect(composer.get('anysphere/Composer-next')?.card).to.not.have.property('base_model')
    for (const id of ['anysphere/Composer-next', 'fork-a/composer-2-open', 'fork-b/k2p5-coder-mit']) {
      expect(composer.get(id)?.below, id).to.match(/invented/i)
    }
    expect(composer.get('moonshotai/Kimi-K2.5-research-what-if')?.below).to.match(/^Invented for the play: what if/)
    expect(composer.get('fork-a/composer-2-open')?.card).to.include({
      license: 'mit',
      base_model: 'anysphere/Composer-2',
    })
    expect(composer.get('fork-b/k2p5-coder-mit')?.card).to.include({
      license: 'mit',
      base_model: 'moonshotai/Kimi-K2.5',
    })
  })
})
