import { Interface } from 'ethers'
import { network } from 'hardhat'

import { accessManagerAbi } from '../../../src/abi/accessManager.ts'
import { ledgerAbi } from '../../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../../src/abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../../../src/abi/lineageClaims.ts'
import { recallsAbi } from '../../../src/abi/recalls.ts'
import { reviewGateAbi } from '../../../src/abi/reviewGate.ts'
import { usageAuditAbi } from '../../../src/abi/usageAudit.ts'
import { batchTreeOf, proveInBatch, type BatchTree } from '../../../src/core/batchTree.ts'
import { claimIdOf, commitmentOf, type ClaimId } from '../../../src/core/claim.ts'
import type { Deployment } from '../../../src/core/deployment.ts'
import {
  parseAddress,
  ZERO_DIGEST,
  type Address,
  type Digest,
  type Hex,
  type ModelId,
  type TermsId,
  type TierId,
} from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { externalIdOf, externalNameOfTensors, externalNameOnHub } from '../../../src/core/external.ts'
import { encodeRelation, modelIdOf, type Parent, type Registration } from '../../../src/core/registration.ts'
import { ROLES } from '../../../src/core/roles.ts'
import { bodyOf, termsIdOf, termsSetIdOf, type Terms, type Threshold } from '../../../src/core/terms.ts'
import { credentialIdOf, tierIdOf, type Tier } from '../../../src/core/tier.ts'
import { RELATION_NAMES, RELATIONS, RIGHT_NAMES, rightsMask, TERMS_FLAG_NAMES } from '../../../src/core/vocabulary.ts'
import { RpcError, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import { dutiesFor } from '../../fixtures/duties.ts'
import { Random } from '../../fixtures/random.ts'

const LEDGER = new Interface(ledgerAbi)
const CREDENTIAL = new Interface(licenseCredentialAbi)
const CLAIMS = new Interface(lineageClaimsAbi)
const AUDIT = new Interface(usageAuditAbi)
const GATE = new Interface(reviewGateAbi)
const RECALLS = new Interface(recallsAbi)
const MANAGER = new Interface(accessManagerAbi)
/** A role that sets the quorum of reviews: at once for the administrator, and after a minute's notice for another. */
const QUORUM_ROLE = 77n
const NO_TERMS = ZERO_DIGEST as string as TermsId
const DAY = 86_400

/** A transaction that the chain may take or refuse. */
export type Action = {
  from: Address
  to: Address
  data: string
  value?: string
  /** Notes what there is to build on when the chain has taken it. */
  taken?: () => void
}
type Credential = { model: ModelId; tier: TierId; holder: Address; from: Address }
/** A claim about a product, which models with its weights, or with tensors that it is extended to, may inherit. */
type ProductClaim = { id: ClaimId; claimant: Address; evidence: Digest; weights: Digest }
type Sub = Credential & { licensee: Address }

/**
 * A simulated chain with a ledger, and a stream of random transactions for it. Many of them are refused, as they build on
 * what is not there: what counts is what the chain makes of them.
 */
export class Chain {
  readonly deployment: Deployment
  readonly rpc: Rpc
  readonly accounts: readonly Address[]
  /** Who has every role. */
  readonly admin: Address
  readonly connection: Awaited<ReturnType<typeof connect>>
  readonly models: { id: ModelId; publisher: Address }[] = []
  readonly terms: TermsId[] = []
  readonly tiers: { id: TierId; model: ModelId; publisher: Address }[] = []
  readonly credentials: Credential[] = []
  readonly subs: Sub[] = []
  readonly claims: { id: ClaimId; claimant: Address; publisher: Address; evidence: Digest }[] = []
  /** Models that inherit claims. No other random action builds on them. */
  readonly heirs: Registration[] = []
  readonly #products: ProductClaim[] = []
  /** The inheritances that were asked for. */
  readonly #asked: { id: ClaimId; heir: Registration }[] = []
  /** Draws what inherits, so that the history of a seed stays what it was. */
  readonly #inheriting = new Random(609)
  readonly batches: { publisher: Address; tree: BatchTree; registrations: Registration[] }[] = []
  readonly #registrations = new Map<ModelId, Registration>()
  /** How often a log was reopened, by its operator and credential. */
  readonly #epochs = new Map<string, number>()
  readonly #own = new Random(1205)
  #counter = 0
  /** A contract whose writes are paused, as far as is known. */
  #paused: Address | undefined

  constructor(connection: Chain['connection'], deployment: Deployment, [admin, ...accounts]: readonly Address[]) {
    this.admin = admin!
    this.connection = connection
    this.deployment = deployment
    this.accounts = accounts
    this.rpc = {
      call: ({ method, params }) => this.request(method, params),
      batch: (calls) => Promise.all(calls.map(({ method, params }) => this.request(method, params))),
    }
  }

  /** Asks the node. */
  async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    try {
      return await this.connection.provider.request({ method, params: [...params] })
    } catch (error) {
      throw new RpcError('refused', String((error as Error).message))
    }
  }

  /** Puts transactions into one block, which is later than the last by some seconds. */
  async mine(actions: readonly Action[], seconds = 1): Promise<void> {
    const sent: string[] = []
    for (const { taken: _, ...action } of actions) {
      sent.push((await this.request('eth_sendTransaction', [{ ...action, gas: '0x1e8480' }])) as string)
    }
    const { timestamp } = (await this.request('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    await this.request('evm_setNextBlockTimestamp', [Number(timestamp) + seconds])
    await this.request('evm_mine')
    for (const [index, hash] of sent.entries()) {
      const receipt = (await this.request('eth_getTransactionReceipt', [hash])) as { status: string }
      if (receipt.status === '0x1') actions[index]!.taken?.()
    }
  }

  /** Mines some blocks of random transactions, and returns them; with `heirs` also such about claims that models inherit. */
  async live(random: Random, blocks: number, most = 4, heirs = false): Promise<Action[][]> {
    const mined: Action[][] = []
    for (let i = 0; i < blocks; i++) {
      const actions = Array.from({ length: random.integer(0, most) }, () => this.action(random))
      for (let each = 0; heirs && each < 2; each++) actions.push(...this.#inheritances(this.#inheriting))
      if (this.credentials.length > 0 && !this.#paused) actions.push(this.#under())
      await this.mine(actions, random.chance(0.2) ? random.integer(1, 20 * DAY) : random.integer(1, 60))
      mined.push(actions)
    }
    return mined
  }

  /**
   * Plays what comes by chance too rarely: claims that are contested, accepted, and one of them rejected; a publisher that is
   * verified and has an operator; and an operation of the manager that waits out its delay.
   */
  async rule(): Promise<void> {
    const [claimant, publisher] = this.accounts as [Address, Address]
    if (this.#paused) await this.mine([this.#resume(this.#paused)], 1)
    const [child, ...parents] = [1, 2, 3, 4].map((n) => this.#plain(publisher, 910_000 + n)) as [
      Registration,
      ...Registration[],
    ]
    await this.mine([this.ledger(publisher, 'registerMany', [[child, ...parents].map(structOf)])], 1)
    for (const [index, upheld] of [undefined, true, false].entries()) {
      const [subject, parent] = [child, parents[index]!].map(modelIdOf) as [ModelId, ModelId]
      const evidence = digest(++this.#counter)
      const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
      const statement = { subject, product: false, parent, relation: 'merge', commitment } as const
      const id = claimIdOf({ claimant, ...statement })
      const file = [subject, false, parent, RELATIONS.merge, ZERO_DIGEST, commitment]
      await this.mine([{ ...this.#claims(claimant, 'file', file), value: '0x1' }], 1)
      await this.mine([this.#claims(claimant, 'disclose', [id, evidence, ZERO_DIGEST, ''])], 1)
      await this.mine([this.#claims(publisher, 'contest', [id, ''])], 1)
      if (upheld === undefined) continue
      await this.mine([this.#claims(this.admin, 'accept', [id])], 1)
      await this.mine([this.#claims(this.admin, 'rule', [id, upheld, ''])], 1)
    }
    const profile = digest(++this.#counter)
    await this.mine([this.ledger(claimant, 'setProfile', [claimant, profile, 'acme.example'])], 1)
    await this.mine([this.ledger(this.admin, 'verifyPublisher', [claimant, profile, 1000, FOREVER])], 1)
    await this.mine([this.ledger(claimant, 'setOperator', [claimant, publisher, 3, FOREVER])], 1)
    const call = [this.deployment.contracts.reviewGate, GATE.encodeFunctionData('setQuorum', [2])] as const
    await this.mine([this.#manager(claimant, 'schedule', [...call, 0])], 1)
    await this.mine([{ from: claimant, to: call[0], data: call[1] }], DAY)
  }

  /**
   * Plays what comes by chance too rarely: a ruling about a product that two models inherit, one of them after a time to contest
   * and the other by its tensors and a ruling of its own, a parent that is attested, detached and attested again, a tier
   * that is released, a role that is revoked, and a batch that is revoked.
   */
  async inherit(): Promise<void> {
    const [publisher, claimant] = this.accounts as [Address, Address]
    const [base, copy, twin] = [1, 2, 3].map((n): Registration => {
      return { ...this.#plain(publisher, 900_000 + n), tensors: digest(n === 1 ? 900_010 : 900_020) }
    }) as [Registration, Registration, Registration]
    const [parent, child, other] = [base, copy, twin].map(modelIdOf) as [ModelId, ModelId, ModelId]
    const evidence = digest(900_030)
    const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
    const relation = 'finetune'
    const id = claimIdOf({ claimant, subject: copy.weights, product: true, parent, relation, commitment })
    const by = (from: Address, method: string, ...args: unknown[]): Action => this.#claims(from, method, args)
    const file = by(claimant, 'file', copy.weights, true, parent, RELATIONS[relation], ZERO_DIGEST, commitment)
    await this.mine([this.ledger(publisher, 'registerMany', [[base, copy, twin].map(structOf)])], 1)
    await this.mine([{ ...file, value: '0x1' }], 1)
    await this.mine([by(claimant, 'disclose', id, evidence, ZERO_DIGEST, '')], 1)
    await this.mine([by(claimant, 'setEvidenceUri', id, 'ipfs://moved'), by(this.admin, 'accept', id)], 1)
    await this.mine([by(this.admin, 'rule', id, true, '')], 8 * DAY)
    await this.mine([by(this.admin, 'extend', id, twin.tensors), by(claimant, 'inherit', structOf(copy), id)], 1)
    await this.mine([by(claimant, 'inherit', structOf(twin), id)], 1)
    await this.mine([by(publisher, 'contestInheritance', id, other, 'ipfs://why')], 1)
    await this.mine([by(this.admin, 'ruleInheritance', id, other, true, '')], 1)
    await this.mine([by(claimant, 'inherit', structOf(copy), id)], 8 * DAY)
    for (const [method, ...more] of [
      ['attestParent', RELATIONS.merge],
      ['detachParent'],
      ['attestParent', RELATIONS.copy],
    ]) {
      await this.mine([by(publisher, method as string, parent, child, ...more)], 1)
    }
    const terms: Terms = {
      name: 'Released',
      uri: '',
      text: ZERO_DIGEST,
      rights: ['research'],
      duties: {},
      thresholds: [],
    }
    const offered = {
      model: parent,
      terms: termsIdOf(terms),
      passThrough: 0,
      open: true,
      subCredentials: false,
      maxDuration: 0,
      callQuota: 0n,
      tokenQuota: 0n,
      name: 'Released',
      uri: '',
    }
    const tier = tierIdOf({ ...offered, passThrough: [] })
    await this.mine([this.ledger(publisher, 'publishTerms', [{ ...terms, ...bodyOf(terms) }])], 1)
    await this.mine([this.ledger(publisher, 'offerTier', [offered])], 1)
    await this.mine([this.ledger(publisher, 'withdrawTier', [parent, tier])], 1)
    await this.mine([this.ledger(publisher, 'releaseTier', [parent, tier])], 1)
    await this.mine([this.#manager(this.admin, 'grantRole', [103, claimant, 0])], 1)
    await this.mine([this.#manager(this.admin, 'revokeRole', [103, claimant])], 1)
    const batch = [publisher, digest(900_040)]
    await this.mine([this.ledger(publisher, 'anchorBatch', [...batch, 5, 'ipfs://revoked'])], 1)
    await this.mine([this.ledger(publisher, 'revokeBatch', batch)], 1)
  }

  /** Some transactions about claims that models inherit: their ruling, their extension, and each step of an inheritance. */
  #inheritances(random: Random): Action[] {
    if (this.models.length === 0) return []
    const { admin, accounts } = this
    const by = (from: Address, method: string, ...args: unknown[]): Action => this.#claims(from, method, args)
    const product = this.#products.length > 0 ? random.pick(this.#products.slice(-4)) : undefined
    const copies = this.heirs.filter(({ weights }) => weights === product?.weights)
    const heir = this.heirs.length > 0 ? random.pick([...copies, ...copies, ...this.heirs.slice(-4)]) : undefined
    const step = random.unit()
    if (product === undefined || step < 0.04) return [this.#claimProduct(random)]
    if (heir === undefined || step < 0.12) return [this.#registerHeir(random)]
    const { id, claimant, evidence } = product
    if (step < 0.22) return [by(claimant, 'disclose', id, evidence, ZERO_DIGEST, ''), by(admin, 'accept', id)]
    if (step < 0.4) return [by(admin, 'rule', id, random.chance(0.9), 'ipfs://ruling')]
    if (step < 0.46) return [by(admin, 'extend', id, heir.tensors)]
    if (step < 0.8 || this.#asked.length === 0) {
      const taken = (): void => void this.#asked.push({ id, heir })
      return [{ ...by(random.pick(accounts), 'inherit', structOf(heir), id), taken }]
    }
    const asked = random.pick(this.#asked.slice(-3))
    const pair = [asked.id, modelIdOf(asked.heir)] as const
    if (step < 0.9) return [by(asked.heir.publisher, 'contestInheritance', ...pair, 'ipfs://mine \u0000')]
    return [by(admin, 'ruleInheritance', ...pair, random.chance(0.6), 'ipfs://ruling')]
  }

  #claimProduct(random: Random): Action {
    const claimant = random.pick(this.accounts)
    const number = 2_000_000 + this.#products.length
    const [weights, evidence] = [digest(number), digest(number + 500_000)]
    const parent = random.pick(this.models).id
    const relation = random.pick(RELATION_NAMES)
    const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
    const id = claimIdOf({ claimant, subject: weights, product: true, parent, relation, commitment })
    const taken = (): void => void this.#products.push({ id, claimant, evidence, weights })
    const args = [weights, true, parent, RELATIONS[relation], ZERO_DIGEST, commitment]
    return { ...this.#claims(claimant, 'file', args), value: '0x1', taken }
  }

  /** Registers a model with the weights of a product, or with others, and with some of few tensors. */
  #registerHeir(random: Random): Action {
    const number = this.heirs.length
    const product = random.pick([undefined, ...this.#products.slice(-3)])
    const publisher = random.pick(this.accounts)
    const parents = random.sample(this.models, random.integer(0, 1))
    const registration: Registration = {
      ...this.#plain(publisher, 3_000_000 + number),
      ...(product && { weights: product.weights }),
      tensors: digest(4_000_000 + random.integer(0, 3)),
      parents: parents.map(({ id }) => ({ model: id, relation: random.pick(RELATION_NAMES) })),
      uri: `ipfs://heir-${number}`,
    }
    const taken = (): void => void this.heirs.push(registration)
    return { ...this.ledger(publisher, 'register', [structOf(registration)]), taken }
  }

  /** A registration that states its weights alone. */
  #plain(publisher: Address, weights: number): Registration {
    const none = {
      tensors: ZERO_DIGEST,
      annex: ZERO_DIGEST,
      datasets: ZERO_DIGEST,
      method: ZERO_DIGEST,
      terms: NO_TERMS,
    }
    return { publisher, weights: digest(weights), ...none, parents: [], uri: '' }
  }

  /**
   * Plays recalls by the authority of each kind, some of them undone and some recalled again, with the marks of their models; and an
   * external parent that is named, bound and unbound.
   */
  async recallAndBind(): Promise<void> {
    const guardian = this.accounts[0]!
    const registrations = [...this.#registrations.values()].filter(({ tensors }) => tensors !== ZERO_DIGEST).slice(-12)
    for (const [index, registration] of registrations.entries()) {
      const digests = [modelIdOf(registration), registration.weights, registration.tensors]
      const recalled = [index % 3, digests[index % 3]] as const
      const sync = this.ledger(guardian, 'syncRecall', [structOf(registration)])
      const recall = this.recalls(this.admin, 'recall', [...recalled, 'unsafe \u0000'])
      await this.mine([recall, sync])
      if (index % 2 === 0) await this.mine([this.recalls(guardian, 'undoRecall', [...recalled, 'mistaken']), sync])
      if (index % 4 === 0) await this.mine([recall])
    }
    const external = `0x${'ee'.repeat(32)}`
    await this.mine([this.recalls(guardian, 'nameExternal', ['hf:acme/tiny-chat'])])
    for (const [index, registration] of registrations.slice(0, 3).entries()) {
      const pair = [external, modelIdOf(registration)]
      await this.mine([this.recalls(this.admin, 'bindExternal', [...pair, digest(index)])])
      if (index === 1) await this.mine([this.recalls(this.admin, 'unbindExternal', pair)])
    }
  }

  /**
   * Plays external parents: bindings to models that are older and younger than what names them, to each other and back; rulings that
   * replace them, and an acknowledgment that does not; and statements of publishers. Returns the models that name them.
   */
  async bindAndReplace(): Promise<ModelId[]> {
    const [publisher, claimant] = this.accounts as [Address, Address]
    const externals = [1, 2, 3, 4].map((n) => externalIdOf(externalNameOnHub(`bases/${n}`)))
    const [base, other] = [this.#plain(publisher, 930_001), this.#plain(publisher, 930_002)]
    const children = [0, 1, 2, 3, 3, 0].map((n, index): Registration => {
      const parent: Parent = { model: externals[n]!, relation: 'merge', external: true }
      return { ...this.#plain(publisher, 930_010 + index), parents: [parent] }
    })
    const late = modelIdOf(children[0]!)
    const last = { ...this.#plain(claimant, 930_020), parents: [{ model: late, relation: 'finetune' as const }] }
    await this.mine([this.ledger(publisher, 'registerMany', [[base, other, ...children].map(structOf)])], 1)
    await this.mine([this.ledger(claimant, 'register', [structOf(last)])], 1)
    const [one, two, three, four] = externals as [ModelId, ModelId, ModelId, ModelId]
    const [baseId, otherId, lastId] = [base, other, last].map(modelIdOf) as [ModelId, ModelId, ModelId]
    const bind = (external: ModelId, model: ModelId, bound = true): Promise<unknown> => {
      const [method, ...evidence] = bound ? ['bindExternal', ZERO_DIGEST] : ['unbindExternal']
      return this.mine([this.recalls(this.admin, method!, [external, model, ...evidence])], 1)
    }
    // The one that is removed first leaves its place to the last.
    for (const model of [baseId, lastId, otherId]) await bind(one, model)
    await bind(one, baseId, false)
    await bind(two, three)
    await bind(three, baseId)
    await this.mine([this.recalls(publisher, 'nameExternal', ['hf:bases/4'])], 1)
    for (const [index, ruled] of [
      [3, true],
      [4, false],
      [5, true],
    ] as const) {
      const subject = modelIdOf(children[index]!)
      const replaces = children[index]!.parents[0]!.model
      const evidence = digest(930_100 + index)
      const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
      const statement = { subject, product: false, parent: otherId, relation: 'copy', replaces, commitment } as const
      const id = claimIdOf({ claimant, ...statement })
      const file = [subject, false, otherId, RELATIONS.copy, replaces, commitment]
      await this.mine([{ ...this.#claims(claimant, 'file', file), value: '0x1' }], 1)
      if (!ruled) {
        await this.mine([this.#claims(publisher, 'acknowledge', [id])], 1)
        continue
      }
      await this.mine([this.#claims(claimant, 'disclose', [id, evidence, ZERO_DIGEST, ''])], 1)
      await this.mine([this.#claims(publisher, 'contest', [id, '']), this.#claims(this.admin, 'accept', [id])], 1)
      await this.mine([this.#claims(this.admin, 'rule', [id, true, ''])], 1)
    }
    for (const [model, bound] of [
      [baseId, true],
      [otherId, true],
      [otherId, false],
    ] as const) {
      const args = [publisher, four, model, bound, digest(930_200)]
      await this.mine([this.#claims(publisher, 'stateBinding', args)], 1)
    }
    return [...children.map(modelIdOf), lastId]
  }

  /** The number of the newest block. */
  async height(): Promise<number> {
    return Number(await this.request('eth_blockNumber'))
  }

  /** A random transaction. */
  action(random: Random): Action {
    if (this.#paused) return this.#resume(this.#paused)
    const kinds = [
      ...Array.from({ length: 6 }, () => this.#register),
      this.#registerMany,
      this.#publishTerms,
      this.#publishSet,
      this.#offer,
      this.#offer,
      ...Array.from({ length: 4 }, () => this.#grant),
      ...Array.from({ length: 4 }, () => this.#changeCredential),
      this.#changeModel,
      this.#withdraw,
      this.#publisher,
      this.#authority,
      this.#anchorBatch,
      this.#materialize,
      this.#pause,
      ...Array.from({ length: 3 }, () => this.#manage),
      ...Array.from({ length: 2 }, () => this.#claim),
      ...Array.from({ length: 9 }, () => this.#changeClaim),
      this.#attest,
      this.#anchor,
      ...Array.from({ length: 4 }, () => this.#review),
    ]
    return random.pick(kinds).call(this, random)
  }

  #register(random: Random): Action {
    const registration = this.#draft(random)
    const taken = (): void => this.#note(registration)
    return { ...this.ledger(registration.publisher, 'register', [structOf(registration)]), taken }
  }

  #registerMany(random: Random): Action {
    const publisher = random.pick(this.accounts)
    const registrations = Array.from({ length: random.integer(1, 4) }, () => this.#draft(random, publisher))
    const taken = (): void => registrations.forEach((registration) => this.#note(registration))
    return { ...this.ledger(publisher, 'registerMany', [registrations.map(structOf)]), taken }
  }

  #draft(random: Random, publisher = random.pick(this.accounts)): Registration {
    const parents = random.sample(this.models, random.integer(0, Math.min(3, this.models.length)))
    const registration: Registration = {
      publisher,
      weights: digest(random.chance(0.1) ? 7 : ++this.#counter),
      // By the counter, so that the history of a seed stays what it was.
      tensors: this.#counter % 2 === 0 ? ZERO_DIGEST : digest(this.#counter % 5),
      annex: this.#counter % 7 === 0 ? digest(this.#counter) : ZERO_DIGEST,
      datasets: random.chance(0.5) ? ZERO_DIGEST : digest(random.integer(1, 5)),
      method: random.chance(0.5) ? ZERO_DIGEST : digest(random.integer(1, 5)),
      terms: random.chance(0.6) && this.terms.length > 0 ? random.pick(this.terms) : NO_TERMS,
      parents: [
        ...parents.map(({ id }) => ({ model: id, relation: random.pick(RELATION_NAMES) })),
        ...externalOf(this.#counter),
      ],
      uri: random.pick(['', 'https://huggingface.co/Acme/Tiny-Chat', `ipfs://Qm${this.#counter}/`, 'péché?x=1#y']),
    }
    return registration
  }

  #note(registration: Registration): void {
    const id = modelIdOf(registration)
    this.models.push({ id, publisher: registration.publisher })
    this.#registrations.set(id, registration)
  }

  #publishTerms(random: Random): Action {
    const families = random.some(['permissive', 'gpl-3.0', '#100', '#126'], 0.4)
    const terms: Terms = {
      name: `Terms ${++this.#counter}`,
      uri: random.pick(['', 'https://license.example']),
      text: random.chance(0.5) ? ZERO_DIGEST : digest(++this.#counter),
      rights: random.some(RIGHT_NAMES, 0.6),
      flags: random.some(TERMS_FLAG_NAMES, 0.4),
      ...random.pick([{}, { family: 'permissive' }, { family: '#126' }]),
      ...random.pick([{}, { outbound: { only: families } }, { outbound: { except: families } }]),
      duties: {
        ...dutiesFor(random.some(['notice', 'attribution', 'share-alike'] as const, 0.5)),
        source: random.some(RIGHT_NAMES, 0.2),
      },
      thresholds: random.some(
        [
          { measure: 'monthlyActiveUsers', limit: 700_000_000n, withdraws: ['commercial'], adds: [] },
          {
            measure: 'monthlyRevenueUsd',
            limit: 2n ** 127n,
            withdraws: ['distill'],
            adds: ['display-credit'],
            uses: ['commercial'],
          },
          {
            measure: 'annualRevenueUsd/employer',
            limit: 2n ** 128n - 1n,
            withdraws: [],
            adds: ['notice'],
            uses: ['host', 'sublicense'],
          },
          {
            measure: 'inTerritory/use/EU',
            limit: 0n,
            withdraws: ['host'],
            adds: [],
            doubtful: true,
          },
        ] as const satisfies readonly Threshold[],
        0.5,
      ),
    }
    const { unstated: _, ...body } = bodyOf(terms)
    const { name, uri, text } = terms
    const struct = { name, uri, text, ...body }
    const taken = (): void => void this.terms.push(termsIdOf(terms))
    return { ...this.ledger(random.pick(this.accounts), 'publishTerms', [struct]), taken }
  }

  #publishSet(random: Random): Action {
    const one = (): TermsId => (random.chance(0.7) && this.terms.length > 0 ? random.pick(this.terms) : NO_TERMS)
    const set = { weights: one(), code: one(), outputs: one() }
    const taken = (): void => void this.terms.push(termsSetIdOf(set))
    return { ...this.ledger(random.pick(this.accounts), 'publishTermsSet', [set]), taken }
  }

  #offer(random: Random): Action {
    if (this.models.length === 0 || this.terms.length === 0) return this.#publishTerms(random)
    const { id, publisher } = random.pick(this.models)
    const tier: Tier = {
      model: id,
      terms: random.pick(this.terms),
      passThrough: [],
      open: random.chance(0.5),
      // By the counter, so that a seed draws as before.
      subCredentials: this.#counter % 3 !== 0,
      maxDuration: random.pick([0, 30 * DAY]),
      callQuota: random.pick([0n, 2n ** 64n - 1n]),
      // Checkpoints state more than that.
      tokenQuota: 1000n,
      name: `Tier ${++this.#counter}`,
      uri: '',
    }
    const taken = (): void => void this.tiers.push({ id: tierIdOf(tier), model: id, publisher })
    const struct = { ...tier, passThrough: rightsMask(tier.passThrough) }
    return { ...this.ledger(publisher, 'offerTier', [struct]), taken }
  }

  #withdraw(random: Random): Action {
    if (this.tiers.length === 0) return this.#offer(random)
    const { id, model, publisher } = random.pick(this.tiers)
    // By the counter, so that a seed draws as before.
    return this.ledger(publisher, ++this.#counter % 3 === 0 ? 'releaseTier' : 'withdrawTier', [model, id])
  }

  #grant(random: Random): Action {
    if (this.tiers.length === 0) return this.#offer(random)
    const { id, model, publisher } = random.pick(this.tiers)
    const holder = random.pick(this.accounts)
    const taken = (): void => void this.credentials.push({ model, tier: id, holder, from: publisher })
    const until = 1_800_000_000 + random.integer(0, 400) * DAY
    const validUntil = random.chance(0.2) ? FOREVER : until
    // By the end of the window, so that a seed draws as before.
    const lifts = until % 7 === 0 ? 1 + (until % 2047) : 0
    const stated = { payment: digest(until % 3), agreement: digest(lifts), lifts }
    const grant = { model, tier: id, holder, validFrom: 0, validUntil, ...stated }
    return { ...this.#credential(publisher, 'grant', [grant]), taken }
  }

  #changeCredential(random: Random): Action {
    if (this.credentials.length === 0) return this.#grant(random)
    const { model, tier, holder, from } = random.pick(this.credentials)
    const id = credentialIdOf(model, tier, holder)
    return random.pick([
      () => this.#credential(from, 'suspend', [id, 'unpaid \u0000']),
      () => this.#credential(from, 'suspend', [id, '']),
      () => this.#credential(from, 'reinstate', [id]),
      () => this.#credential(from, 'reinstate', [id]),
      () => this.#credential(from, 'renew', [model, tier, holder, 1_800_000_000 + random.integer(0, 800) * DAY]),
      () => this.#credential(from, 'revoke', [id, 'breach']),
    ])()
  }

  /**
   * A transaction about sub-credentials, a request, or a canceled offer. The draws are its own, and so is the list of what was issued:
   * the history of a seed stays what it was.
   */
  #under(): Action {
    const own = this.#own
    const { model, tier, holder: licensee, from } = own.pick(this.credentials)
    const holder = own.pick(this.accounts)
    const until = own.pick([FOREVER, 1_790_000_000 + own.integer(0, 400) * DAY])
    const grantUnder = (): Action => ({
      ...this.#credential(licensee, 'grantUnder', [model, tier, licensee, holder, 0, until]),
      taken: () => void this.subs.push({ model, tier, holder, from, licensee }),
    })
    if (this.subs.length === 0 || own.chance(0.4)) return grantUnder()
    const sub = own.pick(this.subs)
    const [id, by] = [credentialIdOf(sub.model, sub.tier, sub.holder), own.pick([sub.licensee, sub.from])]
    const stated = { payment: digest(1), agreement: digest(2), lifts: 3 }
    const granted = { model: sub.model, tier: sub.tier, holder: sub.holder, validFrom: 0, validUntil: until, ...stated }
    const parent = credentialIdOf(sub.model, sub.tier, sub.licensee)
    return own.pick([
      () => this.#credential(by, 'suspend', [id, 'unpaid']),
      () => this.#credential(by, 'reinstate', [id]),
      () => this.#credential(by, 'revoke', [id, '']),
      () => this.#credential(sub.holder, 'renounce', [id]),
      () => this.#credential(sub.licensee, 'renew', [sub.model, sub.tier, sub.holder, until]),
      () => this.#credential(sub.from, 'grant', [granted]),
      () => this.#credential(sub.from, 'suspend', [parent, '']),
      () => this.#credential(sub.from, 'reinstate', [parent]),
      () => this.#credential(sub.licensee, 'renounce', [parent]),
      () => this.#credential(holder, 'request', [model, tier, digest(own.integer(0, 2)), 'ipfs://why \u0000']),
      () => this.#credential(from, 'cancelOffer', [model, tier, holder]),
      // Also under what was never issued.
      () => ({
        from: holder,
        to: this.deployment.contracts.usageAudit,
        data: AUDIT.encodeFunctionData('anchor', [
          holder,
          credentialIdOf(model, tier, holder),
          0,
          1,
          digest(1),
          1n,
          1n,
        ]),
      }),
    ])()
  }

  #changeModel(random: Random): Action {
    if (this.models.length === 0) return this.#register(random)
    const { id, publisher } = random.pick(this.models)
    return random.pick([
      () => this.ledger(publisher, 'supersede', [id, random.pick(this.models).id]),
      () => this.ledger(publisher, 'retire', [id, 'old']),
      () => this.ledger(publisher, 'recall', [id, 'unsafe']),
    ])()
  }

  #publisher(random: Random): Action {
    const publisher = random.pick(this.accounts)
    const other = random.pick(this.accounts)
    return random.pick([
      () => this.ledger(publisher, 'setProfile', [publisher, digest(++this.#counter), 'acme.example']),
      () => this.ledger(publisher, 'setOperator', [publisher, other, 3, random.pick([0, FOREVER])]),
      () => this.ledger(publisher, 'proposeController', [publisher, publisher]),
      () => this.ledger(publisher, 'acceptController', [publisher]),
      () => this.#stateServing(random, publisher),
    ])()
  }

  #stateServing(random: Random, publisher: Address): Action {
    // Also of a model that nobody registered.
    const model = this.models.length > 0 && random.chance(0.8) ? random.pick(this.models).id : digest(++this.#counter)
    const statement = [publisher, model, 'https://api.example.com', random.pick(['kimi', 'gemma \u0000']), 1, 2]
    const data = AUDIT.encodeFunctionData('stateServing', [statement])
    return { from: publisher, to: this.deployment.contracts.usageAudit, data }
  }

  #authority(random: Random): Action {
    const account = random.pick(this.accounts)
    if (this.models.length === 0) return this.#register(random)
    return random.pick([
      () => this.ledger(this.admin, 'verifyPublisher', [account, ZERO_DIGEST, 1000, FOREVER]),
      () => this.recalls(this.admin, 'recall', [0, random.pick(this.models).id, 'unsafe']),
      () => this.ledger(this.admin, 'resumeWrites', []),
    ])()
  }

  #anchorBatch(random: Random): Action {
    const publisher = random.pick(this.accounts)
    const registrations = Array.from({ length: 3 }, () => this.#draft(random, publisher))
    const tree = batchTreeOf(registrations.map(modelIdOf))
    const taken = (): void => void this.batches.push({ publisher, tree, registrations })
    return { ...this.ledger(publisher, 'anchorBatch', [publisher, tree.root, 3, 'ipfs://batch']), taken }
  }

  #materialize(random: Random): Action {
    if (this.batches.length === 0) return this.#anchorBatch(random)
    const { tree, registrations } = random.pick(this.batches)
    const registration = random.pick(registrations)
    const { index, proof } = proveInBatch(tree, modelIdOf(registration))
    const taken = (): void => this.#note(registration)
    const args = [structOf(registration), tree.root, index, proof]
    return { ...this.ledger(random.pick(this.accounts), 'materialize', args), taken }
  }

  #pause(random: Random): Action {
    const { ledger, licenseCredential, lineageClaims, usageAudit, reviewGate } = this.deployment.contracts
    const to = random.pick([ledger, licenseCredential, lineageClaims, usageAudit, reviewGate])
    const taken = (): void => void (this.#paused = to)
    return { from: this.admin, to, data: LEDGER.encodeFunctionData('pauseWrites'), taken }
  }

  #resume(to: Address): Action {
    this.#paused = undefined
    return { from: this.admin, to, data: LEDGER.encodeFunctionData('resumeWrites') }
  }

  #manage(random: Random): Action {
    // A role and a contract that nothing depends on.
    const role = BigInt(random.integer(100, 102))
    const [account, target] = random.sample(this.accounts, 2) as [Address, Address]
    const call = [this.deployment.contracts.reviewGate, GATE.encodeFunctionData('setQuorum', [2])] as const
    const delay = random.integer(0, 100)
    return random.pick([
      () => this.#manager(this.admin, 'grantRole', [role, account, delay]),
      () => this.#manager(this.admin, 'revokeRole', [role, account]),
      () => this.#manager(this.admin, 'labelRole', [role, random.pick(['', 'Keepers', 'Ὁμήρου'])]),
      () => this.#manager(this.admin, 'setRoleAdmin', [role, 2n ** 64n - 2n]),
      () => this.#manager(this.admin, 'setRoleGuardian', [role, 0n]),
      () => this.#manager(this.admin, 'setGrantDelay', [role, delay]),
      () => this.#manager(this.admin, 'setTargetFunctionRole', [target, ['0x12345678', '0x00000000'], role]),
      () => this.#manager(this.admin, 'setTargetClosed', [target, random.chance(0.5)]),
      () => this.#manager(this.admin, 'setTargetAdminDelay', [target, delay]),
      ...Array.from({ length: 3 }, () => () => this.#manager(this.accounts[0]!, 'schedule', [...call, 0])),
      // By itself: the contracts take nothing from the manager.
      ...Array.from({ length: 3 }, () => () => ({ from: this.accounts[0]!, to: call[0], data: call[1] })),
      () => this.#manager(this.accounts[0]!, 'cancel', [this.accounts[0], ...call]),
    ])()
  }

  #manager(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.manager, data: MANAGER.encodeFunctionData(method, args) }
  }

  #claim(random: Random): Action {
    if (this.models.length < 2) return this.#register(random)
    const [child, parent] = random.sample(this.models, 2) as [Chain['models'][number], Chain['models'][number]]
    const claimant = random.pick(this.accounts)
    const evidence = digest(++this.#counter)
    const relation = random.pick(RELATION_NAMES)
    const product = random.chance(0.3)
    const subject = product ? digest(++this.#counter) : child.id
    const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
    const id = claimIdOf({ claimant, subject, product, parent: parent.id, relation, commitment })
    const taken = (): void => void this.claims.push({ id, claimant, publisher: child.publisher, evidence })
    const args = [subject, product, parent.id, RELATIONS[relation], ZERO_DIGEST, commitment]
    return { ...this.#claims(claimant, 'file', args), value: '0x1', taken }
  }

  #changeClaim(random: Random): Action {
    if (this.claims.length === 0) return this.#claim(random)
    const { id, claimant, publisher, evidence } = random.pick(this.claims.slice(-4))
    const step = random.unit()
    // A ruling comes after a disclosure, time to contest, and an acceptance: what ends a claim sooner is rarer.
    if (step < 0.3) return this.#claims(claimant, 'disclose', [id, evidence, ZERO_DIGEST, 'ipfs://evidence'])
    if (step < 0.4) return this.#claims(publisher, 'contest', [id, 'ipfs://why'])
    if (step < 0.6) return this.#claims(this.admin, 'accept', [id])
    if (step < 0.85) return this.#claims(this.admin, 'rule', [id, random.chance(0.7), 'ipfs://ruling'])
    if (step < 0.9) return this.#claims(publisher, 'acknowledge', [id])
    if (step < 0.95) return this.#claims(claimant, 'withdrawDeposit', [claimant])
    return this.#claims(claimant, 'withdraw', [id])
  }

  #attest(random: Random): Action {
    if (this.models.length < 2) return this.#register(random)
    const [child, parent] = random.sample(this.models, 2) as [Chain['models'][number], Chain['models'][number]]
    return random.pick([
      () =>
        this.#claims(child.publisher, 'attestParent', [child.id, parent.id, RELATIONS[random.pick(RELATION_NAMES)]]),
      () => this.#claims(parent.publisher, 'countersign', [child.id, parent.id]),
    ])()
  }

  #anchor(random: Random): Action {
    if (this.credentials.length === 0) return this.#grant(random)
    const { model, tier, holder } = random.pick(this.credentials)
    const operator = random.pick(this.accounts.slice(0, 2))
    const size = 2n ** BigInt(random.integer(1, 63))
    const credential = credentialIdOf(model, tier, holder)
    const name = `${operator} ${credential}`
    const epoch = this.#epochs.get(name) ?? 0
    const act = (data: Hex, taken?: () => void): Action => {
      return { from: operator, to: this.deployment.contracts.usageAudit, data, ...(taken && { taken }) }
    }
    // By the counter, so that the history of a seed stays what it was.
    if (++this.#counter % 3 === 0) {
      const data = AUDIT.encodeFunctionData('reopen', [operator, credential]) as Hex
      return act(data, () => void this.#epochs.set(name, epoch + 1))
    }
    const args = [operator, credential, epoch, size, digest(this.#counter), 1n, 2n ** 80n]
    return act(AUDIT.encodeFunctionData('anchor', args) as Hex)
  }

  #review(random: Random): Action {
    // Few artifacts, so that what follows a request finds it.
    const weights = digest(1_000_000 + random.integer(1, 40))
    const [account, other] = random.sample(this.accounts, 2) as [Address, Address]
    const scannedAt = 1_760_000_000 + ++this.#counter
    const report = {
      weights,
      tensors: digest(random.integer(1, 4)),
      scope: random.integer(1, 2),
      ruleset: digest(1),
      report: digest(this.#counter),
      scannedAt,
      uri: 'ipfs://report',
    }
    return random.pick([
      () => this.#gate(account, 'requestArtefactReview', [weights, 'ipfs://weights']),
      () => this.#gate(this.admin, 'attestScan', [{ ...report, verdict: random.integer(1, 2) }]),
      () => this.#gate(account, 'clear', [weights]),
      () => this.#gate(account, 'setReviewUri', [weights, 'ipfs://elsewhere']),
      () => this.#gate(account, 'quarantine', [weights]),
      () => this.#gate(this.admin, 'certifyArtefact', [weights, FOREVER]),
      () => this.#gate(this.admin, 'withdrawCertification', [weights, 'wrong']),
      () => this.#gate(this.admin, 'setMargin', [random.integer(0, 3600)]),
      () => this.#gate(this.admin, 'setMinBlocks', [random.integer(0, 9)]),
      () => this.#gate(this.admin, 'setOrganization', [other, digest(random.integer(0, 2))]),
      () => this.#gate(this.admin, 'setQuorum', [random.integer(1, 3)]),
    ])()
  }

  /** A transaction to the recalls. */
  recalls(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.recalls, data: RECALLS.encodeFunctionData(method, args) }
  }

  #gate(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.reviewGate, data: GATE.encodeFunctionData(method, args) }
  }

  #claims(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.lineageClaims, data: CLAIMS.encodeFunctionData(method, args) }
  }

  /** A transaction to the ledger. */
  ledger(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.ledger, data: LEDGER.encodeFunctionData(method, args) }
  }

  #credential(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.licenseCredential, data: CREDENTIAL.encodeFunctionData(method, args) }
  }
}

function connect() {
  return network.create({
    network: 'default',
    override: { blockGasLimit: 1_000_000_000, transactionGasCap: false, initialDate: '2026-01-01T00:00:00Z' },
  })
}

/** Deploys a ledger on a new chain, on which blocks are mined by hand. */
export async function startChain(): Promise<Chain> {
  const connection = await connect()
  const { ethers } = connection
  const signers = await ethers.getSigners()
  const firstBlock = await ethers.provider.getBlockNumber()
  const roles = await ethers.deployContract('AccessManager', [signers[0]!.address])
  for (const role of Object.values(ROLES)) await roles.grantRole(role, signers[0]!, 0)
  const manager = await roles.getAddress()
  const recalls = await (await ethers.deployContract('Recalls', [manager])).getAddress()
  const ledger = await (await ethers.deployContract('Ledger', [manager, recalls])).getAddress()
  const credential = await (await ethers.deployContract('LicenseCredential', [manager, ledger, ledger])).getAddress()
  const deposit = [1n, 604_800n, signers[0]!.address] as const
  const claims = await (
    await ethers.deployContract('LineageClaims', [manager, ledger, ledger, ...deposit])
  ).getAddress()
  const audit = await (await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credential])).getAddress()
  const lens = await (
    await ethers.deployContract('ComplianceLens', [ledger, ledger, credential, claims, recalls])
  ).getAddress()
  const gate = await (await ethers.deployContract('ReviewGate', [manager, ledger, ledger, claims, 0n, 1n])).getAddress()
  const loading = await (await ethers.deployContract('LoadCheck', [ledger, gate, lens, recalls])).getAddress()
  await roles.setTargetFunctionRole(gate, [GATE.getFunction('setQuorum')!.selector], QUORUM_ROLE)
  await roles.setTargetFunctionRole(recalls, [RECALLS.getFunction('undoRecall')!.selector], ROLES.guardian)
  await roles.grantRole(ROLES.guardian, signers[1]!, 0)
  await roles.grantRole(QUORUM_ROLE, signers[0]!, 0)
  await roles.grantRole(QUORUM_ROLE, signers[1]!, 60)
  await roles.grantRole(QUORUM_ROLE, signers[2]!, 0)
  await roles.revokeRole(QUORUM_ROLE, signers[2]!)
  await connection.provider.request({ method: 'evm_setAutomine', params: [false] })
  const deployment: Deployment = {
    name: 'test',
    chainId: 31337,
    // The chain's clock stands in the past.
    maxAge: 0,
    firstBlock,
    contracts: {
      manager: parseAddress(manager),
      ledger: parseAddress(ledger),
      recalls: parseAddress(recalls),
      licenseCredential: parseAddress(credential),
      lineageClaims: parseAddress(claims),
      usageAudit: parseAddress(audit),
      reviewGate: parseAddress(gate),
      complianceLens: parseAddress(lens),
      loadCheck: parseAddress(loading),
    },
  }
  return new Chain(
    connection,
    deployment,
    signers.slice(0, 8).map(({ address }) => parseAddress(address)),
  )
}

/** A parent that nobody has registered, for some models: sometimes with the tensors or the name of a registered one. */
function externalOf(counter: number): Parent[] {
  if (counter % 4 !== 1) return []
  const names = [
    externalNameOnHub('acme/tiny-chat'),
    externalNameOnHub('acme/nowhere'),
    externalNameOfTensors(digest(3)),
  ]
  const model = externalIdOf(names[counter % 3]!)
  return [{ model, relation: 'merge', ...(counter % 8 === 1 && { part: 'encoder' as const }), external: true }]
}

function structOf(registration: Registration) {
  return {
    ...registration,
    parents: registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })),
  }
}

function digest(number: number): Digest {
  return `0x${number.toString(16).padStart(64, '0')}` as Digest
}
