import { setImmediate } from 'node:timers/promises'

import pg from 'pg'

import type { CallCounts } from 'stemma/audit'
import type { Address, CredentialId } from 'stemma/core'

import { DatabaseError } from '../indexer/database.ts'
import { CONNECTION } from '../indexer/postgres.ts'
import { guarded } from '../indexer/postgresErrors.ts'
import { postgresPlace, quotedName } from '../indexer/postgresPlace.ts'
import { DEFAULT_SCHEMA, prepareLeases } from './leaseTables.ts'
import type { Quotas, QuotaStore, Refusal } from './ports.ts'
import { boundOf, exceeded, notReady, Pot } from './pot.ts'

/**
 * Part of what is left of a quota that a share has in stock, beside what its open calls hold, and the least tokens that are worth it. Of
 * the last 100 calls and 100,000 tokens nothing is kept in stock: another instance may have the caller for it.
 */
const SHARE = 0.01
const LEAST_TOKENS = 1000
/** Milliseconds that the database may take for an answer. */
const PATIENCE = 5000
/** Part of a lease that this instance relies on: clocks do not run alike. */
const RELIED = 0.9
/** Larger quotas count as this one, which is never used up. */
const MOST_COUNT = BigInt(Number.MAX_SAFE_INTEGER)

/** What this instance has of the quota of one credential. */
class Share {
  readonly pot: Pot
  /** Until when it may be used, by the clock of this instance. */
  until = -Infinity
  /** What nobody has used, as the database last said. */
  left: CallCounts
  /** What calls wait for. */
  demand: CallCounts = { calls: 0, tokens: 0 }
  /** What the database knows to be used by this instance. */
  reported: CallCounts
  /** Whether that may have been lost, as where another server took over. */
  isDoubtful = false
  /** When a call last took or gave back something. */
  touched = -Infinity
  readonly isBounded: boolean

  constructor(quotas: CallCounts, left: CallCounts, used: CallCounts) {
    this.isBounded = quotas.calls < Infinity || quotas.tokens < Infinity
    this.pot = new Pot(this.isBounded ? used : quotas, used)
    this.left = left
    this.reported = used
  }

  /** How much to ask for beyond what open calls hold. */
  get size(): CallCounts {
    const part = (left: number): number => (left < Infinity ? Math.floor(Math.max(0, left) * SHARE) : 0)
    const tokens = part(this.left.tokens)
    return { calls: part(this.left.calls), tokens: tokens < LEAST_TOKENS ? 0 : tokens }
  }

  /** Whether what is not reserved has become little. */
  get isLow(): boolean {
    const { size } = this
    return this.#some((name, spare) => spare < size[name] / 4)
  }

  /** Whether more is not reserved than is kept in stock, as after calls that failed. */
  get isAmple(): boolean {
    const { size } = this
    return this.#some((name, spare) => spare > size[name])
  }

  #some(holds: (name: 'calls' | 'tokens', spare: number) => boolean): boolean {
    const { most, used, reserved } = this.pot
    return (['calls', 'tokens'] as const).some(
      (name) => this.left[name] < Infinity && holds(name, most[name] - used[name] - reserved[name]),
    )
  }
}

/**
 * Shares quotas among instances over PostgreSQL. Each has shares of its own for a time, in memory, so that a call asks the database only
 * when its share has run out. What an instance used is reported every second, and its share ends by itself: an instance that dies
 * takes nothing from the quota, but for what it used and had not reported. Its store still knows that, and `open` says it when the instance
 * begins again. So the counts can also be rebuilt from the logs: drop the schema, and start the instances again.
 *
 * While the database is away, calls go on within the share, and are refused then.
 */
