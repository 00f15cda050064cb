import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { AbiCoder, getCreateAddress, Interface } from 'ethers'

import { ledgerAbi } from '../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../src/abi/licenseCredential.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { grantStructOf } from '../../src/core/grant.ts'
import { parseAddress, ZERO_DIGEST, type Address, type Digest, type ModelId, type TermsId } from '../../src/core/hex.ts'
import { encodeRelation, modelIdOf, type Registration } from '../../src/core/registration.ts'
import { bodyOf, termsIdOf, type Terms } from '../../src/core/terms.ts'
import { tierIdOf } from '../../src/core/tier.ts'
import { createRpc, type Call } from '../../packages/server/src/indexer/rpc.ts'

const root = join(import.meta.dirname, '../..')
const LEDGER = new Interface(ledgerAbi)
const CREDENTIAL = new Interface(licenseCredentialAbi)

/** Registrations of one transaction: as many as its gas allows (16,777,216 since Osaka). */
const PER_TRANSACTION = 150
/** Grants of one block. */
const PER_BLOCK = 400

/** A local chain that is full of events. */
export type BenchChain = {
  url: string
  deployment: Deployment
  /** How many registrations and credentials there are, and how many logs in all. */
  registrations: number
  credentials: number
  blocks: number
  stop(): void
}

