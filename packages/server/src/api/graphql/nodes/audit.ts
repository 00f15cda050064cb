import type { UsageCheckpointRow } from '../../audit/usage.ts'
import type { Readers } from '../../readers.ts'
import { connection } from '../connection.ts'
import type { Nodes } from '../nodes.ts'
import type { UsageCheckpointNode } from '../schemaTypes.ts'

/** The nodes of usage logs. */
export function auditNodes({ accounts, credentials, usage }: Readers, nodes: Nodes): Pick<Nodes, 'usageLog'> {
  const checkpoint = ({ size, root, calls, tokens, block }: UsageCheckpointRow): UsageCheckpointNode => ({
    size,
    root,
    calls,
    tokens,
    block: () => nodes.block(block),
  })
  return {
    usageLog: (row) => ({
      id: row.id,
      operator: () => accounts.addressOf(row.operator),
      credential: async () => nodes.credential(await credentials.byKey.load(row.credential)),
      began: () => nodes.block(row.block),
      epoch: row.epoch,
      async latest() {
        const latest = await usage.latest(row.n)
        return latest ? checkpoint(latest) : null
      },
      checkpoints: (page) => connection(usage.checkpoints(row.n, page), checkpoint),
    }),
  }
}
