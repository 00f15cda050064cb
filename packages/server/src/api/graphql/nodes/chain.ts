import { EVENT_KINDS, SUBJECTS, type EventKind } from '../../../indexer/codes.ts'
import type { EventRow } from '../../chain/events.ts'
import type { Readers } from '../../readers.ts'
import type { Nodes } from '../nodes.ts'

const EVENT_NAMES = new Map(Object.entries(EVENT_KINDS).map(([name, code]) => [code as number, name as EventKind]))

/** Events about an edge. */
const OF_EDGES = new Set<number>([
  EVENT_KINDS.ParentAttested,
  EVENT_KINDS.ParentCountersigned,
  EVENT_KINDS.ParentDetached,
])

/** The nodes of blocks and events. */
export function chainNodes(
  { accounts, blocks, claims, credentials, edges, externals, tiers }: Readers,
  nodes: Nodes,
): Pick<Nodes, 'block' | 'event'> {
  const parentOf = async (row: EventRow): Promise<number | null> => {
    if (row.model === null) return null
    if (OF_EDGES.has(row.kind)) return edges.changedBy(row.model, row)
    if (row.kind !== EVENT_KINDS.ExternalReplaced) return null
    const replaced = await externals.replaced.load(row.model)
    const claim = replaced.find(({ block, log }) => block === row.block && log === row.log)?.claim
    return claim === undefined ? null : (await claims.byKey.load(claim)).parent
  }
  return {
    block: (number) => blocks.load(number),
    event: (row) => ({
      id: `${row.block}.${row.log}`,
      name: EVENT_NAMES.get(row.kind)!,
      block: () => nodes.block(row.block),
      log: row.log,
      transaction: row.transactionHash,
      model: () => (row.model === null ? null : nodes.modelByKey(row.model)),
      account: () => (row.account === null ? null : accounts.addressOf(row.account)),
      actor: async () => (row.account === null ? null : nodes.publisher(await accounts.addressOf(row.account))),
      terms: async () => nodes.termsByKey(subjectOf(row, 'terms')),
      async tier() {
        const key = subjectOf(row, 'tiers')
        return key === null ? null : nodes.tier(await tiers.byKey.load(key))
      },
      async credential() {
        const key = subjectOf(row, 'credentials')
        return key === null ? null : nodes.credential(await credentials.byKey.load(key))
      },
      async claim() {
        const key = subjectOf(row, 'claims')
        return key === null ? null : nodes.claim(await claims.byKey.load(key))
      },
      async parent() {
        const key = await parentOf(row)
        return key === null ? null : nodes.modelByKey(key)
      },
    }),
  }
}

/** The key of what an event is about, where that is in a table. */
function subjectOf({ kind, subject }: EventRow, table: (typeof SUBJECTS)[keyof typeof SUBJECTS]): number | null {
  const named = (SUBJECTS as Readonly<Record<number, string>>)[Math.floor(kind / 100)]
  return named === table ? subject : null
}
