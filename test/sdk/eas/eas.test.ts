import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { expect } from 'chai'
import { AbiCoder, Contract, ContractFactory, Interface, verifyTypedData, type InterfaceAbi, type Signer } from 'ethers'
import { network } from 'hardhat'

import { attestModel, readAttestation, signOffchain, statedOf, verifyAttestation } from '../../../examples/eas/eas.ts'
import { RELATIONS } from '../../../src/core/vocabulary.ts'
import { parseAddress, parseDigest, parseModelId, ZERO_DIGEST, type Address, type Hex } from '../../../src/core/hex.ts'
import {
  checkEasAttestation,
  decodeEasModel,
  EAS_SCHEMA,
  easAttestCall,
  easOffchainTypedData,
  easParentReference,
  easReadCall,
  easSchemaUid,
  encodeEasModel,
  parseEasAttestation,
  type EasExpectation,
  type EasModel,
} from '../../../src/interop/eas.ts'

const { resolve } = createRequire(import.meta.url)
const artifactOf = (path: string): { abi: InterfaceAbi; bytecode: string } =>
  JSON.parse(readFileSync(resolve(`@ethereum-attestation-service/eas-contracts/artifacts/contracts/${path}`), 'utf8'))

const id = (digit: string): string => `0x${digit.repeat(64)}`
const LEDGER = parseAddress(`0x${'1a'.repeat(20)}`)

/** A request as the service's own contract takes it. */
function requestOf(model: EasModel): object {
  return {
    recipient: `0x${'0'.repeat(40)}`,
    expirationTime: 0n,
    revocable: true,
    refUID: ZERO_DIGEST,
    data: encodeEasModel(model),
    value: 0n,
  }
}

