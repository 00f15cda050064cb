import { generateKeyPairSync } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JWK } from 'jose'

import { parseBundleFile } from '../../../src/bundle/bundleFile.ts'
import { didDocument, jwkOf, thumbprintOf } from '../../../src/signing/signCredential.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const DID = 'did:web:acme.example'

describe('stemma export credential', function () {
  this.timeout(120_000)
  let world: World
  let credential: string
  let model: string
  const holder = KEYS.beta.address.toLowerCase()
  const publisher = KEYS.acme.address.toLowerCase()

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish research-only stemma-commercial-use')
    await world.folder('acme__base', 'license: research-only')
    model = (await world.ok('register acme__base')).model
    await world.ok(['tier', 'offer', model, '--terms', 'stemma-commercial-use', '--name', 'Commercial Use'])
    credential = (await world.ok(['credential', 'grant', model, 'Commercial Use', holder, '--until', '90d'])).credential
  })

  after(() => world.stop())

  it('states the credential without a signature, with a bundle that proves it', async function () {
    const vc = JSON.parse((await world.run(['export', 'credential', credential])).stdout)
    checkShape(vc)
    const { chainId, contracts } = world.deployment
    expect(vc.issuer).to.equal(`did:pkh:eip155:${chainId}:${publisher}`)
    expect(vc.credentialSubject.id).to.equal(`did:pkh:eip155:${chainId}:${holder}`)
    expect(vc.credentialSubject.license).to.include({ model, modelName: 'acme/base', tierName: 'Commercial Use' })
    expect(vc.credentialStatus).to.include({
      type: 'StemmaLedgerStatus',
      chainId: String(chainId),
      contract: contracts.licenseCredential,
      credential,
    })
    const held = await world.ok(['credential', 'show', credential])
    expect(Date.parse(vc.validUntil) / 1000).to.equal(held.validUntil)
    const [evidence] = vc.evidence
    const file = Buffer.from(evidence.bundle, 'base64url')
    expect((await parseBundleFile(file)).question).to.deep.include({ models: [model], licensee: holder })
    await writeFile(join(world.cwd, 'evidence.bundle'), file)
    const offline = `verify ${model} --use commercial --licensee ${holder} --bundle evidence.bundle --trusted-block ${evidence.blockHash}`
    expect((await world.ok(offline)).verdict).to.be.oneOf(['permitted', 'conditional'])
  })

  for (const [alg, pair] of [
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ] as const) {
    it(`signs it by ${alg}, as an independent library verifies by the DID's document`, async function () {
      const jwk = jwkOf(pair.privateKey)
      await keyFile(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
      await writeFile(
        join(world.cwd, 'profile.json'),
        JSON.stringify({ did: DID, credentialKeys: [thumbprintOf(jwk)], alg }),
      )
      await world.ok('publisher profile set profile.json --domain acme.example')
      const { jwt, credential: stated } = await world.ok(signing())
      const document: any = didDocument(DID, [jwk])
      const keys: JWK[] = document.verificationMethod.map(({ id, publicKeyJwk }: any) => ({ ...publicKeyJwk, kid: id }))
      const { payload } = await compactVerify(jwt, createLocalJWKSet({ keys }))
      expect(JSON.parse(new TextDecoder().decode(payload))).to.deep.equal(stated)
      expect(decodeProtectedHeader(jwt)).to.deep.equal({ alg, typ: 'vc+jwt', cty: 'vc', kid: keys[0]!.kid })
      checkShape(stated)
      expect([stated.issuer, stated.evidence]).to.deep.equal([DID, undefined])
      const [head, body, signature] = jwt.split('.')
      const changed = Buffer.from(body, 'base64url').toString().replace('Commercial Use', 'Commercial Abuse')
      const forged = [head, Buffer.from(changed).toString('base64url'), signature].join('.')
      expect(await compactVerify(forged, createLocalJWKSet({ keys })).catch((error: Error) => error.name)).to.match(
        /JWS/,
      )
    })
  }

  it('signs by no key that the publisher’s profile on the ledger does not name', async function () {
    const other = generateKeyPairSync('ed25519').privateKey
    await keyFile(other.export({ type: 'pkcs8', format: 'pem' }))
    expect(await world.fails(signing())).to.deep.equal([2, 'USAGE'])
    await writeFile(
      join(world.cwd, 'other.json'),
      JSON.stringify({ did: DID, credentialKeys: [thumbprintOf(jwkOf(other))] }),
    )
    const found = await world.run(signing('other.json'))
    expect([found.code, found.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 2 && text.includes('on the ledger is'),
      found.stderr,
    )
    for (const profile of [
      {},
      { did: 'acme.example', credentialKeys: [] },
      { did: DID, credentialKeys: 'x' },
      { did: DID, credentialKeys: ['short'] },
    ]) {
      await writeFile(join(world.cwd, 'bad.json'), JSON.stringify(profile))
      expect((await world.fails(signing('bad.json')))[0]).to.equal(2)
    }
    for (const [{ privateKey }, kind] of [
      [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'of the kind rsa, of 2048 bits'],
      [generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'of the curve secp384r1'],
      [generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'of the curve secp256k1'],
      [generateKeyPairSync('ed448'), 'of the kind ed448'],
    ] as const) {
      await keyFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const { code, stderr } = await world.run(signing('other.json'))
      expect([code, stderr]).to.deep.equal([
        2,
        `UNSUPPORTED_KEY: The key is ${kind}. Use Ed25519, or ECDSA on P-256.\n`,
      ])
    }
    for (const did of ['did:ethr:0x12', 'did:web:localhost', 'did:web:a..example', 'did:web:acme.example:..:x']) {
      const pair = generateKeyPairSync('ed25519')
      await keyFile(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const named = { did, credentialKeys: [thumbprintOf(jwkOf(pair.privateKey))] }
      await writeFile(join(world.cwd, 'hosts.json'), JSON.stringify(named))
      await world.ok('publisher profile set hosts.json --domain acme.example')
      expect(await world.fails(signing('hosts.json')), did).to.deep.equal([2, 'INVALID_DID'])
    }
    expect(await world.fails(['export', 'credential', credential, '--format', 'vc-jose'])).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(['export', 'credential', credential, '--key', 'issuer.pem'])).to.deep.equal([2, 'USAGE'])
  })

  it('states no credential that is not valid', async function () {
    expect(await world.fails(['export', 'credential', model])).to.deep.equal([2, 'CREDENTIAL_NOT_FOUND'])
    await world.ok(['credential', 'suspend', credential])
    expect(await world.fails(['export', 'credential', credential])).to.deep.equal([2, 'USAGE'])
    await world.ok(['credential', 'reinstate', credential])
    // The offer may end before what was granted by it.
    await world.ok(['tier', 'withdraw', model, 'Commercial Use'])
    expect((await world.run(['export', 'credential', credential])).code).to.equal(0)
    await world.ok(['credential', 'revoke', credential])
    expect(await world.fails(['export', 'credential', credential])).to.deep.equal([2, 'USAGE'])
  })

  describe('by what became of it', function () {
    let provider: JsonRpcProvider
    let now: number
    let jwk: JWK
    const day = 86_400
    /** Grants a tier of its own to the holder, and returns the credential. */
    let tiers = 0
    const granted = async (of: string, until: string, more: string[] = []): Promise<string> => {
      const tier = `Tier ${(tiers += 1)}`
      await world.ok(['tier', 'offer', of, '--terms', 'stemma-commercial-use', '--name', tier])
      return (await world.ok(['credential', 'grant', of, tier, holder, '--until', until, ...more])).credential
    }
    /** What the two formats state, the signed one as an independent library reads it: [from, until] in Unix seconds. */
    const windows = async (id: string): Promise<[from: number, until: number][]> => {
      const unsigned = JSON.parse((await world.run(['export', 'credential', id])).stdout)
      const { jwt } = await world.ok(signing('own.json', id))
      const keys = [{ ...jwk, kid: `${DID}#${thumbprintOf(jwk as never)}` }]
      const { payload } = await compactVerify(jwt, createLocalJWKSet({ keys }))
      const signed = JSON.parse(new TextDecoder().decode(payload))
      return [unsigned, signed].map((vc): [number, number] => {
        checkShape(vc)
        expect(vc.credentialStatus).to.include({ type: 'StemmaLedgerStatus', credential: id })
        return [Date.parse(vc.validFrom) / 1000, Date.parse(vc.validUntil) / 1000]
      })
    }
    const refusal = async (id: string): Promise<string> => {
      const [unsigned, signed] = [
        await world.run(['export', 'credential', id]),
        await world.run(signing('own.json', id)),
      ]
      expect([unsigned.code, signed.code, signed.stderr]).to.deep.equal([2, 2, unsigned.stderr])
      return unsigned.stderr
    }

    before(async function () {
      provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
      const { privateKey } = generateKeyPairSync('ed25519')
      jwk = jwkOf(privateKey) as JWK
      await keyFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const profile = JSON.stringify({ did: DID, credentialKeys: [thumbprintOf(jwkOf(privateKey))] })
      await writeFile(join(world.cwd, 'own.json'), profile)
      await world.ok('publisher profile set own.json --domain acme.example')
      now = (await provider.getBlock('latest'))!.timestamp
    })

    after(() => provider.destroy())

    it('states one that begins later with its beginning, which every reader checks', async function () {
      const [from, until] = [now + 30 * day, now + 60 * day]
      const id = await granted(model, String(until), ['--valid-from', String(from)])
      expect(await windows(id)).to.deep.equal([
        [from, until],
        [from, until],
      ])
    })

    it('states no time before a suspension that ended, and nothing while it lasts or once it is revoked', async function () {
      const until = now + 60 * day
      const id = await granted(model, String(until))
      await world.ok(['credential', 'suspend', id])
      expect(await refusal(id)).to.contain(`The credential ${id} is suspended, so it is not stated elsewhere.`)
      await provider.send('evm_increaseTime', [100])
      await world.ok(['credential', 'reinstate', id])
      const { gapUntil } = await world.ok(['credential', 'show', id])
      expect(await windows(id)).to.deep.equal([
        [gapUntil, until],
        [gapUntil, until],
      ])
      await world.ok(['credential', 'revoke', id])
      expect(await refusal(id)).to.contain('is revoked')
    })

    it('states one of a model out of a batch', async function () {
      const draft = {
        version: 1,
        name: 'acme/batched',
        uri: 'https://huggingface.co/acme/batched',
        weights: `0x${'12'.repeat(32)}`,
        datasets: [],
        method: null,
        terms: { license: 'other', licenseName: 'research-only' },
        parents: [],
      }
      await world.file('drafts.json', [draft])
      await world.ok(`batch build drafts.json --publisher ${publisher} --output batch.jsonl`)
      await world.ok('batch anchor batch.jsonl')
      const { model: batched } = await world.ok('batch materialize batch.jsonl acme/batched', { as: 'stranger' })
      const until = now + 10 * day
      const id = await granted(batched, String(until), ['--valid-from', String(now + 1000)])
      expect(await windows(id)).to.deep.equal([
        [now + 1000, until],
        [now + 1000, until],
      ])
    })

    it('states nothing that has ended, and says when that was', async function () {
      const id = await granted(model, '1h')
      const { validUntil } = await world.ok(['credential', 'show', id])
      await provider.send('evm_increaseTime', [3601])
      await provider.send('hardhat_mine', [])
      const ended = new Date(validUntil * 1000).toISOString().slice(0, 19).replace('T', ' ')
      expect(await refusal(id)).to.contain(`ended at ${ended}Z`)
    })
  })

  function signing(profile = 'profile.json', id = credential): string[] {
    return ['export', 'credential', id, '--format', 'vc-jose', '--key', 'issuer.pem', '--profile', profile]
  }

  async function keyFile(pem: string | Buffer): Promise<void> {
    await writeFile(join(world.cwd, 'issuer.pem'), pem)
    await chmod(join(world.cwd, 'issuer.pem'), 0o600)
    expect((await readFile(join(world.cwd, 'issuer.pem'), 'utf8')).startsWith('-----BEGIN')).to.equal(true)
  }
})

/** Checks a credential by what the Data Model 2.0 demands of the members that we write. */
function checkShape(credential: unknown): void {
  const typed = {
    type: 'object',
    required: ['id', 'type'],
    properties: { id: { type: 'string' }, type: { type: 'string' } },
  }
  const time = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' }
  const schema = {
    type: 'object',
    required: ['@context', 'type', 'issuer', 'credentialSubject', 'validFrom'],
    properties: {
      '@context': { type: 'array', prefixItems: [{ const: 'https://www.w3.org/ns/credentials/v2' }] },
      id: { type: 'string', pattern: '^urn:' },
      type: { type: 'array', contains: { const: 'VerifiableCredential' } },
      issuer: { type: 'string', pattern: '^did:' },
      validFrom: time,
      validUntil: time,
      credentialSubject: { type: 'object', required: ['id'], properties: { id: { type: 'string', pattern: '^did:' } } },
      credentialStatus: typed,
      evidence: { type: 'array', minItems: 1, items: { type: 'object', required: ['type'] } },
    },
  }
  const validate = new Ajv2020({ strict: false }).compile(schema)
  expect(validate(credential), JSON.stringify(validate.errors)).to.equal(true)
}
