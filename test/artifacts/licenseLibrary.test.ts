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
import { RIGHT_NAMES, type Right } from '../../src/core/vocabulary.ts'
import { InvalidJsonError } from '../../src/core/json.ts'
import { InvalidLicenseError, termsOfLicense, type LicenseEntry } from '../../src/documents/license.ts'
import { findLicense, type LicenseCard } from '../../src/documents/licenseNames.ts'

const NAMED = [
  'Apache-2.0 MIT modified-mit-kimi-k2.5 llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma qwen qwen-research deepseek',
  'openrail openrail++ creativeml-openrail-m bigcode-openrail-m bigscience-bloom-rail-1.0 CC0-1.0 CC-BY-4.0 CC-BY-SA-4.0',
  'CC-BY-NC-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-NC-ND-4.0 GPL-2.0-only GPL-3.0-only AGPL-3.0-only LGPL-3.0-only',
  'yi-2.1 hunyuan3d-2.1 exaone-1.2 kimi-k3 qwen-community-1.0 glm-5.3 OpenMDW-1.1 lfm1.0 dinov3 sam flux-1-dev',
  'research-only proprietary all-rights-reserved unknown',
  'stemma-research stemma-education stemma-commercial-use stemma-commercial-fine-tuning',
]
  .join(' ')
  .split(' ')

const HUB_PAGE = 'https://huggingface.co'

/** The Hub's list of licenses, without `other`. */
const HUB = [
  'apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0',
  'bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc',
  'cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0',
  'cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0',
  'cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1',
  'eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c',
  'ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1',
  'ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3',
  'llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown',
]
  .join(' ')
  .split(' ')