export async function openLeases(parameters: openLeases.Parameters): Promise<QuotaStore> {
  const { operator, lease = 60, interval = 1000, now = () => performance.now(), onFailure } = parameters
  const place = postgresPlace(parameters.database)
  const { name, schema = DEFAULT_SCHEMA } = place
  const pool = new pg.Pool({ ...CONNECTION, connectionString: place.url, max: 2, query_timeout: PATIENCE })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  await guarded(name, async () => {
    const client = await pool.connect()
    await prepareLeases(client, schema, name).finally(() => client.release())
  }).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })

  const shares = new Map<CredentialId, Share>()
  const urgent = new Set<Share>()
  let failure: Error | undefined
  let running: Promise<void> | undefined
  let isClosing = false

  const note = (found: Error | undefined): void => {
    if (found?.message !== failure?.message) onFailure?.(found)
    failure = found
  }

  /** Reports what was used under some credentials, and takes new shares of them. Never rejects. */
  const exchange = async (all: readonly (readonly [CredentialId, Share])[]): Promise<void> => {
    if (all.length === 0) return
    const asked = all.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([credential, share]) => ask(credential, share))
    const sent = now()
    try {
      const { rows } = await guarded(name, () =>
        pool.query(`SELECT * FROM ${quotedName(schema)}.exchange($1, $2, $3, $4, $5, $6, $7)`, [
          bytesOf(operator),
          asked.map(({ credential }) => bytesOf(credential)),
          asked.map(({ used }) => used.calls),
          asked.map(({ used }) => used.tokens),
          asked.map(({ more }) => more.calls),
          asked.map(({ more }) => more.tokens),
          lease,
        ]),
      )
      // A server that was away may be another one now, which had not got everything.
      if (failure)
        for (const share of shares.values()) share.isDoubtful = share.pot.used.calls + share.pot.used.tokens > 0
      const answers = new Map(rows.map((row) => [row.id.toString('hex') as string, row]))
      for (const { credential, share, used } of asked) {
        const row = answers.get(credential.slice(2))
        if (!row) continue
        share.left = { calls: row.left_calls ?? Infinity, tokens: row.left_tokens ?? Infinity }
        share.pot.most = { calls: row.most_calls ?? Infinity, tokens: row.most_tokens ?? Infinity }
        share.reported = used
        share.isDoubtful = false
        share.until = sent + lease * 1000 * RELIED
      }
      note(undefined)
    } catch (error) {
      note(error instanceof DatabaseError && error.isReplaced ? dropped(name, error) : (error as Error))
    }
  }

  /** What to ask for a share. What it asks less than it has, it stops using before it asks. */
  const ask = (credential: CredentialId, share: Share) => {
    const { pot, demand } = share
    const { used, reserved, most } = pot
    const isIdle =
      isClosing || (reserved.calls === 0 && demand.calls === 0 && now() - share.touched > (lease * 1000) / 2)
    const size = isIdle ? { calls: 0, tokens: 0 } : share.size
    const more = {
      calls: reserved.calls + Math.max(demand.calls, size.calls),
      tokens: reserved.tokens + Math.max(demand.tokens, size.tokens),
    }
    share.demand = { calls: 0, tokens: 0 }
    const kept = (name: 'calls' | 'tokens'): number =>
      most[name] < Infinity ? Math.min(most[name], used[name] + more[name]) : Infinity
    pot.most = { calls: kept('calls'), tokens: kept('tokens') }
    return { credential, share, used, more }
  }

  /** Runs an exchange of what is urgent after the one that runs, once for all that ask meanwhile. */
  let next: Promise<void> | undefined
  const soon = (share: Share): Promise<void> => {
    urgent.add(share)
    next ??= (async () => {
      await running
      // Who waited for the last answer takes what it brought before that is looked at again.
      await setImmediate()
      next = undefined
      const due = [...shares].filter(([, each]) => urgent.has(each))
      urgent.clear()
      running = exchange(due)
      await running
    })()
    return next
  }

  const isDue = (share: Share): boolean => {
    const { used, reserved, most } = share.pot
    if (!share.isBounded) return false
    if (used.calls !== share.reported.calls || used.tokens !== share.reported.tokens) return true
    if (share.isDoubtful || share.isAmple) return true
    const isHeld = reserved.calls > 0 || most.calls > used.calls || most.tokens > used.tokens
    return isHeld && share.until - now() < (lease * 1000) / 2
  }
  const tick = (): void => {
    for (const share of shares.values()) if (isDue(share)) void soon(share)
  }
  const timer = setInterval(tick, interval).unref()

  return {
    async open({ credential }, quotas, counts) {
      const bounds = { calls: boundOf(quotas.calls), tokens: boundOf(quotas.tokens) }
      const own = counts.find((each) => each.operator === operator) ?? { calls: 0, tokens: 0 }
      if (bounds.calls < Infinity || bounds.tokens < Infinity) {
        await guarded(name, () =>
          pool.query(`SELECT ${quotedName(schema)}.open_quota($1, $2, $3, $4, $5, $6)`, [
            bytesOf(credential),
            countOf(quotas, 'calls'),
            countOf(quotas, 'tokens'),
            counts.map((each) => bytesOf(each.operator)),
            counts.map(({ calls }) => calls),
            counts.map(({ tokens }) => tokens),
          ]),
        )
      }
      if (shares.has(credential)) return
      const share = new Share(bounds, bounds, { calls: own.calls, tokens: own.tokens })
      shares.set(credential, share)
      if (share.isBounded) await soon(share)
    },
    reserve(credential, tokens) {
      const share = shares.get(credential)
      if (!share) return notReady()
      const { pot } = share
      const taken = !share.isBounded || now() < share.until ? pot.reserve(tokens) : undefined
      if (!taken) return refusalOf(share, tokens)
      share.touched = now()
      if (share.isBounded && share.isLow && !urgent.has(share) && !isUsedUp(share, 1)) void soon(share)
      return {
        settle(used) {
          taken.settle(used)
          share.touched = now()
        },
      }
    },
    refill(credential, tokens) {
      const share = shares.get(credential)
      if (!share || !share.isBounded || isClosing || isUsedUp(share, tokens)) return undefined
      share.demand = { calls: share.demand.calls + 1, tokens: share.demand.tokens + tokens }
      return soon(share)
    },
    async close() {
      clearInterval(timer)
      isClosing = true
      await next
      await running
      await exchange([...shares].filter(([, { isBounded }]) => isBounded))
      await pool.end()
    },
  }

  function refusalOf(share: Share, tokens: number): Refusal {
    // Calls that are open may yet leave something, and so may other instances.
    const { used } = share.pot
    const most = { calls: used.calls + share.left.calls, tokens: used.tokens + share.left.tokens }
    if (isUsedUp(share, tokens) || !failure) return exceeded({ used, most }, tokens)
    const message = 'The gateway cannot reach the store of the quotas, and its share has run out. Try again in 5 s.'
    return { status: 503, code: 'quota_store_away', message, retryAfter: 5 }
  }
}

