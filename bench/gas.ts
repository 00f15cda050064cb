/**
 * Measures the gas of the ledger's operations against a floor: 21,000 + calldata + 22,100 a new word + 5,000 a word that is
 * written over + 2,100 a word that the rules oblige it to read cold + its logs. Gas is exact and repeats.
 * Usage: npm run bench:gas [-- --json]   (after `hardhat build`)
 */
import { getBytes, id, type ContractTransactionResponse } from 'ethers'
import hre from 'hardhat'

import { openLedger } from '../src/sdk/connect.ts'
import { parseAddress, type Address, type Digest, type ModelId } from '../src/core/hex.ts'
import { modelIdOf, type Registration } from '../src/core/registration.ts'
import { termsIdOf, type Terms } from '../src/core/terms.ts'
import { credentialIdOf, tierIdOf, type Tier } from '../src/core/tier.ts'
import { encodeRegistration } from '../src/sdk/registerModel.ts'
import { signOffer } from '../src/sdk/signOffer.ts'
import { signRegistration } from '../src/sdk/signRegistration.ts'

type Row = { gas: number; floor: number; ratio: number }
const rows: Record<string, Row> = {}

const { ethers } = await hre.network.create()
const [publisher, other, holder] = await ethers.getSigners()
const manager = await ethers.deployContract('AccessManager', [publisher!.address])
const deployed = await ethers.deployContract('Ledger', [manager])
const credential = await ethers.deployContract('LicenseCredential', [deployed, deployed])
const lens = await ethers.deployContract('ComplianceLens', [deployed, deployed, credential])
const address = async (contract: { getAddress(): Promise<string> }) => parseAddress(await contract.getAddress())
const open = async (signer: typeof publisher) =>
  openLedger(signer!, {
    name: 'bench',
    chainId: 31337,
    firstBlock: 0,
    contracts: {
      manager: await address(manager),
      ledger: await address(deployed),
      licenseCredential: await address(credential),
      complianceLens: await address(lens),
    },
  })
const ledger = await open(publisher)
const { ledger: registry, licenseCredential } = ledger.contracts

const terms: Terms = {
  name: 'LicenseRef-Bench',
  uri: 'https://example.org/licenses/a-license-of-sixty-characters-in-'.slice(0, 60),
  text: id('text') as Digest,
  rights: ['research', 'commercial', 'modify', 'redistribute'],
  obligations: ['notice'],
  thresholds: [],
}
await measure(
  'publish terms',
  registry.publishTerms({ ...terms, rights: 0b10101001, obligations: 1, thresholds: [] }),
  { fresh: 3 },
)

let serial = 0
const registration = (parents: readonly ModelId[]): Registration => {
  serial += 1
  const digest = (what: string) => id(`${what} ${serial}`) as Digest
  return {
    publisher: parseAddress(publisher!.address) as Address,
    weights: digest('weights'),
    datasets: digest('datasets'),
    method: digest('method'),
    terms: termsIdOf({ ...terms, rights: ['research', 'commercial', 'modify', 'redistribute'] }),
    parents: parents.map((model) => ({ model, relation: 'finetune' })),
    uri: `https://example.org/models/acme-laboratories/model-number-${String(serial).padStart(6, '0')}`.slice(0, 60),
  }
}
const roots: ModelId[] = []
for (let i = 0; i < 8; i += 1) {
  const root = registration([])
  const sent = registry.register(encodeRegistration(root))
  if (i === 0) await measure('register root', sent, { fresh: 1, reads: 2 })
  else await sent
  roots.push(modelIdOf(root))
}
for (const [name, count] of [
  ['register 1 parent', 1],
  ['register 3 parents', 3],
  ['register 8 parents', 8],
] as const) {
  const child = encodeRegistration(registration(roots.slice(0, count)))
  await measure(name, registry.register(child), { fresh: 1 + count, reads: 2 + count })
}
const signed = await signRegistration(ledger, { registration: registration(roots.slice(0, 1)), deadline: 2 ** 40 })
await measure(
  'register by signature',
  (await open(other)).contracts.ledger.registerBySignature(
    encodeRegistration(signed.registration),
    signed.signer,
    signed.deadline,
    signed.signature,
  ),
  { fresh: 2, reads: 3 },
)
const many = Array.from({ length: 30 }, () => encodeRegistration(registration(roots.slice(0, 1))))
await measure('register 1 of 30', registry.registerMany(many), { fresh: 60, reads: 3 }, 30)

const tier: Tier = {
  model: roots[0]!,
  terms: termsIdOf(terms),
  passThrough: [],
  open: false,
  maxDuration: 0,
  name: 'Commercial',
  uri: '',
}
await measure('offer tier', registry.offerTier({ ...tier, passThrough: 0 }), { fresh: 3, reads: 3 })
const tierId = tierIdOf(tier)
const until = 2 ** 35
await measure('grant', licenseCredential.grant(tier.model, tierId, holder!.address, 0, until), { fresh: 3, reads: 3 })
const offer = await signOffer(ledger, {
  model: tier.model,
  tier: tierId,
  holder: parseAddress(other!.address),
  validUntil: until,
  deadline: 2 ** 40,
})
const { signer, signature, ...offered } = offer
await measure('accept offer', (await open(other)).contracts.licenseCredential.accept(offered, signer, signature), {
  fresh: 3,
  reads: 3,
})
await measure('renew', licenseCredential.renew(tier.model, tierId, holder!.address, until + 1), { over: 1, reads: 3 })
const credentialId = credentialIdOf(tier.model, tierId, parseAddress(holder!.address))

/** What a read costs another contract: the call's own gas, without the 21,000 and the calldata of a transaction, plus the cold account. */
const read = async (name: string, to: string, data: string, reads: number): Promise<void> => {
  const estimate = Number(await ethers.provider.estimateGas({ to, data, from: other!.address }))
  const gas = estimate - 21_000 - calldata(data) + 2_600
  add(name, gas, 2_600 + 2_100 * reads)
}
await read(
  'read credential',
  await licenseCredential.getAddress(),
  licenseCredential.interface.encodeFunctionData('isValid', [credentialId]),
  1,
)
await read(
  'read status',
  await registry.getAddress(),
  registry.interface.encodeFunctionData('statusOf', [tier.model]),
  1,
)
await measure('revoke', licenseCredential.revoke(credentialId, ''), { over: 1, reads: 1 })

async function measure(
  name: string,
  sending: Promise<ContractTransactionResponse>,
  words: { fresh?: number; over?: number; reads?: number },
  items = 1,
): Promise<void> {
  const response = await sending
  const receipt = (await response.wait())!
  const logs = receipt.logs.reduce((sum, log) => sum + 375 + 375 * log.topics.length + 8 * getBytes(log.data).length, 0)
  const { fresh = 0, over = 0, reads: cold = 0 } = words
  const floor = 21_000 + calldata(response.data) + 22_100 * fresh + 5_000 * over + 2_100 * cold + logs
  add(name, Number(receipt.gasUsed) / items, floor / items)
}

function add(name: string, gas: number, floor: number): void {
  rows[name] = { gas: Math.round(gas), floor: Math.round(floor), ratio: Number((gas / floor).toFixed(4)) }
}

function calldata(data: string): number {
  return getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0)
}

if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2))
else {
  console.table(rows)
  console.log('Evm: osaka. No column for the next hardfork: not measured yet.')
}
