/**
 * Measures the gas of the ledger's operations on a simulated chain, next to a lower bound for any such ledger (the
 * floor) and our own target. Gas is exact: every machine gives the same figures.
 *
 * The floor of an operation is 21,000 + its calldata (4 per zero byte, 16 per other byte) + 22,100 per new storage word
 * + 5,000 per overwritten word + 2,100 per word that the rules require it to read cold + its logs (375 + 375 per topic
 * + 8 per byte of data). A read by another contract is not a transaction: its floor is 2,600 for the cold contract +
 * 2,100 per word.
 *
 * Usage: npm run bench:gas [-- --json | --check | --update]   (after `hardhat build`)
 *   --json     one object, name -> { gas, floor, ratio }
 *   --check    exits with 1 when a figure is not that of bench/snapshots/gas.json
 *   --update   writes bench/snapshots/gas.json
 */
import { getBytes, id, ZeroHash, type BaseContract, type ContractTransactionResponse } from 'ethers'
import hre from 'hardhat'

import { readOptions } from '../scripts/options.ts'
import { claimIdOf, commitmentOf } from '../src/core/claim.ts'
import { parseAddress, ZERO_DIGEST, type Digest, type ModelId } from '../src/core/hex.ts'
import { batchTreeOf, proveInBatch } from '../src/core/batchTree.ts'
import { MerkleLog } from '../src/core/merkleLog.ts'
import { encodeRelation, modelIdOf, REGISTRATION_TYPES, type Registration } from '../src/core/registration.ts'
import { bodyOf, termsIdOf, type Terms } from '../src/core/terms.ts'
import { checkSnapshot, printGas, updateSnapshot, type Row, type Words } from './gasReport.ts'
import { measureGate } from './gate.ts'

const NEXT_HARDFORK = 'amsterdam'
/** The chain's start. For four minutes from it, times in calldata do not contain a zero byte, which would cost less. */
const START = '2026-01-01T00:00:16Z'

const { values: options } = readOptions({
  json: { type: 'boolean' },
  check: { type: 'boolean' },
  update: { type: 'boolean' },
})
let usageLog: MerkleLog | undefined

const measured = await measureAll()

if (options.update) updateSnapshot(measured.rows)
if (options.json) console.log(JSON.stringify(measured.rows, null, 2))
else if (options.check) checkSnapshot(measured.rows)
else {
  const next = await measureAll(NEXT_HARDFORK).catch((error: unknown) => String(error))
  printGas(measured, NEXT_HARDFORK, typeof next === 'string' ? next : next.rows)
}

