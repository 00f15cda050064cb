import type { Address, AnchoredUsage, CredentialOf, Digest, Hex, LogId } from 'stemma/core'
import type { Row } from '../indexer/database.ts'
import type { PageArguments } from './cursor.ts'
import type { LedgerView } from './ledgerView.ts'
import { accountKey, NOBODY } from './lists.ts'
import { loadAll } from './loaders.ts'
import { asOf, byKey, byPlace, type Listing } from './paging.ts'
import type { Origin } from './records.ts'
import { bytes, hex, isAmongKeys, keyList, number, text } from './sql.ts'

/** A log of the calls under a credential, kept by one operator. */
export type UsageLogRecord = Origin & { n: number; id: Hex; operator: number; credential: number }

/** How far a usage log had come; counts are totals since it began. */
export type UsageCheckpointRecord = Origin & { size: bigint; root: Digest; calls: bigint; tokens: bigint }

/** What usage logs are looked for by. */
export type UsageFilter = { operator?: Address | null; credential?: Hex | null }

/** A usage log; undefined when there is none as of the view. */
export async function findUsageLog(view: LedgerView, id: Hex): Promise<UsageLogRecord | undefined> {
  const [row] = await view.queries.all('SELECT * FROM usage_logs WHERE id = $1 AND block <= $2', [
    bytes(id),
    view.block.number,
  ])
  return row && usageLogRecord(row)
}

/** Usage logs, oldest first. */
export async function listUsageLogs(
  view: LedgerView,
  filter: UsageFilter,
  page: PageArguments,
): Promise<Listing<UsageLogRecord>> {
  const { conditions } = asOf(view)
  if (filter.operator != null) conditions.add(`operator = ${conditions.bind(await accountKey(view, filter.operator))}`)
  if (filter.credential != null) {
    const credential = await view.loaders.credentialById.load(filter.credential)
    conditions.add(`credential = ${conditions.bind(credential?.n ?? NOBODY)}`)
  }
  return byKey(view, 'usage_logs', conditions, 'ASC', page, usageLogRecord)
}

/** Checkpoints of a usage log, newest first. */
export function listCheckpoints(view: LedgerView, log: number, page: PageArguments): Listing<UsageCheckpointRecord> {
  const { conditions } = asOf(view)
  conditions.add(`usage_log = ${conditions.bind(log)}`)
  return byPlace(view, 'usage_checkpoints', conditions, page, checkpointRecord)
}

/** What operators have anchored for some credentials, beside the quotas of their tiers, oldest logs first. */
export async function readAnchoredUsage(
  view: LedgerView,
  credentials: readonly CredentialOf[],
): Promise<AnchoredUsage[]> {
  const { dialect } = view.queries
  const records = await loadAll(
    view.loaders.credentialById,
    credentials.map(({ credential }) => credential),
  )
  const byKey = new Map(
    records.flatMap((record, index) => (record ? [[record.n, { record, asked: credentials[index]! }] as const] : [])),
  )
  const rows = await view.queries.all(
    `SELECT * FROM usage_logs WHERE ${isAmongKeys(dialect, 'credential', '$1')} AND block <= $2 ORDER BY n`,
    [keyList(dialect, byKey.keys()), view.block.number],
  )
  return Promise.all(
    rows.map(usageLogRecord).map(async ({ n, id, operator, credential }) => {
      const { record, asked } = byKey.get(credential)!
      const [{ address }, { callQuota, tokenQuota }, { nodes }] = await Promise.all([
        view.loaders.account.load(operator),
        view.loaders.tier.load(record.tier),
        listCheckpoints(view, n, { first: 1 }).page(),
      ])
      const { calls, tokens } = nodes[0]!
      return { ...asked, operator: address, log: id as LogId, calls, callQuota, tokens, tokenQuota }
    }),
  )
}

function usageLogRecord(row: Row): UsageLogRecord {
  return {
    n: number(row.n),
    id: hex(row.id),
    operator: number(row.operator),
    credential: number(row.credential),
    block: number(row.block),
    log: number(row.log),
  }
}

function checkpointRecord(row: Row): UsageCheckpointRecord {
  return {
    size: BigInt(text(row.size)),
    root: hex(row.root),
    calls: BigInt(text(row.calls)),
    tokens: BigInt(text(row.tokens)),
    block: number(row.block),
    log: number(row.log),
  }
}
