import { BrowserProvider, type JsonRpcError, type JsonRpcPayload, type JsonRpcResult } from 'ethers'

import { askOf, type Ask, type ViemClients } from './viemClients.ts'
import { rpcErrorOf } from './viemErrors.ts'

/** A provider of ethers that asks the clients of viem. It sends no requests of its own and batches nothing: transports do. */
export class ViemProvider extends BrowserProvider {
  readonly #ask: Ask

  /** @param chainId the chain that is assumed, which `connect` checks */
  constructor(clients: ViemClients, chainId: bigint) {
    const ask = askOf(clients)
    super({ request: ({ method, params }) => ask(method, params) }, chainId, {
      staticNetwork: true,
      cacheTimeout: -1,
      pollingInterval: clients.public.pollingInterval,
    })
    this.#ask = ask
  }

  /** As that of ethers, which takes a node that cannot be reached for one that refuses. */
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<(JsonRpcResult | JsonRpcError)[]> {
    return Promise.all([payload].flat().map((one) => this.#answer(one)))
  }

  async #answer({ id, method, params }: JsonRpcPayload): Promise<JsonRpcResult | JsonRpcError> {
    try {
      return { id, result: await this.#ask(method, params) }
    } catch (error) {
      return { id, error: rpcErrorOf(error) }
    }
  }
}
