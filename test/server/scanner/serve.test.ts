import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { expect } from 'chai'
import { Contract } from 'ethers'

import { accessManagerAbi } from '../../../src/abi/accessManager.ts'
import { ROLES } from '../../../src/core/roles.ts'
import { nodeProvider } from '../../../src/sdk/nodeProvider.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { readReview } from '../../../src/sdk/gate/readReview.ts'
import { parseScannerConfig } from '../../../packages/server/src/scanner/config.ts'
import { openScan } from '../../../packages/server/src/scanner/openScan.ts'
import { serveScanner, type ServeScannerSettings } from '../../../packages/server/src/scanner/serve.ts'
import type { Hex } from '../../../src/core/hex.ts'
import type { AccessManager } from '../../../typechain-types/@openzeppelin/contracts/access/manager/AccessManager.ts'
import { KEYS, startWorld, type World } from '../../cli/world.ts'
import { startHubServer, type HubServer } from '../../subjects/hubServer.ts'

/** A pickle that would run a command. */
const HOSTILE = Buffer.from('\x80\x04cos\nsystem\n\x8c\x06echo x\x85R.', 'latin1')
const HEADER = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
const TENSORS = Buffer.concat([Buffer.from([HEADER.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(`${HEADER}x`)])

describe('stemma-server scanner', function () {
  this.timeout(240_000)
  let world: World
  let hub: HubServer
  let runs = 0

  before(async function () {
    world = await startWorld()
    hub = await startHubServer()
  })

  after(async function () {
    await hub.stop()
    await world.stop()
  })

  /** Makes a folder of a model, and requests a review of it. Returns the digest of its weights. */
  const request = async (
    name: string,
    files: Record<string, Uint8Array | string>,
    uri: string,
    as: keyof typeof KEYS = 'stranger',
  ): Promise<Hex> => {
    const folder = join(world.cwd, name)
    await mkdir(folder)
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes)
    return (await world.ok(`review request ./${name} --uri ${uri}`, { as })).subject
  }
  /** Runs the scanner once over what is open. */
  const run = async (
    config: object,
    folder = `scanner-${(runs += 1)}`,
    stop = new AbortController(),
    other: Partial<ServeScannerSettings> = {},
  ) => {
    const entries: Record<string, unknown>[] = []
    const counts = await serveScanner({
      config: parseScannerConfig({ folder, ...config }, world.cwd),
      deployment: world.deployment,
      nodes: [world.rpcUrl],
      key: KEYS.acme.privateKey as Hex,
      env: { HF_ENDPOINT: hub.endpoint },
      once: true,
      openScan,
      log: (entry) => void entries.push(entry),
      signal: stop.signal,
      ...other,
    })
    return { counts, entries, folder: join(world.cwd, folder) }
  }
  /** Gives an account the role of a scanner, or takes it. */
  const setScanner = async (account: string, isScanner: boolean): Promise<void> => {
    const provider = nodeProvider(world.rpcUrl, world.deployment)
    try {
      const { manager: address } = world.deployment.contracts
      const manager = new Contract(address, accessManagerAbi, await provider.getSigner(0)) as unknown as AccessManager
      const sent = await (isScanner
        ? manager.grantRole(ROLES.scanner, account, 0)
        : manager.revokeRole(ROLES.scanner, account))
      await sent.wait()
    } finally {
      provider.destroy()
    }
  }
  const scansOf = async (subject: Hex): Promise<string[]> => {
    const provider = nodeProvider(world.rpcUrl, world.deployment)
    try {
      const { scans } = await readReview(openLedger(provider, world.deployment), { subject: subject as never })
      return scans.map(({ verdict }) => verdict)
    } finally {
      provider.destroy()
    }
  }

  it('fetches, scans and attests what is requested, by a report whose digest is on chain, and nothing twice', async function () {
    const good = { 'w.safetensors': TENSORS, 'README.md': '---\nlicense: mit\n---\n' }
    hub.publish('acme/good', { ...good, 'w.safetensors': { lfs: TENSORS } })
    const passed = await request('good', good, 'hf:acme/good')
    const failed = await request('bad', { 'w.bin': HOSTILE }, 'hf:acme/none')
    const privateHosts = [hub.endpoint, hub.storage].map((address) => new URL(address).host)
    await mkdir(join(world.cwd, 'sketches'))
    await writeFile(join(world.cwd, 'sketches/0.sketch'), 'garbage')
    const config = { privateHosts, folders: { [failed]: 'bad' }, sketches: 'sketches' }
    const { counts, folder, entries } = await run(config)
    expect(counts, JSON.stringify(entries)).to.deep.include({ attested: 2, waiting: 0, refused: 0 })
    expect([await scansOf(passed), await scansOf(failed)]).to.deep.equal([['passed'], ['failed']])
    const { report } = entries.find(({ kind, weights }) => kind === 'attested' && weights === failed) as { report: Hex }
    const text = await readFile(join(folder, 'reports', `${report.slice(2)}.json`), 'utf8')
    expect(`0x${createHash('sha256').update(text).digest('hex')}`).to.equal(report)
    expect(text).to.contain('os.system')
    // Once, though the folder is read for each review.
    const refused = entries.filter(({ kind }) => kind === 'sketch-refused')
    expect(refused.map(({ sketch }) => sketch)).to.deep.equal(['0'])
    const again = await run(config, folder.split('/').at(-1))
    expect(again.entries.filter(({ kind }) => kind === 'attested')).to.deep.equal([])
  })

  it('attests nothing that is unknown, that is other weights, or that cannot be had', async function () {
    const unknown = await request('unknown', { 'w.xyz': 'nobody knows this format' }, 'hf:acme/none')
    const other = await request('other', { 'w.bin': 'these' }, 'hf:acme/none')
    const absent = await request('absent', { 'w.bin': 'those' }, 'hf:acme/none')
    const secret = await request('secret', { 'w.bin': 'third' }, 'https://169.254.169.254/w.bin')
    const { entries } = await run({
      folders: { [unknown]: 'unknown', [other]: 'absent' },
      privateHosts: [new URL(hub.endpoint).host],
    })
    const said = new Map(entries.map(({ weights, kind, code }) => [weights, [kind, code]]))
    expect(said.get(unknown)).to.deep.equal(['scanned', undefined])
    expect(said.get(other)).to.deep.equal(['refused', 'OTHER_WEIGHTS'])
    expect(said.get(absent)![0]).to.equal('waiting')
    expect(said.get(secret)).to.deep.equal(['refused', 'PRIVATE_ADDRESS'])
    for (const subject of [unknown, other, absent, secret]) expect(await scansOf(subject)).to.deep.equal([])
  })

  it('says at the start that its account is not accredited: once refuses, a service waits and fetches nothing', async function () {
    const weights = await request('later', { 'w.bin': HOSTILE, 'later.txt': 'later' }, 'hf:acme/none', 'gamma')
    const stop = new AbortController()
    const kinds: unknown[] = []
    let heard = (_: string): void => {}
    const waits = new Promise<string>((resolve) => (heard = resolve))
    const own = { folders: { [weights]: 'later' }, requesters: [KEYS.gamma.address], engines: [] }
    const log = ({ kind, message, weights: of }: Record<string, unknown>) => {
      kinds.push(kind)
      if (kind === 'not-accredited') heard(String(message))
      if (kind === 'attested' && of === weights) stop.abort()
    }
    const as = { key: KEYS.operator.privateKey as Hex, log }
    expect(await run(own, 'later-work', stop, as).catch((error: { code: string }) => error.code)).to.equal(
      'NOT_ACCREDITED',
    )
    expect(kinds).to.deep.equal([])
    const serving = run(own, 'later-work', stop, { ...as, once: false })
    expect(await waits)
      .to.contain(KEYS.operator.address.toLowerCase())
      .and.to.contain('stemma roles')
    expect(kinds).to.deep.equal(['watching', 'not-accredited'])
    await setScanner(KEYS.operator.address, true)
    // A new request wakes it, before it asks by itself.
    await request('wakes', { 'w.bin': 'wakes' }, 'hf:acme/none', 'gamma')
    await serving
    expect(kinds).to.include.members(['accredited', 'attested'])
    expect(await scansOf(weights)).to.deep.equal(['failed'])
  })

  it('keeps a scan that it could not attest, and attests it later without another', async function () {
    const weights = await request('kept', { 'w.bin': HOSTILE, 'kept.txt': 'kept' }, 'hf:acme/none', 'beta')
    const scanned: string[] = []
    const as = {
      key: KEYS.operator.privateKey as Hex,
      openScan: (...opened: Parameters<typeof openScan>): ReturnType<typeof openScan> => {
        const scan = openScan(...opened)
        return async (...asked) => {
          scanned.push(asked[1])
          if (asked[1] === weights) await setScanner(KEYS.operator.address, false)
          return scan(...asked)
        }
      },
    }
    const own = { folders: { [weights]: 'kept' }, requesters: [KEYS.beta.address], engines: [] }
    const failed = await run(own, 'kept-work', undefined, as)
    expect(
      failed.entries.filter((entry) => entry.weights === weights).map(({ kind, code }) => code ?? kind),
    ).to.deep.equal(['fetched', 'scanned', 'REVIEW_GATE_NOT_SCANNER'])
    await setScanner(KEYS.operator.address, true)
    const later = await run(own, 'kept-work', undefined, { ...as, now: () => Date.now() + 86_400_000 })
    expect(later.entries.filter((entry) => entry.weights === weights).map(({ kind }) => kind)).to.deep.equal([
      'attested',
    ])
    expect(scanned.filter((each) => each === weights)).to.have.length(1)
    expect(await scansOf(weights)).to.deep.equal(['failed'])
  })

  it('shares its folder with no other', async function () {
    const stop = new AbortController()
    // A requester that has requested nothing, so there is nothing to do.
    const nobody = { requesters: [KEYS.operator.address] }
    const first = run(nobody, 'shared', stop)
    const second = await run(nobody, 'shared').catch((error: { code: string }) => error.code)
    await first
    expect(second).to.equal('FOLDER_LOCKED')
  })
})
