import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { namedModels } from '../../src/guard/namedModels.ts'
import { openGuarded } from '../../src/guard/openGuarded.ts'
import { writeModel } from './models.ts'

const COMMIT = 'a'.repeat(40)

describe('models that a model names', function () {
  let folder: string
  let options: { cwd: string; env: NodeJS.ProcessEnv }

  beforeEach(function () {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'stemma-named-')))
    options = { cwd: folder, env: { HOME: folder, HF_HUB_CACHE: join(folder, 'hub') } }
    writeModel(join(folder, 'base'), { 'model.safetensors': 'weights' })
    const repository = join(folder, 'hub/models--acme--base')
    writeModel(repository, { [`snapshots/${COMMIT}/model.bin`]: 'weights', 'refs/main': COMMIT })
  })

  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** What an adapter names whose configuration is a text. */
  async function namedBy(config: string, file = 'adapter_config.json', isAdapter = false): Promise<string[]> {
    writeModel(join(folder, 'tone'), { 'adapter_model.safetensors': 'adapter', [file]: config })
    const opened = await openGuarded({ reference: './tone', isAdapter }, options)
    return (await namedModels([opened], options)).map(({ reference }) => reference)
  }

  for (const [what, config, names] of [
    ['a path', '{"base_model_name_or_path": "./base"}', ['./base']],
    ['a folder named as on the Hub', '{"base_model_name_or_path":"base","rank":NaN}', ['./base']],
    ['a model in the cache', '{"base_model_name_or_path":"acme/base","revision":null}', ['hf:acme/base']],
    ['a revision', `{"revision":"${COMMIT}","base_model_name_or_path":"acme/base"}`, [`hf:acme/base@${COMMIT}`]],
    [
      'both of two',
      '{"base_model_name_or_path":"base","base_model_name_or_path":"acme/base"}',
      ['./base', 'hf:acme/base'],
    ],
    ['an escaped name', '{"base\\u005fmodel_name_or_path":"b\\u0061se"}', ['./base']],
    ['nothing that is not on this disk', '{"base_model_name_or_path":"acme/other"}', []],
    ['nothing in other words', '{"task":"base_model_name_or_path","a":["base"],"b":"base"}', []],
  ] as const) {
    it(`finds ${what}`, async function () {
      expect(await namedBy(config)).to.deep.equal(names)
    })
  }

  it('finds what other configurations name, and nothing of an adapter that is put on a base', async function () {
    const draft = '{"speculators_config":{"verifier":{"architectures":["x"],"name_or_path":"base"}}}'
    expect(await namedBy(draft, 'config.json')).to.deep.equal(['./base'])
    expect(await namedBy('{"mm_vision_tower":"acme/base"}', 'config.json')).to.deep.equal(['hf:acme/base'])
    expect(await namedBy('{"name_or_path":"base"}', 'config.json')).to.deep.equal([])
    expect(await namedBy('{"base_model_name_or_path":"base"}', 'adapter_config.json', true)).to.deep.equal([])
  })

  it('leaves out what is known already, and refuses a file that is too long to be looked through', async function () {
    writeModel(join(folder, 'tone'), {
      'adapter_model.safetensors': 'a',
      'adapter_config.json': '{"base_model_name_or_path":"base"}',
    })
    const both = await Promise.all(
      ['./tone', 'base'].map((reference) => openGuarded({ reference, isAdapter: false }, options)),
    )
    expect(await namedModels(both, options)).to.deep.equal([])
    mkdirSync(join(folder, 'long'))
    writeModel(join(folder, 'long'), { 'adapter_config.json': '{}', 'model.bin': 'x' })
    truncateSync(join(folder, 'long/adapter_config.json'), 16 * 1024 * 1024 + 1)
    const long = await openGuarded({ reference: './long', isAdapter: false }, options)
    const refused = await namedModels([long], options).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'LONG_NAMES' })
  })
})
