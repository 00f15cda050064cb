/**
 * Measures the gas of one `eth_call` to the lens for ancestries of growing size: a chain of models with one parent
 * each, and a ladder with two. All have different publishers and binding terms, so that nothing can be skipped. Gas is
 * exact.
 *
 * Usage: npm run bench:lens [-- --json | --update]   (after `hardhat build`)
 *   --json     one object, name -> { models, gas, perModel }
 *   --update   writes bench/snapshots/lens.json
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ZeroAddress, ZeroHash, zeroPadValue, toBeHex } from 'ethers'
import hre from 'hardhat'

import { readOptions } from '../scripts/options.ts'
import { modelIdOf } from '../src/core/registration.ts'
import type { Address, Digest, ModelId, TermsId } from '../src/core/hex.ts'
import { ALL_RIGHTS, RELATIONS, RIGHTS, rightsMask, USUAL_USES } from '../src/core/vocabulary.ts'
import { dutiesWord, usualDuties } from '../src/core/terms.ts'

const { values: options } = readOptions({ json: { type: 'boolean' }, update: { type: 'boolean' } })

const SIZES = [10, 100, 1_000, 5_000]
/** The limit for the largest: what nodes usually give to an `eth_call`. */
const TARGET = { models: 1_000, gas: 30_000_000 }
const BATCH = 250

const { ethers } = await hre.network.create({
  override: { blockGasLimit: 2_000_000_000, transactionGasCap: false },
})
const [operator, ...others] = await ethers.getSigners()
const publishers = others.slice(0, 40)
const manager = await ethers.deployContract('AccessManager', [operator!])
const ledger = await ethers.deployContract('Ledger', [manager])
const credentials = await ethers.deployContract('LicenseCredential', [manager, ledger, ledger])
const claims = await ethers.deployContract('LineageClaims', [manager, ledger, ledger, 1n, 86_400, operator!])
const lens = await ethers.deployContract('ComplianceLens', [ledger, ledger, credentials, claims])
const reader = await ethers.deployContract('Reader')
for (const publisher of publishers) {
  await ledger.connect(publisher).setOperator(publisher, operator!, 2n ** 40n - 1n)
}
const terms = {
  name: 'open',
  uri: '',
  text: ZeroHash,
  rights: ALL_RIGHTS,
  flags: 0,
  family: 0,
  outbound: 0,
  duties: dutiesWord(usualDuties(['notice'])),
  thresholds: [
    {
      metric: 1,
      subject: 0,
      limit: 700_000_000n,
      withdraws: 1 << RIGHTS.commercial,
      adds: 2,
      uses: rightsMask(USUAL_USES.attribution),
      param: 0,
      flags: 0,
    },
  ],
}
const termsId = await ledger.publishTerms.staticCall(terms)
await ledger.publishTerms(terms)

const rows: Record<string, { models: number; gas: number; perModel: number }> = {}
for (const width of [1, 2]) await measure(width)
const json = JSON.stringify(rows, null, 2)
if (options.update) writeFileSync(join(import.meta.dirname, 'snapshots/lens.json'), `${json}\n`)
if (options.json) console.log(json)
else print()

/** Builds a lineage in which each model has the previous `width` models as parents, and measures along the way. */
async function measure(width: number): Promise<void> {
  const models: ModelId[] = []
  let pending: Parameters<typeof ledger.registerMany>[0] = []
  for (let count = 1; count <= SIZES.at(-1)!; ++count) {
    const parents = models.slice(-width).map((model) => ({ model, relation: 'finetune' as const }))
    const registration = {
      publisher: publishers[count % publishers.length]!.address.toLowerCase() as Address,
      weights: zeroPadValue(toBeHex(count), 32) as Digest,
      tensors: ZeroHash as Digest,
      annex: ZeroHash as Digest,
      datasets: ZeroHash as Digest,
      method: zeroPadValue(toBeHex(width), 32) as Digest,
      terms: termsId as TermsId,
      parents,
      uri: '',
    }
    models.push(modelIdOf(registration))
    pending.push({
      ...registration,
      parents: parents.map(({ model, relation }) => ({ model, relation: RELATIONS[relation] })),
    })
    if (pending.length < BATCH && !SIZES.includes(count)) continue
    await ledger.registerMany(pending, { gasLimit: 500_000_000n })
    pending = []
    if (SIZES.includes(count)) await ask(models.at(-1)!, count, width)
  }
}

async function ask(model: ModelId, models: number, width: number): Promise<void> {
  const time = (await ethers.provider.getBlock('latest'))!.timestamp
  const query = { model, licensee: ZeroAddress, uses: 1 << RIGHTS.commercial, time, everybody: true, trusted: [], named: [], facts: [] }
  const calls = {
    'evaluate, a finding each': lens.interface.encodeFunctionData('evaluate', [query]),
    evaluate: lens.interface.encodeFunctionData('evaluate', [{ ...query, facts: [{ topic: 1, value: 0 }] }]),
    lineage: lens.interface.encodeFunctionData('lineage', [model, ZeroAddress]),
  }
  for (const [name, data] of Object.entries(calls)) {
    const options = { gasLimit: 1_900_000_000n }
    const [used] = await reader.getFunction('gasOf').staticCall(await lens.getAddress(), data, options)
    const gas = Number(used)
    const parents = width === 1 ? '1 parent each' : `${width} parents each`
    rows[`${name}, ${models} models, ${parents}`] = { models, gas, perModel: Math.round(gas / models) }
  }
}

function print(): void {
  console.log(`\n${'call'.padEnd(56)}${'gas'.padStart(14)}${'a model'.padStart(10)}  target`)
  for (const [name, { models, gas, perModel }] of Object.entries(rows)) {
    const held = name.startsWith('evaluate') && models === TARGET.models
    const target = held
      ? `  at most ${TARGET.gas.toLocaleString('en-US')}  ${gas <= TARGET.gas ? 'met' : 'MISSED'}`
      : ''
    console.log(
      `${name.padEnd(56)}${gas.toLocaleString('en-US').padStart(14)}${perModel.toLocaleString('en-US').padStart(10)}${target}`,
    )
  }
}
