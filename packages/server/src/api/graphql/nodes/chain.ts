import { EVENT_KINDS, type EventKind } from '../../../indexer/codes.ts'
import type { Readers } from '../../readers.ts'
import type { Nodes } from '../nodes.ts'

const EVENT_NAMES = new Map(Object.entries(EVENT_KINDS).map(([name, code]) => [code as number, name as EventKind]))

/** The nodes of blocks and events. */
export function chainNodes({ accounts, blocks }: Readers, nodes: Nodes): Pick<Nodes, 'block' | 'event'> {
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
    }),
  }
}
