
import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jwkOf, thumbprintOf } from '../../src/signing/signCredential.ts'
import { KEYS, startWorld, type World } from './world.ts'

describe('attack', function () {
  this.timeout(300_000)
  it('runs', async function () {
    const world: World = await startWorld()
    const show = async (args: string | string[], options = {}) => {
      const { code, stdout, stderr } = await world.run(args as never, options)
      console.log('>>', Array.isArray(args) ? args.join(' ') : args, '\n  ', code, stdout.slice(0, 700), '\n  ERR', stderr.slice(0, 600))
      return stdout
    }
    const holder = KEYS.beta.address.toLowerCase()
    await world.ok('terms publish research-only stemma-commercial-use')
    await world.folder('acme__base', 'license: research-only')
    const { model } = await world.ok('register acme__base')
    await world.ok(['tier', 'offer', model, '--terms', 'stemma-commercial-use', '--name', 'Evil \u202e"<b>'])
    const grant = async (...more: string[]) => {
      const r = await world.run(['credential', 'grant', model, 'Evil \u202e"<b>', holder, '--json', ...more])
      if (r.code) console.log(r.stderr)
      return r.code === 0 ? JSON.parse(r.stdout).credential : undefined
    }
    const c = await grant('--until', '90d')
    console.log(c)
    await show(['export', 'credential', c])
    const pair = generateKeyPairSync('ed25519')
    const key = async (name: string, k: any) => { await writeFile(join(world.cwd, name), k.export({ type: 'pkcs8', format: 'pem' })); await chmod(join(world.cwd, name), 0o600) }
    await key('k.pem', pair.privateKey)
    const t = thumbprintOf(jwkOf(pair.privateKey))
    for (const did of ['did:web:acme.example', 'did:web:acme.example:..:x', 'did:ethr:0x12', 'did:web:localhost', 'did:web:a..b']) {
      await writeFile(join(world.cwd, 'p.json'), JSON.stringify({ did, credentialKeys: [t] }))
      await show('publisher profile set p.json --domain acme.example')
      await show(['export', 'credential', c, '--format', 'vc-jose', '--key', 'k.pem', '--profile', 'p.json'])
    }
    for (const [n, k] of [['p384', generateKeyPairSync('ec', { namedCurve: 'P-384' })], ['k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })], ['x', generateKeyPairSync('x25519')], ['ed448', generateKeyPairSync('ed448')]] as const) {
      await key(`${n}.pem`, k.privateKey)
      await show(['export', 'credential', c, '--format', 'vc-jose', '--key', `${n}.pem`, '--profile', 'p.json'])
      await show(['weights', 'sign', 'acme__base', '--key', `${n}.pem`, '--output', 'o.sig'])
    }
    for (const id of ['0x12', 'x', '0x' + 'ab'.repeat(32), model]) await show(['export', 'credential', id])
    await writeFile(join(world.cwd, 'h.json'), '{"did":"did:web:a.example","did":"did:web:b.example"}')
    await show(['export', 'credential', c, '--format', 'vc-jose', '--key', 'k.pem', '--profile', 'h.json'])
    await writeFile(join(world.cwd, 'h.json'), '['.repeat(100000))
    await show(['export', 'credential', c, '--format', 'vc-jose', '--key', 'k.pem', '--profile', 'h.json'])
    await show(['tier', 'withdraw', model, 'Evil \u202e"<b>'])
    await show(['export', 'credential', c, '--output', 'x.json'])
    await show(['credential', 'suspend', c])
    await show(['export', 'credential', c])
    await show(['credential', 'reinstate', c])
    await show(['export', 'credential', c, '--output', 'nowhere/x.json'])
    // external subjects
    await world.folder('acme__ext', 'license: mit\nbase_model: Nobody/Other')
    await world.ok('terms publish MIT')
    await show('register acme__ext --terms MIT')
    const { models } = (await world.ok('ancestry acme/ext')) as any
    for (const s of [models[1].model, 'hf:Nobody/Other', 'Nobody/Other', 'tensors:0x' + 'ab'.repeat(32), '0x' + 'cd'.repeat(32), 'id:0x12', 'acme__ext/README.md']) {
      for (const k of ['bom', 'statement', 'summary']) await show(['export', k, s])
    }
    await show(['export', 'bom', 'acme/ext', '--format', 'x'])
    await show(['export', 'bom', 'acme/ext', '--policy', 'nowhere.json', '--use', 'commercial'])
    await show(['export', 'bom', 'acme/ext', '--policy', 'p.json', '--use', 'commercial'])
    await show(['export', 'bom', 'acme/ext', '--policy', 'p.json'])
    await show(['export', 'bom', 'acme/ext', '--licensee', holder])
    await show(['export', 'bom', 'acme/ext', '--use', 'commercial', '--author', 'a\u202eb\n'.repeat(3)])
    await mkdir(join(world.cwd, 'empty'))
    await show('verify empty --use commercial')
    console.log(await readdir(world.cwd))
    await world.stop()
  })
})
