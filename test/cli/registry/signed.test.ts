import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { ContractFactory, JsonRpcProvider } from 'ethers'
import hre from 'hardhat'

import type { RegistrationFile } from '../../../src/documents/registration.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const addressOf = (name: keyof typeof KEYS): string => KEYS[name].address.toLowerCase()

/** A credential as it is listed. */
type Listed = { id: string; holder: string; state: string; valid: boolean; at: number | null }

describe('stemma: what one signs and another sends', function () {
  let world: World

  before(async function () {
    world = await startWorld()
    await world.folder('acme__base', 'license: mit')
  })

  after(() => world.stop())

  const signed = async (): Promise<RegistrationFile> =>
    JSON.parse(await readFile(join(world.cwd, 'signed.json'), 'utf8'))

  it('signs a registration and sends nothing', async function () {
    const args = 'register acme__base --terms none --sign-only --output signed.json'
    expect((await world.run(args)).code).to.equal(0)
    const file = await signed()
    expect(file).to.deep.include({ version: 1, chainId: 31_337, ledger: world.deployment.contracts.ledger })
    expect([file.signed.signer, file.signed.registration.publisher]).to.deep.equal([
      addressOf('acme'),
      addressOf('acme'),
    ])
    expect(await world.fails('show acme/base')).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
    expect((await world.ok('register acme__base --terms none --sign-only')).signed.registration).to.deep.equal(
      file.signed.registration,
    )
    expect(await world.fails('register acme__base --terms none --output x.json')).to.deep.equal([2, 'USAGE'])
    const both = await world.run('register acme__base --terms none --sign-only --dry-run')
    expect([both.code, both.stdout]).to.deep.equal([2, ''])
    expect(both.stderr).to.contain('USAGE: --sign-only sends nothing')
  })

  it('refuses a file that is malformed, or for another ledger', async function () {
    const file = await signed()
    const { registration } = file.signed
    for (const spoilt of [
      [],
      { ...file, version: 2 },
      { ...file, chainId: 1 },
      { ...file, ledger: `0x${'12'.repeat(20)}` },
      { ...file, more: 1 },
      { ...file, signed: { ...file.signed, deadline: -1 } },
      { ...file, signed: { ...file.signed, signature: '0x' } },
      { ...file, signed: { ...file.signed, signer: 'acme' } },
      { ...file, signed: { ...file.signed, registration: { ...registration, weights: '0x12' } } },
      { ...file, signed: { ...file.signed, registration: { ...registration, uri: 1 } } },
      {
        ...file,
        signed: {
          ...file.signed,
          registration: { ...registration, parents: [{ model: registration.weights, relation: 'child' }] },
        },
      },
    ]) {
      const result = await world.fails(`register --signed ${await world.file('bad.json', spoilt)}`, { as: 'stranger' })
      expect(result, JSON.stringify(spoilt)).to.deep.equal([2, 'INVALID_SIGNED_REGISTRATION'])
    }
  })

  it('refuses what was not signed, and what was signed for a time that has passed', async function () {
    const file = await signed()
    const { registration } = file.signed
    const changed = { ...file, signed: { ...file.signed, registration: { ...registration, uri: 'ipfs://other' } } }
    expect(
      await world.fails(`register --signed ${await world.file('changed.json', changed)}`, { as: 'stranger' }),
    ).to.deep.equal([2, 'MODEL_REGISTRY_INVALID_SIGNATURE'])
    const late = await world.ok('register acme__base --terms none --sign-only --deadline 2020-01-01')
    expect(
      await world.fails(`register --signed ${await world.file('late.json', late)}`, { as: 'stranger' }),
    ).to.deep.equal([2, 'MODEL_REGISTRY_SIGNATURE_EXPIRED'])
  })

  it('refuses anything beside --signed that the signed registration already states', async function () {
    for (const [more, named] of [
      ['acme__base', 'Omit the draft or folder'],
      ['--terms MIT', 'Omit --terms'],
      ['--parent a/b=0x12', 'Omit --parent'],
      ['--sign-only', 'Omit --sign-only'],
      ['--ignore logs', 'Omit --ignore'],
      ['--allow-incomplete', 'Omit --allow-incomplete'],
      [`--publisher ${addressOf('beta')}`, 'Omit --publisher'],
    ] as const) {
      const { code, stderr } = await world.run(`register --signed signed.json ${more}`)
      expect([code, stderr]).to.deep.equal([2, stderr])
      expect(stderr).to.contain('USAGE: ').and.to.contain(named)
    }
    expect((await world.run('register')).stderr).to.contain('Name a draft or a folder, or use --signed <file|url>')
    expect(await world.fails('register --signed nowhere.json')).to.deep.equal([2, 'FILE'])
  })

  it('registers out of a shared URL in the name of the publisher, from any account, and once', async function () {
    const shared = await world.run('share signed.json --url https://acme.example/register')
    expect([shared.code, shared.stderr]).to.deep.equal([0, ''])
    const url = shared.stdout.trim()
    expect(url).to.match(/^https:\/\/acme\.example\/register#stemma=1\.registration\.[\w-]+$/)
    expect(JSON.parse((await world.run('share signed.json --json')).stdout).url.split('#')[1]).to.equal(
      url.split('#')[1],
    )
    expect(await world.fails(['register', '--signed', `${url})`])).to.deep.equal([2, 'INVALID_SHARED_URL'])
    const other = await world.run(['credential', 'accept', url])
    expect([other.code, other.stderr]).to.deep.equal([2, other.stderr])
    expect(other.stderr).to.contain(
      'The URL holds a signed registration, not a signed offer. Use stemma register --signed.',
    )
    expect(await world.fails(['review', 'attest', url])).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('share signed.json --url acme.example')).to.deep.equal([2, 'INVALID_SHARE_BASE'])
    expect(await world.fails(`share ${await world.file('other.json', {})}`)).to.deep.equal([2, 'NOT_SHAREABLE'])
    const { model, name, registration } = await world.ok(['register', '--signed', url], { as: 'stranger' })
    expect([name, registration.publisher]).to.deep.equal(['acme/base', addressOf('acme')])
    expect((await world.ok(`show ${model}`)).models[0].registration.publisher).to.equal(addressOf('acme'))
    expect(await world.fails('register --signed signed.json', { as: 'stranger' })).to.deep.equal([
      2,
      'MODEL_REGISTRY_ALREADY_REGISTERED',
    ])
  })

  describe('credential', function () {
    const ids: Record<string, string> = {}

    before(async function () {
      await world.ok('terms publish MIT')
      await world.ok('tier offer acme/base --terms MIT --name Use')
      for (const holder of ['beta', 'gamma'] as const) {
        ids[holder] = (await world.ok(`credential grant acme/base Use ${KEYS[holder].address} --until 100d`)).credential
      }
      await world.ok(`credential revoke ${ids.gamma}`)
    })

    it('lists by model, by holder and by both, with state and validity', async function () {
      const list = await world.ok('credential list --model acme/base')
      expect(list.map(({ id, holder, state, valid, at }: Listed) => [id, holder, state, valid, at])).to.deep.equal([
        [ids.beta, addressOf('beta'), 'active', true, null],
        [ids.gamma, addressOf('gamma'), 'revoked', false, null],
      ])
      const idsOf = async (args: string): Promise<string[]> =>
        (await world.ok(`credential list ${args}`)).map(({ id }: { id: string }) => id)
      expect(await idsOf(`--holder ${KEYS.gamma.address}`)).to.deep.equal([ids.gamma])
      expect(await idsOf(`--model acme/base --holder ${KEYS.beta.address}`)).to.deep.equal([ids.beta])
      expect(await idsOf(`--holder ${KEYS.stranger.address}`)).to.deep.equal([])
      const none = await world.run(`credential list --holder ${KEYS.stranger.address}`)
      expect(none.stdout).to.equal('No credential was issued.\n')
    })

    it('says whether one is valid at another time', async function () {
      const validAt = async (at: string): Promise<boolean> =>
        (await world.ok(`credential show ${ids.beta} --at ${at}`)).valid
      expect([await validAt('+99d'), await validAt('+101d'), await validAt('-1d')]).to.deep.equal([true, false, false])
      expect((await world.run(`credential show ${ids.beta}`)).stdout).to.contain('active, valid now')
      expect((await world.run(`credential list --model acme/base --at +101d`)).stdout).to.match(
        /active, not valid at \d{4}-/,
      )
    })

    it('refuses what names none', async function () {
      expect(await world.fails('credential list')).to.deep.equal([2, 'USAGE'])
      expect(await world.fails(`credential show 0x${'77'.repeat(32)}`)).to.deep.equal([2, 'CREDENTIAL_NOT_FOUND'])
      expect(await world.fails('credential show 0x12')).to.deep.equal([2, 'INVALID_CREDENTIAL_ID'])
      expect(await world.fails('credential list --model acme/base --at soon')).to.deep.equal([2, 'USAGE'])
    })
  })

  describe('in the name of a contract (ERC-1271)', function () {
    let wallet: string

    before(async function () {
      const provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
      const { abi, bytecode } = await hre.artifacts.readArtifact('OwnedWallet')
      const factory = new ContractFactory(abi, bytecode, KEYS.acme.connect(provider))
      const deployed = await (await factory.deploy(KEYS.beta.address)).waitForDeployment()
      wallet = (await deployed.getAddress()).toLowerCase()
      provider.destroy()
      await world.folder('wallet__model', 'license: mit')
    })

    it('signs a registration by the key that the contract trusts', async function () {
      const register = `register wallet__model --sign-only --signer ${wallet} --output wallet.json`
      await world.ok(register, { as: 'gamma' })
      expect(await world.fails('register --signed wallet.json', { as: 'stranger' })).to.deep.equal([
        2,
        'MODEL_REGISTRY_INVALID_SIGNATURE',
      ])
      const { signer, registration } = (await world.ok(register, { as: 'beta' })).signed
      expect([signer, registration.publisher]).to.deep.equal([wallet, wallet])
      const { model } = await world.ok('register --signed wallet.json', { as: 'stranger' })
      expect((await world.ok(`show ${model}`)).models[0].registration.publisher).to.equal(wallet)
    })

    it('signs an offer as an operator that is a contract', async function () {
      await world.ok(`publisher operators add ${wallet} --until 10d --scopes grant`)
      const offer = `credential offer acme/base Use ${KEYS.stranger.address} --until 1d --signer ${wallet} --output offer.json`
      await world.ok(offer, { as: 'gamma' })
      expect(await world.fails('credential accept offer.json', { as: 'stranger' })).to.deep.equal([
        2,
        'LICENSE_CREDENTIAL_INVALID_SIGNATURE',
      ])
      expect((await world.ok(offer, { as: 'beta' })).offer.signer).to.equal(wallet)
      const { credential } = await world.ok('credential accept offer.json', { as: 'stranger' })
      expect((await world.ok(`credential show ${credential}`)).holder).to.equal(addressOf('stranger'))
    })

    it('refuses a signer where nothing is signed to be sent by another', async function () {
      expect(await world.fails(`register wallet__model --signer ${wallet}`)).to.deep.equal([2, 'USAGE'])
      expect(await world.fails('register wallet__model --sign-only --signer me')).to.deep.equal([2, 'INVALID_ADDRESS'])
    })
  })
})
