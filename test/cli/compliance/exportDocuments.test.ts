import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { cyclonedxValidator, spdxValidator } from '../../fixtures/bomSchemas.ts'
import { startWorld, type World } from '../world.ts'

describe('stemma export bom, statement and summary', function () {
  this.timeout(300_000)
  let world: World

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    for (const [name, card] of [
      ['acme__base', 'license: mit'],
      [
        'acme__tuned',
        'license: mit\nbase_model: [acme/base, Nobody/Other]\nbase_model_relation: merge\ndatasets: [acme/books]',
      ],
    ] as const) {
      await world.folder(name, card)
      await world.ok(`register ${name} --terms MIT`)
    }
  })
  after(() => world.stop())

  describe('bom', function () {
    it('writes each format, valid, by name, id, folder, and the same bytes each time', async function () {
      const { models } = (await world.ok('ancestry acme/tuned')) as { models: { model: string }[] }
      const checks = {
        'cyclonedx-1.7': cyclonedxValidator('1.7'),
        'cyclonedx-1.6': cyclonedxValidator('1.6'),
        'spdx-3.0.1': spdxValidator(),
      }
      for (const [format, check] of Object.entries(checks)) {
        const outputs = []
        for (const subject of ['acme/tuned', models[0]!.model, './acme__tuned']) {
          const { code, stdout } = await world.run(['export', 'bom', subject, '--format', format])
          expect(code, format).to.equal(0)
          check?.(JSON.parse(stdout))
          expect(check?.errors ?? null, format).to.equal(null)
          outputs.push(stdout)
        }
        expect(new Set(outputs).size, format).to.equal(1)
        for (const words of ['acme', externalIdOf(externalNameOnHub('Nobody/Other')), '"declared"'])
          expect(outputs[0]).to.contain(words)
      }
    })

    it('has datasets from a file with the registered digest, findings with --use, and writes a file', async function () {
      const { stdout: draft } = await world.run('draft acme__tuned')
      const { datasets } = JSON.parse(draft) as { datasets: object[] }
      await world.file('datasets.json', datasets)
      const { stdout } = await world.run(
        'export bom acme/tuned --datasets datasets.json --use commercial,host --output tuned.cdx.json',
      )
      expect(stdout).to.match(/^Wrote "tuned.cdx.json": cyclonedx-1.7 of acme\/tuned, 3 models, as of block \d+\.\n$/)
      const bom = await readFile(join(world.cwd, 'tuned.cdx.json'), 'utf8')
      for (const words of ['acme/books', 'stemma:verdict:host', 'parent-external']) expect(bom).to.contain(words)
      await world.file('datasets.json', [{ ...datasets[0], share: 1 }])
      expect(await world.fails('export bom acme/tuned --datasets datasets.json')).to.deep.equal([
        2,
        'DOCUMENT_MISMATCH',
      ])
    })

    it('refuses weights that nobody registered', async function () {
      await world.folder('acme__other', 'license: mit', 'other weights')
      expect(await world.fails('export bom acme__other')).to.deep.equal([3, 'WEIGHTS_NOT_REGISTERED'])
    })
  })

  describe('draft --from-bom', function () {
    it('drafts what was exported, from each format, without and with the folder', async function () {
      const { models } = (await world.ok('ancestry acme/tuned')) as { models: { model: string }[] }
      for (const format of ['cyclonedx-1.7', 'cyclonedx-1.6', 'spdx-3.0.1']) {
        const { stdout } = await world.run(['export', 'bom', 'acme/tuned', '--format', format])
        await world.file('tuned.json', stdout)
        for (const folder of [[], ['acme__tuned']]) {
          const draft = JSON.parse((await world.run(['draft', ...folder, '--from-bom', 'tuned.json'])).stdout)
          expect(draft).to.include({
            name: 'acme/tuned',
            weights: JSON.parse((await world.run('draft acme__tuned')).stdout).weights,
          })
          expect(draft.parents.map((each: any) => [each.model, each.relation])).to.deep.equal([
            [models[1]!.model, 'merge'],
            [externalIdOf(externalNameOnHub('Nobody/Other')), 'merge'],
          ])
          expect(draft.terms.license).to.equal('MIT')
        }
      }
    })

    it('refuses what contradicts itself, and what is not a bill', async function () {
      expect(await world.fails('draft')).to.deep.equal([2, 'USAGE'])
      expect(await world.fails('draft acme__tuned --from-bom tuned.json --license mit')).to.deep.equal([2, 'USAGE'])
      await world.file('other.json', '[]')
      expect(await world.fails('draft --from-bom other.json')).to.deep.equal([2, 'INVALID_BOM'])
      await world.file('deep.json', '['.repeat(100) + ']'.repeat(100))
      expect(await world.fails('draft --from-bom deep.json')).to.deep.equal([2, 'JSON_TOO_DEEP'])
    })
  })
})
