import { readUsageLog } from '../audit/usageLog.ts'
import type { Address, CredentialId } from '../core/hex.ts'
import { mapConcurrent } from '../core/mapConcurrent.ts'
import type { CredentialOf } from '../core/usage.ts'
import { listCheckpoints } from '../sdk/audit/listCheckpoints.ts'
import type { Ledger } from '../sdk/connect.ts'
import { timeOfBlock } from '../sdk/ledgerAt.ts'
import { pathOf } from '../console/files.ts'
import type { Context } from '../console/context.ts'

/** Most blocks that are asked about at a time. */
const MOST_BLOCKS = 16

/** Calls and tokens under a credential on a day (UTC), by one operator. */
export type DailyUsage = {
  /** Such as 2027-01-31. */
  day: string
  credential: CredentialId
  operator: Address
  /** Served calls. */
  calls: bigint
  tokens: bigint
  /** `log`: by the records of a log, each on its day. `anchored`: by checkpoints, each on the day of its block. */
  source: 'log' | 'anchored'
}

/** Times from which (included) and until which (excluded) usage is reported, in Unix seconds. */
export type UsagePeriod = { from: number; to: number }

/** The usage by day in some usage logs: the days of the records. @throws what `readUsageLog` throws */
export async function usageOfLogs(
  context: Context,
  paths: readonly string[],
  { from, to }: UsagePeriod,
): Promise<DailyUsage[]> {
  const days = new Days()
  for (const path of paths) {
    const counted: { time: number; calls: bigint; tokens: bigint }[] = []
    let last: (typeof counted)[number] | undefined
    const { log } = await readUsageLog(pathOf(context, path), {
      signal: context.signal,
      onRecord: ({ time, outcome, inputTokens, outputTokens }) => {
        if (time < from || time >= to) return
        // Times never run backwards, so there is one sum a day.
        if (!last || dayOf(last.time) !== dayOf(time)) counted.push((last = { time, calls: 0n, tokens: 0n }))
        last.calls += outcome === 'served' ? 1n : 0n
        last.tokens += BigInt(inputTokens + outputTokens)
      },
    })
    const { credential, operator } = log.owner
    for (const { time, calls, tokens } of counted) days.add({ time, credential, operator, calls, tokens }, 'log')
  }
  return days.all()
}

/** The usage by day that operators anchored under some credentials: what each checkpoint adds, on the day of its block. */
export async function usageAnchored(
  ledger: Ledger,
  credentials: readonly CredentialOf[],
  operators: readonly Address[],
  { from, to }: UsagePeriod,
): Promise<DailyUsage[]> {
  const checkpoints = await listCheckpoints(ledger, {
    credentials: credentials.map(({ credential }) => credential),
    operator: operators,
  })
  const blocks = [...new Set(checkpoints.map(({ block }) => block))]
  const read = await mapConcurrent(blocks, MOST_BLOCKS, (block) => timeOfBlock(ledger, 0, block))
  const times = new Map(read.map(({ block, timestamp }) => [block, timestamp]))
  const days = new Days()
  const last = new Map<string, { calls: bigint; tokens: bigint }>()
  for (const { log, operator, credential, calls, tokens, block } of checkpoints) {
    const before = last.get(log) ?? { calls: 0n, tokens: 0n }
    last.set(log, { calls, tokens })
    const time = times.get(block)!
    if (time < from || time >= to) continue
    const added = { calls: calls - before.calls, tokens: tokens - before.tokens }
    days.add({ time, credential, operator, ...added }, 'anchored')
  }
  return days.all()
}

/** Sums by day, credential and operator. */
class Days {
  readonly #sums = new Map<string, DailyUsage>()

  add(
    { time, credential, operator, calls, tokens }: Omit<DailyUsage, 'day' | 'source'> & { time: number },
    source: DailyUsage['source'],
  ): void {
    const day = dayOf(time)
    const key = `${day} ${credential} ${operator}`
    const sum = this.#sums.get(key) ?? { day, credential, operator, calls: 0n, tokens: 0n, source }
    this.#sums.set(key, { ...sum, calls: sum.calls + calls, tokens: sum.tokens + tokens })
  }

  all(): DailyUsage[] {
    return [...this.#sums].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, sum]) => sum)
  }
}

function dayOf(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 10)
}