export declare namespace openLeases {
  type Parameters = {
    /** A PostgreSQL URL; `?schema=…` names the schema, by default `stemma_gateway`. */
    database: string
    /** The account of this instance. No two instances have the same. */
    operator: Address
    /** How long a share is this instance's, in seconds; 60 when left out. */
    lease?: number
    /** Milliseconds between two reports; 1,000 when left out. */
    interval?: number
    /** A clock that only goes forward, in milliseconds. */
    now?: () => number
    /** Called when the database is away, and with undefined when it answers again. */
    onFailure?: (failure: Error | undefined) => void
  }
}

/** Whether nothing that others give back can help: what is used by all leaves too little. */
function isUsedUp({ left, pot, reported }: Share, tokens: number): boolean {
  const unused = (name: 'calls' | 'tokens'): number => left[name] - (pot.used[name] - reported[name])
  return unused('calls') < 1 || unused('tokens') < tokens
}

function dropped(name: string, cause: DatabaseError): DatabaseError {
  const message = `The shared quotas in ${name} were dropped. Start the gateways again: each then states what its logs have.`
  return new DatabaseError(message, { cause, isTransient: false, isReplaced: true })
}

/** A count that the database has. */
function countOf(quotas: Quotas, name: 'calls' | 'tokens'): string {
  return String(quotas[name] > MOST_COUNT ? MOST_COUNT : quotas[name])
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex')
}
