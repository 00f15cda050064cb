import { expect } from 'chai'

import { KEYS, startWorld, type World } from '../world.ts'

// The account that deployed, acme's here, has all roles.
const BETA = KEYS.beta.address.toLowerCase()

describe('stemma: what accounts with a role do', function () {
  let world: World

  before(async function () {
    world = await startWorld()
    await world.file('profile.json', '{"name":"Beta"}')
    await world.file('other.json', '{"name":"Not Beta"}')
    await world.ok('publisher profile set profile.json', { as: 'beta' })
  })

  after(() => world.stop())

  const verifiedUntil = async (): Promise<number> => (await world.ok(`publisher profile show ${BETA}`)).verifiedUntil

  describe('publisher profile verify', function () {
    it('needs the role', async function () {
      const refused = await world.fails(`publisher profile verify ${BETA} profile.json --until 1d`, { as: 'stranger' })
      expect(refused).to.deep.equal([2, 'ACCESS_MANAGED_UNAUTHORIZED'])
    })

    it('takes the very document that was checked', async function () {
      const refused = await world.fails(`publisher profile verify ${BETA} other.json --until 1d`)
      expect(refused).to.deep.equal([2, 'PUBLISHER_REGISTRY_PROFILE_MISMATCH'])
      expect(await world.fails(`publisher profile verify ${BETA} none.json --until 1d`)).to.deep.equal([2, 'FILE'])
      expect(await verifiedUntil()).to.equal(0)
    })

    it('sends nothing in a dry run', async function () {
      const { dryRun } = await world.ok(`publisher profile verify ${BETA} profile.json --until 1d --dry-run`)
      expect([dryRun, await verifiedUntil()]).to.deep.equal([true, 0])
    })

    it('holds until its time, or until it is taken back', async function () {
      const verify = `publisher profile verify ${BETA} profile.json`
      const until = Date.UTC(2100, 0, 1) / 1000
      const { profile, since } = await world.ok(`${verify} --until 2100-01-01`)
      const stated = await world.ok(`publisher profile show ${BETA}`)
      expect([stated.profile, stated.verifiedFrom, stated.verifiedUntil]).to.deep.equal([profile, since, until])
      expect(stated.verifier).to.equal(KEYS.acme.address.toLowerCase())
      await world.ok(`${verify} --until 2100-01-01 --since 2025-06-01`)
      const { verifiedFrom } = await world.ok(`publisher profile show ${BETA}`)
      expect(verifiedFrom).to.equal(Date.UTC(2025, 5, 1) / 1000)
      expect(await world.fails(`${verify} --until 2100-01-01 --since 2100-01-01`)).to.deep.equal([
        2,
        'PUBLISHER_REGISTRY_EMPTY_VERIFICATION',
      ])
      expect(await world.fails(`${verify} --until 2100-01-01 --since later`)).to.deep.equal([2, 'USAGE'])
      const withdrawn = await world.run(`${verify} --until 0`)
      expect(withdrawn.stdout).to.match(/^took back the verification of profile 0x/)
      expect(await verifiedUntil()).to.equal(0)
    })

    it('ends with the profile that was verified', async function () {
      await world.ok(`publisher profile verify ${BETA} profile.json --until forever`)
      await world.ok('publisher profile set other.json', { as: 'beta' })
      expect(await verifiedUntil()).to.equal(0)
    })
  })

  describe('model recall --kind', function () {
    const WEIGHTS = `0x${'5a'.repeat(32)}`

    it('recalls a model of somebody else, for accounts with the role, and its status stays its publisher’s', async function () {
      const folder = await world.folder('beta__one', 'license: other')
      await world.ok(['register', folder, '--terms', 'none'], { as: 'beta' })
      const recall = 'model recall beta/one --kind model --reason leaked'
      expect(await world.fails(recall, { as: 'beta' })).to.deep.equal([2, 'ACCESS_MANAGED_UNAUTHORIZED'])
      expect(await world.fails('model recall beta/one')).to.deep.equal([2, 'PUBLISHER_REGISTRY_NOT_CONTROLLER'])
      await world.ok(recall)
      expect((await world.ok('show beta/one')).models[0]).to.include({ status: 'active', recalled: true })
      expect((await world.run('show beta/one')).stdout).to.contain('active; recalled by the authority')
      expect(await world.fails(recall)).to.deep.equal([2, 'RECALLS_ALREADY_RECALLED'])
      const verdict = await world.run('verify beta/one --use research --json')
      expect([verdict.code, verdict.stdout]).to.satisfy(
        ([code, text]: [number, string]) => code === 1 && text.includes('model-recalled'),
      )
    })

    it('shows in the ancestry once anybody marked the model', async function () {
      expect((await world.run('ancestry beta/one')).stdout).to.not.contain('recalled')
      await world.ok('model sync beta/one', { as: 'stranger' })
      expect((await world.run('ancestry beta/one')).stdout).to.contain('(recalled by the authority)')
    })

    it('reaches a model by its weights, named by their digest and not by a model', async function () {
      const folder = await world.folder('beta__two', 'license: other')
      await world.ok(['register', folder, '--terms', 'none'], { as: 'beta' })
      const { weights } = (await world.ok('show beta/two')).models[0].registration
      expect(await world.fails('model recall beta/two --kind weights')).to.deep.equal([2, 'INVALID_DIGEST'])
      await world.ok(`model recall ${weights} --kind weights --reason leaked`)
      expect((await world.ok('show beta/two')).models[0].recalled).to.equal(true)
    })

    it('is undone by a guardian that did not make it, and only with a kind', async function () {
      await world.ok(`model recall ${WEIGHTS} --kind weights`)
      const undo = `model recall ${WEIGHTS} --kind weights --undo`
      expect(await world.fails(undo)).to.deep.equal([2, 'RECALLS_OWN_RECALL'])
      expect(await world.fails(undo, { as: 'beta' })).to.deep.equal([2, 'ACCESS_MANAGED_UNAUTHORIZED'])
      expect(await world.fails(`model recall ${WEIGHTS} --kind tensors --undo`)).to.deep.equal([
        2,
        'RECALLS_NOT_UNDOABLE',
      ])
      expect(await world.fails(`model recall ${WEIGHTS} --undo`)).to.deep.equal([2, 'USAGE'])
    })
  })

  describe('model bind', function () {
    const EXTERNAL = `0x${'3d'.repeat(32)}`

    it('binds and unbinds an external parent, for verifiers and adjudicators', async function () {
      const bind = `model bind ${EXTERNAL} beta/one`
      expect(await world.fails(bind, { as: 'beta' })).to.deep.equal([2, 'ACCESS_MANAGED_UNAUTHORIZED'])
      await world.ok(bind)
      expect(await world.fails(`${bind} --as adjudicator`)).to.deep.equal([2, 'RECALLS_ALREADY_BOUND'])
      await world.ok(`${bind} --remove --as adjudicator`)
      expect(await world.fails(`${bind} --remove`)).to.deep.equal([2, 'RECALLS_NOT_BOUND'])
    })

    it('takes an id of 32 bytes, and evidence for a new binding only', async function () {
      expect(await world.fails('model bind 0x12 beta/one')).to.deep.equal([2, 'INVALID_MODEL_ID'])
      const evidence = `--evidence ${EXTERNAL}`
      expect(await world.fails(`model bind ${EXTERNAL} beta/one --remove ${evidence}`)).to.deep.equal([2, 'USAGE'])
    })
  })
})
