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

  describe('model recall --by-authority', function () {
    it('recalls a model of somebody else, for accounts with the role', async function () {
      const folder = await world.folder('beta__one', 'license: other')
      await world.ok(['register', folder, '--terms', 'none'], { as: 'beta' })
      const recall = 'model recall beta/one --by-authority --reason leaked'
      expect(await world.fails(recall, { as: 'beta' })).to.deep.equal([2, 'ACCESS_MANAGED_UNAUTHORIZED'])
      expect(await world.fails('model recall beta/one')).to.deep.equal([2, 'PUBLISHER_REGISTRY_UNAUTHORIZED'])
      await world.ok(recall)
      expect((await world.ok('show beta/one')).models[0].status).to.equal('recalled')
      expect(await world.fails(recall)).to.deep.equal([2, 'MODEL_REGISTRY_STATUS_ONLY_ADVANCES'])
    })
  })
})
