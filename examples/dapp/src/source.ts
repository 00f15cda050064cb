import { createPublicClient, custom, http, numberToHex, type EIP1193Provider } from 'viem'

import { createQueryClient, parseAddress, type Address, type Deployment, type Ledger } from 'stemma'
import type { QueryClient } from 'stemma/query'
import { connectViem } from 'stemma/viem'

/** Where the page reads: a node by its URL, or a wallet; and an index beside it, when one is named. */
export type Source = { url: string } | { wallet: EIP1193Provider }

/** A ledger that was found to be the one of the deployment. */
export type Connection = {
  ledger: Ledger
  /** Who asks: the account of the wallet, whose credentials count. */
  licensee?: Address
  api?: QueryClient
  /** The latest block of the node. */
  block: number
  /** How far the index is, and the chain as it knows it. */
  progress?: { block: number; head: number }
}

/** Connects to a deployment. A wallet asks its owner for an account. */
export async function connectSource(deployment: Deployment, source: Source, apiUrl: string): Promise<Connection> {
  const api = apiUrl === '' ? undefined : createQueryClient({ url: apiUrl })
  const transport = 'url' in source ? http(source.url, { batch: true }) : custom(source.wallet)
  const reader = createPublicClient({ transport })
  const accounts = 'wallet' in source ? await source.wallet.request({ method: 'eth_requestAccounts' }) : []
  const ledger = await connectViem({ public: reader }, deployment)
  const [block, index] = await Promise.all([ledger.provider.getBlockNumber(), api?.query('Status', {})])
  return {
    ledger,
    block,
    ...(accounts[0] && { licensee: parseAddress(accounts[0]) }),
    ...(api && { api }),
    ...(index && { progress: { block: Number(index.progress.block), head: Number(index.progress.head) } }),
  }
}

/** Has a wallet move to the chain of a deployment, which it may have to learn of first. */
export async function switchChain(wallet: EIP1193Provider, { chainId, name, rpcUrl }: Deployment): Promise<void> {
  const chain = numberToHex(BigInt(chainId))
  try {
    await wallet.request({ method: 'wallet_switchEthereumChain', params: [{ chainId: chain }] })
  } catch (error) {
    // EIP-3326: the wallet does not know the chain.
    if ((error as { code?: unknown }).code !== 4902 || rpcUrl === undefined) throw error
    const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
    await wallet.request({
      method: 'wallet_addEthereumChain',
      params: [{ chainId: chain, chainName: name, rpcUrls: [rpcUrl], nativeCurrency }],
    })
  }
}
