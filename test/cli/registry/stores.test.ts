import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { expect } from 'chai'

import { createFolder, createHubCache, removeFolders, writeFile } from '../../artifacts/folder.ts'
import { ggufOf } from '../../interop/tensorFiles.ts'
import { OciLayout, OllamaStore, rawLayers, tarOf } from '../../subjects/stores.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const GGUF = ggufOf([{ dtype: 'F32', shape: [2], data: '0000803f00000040' }])
const FILES = { 'README.md': '---\nlicense: mit\n---\n# Tiny\n', 'model.gguf': GGUF, 'config.json': '{}' }

describe('stemma with models in local stores', function () {
  let world: World
  const store = new OllamaStore()

  before(async function () {
    world = await startWorld()
    store.add('registry.ollama.ai/acme/tiny/latest', [
      { kind: 'model', contents: GGUF },
      { kind: 'license', contents: 'A license that nobody knows.' },
    ])
    writeFile(store.home, '.lmstudio/models/acme/tiny/tiny-Q4_0.gguf', GGUF)
    writeFile(store.home, '.lmstudio/models/acme/tiny/tiny-Q8_0.gguf', 'GGUF')
  })

  after(async function () {
    removeFolders()
    await world.stop()
  })

  const env = { HOME: store.home, STEMMA_PRIVATE_KEY: KEYS.acme.privateKey }
  const ok = async (args: string, more = {}): Promise<any> => {
    const { code, stderr, json } = await world.run(`${args} --json`, { env: { ...env, ...more } })
    expect(code, stderr).to.equal(0)
    return json()
  }

  it('digests a model of Ollama as its file, and says what it is the digest of', async function () {
    const file = join(createFolder({ 'x.gguf': GGUF }), 'x.gguf')
    const alone = await ok(`digest ${file}`)
    const { subject, ...stored } = await ok('digest ollama:acme/tiny')
    expect(stored).to.deep.include({ digest: alone.digest, tensors: alone.tensors, problems: [], warnings: [] })
    expect(stored).to.not.have.property('stated')
    expect(subject).to.deep.include({ reference: 'ollama:acme/tiny', place: 'ollama', name: 'acme/tiny' })
    expect(await ok('digest lmstudio:acme/tiny/tiny-Q4_0.gguf')).to.include({ digest: alone.digest })
  })

  it('drafts and registers from a store, and verifies the same weights in another', async function () {
    const drafted = await ok('draft lmstudio:acme/tiny/tiny-Q4_0.gguf')
    const { digest, tensors } = await ok('digest ollama:acme/tiny')
    expect(drafted).to.deep.include({ name: 'acme/tiny', weights: digest, tensors })
    const registered = await world.run('register ollama:acme/tiny --terms none --json', {
      env: { HOME: world.cwd, OLLAMA_MODELS: store.root, STEMMA_PRIVATE_KEY: KEYS.acme.privateKey },
    })
    expect(registered.code, registered.stderr).to.equal(0)
    const { model } = registered.json()
    const layout = new OciLayout()
    layout.add(layout.modelPack(rawLayers({ 'tiny.gguf': GGUF })), 'v1')
    for (const reference of [`oci:${layout.root}:v1`, layout.root]) {
      const { code, json } = await world.run(`verify ${reference} --use research --json`)
      expect(json(), reference).to.deep.include({ model, verdict: 'unknown' })
      expect(code).to.equal(3)
    }
  })

  it('digests, drafts and verifies an OCI layout as the folder that it was packed from', async function () {
    const folder = createFolder(FILES)
    const { digest } = await ok(`digest ${folder}`)
    const layout = new OciLayout()
    const layer = {
      mediaType: 'application/vnd.cncf.model.weight.v1.tar+gzip',
      contents: await tarOf(FILES, 'tar+gzip'),
    }
    layout.add(layout.modelPack([layer], { name: 'acme/packed' }))
    expect(await ok(`digest oci:${layout.root}`)).to.include({ digest })
    expect(await ok(`draft oci:${layout.root}`)).to.deep.include({
      ...(await ok(`draft ${folder} --name acme/packed`)),
    })
    expect(await world.fails(`verify oci:${layout.root} --use research`)).to.deep.equal([3, 'WEIGHTS_NOT_REGISTERED'])
  })

  it('answers a name on the Hub from its cache, when no network is asked for', async function () {
    const { repository, snapshot } = createHubCache('models--acme--tiny', { 'model.bin': 'weights' })
    const offline = { HF_HUB_OFFLINE: '1', HF_HUB_CACHE: dirname(repository) }
    const { digest } = await ok(`digest ${snapshot}`)
    expect(await ok('digest hf:acme/tiny', offline)).to.include({ digest })
  })

  it('gives each fault its code, and exit code 2', async function () {
    const failing = async (args: string): Promise<[number, string]> => {
      const { code, stderr, json } = await world.run(`${args} --json`, { env })
      expect(stderr).to.not.match(/[^\x20-\x7e\n’…]/)
      return [code, json().error.code]
    }
    expect(await failing('digest lmstudio:acme/tiny')).to.deep.equal([2, 'MODEL_CHOICE'])
    expect(await failing('digest ollama:acme/none')).to.deep.equal([2, 'STORED_MODEL_NOT_FOUND'])
    expect(await failing('verify ollama:../x --use research')).to.deep.equal([2, 'STORE_REFERENCE'])
    expect(await failing('draft oci:/missing:v1')).to.deep.equal([2, 'STORE_NOT_FOUND'])
    writeFileSync(store.pathOf(GGUF), Buffer.from(GGUF).fill(7, GGUF.length - 1))
    expect(await failing('register ollama:acme/tiny --terms none')).to.deep.equal([2, 'BLOB_MISMATCH'])
  })
})
