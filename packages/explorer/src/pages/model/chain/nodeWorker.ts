import { BrowserProvider } from 'ethers'
import { StemmaError, type Deployment, type Digest } from 'stemma/core'
import { connect, ledgerAsOf, nodeProvider, verifyModel } from 'stemma/sdk'
import type { Report } from 'stemma/verify'

import { boundedRequest } from './boundedRequest.ts'

/** A node by its address, or by the wallet behind a port, which the page asks. */
export type NodeSource = { url: string } | { wallet: MessagePort }

/** A question that the index answered, for a node to answer too. */
export type NodeQuestion = {
  source: NodeSource
  deployment: Deployment
  /** What the index answered, and the newest block with events that it knew then: the answer may be as of a later one. */
  report: Report
  newest: { number: number; hash: Digest }
  /** Whether the block was asked for, so that the question is about the past. */
  isPast: boolean
  asked: Pick<verifyModel.Parameters, 'licenses' | 'facts' | 'policy'>
}

/** What the node says. */
export type NodeAnswer =
  | { kind: 'answered'; report: Report; isSame: boolean }
  | { kind: 'behind'; head: number }
  | { kind: 'other-block'; hash: string }
  | { kind: 'failed'; code: string; message: string }

/** Milliseconds that a node has for one answer. */
const TIMEOUT = 15_000

const scope = self as unknown as { postMessage: (answer: NodeAnswer) => void; onmessage: unknown }

scope.onmessage = async ({ data }: MessageEvent<NodeQuestion>): Promise<void> => {
  scope.postMessage(
    await ask(data).catch((error: unknown): NodeAnswer => {
      const code = error instanceof StemmaError ? error.code : 'UNEXPECTED'
      return { kind: 'failed', code, message: error instanceof Error ? error.message : String(error) }
    }),
  )
}

async function ask({ source, deployment, report, newest, isPast, asked }: NodeQuestion): Promise<NodeAnswer> {
  const { chainId } = deployment
  const provider =
    'url' in source
      ? nodeProvider(isSocket(source.url) ? source.url : boundedRequest(source.url), deployment, { timeout: TIMEOUT })
      : new BrowserProvider(walletBehind(source.wallet), BigInt(chainId), { staticNetwork: true, cacheTimeout: -1 })
  try {
    const ledger = await connect(provider, deployment)
    const [block, answered] = await Promise.all([provider.getBlock(newest.number), provider.getBlock(report.block)])
    if (block === null || answered === null) return { kind: 'behind', head: await provider.getBlockNumber() }
    if (block.hash !== newest.hash) return { kind: 'other-block', hash: String(block.hash) }
    const then = ledgerAsOf(ledger, report.block, isPast ? { timestamp: report.at } : undefined)
    const { model, use, at } = report
    const read = await verifyModel(then, { model, use, at, maxAge: 0, ...asked })
    return { kind: 'answered', report: read, isSame: isSame(report, read) }
  } finally {
    provider.destroy()
  }
}

function isSocket(url: string): boolean {
  return /^wss?:/i.test(url)
}

/** Whether two sources give the same verdict for the same reasons, with the same duties. */
function isSame(index: Report, node: Report): boolean {
  const said = ({ verdict, model, findings, obligations }: Report): string =>
    JSON.stringify([verdict, model, findings, obligations])
  return said(index) === said(node)
}

/** The wallet that the page asks for this worker (EIP-1193): it has no window. */
function walletBehind(port: MessagePort): {
  request: (asked: { method: string; params?: unknown }) => Promise<unknown>
} {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let last = 0
  port.onmessage = ({ data }: MessageEvent<{ id: number; result?: unknown; error?: string }>) => {
    const { id, result, error } = data
    const { resolve, reject } = waiting.get(id) ?? {}
    waiting.delete(id)
    if (error === undefined) resolve?.(result)
    else reject?.(new Error(error))
  }
  return {
    request: ({ method, params }) =>
      new Promise((resolve, reject) => {
        last += 1
        waiting.set(last, { resolve, reject })
        port.postMessage({ id: last, method, params: params ?? [] })
      }),
  }
}
