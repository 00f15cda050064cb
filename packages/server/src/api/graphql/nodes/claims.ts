import type { RowOf } from '../../../indexer/rows.ts'
import type { Readers } from '../../readers.ts'
import type { Nodes } from '../nodes.ts'

/** The nodes of claims. */
export function claimNodes({ accounts, claims }: Readers, nodes: Nodes): Pick<Nodes, 'claim'> {
  return {
    claim(row) {
      let history: Promise<RowOf<'claim_states'>[]> | undefined
      const read = (): Promise<RowOf<'claim_states'>[]> => (history ??= claims.historyOf(row.n))
      const last = async (): Promise<RowOf<'claim_states'> | undefined> => (await read()).at(-1)
      const disclosure = async (): Promise<RowOf<'claim_states'> | undefined> =>
        (await read()).findLast(({ evidence }) => evidence !== null)
      return {
        id: row.id,
        subject: row.subject,
        model: () => (row.model === null ? null : nodes.modelByKey(row.model)),
        product: row.product,
        parent: () => nodes.modelByKey(row.parent),
        relation: row.relation,
        replaces: row.replaces,
        claimant: () => accounts.addressOf(row.claimant),
        state: async () => (await last())?.state ?? 'filed',
        disclosed: async () => (await last())?.disclosed ?? false,
        accepted: async () => (await last())?.accepted ?? false,
        contestUntil: async () => (await last())?.contestUntil ?? row.contestUntil,
        deposit: row.deposit,
        evidence: async () => (await disclosure())?.evidence ?? null,
        evidenceUri: async () => (await disclosure())?.uri ?? null,
        filed: () => nodes.block(row.block),
        history: async () =>
          (await read()).map(({ state, disclosed, accepted, account, uri, block }) => ({
            state,
            disclosed,
            accepted,
            account: () => (account === null ? null : accounts.addressOf(account)),
            uri,
            block: () => nodes.block(block),
          })),
      }
    },
  }
}
