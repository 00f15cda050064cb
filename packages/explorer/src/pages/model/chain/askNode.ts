import { deploymentOf } from '../../../api/deployment.ts'
import { api, momentOf, type At } from '../../../api/queries.ts'
import { answer, askedOf } from '../../../api/verdict.ts'
import type { Question } from '../../../app/address.ts'
import type { Deployment, Digest, ModelId } from 'stemma/core'
import type { Report } from 'stemma/verify'
import type { NodeAnswer, NodeQuestion } from './nodeWorker.ts'
import type { Wallet } from '../../../wallets/wallets.ts'

/** Where to ask: a node by its address, or the reader's wallet. */
export type Asked = { url: string } | { wallet: Wallet }

/** What the node answered, beside the answer of the index and where the ledger is. */
export type Outcome = { node: NodeAnswer; index: Report; newest: NodeQuestion['newest']; deployment: Deployment }

/** Milliseconds for all that a node or a wallet is asked: a wallet may never answer, and a node may answer each call late. */
const LONGEST = 120_000

/** Methods by which a ledger is read. Nothing else of a page is passed on to a wallet: it signs and sends nothing. */
const READS = [
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_getBlockByNumber',
  'eth_getCode',
  'eth_getLogs',
  'eth_getStorageAt',
]

/**
 * Asks a node, in a worker of its own, what the index answers for a question: as of the same block, with the same facts and policy.
 *
 * @throws what the index throws; undefined when the server does not state where the contracts are
 */
export async function askNode(
  model: ModelId,
  question: Question,
  at: At,
  asked: Asked,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const deployment = await deploymentOf(signal)
  if (deployment === null) return undefined
  const { report: index } = await answer(model, question, at)
  const { block } = await api.query('Status', momentOf(index.block))
  const data = {
    deployment,
    report: index,
    newest: { number: block.number, hash: block.hash as Digest },
    isPast: at !== undefined,
    asked: askedOf(question),
  }
  signal.throwIfAborted()
  const node = await askWorker(data, asked, signal)
  return { node, index, newest: data.newest, deployment }
}

function askWorker(data: Omit<NodeQuestion, 'source'>, asked: Asked, signal: AbortSignal): Promise<NodeAnswer> {
  const worker = new Worker(new URL('./nodeWorker.ts', import.meta.url), { type: 'module' })
  const ports: MessagePort[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  return new Promise<NodeAnswer>((resolve, reject) => {
    const fail = (code: string, message: string): void => resolve({ kind: 'failed', code, message })
    // Who asks by now may have left the page, or asked something else.
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    timer = setTimeout(() => fail('NODE_TIMEOUT', `No answer within ${LONGEST / 1000} seconds.`), LONGEST)
    worker.onmessage = (event: MessageEvent<NodeAnswer>) => resolve(event.data)
    // A worker whose file is not there says nothing of why.
    worker.onerror = ({ message }) => fail('UNEXPECTED', message || 'The worker that asks the node could not start.')
    if ('url' in asked) worker.postMessage({ ...data, source: { url: asked.url } } satisfies NodeQuestion)
    else {
      const { port1, port2 } = new MessageChannel()
      ports.push(port1)
      passOn(port1, asked.wallet)
      worker.postMessage({ ...data, source: { wallet: port2 } } satisfies NodeQuestion, [port2])
    }
  }).finally(() => {
    clearTimeout(timer)
    worker.terminate()
    for (const port of ports) port.close()
  })
}

/** Asks the wallet what the worker asks. */
function passOn(port: MessagePort, { provider }: Wallet): void {
  port.onmessage = async ({ data }: MessageEvent<{ id: number; method: string; params: unknown[] }>) => {
    const { id, method, params } = data
    try {
      if (!READS.includes(method)) throw new Error(`${method} is not a way to read`)
      port.postMessage({ id, result: await provider.request({ method, params }) })
    } catch (error) {
      port.postMessage({ id, error: String((error as { message?: unknown } | null)?.message ?? error) })
    }
  }
}
