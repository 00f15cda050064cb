import type { RowOf } from '../../../indexer/rows.ts'
import type { Readers } from '../../readers.ts'
import { connection } from '../connection.ts'
import type { Nodes } from '../nodes.ts'

/** The nodes of claims. */
export function claimNodes({ accounts, claims }: Readers, nodes: Nodes): Pick<Nodes, 'claim' | 'inheritance'> {
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
        extensions: async () =>
          (await claims.extensionsOf(row.n)).map(({ tensors, account, block }) => ({
            tensors,
            adjudicator: () => accounts.addressOf(account),
            block: () => nodes.block(block),
          })),
        inheritances: (page) =>
          connection(claims.inheritances({ claim: row.n }, page), (each) => nodes.inheritance(each)),
      }
    },
    inheritance(row) {
      let history: Promise<RowOf<'inheritance_states'>[]> | undefined
      const read = (): Promise<RowOf<'inheritance_states'>[]> => (history ??= claims.inheritanceHistory(row))
      return {
        claim: async () => nodes.claim(await claims.byKey.load(row.claim)),
        model: () => nodes.modelByKey(row.model),
        state: async () => (await read()).at(-1)?.state ?? 'pending',
        contestUntil: row.contestUntil,
        asked: () => nodes.block(row.block),
        history: async () =>
          (await read()).map(({ state, account, uri, block }) => ({
            state,
            account: () => (account === null ? null : accounts.addressOf(account)),
            uri,
            block: () => nodes.block(block),
          })),
      }
    },
  }
}
