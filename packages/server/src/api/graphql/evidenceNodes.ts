import { type Hex, rightsOf } from 'stemma/core'
import { countMaterialized, type BatchRecord } from '../batches.ts'
import { claimHistory, type ClaimRecord, type ClaimStateRecord } from '../claims.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { readReview, type CertificationRecord, type ReviewRecord } from '../reviews.ts'
import { listCheckpoints, type UsageCheckpointRecord, type UsageLogRecord } from '../usage.ts'
import { addressOf, connection, credentialNode, modelByKey } from './nodes.ts'

/** A claim. */
export function claimNode(view: LedgerView, record: ClaimRecord) {
  let history: Promise<ClaimStateRecord[]> | undefined
  const read = () => (history ??= claimHistory(view, record.n))
  const last = async () => (await read()).at(-1)
  const shown = async () => (await read()).find(({ evidence }) => evidence !== null)
  return {
    id: record.id,
    subject: record.subject,
    model: () => (record.model === null ? null : modelByKey(view, record.model)),
    product: record.product,
    parent: () => modelByKey(view, record.parent),
    relation: record.relation,
    claimant: () => addressOf(view, record.claimant),
    state: async () => (await last())?.state ?? 'filed',
    disclosed: async () => (await last())?.disclosed ?? false,
    accepted: async () => (await last())?.accepted ?? false,
    contestUntil: async () => (await last())?.contestUntil ?? record.contestUntil,
    deposit: record.deposit,
    evidence: async () => (await shown())?.evidence ?? null,
    evidenceUri: async () => (await shown())?.uri ?? null,
    filed: () => view.loaders.block.load(record.block),
    history: async () =>
      (await read()).map(({ state, disclosed, accepted, account, uri, block }) => ({
        state,
        disclosed,
        accepted,
        account: () => (account === null ? null : addressOf(view, account)),
        uri,
        block: () => view.loaders.block.load(block),
      })),
  }
}

/** The review of a subject; null when nothing is known of it. */
export async function reviewNode(view: LedgerView, subject: Hex) {
  const { request, history, certification, scans } = await readReview(view, subject)
  const last = history.at(-1)
  if (!last && !certification && scans.length === 0) return null
  return {
    subject,
    state: last?.state ?? 'none',
    uses: rightsOf(last?.uses ?? 0),
    request: request ? requestNode(view, request) : null,
    certification: certification && certification.until > view.now ? certificationNode(view, certification) : null,
    scans: scans.map(({ scanner, block, ...scan }) => ({
      ...scan,
      scanner: () => addressOf(view, scanner),
      block: () => view.loaders.block.load(block),
    })),
    history: history.map(({ state, uses, account, reason, block }) => ({
      state,
      uses: rightsOf(uses),
      account: () => addressOf(view, account),
      reason,
      block: () => view.loaders.block.load(block),
    })),
  }
}

function requestNode(view: LedgerView, { weights, requester, readyAt, readyBlock, quorum, uri, block }: ReviewRecord) {
  return {
    weights,
    requester: () => addressOf(view, requester),
    readyAt,
    readyBlock,
    quorum,
    uri,
    block: () => view.loaders.block.load(block),
  }
}

function certificationNode(view: LedgerView, { account, uses, until, weights }: CertificationRecord) {
  return { certifier: () => addressOf(view, account), uses: rightsOf(uses), until, weights }
}

/** A usage log. */
export function usageLogNode(view: LedgerView, record: UsageLogRecord) {
  return {
    id: record.id,
    operator: () => addressOf(view, record.operator),
    credential: async () => credentialNode(view, await view.loaders.credential.load(record.credential)),
    began: () => view.loaders.block.load(record.block),
    async latest() {
      const { nodes } = await listCheckpoints(view, record.n, { first: 1 }).page()
      return checkpointNode(view, nodes[0]!)
    },
    checkpoints: (page: PageArguments) =>
      connection(listCheckpoints(view, record.n, page), (checkpoint) => checkpointNode(view, checkpoint)),
  }
}

function checkpointNode(view: LedgerView, { size, root, calls, tokens, block }: UsageCheckpointRecord) {
  return { size, root, calls, tokens, block: () => view.loaders.block.load(block) }
}

/** A batch of registrations. */
export function batchNode(view: LedgerView, record: BatchRecord) {
  return {
    publisher: () => addressOf(view, record.publisher),
    root: record.root,
    count: record.count,
    uri: record.uri,
    anchored: () => view.loaders.block.load(record.block),
    materialized: () => countMaterialized(view, record),
  }
}
