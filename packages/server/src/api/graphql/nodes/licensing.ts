import {
  describeBody,
  measureName,
  type Obligation,
  obligationsOf,
  rightsOf,
  THRESHOLD_FLAGS,
  UNSTATED_BODY,
} from 'stemma/core'
import type { RowOf } from '../../../indexer/rows.ts'
import type { CredentialNow, CredentialRow } from '../../licensing/credentials.ts'
import { thresholdOf } from '../../licensing/terms.ts'
import type { Readers } from '../../readers.ts'
import { connection } from '../connection.ts'
import type { Nodes } from '../nodes.ts'
import type { CredentialChangeNode, ThresholdNode } from '../schemaTypes.ts'

type LicensingNodes = Pick<Nodes, 'credential' | 'credentialRequest' | 'credentials' | 'terms' | 'termsByKey' | 'tier'>

/** The nodes of terms, tiers and credentials. */
export function licensingNodes({ accounts, credentials, terms, tiers, usage }: Readers, nodes: Nodes): LicensingNodes {
  const change = (row: RowOf<'credential_states'>): CredentialChangeNode => ({
    state: row.state,
    validUntil: row.validUntil,
    block: () => nodes.block(row.block),
    account: () => accounts.addressOf(row.account),
    reason: row.reason,
  })
  return {
    terms: (row) => {
      const { rights, unstated, flags, family, outbound, duties } = row
      const words = describeBody({ ...UNSTATED_BODY, rights, unstated, flags, family, outbound, duties })
      return {
        id: row.id,
        name: row.name,
        uri: row.uri,
        text: row.text,
        rights: words.rights,
        unstated: rightsOf(unstated),
        flags: words.flags,
        family: words.family,
        outbound: words.outbound && { only: null, except: null, ...words.outbound },
        duties: Object.entries(words.duties).map(([obligation, uses]) => ({
          obligation: obligation as Obligation,
          uses,
        })),
        thresholds: async () => (await terms.thresholds.load(row.n)).map(thresholdNode),
        // Terms have a name, and sets have components instead.
        components:
          row.name === null
            ? {
                weights: () => nodes.termsByKey(row.weightsTerms),
                code: () => nodes.termsByKey(row.codeTerms),
                outputs: () => nodes.termsByKey(row.outputsTerms),
              }
            : null,
        account: () => accounts.addressOf(row.account),
        published: () => nodes.block(row.block),
      }
    },
    termsByKey: async (key) => (key === null ? null : nodes.terms(await terms.byKey.load(key))),
    tier: (row) => ({
      id: row.id,
      model: () => nodes.modelByKey(row.model),
      terms: async () => nodes.terms(await terms.byKey.load(row.terms)),
      passThrough: rightsOf(row.passThrough),
      open: row.open,
      subCredentials: row.subCredentials,
      maxDuration: row.maxDuration,
      callQuota: row.callQuota,
      tokenQuota: row.tokenQuota,
      name: row.name,
      uri: row.uri,
      offered: () => nodes.block(row.block),
      async withdrawn() {
        const block = await tiers.withdrawnIn(row.n)
        return block === undefined ? null : nodes.block(block)
      },
      async released() {
        const block = await tiers.releasedIn(row.n)
        return block === undefined ? null : nodes.block(block)
      },
    }),
    credential(row: CredentialRow) {
      const now = (): Promise<CredentialNow> => credentials.now(row)
      return {
        id: row.id,
        model: () => nodes.modelByKey(row.model),
        tier: async () => nodes.tier(await tiers.byKey.load(row.tier)),
        holder: () => accounts.addressOf(row.holder),
        publisher: () => accounts.addressOf(row.publisher),
        validFrom: async () => (await now()).validFrom,
        validUntil: async () => (await now()).validUntil,
        gapFrom: async () => (await now()).gapFrom,
        gapUntil: async () => (await now()).gapUntil,
        state: async () => (await now()).state,
        async parent() {
          const { parent } = await now()
          return parent === null ? null : nodes.credential(await credentials.byKey.load(parent))
        },
        payment: async () => (await now()).payment,
        agreement: async () => (await now()).agreement,
        lifts: async () => rightsOf((await now()).lifts),
        valid: () => credentials.isValid(row),
        issued: () => nodes.block(row.block),
        logs: (page) => connection(usage.list({ credential: row.id }, page), (log) => nodes.usageLog(log)),
        history: async () => (await credentials.states.load(row.n)).map(change),
      }
    },
    credentialRequest: (row) => ({
      model: () => nodes.modelByKey(row.model),
      tier: async () => nodes.tier(await tiers.byKey.load(row.tier)),
      holder: () => accounts.addressOf(row.holder),
      details: row.details,
      uri: row.uri,
      requested: () => nodes.block(row.block),
    }),
    credentials: (filter, page) => connection(credentials.list(filter, page), (row) => nodes.credential(row)),
  }
}

function thresholdNode(row: RowOf<'thresholds'>): ThresholdNode {
  const threshold = thresholdOf(row)
  const { limit, withdraws, adds, uses, flags } = threshold
  return {
    fact: measureName(threshold),
    limit,
    withdraws: rightsOf(withdraws),
    adds: obligationsOf(adds),
    uses: rightsOf(uses),
    doubtful: (flags & (1 << THRESHOLD_FLAGS.doubtful)) !== 0,
  }
}