/** Starts anvil and fills a ledger: half registrations, each made from an earlier one, half credentials of one tier. */
export async function fillChain(events: number, port: number, report: (line: string) => void): Promise<BenchChain> {
  const anvil = startAnvil(port)
  const url = `http://127.0.0.1:${port}`
  const rpc = createRpc({ url, tries: 60, pause: 100, timeout: 120_000 })
  await rpc.call({ method: 'eth_chainId', params: [] })
  const [sender] = (await rpc.call({ method: 'eth_accounts', params: [] })) as Address[]
  const publisher = parseAddress(sender!)
  let nonce = 0
  const send = (to: Address | undefined, data: string, gas: number): Call => ({
    method: 'eth_sendTransaction',
    params: [
      { from: publisher, ...(to && { to }), data, gas: `0x${gas.toString(16)}`, nonce: `0x${(nonce++).toString(16)}` },
    ],
  })
  const mine = async (calls: Call[]): Promise<void> => {
    const hashes = await rpc.batch(calls)
    await rpc.call({ method: 'evm_mine', params: [] })
    const receipt = (await rpc.call({ method: 'eth_getTransactionReceipt', params: [hashes.at(-1)] })) as Receipt | null
    if (receipt?.status !== '0x1')
      throw new Error(`A transaction of the benchmark's chain failed: ${JSON.stringify(receipt)}`)
  }
  type Receipt = { status: string }

  const create = async (artifact: string, types: string[] = [], values: string[] = []): Promise<Address> => {
    const { bytecode } = JSON.parse(readFileSync(join(root, 'artifacts', artifact), 'utf8')) as { bytecode: string }
    const address = parseAddress(getCreateAddress({ from: publisher, nonce }))
    await mine([send(undefined, bytecode + AbiCoder.defaultAbiCoder().encode(types, values).slice(2), 15_000_000)])
    return address
  }
  const manager = await create(
    '@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json',
    ['address'],
    [publisher],
  )
  const recalls = await create('contracts/registry/Recalls.sol/Recalls.json', ['address'], [manager])
  const ledger = await create('contracts/Ledger.sol/Ledger.json', ['address', 'address'], [manager, recalls])
  const credential = await create(
    'contracts/licensing/LicenseCredential.sol/LicenseCredential.json',
    ['address', 'address', 'address'],
    [manager, ledger, ledger],
  )

  const terms: Terms = {
    name: 'Bench-1.0',
    uri: '',
    text: ZERO_DIGEST,
    rights: ['research'],
    duties: {},
    thresholds: [],
  }
  const termsId = termsIdOf(terms)
  const { unstated: _, ...body } = bodyOf(terms)
  const struct = { name: terms.name, uri: '', text: ZERO_DIGEST, ...body, thresholds: [] }
  await mine([send(ledger, LEDGER.encodeFunctionData('publishTerms', [struct]), 1_000_000)])

  const registrations = Math.ceil(events / 2)
  const ids: ModelId[] = []
  let batch: Registration[] = []
  let calls: Call[] = []
  for (let i = 0; i < registrations; i++) {
    const parent = ids.length > 0 ? ids[Math.floor(ids.length * ((i * 0.618034) % 1) ** 2)] : undefined
    batch.push({
      publisher,
      weights: digest(i + 1),
      tensors: ZERO_DIGEST,
      annex: ZERO_DIGEST,
      datasets: digest(i % 1000),
      method: digest(i % 77),
      terms: termsId,
      parents: parent ? [{ model: parent, relation: 'finetune' }] : [],
      uri: `https://huggingface.co/organisation-${i % 500}/model-number-${i}-of-the-benchmark`,
    })
    if (batch.length < PER_TRANSACTION && i + 1 < registrations) continue
    calls.push(send(ledger, LEDGER.encodeFunctionData('registerMany', [batch.map(structOf)]), 16_700_000))
    ids.push(...batch.map(modelIdOf))
    batch = []
    if (calls.length < 4 && i + 1 < registrations) continue
    await mine(calls)
    calls = []
    if (ids.length % 6000 === 0) report(`${ids.length} registrations`)
  }

  const offered = {
    model: ids[0]!,
    terms: termsId,
    open: false,
    subCredentials: false,
    maxDuration: 0,
    callQuota: 0n,
    tokenQuota: 0n,
    name: 'Use',
    uri: '',
  }
  await mine([send(ledger, LEDGER.encodeFunctionData('offerTier', [{ ...offered, passThrough: 0 }]), 1_000_000)])
  const tier = tierIdOf({ ...offered, passThrough: [] })
  const credentials = events - registrations
  for (let i = 0; i < credentials; i += PER_BLOCK) {
    const grants = Array.from({ length: Math.min(PER_BLOCK, credentials - i) }, (_, at) => {
      const holder = parseAddress(`0x${(i + at + 0x10_0000).toString(16).padStart(40, '0')}`)
      return send(
        credential,
        CREDENTIAL.encodeFunctionData('grant', [grantStructOf({ model: ids[0]!, tier, holder })]),
        400_000,
      )
    })
    await mine(grants)
    if (i % (PER_BLOCK * 20) === 0) report(`${i + grants.length} credentials`)
  }
  const nobody = (number: number): Address => parseAddress(`0x${number.toString(16).padStart(40, '0')}`)
  return {
    url,
    deployment: {
      name: 'bench',
      chainId: 31337,
      firstBlock: 0,
      contracts: {
        manager,
        ledger,
        recalls,
        licenseCredential: credential,
        // Contracts that this chain does not need: nothing is ever logged there.
        lineageClaims: nobody(0xdead1),
        usageAudit: nobody(0xdead2),
        reviewGate: nobody(0xdead3),
        complianceLens: nobody(0xdead4),
        loadCheck: nobody(0xdead6),
      },
    },
    registrations,
    credentials,
    blocks: Number(await rpc.call({ method: 'eth_blockNumber', params: [] })),
    stop: () => void anvil.kill('SIGKILL'),
  }
}

/** The program itself: npm's wrapper of it hides its end. */
function startAnvil(port: number): ChildProcess {
  const platform = process.platform === 'win32' ? 'win32' : process.platform
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const program = join(
    root,
    `node_modules/@foundry-rs/anvil-${platform}-${architecture}/bin/anvil${platform === 'win32' ? '.exe' : ''}`,
  )
  if (!existsSync(program))
    throw new Error(`There is no anvil for this platform: ${program}. Install the development dependencies.`)
  const flags = ['--port', String(port), '--hardfork', 'osaka', '--gas-limit', '1000000000', '--no-mining', '--silent']
  const child = spawn(program, [...flags, '--order', 'fifo', '--base-fee', '0', '--gas-price', '0'], {
    stdio: 'ignore',
  })
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

function structOf(registration: Registration) {
  const parents = registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) }))
  return { ...registration, terms: registration.terms as TermsId, parents }
}

function digest(number: number): Digest {
  // Spread over all values, as digests are: what comes in order is quicker to index than it would be.
  const mixed = BigInt.asUintN(
    256,
    BigInt(number + 1) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95n,
  )
  return `0x${mixed.toString(16).padStart(64, '0')}` as Digest
}