describe('attestations of models with EAS', function () {
  this.timeout(60_000)
  let signer: Signer
  let eas: Address
  let service: Contract
  let expected: EasExpectation
  let stated: EasModel

  before(async function () {
    const { ethers } = await network.create()
    signer = (await ethers.getSigners())[0]!
    const deployOf = async (path: string, ...args: unknown[]): Promise<string> => {
      const { abi, bytecode } = artifactOf(path)
      const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args)
      return contract.getAddress()
    }
    const registry = await deployOf('SchemaRegistry.sol/SchemaRegistry.json')
    eas = parseAddress(await deployOf('EAS.sol/EAS.json', registry))
    service = new Contract(eas, artifactOf('EAS.sol/EAS.json').abi, signer)
    const schemas = new Contract(registry, artifactOf('SchemaRegistry.sol/SchemaRegistry.json').abi, signer)
    for (const schema of [EAS_SCHEMA, 'bytes32 other']) {
      await (await schemas.getFunction('register')(schema, `0x${'0'.repeat(40)}`, true)).wait()
    }
    expect((await schemas.getFunction('getSchema')(easSchemaUid())).schema).to.equal(EAS_SCHEMA)
    const chainId = (await signer.provider!.getNetwork()).chainId
    stated = {
      model: parseModelId(id('a')),
      weights: parseDigest(id('b')),
      datasets: ZERO_DIGEST,
      parents: [parseModelId(id('c')), parseModelId(id('d'))],
      relations: [RELATIONS.finetune, RELATIONS.merge],
      ledger: LEDGER,
      chainId,
    }
    expected = {
      ledger: LEDGER,
      chainId,
      model: stated.model,
      attester: parseAddress(await signer.getAddress()),
      now: BigInt(Math.floor(Date.now() / 1000)),
    }
  })

  it('encodes data and calls as an independent library does', function () {
    const types = EAS_SCHEMA.split(',').map((field) => field.split(' ')[0]!)
    const { model, weights, datasets, parents, relations, ledger, chainId } = stated
    const values = [model, weights, datasets, parents, relations, ledger, chainId]
    const data = encodeEasModel(stated)
    expect(data).to.equal(AbiCoder.defaultAbiCoder().encode(types, values))
    expect(decodeEasModel(data)).to.deep.equal(stated)
    const recipient = `0x${'2b'.repeat(20)}` as Address
    const request = { recipient, expirationTime: 5n, revocable: true, refUID: id('e'), data, value: 0n }
    expect(easAttestCall({ stated, recipient, expirationTime: 5n, refUID: id('e') as Hex })).to.equal(
      new Interface(artifactOf('EAS.sol/EAS.json').abi).encodeFunctionData('attest', [
        { schema: easSchemaUid(), data: request },
      ]),
    )
    const alone = { ...stated, parents: [], relations: [] }
    expect(decodeEasModel(encodeEasModel(alone))).to.deep.equal(alone)
  })

  it('states a registration with its parents and the codes of their relations', function () {
    const { model, weights, datasets } = stated
    const parents = [{ model: stated.parents[0], relation: 'merge' }]
    const registration = { weights, datasets, parents } as never
    expect(statedOf({ model, registration }, LEDGER, 5n, (relation) => RELATIONS[relation])).to.deep.equal({
      model,
      weights,
      datasets,
      ledger: LEDGER,
      chainId: 5n,
      parents: [stated.parents[0]],
      relations: [3],
    })
  })

  it('attests a model, reads it back and verifies it', async function () {
    const uid = await attestModel(signer, eas, { stated })
    const read = await readAttestation(signer.provider!, eas, uid)
    expect(read).to.include({
      uid,
      schema: easSchemaUid(),
      revocationTime: 0n,
      revocable: true,
      attester: expected.attester,
    })
    expect(await verifyAttestation(signer.provider!, eas, uid, expected)).to.deep.equal(stated)
  })

  it('refuses another ledger, chain, model, attester or schema, and what is expired, revoked or not there', async function () {
    const uid = await attestModel(signer, eas, { stated })
    const reason = async (change: Partial<EasExpectation>, of = uid): Promise<string> =>
      verifyAttestation(signer.provider!, eas, of, { ...expected, ...change }).then(
        () => 'accepted',
        (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
      )
    expect(await reason({})).to.equal('accepted')
    expect(await reason({ ledger: eas })).to.match(/EAS_REFUSED.* about the ledger/)
    expect(await reason({ chainId: 1n })).to.match(/EAS_REFUSED.* about a ledger of chain/)
    expect(await reason({ model: parseModelId(id('f')) })).to.match(/EAS_REFUSED.* about the model/)
    expect(await reason({ attester: eas })).to.match(/EAS_REFUSED.* made by/)
    expect(await reason({ schema: id('1') as Hex })).to.match(/EAS_REFUSED.* of the schema/)
    expect(await reason({}, id('9') as Hex)).to.match(/EAS_REFUSED.* not on this chain/)
    const foreign = await attestModel(signer, eas, { stated, schema: easSchemaUid({ schema: 'bytes32 other' }) })
    expect(await reason({}, foreign)).to.match(/EAS_REFUSED.* of the schema/)
    const soon = await attestModel(signer, eas, { stated, expirationTime: expected.now + 1000n })
    expect(await reason({ now: expected.now + 999n }, soon)).to.equal('accepted')
    expect(await reason({ now: expected.now + 1000n }, soon)).to.match(/EAS_REFUSED.* expired/)
    const revocation = { schema: easSchemaUid(), data: { uid, value: 0n } }
    await (await service.getFunction('revoke')(revocation)).wait()
    expect(await reason({})).to.match(/EAS_REFUSED.* revoked/)
  })

  it('refers to a parent by an attestation that is on the chain, and to no other', async function () {
    const parent: EasModel = { ...stated, model: stated.parents[0]!, parents: [], relations: [] }
    const ofParents = { ...expected, model: undefined as never, attester: undefined as never }
    const parentUid = await attestModel(signer, eas, { stated: parent })
    const refUID = easParentReference(stated, await readAttestation(signer.provider!, eas, parentUid), ofParents)
    const uid = await attestModel(signer, eas, { stated, refUID })
    expect((await readAttestation(signer.provider!, eas, uid)).refUID).to.equal(parentUid)
    const absent = await readAttestation(signer.provider!, eas, id('7') as Hex)
    expect(() => easParentReference(stated, absent, ofParents))
      .to.throw()
      .with.property('code', 'EAS_REFUSED')
    const stranger = await readAttestation(signer.provider!, eas, uid)
    expect(() => easParentReference(stated, stranger, ofParents))
      .to.throw()
      .with.property('code', 'EAS_REFUSED')
    const error = await attestModel(signer, eas, { stated, refUID: id('7') as Hex }).catch((caught: Error) => caught)
    expect(error).to.be.instanceOf(Error)
  })

  it('signs off chain what an independent library verifies', async function () {
    const at = { address: eas, version: await service.getFunction('version')(), chainId: expected.chainId }
    const request = { stated, time: 5n, salt: id('3') as Hex }
    const signature = await signOffchain(signer, at, request)
    const { domain, types, message } = easOffchainTypedData(at, request)
    expect(verifyTypedData(domain, types, message, signature)).to.equal(await signer.getAddress())
    expect(message.refUID).to.equal(ZERO_DIGEST)
  })

  it('refuses the nonsense of a contract that is not EAS: another id, changed content, dirty words, endless bytes', async function () {
    const uid = await attestModel(signer, eas, { stated })
    const real = (await signer.provider!.call({ to: eas, data: easReadCall(uid) })) as Hex
    const words = real.slice(2).match(/.{64}/g)!
    const changed = (index: number, word: string): Hex => `0x${words.with(index, word).join('')}`
    const code = (returned: Hex): string | undefined => {
      try {
        checkEasAttestation(parseEasAttestation(returned), { ...expected, uid })
      } catch (error) {
        return (error as { code: string }).code
      }
      return undefined
    }
    expect(code(real)).to.equal(undefined)
    // The content of the id: schema, times, accounts, whether it can be revoked, and the data.
    for (const index of [1, 2, 3, 4, 6, 7, 8, 12, 13]) {
      const word = words[index]!
      expect(code(changed(index, `${word.slice(0, -1)}${word.endsWith('1') ? '2' : '1'}`)), `${index}`).to.equal(
        'EAS_REFUSED',
      )
    }
    expect(code(changed(9, '0'.repeat(64)))).to.equal('EAS_REFUSED')
    const other = await attestModel(signer, eas, { stated, expirationTime: expected.now + 99n })
    expect(code((await signer.provider!.call({ to: eas, data: easReadCall(other) })) as Hex)).to.equal('EAS_REFUSED')
    for (const returned of [
      '0x',
      `0x${'00'.repeat(50_000_000)}`,
      `${real}${'0'.repeat(64)}`,
      real.slice(0, -64),
      ...[0, 3, 4, 5, 7, 8, 9, 10, 11].map((index) => changed(index, 'f'.repeat(64))),
      changed(9, '2'.padStart(64, '0')),
    ])
      expect(code(returned as Hex), returned.slice(0, 80)).to.equal('EAS_DATA')
    // An account without code returns nothing.
    const error = await verifyAttestation(signer.provider!, LEDGER, uid, expected).catch((caught: Error) => caught)
    expect(error).to.have.property('code', 'EAS_DATA')
  })

  it('knows two attestations of one block that are alike', async function () {
    const call = { schema: easSchemaUid(), data: Array(2).fill(requestOf(stated)) }
    const receipt = await (await service.getFunction('multiAttest')([call])).wait()
    const uids = receipt.logs.map(({ data }: { data: Hex }) => data) as Hex[]
    expect(new Set(uids).size).to.equal(2)
    for (const uid of uids) expect(await verifyAttestation(signer.provider!, eas, uid, expected)).to.deep.equal(stated)
  })

  it('refuses data that is not of the schema, and never crashes on it', function () {
    const data = encodeEasModel(stated)
    const words = data.slice(2).match(/.{64}/g)!
    const changed = (index: number, word: string): Hex => `0x${words.with(index, word).join('')}`
    const nothing = '0'.repeat(64)
    for (const bad of [
      '0x',
      '0x12',
      `0x${'zz'.repeat(32)}`,
      `0x${'00'.repeat(50_000_000)}`,
      changed(0, nothing),
      changed(1, nothing),
      changed(5, nothing),
      changed(8, words[9]!),
      changed(8, words[0]!),
      data.slice(0, -64),
      `${data}${'0'.repeat(64)}`,
      changed(3, 'f'.repeat(64)),
      changed(7, 'f'.repeat(64)),
      changed(7, '1'.padStart(64, '0')),
      changed(5, 'f'.repeat(64)),
      changed(6, 'f'.repeat(64)),
      changed(words.length - 1, '100'.padStart(64, '0')),
    ]) {
      expect(() => decodeEasModel(bad as Hex), bad)
        .to.throw()
        .with.property('code', 'EAS_DATA')
    }
  })
})
