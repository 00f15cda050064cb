import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { createFolder, removeFolders } from '../../artifacts/folder.ts'
import { referenceDigest, referenceList, safetensorsOf, type Sample } from '../../interop/tensorFiles.ts'
import { startWorld, type World } from '../world.ts'

const README = '---\nlicense: apache-2.0\n---\n# Tiny\n'
const ZERO = `0x${'00'.repeat(32)}`
const samples = (data: string): Sample[] => [
  { dtype: 'U8', shape: [2], data },
  { dtype: 'F32', shape: [], data: '0000803f' },
]
const folderOf = (data: string, files = {}) =>
  createFolder({ 'README.md': README, 'model.safetensors': safetensorsOf(samples(data)), ...files })
const damaged = () =>
  createFolder({ 'README.md': README, 'm.safetensors': Buffer.concat([safetensorsOf(samples('0102')), Buffer.of(0)]) })

describe('tensors in the command line', function () {
  let world: World

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish Apache-2.0')
  })

  after(async function () {
    removeFolders()
    await world.stop()
  })

  const verify = (folder: string) => world.run(['verify', folder, '--use', 'commercial', '--json'])

  it('digest shows them beside the weights, and writes their list, whose SHA-256 is the digest', async function () {
    const folder = folderOf('0102')
    const digest = referenceDigest(samples('0102'))
    const result = await world.ok(['digest', folder, '--tensor-list', 'tensors.list'])
    expect(result).to.deep.include({ tensors: digest, tensorsError: null })
    expect((await world.run(['digest', folder])).stdout).to.equal(`${result.digest}\n`)
    const list = readFileSync(join(world.cwd, 'tensors.list'))
    expect(list).to.deep.equal(referenceList(samples('0102')))
    expect(`0x${createHash('sha256').update(list).digest('hex')}`).to.equal(digest)
    const without = await world.run(['digest', folder, '--no-tensors'])
    expect(without.stdout).to.equal(`${result.digest}\n`)
  })

  it('digest exits with 2 when they have no digest, names the code, and still prints that of the weights', async function () {
    const folder = damaged()
    const { code, stdout, stderr } = await world.run(['digest', folder, '--tensor-list', 'none.list'])
    expect(code).to.equal(2)
    expect(stdout).to.match(/^0x[0-9a-f]{64}\n$/)
    expect(stderr).to.include('SAFETENSORS_GAP').and.to.include('--no-tensors')
    expect(existsSync(join(world.cwd, 'none.list'))).to.equal(false)
    const json = (await world.run(['digest', folder, '--json'])).json()
    expect(json.tensors).to.equal(null)
    expect(json.tensorsError.code).to.equal('SAFETENSORS_GAP')
    expect((await world.run(['digest', folder, '--no-tensors'])).code).to.equal(0)
  })

  it('refuses to list what is left out or is not there', async function () {
    const args = ['--tensor-list', 'x.list']
    expect(await world.fails(['digest', folderOf('0102'), '--no-tensors', ...args])).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(['digest', createFolder({ 'w.bin': 'x' }), ...args])).to.deep.equal([2, 'USAGE'])
    const register = ['register', folderOf('0102'), '--name', 'a/b', '--allow-incomplete', ...args]
    expect(await world.fails(register)).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(['register', '--signed', 'x.json', '--no-tensors'])).to.deep.equal([2, 'USAGE'])
  })

  it('draft and register state them, and verify finds them as stated', async function () {
    const folder = folderOf('0304')
    const digest = referenceDigest(samples('0304'))
    const draft = await world.ok(['draft', folder, '--name', 'acme/a', '--tensor-list', 'a.list'])
    expect(draft).to.deep.include({ tensors: digest })
    expect(readFileSync(join(world.cwd, 'a.list'))).to.deep.equal(referenceList(samples('0304')))
    const { registration } = await world.ok(['register', folder, '--name', 'acme/a'])
    expect(registration.tensors).to.equal(digest)
    const { json } = await verify(folder)
    expect(json().findings).to.deep.equal([])
    expect(json().verdict).to.not.equal('not-permitted')
  })

  it('draft and register refuse tensors that have no digest, unless they are left out', async function () {
    const folder = damaged()
    expect(await world.fails(['draft', folder, '--name', 'a/b'])).to.deep.equal([2, 'SAFETENSORS_GAP'])
    const register = ['register', folder, '--name', 'a/b']
    expect(await world.fails([...register, '--dry-run'])).to.deep.equal([2, 'SAFETENSORS_GAP'])
    const { registration } = await world.ok([...register, '--no-tensors'])
    expect(registration.tensors).to.equal(ZERO)
    expect((await verify(folder)).json().findings).to.deep.equal([])
  })

  it('verify does not permit a model whose registration states other tensors than the files have', async function () {
    for (const [name, folder] of [
      ['acme/other', folderOf('0506')],
      ['acme/none', createFolder({ 'README.md': README, 'w.bin': 'no tensors' })],
      ['acme/damaged', createFolder({ 'README.md': README, 'x.safetensors': Buffer.alloc(40, 1) })],
    ] as const) {
      const draft = await world.ok(['draft', folder, '--name', name, '--no-tensors'])
      const victim = referenceDigest(samples('0304'))
      await world.file('misstated.json', { ...draft, tensors: victim, warnings: [] })
      const { model } = await world.ok(['register', 'misstated.json'])
      const { code, json } = await verify(folder)
      expect(code, name).to.equal(1)
      expect(json()).to.deep.include({ verdict: 'not-permitted', model })
      expect(json().findings[0]).to.deep.include({ code: 'tensors-misstated', severity: 'blocking', model })
      const text = await world.run(['verify', folder, '--use', 'commercial'])
      expect(text.stdout).to.include('states other tensors than the files have')
      // Without files nothing was computed, so nothing contradicts the registration.
      const byId = await world.run(['verify', model, '--use', 'commercial', '--json'])
      expect(byId.json().findings).to.deep.equal([])
    }
  })
})
