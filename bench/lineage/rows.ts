import { createHash } from 'node:crypto'

import type { Address, Hex } from '../../src/core/hex.ts'
import { FOREVER, MODEL_STATUSES } from '../../src/core/lineage.ts'
import { ALL_RIGHTS } from '../../src/core/vocabulary.ts'
import { COLUMNS } from '../../packages/server/src/indexer/rows.ts'
import { EVENT_KINDS } from '../../packages/server/src/indexer/codes.ts'
import type { TableName } from '../../packages/server/src/indexer/schema.ts'
import type { RowBatch, Rows, Store, Value } from '../../packages/server/src/indexer/store.ts'
import { generator, type SyntheticLineage } from './generate.ts'

/** The ledger that a synthetic database claims to index. */
export const SYNTHETIC = { chainId: 31337, ledger: `0x${'51'.repeat(20)}` as Address }

/** Registrations in one block. */
const PER_BLOCK = 100
/** Models written per batch. */
const PER_BATCH = 20_000
const START = 1_700_000_000
const TERMS = 40
const ZERO = `0x${'0'.repeat(64)}`

/**
 * Writes a synthetic lineage to an empty store as the indexer would: accounts, terms, models, edges, statuses, tiers,
 * credentials and events. Ids are hashes of numbers, not of registrations, so they cannot be verified.
 */
export async function writeLineage(store: Store, lineage: SyntheticLineage, seed = 7): Promise<void> {
  await store.start(SYNTHETIC)
  const maker = new RowMaker(lineage, seed)
  for (let from = 1; from <= lineage.models; from += PER_BATCH) {
    await store.append(maker.batch(from, Math.min(lineage.models, from + PER_BATCH - 1)))
  }
  await store.makeIndexes()
}

/** An id that looks like a hash. */
export function syntheticId(kind: string, number: number): Hex {
  return `0x${createHash('sha256').update(`${kind} ${number}`).digest('hex')}`
}

class RowMaker {
  readonly #lineage: SyntheticLineage
  readonly #random: () => number
  readonly #publishers: number
  readonly #tiers = new Map<number, number>()
  readonly #publisherOf: Int32Array
  #edge = 0
  #accounts = 0
  #tier = 0
  #credential = 0
  #rows: Rows = {}

  constructor(lineage: SyntheticLineage, seed: number) {
    this.#lineage = lineage
    this.#random = generator(seed)
    this.#publishers = Math.max(2, Math.floor(lineage.models / 5))
    this.#publisherOf = new Int32Array(lineage.models + 1)
  }

  batch(from: number, to: number): RowBatch {
    this.#rows = {}
    if (from === 1) this.#terms()
    for (let model = from; model <= to; model++) this.#model(model)
    const block = blockOf(to)
    return {
      rows: this.#rows,
      checkpoint: { block, hash: syntheticId('block', block), time: timeOf(block), finalized: block, head: block },
    }
  }