/** Runs every operation on its own chain. The default hardfork is the configuration's. */
async function measureAll(hardfork?: typeof NEXT_HARDFORK) {
  const { ethers } = await hre.network.create({
    override: { initialDate: START, ...(hardfork === undefined ? {} : unbounded(hardfork)) },
  })
  const [publisher, other, holder] = await ethers.getSigners()
  const manager = await ethers.deployContract('AccessManager', [publisher!])
  const recalls = await ethers.deployContract('Recalls', [manager])
  const ledger = await ethers.deployContract('Ledger', [manager, recalls])
  const credentials = await ethers.deployContract('LicenseCredential', [manager, ledger, ledger])
  const reader = await ethers.deployContract('Reader')
  const { chainId } = await ethers.provider.getNetwork()
  const measured: Record<string, Row> = {}
  const touched: Record<string, Words> = {}
  let registrations = 0

  const parents = (count: number) => Array.from({ length: count }, (_, i) => `parent ${i + 1}`)
  const registering = (count: number): Words => ({
    new: ['the record', ...parents(count).map((parent) => `the id of ${parent}`)],
    read: [
      'the pause',
      "the publisher's controller",
      'the terms',
      ...parents(count).map((parent) => `the record of ${parent}`),
    ],
  })

  await ledger.publishTerms(termsStruct(terms('first')))
  await measure('publish terms', ledger.publishTerms(termsStruct(terms('second'))), {
    new: ['the body', 'the duties', 'the threshold', 'the id by number'],
    over: ['the count'],
    read: ['the pause'],
  })

  const roots: ModelId[] = []
  for (let i = 0; i < 8; ++i) {
    const root = registration([])
    const sent = ledger.register(registrationStruct(root))
    if (i === 0) await measure('register root', sent, registering(0))
    else await sent
    roots.push(modelIdOf(root))
  }
  for (const count of [1, 3, 8]) {
    const sent = ledger.register(registrationStruct(registration(roots.slice(0, count))))
    await measure(`register ${count} parent${count === 1 ? '' : 's'}`, sent, registering(count))
  }

  const signed = registration(roots.slice(0, 1))
  const deadline = 2n ** 40n
  const registerTypes = {
    Register: [
      { name: 'registration', type: 'Registration' },
      { name: 'epoch', type: 'uint32' },
      { name: 'deadline', type: 'uint48' },
    ],
    ...REGISTRATION_TYPES,
  }
  const signature = await publisher!.signTypedData(await domain('Stemma', ledger), registerTypes, {
    registration: registrationStruct(signed),
    epoch: 0,
    deadline,
  })
  await measure(
    'register by signature',
    ledger.connect(other!).registerBySignature(registrationStruct(signed), publisher!, 0, deadline, signature),
    registering(1),
  )

  const many = Array.from({ length: 30 }, () => registrationStruct(registration(roots.slice(0, 1))))
  const { new: fresh = [], read = [] } = registering(1)
  const shared = { new: Array.from({ length: 30 }, () => fresh).flat(), read }
  await measure('register 1 of 30', ledger.registerMany(many), shared, 30)

  const model = roots[0]!
  const tier = {
    model,
    terms: termsIdOf(terms('second')),
    passThrough: 0,
    open: false,
    subCredentials: false,
    maxDuration: 0,
    callQuota: 0,
    tokenQuota: 0,
    name: 'Commercial Use',
    uri: text('https://example.org/tiers/commercial-use'),
  }
  const tierId = await ledger.offerTier.staticCall(tier)
  await measure('offer tier', ledger.offerTier(tier), {
    new: ['the tier', "the tier's id in the model's list"],
    over: ["the model's record"],
    read: ['the pause', "the publisher's controller", 'the terms'],
  })

  const issuing: Words = {
    new: ['the record', "the token's owner", "the holder's balance"],
    read: ['the pause', 'the tier', "the model's record", "the publisher's controller"],
  }
  const until = 2 ** 35
  const granted = {
    model,
    tier: tierId,
    holder: other!.address,
    validFrom: 0,
    validUntil: until,
    payment: ZeroHash,
    agreement: ZeroHash,
    lifts: 0,
  }
  await measure('grant', credentials.grant({ ...granted, holder: holder! }), issuing)
  const offer = { grant: granted, epoch: 0, deadline }
  const offerTypes = {
    Offer: [
      { name: 'model', type: 'bytes32' },
      { name: 'tier', type: 'bytes32' },
      { name: 'holder', type: 'address' },
      { name: 'validFrom', type: 'uint40' },
      { name: 'validUntil', type: 'uint40' },
      { name: 'payment', type: 'bytes32' },
      { name: 'agreement', type: 'bytes32' },
      { name: 'lifts', type: 'uint16' },
      { name: 'epoch', type: 'uint32' },
      { name: 'deadline', type: 'uint48' },
    ],
  }
  const offered = await publisher!.signTypedData(await domain('Stemma License Credential', credentials), offerTypes, {
    ...granted,
    epoch: 0,
    deadline,
  })
  await measure('accept offer', credentials.connect(other!).accept(offer, publisher!, offered), issuing)
  await measure('renew', credentials.renew(model, tierId, holder!, until + 1), {
    over: ['the record'],
    read: ['the pause', 'the tier', "the publisher's controller"],
  })

  const credential = await credentials.hashCredential(model, tierId, holder!)
  await measureRead('read credential', credentials, credentials.interface.encodeFunctionData('isValid', [credential]))
  await measureRead('read status', ledger, ledger.interface.encodeFunctionData('publisherAndStatusOf', [model]))
  await measure('revoke', credentials.revoke(credential, ''), {
    over: ['the record'],
    read: ["the publisher's controller"],
  })
  await measureBatches()
  await measureAudit()
  await measureClaims()
  const tools = { ethers, manager, ledger, credentials, domain, measure, measureRead }
  await measureGate(tools, registration(roots.slice(0, 1)))
  return { rows: measured, words: touched }

  async function measureBatches(): Promise<void> {
    const batch = Array.from({ length: 10_000 }, () => registration(roots.slice(0, 1)))
    const tree = batchTreeOf(batch.map(modelIdOf))
    const anchoring = { new: ['time and count'], read: ['the pause', "the publisher's controller"] }
    const sent = ledger.anchorBatch(publisher!, tree.root, batch.length, text('https://example.org/batches/'))
    await measure('anchor batch', sent, anchoring)
    await measure('anchor batch, a model', sent, anchoring, batch.length)
    const [first] = batch as [Registration]
    const { index, proof } = proveInBatch(tree, modelIdOf(first))
    const { new: fresh, read = [] } = registering(1)
    const reading = read.map((word) => (word === "the publisher's controller" ? 'the batch' : word))
    await measure(
      'materialize',
      ledger.connect(other!).materialize(registrationStruct(first), tree.root, index, proof),
      {
        new: fresh!,
        read: reading,
      },
    )
  }

  async function measureAudit(): Promise<void> {
    const audit = await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credentials])
    const log = (usageLog ??= logOf(1_000_000))
    const credential = await credentials.hashCredential(model, tierId, holder!)
    const [first, second] = [999_999, 1_000_000]
    const anchor = (size: number) => audit.anchor(publisher!, credential, 0, size, log.root(size), size, 1_000 * size)
    const read = ['the pause', "the operator's controller", 'the credential', 'the epoch']
    await measure('anchor first checkpoint', anchor(first), { new: ['the counts', 'the root'], read })
    await measure('anchor checkpoint', anchor(second), { new: ['the root'], over: ['the counts'], read })
    const logId = await audit.hashLog(publisher!, credential, 0)
    const index = 654_321
    const { interface: abi } = audit
    await measureRead(
      'prove record',
      audit,
      abi.encodeFunctionData('proveRecord', [logId, second, index, log.leaf(index), log.proveInclusion(index)]),
      ['the root'],
    )
    await measureRead(
      'prove consistency',
      audit,
      abi.encodeFunctionData('proveConsistency', [logId, first, second, log.proveConsistency(first)]),
      ['the older root', 'the newer root'],
    )
  }

  async function measureClaims(): Promise<void> {
    const claims = await ethers.deployContract('LineageClaims', [
      manager,
      ledger,
      ledger,
      10n ** 16n,
      86_400,
      publisher!,
    ])
    const [subject, ...others] = roots as [ModelId, ...ModelId[]]
    const evidence = id('evidence')
    const uri = text('https://example.org/claims/')
    // What is said of the first edge is in the word of the number.
    const edge = ["the number of the model's attested parents", "the parent's id"]
    const acting = ["the claim's subject", "the model's record", "the publisher's controller"]
    const filing = (account: NonNullable<typeof holder>, model: ModelId, parent: ModelId) => {
      const salt = id(`salt ${parent}`)
      const claimant = parseAddress(account.address)
      const commitment = commitmentOf(claimant, evidence as Digest, salt as Digest)
      const sent = claims.connect(account).file(model, false, parent, 1, ZERO_DIGEST, commitment, { value: 10n ** 16n })
      const statement = { subject: model, product: false, parent, relation: 'finetune', commitment } as const
      const claim = claimIdOf({ claimant, ...statement })
      return { sent, claim, salt }
    }
    const disclosed = async (account: NonNullable<typeof holder>, model: ModelId, parent: ModelId) => {
      const { sent, claim, salt } = filing(account, model, parent)
      await sent
      await claims.connect(account).disclose(claim, evidence, salt, uri)
      return claim
    }

    const first = filing(holder!, subject, others[0]!)
    await measure('file claim', first.sent, {
      new: ["the claim's state", 'its subject', 'its parent'],
      read: ["the parent's record", "the model's record", "the number of the model's attested parents"],
    })
    await measure('disclose evidence', claims.connect(holder!).disclose(first.claim, evidence, first.salt, uri), {
      over: ["the claim's state"],
      read: ["the claim's subject", 'its parent'],
    })
    await measure('contest claim', claims.contest(first.claim, uri), { over: ["the claim's state"], read: acting })
    await claims.accept(first.claim)
    await measure('rule on claim', claims.rule(first.claim, true, uri), {
      new: [...edge, "the claimant's credit"],
      over: ["the claim's state", 'the number of accepted claims'],
      read: ["the function's role", "the adjudicator's role", "the claim's subject", 'its parent'],
    })
    const second = await disclosed(other!, others[0]!, others[1]!)
    await measure('acknowledge claim', claims.acknowledge(second), {
      new: [...edge, "the claimant's credit"],
      over: ["the claim's state"],
      read: [...acting, "the claim's parent"],
    })
    const third = await disclosed(publisher!, others[1]!, others[2]!)
    await measure('withdraw claim', claims.withdraw(third), {
      new: ["the claimant's credit"],
      over: ["the claim's state"],
    })
    await measure('withdraw deposit', claims.withdrawDeposit(publisher!), { over: ["the account's credit"] })
    await measure('attest parent', claims.attestParent(others[3]!, others[4]!, 1), {
      new: edge,
      read: ["the model's record", "the publisher's controller", "the parent's record"],
    })
    await measure('countersign parent', claims.countersign(others[3]!, others[4]!), {
      over: ['the edge'],
      read: ["the parent's record", "the publisher's controller", "the parent's id", "the model's record"],
    })
  }

  async function measure(
    name: string,
    sending: Promise<ContractTransactionResponse>,
    counted: Words,
    items = 1,
  ): Promise<void> {
    const sent = await sending
    const receipt = (await sent.wait())!
    const logs = receipt.logs.reduce(
      (sum, { topics, data }) => sum + 375 + 375 * topics.length + 8 * getBytes(data).length,
      0,
    )
    const { new: fresh = [], over = [], read = [] } = counted
    const storage = 22_100 * fresh.length + 5_000 * over.length + 2_100 * read.length
    add(name, Number(receipt.gasUsed) / items, (21_000 + calldataGas(sent.data) + storage + logs) / items)
    touched[name] = counted
  }

  async function measureRead(
    name: string,
    target: BaseContract,
    data: string,
    read: readonly string[] = ['the record'],
  ): Promise<void> {
    const [gasUsed] = await reader.getFunction('gasOf').staticCall(await target.getAddress(), data)
    touched[name] = { read }
    add(name, Number(gasUsed), 2_600 + 2_100 * read.length)
  }

  function add(name: string, gas: number, floor: number): void {
    measured[name] = { gas: Math.round(gas), floor: Math.round(floor), ratio: Number((gas / floor).toFixed(4)) }
  }

  async function domain(name: string, contract: BaseContract) {
    return { name, version: '1', chainId, verifyingContract: await contract.getAddress() }
  }

  /** A value in every field: three digests, published terms, a URI of 60 characters. */
  function registration(of: readonly ModelId[]): Registration {
    const serial = ++registrations
    const digest = (what: string) => id(`${what} ${serial}`) as Digest
    return {
      publisher: parseAddress(publisher!.address),
      weights: digest('weights'),
      tensors: digest('tensors'),
      annex: digest('annex'),
      datasets: digest('datasets'),
      method: digest('method'),
      terms: termsIdOf(terms('second')),
      parents: of.map((parent) => ({ model: parent, relation: 'finetune' })),
      uri: text(`https://example.org/models/${serial}`),
    }
  }
}