const onlyOf = (outbound: LicenseEntry['outbound']) => (outbound && 'only' in outbound ? outbound.only : undefined)
const exceptOf = (outbound: LicenseEntry['outbound']) =>
  outbound && 'except' in outbound ? outbound.except : undefined

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
      const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema)
      const files = (await readdir(licensesFolder())).filter((file) => file.endsWith('.json') && file !== 'schema.json')
      expect(files).to.have.length(licenses.length)
      for (const file of files) {
        validate(JSON.parse(await readFile(join(licensesFolder(), file), 'utf8')))
        expect(validate.errors ?? [], file).to.deep.equal([])
      }
    })

    it('has at least 120 real licenses, most of them checked against the text, and the named ones', function () {
      const real = licenses.filter(({ kind, read }) => kind !== 'tier' && read.checked !== 'not-found')
      expect(real.length).to.be.at.least(120)
      expect(real.filter(({ read }) => read.checked === 'text').length).to.be.at.least(110)
      expect(licenses.map(({ id }) => id)).to.include.members(NAMED)
    })

    it('uses every id and alias once, in any case', function () {
      const names = licenses.flatMap(({ id, aliases }) => [id, ...aliases]).map((name) => name.toLowerCase())
      expect(names).to.have.length(new Set(names).size)
    })

    it('gives every entry but the unknown ones its own terms, which the chain takes', function () {
      const terms = licenses.flatMap((entry) => termsOfLicense(entry) ?? [])
      expect(terms).to.have.length(licenses.filter(({ unknown }) => !unknown).length)
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

    it('gives no right by a license whose text was not found, unless it stands for a family or a kind', function () {
      const unread = licenses.filter(({ read, unknown }) => read.checked === 'not-found' && !unknown)
      for (const { id, uri } of unread) expect(uri, id).to.equal('docs/licenses.md#generic-entries')
    })

    it('cites a number, a paragraph or a sentence for every clause of a text that was read', async function () {
      const script = fileURLToPath(new URL('../../tools/check-licenses.ts', import.meta.url))
      const { stdout } = await promisify(execFile)(process.execPath, [script, '--json'])
      const found = JSON.parse(stdout)
      expect(found.withoutClause).to.deep.equal([])
      expect(found.licenses).to.equal(licenses.length)
      const ids = found.withoutDigest.map(({ id }: { id: string }) => id)
      expect(ids).to.deep.equal(licenses.filter(({ text }) => text === null).map(({ id }) => id))
    }).timeout(60_000)

    it('names among the families of derivatives only families that entries have, its own too', function () {
      const families = new Set(licenses.map(({ family }) => family))
      for (const { id, family, outbound, rights } of licenses) {
        const listed = onlyOf(outbound) ?? exceptOf(outbound) ?? []
        for (const name of listed) expect([...families], `${id}: ${name}`).to.include(name)
        const only = onlyOf(outbound)
        if (only && !id.startsWith('stemma')) expect(only, id).to.include(family)
        // Where derivatives do not go on at all, copies stay under the license.
        const keepsCopies = only?.length === 1 && only[0] === family
        if (outbound && !keepsCopies) expect(rights['redistribute-derivatives'].grant, id).to.equal(true)
      }
    })

    it('raises every obligation by a use that the license grants', function () {
      for (const { id, obligations, rights } of licenses)
        for (const { obligation, uses } of obligations) {
          expect(uses, `${id}: ${obligation}`).not.to.deep.equal([])
          for (const use of uses) expect(rights[use].grant, `${id}: ${obligation} by ${use}`).to.equal(true)
        }
    })

    it('is what docs/licenses.md shows', async function () {
      const script = fileURLToPath(new URL('../../tools/license-table.ts', import.meta.url))
      await promisify(execFile)(process.execPath, [script, '--check'])
    }).timeout(60_000)
  })

  describe('what the texts say', function () {
    const duty = (id: string, name: string) => by(id).obligations.find(({ obligation }) => obligation === name)
    const raises = (id: string, use: Right) =>
      by(id)
        .obligations.filter(({ uses }) => uses.includes(use))
        .map(({ obligation }) => obligation)

    it("asks Kimi's credit only above either of two thresholds, of a product", function () {
      const kimi = by('modified-mit-kimi-k2.5')
      expect(kimi.obligations.map(({ obligation }) => obligation)).to.deep.equal(['notice'])
      const common = { withdraws: [], adds: ['display-credit'], uses: ['commercial', 'host'] }
      expect(kimi.thresholds.map(({ clause: _, ...threshold }) => threshold)).to.deep.equal([
        { measure: 'monthlyActiveUsers/product', limit: 100_000_000n, ...common, display: 'Kimi K2.5' },
        { measure: 'monthlyRevenueUsd/product', limit: 20_000_000n, ...common, display: 'Kimi K2.5' },
      ])
      expect(RIGHT_NAMES.every((right) => kimi.rights[right].grant)).to.equal(true)
    })

    it('takes every right of Llama from those who had more than 700 million users on its own release day', function () {
      const days = {
        llama2: '2023-07-18',
        llama3: '2024-04-18',
        'llama3.1': '2024-07-23',
        'llama3.2': '2024-09-25',
        'llama3.2-text': '2024-09-25',
        'llama3.2-vision': '2024-09-25',
        'llama3.3': '2024-12-06',
        llama4: '2025-04-05',
      }
      for (const [id, parameter] of Object.entries(days)) {
        const { rights, thresholds } = by(id)
        const granted = RIGHT_NAMES.filter((right) => rights[right].grant)
        const topic = { measure: `monthlyActiveUsers/affiliates/${parameter}`, limit: 700_000_000n }
        expect(thresholds[0], id).to.include(topic)
        expect(thresholds[0]?.withdraws, id).to.deep.equal(granted)
        expect(rights.distill.grant, id).to.equal(!['llama2', 'llama3'].includes(id))
      }
    })

    it('leaves out territories by domicile or by place of use, for multimodal Llama only, in doubt where it is not known', function () {
      const outside = (id: string) =>
        by(id)
          .thresholds.filter(({ measure }) => measure.startsWith('inTerritory'))
          .map(({ measure, doubtful }) => [measure, doubtful ?? false].join(' '))
      expect(outside('llama3.2-text')).to.deep.equal([])
      expect(outside('llama3.3')).to.deep.equal([])
      expect(outside('llama3.2-vision')).to.deep.equal(['inTerritory/domicile/EU false'])
      expect(outside('llama3.2')).to.deep.equal(['inTerritory/domicile/EU true'])
      expect(outside('llama4')).to.deep.equal(['inTerritory/domicile/EU false'])
      const hunyuan = ['inTerritory/use/EU false', 'inTerritory/use/UK false', 'inTerritory/use/KR false']
      expect(outside('hunyuan-community')).to.deep.equal(hunyuan)
      expect(outside('hunyuan3d-2.1')).to.deep.equal(hunyuan)
      expect(by('hunyuan3d-2.1').thresholds[0]).to.include({
        limit: 1_000_000n,
        measure: 'monthlyActiveUsers/2025-06-13',
      })
    })

    it('asks notice of a host only where the text calls hosting a distribution or asks the agreement with a service', function () {
      const asked = 'gemma deepseek openrail openrail++ bigcode-openrail-m hunyuan-community stabilityai-community'
      for (const id of `${asked} llama3.1 llama4 minimax-model-license qwen`.split(' '))
        expect(raises(id, 'host'), id).to.include('notice')
      for (const id of 'MIT Apache-2.0 GPL-3.0-only modified-mit-kimi-k2.5 BSD-3-Clause CC-BY-4.0'.split(' '))
        expect(raises(id, 'host'), id).to.deep.equal([])
      expect(raises('AGPL-3.0-only', 'host')).to.deep.equal(['network-source'])
    })

    it('asks of mere use nothing that the text asks of passing on', function () {
      for (const id of 'MIT Apache-2.0 BSD-3-Clause GPL-3.0-only AGPL-3.0-only CC-BY-4.0 MPL-2.0 qwen OpenMDW-1.1'.split(
        ' ',
      ))
        expect(raises(id, 'commercial'), id).to.deep.equal([])
      expect(raises('llama3.1', 'commercial')).to.deep.equal(['use-restrictions'])
      for (const id of 'MIT Apache-2.0 GPL-3.0-only CC-BY-SA-4.0 CC-BY-NC-ND-4.0 OpenMDW-1.0'.split(' '))
        expect(raises(id, 'distill'), id).to.deep.equal([])
    })

    it('asks what choosealicense lists of those who pass a derivative on', function () {
      const listed: Record<string, string> = {
        MIT: 'notice',
        'Apache-2.0': 'notice state-changes',
        'BSD-3-Clause': 'notice',
        'GPL-2.0-only': 'notice state-changes source share-alike',
        'LGPL-3.0-only': 'notice state-changes source share-alike',
        'CC-BY-4.0': 'notice state-changes',
        'CC-BY-SA-4.0': 'notice state-changes share-alike',
        'ODbL-1.0': 'notice share-alike source',
        'CC0-1.0': '',
        Unlicense: '',
      }
      for (const [id, duties] of Object.entries(listed))
        expect(raises(id, 'redistribute-derivatives'), id).to.deep.equal(duties.split(' ').filter(Boolean))
    })

    it('says what to show and what a name begins with', function () {
      expect(duty('llama3.1', 'display-credit')?.display).to.equal('Built with Llama')
      expect(duty('llama3.1', 'name-prefix')).to.deep.include({
        uses: ['redistribute-derivatives', 'distill'],
        prefix: 'Llama',
      })
      expect(duty('qwen', 'display-credit')?.uses).to.deep.equal(['redistribute-derivatives', 'distill'])
      expect(duty('nvidia-cosmos', 'display-credit')?.display).to.equal('Built on NVIDIA Cosmos')
    })

    it('lets a derivative go on only under what the text allows', function () {
      const only = (id: string) => onlyOf(by(id).outbound)
      expect(only('GPL-2.0-only')).to.deep.equal(['gpl-2.0'])
      expect(only('GPL-3.0-only')).to.deep.equal(['gpl-3.0', 'agpl-3.0'])
      expect(only('MPL-2.0')).to.include.members(['mpl-2.0', 'gpl-2.0', 'gpl-3.0', 'agpl-3.0', 'lgpl-2.1'])
      expect(only('LGPL-2.1-only')).to.include.members(['lgpl-2.1', 'gpl-2.0', 'gpl-3.0']).and.not.include('lgpl-3.0')
      expect(only('CC-BY-SA-4.0')).to.deep.equal(['cc-by-sa', 'gpl-3.0'])
      expect(only('CC-BY-NC-4.0'))
        .to.include('cc-by-nc-sa')
        .and.not.include.members(['permissive', 'cc-by', 'cc-by-sa'])
      expect(exceptOf(by('Apache-2.0').outbound))
        .to.include('gpl-2.0')
        .and.not.include('gpl-3.0')
      expect(only('CC-BY-ND-4.0')).to.deep.equal(['cc-by-nd'])
      expect(only('CC-BY-NC-ND-4.0')).to.deep.equal(['cc-by-nc-nd'])
      for (const id of ['MIT', 'BSD-3-Clause', 'CC-BY-4.0']) expect(by(id).outbound, id).to.equal(undefined)
    })

    it('does not ask a reserved right as a duty', function () {
      expect(by('Apache-2.0').reserved.map(({ right }) => right)).to.deep.equal(['trademark'])
      expect(by('CC0-1.0').obligations).to.deep.equal([])
    })

    it('tells the Qwen license of 2024 from the Tongyi Qianwen license by their outputs', function () {
      expect(by('qwen').rights.distill.grant).to.equal(true)
      expect(by('tongyi-qianwen').rights.distill.grant).to.equal(false)
    })

    it('withholds sublicensing where the text forbids it', function () {
      for (const id of ['ODbL-1.0', 'ODC-By-1.0', 'GPL-3.0-only', 'LGPL-3.0-only', 'CC-BY-4.0', 'mrl', 'yi-2.1'])
        expect(by(id).rights.sublicense.grant, id).to.equal(false)
      for (const id of ['MIT', 'Apache-2.0', 'deepseek', 'creativeml-openrail-m'])
        expect(by(id).rights.sublicense.grant, id).to.equal(true)
    })
  })

  describe('the names of the library', function () {
    const id = (card: LicenseCard) => findLicense(licenses, card)?.id
    const other = (licenseName: string, more: LicenseCard = {}) => id({ license: 'other', licenseName, ...more })

    it("leads from every license of the Hub's list to an entry", function () {
      for (const license of HUB) expect(id({ license }), license).not.to.equal(undefined)
    })

    it('finds what cards of the Hub name', function () {
      expect(id({ license: 'apache-2.0' })).to.equal('Apache-2.0')
      expect(id({ license: 'openrail++' })).to.equal('openrail++')
      expect(id({ license: 'gpl-3.0' })).to.equal('GPL-3.0-only')
      expect(id({ license: 'lgpl-lr' })).to.equal('LGPLLR')
      expect(other('deepseek-license')).to.equal('deepseek')
      expect(other('stabilityai-ai-community')).to.equal('stabilityai-community')
      expect(other('tencent-hunyuan-community')).to.equal('hunyuan-community')
      expect(other('qwen-community-1.0')).to.equal('qwen-community-1.0')
      expect(other('lfm1.0')).to.equal('lfm1.0')
      expect(id({ license: 'other' })).to.equal(undefined)
    })

    it('tells texts of one name apart by owner, link and base model', function () {
      const cases: [expected: string | undefined, name: string, card: LicenseCard][] = [
        [undefined, 'modified-mit', {}],
        [undefined, 'modified-mit', { licenseLink: 'LICENSE', baseModels: ['me/model'] }],
        ['modified-mit-kimi-k2', 'modified-mit', { model: 'moonshotai/Kimi-K2-Instruct-0905' }],
        ['modified-mit-kimi-k2.5', 'modified-mit', { baseModels: ['moonshotai/Kimi-K2.5'] }],
        ['modified-mit-kimi-k2.6', 'modified-mit', { baseModels: ['moonshotai/Kimi-K2.6'] }],
        ['minimax-m2', 'modified-mit', { baseModels: ['MiniMaxAI/MiniMax-M2'], licenseLink: 'LICENSE' }],
        [undefined, 'modified-mit', { baseModels: ['MiniMaxAI/MiniMax-M2.5'] }],
        ['minimax-m2.7', 'modified-mit', { baseModels: ['MiniMaxAI/MiniMax-M2.7'] }],
        ['mistral-modified-mit', 'modified-mit', { baseModels: ['mistralai/Devstral-2-123B-Instruct-2512'] }],
        [
          'modified-mit-kimi-k2.5',
          'modified-mit',
          { licenseLink: `${HUB_PAGE}/moonshotai/Kimi-K2.5/blob/main/LICENSE` },
        ],
        [undefined, 'modified-mit', { licenseLink: `${HUB_PAGE}/moonshotai/Kimi-K3/blob/main/LICENSE` }],
        [undefined, 'modified-mit', { licenseLink: 'https://github.com/MiniMax-AI/MiniMax-M2.5/blob/main/LICENSE' }],
        [undefined, 'exaone', {}],
        ['exaone', 'exaone', { baseModels: ['LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct'] }],
        ['exaone-1.2', 'exaone', { baseModels: ['LGAI-EXAONE/EXAONE-4.0-32B'] }],
        [
          'hunyuan3d-2.1',
          'tencent-hunyuan-community',
          { licenseLink: `${HUB_PAGE}/tencent/Hunyuan3D-2.1/blob/main/LICENSE` },
        ],
        ['nvidia-cosmos', 'nvidia-open-model-license', { model: 'nvidia/Cosmos-Predict2-2B' }],
        ['nvidia-open-model-license', 'nvidia-open-model-license', { model: 'nvidia/Nemotron-Nano-9B-v2' }],
        ['falcon-llm-license', 'falcon-llm-license', { model: 'tiiuae/Falcon3-7B-Base' }],
        ['falcon-2-license', 'falcon-llm-license', { baseModels: ['tiiuae/falcon-11B'] }],
      ]
      for (const [expected, name, card] of cases)
        expect(other(name, card), `${name} ${JSON.stringify(card)}`).to.equal(expected)
      expect(id({ license: 'llama3.2', baseModels: ['meta-llama/Llama-3.2-3B'] })).to.equal('llama3.2-text')
      expect(id({ license: 'llama3.2', baseModels: ['meta-llama/Llama-3.2-90B-Vision'] })).to.equal('llama3.2-vision')
      expect(id({ license: 'llama3.2', baseModels: ['me/model'] })).to.equal('llama3.2')
      expect(id({ license: 'cc-by-nc-4.0', model: 'CohereLabs/aya-expanse-8b' })).to.equal('cohere-cc-by-nc')
      expect(id({ license: 'cc-by-nc-4.0', model: 'me/model' })).to.equal('CC-BY-NC-4.0')
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

    it('refuses a shared name about which neither links nor models decide, and models without one', async function () {
      const wrong: [field: string, changes: object][] = [
        ['shared', { shared: ['mit-like'] }],
        ['models', { models: ['me/*'] }],
      ]
      for (const [field, changes] of wrong) {
        await writeFile(join(folder, 'mit.json'), JSON.stringify({ ...JSON.parse(await mit()), ...changes }))
        expect(await failure(), field)
          .to.be.instanceOf(InvalidLicenseError)
          .with.property('field', field)
      }
    })
  })
})
