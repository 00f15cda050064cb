import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { parse } from 'yaml'

import { writeActionTree } from '../../tools/tag-action.ts'
import { standardsFolder } from '../fixtures/standards.ts'
import { jsonBytes, makeBundle } from '../signing/bundles.ts'
import { makeCertificate } from '../signing/certificates.ts'
import { runStep, type Step } from './runnerOf.ts'
import { edit, startUsedModels, type UsedModels } from './usedModels.ts'
import { inDepth, someInDepth } from '../fixtures/inDepth.ts'

/** Below this many bytes a model is hashed in the main thread. */
const INLINE_BYTES = 16 * 1024 * 1024

type Manifest = {
  inputs: Record<string, { description: string; default?: string }>
  outputs: Record<string, { description: string }>
  runs: { using: string; main: string }
}

describe('action.yml', function () {
  let world: UsedModels
  let tree: string
  let main: string
  let manifest: Manifest

  /** Runs a step with the defaults of action.yml, as the runner fills them in. */
  const step = async (inputs: Record<string, string>): Promise<Step> => {
    for (const name of Object.keys(inputs)) expect(manifest.inputs, name).to.have.property(name)
    const defaults = Object.entries(manifest.inputs).map(([name, { default: value = '' }]) => [name, value])
    const result = await runStep(main, {
      workspace: world.cwd,
      home: tree,
      inputs: { ...Object.fromEntries(defaults), deployment: world.ledger, ...inputs },
    })
    expect(Object.keys(result.outputs).every((name) => name in manifest.outputs)).to.equal(true)
    const others = result.obeyed.filter(({ command }) => !['error', 'warning', 'notice'].includes(command))
    expect(others, result.log).to.deep.equal([])
    expect(result.obeyed.length).to.be.at.most(10)
    return result
  }
  const levels = ({ obeyed }: Step): string[] => obeyed.map(({ command }) => command)

  before(async function () {
    this.timeout(120_000)
    tree = await mkdtemp(join(tmpdir(), 'stemma-action-'))
    await writeActionTree(tree)
    manifest = parse(await readFile(join(tree, 'action.yml'), 'utf8')) as Manifest
    main = join(tree, manifest.runs.main)
    world = await startUsedModels()
  })

  after(async () => {
    await world.stop()
    await rm(tree, { recursive: true })
  })

  it('runs one bundled file by Node 24, from a tree without dependencies', async function () {
    expect(manifest.runs).to.deep.equal({ using: 'node24', main: 'dist/action/index.js' })
    const { dependencies, scripts } = JSON.parse(await readFile(join(tree, 'package.json'), 'utf8'))
    expect([dependencies, scripts]).to.deep.equal([undefined, undefined])
    expect((await readdir(tree)).includes('node_modules')).to.equal(false)
    const imported = (await readFile(main, 'utf8')).matchAll(/^(?:import|export) [^'"\n]*from ["']([^"']+)["'];?$/gm)
    const names = Array.from(imported, ([, name]) => name!)
    expect(names.length).to.be.greaterThan(5)
    // Node's own modules, the older of which packages name without the prefix.
    const own = names.filter((name) => !process.getBuiltinModule('node:module').isBuiltin(name))
    expect(own).to.deep.equal([])
  })

  it('passes a lock file whose models are permitted, with outputs and a summary, within seconds', async function () {
    await world.lockOf('stemma.lock.json', [world.good])
    const { code, outputs, summary, obeyed, log, took } = await step({})
    expect(code, log).to.equal(0)
    expect(outputs.verdict).to.equal('permitted')
    expect(obeyed).to.deep.equal([])
    expect(summary).to.contain('## Stemma: 1 of 1 model passes')
    const report = JSON.parse(await readFile(outputs.report!, 'utf8'))
    expect([report.outcome, report.results.length]).to.deep.equal(['permitted', 1])
    expect(JSON.parse(await readFile(outputs.sarif!, 'utf8')).version).to.equal('2.1.0')
    console.log(`      the step took ${Math.round(took)} ms to its verdict`)
  })

  it('fails for a model that is not permitted, and annotates its line of the lock file', async function () {
    await world.lockOf('stemma.lock.json', [world.good, world.closed])
    const result = await step({ 'sarif-file': 'out.sarif' })
    expect([result.code, result.outputs.verdict]).to.deep.equal([1, 'not-permitted'])
    expect(result.outputs.sarif).to.equal(join(world.cwd, 'out.sarif'))
    const lines = (await readFile(join(world.cwd, 'stemma.lock.json'), 'utf8')).split('\n')
    const line = lines.findIndex((each) => each.includes(world.closed)) + 1
    const [first] = result.obeyed
    expect(first!.command).to.equal('error')
    expect(first!.properties).to.deep.include({ file: 'stemma.lock.json', line: `${line}` })
    expect(first!.properties.title).to.match(/^Stemma: right-withheld\/\w+$/)
    expect(result.summary).to.contain('1 of 2 models pass')
    const { results } = JSON.parse(await readFile(join(world.cwd, 'out.sarif'), 'utf8')).runs[0]
    expect(results[0].locations[0].physicalLocation.region.startLine).to.equal(line)
  })

  it('fails for a model about which nothing is known, unless fail-on asks for not-permitted alone', async function () {
    const asked = { model: world.wild, use: 'commercial' }
    const { code, outputs } = await step(asked)
    expect([code, outputs.verdict]).to.deep.equal([3, 'unknown'])
    for (const failOn of ['unknown', 'conditional'])
      expect((await step({ ...asked, 'fail-on': failOn })).code).to.equal(3)
    for (const failOn of ['not-permitted', 'never'])
      expect((await step({ ...asked, 'fail-on': failOn })).code).to.equal(0)
    const closed = { model: world.closed, use: 'commercial' }
    expect((await step({ ...closed, 'fail-on': 'not-permitted' })).code).to.equal(1)
    const never = await step({ ...closed, 'fail-on': 'never' })
    expect([never.code, never.outputs.verdict]).to.deep.equal([0, 'not-permitted'])
  })

  it('fails for conditions where fail-on asks for it', async function () {
    const asked = { model: world.good, use: 'redistribute' }
    const { code, outputs } = await step(asked)
    expect([code, outputs.verdict]).to.deep.equal([0, 'conditional'])
    const strict = await step({ ...asked, 'fail-on': 'conditional' })
    expect([strict.code, strict.outputs.verdict]).to.deep.equal([1, 'conditional'])
  })

  it('answers unknown when the node is down, and says so everywhere', async function () {
    const { code, outputs, obeyed, summary } = await step({ 'rpc-url': 'http://127.0.0.1:1' })
    expect(code).to.equal(3)
    expect(outputs).to.deep.equal({ verdict: 'unknown', report: '', sarif: '' })
    expect(obeyed).to.have.length(1)
    expect(obeyed[0]).to.deep.include({ command: 'error' })
    expect(obeyed[0]!.message).to.match(/^NODE_\w+: /)
    expect(summary).to.match(/^## Stemma: no answer\n\n {4}NODE_\w+: /)
    const lenient = await step({ 'rpc-url': 'http://127.0.0.1:1', 'fail-on': 'never' })
    expect([lenient.code, levels(lenient)]).to.deep.equal([0, ['warning']])
  })

  it('answers from a bundle without a node, and never by a bad one', async function () {
    await world.ok(`export bundle ${world.good} --use commercial --out good.bundle`)
    const { hash } = await world.ok('export bundle --show good.bundle')
    const asked = { bundle: 'good.bundle', 'trusted-block': hash, 'rpc-url': '' }
    const good = await step(asked)
    expect([good.code, good.outputs.verdict], good.log).to.deep.equal([0, 'permitted'])
    const bytes = await readFile(join(world.cwd, 'good.bundle'))
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / inDepth(2, 5))) {
      const mutated = Buffer.from(bytes)
      mutated[at]! ^= 1
      await writeFile(join(world.cwd, `mutated-${at}.bundle`), mutated)
    }
    await world.file('words.bundle', '{ "version": 1, "nodes": "::add-mask::x" }')
    const mutants = (await readdir(world.cwd)).filter((name) => name.startsWith('mutated-'))
    const bad: Record<string, string>[] = [
      ...[...mutants, 'words.bundle', 'none.bundle'].map((bundle) => ({ bundle })),
      { 'trusted-block': `0x${'11'.repeat(32)}` },
      { 'trusted-block': '' },
    ]
    for (const wrong of bad) {
      const { code, outputs, obeyed } = await step({ ...asked, ...wrong })
      expect(outputs, JSON.stringify(wrong)).to.deep.include({ report: '', sarif: '' })
      expect([code, outputs.verdict], JSON.stringify(wrong)).to.be.deep.oneOf([
        [2, ''],
        [3, 'unknown'],
      ])
      expect(obeyed.map(({ command }) => command)).to.deep.equal(['error'])
    }
    // A file that is not a bundle is a wrong input, which no verdict excuses.
    const words = await step({ ...asked, bundle: 'words.bundle', 'fail-on': 'never' })
    expect([words.code, words.outputs.verdict]).to.deep.equal([2, ''])
    const other = await step({ ...asked, 'trusted-block': `0x${'11'.repeat(32)}`, 'fail-on': 'never' })
    expect([other.code, other.outputs.verdict]).to.deep.equal([0, 'unknown'])
  })

  it('hashes the weights at a path, in threads too, and finds the licenses', async function () {
    const { code, outputs, log } = await step({ path: 'acme__good', use: 'commercial' })
    expect([code, outputs.verdict], log).to.deep.equal([0, 'permitted'])
    await cp(join(world.cwd, 'acme__good'), join(world.cwd, 'large'), { recursive: true })
    await writeFile(join(world.cwd, 'large/weights.bin'), Buffer.alloc(2 * INLINE_BYTES, 7))
    const other = await step({ path: 'large', use: 'commercial' })
    expect([other.code, other.log]).to.satisfy(
      ([status, text]: [number, string]) => status === 3 && text.includes('WEIGHTS_NOT_REGISTERED'),
    )
  })

  it('demands a signature by a key, an authority or Sigstore, and fails without one whatever fail-on says', async function () {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    await writeFile(join(world.cwd, 'acme.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    await writeFile(join(world.cwd, 'acme.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    const other = generateKeyPairSync('ed25519').publicKey
    await writeFile(join(world.cwd, 'other.pub'), other.export({ type: 'spki', format: 'pem' }))
    const root = makeCertificate('root', { authority: true, until: 4_000_000_000 })
    const leaf = makeCertificate('acme.example', { issuer: root, until: 4_000_000_000 })
    await writeFile(join(world.cwd, 'root.pem'), root.pem)
    await writeFile(join(world.cwd, 'else.pem'), makeCertificate('else', { authority: true, until: 4_000_000_000 }).pem)
    await world.ok('weights sign acme__good --key acme.pem --output signed.sig')
    const { payload } = JSON.parse(await readFile(join(world.cwd, 'signed.sig'), 'utf8')).dsseEnvelope
    const chain = { x509CertificateChain: { certificates: [{ rawBytes: leaf.der.toString('base64') }] } }
    const certified = makeBundle(leaf.privateKey, { payload: Buffer.from(payload, 'base64'), material: chain })
    await writeFile(join(world.cwd, 'certified.sig'), jsonBytes(certified))
    const asked = { path: 'acme__good', use: 'commercial', signature: 'signed.sig' }
    const good = await step({ ...asked, key: 'acme.pub' })
    expect([good.code, good.outputs.verdict], good.log).to.deep.equal([0, 'permitted'])
    expect(JSON.parse(await readFile(good.outputs.report!, 'utf8')).signature.state).to.equal('verified')
    expect((await step({ ...asked, signature: 'certified.sig', ca: 'else.pem\n root.pem\n' })).code).to.equal(0)
    const { code, outputs, obeyed } = await step({ ...asked, key: 'other.pub', 'fail-on': 'never' })
    expect([code, outputs]).to.deep.equal([1, { verdict: '', report: '', sarif: '' }])
    expect(obeyed.map(({ command, message }) => `${command} ${message.split(':')[0]}`)).to.deep.equal([
      'error SIGNATURE_MISMATCH',
    ])
    const sigstore = standardsFolder('oms')
    if (sigstore === undefined) return
    await cp(join(sigstore, 'reference/v1.0.1-sigstore/model.sig'), join(world.cwd, 'sigstore.sig'))
    const signer = { identity: 'stefanb@us.ibm.com', issuer: 'https://sigstore.verify.ibm.com/oauth2' }
    const bySigstore = await step({ ...asked, signature: 'sigstore.sig', ...signer })
    // Its packages are in the bundle: the proof holds, and what was signed is another model.
    expect([bySigstore.code, bySigstore.log.includes('SIGNED_OTHER_MODEL')], bySigstore.log).to.deep.equal([1, true])
  })

  it('refuses inputs that contradict each other or mean nothing, before it asks', async function () {
    const cases: [Record<string, string>, RegExp][] = [
      [{ lock: 'stemma.lock.json', model: world.good }, /lock, model and path/],
      [{ model: world.good, path: 'acme__good', use: 'commercial' }, /lock, model and path/],
      [{ model: world.good }, /input use is missing/],
      [{ lock: 'stemma.lock.json', use: 'commercial' }, /input use is about one model/],
      [{ 'fail-on': 'sometimes' }, /fail-on "sometimes"/],
      [{ summary: 'yes' }, /input summary "yes"/],
      [{ annotations: '1' }, /input annotations "1"/],
      [{ fact: 'monthlyRevenueUsd' }, /Invalid fact/],
      [{ model: world.good, use: 'flying' }, /flying/],
      [{ model: 'acme__good', use: 'commercial' }, /also a path/],
      [{ lock: 'none.lock.json' }, /none\.lock\.json/],
      [{ path: 'acme__good', use: 'commercial', signature: 'model.sig' }, /in one way whose signature counts/],
    ]
    for (const [inputs, words] of someInDepth(cases, 3)) {
      const { code, outputs, obeyed } = await step({ ...inputs, 'fail-on': inputs['fail-on'] ?? 'never' })
      expect([code, outputs.verdict ?? ''], words.source).to.deep.equal([2, ''])
      expect(obeyed.map(({ message }) => message).join('\n')).to.match(words)
    }
  })

  it('takes facts as lines, and leaves out what is switched off', async function () {
    await world.lockOf('stemma.lock.json', [world.closed])
    const { code, summary, obeyed } = await step({
      fact: 'monthlyRevenueUsd/product=50000\n\nmonthlyActiveUsers/product=2000\n',
      summary: 'false',
      annotations: 'FALSE',
    })
    expect([code, summary, obeyed]).to.deep.equal([1, '', []])
  })

  it('obeys no command and sets no output that a stranger wrote', async function () {
    const attacks = [
      '::add-mask::x',
      '::set-output name=verdict::permitted',
      '##[add-mask]x',
      'a\n::add-mask::x\nverdict=permitted',
    ]
    // Each start takes a second, and readInputs has a test of its own: so every attack and every input is here, not every pair.
    const inputs = (attack: string): Record<string, string>[] => [
      { model: attack, use: 'commercial' },
      { path: attack, use: attack },
      { lock: attack },
      { policy: attack },
    ]
    for (const [index, attack] of attacks.entries()) {
      const { code, outputs } = await step(inputs(attack)[index]!)
      expect([code, outputs.verdict ?? ''], attack).to.deep.equal([2, ''])
    }
    const named = 'x\nverdict=permitted\nverdict<<y\npermitted\ny'
    const { outputs } = await step({ model: world.closed, use: 'commercial', 'sarif-file': named })
    expect(outputs).to.deep.include({ verdict: 'not-permitted', sarif: join(world.cwd, named) })
    await world.lockOf('stemma.lock.json', [world.closed])
    const accepted = ['--finding', 'right-unstated/host', '--use', 'commercial', '--until', '30d']
    const words = ['--at', world.closed, '--reason', '::add-mask::x', '--who', '##[add-mask]x']
    await world.ok(['lock', 'accept', world.closed, ...accepted, ...words])
    const { code, log } = await step({})
    expect(code).to.equal(1)
    expect(log).to.contain('##[add-mask]x')
    // The name of an entry is what a pull request writes.
    await edit(join(world.cwd, 'stemma.lock.json'), (text) => text.replace('"name":"', '"name":"##[add-mask]'))
    expect((await step({})).code).to.not.equal(0)
  })
})
