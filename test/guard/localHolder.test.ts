import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { localHolder } from '../../src/guard/localHolder.ts'
import { openPinned, type OpenedModel, type PinnedModel } from '../../src/guard/openGuarded.ts'
import { PinnedPlace } from '../../src/guard/pinnedPlace.ts'
import { guardedModel, writeModel } from './models.ts'

describe('localHolder', function () {
  let top: string
  let root: string
  const env = () => ({ HOME: top, XDG_STATE_HOME: join(top, 'state') })
  const opened = async (reference = root): Promise<OpenedModel> => {
    const { digest, files } = await guardedModel(root)
    return { reference, isAdapter: false, root, digest, files, tensors: null, notes: [] }
  }

  /** A model of Ollama's store whose only file is in the folder of the model. */
  const ofStore = async (): Promise<PinnedModel> => {
    const weights = createHash('sha256').update('weights').digest('hex')
    const layer = { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${weights}`, size: 7 }
    writeModel(join(root, 'store'), {
      [`blobs/sha256-${weights}`]: 'weights',
      'manifests/registry.ollama.ai/library/tiny/latest': JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: `sha256:${weights}`, size: 7 },
        layers: [layer],
      }),
    })
    const options = { env: { OLLAMA_MODELS: join(root, 'store') }, cache: false as const }
    return openPinned({ reference: 'ollama:tiny', isAdapter: false }, options)
  }

  beforeEach(function () {
    top = mkdtempSync(join(tmpdir(), 'stemma-holder-'))
    root = join(top, 'places/model')
    writeModel(root, { 'config.json': '{}', 'model.safetensors': 'weights' })
  })
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  it('holds by the place, knows what it held, and gives it back', async function () {
    const holder = await localHolder({ move: false, env: env() })
    const model = await opened()
    expect(await holder.held(root)).to.equal(undefined)
    expect(await holder.hold(model)).to.include({ place: 'own', by: 'mode' })
    expect(holder.isAsHashed(model)).to.equal(false)
    const held = (await holder.held(root))!
    expect([held.digest, holder.isAsHashed(held), await holder.isHeld(root)]).to.deep.equal([model.digest, true, true])
    expect(await holder.release(model)).to.have.length(2)
    // What another guard gave back is not as this one saw it held.
    expect([holder.isAsHashed(held), await holder.isHeld(root)]).to.deep.equal([false, false])
    expect(await holder.release(model)).to.equal(undefined)
  })

  it('does not know what was changed while it was held', async function () {
    const holder = await localHolder({ move: false, env: env() })
    await holder.hold(await opened())
    chmodSync(root, 0o700)
    chmodSync(join(root, 'config.json'), 0o600)
    expect(await holder.held(root)).to.equal(undefined)
    await holder.releaseAt(root)
    expect(lstatSync(join(root, 'model.safetensors')).mode & 0o400).to.equal(0o400)
  })

  it('counts a new file as a change of a folder, and not of a model in a store', async function () {
    const holder = await localHolder({ move: false, env: env() })
    const pinned = async (): Promise<PinnedModel> => {
      const model = await opened()
      return { ...model, place: await PinnedPlace.of(model.reference, {}) }
    }
    const inStore = await holder.watch(await ofStore(), () => {})
    const inFolder = await holder.watch(await pinned(), () => {})
    writeFileSync(join(root, 'adapter.safetensors'), 'weights of another model')
    expect(await inStore.stop()).to.equal(null)
    expect(await inFolder.stop()).to.contain('was added')
  })

  it('leaves alone what another guard runs with, and holds it once that has ended', async function () {
    const [one, two] = [await localHolder({ move: false, env: env() }), await localHolder({ move: false, env: env() })]
    const end = await one.use(await opened())
    const left = await two.hold(await opened())
    expect([left.by, left.says.join(' ')]).to.deep.equal([
      'nothing',
      'Another guard runs a command with these files, so they were left to it. Only this start is refused.',
    ])
    end()
    // A guard that was killed leaves its mark, and not its lock.
    mkdirSync(join(top, 'state/stemma/guard/running', readdirSync(join(top, 'state/stemma/guard/running'))[0]!, '00'))
    expect((await two.hold(await opened())).by).to.equal('mode')
  })

  it('locks each digest once, in one order', async function () {
    const [one, two] = ['1', '2'].map((digit) => `0x${digit.repeat(64)}` as OpenedModel['digest'])
    const holders = [await localHolder({ move: false, env: env() }), await localHolder({ move: false, env: env() })]
    const order: string[] = []
    const free = await holders[0]!.lock([two!, one!, two!])
    const second = holders[1]!.lock([one!, two!]).then((end) => {
      order.push('second')
      end()
    })
    order.push('first')
    free()
    await second
    expect(order).to.deep.equal(['first', 'second'])
  })
})
