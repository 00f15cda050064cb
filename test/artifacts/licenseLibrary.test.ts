import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'

import { DuplicateLicenseError, licensesFolder, loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import { termsIdOf } from '../../src/core/terms.ts'
import { utf8Length } from '../../src/core/text.ts'
import { METRIC_NAMES, OBLIGATION_NAMES, RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { InvalidJsonError } from '../../src/core/json.ts'
import { findLicense, InvalidLicenseError, termsOfLicense, type LicenseEntry } from '../../src/documents/license.ts'

const NAMED = [
  'Apache-2.0 MIT modified-mit-kimi-k2 llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma qwen qwen-research deepseek',
  'openrail openrail++ creativeml-openrail-m bigcode-openrail-m bigscience-bloom-rail-1.0 CC0-1.0 CC-BY-4.0 CC-BY-SA-4.0',
  'CC-BY-NC-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-NC-ND-4.0 GPL-2.0-only GPL-3.0-only AGPL-3.0-only LGPL-3.0-only',
  'research-only proprietary all-rights-reserved unknown',
  'stemma-research stemma-education stemma-commercial-use stemma-commercial-fine-tuning',
]
  .join(' ')
  .split(' ')

describe('artifacts/licenseLibrary', function () {
  let licenses: LicenseEntry[]
  const by = (id: string): LicenseEntry => {
    const entry = licenses.find((one) => one.id === id)
    if (!entry) throw new Error(`no ${id}`)
    return entry
  }
  before(async function () {
    licenses = await loadLicenses()
  })

  describe('the library', function () {
    it('is valid by its schema, whose words are those of the vocabulary', async function () {
      const schema = JSON.parse(await readFile(join(licensesFolder(), 'schema.json'), 'utf8'))
      expect(schema.properties.rights.required).to.deep.equal(RIGHT_NAMES)
      expect(schema.$defs.rightName.enum).to.deep.equal(RIGHT_NAMES)
      expect(schema.$defs.obligation.enum).to.deep.equal(OBLIGATION_NAMES)
      expect(schema.properties.thresholds.items.properties.metric.enum).to.deep.equal(METRIC_NAMES)
      const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema)
      const files = (await readdir(licensesFolder())).filter((file) => file.endsWith('.json') && file !== 'schema.json')
      expect(files).to.have.length(licenses.length)
      for (const file of files) {
        validate(JSON.parse(await readFile(join(licensesFolder(), file), 'utf8')))
        expect(validate.errors ?? [], file).to.deep.equal([])
      }
    })

    it('has at least 40 real licenses, most of them checked against the text, and the named ones', function () {
      const real = licenses.filter(({ kind, read }) => kind !== 'tier' && read.checked !== 'not-found')
      expect(real.length).to.be.at.least(40)
      expect(real.filter(({ read }) => read.checked === 'text').length).to.be.at.least(40)
      expect(licenses.map(({ id }) => id)).to.include.members(NAMED)
    })

    it('uses every id and alias once, in any case', function () {
      const names = licenses.flatMap(({ id, aliases }) => [id, ...aliases]).map((name) => name.toLowerCase())
      expect(names).to.have.length(new Set(names).size)
    })

    it('gives every entry but the unknown its own terms, which the chain takes', function () {
      const terms = licenses.flatMap((entry) => termsOfLicense(entry) ?? [])
      expect(terms).to.have.length(licenses.length - 1)
      expect(new Set(terms.map(termsIdOf))).to.have.length(terms.length)
      for (const { name, uri } of terms) {
        expect(utf8Length(name)).to.be.within(1, 64)
        expect(utf8Length(uri)).to.be.at.most(2048)
      }
      expect(termsOfLicense(by('unknown'))).to.equal(null)
    })

    it("has the digest of each tier's text", async function () {
      const tiers = licenses.filter(({ kind }) => kind === 'tier')
      expect(tiers).to.have.length(4)
      for (const { id, text } of tiers) {
        const content = await readFile(join(licensesFolder(), 'tiers', `${id}.md`))
        expect(text, id).to.equal(`0x${createHash('sha256').update(content).digest('hex')}`)
      }
    })

    it('gives no digest for a text that was not at hand', function () {
      for (const { id, text, read } of licenses) if (text) expect(read.checked, id).to.equal('text')
    })

    it('is what docs/licenses.md shows', async function () {
      const script = fileURLToPath(new URL('../../tools/license-table.ts', import.meta.url))
      await promisify(execFile)(process.execPath, [script, '--check'])
    }).timeout(20_000)
  })

  describe('what the texts say', function () {
    it("asks Kimi's credit only above either of two thresholds", function () {
      const kimi = by('modified-mit-kimi-k2')
      expect(kimi.obligations.map(({ obligation }) => obligation)).to.deep.equal(['notice'])
      expect(termsOfLicense(kimi)?.thresholds).to.deep.equal([
        { metric: 'monthlyActiveUsers', limit: 100_000_000n, withdraws: [], adds: ['display-credit'] },
        { metric: 'monthlyRevenueUsd', limit: 20_000_000n, withdraws: [], adds: ['display-credit'] },
      ])
      expect(RIGHT_NAMES.every((right) => kimi.rights[right].grant)).to.equal(true)
    })

    it('takes every right of Llama from who had more than 700 million users on the release date', function () {
      for (const id of ['llama2', 'llama3', 'llama3.1', 'llama3.2', 'llama3.2-text', 'llama3.3', 'llama4']) {
        const { rights, thresholds } = by(id)
        const granted = RIGHT_NAMES.filter((right) => rights[right].grant)
        expect(thresholds[0]).to.include({ metric: 'monthlyActiveUsersAtRelease', limit: 700_000_000n })
        expect(thresholds[0]?.withdraws, id).to.deep.equal(granted)
        expect(rights.distill.grant, id).to.equal(!['llama2', 'llama3'].includes(id))
      }
    })

    it('leaves out the European Union for multimodal Llama only', function () {
      const outside = licenses.filter(({ thresholds }) =>
        thresholds.some(({ metric }) => metric === 'inExcludedTerritory'),
      )
      expect(outside.map(({ id }) => id)).to.deep.equal(['hunyuan-community', 'llama3.2', 'llama4'])
    })

    it('tells the Qwen license of 2024 from the Tongyi Qianwen license by their outputs', function () {
      expect(by('qwen').rights.distill.grant).to.equal(true)
      expect(by('tongyi-qianwen').rights.distill.grant).to.equal(false)
    })

    it('withholds sublicensing where the text forbids it', function () {
      for (const id of ['ODbL-1.0', 'ODC-By-1.0', 'GPL-3.0-only', 'LGPL-3.0-only', 'CC-BY-4.0', 'mrl', 'yi-license'])
        expect(by(id).rights.sublicense.grant, id).to.equal(false)
      for (const id of ['MIT', 'Apache-2.0', 'deepseek', 'creativeml-openrail-m'])
        expect(by(id).rights.sublicense.grant, id).to.equal(true)
    })

    it('finds what cards of the Hub name', function () {
      const found = (license: string, licenseName?: string) => findLicense(licenses, { license, licenseName })?.id
      expect(found('apache-2.0')).to.equal('Apache-2.0')
      expect(found('openrail++')).to.equal('openrail++')
      expect(found('gpl-3.0')).to.equal('GPL-3.0-only')
      expect(found('other', 'modified-mit')).to.equal('modified-mit-kimi-k2')
      expect(found('other', 'deepseek-license')).to.equal('deepseek')
      expect(found('other', 'stabilityai-ai-community')).to.equal('stabilityai-community')
      expect(found('other', 'tencent-hunyuan-community')).to.equal('hunyuan-community')
      expect(found('other')).to.equal(undefined)
    })

    it("does not take MiniMax's modified MIT for Kimi's", function () {
      const card = { license: 'other', licenseName: 'modified-mit' }
      const of = (licenseLink: string) => findLicense(licenses, { ...card, licenseLink })?.id
      expect(of('https://github.com/MiniMax-AI/MiniMax-M2.5/blob/main/LICENSE')).to.equal(undefined)
      expect(of('https://huggingface.co/moonshotai/Kimi-K3/blob/main/LICENSE')).to.equal(undefined)
      expect(of('https://huggingface.co/moonshotai/Kimi-K2.5/blob/main/LICENSE')).to.equal('modified-mit-kimi-k2')
    })
  })

  describe('loadLicenses', function () {
    let folder: string
    beforeEach(async function () {
      folder = await mkdtemp(join(tmpdir(), 'stemma-licenses-'))
    })
    afterEach(async function () {
      await rm(folder, { recursive: true })
    })
    const mit = () => readFile(join(licensesFolder(), 'mit.json'), 'utf8')
    const failure = async (): Promise<unknown> => {
      try {
        await loadLicenses(folder)
      } catch (error) {
        return error
      }
      throw new Error('loadLicenses took it')
    }

    it('reads another folder and leaves out what is not a license', async function () {
      await writeFile(join(folder, 'mit.json'), await mit())
      await writeFile(join(folder, 'schema.json'), '{')
      await writeFile(join(folder, 'README.md'), '#')
      expect((await loadLicenses(folder)).map(({ id }) => id)).to.deep.equal(['MIT'])
    })

    it('refuses a file that is not JSON', async function () {
      await writeFile(join(folder, 'mit.json'), '{"id":')
      expect(await failure()).to.be.instanceOf(InvalidJsonError)
    })

    it('refuses an entry under another file name', async function () {
      await writeFile(join(folder, 'apache-2.0.json'), await mit())
      expect(await failure())
        .to.be.instanceOf(InvalidLicenseError)
        .with.property('field', 'id')
    })

    it('refuses a name that two entries bear', async function () {
      await writeFile(join(folder, 'mit.json'), await mit())
      await writeFile(join(folder, 'x.json'), JSON.stringify({ ...JSON.parse(await mit()), id: 'x', aliases: ['mit'] }))
      expect(await failure())
        .to.be.instanceOf(DuplicateLicenseError)
        .with.property('code', 'DUPLICATE_LICENSE')
    })
  })
})
