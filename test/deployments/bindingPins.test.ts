import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import type { Address, ModelId } from '../../src/core/hex.ts'
import { BindingPins, listBindingPins } from '../../src/deployments/bindingPins.ts'
import type { LedgerOfPin } from '../../src/deployments/namePins.ts'

const id = (n: number): ModelId => `0x${n.toString(16).padStart(64, '0')}` as ModelId
const ledgerOn = (chainId: number): LedgerOfPin =>
  ({ chainId, contracts: { ledger: `0x${'11'.repeat(20)}` as Address } }) as LedgerOfPin
const [EXTERNAL, OTHER, ONE, TWO] = [id(1), id(2), id(10), id(11)]

describe('bindings that were seen', function () {
  let root: string
  let surroundings: { env: NodeJS.ProcessEnv }
  let pins: BindingPins

  beforeEach(async function () {
    root = await mkdtemp(join(tmpdir(), 'stemma-bindings-'))
    surroundings = { env: { HOME: root } }
    pins = new BindingPins(ledgerOn(1), surroundings)
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  it('change when a binding is added, removed or replaced, and not by their order', async function () {
    expect(await pins.check({ external: EXTERNAL, models: [TWO, ONE] }, 100)).to.equal(undefined)
    expect(await pins.check({ external: EXTERNAL, models: [ONE, TWO] }, 200)).to.equal(undefined)
    for (const changed of [[ONE], [ONE, TWO, OTHER], [ONE, OTHER]]) {
      expect(await pins.check({ external: EXTERNAL, models: changed }, 300)).to.deep.equal([ONE, TWO])
      expect((await pins.of(EXTERNAL))[0]!.changedTo).to.deep.equal(changed.toSorted())
    }
    expect((await pins.of(EXTERNAL))[0]!.firstSeen).to.equal(100)
    expect(await pins.check({ external: EXTERNAL, models: [ONE, TWO] }, 400)).to.equal(undefined)
  })

  it('are accepted as they were last found changed, and not as they are by then', async function () {
    await pins.check({ external: EXTERNAL, models: [ONE] }, 100)
    const refused = await pins.accept(EXTERNAL, 150).catch((error: { code: string }) => error.code)
    expect(refused).to.equal('BINDING_NOT_CHANGED')
    await pins.check({ external: EXTERNAL, models: [TWO] }, 200)
    const [accepted] = await pins.accept(EXTERNAL, 300)
    expect([accepted!.models, accepted!.firstSeen, accepted!.changedTo]).to.deep.equal([[TWO], 300, null])
    expect(await pins.check({ external: EXTERNAL, models: [TWO] }, 400)).to.equal(undefined)
    expect(await pins.check({ external: EXTERNAL, models: [ONE] }, 500)).to.deep.equal([TWO])
  })

  it('are of one ledger, and are forgotten one by one', async function () {
    const elsewhere = new BindingPins(ledgerOn(2), surroundings)
    await pins.check({ external: EXTERNAL, models: [ONE] }, 100)
    expect(await elsewhere.check({ external: EXTERNAL, models: [TWO] }, 100)).to.equal(undefined)
    await pins.check({ external: OTHER, models: [ONE] }, 100)
    const listed = await listBindingPins(surroundings)
    expect(listed.map(({ external, chainId }) => `${external} ${chainId}`)).to.have.members([
      `${EXTERNAL} 1`,
      `${EXTERNAL} 2`,
      `${OTHER} 1`,
    ])
    await pins.forget(EXTERNAL)
    expect(await pins.check({ external: EXTERNAL, models: [TWO] }, 200)).to.equal(undefined)
    expect(await elsewhere.check({ external: EXTERNAL, models: [ONE] }, 200)).to.deep.equal([TWO])
    const code = await pins.forget(id(99)).catch((error: { code: string }) => error.code)
    expect(code).to.equal('BINDING_NOT_PINNED')
  })

  it('that publishers state are kept apart, by whom the reader trusts', async function () {
    const by = [`0x${'22'.repeat(20)}` as Address]
    expect(await pins.check({ external: EXTERNAL, models: [ONE] }, 100)).to.equal(undefined)
    expect(await pins.check({ external: EXTERNAL, models: [TWO], by }, 100)).to.equal(undefined)
    expect(await pins.check({ external: EXTERNAL, models: [ONE], by }, 200)).to.deep.equal([TWO])
    expect(await pins.check({ external: EXTERNAL, models: [ONE] }, 200)).to.equal(undefined)
    expect((await pins.accept(EXTERNAL, 300)).map((pin) => [pin.by, pin.models])).to.deep.equal([[by, [ONE]]])
    expect(await pins.forget(EXTERNAL)).to.have.length(2)
  })

  it('that are broken count as not seen', async function () {
    await pins.check({ external: EXTERNAL, models: [ONE] }, 100)
    const folder = join(root, '.config/stemma/bindings')
    const [name] = await readdir(folder)
    for (const text of ['', '{}', '{"external":1}', JSON.stringify({ external: OTHER, chainId: 1 })]) {
      await writeFile(join(folder, name!), text)
      expect(await listBindingPins(surroundings)).to.deep.equal([])
      expect(await pins.of(EXTERNAL)).to.deep.equal([])
    }
    expect(await pins.check({ external: EXTERNAL, models: [TWO] }, 200)).to.equal(undefined)
  })
})
