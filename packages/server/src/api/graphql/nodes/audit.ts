import type { UsageCheckpointRow } from '../../audit/usage.ts'
import type { Readers } from '../../readers.ts'
import { connection } from '../connection.ts'
import type { Nodes } from '../nodes.ts'
import type { UsageCheckpointNode } from '../schemaTypes.ts'

/** The nodes of usage logs, and of statements about endpoints. */
export function auditNodes(
  { accounts, credentials, models, serving, usage }: Readers,
  nodes: Nodes,
): Pick<Nodes, 'serving' | 'usageLog'> {
  const checkpoint = ({ size, root, calls, tokens, block }: UsageCheckpointRow): UsageCheckpointNode => ({
    size,
    root,
    calls,
    tokens,
    block: () => nodes.block(block),
  })
  return {
    serving: (row) => ({
      statement: row.statement,
      publisher: () => accounts.addressOf(row.publisher),
      modelId: row.model,
      model: async () => {
        const model = await models.byId.load(row.model)
        return model ? nodes.model(model) : null
      },
      endpoint: row.endpoint,
      origin: row.origin,
      name: row.name,
      from: row.since,
      until: row.until,
      grade: row.grade,
      evidence: row.evidence,
      revision: row.revision,
      stated: () => nodes.block(row.block),
      async revoked() {
        const block = await serving.revokedIn(row)
        return block === null ? null : nodes.block(block)
      },
    }),
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
