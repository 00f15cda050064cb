import type { JsonRpcApiProvider } from 'ethers'

import type { ProofSource } from '../../core/ports.ts'
import type { Ledger } from '../connect.ts'
import { listBodies } from '../licensing/listTerms.ts'
import { readingOnly } from '../nodeErrors.ts'
import { nodeReader } from './nodeReader.ts'

/**
 * What a node shows of a ledger with its proofs: `collectBundle` of `stemma/bundle` makes an offline bundle of it. The node has to serve
 * `eth_getProof`.
 *
 * @example
 * const bundle = await collectBundle(proofSource(ledger), question)
 */
export function proofSource(ledger: Ledger): ProofSource {
  const { provider, deployment } = ledger
  const send = (method: string, params: unknown[]): Promise<unknown> =>
    readingOnly(() => (provider as JsonRpcApiProvider).send(method, params) as Promise<unknown>)
  const reader = nodeReader(ledger) as ReturnType<typeof nodeReader> & Pick<ProofSource, 'readTiers' | 'readExternals'>
  return {
    ...reader,
    deployment,
    readBlock: () => send('eth_getBlockByNumber', ['latest', false]),
    readProof: (account, slots, block) => send('eth_getProof', [account, slots, `0x${block.toString(16)}`]),
    readPublished: (ids) => listBodies(ledger, ids),
  }
}