  #terms(): void {
    const account = this.#account(1)
    for (let n = 1; n <= TERMS; n++) {
      this.#add('terms', {
        n,
        id: syntheticId('terms', n),
        name: `License-${n}`,
        uri: '',
        rights: n % 4 === 0 ? 7 : ALL_RIGHTS,
        unstated: 0,
        flags: 0,
        family: 0,
        outbound: '0',
        duties: String(n % 3),
        account,
        block: 1,
        log: n,
      })
    }
  }

  #model(model: number): void {
    const block = blockOf(model)
    const at = { block, log: TERMS + (model % PER_BLOCK) * 4 + 1 }
    if (model === 1 || blockOf(model - 1) !== block) {
      this.#add('blocks', { number: block, hash: syntheticId('block', block), parent_hash: ZERO, time: timeOf(block) })
    }
    // A few publishers have most of the models.
    const publisher = this.#account(1 + Math.floor(this.#random() ** 2 * Math.min(this.#publishers, 1 + model / 4)))
    this.#publisherOf[model] = publisher
    this.#add('models', {
      n: model,
      id: syntheticId('model', model),
      publisher,
      weights: syntheticId('weights', model),
      tensors: null,
      annex: null,
      datasets: model % 10 === 0 ? syntheticId('datasets', model % 1000) : null,
      terms: this.#random() < 0.7 ? 1 + Math.floor(this.#random() ** 2 * TERMS) : null,
      uri: `https://huggingface.co/publisher-${publisher}/model-${model}`,
      name: `model-${model}`,
      ...at,
    })
    this.#event('ModelRegistered', at, model, model, publisher)
    this.#edges(model, publisher, at)
    const fate = this.#random()
    if (fate < 0.01) {
      const status = fate < 0.001 ? 'recalled' : 'retired'
      const statusAt = { block, log: at.log + 1 }
      this.#add('model_statuses', { model, status: MODEL_STATUSES.indexOf(status), account: publisher, ...statusAt })
      this.#event(status === 'recalled' ? 'ModelRecalled' : 'ModelRetired', statusAt, model, model, publisher)
    }
  }

  #edges(model: number, publisher: number, at: { block: number; log: number }): void {
    const { child, parent, relation } = this.#lineage
    for (let position = 0; child[this.#edge] === model; this.#edge++, position++) {
      const made = parent[this.#edge]!
      this.#add('edges', {
        child: model,
        parent: made,
        relation: relation[this.#edge]!,
        part: 0,
        grade: 0,
        undisclosed: 0,
        position,
        ...at,
      })
      // One derivation in ten is made under a credential.
      if (position > 0 || this.#random() > 0.1 || this.#publisherOf[made] === publisher) continue
      this.#credentialFor(made, publisher, { block: at.block, log: at.log + 2 })
    }
  }

  #credentialFor(model: number, holder: number, at: { block: number; log: number }): void {
    const publisher = this.#publisherOf[model]!
    let tier = this.#tiers.get(model)
    if (tier === undefined) {
      tier = ++this.#tier
      this.#tiers.set(model, tier)
      this.#add('tiers', {
        n: tier,
        id: syntheticId('tier', tier),
        model,
        publisher,
        terms: 1,
        pass_through: ALL_RIGHTS,
        open: 0,
        sub_credentials: 0,
        max_duration: 0,
        call_quota: '0',
        token_quota: '0',
        name: 'Commercial Fine-Tuning',
        uri: '',
        ...at,
      })
    }
    const credential = ++this.#credential
    this.#add('credentials', {
      n: credential,
      id: syntheticId('credential', credential),
      model,
      tier,
      holder,
      publisher,
      valid_from: timeOf(at.block),
      valid_until: FOREVER,
      parent: null,
      payment: null,
      agreement: null,
      lifts: 0,
      block: at.block,
      log: at.log + 1,
    })
    this.#event('CredentialIssued', { block: at.block, log: at.log + 1 }, credential, model, holder)
  }

  /** The key of a publisher; accounts are numbered in order of appearance. */
  #account(number: number): number {
    while (this.#accounts < number) {
      const n = ++this.#accounts
      const address = `0x${createHash('sha256').update(`account ${n}`).digest('hex').slice(0, 40)}`
      this.#add('accounts', { n, address, block: 1 })
    }
    return number
  }

  #event(
    kind: keyof typeof EVENT_KINDS,
    at: { block: number; log: number },
    subject: number,
    model: number,
    account: number,
  ): void {
    const transaction_hash = syntheticId('transaction', at.block * 1000 + at.log)
    this.#add('events', { ...at, kind: EVENT_KINDS[kind], transaction_hash, subject, model, account })
  }

  #add(table: TableName, row: Readonly<Record<string, Value>>): void {
    ;(this.#rows[table] ??= []).push(COLUMNS[table].map((column) => row[column] ?? null))
  }
}

function blockOf(model: number): number {
  return 1 + Math.floor(model / PER_BLOCK)
}

function timeOf(block: number): number {
  return START + block * 12
}