/** With the next hardfork, new state costs so much that a deployment exceeds today's gas cap of a transaction. */
function unbounded(hardfork: typeof NEXT_HARDFORK) {
  return { hardfork, blockGasLimit: 500_000_000n, transactionGasCap: false, gas: 400_000_000n } as const
}

/** A log of `size` records, not all different. */
function logOf(size: number): MerkleLog {
  const leaves = Array.from({ length: 1_000 }, (_, index) => id(`record ${index}`) as Digest)
  const log = new MerkleLog()
  for (let index = 0; index < size; ++index) log.append(leaves[index % leaves.length]!)
  return log
}

/** A text of 60 characters. */
function text(start: string): string {
  return start.padEnd(60, '-')
}

function terms(name: string): Terms {
  return {
    name: `LicenseRef-${name}`,
    uri: text('https://example.org/licenses/'),
    text: id(name) as Digest,
    rights: ['research', 'commercial', 'modify', 'redistribute'],
    duties: { notice: ['redistribute', 'redistribute-derivatives', 'sublicense'] },
    thresholds: [
      {
        measure: 'monthlyRevenueUsd',
        limit: 20_000_000n,
        withdraws: [],
        adds: ['display-credit'],
        uses: ['commercial'],
      },
    ],
  }
}

function termsStruct(from: Terms) {
  const { name, uri, text } = from
  const { unstated: _, thresholds, ...body } = bodyOf(from)
  return { name, uri, text, ...body, thresholds: [...thresholds] }
}

function registrationStruct(from: Registration) {
  return { ...from, parents: from.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })) }
}

function calldataGas(data: string): number {
  return getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0)
}
